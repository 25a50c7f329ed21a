"""What depthwise and separable convolutions accept and refuse. Values: test_layers_follow_keras.py."""

import functools

import numpy as np
import pytest
from layer_runs import expect_gradients, run

import kerasnp as keras
from kerasnp import layers

DEPTHWISE = [layers.DepthwiseConv1D, layers.DepthwiseConv2D]
SEPARABLE = [functools.partial(layers.SeparableConv1D, 6), functools.partial(layers.SeparableConv2D, 6)]
each_class = pytest.mark.parametrize("cls", DEPTHWISE + SEPARABLE)


def test_aliases():
    assert layers.SeparableConvolution1D is layers.SeparableConv1D
    assert layers.SeparableConvolution2D is layers.SeparableConv2D


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kernel_size": 3}, (5, 7)),
        ({"kernel_size": (2, 4), "strides": (2, 3)}, (3, 2)),
        ({"kernel_size": 3, "padding": "Same", "strides": 2}, (4, 5)),
        ({"kernel_size": 2, "dilation_rate": (3, 2), "strides": 2}, (2, 4)),
    ],
)
def test_output_shape(settings, expected):
    for cls, channels in ((functools.partial(layers.DepthwiseConv2D, depth_multiplier=3), 6), (SEPARABLE[1], 6)):
        assert cls(**settings).compute_output_shape((None, 7, 9, 2)) == (None, *expected, channels)
        assert cls(**settings).compute_output_shape((None, None, 9, 2)) == (None, None, expected[1], channels)
        first = cls(data_format="channels_first", **settings)
        assert first.compute_output_shape((3, 2, 7, 9)) == (3, channels, *expected)


def test_weights():
    layer = layers.DepthwiseConv2D((3, 2), depth_multiplier=2, depthwise_regularizer="l2", data_format="channels_first")
    layer.ensure_built((None, 4, 8, 8))
    assert [(weight.name, weight.shape) for weight in layer.weights] == [("kernel", (3, 2, 4, 2)), ("bias", (8,))]
    assert type(layer.kernel.regularizer).__name__ == "L2"
    layer = layers.SeparableConv1D(
        6, 3, depth_multiplier=2, pointwise_constraint="non_neg", depthwise_constraint="unit_norm", use_bias=False
    )
    layer.ensure_built((None, 8, 4))
    expected = [("depthwise_kernel", (3, 4, 2)), ("pointwise_kernel", (1, 8, 6))]
    assert [(weight.name, weight.shape) for weight in layer.weights] == expected
    assert [type(weight.constraint).__name__ for weight in layer.weights] == ["UnitNorm", "NonNeg"]


@pytest.mark.parametrize("settings", [{"padding": "same"}, {"strides": 2, "depth_multiplier": 2}])
def test_it_is_a_convolution_with_a_group_for_each_channel(settings):
    generator = np.random.default_rng(0)
    x = generator.standard_normal((2, 9, 12, 5))
    depthwise = layers.DepthwiseConv2D(3, activation="relu", dtype="float64", **settings)
    y = depthwise(x)
    settings = {name: value for name, value in settings.items() if name != "depth_multiplier"}
    grouped = layers.Conv2D(y.shape[-1], 3, groups=5, activation="relu", dtype="float64", **settings)
    grouped.ensure_built(x.shape)
    kernel, bias = depthwise.get_weights()
    grouped.set_weights([kernel.reshape(grouped.kernel.shape), bias])
    np.testing.assert_allclose(y, grouped(x), rtol=1e-12, atol=1e-13)


def test_separable_is_depthwise_and_a_product_at_each_pixel():
    x = np.random.default_rng(0).standard_normal((2, 9, 12, 5))
    layer = layers.SeparableConv2D(7, 3, depth_multiplier=2, padding="same", dtype="float64")
    y = layer(x)
    first = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", use_bias=False, dtype="float64")
    second = layers.Conv2D(7, 1, dtype="float64")
    second(first(x))
    first.set_weights(layer.get_weights()[:1])
    second.set_weights(layer.get_weights()[1:])
    np.testing.assert_allclose(y, second(first(x)), rtol=1e-12, atol=1e-13)


