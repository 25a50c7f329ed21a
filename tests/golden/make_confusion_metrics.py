"""Freezes real Keras's metrics of counts, areas, overlaps and determination into confusion_metrics.npz.

    KERAS_BACKEND=jax python tests/golden/make_confusion_metrics.py

The file holds, as JSON, the cases with Keras's config and results, and the inputs. A result list is: after the first
half of the rows, after all, and the same with sample weights.
"""

import json
import warnings
from pathlib import Path

import keras
import numpy as np

generator = np.random.default_rng(11)
scores = generator.random((60, 1)).astype("float32")
scores[:8, 0] = [0, 1, 0.5, 0.25, 0.75, 1 / 3, 0.1, 0.9]
columns = generator.random((40, 4)).astype("float32")
columns[3] = 0.5  # all equal
columns[4] = 0.0
labels = generator.integers(0, 4, 40)
maps = generator.integers(0, 4, (6, 5, 5))
INPUTS = {
    "answers": (generator.random((60, 1)) > 0.6).astype("float32"),
    "flat_answers": generator.integers(0, 2, 60),
    "scores": scores,
    "flat_scores": scores[::-1, 0].copy(),
    "logits": (generator.normal(size=(60, 1)) * 4).astype("float32"),
    "all_negative": np.zeros((60, 1), "float32"),
    "all_positive": np.ones((60, 1), "float32"),
    "tags": (generator.random((40, 4)) > 0.5).astype("float32"),
    "columns": columns,
    "one_hot": np.eye(4, dtype="float32")[labels],
    "labels": labels,
    "guesses": np.where(generator.random(40) < 0.6, labels, generator.integers(0, 4, 40)),
    "maps": maps,
    "mapped": np.where(generator.random(maps.shape) < 0.7, maps, generator.integers(0, 4, maps.shape)),
    "two_of_four": labels % 2,
    "numbers": generator.normal([0, 5, 0], size=(40, 3)).astype("float32"),
    "constant": np.tile(np.float32([1, 2, 0.5]), (40, 1)),
    "column": generator.normal(size=(40, 1)).astype("float32"),
    "flat": generator.normal(size=40).astype("float32"),
}
INPUTS["near_numbers"] = (INPUTS["numbers"] + generator.normal(size=(40, 3)) * 0.4).astype("float32")
WEIGHTS = {size: generator.integers(0, 4, size).astype("float32") / 2 for size in (6, 40, 60)}
WEIGHTS[60][:3] = 1  # the first half is never without weight

COUNTS = ["TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives"]
RATES = ["Precision", "Recall"]
POINTS = ["SensitivityAtSpecificity", "SpecificityAtSensitivity", "PrecisionAtRecall", "RecallAtPrecision"]
BINARY = [("answers", "scores"), ("flat_answers", "scores"), ("flat_answers", "flat_scores")]


