"""Functions that make models for estimators; in a module, so that other processes can import them."""

import kerasnp as keras
from kerasnp import layers


def classifier(X, y, units=16, activation="relu", loss="categorical_crossentropy", dtype="float64", optimizer="adam"):
    """One unit a class with softmax, or for several labels a sigmoid each."""
    several = (y.sum(axis=1) != 1).any()
    model = keras.Sequential(
        [
            keras.Input(X.shape[1:]),
            layers.Dense(units, activation=activation, dtype=dtype),
            layers.Dense(y.shape[1], activation="sigmoid" if several else "softmax", dtype=dtype),
        ]
    )
    model.compile(keras.optimizers.get(optimizer), "binary_crossentropy" if several else loss)
    model.optimizer.learning_rate = 0.05
    return model


def one_unit(X, y, loss="binary_crossentropy", activation="sigmoid"):
    """One unit for two classes."""
    model = keras.Sequential([layers.Dense(8, activation="tanh"), layers.Dense(1, activation=activation)])
    model.compile(keras.optimizers.Adam(0.05), loss)
    return model


def regressor(X, y, units=16, activation="relu", dtype="float64", loss="mse"):
    model = keras.Sequential(
        [
            keras.Input(X.shape[1:]),
            layers.Dense(units, activation=activation, dtype=dtype),
            layers.Dense(y.shape[1], dtype=dtype),
        ]
    )
    model.compile(keras.optimizers.Adam(0.05), loss)
    return model


def autoencoder(X, y, code=2, dtype="float64"):
    model = keras.Sequential(
        [
            keras.Input(X.shape[1:]),
            layers.Dense(code, activation="tanh", name="code", dtype=dtype),
            layers.Dense(y.shape[1], dtype=dtype),
        ]
    )
    model.compile(keras.optimizers.Adam(0.05), "mse")
    return model


def uncompiled(X, y):
    return keras.Sequential([layers.Dense(4, activation="relu"), layers.Dense(y.shape[1], activation="softmax")])
