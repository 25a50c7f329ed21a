"""keras.ops against frozen results."""

import json
from pathlib import Path

import numpy as np
import pytest
from make_ops import CALLS, results

import kerasnp as keras
from kerasnp import ops

FROZEN = json.loads((Path(__file__).parent / "golden" / "ops.json").read_text())
FOUND = results(ops)
# NumPy's whole numbers are 64 bits wide where Keras's are 32.
WIDTHS = {"int64": "int32", "uint32": "int32"}


@pytest.mark.parametrize("number", range(len(CALLS)), ids=[f"{n}-{call[0]}" for n, call in enumerate(CALLS)])
def test_results_of_keras(number):
    assert FROZEN[number][:3] == CALLS[number]
    for (dtype, shape, values), (wanted_dtype, wanted_shape, wanted) in zip(
        FOUND[number], FROZEN[number][3], strict=True
    ):
        assert shape == wanted_shape
        assert WIDTHS.get(dtype, dtype) == WIDTHS.get(wanted_dtype, wanted_dtype)
        np.testing.assert_allclose(values, wanted, rtol=2e-6, atol=2e-7)


def test_a_loss_of_ones_own():
    class LogRatio(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return ops.mean(ops.square(ops.log1p(y_true) - ops.log1p(y_pred)), axis=-1)

    loss = LogRatio()
    assert loss(np.array([[0.0], [3.0]]), np.array([[0.0], [1.0]])) == pytest.approx(np.log(2) ** 2 / 2)


def test_variables_and_lists_are_arrays():
    variable = keras.Variable([1.0, 2.0], dtype="float32")
    assert ops.sum(variable) == 3
    assert ops.is_tensor(ops.convert_to_tensor(variable))
    assert ops.convert_to_tensor([1, 2]).dtype == "int32"
    assert ops.convert_to_tensor(0.5).dtype == "float32"
    assert ops.shape(variable) == (2,)
    assert ops.stop_gradient(variable) is variable
    assert ops.maximum(np.float32([1.0]), 0.1).dtype == "float32"
