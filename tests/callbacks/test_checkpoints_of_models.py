"""ModelCheckpoint writes models and weights that training goes on from."""

import os

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers
from kerasnp.callbacks import ModelCheckpoint

X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def regressor():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [layers.Input((4,)), layers.Dense(6, activation="relu"), layers.Dropout(0.2), layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return model


def restore(path):
    if not path.endswith(".weights.h5"):
        return keras.models.load_model(path)
    model = regressor()
    model.load_weights(path)
    return model


def equal(one, other):
    pairs = zip([*one.weights, *one.optimizer.variables], [*other.weights, *other.optimizer.variables], strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("ending", ["keras", "h5", "weights.h5"])
def test_every_epoch(tmp_path, ending):
    checkpoint = ModelCheckpoint(tmp_path / f"{{epoch}}.{ending}", save_weights_only="weights" in ending)
    model = regressor()
    model.fit(X, Y, epochs=3, validation_data=(X, Y), callbacks=[checkpoint], verbose=0)
    assert sorted(os.listdir(tmp_path)) == [f"{epoch}.{ending}" for epoch in (1, 2, 3)]
    assert equal(restore(str(tmp_path / f"3.{ending}")), model)
    first = restore(str(tmp_path / f"1.{ending}"))
    assert not equal(first, model)
    assert int(first.optimizer.iterations) == 2


@pytest.mark.parametrize("ending", ["keras", "h5", "weights.h5"])
def test_within_an_epoch(tmp_path, ending):
    """After each step, what is in the file trains on as the model did."""
    checkpoint = ModelCheckpoint(tmp_path / f"m.{ending}", save_weights_only="weights" in ending, save_freq=3)
    model = regressor()
    model.fit(X, Y, batch_size=10, callbacks=[checkpoint], shuffle=False, verbose=0)  # 4 steps, saved after 3
    restored = restore(str(tmp_path / f"m.{ending}"))
    assert int(restored.optimizer.iterations) == 3
    restored.train_on_batch(X[30:], Y[30:])
    assert equal(restored, model)


def test_the_best_one(tmp_path):
    checkpoint = ModelCheckpoint(tmp_path / "best.keras", monitor="loss", save_best_only=True)
    model = regressor()
    history = model.fit(X, Y, epochs=5, callbacks=[checkpoint], verbose=0)
    model.optimizer.learning_rate = 10.0
    model.fit(X, Y, epochs=2, callbacks=[checkpoint], verbose=0)
    best = keras.models.load_model(tmp_path / "best.keras")
    assert int(best.optimizer.iterations) == 2 * (1 + int(np.argmin(history.history["loss"])))


def test_a_failed_save_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    checkpoint = ModelCheckpoint(tmp_path / "m.keras")
    model = regressor()
    model.fit(X, Y, callbacks=[checkpoint], verbose=0)
    before = (tmp_path / "m.keras").read_bytes()

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        model.fit(X, Y, callbacks=[checkpoint], verbose=0)
    assert (tmp_path / "m.keras").read_bytes() == before
    assert os.listdir(tmp_path) == ["m.keras"]
