"""The functional pairs of activations: forward is the activation, backward its derivative by finite differences."""

import inspect

import numpy as np
import pytest

from kerasnp import activations, testing
from kerasnp.activations.base import activations as namespace
from kerasnp.nn import activation, rectifier, softmax

PAIRS = {
    name.removesuffix("_forward"): (function, getattr(module, name.replace("_forward", "_backward")))
    for module in (activation, rectifier, softmax)
    for name, function in vars(module).items()
    if name.endswith("_forward") and function.__module__ == module.__name__
}
PARAMETERS = {
    "relu": {"negative_slope": 0.2, "max_value": 2.0, "threshold": 0.5},
    "leaky_relu": {"negative_slope": 0.3},
    "elu": {"alpha": 0.5},
    "celu": {"alpha": 2.0},
    "gelu": {"approximate": True},
    "squareplus": {"b": 1.0},
    "hard_shrink": {"threshold": 0.7},
    "soft_shrink": {"threshold": 0.7},
    "threshold": {"threshold": 0.7, "default_value": 1.0},
}
X = np.array([[-3.7, -2.1, -0.9], [-0.4, 0.3, 0.9], [1.4, 2.6, 3.5]])

each_pair = pytest.mark.parametrize("name", PAIRS)


def test_every_activation_has_a_pair():
    only_in_files = {"hard_sigmoid_keras2"}
    of_another_shape = {"glu"}
    assert set(PAIRS) == set(namespace.entries) - only_in_files - of_another_shape


@pytest.mark.parametrize("with_parameters", [False, True])
@each_pair
def test_pair(name, with_parameters):
    forward, backward = PAIRS[name]
    parameters = PARAMETERS.get(name, {}) if with_parameters else {}
    np.testing.assert_array_equal(forward(X, **parameters), activations.get(name)(X, **parameters))
    dy = np.random.default_rng(0).standard_normal(X.shape)
    expected = testing.numerical_gradient(lambda x: float(np.vdot(forward(x, **parameters), dy)), X)
    np.testing.assert_allclose(backward(dy, X, **parameters), expected, rtol=1e-8, atol=1e-9)


@each_pair
def test_arguments(name):
    forward, backward = PAIRS[name]
    taken = list(inspect.signature(forward).parameters.values())
    assert taken == list(inspect.signature(backward).parameters.values())[1:]
    for function in (forward, backward):
        assert len(inspect.getdoc(function)) > 5
    x, dy = X.astype("float32"), np.ones(X.shape)
    assert forward(x).dtype == backward(dy, x).dtype == "float32"
    assert forward([1, 2]).dtype == backward([1, 1], [1, 2]).dtype == "float32"
    before = x.copy()
    np.testing.assert_array_equal(backward(dy.T, x.T), backward(np.ones(X.shape), np.ascontiguousarray(x.T)))
    np.testing.assert_array_equal(x, before)
    with pytest.raises(ValueError, match=r"shape of the output, \(3, 3\); received \(2,\)"):
        backward(dy[0, :2], x)


def test_softmax_jacobian():
    """dy_i/dx_j = y_i ([i = j] - y_j), written out."""
    x, dy = X[0], np.array([0.3, -1.0, 2.0])
    y = softmax.softmax_forward(x)
    jacobian = np.diag(y) - np.outer(y, y)
    np.testing.assert_allclose(softmax.softmax_backward(dy, x), dy @ jacobian, rtol=1e-12)
