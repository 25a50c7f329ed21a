"""Batch normalization kernels, both kinds, against the formulas in double precision."""

import numpy as np
import pytest
from kernel_cases import check_threads, each_dtype, each_form, each_variant, read_only, table_of

from kerasnp.kernels.batch_norm import scratch_shape

EPSILON = 1e-3

# One row; less than a block; a part with a short block; several parts of unequal length.
each_shape = pytest.mark.parametrize("shape", [(1, 3), (7, 1), (100, 5), (1000, 33), (9001, 4)])


def tolerance(dtype):
    return {"rtol": 1e-10, "atol": 1e-12} if dtype == "float64" else {"rtol": 1e-4, "atol": 1e-5}


def problem(shape, dtype, mean=1.0, seed=0):
    generator = np.random.default_rng(seed)
    x = (generator.standard_normal(shape) * 2 + mean).astype(dtype)
    dy = generator.standard_normal(shape).astype(dtype)
    gamma, beta = generator.standard_normal((2, shape[1])).astype(dtype)
    return read_only(x, dy, gamma, beta)


def scratch(shape, dtype):
    return np.full(scratch_shape(*shape), np.nan, dtype)


def moments(table, x):
    mean, variance = np.full((2, x.shape[1]), np.nan, x.dtype)
    table.batch_norm_moments(x, mean, variance, scratch(x.shape, x.dtype))
    return mean, variance


@each_form
@each_dtype
@each_shape
def test_moments(form, dtype, shape):
    x, *_ = problem(shape, dtype)
    mean, variance = moments(table_of(form, dtype), x)
    np.testing.assert_allclose(mean, x.mean(axis=0, dtype=np.float64), **tolerance(dtype))
    np.testing.assert_allclose(variance, x.var(axis=0, dtype=np.float64), **tolerance(dtype))


@each_form
def test_large_mean_costs_the_variance_no_digits(form):
    x, *_ = problem((5000, 6), "float32", mean=10_000.0)
    _, variance = moments(table_of(form, "float32"), x)
    np.testing.assert_allclose(variance, x.var(axis=0, dtype=np.float64), rtol=1e-4)


@each_form
@pytest.mark.parametrize("row", [0, 16, 17, 99])
def test_outlier_costs_the_variance_no_digits(form, row):
    """Wherever it lies, also where deviations are taken from it."""
    x = problem((100, 21), "float32")[0].copy()
    x[row] = 1e5
    _, variance = moments(table_of(form, "float32"), x)
    np.testing.assert_allclose(variance, x.var(axis=0, dtype=np.float64), rtol=1e-5)


@each_form
@each_dtype
@each_shape
def test_normalize(form, dtype, shape):
    x, _, gamma, beta = problem(shape, dtype)
    mean, variance = problem((2, shape[1]), dtype, seed=1)[0]
    variance = np.abs(variance)
    expected = (x - mean.astype(np.float64)) / np.sqrt(variance.astype(np.float64) + EPSILON) * gamma + beta
    y = np.full(shape, np.nan, dtype)
    table = table_of(form, dtype)
    table.batch_norm_normalize(x, mean, variance, gamma, beta, EPSILON, y, scratch(shape, dtype))
    np.testing.assert_allclose(y, expected, **tolerance(dtype))
    y[...] = x
    table.batch_norm_normalize(y, mean, variance, gamma, beta, EPSILON, y, scratch(shape, dtype))
    np.testing.assert_allclose(y, expected, **tolerance(dtype))


@each_form
@each_dtype
@each_shape
@pytest.mark.parametrize("of_batch", [True, False])
def test_backward(form, dtype, shape, of_batch):
    table = table_of(form, dtype)
    x, dy, gamma, _ = problem(shape, dtype)
    mean, variance = moments(table, x)
    dgamma, dbeta = np.full((2, shape[1]), np.nan, dtype)
    table.batch_norm_backward_weights(dy, x, mean, variance, EPSILON, dgamma, dbeta, scratch(shape, dtype))
    exact, mean64 = x.astype(np.float64), mean.astype(np.float64)
    inverse = 1 / np.sqrt(variance.astype(np.float64) + EPSILON)
    normal = (exact - mean64) * inverse
    loose = {key: value * 30 for key, value in tolerance(dtype).items()}  # sums of many terms of both signs
    np.testing.assert_allclose(dgamma, (dy * normal).sum(axis=0), **loose)
    np.testing.assert_allclose(dbeta, dy.sum(axis=0, dtype=np.float64), **loose)
    expected = gamma * inverse * dy
    sums = (None, None)
    if of_batch:
        sums = (dgamma, dbeta)
        expected = gamma * inverse * (dy - dbeta / len(x) - normal * dgamma / len(x))
    dx = np.full(shape, np.nan, dtype)
    table.batch_norm_backward_input(dy, x, mean, variance, gamma, *sums, EPSILON, dx, scratch(shape, dtype))
    np.testing.assert_allclose(dx, expected, **tolerance(dtype))


@each_form
@each_dtype
def test_moving_average(form, dtype):
    table = table_of(form, dtype)
    value, average = np.array([[1, 2, 3], [4, 5, 6]], dtype)
    table.moving_average(value, 0.75, average)
    np.testing.assert_allclose(average, [3.25, 4.25, 5.25])
    table.moving_average(value, 1.0, average)
    np.testing.assert_allclose(average, [3.25, 4.25, 5.25])
    table.moving_average(value, 0.0, average)
    np.testing.assert_array_equal(average, value)


@each_variant
def test_threads_do_not_change_bits(variant):
    table = table_of(variant, "float32")
    x, dy, gamma, beta = problem((20_000, 32), "float32")

    def run():
        buffer, y, dx = scratch(x.shape, "float32"), np.empty_like(x), np.empty_like(x)
        mean, variance = moments(table, x)
        table.batch_norm_normalize(x, mean, variance, gamma, beta, EPSILON, y, buffer)
        dgamma, dbeta = np.empty((2, 32), np.float32)
        table.batch_norm_backward_weights(dy, x, mean, variance, EPSILON, dgamma, dbeta, buffer)
        table.batch_norm_backward_input(dy, x, mean, variance, gamma, dgamma, dbeta, EPSILON, dx, buffer)
        return mean, variance, y, dgamma, dbeta, dx

    check_threads(run)
