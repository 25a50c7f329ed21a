"""Arguments, shapes, errors and gradients of the pooling layers. Values: test_pool_norm_follow_keras.py."""

import numpy as np
import pytest

from kerasnp import config, layers, testing
from kerasnp.layers import pooling

WINDOWED = [pooling.MaxPooling2D, pooling.AveragePooling2D]
GLOBAL = [pooling.GlobalMaxPooling2D, pooling.GlobalAveragePooling2D]
each_windowed = pytest.mark.parametrize("cls", WINDOWED)
each_global = pytest.mark.parametrize("cls", GLOBAL)


def test_aliases():
    assert layers.MaxPool2D is pooling.MaxPooling2D
    assert layers.AvgPool2D is pooling.AveragePooling2D
    assert layers.GlobalMaxPool2D is pooling.GlobalMaxPooling2D
    assert layers.GlobalAvgPool2D is pooling.GlobalAveragePooling2D
    assert type(layers.deserialize({"class_name": "MaxPool2D", "config": {}})) is pooling.MaxPooling2D


@each_windowed
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, (None, 3, 2, 4)),
        ({"pool_size": 3}, (None, 2, 1, 4)),
        ({"pool_size": 3, "strides": 1}, (None, 5, 3, 4)),
        ({"pool_size": (2, 3), "strides": (3, 1), "padding": "SAME"}, (None, 3, 5, 4)),
        ({"pool_size": 9, "strides": 2, "padding": "same"}, (None, 4, 3, 4)),
    ],
)
def test_output_shape(cls, settings, expected):
    assert cls(**settings).compute_output_shape((None, 7, 5, 4)) == expected
    first = cls(data_format="channels_first", **settings).compute_output_shape((None, 4, 7, 5))
    assert first == (None, 4, *expected[1:3])
    unknown = cls(**settings).compute_output_shape((None, None, 5, None))
    assert unknown == (None, None, expected[2], None)


@each_windowed
def test_config(cls):
    layer = cls((2, 3), padding="same", name="pool")
    assert layer.get_config() == {
        "name": "pool",
        "trainable": True,
        "dtype": "float32",
        "data_format": "channels_last",
        "pool_size": (2, 3),
        "padding": "same",
        "strides": (2, 3),
    }


def test_default_data_format_is_the_configured_one():
    config.set_image_data_format("channels_first")
    try:
        assert pooling.MaxPooling2D().data_format == "channels_first"
        assert pooling.GlobalMaxPooling2D().compute_output_shape((None, 4, 7, 5)) == (None, 4)
    finally:
        config.set_image_data_format("channels_last")


@each_windowed
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pool_size": 0}, "`pool_size` argument must be .* received 0"),
        ({"pool_size": (2, 2, 2)}, "`pool_size` argument must be"),
        ({"strides": 0}, "`strides` argument must be"),
        ({"padding": "causal"}, '`padding` must be "valid" or "same"; received .causal.'),
        ({"data_format": "NCHW"}, "data_format must be one of .* received 'nchw'"),
        ({"size": 2}, "Unrecognized keyword arguments"),
    ],
)
def test_wrong_arguments(cls, settings, message):
    with pytest.raises(ValueError, match=message):
        cls(**settings)


@each_windowed
def test_window_larger_than_the_image(cls):
    layer = cls((2, 4), name="pool")
    message = rf"{cls.__name__} layer 'pool'.*pool_size=\(2, 4\), is larger than the image, \(3, 3\)"
    with pytest.raises(ValueError, match=message):
        layer.compute_output_shape((None, 3, 3, 1))
    with pytest.raises(ValueError, match=message):
        layer(np.zeros((1, 3, 3, 1)))


def test_window_of_too_many_pixels():
    assert pooling.MaxPooling2D(256).pool_size == (256, 256)
    with pytest.raises(ValueError, match=r"at most 65,536 pixels; received pool_size=\(256, 257\)"):
        pooling.MaxPooling2D((256, 257))


@pytest.mark.parametrize("cls", WINDOWED + GLOBAL)
def test_input_must_be_images(cls):
    with pytest.raises(ValueError, match=r"expected ndim=4 \(batch, height, width, channels\), found ndim=3"):
        cls()(np.zeros((2, 4, 4)))


@each_global
def test_global_output_shape(cls):
    assert cls().compute_output_shape((None, 7, 5, 4)) == (None, 4)
    assert cls(keepdims=True).compute_output_shape((None, None, 5, 4)) == (None, 1, 1, 4)
    assert cls("channels_first", True).compute_output_shape((3, 4, 7, 5)) == (3, 4, 1, 1)
    with pytest.raises(ValueError, match="images without pixels"):
        cls().compute_output_shape((None, 0, 5, 4))


@pytest.mark.parametrize(
    "settings",
    [
        {"pool_size": 2},
        {"pool_size": 3, "strides": 1},
        {"pool_size": (2, 3), "strides": (3, 1), "padding": "same"},
        {"pool_size": 7, "padding": "same"},
        {"pool_size": (1, 2), "strides": 3, "data_format": "channels_first"},
    ],
)
@each_windowed
def test_gradients(cls, settings):
    testing.check_gradients(cls(dtype="float64", **settings), (2, 5, 4, 3))


@each_global
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_global_gradients(cls, data_format):
    testing.check_gradients(cls(data_format, dtype="float64"), (2, 3, 4, 5))


def test_a_maximum_needs_no_memory_when_predicting():
    layer = pooling.MaxPooling2D()
    x, y = np.zeros((2, 4, 4, 3), np.float32), np.empty((2, 2, 2, 3), np.float32)
    assert layer.workspace(x, y, training=False).argmax is None
    assert layer.workspace(x, y, training=True).argmax.dtype == np.uint16
