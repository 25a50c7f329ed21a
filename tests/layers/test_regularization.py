"""Dropout: identity at inference, unbiased in training, repeatable from a seed."""

import numpy as np
import pytest

from kerasnp import testing
from kerasnp.layers.regularization import Dropout
from kerasnp.random import set_random_seed


def test_identity_unless_training():
    x = np.random.default_rng(0).standard_normal((4, 5)).astype(np.float32)
    np.testing.assert_array_equal(Dropout(0.5)(x), x)
    np.testing.assert_array_equal(Dropout(0)(x, training=True), x)
    assert Dropout(0.5).passes_through(training=False)
    assert not Dropout(0.5).passes_through(training=True)
    assert Dropout(0.0).passes_through(training=True)


def test_kept_inputs_are_scaled():
    y = Dropout(0.2, seed=1)(np.ones((100, 100)), training=True)
    assert set(np.unique(y)) == {0, np.float32(1.25)}
    assert abs(y.mean() - 1) < 0.03


def test_everything_is_dropped_at_rate_1():
    for noise_shape in (None, (None, 1)):
        layer = Dropout(1, noise_shape=noise_shape)
        np.testing.assert_array_equal(layer(np.ones((3, 4)), training=True), np.zeros((3, 4)))


def test_same_seed_same_numbers():
    x = np.ones((10, 10))
    first, second, other = Dropout(0.5, seed=3), Dropout(0.5, seed=3), Dropout(0.5, seed=4)
    one, two = first(x, training=True), first(x, training=True)
    np.testing.assert_array_equal(one, second(x, training=True))
    np.testing.assert_array_equal(two, second(x, training=True))
    assert (one != two).any()
    assert (one != other(x, training=True)).any()
    draws = []
    for _ in range(2):
        set_random_seed(5)
        draws.append(Dropout(0.5)(x, training=True))
    np.testing.assert_array_equal(*draws)


def test_seed_generator_is_a_variable():
    layer = Dropout(0.5)
    assert layer.variables == [layer.seed_generator.state]
    assert layer.weights == []
    assert Dropout(0).variables == []


@pytest.mark.parametrize("noise_shape", [(None, 1, None), (4, 3, 1), [None, 1, 5], (1, 1, 1)])
def test_noise_shape(noise_shape):
    layer = Dropout(0.5, noise_shape=noise_shape, seed=2)
    y = layer(np.ones((4, 3, 5)), training=True)
    assert set(np.unique(y)) <= {0, 2}
    for axis, size in enumerate(noise_shape):
        if size == 1:
            assert (y == y.take([0], axis)).all()
    layer = Dropout(0.5, noise_shape=noise_shape, seed=2, dtype="float64")
    testing.check_gradients(layer, (4, 3, 5))


def test_gradients():
    testing.check_gradients(Dropout(0.4, seed=1, dtype="float64"), (4, 5, 3))


def test_dropped_nan_is_zero():
    for noise_shape in (None, (None, 1)):
        y = Dropout(0.5, noise_shape=noise_shape, seed=0)(np.full((50, 4), np.nan), training=True)
        assert 0 < np.isnan(y).mean() < 1
        assert (y[~np.isnan(y)] == 0).all()


@pytest.mark.parametrize("rate", [-0.1, 1.5, float("nan")])
def test_rate_outside_0_to_1(rate):
    with pytest.raises(ValueError, match=f"between 0 and 1. Received: rate={rate}"):
        Dropout(rate)


@pytest.mark.parametrize("noise_shape", ["abc", 3, (0, 1), (1.5,)])
def test_wrong_noise_shape(noise_shape):
    with pytest.raises(ValueError, match="Expected a tuple of positive integers and None"):
        Dropout(0.5, noise_shape=noise_shape)


def test_noise_shape_must_fit_the_input():
    with pytest.raises(ValueError, match=r"noise_shape=\(None, 1\) must have as many axes as .* \(None, 2, 3\)"):
        Dropout(0.5, noise_shape=(None, 1))(np.ones((4, 2, 3)))
    with pytest.raises(ValueError, match=r"noise_shape=\(None, 2\) cannot be broadcast to the input, \(4, 3\)"):
        Dropout(0.5, noise_shape=(None, 2))(np.ones((4, 3)), training=True)


def test_config():
    layer = Dropout(0.5, noise_shape=(None, 1), seed=7, name="drop")
    assert layer.get_config() == {
        "name": "drop",
        "trainable": True,
        "dtype": "float32",
        "rate": 0.5,
        "seed": 7,
        "noise_shape": (None, 1),
    }
