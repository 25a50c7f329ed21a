"""What Conv2D accepts and refuses; its numbers are compared with Keras's in test_conv_dense_follow_keras.py."""

import functools

import numpy as np
import pytest
from layer_runs import expect_gradients, run

from kerasnp import config, kernels
from kerasnp.layers.convolutional import Conv2D


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kernel_size": 3}, (None, 5, 7, 4)),
        ({"kernel_size": (2, 4), "strides": (2, 3)}, (None, 3, 2, 4)),
        ({"kernel_size": 3, "padding": "same"}, (None, 7, 9, 4)),
        ({"kernel_size": 3, "padding": "same", "strides": 2}, (None, 4, 5, 4)),
        ({"kernel_size": 3, "dilation_rate": (3, 1)}, (None, 1, 7, 4)),
        ({"kernel_size": 9, "padding": "same"}, (None, 7, 9, 4)),
    ],
)
def test_output_shape(settings, expected):
    assert Conv2D(4, **settings).compute_output_shape((None, 7, 9, 2)) == expected
    first = Conv2D(4, data_format="channels_first", **settings)
    assert first.compute_output_shape((3, 2, 7, 9)) == (3, 4, *expected[1:3])


def test_unknown_image_size():
    layer = Conv2D(4, 3)
    layer.ensure_built((None, None, None, 2))
    assert layer.compute_output_shape((None, None, 9, 2)) == (None, None, 7, 4)
    assert layer(np.zeros((1, 5, 6, 2))).shape == (1, 3, 4, 4)
    assert layer(np.zeros((2, 3, 3, 2))).shape == (2, 1, 1, 4)


def test_weights():
    layer = Conv2D(
        6, (3, 2), groups=2, data_format="channels_first", kernel_regularizer="l2", bias_constraint="non_neg"
    )
    layer.ensure_built((None, 4, 8, 8))
    assert [(w.name, w.shape) for w in layer.weights] == [("kernel", (3, 2, 2, 6)), ("bias", (6,))]
    assert type(layer.kernel.regularizer).__name__ == "L2"
    assert type(layer.bias.constraint).__name__ == "NonNeg"
    assert layer.count_params() == 3 * 2 * 2 * 6 + 6
    without = Conv2D(6, 3, use_bias=False)
    without.ensure_built((None, 8, 8, 1))
    assert [w.name for w in without.weights] == ["kernel"]


def test_config_is_keras_s():
    layer = Conv2D(2, [3, 1], strides=[1, 2], padding="SAME", activation="relu", name="mine")
    assert layer.get_config() == {
        "name": "mine",
        "trainable": True,
        "dtype": "float32",
        "filters": 2,
        "kernel_size": (3, 1),
        "strides": (1, 2),
        "padding": "same",
        "data_format": "channels_last",
        "dilation_rate": (1, 1),
        "groups": 1,
        "activation": "relu",
        "use_bias": True,
        "kernel_initializer": {
            "module": "keras.initializers",
            "class_name": "GlorotUniform",
            "config": {"seed": None},
            "registered_name": None,
        },
        "bias_initializer": {
            "module": "keras.initializers",
            "class_name": "Zeros",
            "config": {},
            "registered_name": None,
        },
        "kernel_regularizer": None,
        "bias_regularizer": None,
        "kernel_constraint": None,
        "bias_constraint": None,
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"filters": 0}, "`filters` must be a positive integer; received 0"),
        ({"filters": 2.5}, "`filters` must be a positive integer; received 2.5"),
        ({"kernel_size": 0}, "`kernel_size` argument .* received 0"),
        ({"kernel_size": (3, 3, 3)}, r"`kernel_size` argument .* received \(3, 3, 3\)"),
        ({"strides": (1, 0)}, r"`strides` argument .* received \(1, 0\)"),
        ({"padding": "causal"}, "`padding` must be .* received 'causal'"),
        ({"data_format": "channels_middle"}, "received 'channels_middle'"),
        ({"groups": 0}, "`groups` must be a positive integer; received 0"),
        ({"groups": 3}, "evenly divisible by the number of groups. Received: groups=3, filters=4"),
        ({"strides": 2, "dilation_rate": 2}, "not supported in conjunction with `dilation_rate > 1`"),
        ({"activation": "rleu"}, "'relu'"),
    ],
)
def test_wrong_arguments(settings, message):
    with pytest.raises(ValueError, match=message):
        Conv2D(**{"filters": 4, "kernel_size": 3, **settings})


@pytest.mark.parametrize(
    ("settings", "shape", "message"),
    [
        ({}, (None, 8, 8), r"expected ndim=4 .*, found ndim=3. Full shape received: \(None, 8, 8\)"),
        ({}, (None, 8, 8, None), "expected axis -1 of input shape to have a known value"),
        ({"data_format": "channels_first"}, (None, None, 8, 8), "expected axis 1 of input shape to have a known value"),
        ({"groups": 2}, (None, 8, 8, 3), "Received groups=2, but the input has 3 channels"),
        ({"kernel_size": 9}, (None, 8, 10, 1), r"kernel_size=\(9, 9\), is larger than the image, \(8, 10\)"),
        ({"dilation_rate": 4}, (None, 8, 9, 1), r"with dilation_rate=\(4, 4\), is larger than the image, \(8, 9\)"),
    ],
)
def test_wrong_inputs(settings, shape, message):
    layer = Conv2D(**{"filters": 4, "kernel_size": 3, "name": "conv", **settings})
    with pytest.raises(ValueError, match=message) as error:
        layer.ensure_built(shape)
    assert "'conv'" in str(error.value)
    assert not layer.built


