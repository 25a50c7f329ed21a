"""The kernels of softmax: compiled against reference, stability, any number of threads."""

import numpy as np
import pytest
from kernel_cases import check_threads, each_dtype, each_form, each_variant, read_only, table_of

SHAPES = [(0, 3), (2, 0), (1, 1), (5, 10), (3, 8), (4, 37), (2, 1000)]
TOLERANCE = {"float32": {"rtol": 3e-6, "atol": 2e-6}, "float64": {"rtol": 1e-12, "atol": 1e-13}}

each_kernel = pytest.mark.parametrize("name", ["softmax", "log_softmax"])


def run(table, name, x, dy):
    y, dx = np.full_like(x, np.nan), np.full_like(x, np.nan)
    assert getattr(table, f"{name}_forward")(x, y) is None
    assert getattr(table, f"{name}_backward")(dy, y, dx) is None
    return y, dx


def numbers(shape, dtype):
    rng = np.random.default_rng(0)
    return read_only(rng.normal(0, 4, shape).astype(dtype), rng.uniform(-1, 1, shape).astype(dtype))


@pytest.mark.parametrize("shape", SHAPES)
@each_variant
@each_dtype
@each_kernel
def test_agrees_with_the_reference(variant, name, dtype, shape):
    x, dy = numbers(shape, dtype)
    results = (run(table_of(form, dtype), name, x, dy) for form in (variant, "reference"))
    for mine, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(mine, theirs, **TOLERANCE[dtype])


@each_form
@each_kernel
def test_runs_in_place(form, name):
    x, dy = numbers((4, 37), "float32")
    table = table_of(form, "float32")
    y, dx = run(table, name, x, dy)
    z, dz = x.copy(), dy.copy()
    getattr(table, f"{name}_forward")(z, z)
    getattr(table, f"{name}_backward")(dz, y, dz)
    np.testing.assert_array_equal(z, y)
    np.testing.assert_array_equal(dz, dx)


@each_form
@each_dtype
def test_large_and_infinite_logits(form, dtype):
    table = table_of(form, dtype)
    inf, nan, large = np.inf, np.nan, np.finfo(dtype).max
    x = np.array(
        [[1e4, 1e4, -1e4], [-inf, 0, 0], [inf, 0, 0], [-inf, -inf, -inf], [nan, 0, 0], [large, -large, 0]], dtype
    )
    probabilities, _ = run(table, "softmax", x, np.ones_like(x))
    expected = [[0.5, 0.5, 0], [0, 0.5, 0.5], [nan] * 3, [nan] * 3, [nan] * 3, [1, 0, 0]]
    expected[2][1:] = probabilities[2, 1:]  # Keras's backends differ: 0 or NaN beside an infinite logit
    np.testing.assert_allclose(probabilities, expected, atol=1e-12)
    logarithms, _ = run(table, "log_softmax", x[:2], np.ones_like(x[:2]))
    np.testing.assert_allclose(logarithms, np.array([[0, 0, -2e4], [-inf, 0, 0]]) - np.log(2), rtol=1e-6)


@each_variant
@each_kernel
def test_threads_do_not_change_bits(variant, name):
    x, dy = numbers((5000, 33), "float32")
    check_threads(lambda: run(table_of(variant, "float32"), name, x, dy))