def cases() -> list[tuple]:
    """Returns (class, settings, targets, predictions)."""
    found = []
    for name in [*COUNTS, *RATES]:
        found += [(name, {}, *data) for data in BINARY]
        for thresholds in (0.3, [0.9, 0.1, 0.5], [0.0, 0.25, 0.5, 0.75, 1.0]):
            found.append((name, {"thresholds": thresholds}, "answers", "scores"))
        found += [(name, {}, "tags", "columns"), (name, {}, "all_negative", "scores")]
    for name in RATES:
        for settings in ({"top_k": 2}, {"class_id": 1}, {"top_k": 1, "class_id": 2}, {"top_k": 3, "thresholds": 0.6}):
            found.append((name, settings, "one_hot", "columns"))
    for name in POINTS:
        for value in (0.0, 0.3, 0.5, 0.8, 1.0):
            found.append((name, [value], "answers", "scores"))
        found += [(name, [0.4, 1], "answers", "scores"), (name, [0.5, 7], "flat_answers", "scores")]
        found += [(name, [0.5, 50, 3], "tags", "columns"), (name, [0.5], "all_negative", "scores")]
    for curve in ("ROC", "PR", "PRGAIN"):
        for method in ("interpolation", "minoring", "majoring"):
            how = {"curve": curve, "summation_method": method}
            found.append(("AUC", how, "answers", "scores"))
            found.append(("AUC", {**how, "num_thresholds": 5}, "answers", "scores"))
            found.append(("AUC", {**how, "multi_label": True}, "tags", "columns"))
            found.append(("AUC", {**how, "thresholds": [0.2, 0.9, 0.45]}, "answers", "scores"))
            found.append(("AUC", {**how, "label_weights": [1.0, 0.5, 0.0, 2.0]}, "tags", "columns"))
    found += [("AUC", {}, *BINARY[1]), ("AUC", {}, *BINARY[2]), ("AUC", {"from_logits": True}, "answers", "logits")]
    found += [("AUC", {}, "all_negative", "scores"), ("AUC", {"curve": "PR"}, "all_positive", "scores")]
    found += [("AUC", {"thresholds": [0.5, 0.25, 0.75]}, "answers", "scores"), ("AUC", {}, "tags", "columns")]
    several = {"multi_label": True, "num_labels": 4, "label_weights": [1.0, 0.5, 0.0, 2.0]}
    found += [("AUC", several, "tags", "columns"), ("AUC", {**several, "curve": "pr"}, "tags", "columns")]
    found.append(("AUC", {"multi_label": True, "thresholds": [0.3, 0.7, 0.6]}, "tags", "columns"))
    for average in (None, "micro", "macro", "weighted"):
        found += [("F1Score", {"average": average}, "one_hot", "columns")]
        found += [("F1Score", {"average": average, "threshold": 0.4}, "tags", "columns")]
        found += [("FBetaScore", {"average": average, "beta": 2.0}, "tags", "columns")]
        found += [("FBetaScore", {"average": average, "beta": 0.5, "threshold": 0.7}, "answers", "scores")]
    for aggregation in (None, "uniform_average", "variance_weighted_average"):
        how = {"class_aggregation": aggregation}
        found += [("R2Score", how, "numbers", "near_numbers"), ("R2Score", how, "flat", "column")]
        found += [("R2Score", {**how, "num_regressors": 2}, "numbers", "near_numbers")]
    found.append(("R2Score", {}, "constant", "near_numbers"))
    for data in (("labels", "guesses"), ("maps", "mapped")):
        found += [("IoU", [4, [0]], *data), ("IoU", [4, [3, 1]], *data), ("IoU", [5, [4]], *data)]
        found += [("MeanIoU", {"num_classes": 4}, *data), ("MeanIoU", {"num_classes": 6, "ignore_class": 2}, *data)]
        found += [("MeanIoU", {"num_classes": 3, "dtype": "float32"}, *data)]
    found += [("MeanIoU", {"num_classes": 4, "sparse_y_pred": False}, "labels", "columns")]
    found += [("OneHotMeanIoU", {"num_classes": 4}, "one_hot", "columns")]
    found += [("OneHotMeanIoU", {"num_classes": 4, "sparse_y_pred": True}, "one_hot", "guesses")]
    found += [("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 2], "ignore_class": 1}, "one_hot", "columns")]
    found += [("BinaryIoU", {}, "answers", "scores"), ("BinaryIoU", {"threshold": 0.25}, "answers", "scores")]
    found += [("BinaryIoU", {"target_class_ids": [1], "dtype": "float32"}, "answers", "scores")]
    return found


def make(library, name: str, settings):
    """Returns the metric; a list of settings is positional."""
    return getattr(library, name)(*settings) if isinstance(settings, list) else getattr(library, name)(**settings)


def results(name, settings, y_true, y_pred) -> list:
    found, half = [], len(y_true) // 2
    for weight in (None, WEIGHTS[len(y_true)]):
        metric = make(keras.metrics, name, settings)
        for rows in (slice(half), slice(half, None)):
            part = None if weight is None else weight[rows]
            if part is not None and y_true.ndim == 3:  # Keras wants a weight a label
                part = np.broadcast_to(part[:, None, None], y_true[rows].shape)
            found.append(np.asarray(metric(y_true[rows], y_pred[rows], part), "float64").tolist())
    return found


def main() -> None:
    warnings.simplefilter("ignore")
    frozen = []
    for name, settings, targets, predictions in cases():
        config = make(keras.metrics, name, settings).get_config()
        config = json.loads(json.dumps({**config, "name": "it"}, default=lambda value: np.asarray(value).tolist()))
        expected = results(name, settings, INPUTS[targets], INPUTS[predictions])
        frozen.append([name, settings, targets, predictions, config, expected])
    weights = {f"weights_{size}": value for size, value in WEIGHTS.items()}
    path = Path(__file__).with_name("confusion_metrics.npz")
    np.savez_compressed(path, cases=json.dumps(frozen), **INPUTS, **weights)


if __name__ == "__main__":
    main()
