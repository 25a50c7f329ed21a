"""Layers against outputs, gradients, shapes and configs frozen from Keras.

The script golden/make_layers.py made the files and says what is in them.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from layer_cases import made
from layer_runs import expect_gradients, run

from kerasnp.saving import config_writing

GOLDEN = {}
CASES = []
for path in sorted(Path(__file__).parents[1].glob("golden/layers_*.npz")):
    with np.load(path) as archive:
        family = path.stem.removeprefix("layers_")
        for number, case in enumerate(json.loads(str(archive["cases"]))):
            key = f"{family}-{number}-{case[0]}"
            GOLDEN[key] = {name.partition("/")[2]: archive[name] for name in archive if name.startswith(f"{number}/")}
            CASES.append(pytest.param(key, *case, id=key))

each_case = pytest.mark.parametrize(("key", "class_name", "settings", "shape", "config", "output_shape"), CASES)


def make(class_name, settings, shape, **more):
    layer = made(class_name, settings, **more)
    layer.ensure_built((None, *shape[1:]))
    return layer


@each_case
def test_values_and_gradients(key, class_name, settings, shape, config, output_shape):
    golden = GOLDEN[key]
    layer = make(class_name, settings, shape, dtype="float64")
    layer.set_weights([golden[name] for name in sorted(golden) if name.startswith("weight")])
    expect_gradients(layer)
    if layer.passes_through(training=False):
        y, dx = layer(golden["x"]), golden["dy"].reshape(golden["x"].shape)  # as a plan does
    else:
        y, dx = run(layer, golden["x"], golden["dy"], training=False)
    assert y.shape == golden["y"].shape
    np.testing.assert_allclose(y, golden["y"], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(dx, golden["dx"], rtol=1e-12, atol=1e-13)
    gradients = [golden[name] for name in sorted(golden) if name.startswith("gradient")]
    for variable, gradient in zip(layer.trainable_variables, gradients, strict=True):
        np.testing.assert_allclose(variable.gradient, gradient, rtol=1e-12, atol=1e-13)


@each_case
def test_output_shape(key, class_name, settings, shape, config, output_shape):
    layer = make(class_name, settings, shape)
    assert layer.compute_output_shape((None, *shape[1:])) == tuple(output_shape)


@each_case
def test_config(key, class_name, settings, shape, config, output_shape):
    layer = make(class_name, settings, shape)
    mine = config_writing.portable(layer.get_config())
    # Keras writes None, we do not.
    config = {key: value for key, value in config.items() if value is not None or key in mine}
    assert mine.keys() == config.keys()
    for name in config.keys() - {"name", "dtype"}:
        assert said(mine[name]) == said(config[name]), name


def said(value):
    """Returns a value of a config; of an object's own arguments those that say something."""
    if isinstance(value, dict):
        # Layers within a layer have automatic names; Keras writes for what they were built, and policies for dtypes.
        left_out = {"build_config", "dtype", "name", "synchronized", "renorm", "renorm_momentum"}
        value = {**value, "class_name": str(value.get("class_name")).removesuffix("Initializer")}
        return {key: said(item) for key, item in value.items() if item is not None and key not in left_out}
    return [said(item) for item in value] if isinstance(value, list) else value
