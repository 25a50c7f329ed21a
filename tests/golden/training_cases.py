"""The training runs that are compared with real Keras: the same code builds the model in both libraries."""

from typing import NamedTuple

import numpy as np

STEPS = 10
BATCH = 8


class Case(NamedTuple):
    """A model, how it is compiled, and the shapes of its data."""

    model: object
    optimizer: object
    loss: str
    metrics: tuple
    shape: tuple
    targets: object
    weighted: bool = False


def classes(count):
    return lambda rng: rng.integers(0, count, BATCH)


def one_hot(count):
    return lambda rng: np.eye(count, dtype="float32")[rng.integers(0, count, BATCH)]


def numbers(*shape):
    return lambda rng: rng.normal(size=(BATCH, *shape)).astype("float32")


def bits(*shape):
    return lambda rng: rng.integers(0, 2, (BATCH, *shape)).astype("float32")


CASES = {
    "mlp": Case(
        lambda k, L: k.Sequential(
            [
                k.Input((6,)),
                L.Dense(9, activation="relu", kernel_regularizer=k.regularizers.L2(0.01)),
                L.Dense(5, activation="selu"),
                L.Dense(4, activation="softmax"),
            ]
        ),
        lambda k: k.optimizers.Adam(0.01),
        "sparse_categorical_crossentropy",
        ("accuracy",),
        (6,),
        classes(4),
    ),
    "convnet": Case(
        lambda k, L: k.Sequential(
            [
                k.Input((10, 9, 2)),
                L.Conv2D(4, 3, activation="relu"),
                L.MaxPooling2D(2),
                L.Conv2D(5, 3, padding="same", strides=2, use_bias=False),
                L.BatchNormalization(),
                L.LeakyReLU(0.1),
                L.Flatten(),
                L.Dense(3, activation="softmax"),
            ]
        ),
        lambda k: k.optimizers.SGD(0.05, momentum=0.9),
        "categorical_crossentropy",
        ("accuracy",),
        (10, 9, 2),
        one_hot(3),
    ),
    "grouped": Case(
        lambda k, L: k.Sequential(
            [
                k.Input((7, 7, 4)),
                L.Conv2D(6, (3, 2), groups=2, dilation_rate=(1, 2), padding="same", activation="elu"),
                L.AveragePooling2D(3, strides=2, padding="same"),
                L.PReLU(shared_axes=[1, 2]),
                L.GlobalAveragePooling2D(),
                L.Dense(1, activation="sigmoid"),
            ]
        ),
        lambda k: k.optimizers.RMSprop(0.01),
        "binary_crossentropy",
        ("accuracy",),
        (7, 7, 4),
        bits(1),
    ),
    "regression": Case(
        lambda k, L: k.Sequential(
            [
                k.Input((3, 4)),
                L.Dense(6, activation="tanh", activity_regularizer=k.regularizers.L1(0.01)),
                L.Reshape((2, 9)),
                L.Dense(2, activation="gelu"),
                L.ELU(0.5),
            ]
        ),
        lambda k: k.optimizers.Adagrad(0.1),
        "huber",
        ("mae",),
        (3, 4),
        numbers(2, 2),
    ),
    "weighted": Case(
        lambda k, L: k.Sequential(
            [
                k.Input((5,)),
                L.Dense(7, activation="swish", kernel_constraint=k.constraints.MaxNorm(0.8)),
                L.Dense(2, activation="softplus", bias_regularizer="l1"),
            ]
        ),
        lambda k: k.optimizers.Adadelta(0.7),
        "mse",
        (),
        (5,),
        numbers(2),
        weighted=True,
    ),
    "nested": Case(
        lambda k, L: k.Sequential(
            [
                k.Input((5, 5, 1)),
                k.Sequential([L.Conv2D(3, 2), L.ReLU(max_value=1.0), L.GlobalMaxPooling2D()]),
                L.Dense(3),
                L.Softmax(),
            ]
        ),
        lambda k: k.optimizers.AdamW(0.01, clipnorm=0.5),
        "sparse_categorical_crossentropy",
        ("sparse_categorical_accuracy",),
        (5, 5, 1),
        classes(3),
    ),
}


def batches(case: Case):
    """Yields (x, y, sample_weight) of each step."""
    rng = np.random.default_rng(3)
    for _ in range(STEPS):
        x = rng.normal(size=(BATCH, *case.shape)).astype("float32")
        y = case.targets(rng)
        weight = rng.uniform(0.1, 2, BATCH).astype("float32")
        yield x, y, weight if case.weighted else None
