"""The pooling and flattening functions: values by hand, gradients by finite differences, errors."""

import numpy as np
import pytest

from kerasnp import config
from kerasnp.nn import flatten, pool2d
from kerasnp.testing import numerical_gradient

WINDOWED = {
    "max": (pool2d.max_pool2d_forward, pool2d.max_pool2d_backward),
    "average": (pool2d.average_pool2d_forward, pool2d.average_pool2d_backward),
}
GLOBAL = {
    "max": (pool2d.global_max_pool2d_forward, pool2d.global_max_pool2d_backward),
    "average": (pool2d.global_average_pool2d_forward, pool2d.global_average_pool2d_backward),
}
each_windowed = pytest.mark.parametrize("kind", WINDOWED)
each_global = pytest.mark.parametrize("kind", GLOBAL)
each_format = pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])


def images(shape, seed=0):
    """Returns random images without two numbers so close that a small step would change a maximum."""
    size = int(np.prod(shape))
    return np.random.default_rng(seed).permutation(size).reshape(shape) / size


def test_values():
    x = np.array([[1.0, 2, 5], [4, 3, 0], [7, 1, 2]]).reshape(1, 3, 3, 1)
    assert pool2d.max_pool2d_forward(x, 2, 1).ravel().tolist() == [4, 5, 7, 3]
    assert pool2d.average_pool2d_forward(x, 2, 1).ravel().tolist() == [2.5, 2.5, 3.75, 1.5]
    assert pool2d.max_pool2d_forward(x, 2, padding="same").ravel().tolist() == [4, 5, 7, 2]
    assert pool2d.average_pool2d_forward(x, 2, padding="same").ravel().tolist() == [2.5, 2.5, 4, 2]
    assert pool2d.max_pool2d_forward(x, 2, padding=1).ravel().tolist() == [1, 5, 7, 3]
    assert pool2d.average_pool2d_forward(x, 2, padding=(1, 0)).ravel().tolist() == [1.5, 3.75]
    assert pool2d.global_max_pool2d_forward(x).tolist() == [[7]]
    assert pool2d.global_average_pool2d_forward(x).tolist() == [[25 / 9]]


def test_gradient_values():
    x = np.array([[1.0, 2, 5], [4, 3, 0], [7, 1, 2]]).reshape(1, 3, 3, 1)
    dy = np.array([1.0, 10, 100, 1000]).reshape(1, 2, 2, 1)
    dx = pool2d.max_pool2d_backward(dy, x, 2, 1)
    assert dx.ravel().tolist() == [0, 0, 10, 1, 1000, 0, 100, 0, 0]
    dx = pool2d.average_pool2d_backward(4 * dy, x, 2, 1)
    assert dx.ravel().tolist() == [1, 11, 10, 101, 1111, 1010, 100, 1100, 1000]


@each_windowed
@each_format
@pytest.mark.parametrize("padding", ["valid", "same", 1, (2, 0)])
@pytest.mark.parametrize("strides", [None, 1, (2, 3)])
def test_gradients(kind, data_format, padding, strides):
    forward, backward = WINDOWED[kind]
    settings = {"pool_size": (3, 2), "strides": strides, "padding": padding, "data_format": data_format}
    x = images((2, 5, 4, 3))
    y = forward(x, **settings)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    dx = backward(dy, x, **settings)
    assert dx.shape == x.shape
    assert dx.flags.c_contiguous
    expected = numerical_gradient(lambda x: np.vdot(forward(x, **settings), dy), x)
    np.testing.assert_allclose(dx, expected, rtol=1e-7, atol=1e-9)


@each_global
@each_format
def test_global_gradients(kind, data_format):
    forward, backward = GLOBAL[kind]
    x = images((2, 3, 4, 5))
    dy = np.random.default_rng(1).standard_normal(forward(x, data_format).shape)
    dx = backward(dy, x, data_format)
    assert dx.shape == x.shape
    expected = numerical_gradient(lambda x: np.vdot(forward(x, data_format), dy), x)
    np.testing.assert_allclose(dx, expected, rtol=1e-7, atol=1e-9)


