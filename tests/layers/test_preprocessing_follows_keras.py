"""Layers for texts and categories against outputs, vocabularies and configs frozen from Keras.

The script golden/make_preprocessing.py made the file and says what is in it.
"""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from kerasnp import Sequential, layers
from kerasnp.layers.base import layers as registered

FROZEN = json.loads((Path(__file__).parents[1] / "golden" / "preprocessing.json").read_text())
CASES = [pytest.param(*case, id=f"{place}-{case[0]}") for place, case in enumerate(FROZEN["cases"])]
each_case = pytest.mark.parametrize(("name", "settings", "batches", "x", "output", "dtype", "state", "config"), CASES)


def make(name, settings, batches):
    settings = {
        key: tuple(item) if key == "ngrams" and isinstance(item, list) else item for key, item in settings.items()
    }
    layer = getattr(layers, name)(**settings)
    if batches is not None:
        layer.adapt(map(np.array, batches))
    return layer


def state_of(layer):
    return layer.get_vocabulary() if hasattr(layer, "get_vocabulary") else getattr(layer, "bin_boundaries", None)


def check(layer, x, output):
    found = layer(np.array(x))
    if found.dtype.kind == "f":
        np.testing.assert_allclose(found, output, rtol=1e-6)
    else:
        assert found.tolist() == output
    return found


@each_case
def test_output(name, settings, batches, x, output, dtype, state, config):
    layer = make(name, settings, batches)
    assert state_of(layer) == (pytest.approx(state, rel=1e-6) if name == "Discretization" else state)
    found = check(layer, x, output)
    assert found.dtype == dtype
    assert layer(x).tolist() == found.tolist()  # lists as well
    shape = layer.compute_output_shape((None, *np.shape(x)[1:]))
    if np.ndim(x) > 1:
        assert len(shape) == found.ndim
        assert all(size in (None, length) for size, length in zip(shape, found.shape, strict=True))


@each_case
def test_config(name, settings, batches, x, output, dtype, state, config):
    mine = json.loads(json.dumps(make(name, settings, batches).get_config()))
    assert mine.keys() == config.keys()
    said = {"name", "dtype", "vocabulary", "idf_weights", "bin_boundaries"}
    assert {key: value for key, value in mine.items() if key not in said} == {
        key: value for key, value in config.items() if key not in said
    }
    if isinstance(config["dtype"], dict):
        assert mine["dtype"] == config["dtype"]["config"]["name"]


@each_case
def test_copies(name, settings, batches, x, output, dtype, state, config):
    layer = make(name, settings, batches)
    by_name = registered.deserialize(json.loads(json.dumps(registered.serialize(layer))))
    for other in (
        by_name,
        type(layer).from_config(layer.get_config()),
        pickle.loads(pickle.dumps(layer)),
        copy.deepcopy(layer),
    ):
        assert state_of(other) == state_of(layer)
        check(other, x, output)


@each_case
def test_in_front_of_a_model(name, settings, batches, x, output, dtype, state, config):
    if np.ndim(x) < 2 or dtype == "object":
        return  # no rows of numbers come out
    layer = make(name, settings, batches)
    model = Sequential([layer])
    assert model.predict(np.array(x), verbose=0).tolist() == layer(np.array(x)).tolist()
    if None in layer.compute_output_shape((None, *np.shape(x)[1:]))[1:]:
        return  # no Dense can be built for that
    dense = Sequential([layer, layers.Flatten(), layers.Dense(2, kernel_initializer="ones")])
    flat = np.reshape(np.array(output, "f4"), (len(x), -1))
    expected = flat.sum(1, keepdims=True) * [1, 1]
    np.testing.assert_allclose(dense.predict(np.array(x), batch_size=1, verbose=0), expected, rtol=1e-5)
    np.testing.assert_allclose(dense(np.array(x)), expected, rtol=1e-5)
    dense.compile("sgd", "mse")
    assert np.isfinite(dense.fit(np.array(x), np.zeros((len(x), 2)), verbose=0).history["loss"][0])


@pytest.mark.parametrize(("settings", "columns", "output", "dtype"), FROZEN["crossings"])
def test_crossings(settings, columns, output, dtype):
    layer = layers.HashedCrossing(**settings)
    found = layer(tuple(map(np.array, columns)))
    assert (found.tolist(), found.dtype.name) == (output, dtype)
    again = layers.HashedCrossing.from_config(json.loads(json.dumps(layer.get_config())))
    assert again(columns).tolist() == output
    shapes = [(None, *np.shape(column)[1:]) for column in columns]
    assert layer.compute_output_shape(shapes)[1:] == found.shape[1:]
