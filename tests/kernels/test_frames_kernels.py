"""Laying volumes out as images: every form against the formula, and backward as its transpose."""

import numpy as np
import pytest
from kernel_cases import check_threads, each_dtype, each_form, each_variant, read_only, table_of

# Volumes, images, and stride, dilation and padding in front, above and on the left.
CASES = [
    ((2, 4, 3, 5, 1, 3), (2, 2, 3, 5, 1, 3, 3), (1, 1, 0, 0, 0)),
    ((1, 5, 3, 2, 2, 7), (1, 3, 6, 5, 2, 2, 7), (2, 3, 1, 2, 1)),
    ((2, 2, 2, 3, 3, 1), (2, 2, 3, 3, 3, 5, 1), (1, 2, 4, 0, 0)),
    ((1, 7, 1, 4, 1, 20), (1, 2, 1, 4, 1, 2, 20), (4, 1, 0, 0, 0)),
    ((0, 3, 3, 3, 1, 2), (0, 2, 3, 3, 1, 2, 2), (1, 1, 0, 0, 0)),
]


def numbers(shape, dtype):
    return read_only(np.random.default_rng(0).integers(-9, 9, shape).astype(dtype))


@each_form
@each_dtype
@pytest.mark.parametrize(("volumes", "images", "windows"), CASES)
def test_forward_is_the_formula(form, dtype, volumes, images, windows):
    x, seen, expected = numbers(volumes, dtype), np.full(images, np.nan, dtype), np.zeros(images, dtype)
    stride, dilation, front, top, left = windows
    for n, k, i, j, g, a, c in np.ndindex(images):
        place = k * stride + a * dilation - front, i - top, j - left
        if all(0 <= p < size for p, size in zip(place, volumes[1:4], strict=True)):
            expected[n, k, i, j, g, a, c] = x[(n, *place, g, c)]
    table_of(form, dtype).frames_forward(x, *windows, seen)
    np.testing.assert_array_equal(seen, expected)


@each_form
@each_dtype
@pytest.mark.parametrize(("volumes", "images", "windows"), CASES)
def test_backward_is_the_transpose(form, dtype, volumes, images, windows):
    table, x, dseen = table_of(form, dtype), numbers(volumes, dtype), numbers(images, dtype)
    seen, dx = np.empty(images, dtype), np.full(volumes, np.nan, dtype)
    table.frames_forward(x, *windows, seen)
    table.frames_backward(dseen, *windows, dx)
    assert np.vdot(seen, dseen) == np.vdot(x, dx)  # whole numbers are added up exactly
    table_of("reference", dtype).frames_backward(dseen, *windows, seen := np.empty(volumes, dtype))
    np.testing.assert_array_equal(dx, seen)


@each_variant
def test_threads_do_not_change_bits(variant):
    dseen = np.random.default_rng(1).random((3, 9, 20, 20, 1, 3, 16), np.float32)

    def run():
        dx = np.empty((3, 11, 18, 18, 1, 16), np.float32)
        table_of(variant, "float32").frames_backward(dseen, 1, 1, 0, 1, 1, dx)
        return [dx]

    check_threads(run)
