"""Small models and data that the tests of training share."""

import numpy as np

import kerasnp as keras
from kerasnp import layers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("int64")


def classifier(**compile_arguments):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(2, activation="softmax")]
    )
    model.compile(
        **{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]} | compile_arguments
    )
    return model


def regressor(**layer_arguments):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, **layer_arguments)])
    model.compile(keras.optimizers.SGD(0.05), "mse")
    return model


def weights_equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


def batches(count=4):
    for start in range(0, 12 * count, 12):
        yield X[start : start + 12], Y[start : start + 12]


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return X[12 * index : 12 * index + 12], Y[12 * index : 12 * index + 12]
