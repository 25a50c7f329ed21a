"""Pooling kernels, both kinds, against the formula written as loops over single numbers."""

import itertools

import numpy as np
import pytest
from kernel_cases import check_threads, each_dtype, each_form, each_variant, read_only, table_of

# Image, window, strides, padding before, number of windows.
GEOMETRIES = [
    ((4, 6), (2, 2), (2, 2), (0, 0), (2, 3)),
    ((5, 7), (2, 2), (2, 2), (0, 0), (2, 3)),
    ((5, 7), (3, 2), (1, 2), (1, 0), (5, 4)),
    ((5, 4), (3, 4), (2, 3), (1, 1), (3, 2)),
    ((6, 5), (1, 1), (3, 2), (0, 0), (2, 3)),
    ((3, 2), (7, 9), (4, 5), (2, 3), (1, 1)),
    ((1, 1), (1, 1), (1, 1), (0, 0), (1, 1)),
]

each_geometry = pytest.mark.parametrize("geometry", GEOMETRIES)
# Fewer channels than a vector, none left over, some left over, more than a block.
each_channels = pytest.mark.parametrize("channels", [1, 3, 16, 70])


def windows(geometry):
    """Yields each output pixel and its cells: number within the window, row and column in the image."""
    (h, w), (pool_h, pool_w), (stride_h, stride_w), (pad_top, pad_left), (out_h, out_w) = geometry
    for i, j in itertools.product(range(out_h), range(out_w)):
        cells = []
        for row, column in itertools.product(range(pool_h), range(pool_w)):
            r, q = i * stride_h - pad_top + row, j * stride_w - pad_left + column
            if 0 <= r < h and 0 <= q < w:
                cells.append((row * pool_w + column, r, q))
        yield i, j, cells


def flat(geometry):
    return [number for numbers in geometry[1:4] for number in numbers]


def arrays(geometry, channels, dtype, n=2, seed=0):
    """Returns x and dy, read-only, and y and dx full of NaN."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((n, *geometry[0], channels)).astype(dtype)
    dy = generator.standard_normal((n, *geometry[4], channels)).astype(dtype)
    read_only(x, dy)
    return x, dy, np.full_like(dy, np.nan), np.full_like(x, np.nan)


@each_form
@each_dtype
@each_geometry
@each_channels
def test_max_pool2d(form, dtype, geometry, channels):
    table = table_of(form, dtype)
    x, dy, y, dx = arrays(geometry, channels, dtype)
    argmax = np.full(y.shape, 65535, np.uint16)
    table.max_pool2d_forward(x, *flat(geometry), y, argmax)
    read_only(argmax)
    table.max_pool2d_backward(dy, argmax, *flat(geometry), dx)
    expected_dx = np.zeros_like(x)
    for i, j, cells in windows(geometry):
        for n, c in itertools.product(range(len(x)), range(channels)):
            value, cell, r, q = max((x[n, r, q, c], cell, r, q) for cell, r, q in cells)
            assert y[n, i, j, c] == value
            assert argmax[n, i, j, c] == cell
            expected_dx[n, r, q, c] += dy[n, i, j, c]
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-6, atol=1e-6)
    without = np.full_like(y, np.nan)
    table.max_pool2d_forward(x, *flat(geometry), without, None)
    np.testing.assert_array_equal(without, y)


@each_form
@each_dtype
@each_geometry
@each_channels
def test_average_pool2d(form, dtype, geometry, channels):
    table = table_of(form, dtype)
    x, dy, y, dx = arrays(geometry, channels, dtype)
    table.average_pool2d_forward(x, *flat(geometry), y)
    table.average_pool2d_backward(dy, *flat(geometry), dx)
    expected, expected_dx = np.zeros_like(y), np.zeros_like(x)
    for i, j, cells in windows(geometry):
        for _, r, q in cells:
            expected[:, i, j] += x[:, r, q] / len(cells)
            expected_dx[:, r, q] += dy[:, i, j] / len(cells)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-5, atol=1e-6)


@each_form
@each_dtype
@pytest.mark.parametrize("pixels", [1, 7, 300])
@each_channels
def test_global_pooling(form, dtype, pixels, channels):
    table = table_of(form, dtype)
    generator = np.random.default_rng(1)
    x = generator.standard_normal((3, pixels, channels)).astype(dtype)
    dy = generator.standard_normal((3, channels)).astype(dtype)
    read_only(x, dy)
    y, dx = np.full_like(dy, np.nan), np.full_like(x, np.nan)
    argmax = np.full(y.shape, -1, np.int32)
    table.global_max_pool2d_forward(x, y, argmax)
    np.testing.assert_array_equal(y, x.max(axis=1))
    np.testing.assert_array_equal(argmax, x.argmax(axis=1))
    table.global_max_pool2d_backward(dy, argmax, dx)
    np.testing.assert_array_equal(dx, np.where(np.arange(pixels)[:, None] == argmax[:, None], dy[:, None], 0))
    y.fill(np.nan)
    table.global_max_pool2d_forward(x, y, None)
    np.testing.assert_array_equal(y, x.max(axis=1))
    dx.fill(np.nan)
    table.global_average_pool2d_forward(x, y)
    table.global_average_pool2d_backward(dy, dx)
    np.testing.assert_allclose(y, x.mean(axis=1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(dx, np.broadcast_to(dy[:, None] / dx.dtype.type(pixels), x.shape), rtol=1e-6)


@each_form
@each_dtype
def test_first_of_equal_pixels_is_the_maximum(form, dtype):
    table = table_of(form, dtype)
    x = np.full((1, 2, 2, 20), -np.inf, dtype)
    x[0, 0, 1, 1::2] = x[0, 1, 0, 1::2] = 5
    y, argmax = np.empty((1, 1, 1, 20), dtype), np.empty((1, 1, 1, 20), np.uint16)
    table.max_pool2d_forward(x, 2, 2, 1, 1, 0, 0, y, argmax)
    np.testing.assert_array_equal(y.ravel(), [-np.inf, 5] * 10)
    np.testing.assert_array_equal(argmax.ravel(), [0, 1] * 10)


@each_form
@each_dtype
@pytest.mark.parametrize("place", [0, 1, 3])
def test_nan_is_the_largest_number(form, dtype, place):
    table = table_of(form, dtype)
    x = np.array([1, np.inf, -2, 3], dtype)
    x[place] = np.nan
    x = np.repeat(x, 20).reshape(1, 2, 2, 20)
    y, argmax = np.empty((1, 1, 1, 20), dtype), np.empty((1, 1, 1, 20), np.uint16)
    table.max_pool2d_forward(x, 2, 2, 1, 1, 0, 0, y, argmax)
    assert np.isnan(y).all()
    assert (argmax == place).all()
    whole, pixel = np.empty((1, 20), dtype), np.empty((1, 20), np.int32)
    table.global_max_pool2d_forward(x.reshape(1, 4, 20), whole, pixel)
    assert np.isnan(whole).all()
    assert (pixel == place).all()


@each_form
@each_dtype
def test_first_of_several_nan_is_the_maximum(form, dtype):
    table = table_of(form, dtype)
    x = np.repeat(np.array([1, np.nan, np.inf, np.nan], dtype), 21).reshape(1, 2, 2, 21)
    y, argmax = np.empty((1, 1, 1, 21), dtype), np.empty((1, 1, 1, 21), np.uint16)
    table.max_pool2d_forward(x, 2, 2, 2, 2, 0, 0, y, argmax)
    assert np.isnan(y).all()
    assert (argmax == 1).all()


@each_form
def test_gradient_goes_to_the_maximum_alone(form):
    """Infinity or NaN in one output's gradient must not leak to other pixels, as 0 * inf would."""
    table = table_of(form, "float32")
    dy = np.full((1, 1, 1, 20), np.inf, np.float32)
    argmax = np.full(dy.shape, 2, np.uint16)
    dx = np.empty((1, 2, 2, 20), np.float32)
    table.max_pool2d_backward(dy, argmax, 2, 2, 1, 1, 0, 0, dx)
    np.testing.assert_array_equal(dx.reshape(4, 20), np.repeat([0, 0, np.inf, 0], 20).reshape(4, 20))


