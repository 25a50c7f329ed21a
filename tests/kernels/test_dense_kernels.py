"""Matrix products of a dense layer: every compiled variant and the reference against NumPy in double precision."""

import importlib

import numpy as np
import pytest

from kerasnp import kernels
from kerasnp.kernels import dense

FORMS = ["reference", *kernels.available_variants()]
C_TYPES = {"float32": "float", "float64": "double"}
# Error allowed, in units of what the sums would be if all their terms were positive.
TOLERANCE = {"float32": 1e-6, "float64": 2e-15}

each_form = pytest.mark.parametrize("form", FORMS)
each_dtype = pytest.mark.parametrize("dtype", C_TYPES)


def kernel(form, name, dtype):
    if form == "reference":
        return getattr(dense, name)
    return getattr(importlib.import_module(f"kerasnp.kernels.{form}._dense"), name)[C_TYPES[dtype]]


def inputs(rows, depth, columns, dtype):
    generator = np.random.default_rng(0)
    arrays = [
        generator.standard_normal(shape).astype(dtype)
        for shape in ((rows, depth), (depth, columns), (columns,), (rows, columns))
    ]
    for array in arrays:
        array.flags.writeable = False
    return arrays


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
    panels = np.full(dense.forward_scratch(depth, columns), np.nan, dtype)
    kernel(form, "dense_forward", dtype)(x, w, b if bias else None, False, y, panels)
    panels = np.full(dense.backward_scratch(depth, columns), np.nan, dtype)
    kernel(form, "dense_backward_weights", dtype)(x, dy, dw, db if bias else None, panels)
    kernel(form, "dense_backward_input", dtype)(dy, w, dx, panels)
    check_product(y, x, w, b if bias else 0.0)
    check_product(dw, x.T, dy)
    check_product(dx, dy, w.T)
    if bias:
        check_product(db, np.ones(rows), dy)
    else:
        assert np.isnan(db).all()


@each_form
@each_dtype
@pytest.mark.parametrize("rows", [1, 4, 30])
def test_relu(form, dtype, rows):
    x, w, b, dy = inputs(rows, 20, 45, dtype)
    x = x.copy()
    x[0, 0] = np.nan
    plain, rectified, panels = np.empty_like(dy), np.empty_like(dy), np.empty(dense.forward_scratch(20, 45), dtype)
    kernel(form, "dense_forward", dtype)(x, w, b, False, plain, panels)
    kernel(form, "dense_forward", dtype)(x, w, b, True, rectified, panels)
    assert np.isnan(rectified[0]).all()
    np.testing.assert_array_equal(rectified, np.maximum(plain, 0))
