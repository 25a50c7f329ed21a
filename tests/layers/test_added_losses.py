"""``add_loss``: what layers add to the loss of their model."""

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers

X = np.ones((2, 3), "float32")
Y = np.ones((2, 1), "float32")


class Adding(layers.Layer):
    """Adds the sum of its input, three times."""

    def call(self, x):
        self.add_loss(np.sum(x))
        self.add_loss([x, 6])
        return x

    def gradient(self, x, y, dy):
        return dy + 2


class Shared(layers.Layer):
    """Runs one layer twice."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.adding = Adding()

    def inner_layers(self):
        return [self.adding]

    def call(self, x):
        return self.adding(self.adding(x))


def model_of(*stack):
    model = keras.Sequential(
        [keras.Input((3,)), *stack, layers.Dense(1, "linear", True, "ones", kernel_regularizer="l2")]
    )
    model.compile("sgd", "mse")
    return model


def test_the_loss_is_that_of_keras():
    model = model_of(Adding(activity_regularizer="l2"))
    # Frozen from Keras 3.15: an error of 4, 18 added, and the two penalties.
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(22.06)
    assert model.fit(X, Y, verbose=0).history["loss"] == [pytest.approx(22.06)]
    assert model.train_on_batch(X, Y) < 22.06
    assert model.layers[0].losses == [6, 6, 6]
    model(X)
    assert model.losses == [6, 6, 6, pytest.approx(0.01 * np.square(model.get_weights()[0]).sum())]


def test_losses_are_those_of_the_last_batch():
    layer = Adding()
    assert layer.losses == []
    for _ in range(2):
        layer(X)
        assert layer.losses == [6, 6, 6]
    layer(2 * X)
    assert layer.losses == [12, 12, 6]


def test_a_layer_within_another_adds_at_each_run():
    shared = Shared()
    for _ in range(2):
        shared(X)
        assert shared.losses == [6.0] * 6
    assert model_of(shared).evaluate(X, Y, verbose=0) == pytest.approx(4 + 36 + 0.03)


def test_the_gradient_is_what_the_layer_says():
    weights = []
    for stack in (
        (layers.Dense(3, kernel_initializer="ones"), Adding()),
        (layers.Dense(3, kernel_initializer="ones"),),
    ):
        model = model_of(*stack)
        model.train_on_batch(X, Y)
        weights.append(model.get_weights()[0])
    np.testing.assert_allclose(weights[1] - weights[0], np.full((3, 3), 0.01 * 2 * 2), rtol=1e-4)


@pytest.mark.parametrize("loss", [None, "much", [1, None], {"a": 1}, True])
def test_what_is_no_loss(loss):
    with pytest.raises(ValueError, match=r"`add_loss\(\)` takes numbers or arrays. Received invalid value"):
        Adding().add_loss(loss)
