"""Layers that users write."""

import numpy as np
import pytest
from small_models import X

import kerasnp as keras
from kerasnp import layers


class Cube(layers.Layer):
    """The simple form: y = scale * x ** 3."""

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

    def call(self, x):
        return self.scale.value * x**3

    def gradient(self, x, y, dy):
        return 3 * self.scale.value * x**2 * dy, (x**3 * dy).sum()


def test_a_layer_in_the_simple_form_trains():
    model = keras.Sequential([keras.Input((4,)), Cube(), layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(X / 2, X[:, :1] ** 3, epochs=20, verbose=0).history["loss"]
    assert history[-1] < history[0]
    assert float(model.layers[0].scale.value) != 1.0


def test_a_layer_without_a_gradient_predicts_but_says_what_training_lacks():
    class Half(layers.Layer):
        def call(self, x):
            return x / 2

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1), Half()])
    assert model.predict(X, verbose=0).shape == (50, 1)
    model.compile("sgd", "mse")
    with pytest.raises(NotImplementedError, match=r"Half.*gradient\(x, y, dy\)"):
        model.fit(X, X[:, :1], verbose=0)


class Both(layers.Layer):
    """The simple form, with an output wider than the input."""

    def call(self, x):
        return np.concatenate([x, -x], axis=-1)

    def gradient(self, x, y, dy):
        half = dy.shape[-1] // 2
        return dy[:, :half] - dy[:, half:]


@pytest.mark.parametrize("inputs", [[], [keras.Input((4,))]])
def test_the_output_shape_of_the_simple_form_is_found_by_trying(inputs):
    model = keras.Sequential([*inputs, Both(), layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(X, X[:, :1], epochs=5, verbose=0).history["loss"]
    assert history[-1] < history[0]
    assert model.layers[0].compute_output_shape((None, 4)) == (None, 8)
    assert Both()(X).shape == (50, 8)
