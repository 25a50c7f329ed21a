"""Training goes on from our own files bit by bit, as if it had never stopped."""

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers, optimizers, registry, saving

OPTIMIZERS = {
    "SGD": lambda: optimizers.SGD(0.1),
    "SGD with momentum": lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "SGD with a schedule": lambda: optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 30)),
    "SGD of a changed rate": lambda: optimizers.SGD(0.3),
    "RMSprop": lambda: optimizers.RMSprop(),
    "RMSprop, all slots": lambda: optimizers.RMSprop(momentum=0.5, centered=True),
    "Adagrad": lambda: optimizers.Adagrad(0.1),
    "Adadelta": lambda: optimizers.Adadelta(1.0),
    "Adam": lambda: optimizers.Adam(0.01),
    "Adam with amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True, global_clipnorm=0.5),
    "AdamW with averages": lambda: optimizers.AdamW(0.01, use_ema=True, ema_overwrite_frequency=3),
    "Adamax": lambda: optimizers.Adamax(0.01),
    "Nadam": lambda: optimizers.Nadam(0.01),
    "Ftrl": lambda: optimizers.Ftrl(0.05, l1_regularization_strength=0.001),
    "Lion": lambda: optimizers.Lion(0.001),
    "Lamb": lambda: optimizers.Lamb(0.01),
    "Adafactor": lambda: optimizers.Adafactor(0.01),
    "Muon": lambda: optimizers.Muon(0.01),
    "LBFGS": lambda: optimizers.LBFGS(history_size=3),
    "ScheduleFreeAdamW": lambda: optimizers.ScheduleFreeAdamW(0.01, warmup_steps=3),
    "Adam in pieces": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=3),
}
FORMS = ("keras", "h5", "weights.h5", "folder")
X = np.random.default_rng(0).normal(size=(48, 5)).astype("float32")
Y = np.random.default_rng(1).normal(size=(48, 2)).astype("float32")


def make(optimizer):
    model = keras.Sequential(
        [
            layers.Input((5,)),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.4),
            keras.Sequential([layers.Dense(6, kernel_regularizer="l2"), layers.Dropout(0.2, seed=1)]),
            layers.Dense(2, bias_constraint="non_neg"),
        ]
    )
    model.compile(OPTIMIZERS[optimizer](), "mse", metrics=["mae"])
    return model


def go_on(model):
    keras.utils.set_random_seed(7)  # the order of the rows
    return model.fit(X, Y, batch_size=12, epochs=2, verbose=0).history


def reload(model, form, path, optimizer):
    if form == "weights.h5":
        model.save_weights(path / "m.weights.h5")
        other = make(optimizer)
        other.load_weights(path / "m.weights.h5")
        return other
    name = path / ("m" if form == "folder" else f"m.{form}")
    model.save(name, zipped=form != "folder")
    return saving.load_model(name)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_goes_on_bit_by_bit(optimizer, form, tmp_path):
    keras.utils.set_random_seed(0)
    model = make(optimizer)
    model.fit(X, Y, batch_size=12, epochs=2, verbose=0)
    if "changed" in optimizer:
        model.optimizer.learning_rate = 0.0625
    other = reload(model, form, tmp_path, optimizer)
    assert go_on(model) == go_on(other)
    assert int(model.optimizer.iterations) == int(other.optimizer.iterations)
    for mine, theirs in zip(model.weights, other.weights, strict=True):
        assert np.array_equal(mine, theirs)
    for mine, theirs in zip(model.optimizer.variables, other.optimizer.variables, strict=True):
        assert np.array_equal(mine, theirs)


@pytest.mark.parametrize("form", FORMS)
def test_the_streams_of_dropout_go_on(form, tmp_path):
    keras.utils.set_random_seed(0)
    model = make("SGD")
    model(X, training=True)
    other = reload(model, form, tmp_path, "SGD")
    assert np.array_equal(model(X, training=True), other(X, training=True))


def test_streams_of_another_number_stay_as_they_are(tmp_path):
    model = make("SGD")
    model.compile()
    model.save_weights(tmp_path / "m.weights.h5")
    other = keras.Sequential([layers.Input((5,)), *make("SGD").layers[:2], layers.Dropout(0.1, seed=4)])
    other.add(keras.Sequential([layers.Dense(6), layers.ReLU()]))
    other.add(layers.Dense(2))
    state = other._seed_generators()[0].state.numpy()
    other.load_weights(tmp_path / "m.weights.h5")
    assert np.array_equal(other._seed_generators()[0].state, state)


def test_every_optimizer_is_here():
    """A new optimizer belongs into the table above."""
    kinds = {type(make()).__name__ for make in OPTIMIZERS.values()}
    assert kinds == set(registry.find_namespace("keras.optimizers").entries) - {"Optimizer"}