@each_class
def test_a_predicting_plan_keeps_nothing(cls):
    layer = cls(3)
    shape = (2, 8, 4) if len(layer.image_axes) == 1 else (2, 8, 8, 4)
    layer.ensure_built(shape)
    kept = [name for name, buffer in layer.buffers(shape).items() if buffer.life == "step"]
    assert kept == (["between"] if hasattr(layer, "pointwise_kernel") else [])


def test_a_frozen_part_of_a_separable_convolution_gets_no_gradient():
    x = np.random.default_rng(0).standard_normal((2, 6, 3))
    layer = layers.SeparableConv1D(2, 3, dtype="float64")
    layer.ensure_built(x.shape)
    expect_gradients(layer)
    _, dx = run(layer, x, 1.0)
    expected = [variable.gradient for variable in layer.weights]
    for alone, variable in enumerate(layer.weights):
        for other in layer.weights:
            other.gradient = np.full(other.shape, np.nan) if other is variable else None
        _, again = run(layer, x, 1.0, dx=alone == 0)
        np.testing.assert_array_equal(variable.gradient, expected[alone])
    assert again is None
    assert np.isfinite(dx).all()


@pytest.mark.parametrize("cls", [layers.DepthwiseConv2D, SEPARABLE[1]])
def test_learns_a_blur(cls):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).standard_normal((100, 8, 8, 2)).astype("float32")
    y = np.asarray(layers.AveragePooling2D(2, 1)(x))
    settings = {} if cls is layers.DepthwiseConv2D else {"depth_multiplier": 2}
    model = keras.Sequential([keras.Input((8, 8, 2)), cls(2, **settings), layers.Dense(2)])
    model.compile(keras.optimizers.Adam(0.02), "mse")
    assert model.fit(x, y, epochs=30, verbose=0).history["loss"][-1] < 1e-3


@each_class
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"depth_multiplier": 0}, "`depth_multiplier` must be a positive integer; received 0"),
        ({"kernel_size": 0}, "`kernel_size` argument .* received 0"),
        ({"strides": 0}, "`strides` argument .* received 0"),
        ({"padding": "causal"}, '`padding` must be "valid" or "same"; received .causal.'),
        ({"groups": 2}, "Unrecognized keyword arguments"),
        ({"kernel_initializer": "zeros"}, "Unrecognized keyword arguments"),
        ({"depthwise_initializer": "zeroes"}, "'zeros'"),
    ],
)
def test_wrong_arguments(cls, settings, message):
    with pytest.raises(ValueError, match=message):
        cls(**{"kernel_size": 3, **settings})


def test_filters_must_be_some():
    with pytest.raises(ValueError, match="`filters` must be a positive integer; received 0"):
        layers.SeparableConv2D(0, 3)


@each_class
@pytest.mark.parametrize(
    ("settings", "shape", "message"),
    [
        ({}, (None, 8), r"expected ndim=\d \(batch, .*channels\), found ndim=2"),
        ({}, (None, 8, 8, None), "expected axis -1 of input shape to have a known value"),
        (
            {"dilation_rate": 4},
            (None, 8, 8, 1),
            r"with dilation_rate=\(4.*\), is larger than the (image|sequence), \(8",
        ),
    ],
)
def test_wrong_inputs(cls, settings, shape, message):
    layer = cls(**{"kernel_size": 3, "name": "wise", **settings})
    if len(shape) > 2:
        shape = (shape[0], *shape[1 : 1 + len(layer.image_axes)], shape[-1])
    with pytest.raises(ValueError, match=message) as error:
        layer.ensure_built(shape)
    assert "'wise'" in str(error.value)


@each_class
def test_called_with_other_channels_than_built_for(cls):
    layer = cls(3, name="wise")
    image = (8,) * len(layer.image_axes)
    layer.ensure_built((None, *image, 3))
    with pytest.raises(ValueError, match=r"'wise'.*axis -1 .* value 3, but received .* 8, 1\)"):
        layer(np.zeros((1, *image, 1)))
