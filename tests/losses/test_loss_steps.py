"""Losses as a training step uses them: scale and forward, gradients by finite differences, fused forms."""

import numpy as np
import pytest

from kerasnp import activations, kernels, losses
from kerasnp.losses.base import REDUCTIONS
from kerasnp.testing import numerical_gradient

ROWS, OUTPUTS = 5, 4
RNG = np.random.default_rng(7)
DENSE = {
    "numbers": RNG.normal(size=(ROWS, OUTPUTS)),
    "positive": RNG.uniform(0.2, 3, (ROWS, OUTPUTS)),
    "unit": RNG.uniform(0.05, 0.9, (ROWS, OUTPUTS)),
    "bits": RNG.integers(0, 2, (ROWS, OUTPUTS)).astype(float),
    "one_hot": np.eye(OUTPUTS)[RNG.integers(0, OUTPUTS, ROWS)],
    "distribution": RNG.dirichlet(np.ones(OUTPUTS), ROWS),
    "labels": np.array([0, 3, 2, 3, 1]),
}
WEIGHTS = np.array([0.5, 2.0, 0.0, 1.0, 3.0])
CASES = [
    (losses.MeanSquaredError(), "numbers", "positive"),
    (losses.MeanAbsoluteError(), "numbers", "positive"),
    (losses.MeanAbsolutePercentageError(), "numbers", "positive"),
    (losses.MeanSquaredLogarithmicError(), "unit", "positive"),
    (losses.Huber(), "numbers", "positive"),
    (losses.Huber(0.4), "numbers", "positive"),
    (losses.LogCosh(), "numbers", "positive"),
    (losses.CosineSimilarity(), "numbers", "positive"),
    (losses.Hinge(), "bits", "numbers"),
    (losses.Hinge(), "numbers", "positive"),
    (losses.SquaredHinge(), "bits", "numbers"),
    (losses.CategoricalHinge(), "one_hot", "numbers"),
    (losses.CategoricalHinge(), "distribution", "numbers"),
    (losses.KLDivergence(), "distribution", "unit"),
    (losses.Poisson(), "positive", "unit"),
    (losses.BinaryCrossentropy(), "bits", "unit"),
    (losses.BinaryCrossentropy(label_smoothing=0.2), "unit", "unit"),
    (losses.BinaryCrossentropy(from_logits=True), "bits", "numbers"),
    (losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2), "bits", "numbers"),
    (losses.CategoricalCrossentropy(), "one_hot", "unit"),
    (losses.CategoricalCrossentropy(label_smoothing=0.2), "distribution", "distribution"),
    (losses.CategoricalCrossentropy(from_logits=True), "one_hot", "numbers"),
    (losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2), "unit", "numbers"),
    (losses.SparseCategoricalCrossentropy(), "labels", "unit"),
    (losses.SparseCategoricalCrossentropy(from_logits=True), "labels", "numbers"),
    (losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=3), "labels", "numbers"),
]
FUSED = [
    (losses.BinaryCrossentropy(), "bits", activations.sigmoid),
    (losses.BinaryCrossentropy(label_smoothing=0.1), "unit", activations.sigmoid),
    (losses.CategoricalCrossentropy(), "one_hot", activations.softmax),
    (losses.CategoricalCrossentropy(label_smoothing=0.1), "unit", activations.softmax),
    (losses.SparseCategoricalCrossentropy(), "labels", activations.softmax),
    (losses.SparseCategoricalCrossentropy(ignore_class=3), "labels", activations.softmax),
]


def case_id(value):
    return f"{type(value).__name__}{len(value.get_config())}" if isinstance(value, losses.Loss) else str(value)


def run(loss, y_true, y_pred, weights=None, with_gradient=True):
    """Returns the reduced loss and its gradient, as a training step computes them."""
    values, scale = np.full(len(y_pred), np.nan, y_pred.dtype), np.full(len(y_pred), np.nan, y_pred.dtype)
    gradient = np.full_like(y_pred, np.nan) if with_gradient else None
    loss.scale(weights, scale, y_true)
    loss.forward(y_true, y_pred, scale, values, gradient, kernels.table(y_pred.dtype))
    return float((scale * values).sum()), gradient


def with_reduction(loss, reduction):
    return type(loss).from_config({**loss.get_config(), "reduction": reduction})


@pytest.mark.parametrize(("loss", "targets", "predictions"), CASES, ids=case_id)
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_gradient_by_finite_differences(loss, targets, predictions, weights, reduction):
    loss = with_reduction(loss, reduction)
    y_true, y_pred = DENSE[targets], DENSE[predictions]
    expected = numerical_gradient(lambda p: run(loss, y_true, p, weights, with_gradient=False)[0], y_pred)
    value, gradient = run(loss, y_true, y_pred, weights)
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8)
    if reduction not in ("none", None):
        whole = with_reduction(type(loss)(dtype="float64", **only_settings(loss)), reduction)
        whole.dtype = "float64"
        assert value == pytest.approx(whole(y_true, y_pred, weights), rel=1e-12)


def only_settings(loss):
    return {name: value for name, value in loss.get_config().items() if name not in ("name", "reduction")}


