"""The kernels of activations: compiled against reference, single precision against double, any number of threads."""

import importlib

import numpy as np
import pytest
from kernel_cases import VARIANTS, check_threads, each_dtype, each_form, each_variant, read_only, table_of

from kerasnp.kernels import activation as reference

NAMES = list(reference.FORMULAS)
PARAMETERS = {
    "leaky_relu": (0.2, 0, 0),
    "clipped_relu": (0.1, 6, 1),
    "elu": (1.67, 1.05, 0.7),
    "squareplus": (4, 0, 0),
    "hard_shrink": (0.5, 0, 0),
    "soft_shrink": (0.5, 0, 0),
    "threshold": (1, 7, 0),
    "gelu_tanh": (1.6, 0.045, 0),
}
SIZES = [0, 1, 7, 33, 4096, 5000]
TOLERANCE = {"float32": {"rtol": 1e-5, "atol": 3e-6}, "float64": {"rtol": 1e-12, "atol": 1e-13}}

each_formula = pytest.mark.parametrize("name", NAMES)


def numbers(shape, dtype, seed=0):
    return read_only(np.random.default_rng(seed).normal(0, 3, shape).astype(dtype))


def settings(name):
    return reference.CODES[name], *PARAMETERS.get(name, (0, 0, 0))


def run(table, name, x, dy):
    y, dx = np.full_like(x, np.nan), np.full_like(x, np.nan)
    assert table.activation_forward(x, *settings(name), y) is None
    values = x if reference.FORMULAS[name].uses_input else y
    assert table.activation_backward(dy, values, *settings(name), dx) is None
    return y, dx


def test_compiled_formulas_stand_in_the_same_order():
    for variant in VARIANTS:
        compiled = importlib.import_module(f"kerasnp.kernels.{variant}._activation")
        assert list(compiled.FORMULAS) == NAMES


@pytest.mark.parametrize("size", SIZES)
@each_variant
@each_dtype
@each_formula
def test_agrees_with_the_reference(variant, name, dtype, size):
    x, dy = numbers(size, dtype), numbers(size, dtype, 1) / 3
    for mine, theirs in zip(run(table_of(variant, dtype), name, x, dy), run(reference, name, x, dy), strict=True):
        np.testing.assert_allclose(mine, theirs, **TOLERANCE[dtype])


@each_variant
@each_dtype
@each_formula
def test_special_values_agree_with_the_reference(variant, name, dtype):
    largest = np.finfo(dtype).max
    x = np.array(
        [0, -0.0, np.nan, np.inf, -np.inf, largest, -largest, 1e-40, 710, -746, 89, -104, -88, 1, 3, 6, 9], dtype
    )
    dy = np.ones_like(x)
    mine, theirs = run(table_of(variant, dtype), name, x, dy), run(reference, name, x, dy)
    np.testing.assert_allclose(mine[0], theirs[0], **TOLERANCE[dtype])
    np.testing.assert_allclose(mine[1], theirs[1], **TOLERANCE[dtype])
    assert np.isnan(mine[0][2])


@each_form
@each_formula
def test_single_precision_is_precise(form, name):
    """Outputs are within 4 units in the last place, where the formula itself does not magnify the rounding of x."""
    x = np.concatenate([np.linspace(-5, 5, 4001), np.linspace(-100, 88, 4001)]).astype("float32")
    y, _ = run(table_of(form, "float32"), name, x, x)
    exact, _ = run(reference, name, x.astype("float64"), x.astype("float64"))
    rtol, atol = {
        "clipped_relu": (4 * 2**-23, 1e-7),  # x - threshold
        "tanh_shrink": (4 * 2**-23, 2e-7),  # x - tanh(x)
        "gelu": (2e-6, 1e-8),  # exp(-x^2 / 2)
        "gelu_tanh": (2e-6, 1e-8),
    }.get(name, (4 * 2**-23, 1e-37))
    np.testing.assert_allclose(y, exact, rtol, atol)


@each_form
@each_formula
def test_runs_in_place(form, name):
    x, dy = numbers(5000, "float32"), numbers(5000, "float32", 1)
    table = table_of(form, "float32")
    y, dx = run(table, name, x, dy)
    z, dz = x.copy(), dy.copy()
    table.activation_forward(z, *settings(name), z)
    np.testing.assert_array_equal(z, y)
    table.activation_backward(dz, x if reference.FORMULAS[name].uses_input else y, *settings(name), dz)
    np.testing.assert_array_equal(dz, dx)


@each_variant
@each_dtype
def test_threads_do_not_change_bits(variant, dtype):
    x = numbers(100_003, dtype)
    for name in ("relu", "sigmoid", "gelu"):
        check_threads(lambda name=name: run(table_of(variant, dtype), name, x, x))


@each_form
def test_an_unknown_formula_is_an_error(form):
    x = np.zeros(3, "float32")
    with pytest.raises((ValueError, IndexError), match=f"received the code {len(NAMES)}|out of range"):
        table_of(form, "float32").activation_forward(x, len(NAMES), 0, 0, 0, x)


# -- PReLU -----------------------------------------------------------------------------------------


def run_prelu(table, x, dy, alpha):
    y, dx, dalpha = np.empty_like(x), np.empty_like(x), np.full_like(alpha, np.nan)
    assert table.prelu_forward(x, alpha, y) is None
    assert table.prelu_backward(dy, x, alpha, dx, dalpha) is None
    return y, dx, dalpha


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (5, 7), (3, 5000)])
@each_variant
@each_dtype
def test_prelu_agrees_with_the_reference(variant, dtype, shape):
    x, dy, alpha = numbers(shape, dtype), numbers(shape, dtype, 1), numbers(shape[1], dtype, 2)
    table = table_of(variant, dtype)
    mine, theirs = run_prelu(table, x, dy, alpha), run_prelu(reference, x, dy, alpha)
    for left, right in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(left, right, **TOLERANCE[dtype])
    dx, dalpha = dy.copy(), np.empty_like(alpha)
    table.prelu_backward(dx, x, alpha, dx, None)
    table.prelu_backward(dy, x, alpha, None, dalpha)
    np.testing.assert_array_equal(dx, mine[1])
    np.testing.assert_array_equal(dalpha, mine[2])


@each_form
def test_prelu_at_zero_and_nan(form):
    x = np.array([[0.0, np.nan, -2.0, 3.0]])
    y, dx, dalpha = run_prelu(table_of(form, "float64"), x, np.ones_like(x), np.full(4, 0.5))
    np.testing.assert_array_equal(y, [[0, np.nan, -1, 3]])
    np.testing.assert_array_equal(dx, [[0, 0, 0.5, 1]])
    np.testing.assert_array_equal(dalpha, [0, np.nan, -2, 0])


@each_variant
def test_threads_do_not_change_bits_of_prelu(variant):
    x, dy, alpha = numbers((40, 9000), "float32"), numbers((40, 9000), "float32", 1), numbers(9000, "float32", 2)
    check_threads(lambda: run_prelu(table_of(variant, "float32"), x, dy, alpha))
