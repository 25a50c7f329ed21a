"""The kernels of activations: compiled against reference, single precision against double, any number of threads."""

import importlib

import numpy as np
import pytest

from kerasnp import config, kernels
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
each_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


@pytest.fixture
def one_to_three_threads():
    """Returns a function that calls another one with 1, 2 and 3 threads and checks that the bits are the same."""

    def check(run):
        results = []
        for count in (1, 2, 3):
            config.set_num_threads(count)
            results.append(run())
        for result in results[1:]:
            for mine, first in zip(result, results[0], strict=True):
                np.testing.assert_array_equal(mine, first)

    before = config.num_threads()
    yield check
    config.set_num_threads(before)


def read_only(array):
    array.flags.writeable = False
    return array


def numbers(shape, dtype, seed=0):
    return read_only(np.random.default_rng(seed).normal(0, 3, shape).astype(dtype))


def settings(name):
    return reference.CODES[name], *PARAMETERS.get(name, (0, 0, 0))


def run(table, name, x, dy):
    y, dx = np.full_like(x, np.nan), np.full_like(x, np.nan)
    assert table.activation_forward(x, *settings(name), y) is None
    values = x if reference.FORMULAS[name].uses_input else y
    assert table.activation_backward(values, dy, *settings(name), dx) is None
    return y, dx


def test_compiled_formulas_stand_in_the_same_order():
    for variant in kernels.available_variants():
        compiled = importlib.import_module(f"kerasnp.kernels.{variant}._activation")
        assert list(compiled.FORMULAS) == NAMES


@pytest.mark.parametrize("size", SIZES)
@each_dtype
@each_formula
def test_agrees_with_the_reference(name, dtype, size):
    x, dy = numbers(size, dtype), numbers(size, dtype, 1) / 3
    for mine, theirs in zip(run(kernels.table(dtype), name, x, dy), run(reference, name, x, dy), strict=True):
        np.testing.assert_allclose(mine, theirs, **TOLERANCE[dtype])


@each_dtype
@each_formula
def test_special_values_agree_with_the_reference(name, dtype):
    largest = np.finfo(dtype).max
    x = np.array(
        [0, -0.0, np.nan, np.inf, -np.inf, largest, -largest, 1e-40, 710, -746, 89, -104, -88, 1, 3, 6, 9], dtype
    )
    dy = np.ones_like(x)
    mine, theirs = run(kernels.table(dtype), name, x, dy), run(reference, name, x, dy)
    np.testing.assert_allclose(mine[0], theirs[0], **TOLERANCE[dtype])
    np.testing.assert_allclose(mine[1], theirs[1], **TOLERANCE[dtype])
    assert np.isnan(mine[0][2])


@each_formula
def test_single_precision_is_precise(name):
    """Outputs are within 4 units in the last place, where the formula itself does not magnify the rounding of x."""
    x = np.concatenate([np.linspace(-5, 5, 4001), np.linspace(-100, 88, 4001)]).astype("float32")
    y, _ = run(kernels.table("float32"), name, x, x)
    exact, _ = run(reference, name, x.astype("float64"), x.astype("float64"))
    rtol, atol = {
        "clipped_relu": (4 * 2**-23, 1e-7),  # x - threshold
        "tanh_shrink": (4 * 2**-23, 2e-7),  # x - tanh(x)
        "gelu": (2e-6, 1e-8),  # exp(-x^2 / 2)
        "gelu_tanh": (2e-6, 1e-8),
    }.get(name, (4 * 2**-23, 1e-37))
    np.testing.assert_allclose(y, exact, rtol, atol)


@each_formula
def test_runs_in_place(name):
    x, dy = numbers(5000, "float32"), numbers(5000, "float32", 1)
    table = kernels.table("float32")
    y, dx = run(table, name, x, dy)
    z, dz = x.copy(), dy.copy()
    table.activation_forward(z, *settings(name), z)
    np.testing.assert_array_equal(z, y)
    table.activation_backward(x if reference.FORMULAS[name].uses_input else y, dz, *settings(name), dz)
    np.testing.assert_array_equal(dz, dx)


@each_dtype
def test_threads_do_not_change_bits(one_to_three_threads, dtype):
    x = numbers(100_003, dtype)
    for name in ("relu", "sigmoid", "gelu"):
        one_to_three_threads(lambda name=name: run(kernels.table(dtype), name, x, x))


def test_an_unknown_formula_is_an_error():
    x = np.zeros(3, "float32")
    with pytest.raises((ValueError, IndexError)):
        kernels.table("float32").activation_forward(x, len(NAMES), 0, 0, 0, x)


# -- PReLU -----------------------------------------------------------------------------------------


def run_prelu(table, x, dy, alpha):
    y, dx, dalpha = np.empty_like(x), np.empty_like(x), np.full_like(alpha, np.nan)
    assert table.prelu_forward(x, alpha, y) is None
    assert table.prelu_backward(x, dy, alpha, dx, dalpha) is None
    return y, dx, dalpha


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (5, 7), (3, 5000)])
@each_dtype
def test_prelu_agrees_with_the_reference(dtype, shape):
    x, dy, alpha = numbers(shape, dtype), numbers(shape, dtype, 1), numbers(shape[1], dtype, 2)
    table = kernels.table(dtype)
    mine, theirs = run_prelu(table, x, dy, alpha), run_prelu(reference, x, dy, alpha)
    for left, right in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(left, right, **TOLERANCE[dtype])
    dx, dalpha = dy.copy(), np.empty_like(alpha)
    table.prelu_backward(x, dx, alpha, dx, None)
    table.prelu_backward(x, dy, alpha, None, dalpha)
    np.testing.assert_array_equal(dx, mine[1])
    np.testing.assert_array_equal(dalpha, mine[2])


def test_prelu_at_zero_and_nan():
    x = np.array([[0.0, np.nan, -2.0, 3.0]])
    y, dx, dalpha = run_prelu(kernels.table("float64"), x, np.ones_like(x), np.full(4, 0.5))
    np.testing.assert_array_equal(y, [[0, np.nan, -1, 3]])
    np.testing.assert_array_equal(dx, [[0, 0, 0.5, 1]])
    np.testing.assert_array_equal(dalpha, [0, np.nan, -2, 0])


def test_threads_do_not_change_bits_of_prelu(one_to_three_threads):
    x, dy, alpha = numbers((40, 9000), "float32"), numbers((40, 9000), "float32", 1), numbers(9000, "float32", 2)
    one_to_three_threads(lambda: run_prelu(kernels.table("float32"), x, dy, alpha))
