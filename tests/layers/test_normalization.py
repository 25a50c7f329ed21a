"""Batch normalization: weights, modes, errors and gradients. Values: test_pool_norm_follow_keras.py."""

import numpy as np
import pytest

from kerasnp import testing
from kerasnp.layers.normalization import BatchNormalization


def built(shape=(None, 3), **settings):
    layer = BatchNormalization(**settings)
    layer.ensure_built(shape)
    return layer


def batch(shape=(8, 3), seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32) * 3 + 2


def test_weights_and_their_order():
    names = ["gamma", "beta", "moving_mean", "moving_variance"]
    layer = built()
    assert [variable.name for variable in layer.weights] == names
    assert [variable.name for variable in layer.trainable_weights] == names[:2]
    assert [variable.name for variable in built(center=False, scale=False).weights] == names[2:]
    for variable, value in zip(layer.weights, [1, 0, 0, 1], strict=True):
        np.testing.assert_array_equal(variable.value, [value] * 3)


def test_training_normalizes_the_batch():
    layer = built(epsilon=1e-12)
    y = layer(batch(), training=True)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(y.std(axis=0), 1, rtol=1e-5)


def test_moving_statistics_follow_the_batches():
    layer, x = built(momentum=0.9), batch()
    layer(x)
    np.testing.assert_array_equal(layer.moving_mean.value, 0)
    layer(x, training=True)
    np.testing.assert_allclose(layer.moving_mean.value, 0.1 * x.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance.value, 0.9 + 0.1 * x.var(axis=0), rtol=1e-5)


def test_frozen_layer_is_in_inference_mode():
    layer, x = built(), batch()
    layer.trainable = False
    before = layer.get_weights()
    np.testing.assert_array_equal(layer(x, training=True), layer(x))
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    ("settings", "shape"),
    [
        ({}, (5, 3)),
        ({"epsilon": 0.1}, (2, 3, 2, 4)),
        ({"center": False}, (3, 2, 2)),
        ({"scale": False, "axis": 1}, (2, 3, 2, 4)),
        ({"axis": -2}, (2, 3, 4)),
        ({"trainable": False}, (5, 3)),
        ({"trainable": False, "axis": 1}, (2, 3, 4)),
    ],
)
def test_gradients(settings, shape, training):
    testing.check_gradients(BatchNormalization(dtype="float64", **settings), shape, training=training)


def test_gradients_are_those_of_the_mode_that_forward_ran_in():
    layer, x = built(dtype="float64"), batch().astype(np.float64)
    y, dx, dy = np.empty_like(x), np.empty_like(x), np.ones_like(x)
    buf = layer.workspace(x, y, training=True)
    layer.forward(x, y, buf, True)
    layer.trainable = False
    layer.backward(dy, dx, buf)
    np.testing.assert_allclose(dx, 0, atol=1e-12)


def test_config():
    config = BatchNormalization(momentum=0.5, beta_regularizer="l2", gamma_constraint="non_neg").get_config()
    assert list(config)[3:] == [
        "axis",
        "momentum",
        "epsilon",
        "center",
        "scale",
        "beta_initializer",
        "gamma_initializer",
        "moving_mean_initializer",
        "moving_variance_initializer",
        "beta_regularizer",
        "gamma_regularizer",
        "beta_constraint",
        "gamma_constraint",
    ]
    again = BatchNormalization.from_config(config)
    assert again.get_config() == config
    assert again.momentum == 0.5


@pytest.mark.parametrize("setting", ["renorm", "synchronized"])
def test_only_plain_batch_normalization(setting):
    assert BatchNormalization(**{setting: False}).get_config().get(setting) is None
    with pytest.raises(ValueError, match=f"{setting}=True"):
        BatchNormalization(**{setting: True})


@pytest.mark.parametrize("axis", [0, 2, -2, -3])
def test_axis_must_have_channels(axis):
    with pytest.raises(ValueError, match=rf"axis {axis} is not an axis with channels .* \(None, 3\)"):
        built(axis=axis)


def test_wrong_shapes():
    with pytest.raises(ValueError, match=r"needs the size of axis -1; input shape \(None, None\)"):
        built((None, None))
    with pytest.raises(ValueError, match="expected axis -1 of the input to have size 3, found 4"):
        built()(np.zeros((2, 4)))
