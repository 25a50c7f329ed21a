"""Batch normalization kernels, both kinds, against the formulas in double precision."""

import numpy as np
import pytest

from kerasnp import config, kernels
from kerasnp.kernels.batch_norm import scratch_shape

MODES = ["reference"] + ["cython"] * bool(kernels.available_variants())
EPSILON = 1e-3

each_mode = pytest.mark.parametrize("mode", MODES)
each_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
# One row; less than a block; a part with a short block; several parts of unequal length.
each_shape = pytest.mark.parametrize("shape", [(1, 3), (7, 1), (100, 5), (1000, 33), (9001, 4)])


def tolerance(dtype):
    return {"rtol": 1e-10, "atol": 1e-12} if dtype == "float64" else {"rtol": 1e-4, "atol": 1e-5}


def problem(shape, dtype, mean=1.0, seed=0):
    generator = np.random.default_rng(seed)
    x = (generator.standard_normal(shape) * 2 + mean).astype(dtype)
    dy = generator.standard_normal(shape).astype(dtype)
    gamma, beta = generator.standard_normal((2, shape[1])).astype(dtype)
    for array in (x, dy, gamma, beta):
        array.flags.writeable = False
    return x, dy, gamma, beta


def scratch(shape, dtype):
    return np.full(scratch_shape(*shape), np.nan, dtype)


def moments(table, x):
    mean, variance = np.full((2, x.shape[1]), np.nan, x.dtype)
    table.batch_norm_moments(x, mean, variance, scratch(x.shape, x.dtype))
    return mean, variance


@each_mode
@each_dtype
@each_shape
def test_moments(mode, dtype, shape):
    x, *_ = problem(shape, dtype)
    mean, variance = moments(kernels.table(dtype, mode), x)
    np.testing.assert_allclose(mean, x.mean(axis=0, dtype=np.float64), **tolerance(dtype))
    np.testing.assert_allclose(variance, x.var(axis=0, dtype=np.float64), **tolerance(dtype))


@each_mode
def test_large_mean_costs_the_variance_no_digits(mode):
    x, *_ = problem((5000, 6), "float32", mean=10_000.0)
    _, variance = moments(kernels.table("float32", mode), x)
    np.testing.assert_allclose(variance, x.var(axis=0, dtype=np.float64), rtol=1e-4)


@each_mode
@each_dtype
@each_shape
def test_normalize(mode, dtype, shape):
    x, _, gamma, beta = problem(shape, dtype)
    mean, variance = problem((2, shape[1]), dtype, seed=1)[0]
    variance = np.abs(variance)
    expected = (x - mean.astype(np.float64)) / np.sqrt(variance.astype(np.float64) + EPSILON) * gamma + beta
    y = np.full(shape, np.nan, dtype)
    table = kernels.table(dtype, mode)
    table.batch_norm_normalize(x, mean, variance, gamma, beta, EPSILON, y, scratch(shape, dtype))
    np.testing.assert_allclose(y, expected, **tolerance(dtype))
    y[...] = x
    table.batch_norm_normalize(y, mean, variance, gamma, beta, EPSILON, y, scratch(shape, dtype))
    np.testing.assert_allclose(y, expected, **tolerance(dtype))


@each_mode
@each_dtype
@each_shape
@pytest.mark.parametrize("of_batch", [True, False])
def test_backward(mode, dtype, shape, of_batch):
    table = kernels.table(dtype, mode)
    x, dy, gamma, _ = problem(shape, dtype)
    mean, variance = moments(table, x)
    dgamma, dbeta = np.full((2, shape[1]), np.nan, dtype)
    table.batch_norm_gradients(dy, x, mean, variance, EPSILON, dgamma, dbeta, scratch(shape, dtype))
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
    table.batch_norm_input_gradient(dy, x, mean, variance, gamma, *sums, EPSILON, dx, scratch(shape, dtype))
    np.testing.assert_allclose(dx, expected, **tolerance(dtype))


@each_mode
@each_dtype
def test_moving_average(mode, dtype):
    table = kernels.table(dtype, mode)
    value, average = np.array([[1, 2, 3], [4, 5, 6]], dtype)
    table.moving_average(value, 0.75, average)
    np.testing.assert_allclose(average, [3.25, 4.25, 5.25])
    table.moving_average(value, 1.0, average)
    np.testing.assert_allclose(average, [3.25, 4.25, 5.25])
    table.moving_average(value, 0.0, average)
    np.testing.assert_array_equal(average, value)


@each_mode
def test_results_do_not_depend_on_threads(mode):
    table = kernels.table("float32", mode)
    x, dy, *_ = problem((20_000, 32), "float32")
    before, results = config.num_threads(), []
    try:
        for count in (1, None):
            config.set_num_threads(count)
            mean, variance = moments(table, x)
            dgamma, dbeta = np.empty((2, 32), np.float32)
            table.batch_norm_gradients(dy, x, mean, variance, EPSILON, dgamma, dbeta, scratch(x.shape, "float32"))
            results.append(np.stack([mean, variance, dgamma, dbeta]))
    finally:
        config.set_num_threads(before)
    np.testing.assert_array_equal(results[0], results[1])
