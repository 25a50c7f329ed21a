"""Pooling, batch normalization and reshaping against outputs, gradients and statistics frozen from Keras.

The script golden/make_pool_norm.py made the file and says what is in it.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from layer_runs import expect_gradients, run

from kerasnp.layers import base, normalization, pooling, reshaping  # noqa: F401 - they register the layers

with np.load(Path(__file__).parents[1] / "golden" / "pool_norm.npz") as archive:
    GOLDEN = dict(archive)
CASES = json.loads(str(GOLDEN["cases"]))


def arrays_of(name, prefix):
    keys = [key for key in GOLDEN if key.startswith(f"{name}/{prefix}")]
    return [GOLDEN[key] for key in sorted(keys)]


@pytest.mark.parametrize("name", CASES)
def test_layer_follows_keras(name):
    class_name, config, shape, passes = CASES[name]
    layer = base.deserialize({"class_name": class_name, "config": {**config, "dtype": "float64"}})
    layer.ensure_built((None, *shape[1:]))
    layer.set_weights(arrays_of(name, "weight"))
    expect_gradients(layer)
    for number, training in enumerate(passes):
        x, y, dy, dx = (GOLDEN[f"{name}/{what}{number}"] for what in ("x", "y", "dy", "dx"))
        computed, computed_dx = run(layer, x, dy, training=training)
        assert computed.shape == y.shape
        np.testing.assert_allclose(computed, y, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(computed_dx, dx, rtol=1e-12, atol=1e-13)
        for variable, gradient in zip(layer.trainable_variables, arrays_of(name, f"gradient{number}"), strict=True):
            np.testing.assert_allclose(variable.gradient, gradient, rtol=1e-12, atol=1e-13)
    for variable, state in zip(layer.non_trainable_variables, arrays_of(name, "state"), strict=True):
        np.testing.assert_allclose(variable.value, state, rtol=1e-13)
