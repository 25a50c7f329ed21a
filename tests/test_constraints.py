"""Constraints: projections as in real Keras, configs, errors."""

import json
from pathlib import Path

import numpy as np
import pytest

from kerasnp import constraints

GOLDEN = json.loads(Path(__file__).parent.joinpath("golden", "weight_rules.json").read_text())
WEIGHTS = np.array(GOLDEN["weights"])


@pytest.mark.parametrize("case", GOLDEN["constraints"], ids=lambda case: str(case["config"]["config"]))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_projection_as_keras(case, dtype):
    constraint = constraints.deserialize(case["config"])
    assert constraints.serialize(constraint) == case["config"]
    w = WEIGHTS.astype(dtype)
    w.flags.writeable = False
    projected = constraint(w)
    assert projected.dtype == dtype
    np.testing.assert_allclose(projected, case["value"], rtol=1e-12 if dtype == "float64" else 1e-6)


@pytest.mark.parametrize("name", ["max_norm", "MaxNorm", "non_neg", "unit_norm", "min_max_norm", "MinMaxNorm"])
def test_names_and_zero_weights(name):
    constraint = constraints.get(name)
    np.testing.assert_array_equal(constraint(np.zeros((3, 2))), np.zeros((3, 2)))
    assert constraints.get(constraint) is constraint


def test_functional_names():
    assert constraints.max_norm(3).get_config() == {"max_value": 3, "axis": 0}
    assert constraints.min_max_norm is constraints.MinMaxNorm
    assert constraints.non_neg is constraints.NonNeg
    assert constraints.unit_norm is constraints.UnitNorm
    assert constraints.get(None) is None


def test_subclass():
    class Halves(constraints.Constraint):
        def __call__(self, w):
            return w / 2

    stored = constraints.serialize(Halves())
    assert constraints.deserialize(stored, {"Halves": Halves})(np.ones(1)).tolist() == [0.5]
    assert constraints.Constraint()(np.ones(1)).tolist() == [1.0]


def test_errors():
    with pytest.raises(ValueError, match="Did you mean 'max_norm'"):
        constraints.get("max_nrm")
    with pytest.raises(ValueError, match="Could not interpret 3"):
        constraints.get(3)
