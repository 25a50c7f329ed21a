"""Convolution and dense layers against outputs and gradients frozen from Keras.

The script golden/make_conv_dense.py made the file and says what is in it.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from layer_runs import expect_gradients, run

from kerasnp.layers import base

with np.load(Path(__file__).parents[1] / "golden" / "conv_dense.npz") as archive:
    GOLDEN = dict(archive)
CASES = json.loads(str(GOLDEN["cases"]))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CASES)
def test_layer_follows_keras(name, dtype):
    class_name, config, shape = CASES[name]
    layer = base.deserialize({"class_name": class_name, "config": {**config, "dtype": dtype}})
    layer.ensure_built((None, *shape[1:]))
    x, y, dy, dx = (GOLDEN[f"{name}/{what}"].astype(dtype) for what in ("x", "y", "dy", "dx"))
    places = range(len(layer.weights))
    layer.set_weights([GOLDEN[f"{name}/weight{place}"] for place in places])
    expect_gradients(layer)
    computed, computed_dx = run(layer, x, dy)
    assert computed.shape == y.shape
    tolerance = {"float64": {"rtol": 1e-11, "atol": 1e-12}, "float32": {"rtol": 2e-5, "atol": 2e-5}}[dtype]
    np.testing.assert_allclose(computed, y, **tolerance)
    np.testing.assert_allclose(computed_dx, dx, **tolerance)
    for place in places:
        np.testing.assert_allclose(layer.weights[place].gradient, GOLDEN[f"{name}/gradient{place}"], **tolerance)
