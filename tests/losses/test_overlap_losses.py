"""Dice and Tversky, whose values belong to regions: against frozen values of Keras, by hand and in training."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasnp
from kerasnp import kernels, losses
from kerasnp.utils.arrays import rows_of

GOLDEN = dict(np.load(Path(__file__).parents[1] / "golden" / "overlap_losses.npz"))
TABLE = json.loads(str(GOLDEN["cases"]))
CASES = list(enumerate(TABLE["cases"]))
WAYS = [(reduction, weighted) for reduction in TABLE["reductions"] for weighted in (False, True)]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case[1])))


def inputs(data):
    return [GOLDEN[f"{data}_{part}"] for part in ("true", "pred", "weight")]


@each_case
def test_values_follow_keras(case):
    index, (name, settings, data) = case
    y_true, y_pred, weight = inputs(data)
    values = getattr(losses, name)(**settings).call(y_true, y_pred)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, GOLDEN[f"values_{index}"], rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(getattr(losses, name.lower())(y_true, y_pred, **settings), values)
    for (reduction, weighted), total in zip(WAYS, GOLDEN[f"totals_{index}"], strict=True):
        loss = getattr(losses, name)(reduction=reduction, **settings)
        assert loss(y_true, y_pred, weight if weighted else None) == pytest.approx(total, rel=2e-6)
    np.testing.assert_array_equal(getattr(losses, name)(reduction=None, **settings)(y_true, y_pred), values)


@each_case
def test_steps_follow_keras(case):
    """What a training step calls: rows in, a value and a gradient for each row out."""
    index, (name, settings, data) = case
    y_true, y_pred, weight = inputs(data)
    rows = rows_of(y_pred)
    for (reduction, weighted), total, expected in zip(
        WAYS, GOLDEN[f"totals_{index}"], GOLDEN[f"gradients_{index}"], strict=True
    ):
        loss = getattr(losses, name)(reduction=reduction, **settings).for_shapes(y_true.shape, y_pred.shape)
        scale, values, gradient = np.empty(len(rows), "float32"), np.empty(len(rows), "float32"), np.empty_like(rows)
        loss.scale(np.repeat(weight, len(rows) // len(weight)) if weighted else None, scale)
        loss.forward(rows_of(y_true), rows, scale, values, gradient, kernels.table())
        assert (values * scale).sum() == pytest.approx(total, rel=2e-6)
        np.testing.assert_allclose(gradient.reshape(y_pred.shape), expected, rtol=1e-5, atol=1e-7)


@each_case
def test_gradients_by_finite_differences(case):
    _, (name, settings, data) = case
    y_true, y_pred, _ = (array.astype(np.float64) for array in inputs(data))
    loss, step = getattr(losses, name)(**settings, dtype="float64"), 1e-6
    gradient = loss.gradient(y_true, y_pred)
    for place in list(np.ndindex(y_pred.shape))[::7]:
        moved = [y_pred.copy(), y_pred.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        above, below = (loss.call(y_true, each).sum() for each in moved)
        assert gradient[place] == pytest.approx((above - below) / (2 * step), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("loss", ["dice", losses.Tversky(0.3, 0.7, axis=(1, 2, 3))], ids=str)
def test_training(loss):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(20, 6, 6, 1)).astype("float32")
    y = (x > 0.3).astype("float32")
    layers = kerasnp.layers
    model = kerasnp.Sequential([layers.Input((6, 6, 1)), layers.Conv2D(1, 1, activation="sigmoid")])
    model.compile("adam", loss)
    model.optimizer.learning_rate = 0.1
    before = model.evaluate(x, y, verbose=0)
    history = model.fit(x, y, batch_size=8, epochs=25, verbose=0, sample_weight=np.ones(20))
    assert history.history["loss"][-1] < 0.5 * before


def test_configs():
    for loss in (losses.Dice("sum", "mine", (1, 2)), losses.Tversky(0.3, 0.7, "sum", "mine", (1, 2))):
        config = losses.serialize(loss)
        assert losses.deserialize(config).get_config() == loss.get_config()
    assert losses.Dice().get_config() == {"name": "dice", "reduction": "sum_over_batch_size", "axis": None}
    assert losses.Tversky().get_config()["alpha"] == losses.Tversky().get_config()["beta"] == 0.5


def test_one_value_takes_any_weights():
    y_true, y_pred, weight = inputs("steps")
    value = losses.Dice()(y_true, y_pred)
    spread = np.repeat(weight[:, None], 3, axis=1)
    assert losses.Dice()(y_true, y_pred, spread) == pytest.approx(value * weight.mean(), rel=1e-6)
    np.testing.assert_allclose(losses.Dice(reduction=None)(y_true, y_pred, weight), value * weight, rtol=1e-6)


def test_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"'dice': targets .* \(2, 2\) do not fit predictions .* \(2, 3\)"):
        losses.Dice()(np.ones((2, 2)), np.ones((2, 3)))
