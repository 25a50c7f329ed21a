"""Files that real Keras 2 (tf-keras 2.21) and Keras 3 (3.15.1) wrote load without Keras and predict the same.

Each model was trained for one step of Adam; ``x`` and ``y`` in the ``.npz`` are inputs and what Keras predicted then.
"""

import json
import pathlib
import shutil

import h5py
import numpy as np
import pytest

from kerasnp import models, optimizers, saving

FILES = pathlib.Path(__file__).parent / "files"
NAMES = ("mlp", "convnet", "activations", "nested")
WHOLE = [f"{name}.{kind}" for name in NAMES for kind in ("keras2.h5", "keras3.h5", "keras3.keras")]
WEIGHTS = [
    f"{name}.{kind}" for name in NAMES for kind in ("keras2.topological.h5", "keras2.weights.h5", "keras3.weights.h5")
]


def expected(file):
    with np.load(FILES / f"{stem(file)}.npz") as arrays:
        return arrays["x"], arrays["y"]


def stem(file):
    return ".".join(file.split(".")[:2])


def predicts_as_keras(model, file):
    x, y = expected(file)
    return np.abs(model.predict(x, verbose=0) - y).max() < 1e-5 * np.abs(y).max()


@pytest.fixture
def from_json():
    """Makes the uncompiled model of a file of weights, from the JSON beside it."""

    def make(file):
        config = json.loads((FILES / f"{stem(file)}.json").read_text())
        # Keras leaves the optimizer out of JSON that it writes after an `.h5` file.
        config.pop("compile_config", None)
        return models.model_from_json(json.dumps(config))

    return make


@pytest.mark.parametrize("file", WHOLE)
def test_models_predict_as_keras_did(file):
    model = saving.load_model(FILES / file)
    assert predicts_as_keras(model, file)


@pytest.mark.parametrize("file", WHOLE)
def test_the_state_of_training_comes_along(file):
    model = saving.load_model(FILES / file)
    assert isinstance(model.optimizer, optimizers.Adam)
    assert int(model.optimizer.iterations) == 1
    assert model.loss == "mse"
    slots = model.optimizer.variables[2:]
    assert len(slots) == 2 * len(model.trainable_variables)
    # After one step the momentum is a tenth of the gradient, and the velocity a thousandth of its square.
    for momentum, velocity in zip(slots[::2], slots[1::2], strict=True):
        np.testing.assert_allclose(velocity, 0.1 * np.square(momentum), rtol=1e-4, atol=1e-12)
    assert any(slot.value.any() for slot in slots)


@pytest.mark.parametrize("file", WHOLE)
def test_training_goes_on(file):
    model = saving.load_model(FILES / file)
    x, y = expected(file)
    model.fit(x, y, verbose=0)
    assert int(model.optimizer.iterations) == 1 + -(-len(x) // 32)


@pytest.mark.parametrize("file", WHOLE)
def test_uncompiled(file):
    model = saving.load_model(FILES / file, compile=False)
    assert not model.compiled
    assert predicts_as_keras(model, file)


@pytest.mark.parametrize("file", WEIGHTS)
def test_weights_predict_as_keras_did(file, from_json):
    model = from_json(file)
    assert not predicts_as_keras(model, file)
    model.load_weights(FILES / file)
    assert predicts_as_keras(model, file)


@pytest.mark.parametrize("file", WHOLE)
def test_weights_of_whole_models(file, from_json):
    model = from_json(file)
    model.load_weights(FILES / file)
    assert predicts_as_keras(model, file)


@pytest.mark.parametrize("file", [file for file in WEIGHTS if "topological" in file])
def test_weights_by_name(file, from_json):
    model = from_json(file)
    model.load_weights(FILES / file, by_name=True)
    assert predicts_as_keras(model, file)


@pytest.mark.parametrize("file", [*WHOLE, *WEIGHTS])
def test_the_name_does_not_matter(file, from_json, tmp_path):
    shutil.copy(FILES / file, tmp_path / "model")
    if file in WHOLE:
        assert predicts_as_keras(saving.load_model(tmp_path / "model"), file)
    else:
        model = from_json(file)
        model.load_weights(tmp_path / "model")
        assert predicts_as_keras(model, file)


@pytest.mark.parametrize("file", WHOLE)
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_written_again_they_are_the_same(file, ending, tmp_path):
    model = saving.load_model(FILES / file)
    model.save(tmp_path / f"model.{ending}")
    again = saving.load_model(tmp_path / f"model.{ending}")
    for mine, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)
    for mine, theirs in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        assert np.array_equal(mine, theirs)
    assert predicts_as_keras(again, file)


def swapped(path, folder):
    """Copies a file with the places of the inner models of the same shapes exchanged, as another order has them."""
    target = folder / path.name
    shutil.copy(path, target)
    with h5py.File(target, "r+") as file:
        layers = file["layers"]
        layers.move("sequential", "kept")
        layers.move("functional_1", "sequential")
        layers.move("kept", "functional_1")
    return target


def test_inner_models_of_the_same_shapes_are_told_apart_by_their_names(from_json, tmp_path):
    model = from_json("nested.keras3.weights.h5")
    for layer in model.layers:
        vars(layer).pop("_was_functional", None)  # as in a model that the user made
    model.load_weights(FILES / "nested.keras3.weights.h5")
    expected = model.get_weights()
    model.load_weights(swapped(FILES / "nested.keras3.weights.h5", tmp_path))
    assert all(map(np.array_equal, model.get_weights(), expected))


def test_inner_models_that_cannot_be_told_apart(from_json, tmp_path):
    model = from_json("nested.keras2.weights.h5")
    for layer in model.layers:
        vars(layer).pop("_was_functional", None)
    before = model.get_weights()
    with pytest.raises(
        saving.FileFormatError, match=r"nothing says which of them is 'inner'. Load a file with the whole"
    ):
        model.load_weights(FILES / "nested.keras2.weights.h5")
    assert all(map(np.array_equal, model.get_weights(), before))
