"""Freezes values of real Keras losses and metrics, and gradients of the losses, into losses_metrics.npz.

    KERAS_BACKEND=jax python tests/golden/make_losses_metrics.py

The file holds, as JSON, the cases and the scalar results, and the arrays: inputs by name, and for each loss case the
unreduced values and the gradient of their sum by the predictions.
"""

import json
from pathlib import Path

import jax
import keras
import numpy as np

generator = np.random.default_rng(3)
numbers = generator.normal(size=(6, 4)).astype("float32")
probabilities = generator.dirichlet(np.ones(4), size=6).astype("float32")
probabilities[0] = [1.0, 0.0, 0.0, 0.0]  # clipped, both ways
unit = generator.random((6, 4)).astype("float32")
unit[1] = [0.0, 1.25, 1e-9, 0.5]
unit_inside = unit.copy()
unit_inside[1, 1] = 0.75  # a power of a negative number is NaN
INPUTS = {
    "unit_inside": unit_inside,
    "numbers": numbers,
    "other_numbers": generator.normal(size=(6, 4)).astype("float32"),
    "positive": (generator.random((6, 4)) * 3).astype("float32"),
    "signs": np.sign(generator.normal(size=(6, 4))).astype("float32"),
    "bits": (generator.random((6, 4)) > 0.5).astype("float32"),
    "unit": unit,
    "soft": generator.random((6, 4)).astype("float32"),
    "probabilities": probabilities,
    "distribution": generator.dirichlet(np.ones(4), size=6).astype("float32"),
    "unnormalized": (probabilities * 3).astype("float32"),
    "one_hot": np.eye(4, dtype="float32")[[0, 3, 1, 2, 1, 0]],
    "labels": np.array([1, 3, 1, 2, 1, 0]),
    "labels_column": np.array([[1], [3], [1], [2], [1], [0]]),
    "labels_with_void": np.array([1, 3, -1, 2, -1, 0]),
    "timestep_labels": generator.integers(0, 4, (3, 2)),
    "timestep_logits": (generator.normal(size=(3, 2, 4)) * 3).astype("float32"),
    "column": generator.normal(size=(6, 1)).astype("float32"),
    "flat": generator.normal(size=6).astype("float32"),
    "weights": np.array([0.5, 2.0, 0.0, 1.0, 3.0, 1.5], "float32"),
    "timestep_weights": generator.random((3, 2)).astype("float32"),
}
BINARY, CATEGORICAL, SPARSE = "BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"
BINARY_FOCAL, CATEGORICAL_FOCAL = "BinaryFocalCrossentropy", "CategoricalFocalCrossentropy"
# class, settings, targets, predictions
LOSSES = [
    ("MeanSquaredError", {}, "numbers", "other_numbers"),
    ("MeanSquaredError", {}, "flat", "column"),
    ("MeanAbsoluteError", {}, "numbers", "other_numbers"),
    ("MeanAbsolutePercentageError", {}, "numbers", "other_numbers"),
    ("MeanSquaredLogarithmicError", {}, "positive", "numbers"),
    ("Huber", {}, "numbers", "other_numbers"),
    ("Huber", {"delta": 0.3}, "numbers", "other_numbers"),
    ("LogCosh", {}, "numbers", "other_numbers"),
    ("CosineSimilarity", {}, "numbers", "other_numbers"),
    ("Hinge", {}, "signs", "numbers"),
    ("Hinge", {}, "bits", "numbers"),
    ("SquaredHinge", {}, "bits", "numbers"),
    ("CategoricalHinge", {}, "one_hot", "numbers"),
    ("KLDivergence", {}, "distribution", "unit"),
    ("Poisson", {}, "positive", "positive"),
    (BINARY, {}, "bits", "unit"),
    (BINARY, {}, "soft", "unit"),
    (BINARY, {"label_smoothing": 0.2}, "bits", "unit"),
    (BINARY, {"from_logits": True}, "bits", "numbers"),
    (BINARY, {"from_logits": True, "label_smoothing": 0.2}, "soft", "numbers"),
    (CATEGORICAL, {}, "one_hot", "probabilities"),
    (CATEGORICAL, {}, "distribution", "unnormalized"),
    (CATEGORICAL, {"label_smoothing": 0.2}, "one_hot", "distribution"),
    (CATEGORICAL, {"from_logits": True}, "distribution", "numbers"),
    (CATEGORICAL, {"from_logits": True, "label_smoothing": 0.2}, "one_hot", "numbers"),
    (CATEGORICAL, {"from_logits": True, "axis": 0}, "distribution", "numbers"),
    (SPARSE, {}, "labels", "probabilities"),
    (SPARSE, {}, "labels_column", "unnormalized"),
    (SPARSE, {"from_logits": True}, "labels", "numbers"),
    (SPARSE, {"from_logits": True}, "timestep_labels", "timestep_logits"),
    (SPARSE, {"ignore_class": -1}, "labels_with_void", "distribution"),
    (SPARSE, {"from_logits": True, "ignore_class": -1}, "labels_with_void", "numbers"),
    (BINARY_FOCAL, {}, "bits", "soft"),
    (BINARY_FOCAL, {}, "soft", "unit_inside"),
    (BINARY_FOCAL, {"apply_class_balancing": True, "alpha": 0.7, "label_smoothing": 0.2}, "bits", "soft"),
    (BINARY_FOCAL, {"from_logits": True, "gamma": 1.5}, "bits", "numbers"),
    (BINARY_FOCAL, {"gamma": 0.0, "apply_class_balancing": True}, "bits", "soft"),
    (BINARY_FOCAL, {"from_logits": True, "axis": 0}, "bits", "numbers"),
    (CATEGORICAL_FOCAL, {}, "one_hot", "distribution"),
    (CATEGORICAL_FOCAL, {"gamma": 0.5, "alpha": 0.6}, "distribution", "unnormalized"),
    (CATEGORICAL_FOCAL, {"alpha": [0.1, 0.2, 0.3, 0.4], "label_smoothing": 0.2}, "one_hot", "distribution"),
    (CATEGORICAL_FOCAL, {"from_logits": True, "gamma": 3.0}, "one_hot", "numbers"),
    (CATEGORICAL_FOCAL, {"gamma": 0.0}, "one_hot", "probabilities"),
]
REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"]
METRICS = [
    ("Accuracy", {}, "bits", "one_hot"),
    ("BinaryAccuracy", {}, "bits", "unit"),
    ("BinaryAccuracy", {"threshold": 0.2}, "bits", "soft"),
    ("BinaryAccuracy", {}, "labels", "column"),
    ("CategoricalAccuracy", {}, "one_hot", "numbers"),
    ("SparseCategoricalAccuracy", {}, "labels", "distribution"),
    ("SparseCategoricalAccuracy", {}, "labels_column", "distribution"),
    ("SparseCategoricalAccuracy", {}, "timestep_labels", "timestep_logits"),
    ("TopKCategoricalAccuracy", {"k": 2}, "one_hot", "numbers"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "labels", "numbers"),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, "timestep_labels", "timestep_logits"),
    ("MeanSquaredError", {}, "numbers", "other_numbers"),
    ("MeanSquaredError", {}, "flat", "column"),
    ("MeanAbsoluteError", {}, "numbers", "other_numbers"),
    ("MeanAbsolutePercentageError", {}, "numbers", "other_numbers"),
    ("MeanSquaredLogarithmicError", {}, "positive", "numbers"),
    ("RootMeanSquaredError", {}, "numbers", "other_numbers"),
    ("RootMeanSquaredError", {}, "flat", "column"),
    ("LogCoshError", {}, "numbers", "other_numbers"),
    ("CosineSimilarity", {}, "numbers", "other_numbers"),
    (BINARY, {"label_smoothing": 0.1}, "bits", "unit"),
    (CATEGORICAL, {"from_logits": True}, "one_hot", "numbers"),
    (SPARSE, {}, "labels", "distribution"),
    ("KLDivergence", {}, "distribution", "unit"),
    ("Poisson", {}, "positive", "positive"),
    ("Hinge", {}, "bits", "numbers"),
    ("SquaredHinge", {}, "bits", "numbers"),
    ("CategoricalHinge", {}, "one_hot", "numbers"),
]


