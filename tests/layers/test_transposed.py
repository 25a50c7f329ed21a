"""What the transposed convolutions accept and refuse. Values: test_layers_follow_keras.py."""

import numpy as np
import pytest
from layer_runs import expect_gradients, run

import kerasnp as keras
from kerasnp import config, kernels, layers

BOTH = [layers.Conv1DTranspose, layers.Conv2DTranspose]


def test_aliases():
    assert layers.Convolution1DTranspose is layers.Conv1DTranspose
    assert layers.Convolution2DTranspose is layers.Conv2DTranspose
    config = {"filters": 1, "kernel_size": 1}
    assert type(layers.deserialize({"class_name": "Convolution2DTranspose", "config": config})) is BOTH[1]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kernel_size": 3}, (None, 9, 11, 4)),
        ({"kernel_size": (2, 4), "strides": (2, 3)}, (None, 14, 28, 4)),
        ({"kernel_size": 1, "strides": 3}, (None, 21, 27, 4)),
        ({"kernel_size": 3, "padding": "SAME"}, (None, 7, 9, 4)),
        ({"kernel_size": 3, "padding": "same", "strides": (2, 3)}, (None, 14, 27, 4)),
        ({"kernel_size": 3, "dilation_rate": (3, 1)}, (None, 13, 11, 4)),
        ({"kernel_size": 3, "strides": 2, "output_padding": (0, 1)}, (None, 15, 20, 4)),
        ({"kernel_size": 4, "padding": "same", "strides": 2, "output_padding": 1}, (None, 13, 17, 4)),
        ({"kernel_size": 5, "padding": "same", "strides": 2, "output_padding": 0}, (None, 13, 17, 4)),
    ],
)
def test_output_shape(settings, expected):
    layer = layers.Conv2DTranspose(4, **settings)
    assert layer.compute_output_shape((None, 7, 9, 2)) == expected
    assert layer.compute_output_shape((None, None, 9, 2)) == (None, None, *expected[2:])
    first = layers.Conv2DTranspose(4, data_format="channels_first", **settings)
    assert first.compute_output_shape((3, 2, 7, 9)) == (3, 4, *expected[1:3])
    one = {name: value if isinstance(value, (int, str)) else value[0] for name, value in settings.items()}
    assert layers.Conv1DTranspose(4, **one).compute_output_shape((None, 7, 2)) == (None, expected[1], 4)


def test_weights():
    layer = layers.Conv2DTranspose(6, (3, 2), data_format="channels_first", kernel_regularizer="l2")
    layer.ensure_built((None, 4, 8, 8))
    assert [(weight.name, weight.shape) for weight in layer.weights] == [("kernel", (3, 2, 6, 4)), ("bias", (6,))]
    assert type(layer.kernel.regularizer).__name__ == "L2"
    one = layers.Conv1DTranspose(6, 3, use_bias=False)
    one.ensure_built((None, 8, 4))
    assert [(weight.name, weight.shape) for weight in one.weights] == [("kernel", (3, 6, 4))]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2, (3, 1)])
def test_it_is_the_transpose_of_the_convolution(padding, strides):
    """A convolution's matrix C, turned over: the product of C y with x is that of y with what x becomes."""
    generator = np.random.default_rng(0)
    convolution = layers.Conv2D(3, (4, 3), strides=strides, padding=padding, use_bias=False, dtype="float64")
    y = generator.standard_normal((2, 12, 10, 2))  # sizes that the strides divide
    result = convolution(y)
    x = generator.standard_normal(result.shape)
    layer = layers.Conv2DTranspose(2, (4, 3), strides=strides, padding=padding, use_bias=False, dtype="float64")
    layer.ensure_built(x.shape)
    layer.set_weights(convolution.get_weights())
    spread = layer(x)
    seen = y[:, : spread.shape[1], : spread.shape[2]]  # further pixels no window sees
    np.testing.assert_allclose(np.vdot(result, x), np.vdot(seen, spread), rtol=1e-12)


