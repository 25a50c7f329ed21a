"""What zero padding and cropping accept and refuse. Values: test_layers_follow_keras.py."""

import numpy as np
import pytest

from kerasnp import config, layers


@pytest.mark.parametrize(
    ("cls", "value", "expected"),
    [
        (layers.ZeroPadding1D, 2, (2, 2)),
        (layers.ZeroPadding1D, [0, 3], (0, 3)),
        (layers.ZeroPadding2D, 2, ((2, 2), (2, 2))),
        (layers.ZeroPadding2D, (1, 2), ((1, 1), (2, 2))),
        (layers.ZeroPadding2D, [[1, 0], 2], ((1, 0), (2, 2))),
        (layers.ZeroPadding3D, (1, 0, (2, 3)), ((1, 1), (0, 0), (2, 3))),
        (layers.Cropping1D, 1, (1, 1)),
        (layers.Cropping2D, ((1, 2), (3, 4)), ((1, 2), (3, 4))),
        (layers.Cropping3D, 1, ((1, 1), (1, 1), (1, 1))),
    ],
)
def test_borders_are_pairs(cls, value, expected):
    name = "padding" if "Padding" in cls.__name__ else "cropping"
    layer = cls(value)
    assert getattr(layer, name) == layer.get_config()[name] == expected


def test_output_shapes():
    assert layers.ZeroPadding2D(((1, 2), (0, 3))).compute_output_shape((None, 4, None, 3)) == (None, 7, None, 3)
    first = layers.ZeroPadding3D(1, data_format="channels_first")
    assert first.compute_output_shape((None, 4, 5, 6, None)) == (None, 4, 7, 8, None)
    assert layers.Cropping1D((1, 2)).compute_output_shape((None, None, 3)) == (None, None, 3)
    assert layers.Cropping1D((1, 2)).compute_output_shape((2, 7, 3)) == (2, 4, 3)


def test_default_data_format_is_the_configured_one():
    config.set_image_data_format("channels_first")
    try:
        assert layers.ZeroPadding1D().compute_output_shape((None, 4, 7)) == (None, 4, 9)
        assert layers.Cropping1D().compute_output_shape((None, 4, 7)) == (None, 2, 7)
    finally:
        config.set_image_data_format("channels_last")


@pytest.mark.parametrize(
    ("cls", "value", "message"),
    [
        (layers.ZeroPadding1D, -1, "`padding` argument must be .* received -1"),
        (layers.ZeroPadding1D, (1, 2, 3), r"`padding` argument must be .* received \(1, 2, 3\)"),
        (layers.ZeroPadding2D, (1, 2, 3), r"a tuple of 2 tuples of 2 integers; received \(1, 2, 3\)"),
        (layers.ZeroPadding2D, "valid", "a tuple of 2 tuples of 2 integers; received 'valid'"),
        (layers.ZeroPadding2D, ((1, -1), 1), r"`padding\[0\]` argument .* received \(1, -1\)"),
        (layers.ZeroPadding3D, 1.5, "a tuple of 3 integers, .* received 1.5"),
        (layers.Cropping1D, "a", "`cropping` argument must be .* received 'a'"),
        (layers.Cropping2D, -2, r"`cropping\[0\]` argument .* received -2"),
        (layers.Cropping3D, (1, 1), r"a tuple of 3 tuples of 2 integers; received \(1, 1\)"),
    ],
)
def test_wrong_arguments(cls, value, message):
    with pytest.raises(ValueError, match=message):
        cls(value)


def test_wrong_data_format():
    with pytest.raises(ValueError, match="received 'nchw'"):
        layers.ZeroPadding2D(data_format="NCHW")
    with pytest.raises(ValueError, match=r"Unrecognized keyword arguments passed to Cropping1D: .*channels_last"):
        layers.Cropping1D(data_format="channels_last")


def test_something_must_be_left():
    layer = layers.Cropping2D(((1, 0), (2, 3)), name="crop")
    message = r"'crop'.*Received: input_shape=\(None, 4, 5, 1\), cropping=\(\(1, 0\), \(2, 3\)\)"
    with pytest.raises(ValueError, match=message):
        layer.compute_output_shape((None, 4, 5, 1))
    with pytest.raises(ValueError, match="'crop'"):
        layer(np.zeros((1, 4, 5, 1)))


@pytest.mark.parametrize(
    ("cls", "axes"),
    [
        (layers.ZeroPadding1D, "batch, steps, channels"),
        (layers.Cropping2D, "batch, height, width, channels"),
        (layers.ZeroPadding3D, "batch, depth, height, width, channels"),
    ],
)
def test_wrong_rank(cls, axes):
    with pytest.raises(ValueError, match=rf"expected ndim=. \({axes}\), found ndim=2"):
        cls()(np.zeros((2, 4)))
