"""Weights files that real Keras 2 and Keras 3 wrote, with the outputs that Keras then predicted.

The files in tests/golden/weights come from tf-keras 2.21 and Keras 3.15.1, after one step of Adam.
"""

import pathlib

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers

GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "weights"


def mlp(rate=0.2):
    return keras.Sequential(
        [
            layers.Input((20,)),
            layers.Dense(16, activation="relu"),
            layers.Dropout(rate),
            layers.Dense(3, activation="softmax"),
        ]
    )


def convnet(rate=0.5):
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(12, 3, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("elu"),
            layers.AveragePooling2D(2, padding="same"),
            layers.Flatten(),
            layers.Dropout(rate),
            layers.Dense(10, activation="softmax"),
        ]
    )


pytestmark = pytest.mark.parametrize("make_model", [mlp, convnet])


@pytest.mark.parametrize("version", ["keras2", "keras3"])
def test_predictions_are_those_of_keras(make_model, version):
    golden = np.load(GOLDEN / f"{make_model.__name__}.{version}.npz")
    model = make_model()
    model.load_weights(GOLDEN / f"{make_model.__name__}.{version}.weights.h5")
    np.testing.assert_allclose(model.predict(golden["x"], verbose=0), golden["y"], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("version", ["keras2", "keras3"])
def test_optimizer_state_is_that_of_keras(make_model, version):
    model = make_model()
    model.compile(keras.optimizers.Adam(0.5), "mse")
    model.load_weights(GOLDEN / f"{make_model.__name__}.{version}.weights.h5")
    assert int(model.optimizer.iterations.value) == 1
    # Keras 2 did not store the learning rate: the compiled one stays.
    assert float(model.optimizer.learning_rate) == pytest.approx({"keras2": 0.5, "keras3": 0.001}[version])
    slots = model.optimizer.variables[2:]
    assert len(slots) == 2 * len(model.trainable_variables)
    assert all(slot.value.any() for slot in slots)
    assert all((velocity.value >= 0).all() for velocity in slots[1::2])


def test_saving_goes_on_where_training_stopped(make_model, tmp_path):
    golden = np.load(GOLDEN / f"{make_model.__name__}.keras3.npz")
    x, y = golden["x"], golden["y"][::-1].copy()
    model, other = make_model(rate=0), make_model(rate=0)  # the stream of dropout is not part of these files
    model.compile("adam", "mse")
    model.train_on_batch(x, y)
    model.save_weights(tmp_path / "m.weights.h5")
    other.compile("adam", "mse")
    other.load_weights(tmp_path / "m.weights.h5")
    for each in (model, other):
        each.train_on_batch(x, y)
    for mine, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)