@pytest.mark.parametrize("kernel_mode", ["reference"] + ["cython"] * bool(kernels.available_variants()))
@pytest.mark.parametrize(
    "settings", [{"strides": 1}, {"strides": 1, "padding": "same", "data_format": "channels_first"}]
)
def test_winograds_method_gives_the_plain_sums(kernel_mode, settings):
    generator = np.random.default_rng(0)
    layer = layers.Conv2DTranspose(16, 3, activation="relu", **settings)
    shape = (6, 9, 10, 24) if "data_format" not in settings else (6, 24, 9, 10)
    layer.ensure_built(shape)
    x, dy = generator.standard_normal(shape), generator.standard_normal(layer.compute_output_shape(shape))
    results, used, before = [], [], config.winograd()
    try:
        for squares in (True, False):
            config.set_winograd(squares)
            expect_gradients(layer)
            results.append([*run(layer, x, dy, kernel_mode=kernel_mode), *(w.gradient for w in layer.weights)])
            used.append("forward_squares" in layer.buffers(shape))
    finally:
        config.set_winograd(before)
    assert used == [True, False]
    for mine, plain in zip(*results, strict=True):
        np.testing.assert_allclose(mine, plain, rtol=0, atol=1e-5 * np.abs(plain).max())


def test_pixels_that_no_window_reaches_are_the_bias():
    layer = layers.Conv2DTranspose(2, 1, strides=3, bias_initializer="ones", dtype="float64")
    y = layer(np.full((1, 2, 2, 1), 5.0))
    reached = np.zeros((6, 6), bool)
    reached[::3, ::3] = True
    assert (y[0, ~reached] == 1).all()
    assert (y[0, reached] != 1).all()


def test_learns_to_undo_a_mean():
    keras.utils.set_random_seed(0)
    y = np.random.default_rng(0).standard_normal((200, 3, 3, 1)).repeat(2, 1).repeat(2, 2).astype("float32")
    model = keras.Sequential([keras.Input((6, 6, 1)), layers.AveragePooling2D(2), layers.Conv2DTranspose(1, 2, 2)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    model.fit(y, y, epochs=30, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0].ravel(), 1, atol=1e-2)


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"filters": 0}, "`filters` must be a positive integer; received 0"),
        ({"kernel_size": 0}, "`kernel_size` argument .* received 0"),
        ({"strides": 0}, "`strides` argument .* received 0"),
        ({"padding": "causal"}, '`padding` must be "valid" or "same"; received .causal.'),
        ({"strides": 2, "dilation_rate": 2}, "not supported in conjunction with `dilation_rate > 1`"),
        (
            {"strides": 2, "output_padding": 2},
            "must be strictly less than `strides` for all dimensions. Received: outp",
        ),
        ({"output_padding": -1}, "`output_padding` argument .* at least 0; received -1"),
        ({"groups": 2}, "Unrecognized keyword arguments"),
    ],
)
def test_wrong_arguments(cls, settings, message):
    with pytest.raises(ValueError, match=message):
        cls(**{"filters": 4, "kernel_size": 3, **settings})


@pytest.mark.parametrize(
    ("settings", "shape", "message"),
    [
        ({}, (None, 8, 8), r"expected ndim=4 \(batch, height, width, channels\), found ndim=3"),
        ({}, (None, 8, 8, None), "expected axis -1 of input shape to have a known value"),
        ({}, (None, 0, 8, 1), r"its output would have no pixels. Received: input shape \(None, 0, 8, 1\)"),
        (
            {"kernel_size": 2, "padding": "same", "output_padding": 0},
            (None, 1, 8, 1),
            "its output would have no pixels",
        ),
    ],
)
def test_wrong_inputs(settings, shape, message):
    with pytest.raises(ValueError, match=message) as error:
        layers.Conv2DTranspose(**{"filters": 4, "kernel_size": 3, "name": "up", **settings}).ensure_built(shape)
    assert "'up'" in str(error.value)


def test_called_with_other_channels_than_built_for():
    layer = layers.Conv1DTranspose(4, 3, name="up")
    layer.ensure_built((None, 8, 3))
    with pytest.raises(ValueError, match=r"'up'.*axis -1 .* value 3, but received .* \(1, 8, 1\)"):
        layer(np.zeros((1, 8, 1)))
