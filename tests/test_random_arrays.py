"""keras.random: distributions, seeds, types."""

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import random

CALLS = {
    "normal": lambda seed: random.normal((2000,), 1.0, 2.0, seed=seed),
    "truncated_normal": lambda seed: random.truncated_normal((2000,), 1.0, 2.0, seed=seed),
    "uniform": lambda seed: random.uniform((2000,), -1.0, 3.0, seed=seed),
    "randint": lambda seed: random.randint((2000,), 0, 3, seed=seed),
    "categorical": lambda seed: random.categorical(np.log([[0.25, 0.25, 0.5]]), 2000, seed=seed),
    "shuffle": lambda seed: random.shuffle(np.arange(50), seed=seed),
    "dropout": lambda seed: random.dropout(np.ones((50, 40), "float32"), 0.25, seed=seed),
}


@pytest.mark.parametrize("name", CALLS)
def test_seeds(name):
    call = CALLS[name]
    np.testing.assert_array_equal(call(3), call(3))
    assert not np.array_equal(call(3), call(4))
    seeds = random.SeedGenerator(3)
    assert not np.array_equal(call(seeds), call(seeds))
    np.testing.assert_array_equal(call(random.SeedGenerator(3)), call(random.SeedGenerator(3)))
    keras.utils.set_random_seed(1)
    first = call(None)
    assert not np.array_equal(first, call(None))
    keras.utils.set_random_seed(1)
    np.testing.assert_array_equal(first, call(None))


@pytest.mark.parametrize(
    ("name", "dtype", "mean", "spread", "least", "most"),
    [
        ("normal", "float32", 1.0, 2.0, -np.inf, np.inf),
        ("truncated_normal", "float32", 1.0, 2 * 0.87962566, -3, 5),
        ("uniform", "float32", 1.0, 4 / 12**0.5, -1, 3),
        ("randint", "int32", 1.0, (2 / 3) ** 0.5, 0, 2),
        ("categorical", "int32", 1.25, 0.829, 0, 2),
        ("dropout", "float32", 1.0, (1 / 3) ** 0.5, 0, 4 / 3 + 1e-6),
    ],
)
def test_distributions(name, dtype, mean, spread, least, most):
    values = CALLS[name](0)
    assert values.dtype == dtype
    assert values.min() >= least
    assert values.max() <= most
    assert values.mean() == pytest.approx(mean, abs=4 * spread / len(values.ravel()) ** 0.5)
    assert values.std() == pytest.approx(spread, rel=0.06)


def test_shapes_and_types():
    assert random.normal((2, 3), dtype="float64").dtype == "float64"
    assert random.uniform((4,), 0, 9, dtype="int64").dtype == "int64"
    assert random.categorical(np.zeros((3, 4)), 5).shape == (3, 5)
    rows = random.shuffle(np.arange(12).reshape(3, 4), axis=1, seed=0)
    assert (np.sort(rows, axis=1) == np.arange(12).reshape(3, 4)).all()
    mask = random.dropout(np.ones((20, 6), "float32"), 0.5, noise_shape=(20, 1), seed=0)
    assert (mask == mask[:, :1]).all()
    np.testing.assert_array_equal(random.dropout([1.0, 2.0], 0.0), [1.0, 2.0])
