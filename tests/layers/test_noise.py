"""Layers that draw random numbers: what is drawn, repeatability, errors."""

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers, testing
from kerasnp.layers.noise import SELU_ALPHA, SELU_SCALE

ONES = np.ones((200, 50), "float32")
RANDOM = [
    (layers.GaussianNoise, {"stddev": 0.5}, (20, 10)),
    (layers.GaussianDropout, {"rate": 0.5}, (20, 10)),
    (layers.AlphaDropout, {"rate": 0.5}, (20, 10)),
    (layers.SpatialDropout1D, {"rate": 0.5}, (20, 3, 10)),
    (layers.SpatialDropout2D, {"rate": 0.5}, (20, 2, 2, 10)),
    (layers.SpatialDropout3D, {"rate": 0.5}, (20, 2, 1, 2, 10)),
]
each_random = pytest.mark.parametrize(("cls", "settings", "shape"), RANDOM)


@each_random
def test_same_seed_same_numbers(cls, settings, shape):
    x = np.ones(shape)
    first, second, other = (cls(**settings, seed=seed) for seed in (3, 3, 4))
    one, two = first(x, training=True), first(x, training=True)
    np.testing.assert_array_equal(one, second(x, training=True))
    np.testing.assert_array_equal(two, second(x, training=True))
    assert (one != two).any()
    assert (one != other(x, training=True)).any()
    np.testing.assert_array_equal(first(x), x)
    draws = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        draws.append(cls(**settings)(x, training=True))
    np.testing.assert_array_equal(*draws)


@each_random
def test_seed_generator_is_a_variable(cls, settings, shape):
    layer = cls(**settings)
    assert layer.variables == [layer.seed_generator.state]
    assert layer.weights == []
    assert cls(**dict.fromkeys(settings, 0)).variables == []


def test_gaussian_noise():
    y = layers.GaussianNoise(0.5, seed=1)(ONES, training=True)
    assert abs(y.mean() - 1) < 0.02
    assert abs(y.std() - 0.5) < 0.02


def test_gaussian_dropout():
    y = layers.GaussianDropout(0.2, seed=1)(2 * ONES, training=True)
    assert abs(y.mean() - 2) < 0.03
    assert abs(y.std() - 2 * 0.5) < 0.03


def test_alpha_dropout_keeps_mean_and_variance():
    x = np.random.default_rng(0).standard_normal((200, 100)).astype("float32")
    y = layers.AlphaDropout(0.3, seed=1)(x, training=True)
    assert abs(y.mean()) < 0.03
    assert abs(y.var() - 1) < 0.03


def test_alpha_dropout_drops_what_dropout_drops():
    kept = layers.Dropout(0.3, seed=1)(ONES, training=True) > 0
    y = layers.AlphaDropout(0.3, seed=1)(ONES, training=True)
    low = -SELU_ALPHA * SELU_SCALE
    a = (0.7 * (1 + 0.3 * low**2)) ** -0.5
    np.testing.assert_allclose(y, np.where(kept, a * 1, a * low) - a * low * 0.3, rtol=1e-6)


def test_alpha_dropout_with_a_noise_shape():
    layer = layers.AlphaDropout(0.5, noise_shape=(None, 1, None), seed=2)
    y = layer(np.ones((4, 3, 5)), training=True)
    assert len(np.unique(y)) == 2
    assert (y == y[:, :1]).all()
    testing.check_gradients(layers.AlphaDropout(0.5, (None, 1, None), 2, dtype="float64"), (4, 3, 5))


@pytest.mark.parametrize(
    ("layer", "shape", "axes"),
    [
        (layers.SpatialDropout1D(0.5, seed=1), (20, 4, 10), (1,)),
        (layers.SpatialDropout2D(0.5, seed=1), (20, 2, 3, 10), (1, 2)),
        (layers.SpatialDropout2D(0.5, "channels_first", seed=1), (20, 10, 2, 3), (2, 3)),
        (layers.SpatialDropout3D(0.5, seed=1), (20, 2, 1, 3, 10), (1, 2, 3)),
        (layers.SpatialDropout3D(0.5, "channels_first", seed=1), (20, 10, 2, 1, 3), (2, 3, 4)),
    ],
)
def test_spatial_dropout_drops_whole_channels(layer, shape, axes):
    y = layer(np.ones(shape), training=True)
    assert set(np.unique(y)) == {0, 2}
    assert (y.min(axes) == y.max(axes)).all()
    flat = layers.Dropout(0.5, seed=1)(np.ones((20, 10)), training=True)
    np.testing.assert_array_equal(y.max(axes), flat)


@pytest.mark.parametrize(("cls", "name"), [(cls, next(iter(settings))) for cls, settings, _ in RANDOM])
@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan")])
def test_strength_outside_0_to_1(cls, name, value):
    with pytest.raises(ValueError, match=f"argument `{name}`.*between 0 and 1. Received: {name}={value}"):
        cls(value)


@pytest.mark.parametrize("cls", [layers.GaussianDropout, layers.AlphaDropout])
def test_rate_1_leaves_nothing(cls):
    with pytest.raises(ValueError, match=r"layer 'all': nothing would be left .* Received: rate=1"):
        cls(1, name="all")


def test_wrong_inputs():
    with pytest.raises(ValueError, match=r"expected ndim=3 \(batch, steps, channels\), found ndim=2"):
        layers.SpatialDropout1D(0.5)(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"expected ndim=4 \(batch, channels, height, width\), found ndim=5"):
        layers.SpatialDropout2D(0.5, "channels_first")(np.ones((2, 3, 1, 1, 1)))
    with pytest.raises(ValueError, match=r"AlphaDropout layer .*noise_shape=\(None, 2\) cannot be broadcast"):
        layers.AlphaDropout(0.5, (None, 2))(np.ones((4, 3)), training=True)


def test_activity_regularization_adds_to_the_loss():
    x = np.array([[1.0, -2.0], [3.0, 0.5]], "float32")
    model = keras.Sequential([keras.Input((2,)), layers.Dense(2, use_bias=False, kernel_initializer="identity")])
    model.add(layers.ActivityRegularization(l1=0.1, l2=0.2))
    model.compile(keras.optimizers.SGD(1.0), "mse")
    loss = model.train_on_batch(x, x)
    np.testing.assert_allclose(loss, (0.1 * np.abs(x).sum() + 0.2 * (x**2).sum()) / 2, rtol=1e-6)
    slope = x.T @ (0.1 * np.sign(x) + 0.4 * x) / 2
    np.testing.assert_allclose(model.get_weights()[0], np.eye(2) - slope, rtol=1e-5)
    with pytest.raises(ValueError, match="-1"):
        layers.ActivityRegularization(l1=-1)