@each_form
def test_mean_of_a_large_image_keeps_its_digits(form):
    x = np.full((1, 300_000, 2), 0.1, np.float32)
    y = np.empty((1, 2), np.float32)
    table_of(form, "float32").global_average_pool2d_forward(x, y)
    np.testing.assert_allclose(y, 0.1, rtol=2e-5)


@each_form
def test_empty_batch(form):
    table = table_of(form, "float32")
    # The batch is cut out of larger arrays: a kernel that touched an image would be seen.
    images, outputs = np.full((2, 4, 4, 3), np.nan, np.float32), np.full((2, 2, 2, 3), np.nan, np.float32)
    places = np.full(outputs.shape, 7, np.uint16)
    x, y, argmax = images[:0], outputs[:0], places[:0]
    table.max_pool2d_forward(x, 2, 2, 2, 2, 0, 0, y, argmax)
    table.max_pool2d_backward(y, argmax, 2, 2, 2, 2, 0, 0, x)
    table.average_pool2d_forward(x, 2, 2, 2, 2, 0, 0, y)
    table.average_pool2d_backward(y, 2, 2, 2, 2, 0, 0, x)
    assert np.isnan(images).all()
    assert np.isnan(outputs).all()
    assert (places == 7).all()


@each_variant
def test_threads_do_not_change_bits(variant):
    table, geometry = table_of(variant, "float32"), GEOMETRIES[2]
    x, dy, *_ = arrays(geometry, 20, "float32", n=7)

    def run():
        y, means, dx, shares = np.empty_like(dy), np.empty_like(dy), np.empty_like(x), np.empty_like(x)
        argmax = np.empty(y.shape, np.uint16)
        table.max_pool2d_forward(x, *flat(geometry), y, argmax)
        table.max_pool2d_backward(dy, argmax, *flat(geometry), dx)
        table.average_pool2d_forward(x, *flat(geometry), means)
        table.average_pool2d_backward(dy, *flat(geometry), shares)
        return y, argmax, dx, means, shares

    check_threads(run)