def weights_for(targets: np.ndarray) -> str:
    return "timestep_weights" if len(targets) == 3 else "weights"


def reduced(name, settings, y_true, y_pred, weight) -> list[float]:
    """Returns the loss for each reduction, without and with weights."""
    results = []
    for reduction in REDUCTIONS:
        loss = getattr(keras.losses, name)(reduction=reduction, **settings)
        results += [float(loss(y_true, y_pred)), float(loss(y_true, y_pred, weight))]
    return results


def main() -> None:
    arrays, loss_cases, metric_cases = dict(INPUTS), [], []
    for index, (name, settings, targets, predictions) in enumerate(LOSSES):
        y_true, y_pred, weight = INPUTS[targets], INPUTS[predictions], INPUTS[weights_for(INPUTS[targets])]
        loss = getattr(keras.losses, name)(reduction=None, **settings)
        arrays[f"values_{index}"] = np.asarray(loss.call(keras.ops.convert_to_tensor(y_true), y_pred))
        with_axis = "axis" in settings
        arrays[f"gradient_{index}"] = np.asarray(jax.grad(lambda p: loss(y_true, p).sum())(y_pred))  # noqa: B023
        totals = None if with_axis else reduced(name, settings, y_true, y_pred, weight)
        loss_cases.append([name, settings, targets, predictions, weights_for(y_true), totals])
    for name, settings, targets, predictions in METRICS:
        y_true, y_pred, weight = INPUTS[targets], INPUTS[predictions], INPUTS[weights_for(INPUTS[targets])]
        results = []
        for sample_weight in (None, weight):
            metric = getattr(keras.metrics, name)(**settings)
            results.append(float(metric(y_true, y_pred, sample_weight)))
            half = None if sample_weight is None else sample_weight[:2]
            results.append(float(metric(y_true[:2], y_pred[:2], half)))
        metric_cases.append([name, settings, targets, predictions, weights_for(y_true), results])
    cases = {"losses": loss_cases, "metrics": metric_cases, "reductions": REDUCTIONS}
    path = Path(__file__).with_name("losses_metrics.npz")
    np.savez_compressed(path, cases=json.dumps(cases), **arrays)


if __name__ == "__main__":
    main()
