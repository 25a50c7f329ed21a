"""Matrix products of a dense layer: every compiled variant and the reference against NumPy in double precision."""

import numpy as np
import pytest
from kernel_cases import each_dtype, each_form, read_only, table_of

from kerasnp.kernels import dense

# Error allowed, in units of what the sums would be if all their terms were positive.
TOLERANCE = {"float32": 1e-6, "float64": 2e-15}


def inputs(rows, depth, columns, dtype):
    generator = np.random.default_rng(0)
    shapes = (rows, depth), (depth, columns), (columns,), (rows, columns)
    return read_only(*(generator.standard_normal(shape).astype(dtype) for shape in shapes))


def check_product(received, left, right, bias=0.0):
    left, right = left.astype("float64"), right.astype("float64")
    scale = np.abs(left) @ np.abs(right) + np.abs(bias)
    assert (np.abs(received - (left @ right + bias)) <= TOLERANCE[received.dtype.name] * scale).all()


# One row and few have ways of their own; then sizes around those of tiles, panels and blocks.
@each_form
@each_dtype
@pytest.mark.parametrize(
    ("rows", "depth", "columns"),
    [
        (0, 3, 4),
        (1, 1, 1),
        (1, 7, 5),
        (1, 201, 300),
        (2, 50, 10),
        (3, 5, 40),
        (4, 100, 131),
        (5, 1, 1),
        (7, 33, 17),
        (64, 64, 64),
        (128, 100, 10),
        (130, 70, 130),
        (1000, 3, 2),
    ],
)
@pytest.mark.parametrize("bias", [True, False])
def test_products(form, dtype, rows, depth, columns, bias):
    x, w, b, dy = inputs(rows, depth, columns, dtype)
    y, dw, db, dx = (np.full_like(array, np.nan) for array in (dy, w, b, x))
    table = table_of(form, dtype)
    scratch = np.full(dense.forward_scratch(depth, columns), np.nan, dtype)
    table.dense_forward(x, w, b if bias else None, False, y, scratch)
    scratch = np.full(dense.backward_scratch(depth, columns), np.nan, dtype)
    table.dense_backward_weights(dy, x, dw, db if bias else None, scratch)
    table.dense_backward_input(dy, w, dx, scratch)
    check_product(y, x, w, b if bias else 0.0)
    check_product(dw, x.T, dy)
    check_product(dx, dy, w.T)
    if bias:
        check_product(db, np.ones(rows), dy)
    else:
        assert np.isnan(db).all()


@each_form
@each_dtype
@pytest.mark.parametrize(("rows", "depth", "columns"), [(0, 3, 4), (5, 7, 5), (300, 2, 40), (300, 90, 70)])
def test_gradient_of_the_bias_alone(form, dtype, rows, depth, columns):
    x, _, b, dy = inputs(rows, depth, columns, dtype)
    db = np.full_like(b, np.nan)
    scratch = np.full(dense.backward_scratch(depth, columns), np.nan, dtype)
    table_of(form, dtype).dense_backward_weights(dy, x, None, db, scratch)
    check_product(db, np.ones(rows), dy)


@each_form
@each_dtype
@pytest.mark.parametrize("rows", [1, 4, 30])
def test_relu(form, dtype, rows):
    x, w, b, dy = inputs(rows, 20, 45, dtype)
    x = x.copy()
    x[0, 0] = np.nan
    plain, rectified, scratch = np.empty_like(dy), np.empty_like(dy), np.empty(dense.forward_scratch(20, 45), dtype)
    table = table_of(form, dtype)
    table.dense_forward(x, w, b, False, plain, scratch)
    table.dense_forward(x, w, b, True, rectified, scratch)
    assert np.isnan(rectified[0]).all()
    np.testing.assert_array_equal(rectified, np.maximum(plain, 0))


@each_form
@each_dtype
@pytest.mark.parametrize("columns", [1, 3, 40])
@pytest.mark.parametrize("relu", [False, True])
def test_bias(form, dtype, columns, relu):
    x, _, b, _ = inputs(7, columns, columns, dtype)
    x = x.copy()
    x[0], x[1], x[2] = np.nan, np.inf, -np.inf
    expected = np.maximum(x + b, 0) if relu else x + b
    y = np.full_like(x, 5)
    table_of(form, dtype).dense_bias(read_only(x.copy()), b, relu, y)
    np.testing.assert_array_equal(y, expected)
    table_of(form, dtype).dense_bias(x, b, relu, x)
    np.testing.assert_array_equal(x, expected)
    table_of(form, dtype).dense_bias(y, None, True, x)
    np.testing.assert_array_equal(x, np.maximum(expected, 0))