def test_called_with_other_channels_than_built_for():
    layer = Conv2D(4, 3, name="conv")
    layer.ensure_built((None, 8, 8, 3))
    with pytest.raises(ValueError, match=r"'conv'.*axis -1 .* value 3, but received .* \(1, 8, 8, 1\)"):
        layer(np.zeros((1, 8, 8, 1)))


@pytest.mark.parametrize("kernel_mode", ["reference"] + ["cython"] * bool(kernels.available_variants()))
def test_frozen_weights_get_no_gradient(kernel_mode):
    x = np.random.default_rng(0).standard_normal((2, 5, 5, 2))
    layer = Conv2D(3, 3, padding="same", dtype="float64")
    layer.ensure_built(x.shape)
    assert np.isfinite(run(layer, x, 1.0, kernel_mode=kernel_mode)[1]).all()
    layer.bias.gradient = np.full(3, np.nan)
    run(layer, x, 1.0, kernel_mode=kernel_mode, dx=False)
    np.testing.assert_allclose(layer.bias.gradient, 50)
    layer.kernel.gradient = np.full(layer.kernel.shape, np.nan)
    layer.bias.gradient = None
    run(layer, x, 1.0, kernel_mode=kernel_mode, dx=False)
    np.testing.assert_allclose(layer.kernel.gradient[1, 1, :, 0], x.sum((0, 1, 2)))


@pytest.mark.parametrize("kernel_mode", ["reference"] + ["cython"] * bool(kernels.available_variants()))
def test_relu_in_the_kernel_is_relu_after_it(kernel_mode):
    generator = np.random.default_rng(1)
    x = generator.standard_normal((2, 6, 5, 3))
    fused = Conv2D(4, 2, activation="relu", bias_initializer="random_normal", dtype="float64")
    y, dx = run(fused, x, 1.0, kernel_mode=kernel_mode)
    plain = Conv2D(4, 2, dtype="float64")
    plain.ensure_built(x.shape)
    plain.set_weights(fused.get_weights())
    z, _ = run(plain, x, 1.0, kernel_mode=kernel_mode)
    np.testing.assert_allclose(y, np.maximum(z, 0), rtol=1e-14)
    np.testing.assert_allclose(dx, run(plain, x, z > 0, kernel_mode=kernel_mode)[1], rtol=1e-14)


def test_integer_images_of_any_layout():
    images = np.random.default_rng(2).integers(0, 255, (5, 6, 3, 2), dtype=np.uint8)
    layer = Conv2D(2, 3)
    expected = layer(images.transpose(3, 0, 1, 2).astype("float32"))
    np.testing.assert_array_equal(layer(images.transpose(3, 0, 1, 2)), expected)


def test_empty_batch():
    layer = Conv2D(2, 3, padding="same", activation="relu")
    layer.ensure_built((None, 5, 5, 1))
    expect_gradients(layer)
    y, dx = run(layer, np.zeros((0, 5, 5, 1)), 1.0)
    assert y.shape == (0, 5, 5, 2)
    assert dx.shape == (0, 5, 5, 1)
    assert not any(weight.gradient.any() for weight in layer.weights)


@pytest.fixture
def plain_sums():
    """Calls a function with Winograd's method forbidden."""

    def call(function):
        config.set_winograd(False)
        try:
            return function()
        finally:
            config.set_winograd(True)

    before = config.winograd()
    config.set_winograd(True)
    yield call
    config.set_winograd(before)


@pytest.mark.parametrize("kernel_mode", ["reference"] + ["cython"] * bool(kernels.available_variants()))
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_winograds_method_gives_the_plain_sums(kernel_mode, padding, data_format, plain_sums):
    generator = np.random.default_rng(0)
    layer = Conv2D(24, 3, padding=padding, activation="relu", data_format=data_format)
    shape = (6, 9, 10, 16) if data_format == "channels_last" else (6, 16, 9, 10)
    x = generator.standard_normal(shape)
    dy = generator.standard_normal(layer.compute_output_shape(shape))

    def step(trained=("kernel", "bias")):
        layer.ensure_built(shape)
        for variable in layer.weights:
            variable.gradient = np.full(variable.shape, np.nan, "float32") if variable.name in trained else None
        y, dx = run(layer, x, dy, kernel_mode=kernel_mode)
        return y, dx, *(variable.gradient for variable in layer.weights if variable.gradient is not None)

    for trained in (("kernel", "bias"), ("bias",), ("kernel",)):
        for mine, plain in zip(step(trained), plain_sums(functools.partial(step, trained)), strict=True):
            np.testing.assert_allclose(mine, plain, rtol=0, atol=1e-5 * np.abs(plain).max())
    x, y = x.astype("float32"), np.empty(dy.shape, "float32")
    assert hasattr(layer.workspace(x, y, False), "forward_squares")
    assert not plain_sums(lambda: hasattr(layer.workspace(x, y, False), "forward_squares"))