@each_windowed
def test_both_orders_of_axes_agree(kind):
    forward, _ = WINDOWED[kind]
    x = images((2, 7, 5, 3))
    last = forward(x, 3, 2, "same")
    first = forward(np.moveaxis(x, -1, 1), 3, 2, "same", "channels_first")
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), last)


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "float16"])
def test_types(dtype):
    x = np.arange(32).reshape(1, 4, 4, 2).astype(dtype)
    expected = dtype if dtype in config.FLOAT_TYPES else "float32"
    assert pool2d.max_pool2d_forward(x).dtype == expected
    assert pool2d.global_average_pool2d_forward(x).dtype == expected
    assert pool2d.average_pool2d_backward(np.ones((1, 2, 2, 2)), x).dtype == expected


def test_inputs_of_any_layout_are_left_alone():
    x = np.asfortranarray(images((2, 4, 4, 3)))[:, ::-1]
    x.flags.writeable = False
    expected = pool2d.max_pool2d_forward(np.ascontiguousarray(x))
    np.testing.assert_array_equal(pool2d.max_pool2d_forward(x), expected)
    assert pool2d.max_pool2d_forward(x[:0]).shape == (0, 2, 2, 3)


@each_windowed
@pytest.mark.parametrize(
    ("shape", "settings", "message"),
    [
        ((4, 4, 3), {}, r"Pooling takes images \(n, h, w, c\) .* received shape \(4, 4, 3\)"),
        ((1, 0, 4, 3), {}, "at least one pixel"),
        ((1, 3, 3, 1), {"pool_size": 4}, r"pool_size=\(4, 4\), is larger than the image, \(3, 3\)"),
        ((1, 3, 3, 1), {"padding": 2}, r"padding=\(2, 2\) must be less than pool_size=\(2, 2\)"),
        ((1, 3, 3, 1), {"padding": "full"}, "`padding` must be"),
        ((1, 3, 3, 1), {"padding": -1}, "`padding` argument must be"),
        ((1, 3, 3, 1), {"pool_size": (256, 257)}, "at most 65,536 pixels"),
    ],
)
def test_errors(kind, shape, settings, message):
    with pytest.raises(ValueError, match=message):
        WINDOWED[kind][0](np.zeros(shape), **settings)


@each_windowed
def test_gradient_of_another_shape(kind):
    with pytest.raises(ValueError, match=r"shape of the output, \(1, 2, 2, 1\); received \(1, 4, 4, 1\)"):
        WINDOWED[kind][1](np.zeros((1, 4, 4, 1)), np.zeros((1, 4, 4, 1)))
    with pytest.raises(ValueError, match=r"shape of the output, \(1, 1\); received \(1, 4, 4, 1\)"):
        GLOBAL[kind][1](np.zeros((1, 4, 4, 1)), np.zeros((1, 4, 4, 1)))


@each_format
@pytest.mark.parametrize("shape", [(2,), (2, 3), (2, 3, 4), (2, 3, 4, 5), (0, 3, 4)])
def test_flatten(data_format, shape):
    x = images(shape)
    y = flatten.flatten_forward(x, data_format)
    assert y.shape == (shape[0], int(np.prod(shape[1:])))
    np.testing.assert_array_equal(flatten.flatten_backward(y, x, data_format), x)


def test_flatten_gives_one_order_of_numbers():
    x = images((2, 4, 5, 3))
    first = flatten.flatten_forward(np.moveaxis(x, -1, 1), "channels_first")
    np.testing.assert_array_equal(first, flatten.flatten_forward(x, "channels_last"))
    with pytest.raises(ValueError, match=r"shape of the output, \(2, 60\); received \(2, 59\)"):
        flatten.flatten_backward(first[:, 1:], x)