@pytest.mark.parametrize(("loss", "targets", "activation"), FUSED, ids=case_id)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fused_is_composed(loss, targets, activation, dtype):
    """The gradient by the logits equals that by the output passed through the activation's derivative."""
    logits = DENSE["numbers"].astype(dtype)
    y_true = DENSE[targets] if targets == "labels" else DENSE[targets].astype(dtype)
    y_pred = activation(logits)
    value, by_output = run(loss, y_true, y_pred, WEIGHTS.astype(dtype))
    by_logits = np.empty_like(logits)
    activation.backward(by_output, logits, y_pred, by_logits, kernels.table(dtype))
    fused_value, gradient = run(loss.fused(activation.name), y_true, y_pred, WEIGHTS.astype(dtype))
    assert fused_value == value
    tolerance = 30 * np.finfo(dtype).eps
    np.testing.assert_allclose(gradient, by_logits, rtol=tolerance, atol=tolerance)
    from_logits = type(loss)(**{**only_settings(loss), "from_logits": True})
    same_value, same_gradient = run(from_logits, y_true, logits, WEIGHTS.astype(dtype))
    assert value == pytest.approx(same_value, rel=1e-5)
    np.testing.assert_allclose(gradient, same_gradient, rtol=tolerance, atol=tolerance)


def test_fused_gradient_lives_where_clipping_kills_it():
    loss = losses.SparseCategoricalCrossentropy()
    y_pred = np.array([[1.0, 0.0, 0.0]])
    np.testing.assert_array_equal(run(loss, np.array([1]), y_pred)[1], 0)
    np.testing.assert_array_equal(run(loss.fused("softmax"), np.array([1]), y_pred)[1], [[1, -1, 0]])


def test_what_cannot_be_fused():
    assert losses.MeanSquaredError().fused("softmax") is None
    assert losses.BinaryCrossentropy().fused("softmax") is None
    assert losses.CategoricalCrossentropy().fused("sigmoid") is None
    for cls in (losses.BinaryCrossentropy, losses.CategoricalCrossentropy, losses.SparseCategoricalCrossentropy):
        assert cls(from_logits=True).fused("softmax") is cls(from_logits=True).fused("sigmoid") is None


def test_ignored_class_counts_nowhere():
    loss = losses.SparseCategoricalCrossentropy(ignore_class=-1)
    y_true, y_pred = np.array([0, -1, 2]), DENSE["distribution"][:3]
    value, gradient = run(loss, y_true, y_pred)
    fewer, _ = run(losses.SparseCategoricalCrossentropy(), y_true[[0, 2]], y_pred[[0, 2]])
    assert value == pytest.approx(fewer, rel=1e-12)
    assert not gradient[1].any()
    value, gradient = run(loss, np.full(3, -1), y_pred)
    assert value == 0
    assert not gradient.any()


def test_weights_of_zero_give_zero():
    loss = losses.MeanSquaredError(reduction="mean_with_sample_weight")
    value, gradient = run(loss, DENSE["bits"], DENSE["numbers"], np.zeros(ROWS))
    assert value == 0
    assert not gradient.any()


class Quartic(losses.Loss):
    def call(self, y_true, y_pred):
        return ((y_pred - y_true) ** 4).sum(axis=-1)

    def gradient(self, y_true, y_pred):
        return 4 * (y_pred - y_true) ** 3


def quartic(y_true, y_pred, factor=1.0):
    return factor * ((y_pred - y_true) ** 4).sum(axis=-1)


def quartic_gradient(y_true, y_pred, factor=1.0):
    return factor * 4 * (y_pred - y_true) ** 3


def test_own_losses():
    quartic.gradient = quartic_gradient
    y_true, y_pred = DENSE["bits"], DENSE["unit"]
    for loss in (Quartic(), losses.LossFunctionWrapper(quartic, factor=2.0), losses.resolve(quartic)):
        expected = numerical_gradient(
            lambda p, loss=loss: run(loss, y_true, p, WEIGHTS, with_gradient=False)[0], y_pred
        )
        value, gradient = run(loss, y_true, y_pred, WEIGHTS)
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8)
        assert float(loss(y_true, y_pred, WEIGHTS)) == pytest.approx(value, rel=1e-5)
    del quartic.gradient


def test_own_losses_without_gradient():
    class Evaluated(losses.Loss):
        def call(self, y_true, y_pred):
            return quartic(y_true, y_pred)

    y_true, y_pred = DENSE["bits"], DENSE["unit"]
    for loss, hint in ((losses.resolve(quartic), "attribute `gradient`"), (Evaluated(), "defines no gradient")):
        assert run(loss, y_true, y_pred, with_gradient=False)[0] > 0
        with pytest.raises(NotImplementedError, match=hint):
            run(loss, y_true, y_pred)
    with pytest.raises(NotImplementedError, match=r"must define call"):
        losses.Loss().call(y_true, y_pred)


def test_own_losses_must_give_one_value_a_sample():
    loss = losses.resolve(lambda y_true, y_pred: ((y_pred - y_true) ** 2).mean())
    with pytest.raises(ValueError, match=r"must return an array of shape \(5,\).*received shape \(\)"):
        run(loss, DENSE["bits"], DENSE["unit"], with_gradient=False)
