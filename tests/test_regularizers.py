"""Regularizers: values and gradients as in real Keras, finite differences, in-place form, configs, errors."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from kerasnp import regularizers, testing

GOLDEN = json.loads(Path(__file__).parent.joinpath("golden", "weight_rules.json").read_text())
WEIGHTS = np.array(GOLDEN["weights"])
CASES = GOLDEN["regularizers"]
IDS = [f"{case['config']['class_name']}-{case['config']['config'].get('mode', '')}" for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_value_and_gradient_as_keras(case):
    regularizer = regularizers.deserialize(case["config"])
    assert regularizers.serialize(regularizer) == case["config"]
    # Keras keeps some factors in float32.
    assert regularizer(WEIGHTS) == pytest.approx(case["value"], rel=1e-7)
    np.testing.assert_allclose(regularizer.gradient(WEIGHTS), case["gradient"], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=IDS)
@pytest.mark.parametrize("shape", [(5, 4), (1, 3), (3, 1)])
def test_gradient_by_differences(case, shape):
    regularizer = regularizers.deserialize(case["config"])
    w = np.random.default_rng(1).uniform(0.1, 1.0, shape) * np.where(np.arange(np.prod(shape)) % 3, 1, -1).reshape(
        shape
    )
    expected = testing.numerical_gradient(regularizer, w)
    np.testing.assert_allclose(regularizer.gradient(w), expected, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("case", CASES, ids=IDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(4, 3), (90, 70)])  # the second is longer than one block
def test_add_gradient(case, dtype, shape):
    regularizer = regularizers.deserialize(case["config"])
    generator = np.random.default_rng(2)
    w, gradient = (generator.normal(size=shape).astype(dtype) for _ in range(2))
    w.flags.writeable = False
    expected = gradient + regularizer.gradient(w)
    assert regularizer.gradient(w).dtype == dtype
    received = gradient.copy()
    assert regularizer.add_gradient(w, received) is None
    np.testing.assert_array_equal(received, expected)
    flipped = np.asfortranarray(gradient)
    regularizer.add_gradient(w, flipped)
    np.testing.assert_array_equal(flipped, expected)
    regularizer.add_gradient(w, gradient, 0.5)
    np.testing.assert_allclose(gradient, received - 0.5 * regularizer.gradient(w), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(), (7,), (2, 3, 4, 5)])
def test_elementwise_penalties_take_any_rank(shape):
    w = np.random.default_rng(3).normal(size=shape)
    regularizer = regularizers.L1L2(0.5, 0.25)
    assert regularizer(w) == pytest.approx(0.5 * np.abs(w).sum() + 0.25 * np.square(w).sum())
    assert np.shape(regularizer.gradient(w)) == shape


def test_zero_rows_have_no_direction():
    regularizer = regularizers.OrthogonalRegularizer()
    w = np.zeros((3, 2))
    assert regularizer(w) == 0.0
    assert regularizer.gradient(w).tolist() == w.tolist()


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("l1", {"l1": 0.01}),
        ("L2", {"l2": 0.01}),
        ("l1l2", {"l1": 0.0, "l2": 0.0}),
        ("l1_l2", {"l1": 0.0, "l2": 0.0}),
        ("orthogonal_regularizer", {"factor": 0.01, "mode": "rows"}),
    ],
)
def test_names(name, config):
    assert regularizers.get(name).get_config() == config


def test_old_function_names():
    assert regularizers.l1(0.1).get_config() == {"l1": 0.1}
    assert regularizers.l2(0.1).get_config() == {"l2": 0.1}
    assert regularizers.l1_l2(0.1, 0.2).get_config() == {"l1": 0.1, "l2": 0.2}
    assert regularizers.L1L2(None, None).get_config() == {"l1": 0.0, "l2": 0.0}
    assert regularizers.get(None) is None


class Cubic(regularizers.Regularizer):
    def __call__(self, x):
        return float(np.abs(x**3).sum())

    def get_config(self):
        return {}


def test_subclass():
    assert regularizers.get(Cubic)(np.array([1.0, -2.0])) == 9.0
    with pytest.raises(NotImplementedError, match=r"Regularizer Cubic cannot be trained.*gradient"):
        Cubic().add_gradient(np.ones(2), np.ones(2))
    assert regularizers.deserialize(regularizers.serialize(Cubic()), {"Cubic": Cubic})(np.ones(2)) == 2.0
    with pytest.raises(NotImplementedError, match="get_config"):
        regularizers.Regularizer().get_config()


def test_function():
    def total(w):
        return w.sum()

    regularizer = regularizers.get(total)
    assert regularizer(np.ones(3)) == 3.0
    with pytest.raises(NotImplementedError, match="Regularizer total cannot be trained"):
        regularizer.gradient(np.ones(3))
    total.gradient = np.ones_like
    gradient = np.zeros(3)
    regularizer.add_gradient(np.ones(3), gradient)
    assert gradient.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: regularizers.L1("a"),
            "Invalid value for argument l1: expected a non-negative float. Received: l1='a'",
        ),
        (lambda: regularizers.L2(-1), "Received: l2=-1"),
        (lambda: regularizers.L1L2(0.0, float("nan")), "Received: l2=nan"),
        (lambda: regularizers.OrthogonalRegularizer(mode="x"), "Received: mode='x'"),
        (lambda: regularizers.OrthogonalRegularizer()(np.ones((2, 2, 2))), "rank 2. Received: inputs.shape=(2, 2, 2)"),
        (lambda: regularizers.get("l3"), "Unknown regularizer: 'l3'"),
        (lambda: regularizers.get(3), "Could not interpret 3"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()
