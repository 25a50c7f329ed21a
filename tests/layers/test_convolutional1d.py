"""What Conv1D accepts and refuses. Values: test_layers_follow_keras.py."""

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kernel_size": 3}, (None, 7, 4)),
        ({"kernel_size": 4, "strides": 3}, (None, 2, 4)),
        ({"kernel_size": 3, "padding": "same", "strides": 2}, (None, 5, 4)),
        ({"kernel_size": 3, "padding": "Causal", "strides": 2}, (None, 5, 4)),
        ({"kernel_size": 3, "padding": "causal", "dilation_rate": 8}, (None, 9, 4)),
        ({"kernel_size": 3, "dilation_rate": 3}, (None, 3, 4)),
    ],
)
def test_output_shape(settings, expected):
    assert layers.Conv1D(4, **settings).compute_output_shape((None, 9, 2)) == expected
    first = layers.Conv1D(4, data_format="channels_first", **settings)
    assert first.compute_output_shape((3, 2, 9)) == (3, 4, expected[1])
    assert layers.Conv1D(4, **settings).compute_output_shape((None, None, 2)) == (None, None, 4)


def test_weights():
    layer = layers.Conv1D(6, 3, groups=2)
    layer.ensure_built((None, 8, 4))
    assert [(weight.name, weight.shape) for weight in layer.weights] == [("kernel", (3, 2, 6)), ("bias", (6,))]
    assert layers.Convolution1D is layers.Conv1D


def test_causal_sees_no_later_step():
    layer = layers.Conv1D(3, 4, padding="causal", dilation_rate=2)
    x = np.random.default_rng(0).standard_normal((2, 20, 3))
    y = layer(x)
    x[:, 12:] = 100
    np.testing.assert_array_equal(layer(x)[:, :12], y[:, :12])


def test_a_row_of_an_image():
    """Conv1D gives what Conv2D gives on images with a height of one."""
    x = np.random.default_rng(0).standard_normal((2, 9, 3))
    one, two = layers.Conv1D(4, 3, padding="same"), layers.Conv2D(4, (1, 3), padding="same")
    y = one(x)
    two.ensure_built((None, 1, 9, 3))
    two.set_weights([one.get_weights()[0][None], one.get_weights()[1]])
    np.testing.assert_array_equal(two(x[:, None])[:, 0], y)


def test_learns_a_shift():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).standard_normal((64, 30, 1)).astype("float32")
    y = np.concatenate([np.zeros((64, 2, 1), "float32"), x[:, :-2]], 1)
    model = keras.Sequential([keras.Input((30, 1)), layers.Conv1D(1, 3, padding="causal")])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    model.fit(x, y, epochs=60, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0].ravel(), [1, 0, 0], atol=1e-3)


@pytest.mark.parametrize("pool", [layers.MaxPooling1D, layers.AveragePooling1D])
def test_with_pooling_in_a_model(pool):
    """A first convolution before a pooling may run in slabs; so large a batch must train as its parts do."""
    x = np.random.default_rng(0).standard_normal((64, 400, 2)).astype("float32")
    model = keras.Sequential(
        [keras.Input((400, 2)), layers.Conv1D(64, 5, activation="relu"), pool(2), layers.Flatten()]
    )
    model.add(layers.Dense(1))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    start = model.get_weights()
    total = [np.zeros_like(weight) for weight in start]
    for part in np.split(x, 8):
        model.set_weights(start)
        model.train_on_batch(part, np.ones((8, 1)))
        total = [sums + (new - old) / 8 for sums, new, old in zip(total, model.get_weights(), start, strict=True)]
    model.set_weights(start)
    model.train_on_batch(x, np.ones((64, 1)))
    for new, old, change in zip(model.get_weights(), start, total, strict=True):
        np.testing.assert_allclose(new - old, change, rtol=1e-3, atol=1e-5 * np.abs(change).max())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kernel_size": (3, 3)}, r"a tuple of 1 integer, at least 1; received \(3, 3\)"),
        ({"strides": 0}, "`strides` argument .* received 0"),
        ({"padding": "full"}, '`padding` must be "valid", "same" or "causal"; received .full.'),
        ({"strides": 2, "dilation_rate": 2}, r"Received: strides=\(2,\) and dilation_rate=\(2,\)"),
        ({"groups": 3}, "Received: groups=3, filters=4"),
    ],
)
def test_wrong_arguments(settings, message):
    with pytest.raises(ValueError, match=message):
        layers.Conv1D(**{"filters": 4, "kernel_size": 3, **settings})


@pytest.mark.parametrize(
    ("settings", "shape", "message"),
    [
        ({}, (None, 8, 8, 1), r"expected ndim=3 \(batch, steps, channels\), found ndim=4"),
        ({}, (None, 8, None), "expected axis -1 of input shape to have a known value"),
        ({"groups": 2}, (None, 8, 3), "Received groups=2, but the input has 3 channels"),
        ({"dilation_rate": 4}, (None, 8, 1), r"with dilation_rate=\(4,\), is larger than the sequence, \(8,\)"),
    ],
)
def test_wrong_inputs(settings, shape, message):
    with pytest.raises(ValueError, match=message) as error:
        layers.Conv1D(**{"filters": 4, "kernel_size": 3, "name": "conv", **settings}).ensure_built(shape)
    assert "'conv'" in str(error.value)
