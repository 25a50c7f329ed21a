"""L-BFGS: minima, Wolfe's conditions, going on."""

import copy

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import Ridge

import kerasnp as keras
from kerasnp import layers
from kerasnp.optimizers import LBFGS, Adam
from kerasnp.variables import Variable


@pytest.fixture(scope="module")
def table():
    X, y = load_diabetes(return_X_y=True)
    return X / X.std(axis=0), (y - y.mean()) / y.std()


def network(optimizer, inputs, outputs=1, loss="mse", activation=None):
    keras.utils.set_random_seed(0)
    hidden = layers.Dense(8, activation="tanh", dtype="float64")
    model = keras.Sequential([keras.Input((inputs,)), hidden, layers.Dense(outputs, activation, dtype="float64")])
    model.compile(optimizer, loss)
    return model


@pytest.mark.parametrize(("dtype", "precision"), [("float64", 1e-7), ("float32", 2e-3)])
def test_a_quadratic_bowl_to_its_bottom(table, dtype, precision):
    X, y = table
    penalty = keras.regularizers.L2(0.01)
    model = keras.Sequential([keras.Input((10,)), layers.Dense(1, dtype=dtype, kernel_regularizer=penalty)])
    model.compile(LBFGS(tolerance=1e-8), "mse")
    model.fit(X, y, batch_size=len(X), epochs=60, verbose=0)
    best = Ridge(alpha=0.01 * len(X), tol=1e-12).fit(X, y).coef_
    np.testing.assert_allclose(model.get_weights()[0][:, 0], best, atol=precision)
    assert model.optimizer.converged or dtype == "float32"


def test_a_network_is_trained_further_than_by_adam(table):
    X, y = table
    losses = {}
    for optimizer in (LBFGS(), Adam(0.01)):
        model = network(optimizer, 10)
        model.fit(X, y, batch_size=len(X), epochs=150, verbose=0)
        losses[type(optimizer)] = model.evaluate(X, y, batch_size=len(X), verbose=0)
    assert losses[LBFGS] < 0.75 * losses[Adam]


def test_the_model_ends_at_the_best_point(table):
    X, y = table
    seen = []
    for epochs in range(1, 25):
        model = network(LBFGS(), 10)
        history = model.fit(X, y, batch_size=len(X), epochs=epochs, verbose=0).history["loss"]
        seen.append(model.evaluate(X, y, batch_size=len(X), verbose=0))
        assert seen[-1] == pytest.approx(min(history), rel=1e-9)
    assert seen == sorted(seen, reverse=True)


def test_going_on_is_as_if_training_had_not_stopped(table, tmp_path):
    X, y = table
    whole = network(LBFGS(), 10)
    whole.fit(X, y, batch_size=len(X), epochs=31, shuffle=False, verbose=0)
    parts = network(LBFGS(), 10)
    parts.fit(X, y, batch_size=len(X), epochs=12, shuffle=False, verbose=0)
    parts.save_weights(tmp_path / "half.weights.h5")
    loaded = network(LBFGS(), 10)
    loaded.load_weights(tmp_path / "half.weights.h5")
    for model in (parts, loaded, copy.deepcopy(parts)):
        model.fit(
            X, y, batch_size=len(X), epochs=20, shuffle=False, verbose=0
        )  # the first of them looks at the point it has
        for weight, wanted in zip(model.get_weights(), whole.get_weights(), strict=True):
            np.testing.assert_array_equal(weight, wanted)


def test_accumulated_batches_are_one_batch(table):
    X, y = table
    X, y = X[:400], y[:400]
    one, several = network(LBFGS(), 10), network(LBFGS(gradient_accumulation_steps=4), 10)
    one.fit(X, y, batch_size=400, epochs=20, verbose=0)
    several.fit(X, y, batch_size=100, epochs=20, shuffle=False, verbose=0)
    for left, right in zip(one.get_weights(), several.get_weights(), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-6, atol=1e-9)


def test_classes():
    X, y = load_iris(return_X_y=True)
    model = network(LBFGS(), 4, 3, "sparse_categorical_crossentropy", activation="softmax")
    model.fit((X - X.mean(axis=0)) / X.std(axis=0), y, batch_size=150, epochs=80, verbose=0)
    assert model.evaluate((X - X.mean(axis=0)) / X.std(axis=0), y, batch_size=150, verbose=0) < 0.02


def test_frozen_layers_and_other_weights(table):
    X, y = table
    model = network(LBFGS(), 10)
    model.fit(X, y, batch_size=len(X), epochs=5, verbose=0)
    before = model.evaluate(X, y, batch_size=len(X), verbose=0)
    model.layers[0].trainable = False
    kept = model.layers[0].get_weights()[0]
    model.fit(X, y, batch_size=len(X), epochs=10, verbose=0)
    assert model.evaluate(X, y, batch_size=len(X), verbose=0) < before
    np.testing.assert_array_equal(model.layers[0].get_weights()[0], kept)


def test_a_loss_that_is_not_finite_is_stepped_back_from():
    class Wall(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return np.where(y_pred[:, 0] < 2, (y_pred[:, 0] - 1.9) ** 2, np.inf)

        def gradient(self, y_true, y_pred):
            return 2 * (y_pred - 1.9)

    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, dtype="float64", kernel_initializer="zeros")])
    model.compile(LBFGS(), Wall())
    model.fit(np.full((4, 1), 30.0), np.zeros((4, 1)), epochs=60, verbose=0)
    np.testing.assert_allclose(model.predict([[30.0]], verbose=0), 1.9, atol=1e-4)


def test_config_and_mistakes():
    keras.utils.clear_session()
    optimizer = keras.optimizers.get("lbfgs")
    config = optimizer.get_config()
    assert config == {
        "name": "lbfgs",
        "learning_rate": 1.0,
        "gradient_accumulation_steps": None,
        "history_size": 10,
        "tolerance": 1e-6,
        "max_trials": 20,
    }
    assert LBFGS.from_config(config).get_config() == config
    with pytest.raises(ValueError, match="`history_size` must be a positive integer"):
        LBFGS(history_size=0)
    with pytest.raises(ValueError, match="needs the loss besides the gradients: use fit"):
        LBFGS().apply([np.ones(2)], [Variable(np.ones(2))])
