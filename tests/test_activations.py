"""Activations against values frozen from Keras, finite differences, and the rules of the registry."""

import copy
import functools
import inspect
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import activations, kernels, layers, registry, testing
from kerasnp.activations import ActivationFunction
from kerasnp.layers.activation import LeakyReLU

with np.load(Path(__file__).parent / "golden" / "activations.npz") as stored:
    GOLDEN = dict(stored)

NAMES = [name for name in activations.__all__ if isinstance(getattr(activations, name), ActivationFunction)]
NAMES.remove("glu")  # the shape of its output is another one, see below
BUILT_IN = [getattr(activations, name) for name in NAMES]
ROWWISE = {"softmax", "log_softmax", "sparsemax"}
# No two points are close, and the corners of no activation are among them.
POINTS = np.array([-4.1, -2.9, -1.3, -0.8, -0.3, -0.1, 0.15, 0.4, 0.9, 1.6, 2.2, 3.7]).reshape(3, 4)

each_activation = pytest.mark.parametrize("activation", BUILT_IN, ids=NAMES)


def run(activation, x, dy):
    """Returns output and input gradient, computed as layers do."""
    table = kernels.table(x.dtype)
    y, dx = np.empty_like(x), np.empty_like(x)
    activation.forward(x, y, table)
    activation.backward(dy, x if activation.uses_input else None, None if activation.uses_input else y, dx, table)
    return y, dx


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("key", GOLDEN)
def test_values_and_gradients_are_those_of_keras(key, dtype):
    name, parameters = key.split("|")
    parameters = json.loads(parameters)
    x, y_jax, dx_jax, y_tensorflow, dx_tensorflow = GOLDEN[key]
    rtol, atol = (3e-6, 1e-6) if dtype == "float32" else (1e-12, 1e-11)
    x = x.astype(dtype)
    activation = getattr(activations, name)
    y = activation(x, **parameters)
    assert y.dtype == dtype
    agrees = np.isclose(y, y_jax, rtol, atol) | np.isclose(y, y_tensorflow, rtol, atol)
    assert agrees.all(), f"at x = {x[~agrees]} received y = {y[~agrees]}"

    dy = np.resize([1, 2, 3], x.shape).astype(dtype)
    axis = parameters.pop("axis", -1)
    if parameters:
        activation = activation.with_parameters(**parameters)
    _, dx = run(activation, *(np.ascontiguousarray(np.moveaxis(array, axis, -1)) for array in (x, dy)))
    dx = np.moveaxis(dx, -1, axis)
    agrees = np.isclose(dx, dx_jax, rtol, atol) | np.isclose(dx, dx_tensorflow, max(rtol, 1e-7), atol)
    # At relu's upper corner they take 0.5 and 1, though both take 0 for relu6.
    agrees |= (x == parameters.get("max_value")) & (dx == 0)
    assert agrees.all(), f"at x = {x[~agrees]} received dx = {dx[~agrees]}"


@each_activation
def test_gradients_by_finite_differences(activation):
    dy = np.random.default_rng(0).standard_normal(POINTS.shape)
    _, dx = run(activation, POINTS, dy)
    expected = testing.numerical_gradient(lambda x: float(np.vdot(activation(x), dy)), POINTS)
    np.testing.assert_allclose(dx, expected, rtol=1e-8, atol=1e-9)


@each_activation
def test_runs_in_place(activation):
    x = np.linspace(-4, 4, 21, dtype="float32").reshape(3, 7)
    dy = np.linspace(1, 2, 21, dtype="float32").reshape(3, 7)
    table = kernels.table("float32")
    y, dx = run(activation, x, dy)
    z, dz = x.copy(), dy.copy()
    if not activation.uses_input:
        activation.forward(z, z, table)
        np.testing.assert_array_equal(z, y)
    activation.backward(dz, x, y, dz, table)
    np.testing.assert_array_equal(dz, dx)


@each_activation
def test_nan_stays_nan(activation):
    x = np.array([[np.nan, 1.0, -1.0]], "float32")
    y = activation(x)
    assert np.isnan(y[0, 0])
    assert np.isfinite(y[0, 1:]).all() == (activation.name not in ROWWISE)


@pytest.mark.parametrize(
    ("name", "below", "above"),
    [
        ("relu", 0, np.inf),
        ("relu6", 0, 6),
        ("leaky_relu", -np.inf, np.inf),
        ("elu", -1, np.inf),
        ("celu", -1, np.inf),
        ("exponential", 0, np.inf),
        ("sigmoid", 0, 1),
        ("log_sigmoid", -np.inf, 0),
        ("tanh", -1, 1),
        ("softplus", 0, np.inf),
        ("hard_sigmoid", 0, 1),
        ("hard_tanh", -1, 1),
        ("sparse_plus", 0, np.inf),
        ("sparse_sigmoid", 0, 1),
    ],
)
def test_limits(name, below, above):
    for dtype in ("float32", "float64"):
        np.testing.assert_array_equal(activations.get(name)(np.array([-np.inf, np.inf], dtype)), [below, above])


ROWS = np.array([[1.0, -2.0], [3.0, -4.0]], "float32")


@pytest.mark.parametrize(
    ("argument", "dtype"),
    [
        (ROWS, "float32"),
        (ROWS.T, "float32"),
        (ROWS[::-1], "float32"),
        (ROWS[:0], "float32"),
        (np.float32(-3), "float32"),
        (ROWS.astype("float64"), "float64"),
        (ROWS.astype("float16"), "float32"),
        (ROWS.astype("int64"), "float32"),
        (ROWS.tolist(), "float64"),  # as NumPy reads it
    ],
)
def test_call_makes_a_new_array(argument, dtype):
    before = copy.deepcopy(argument)
    y = activations.relu(argument)
    np.testing.assert_array_equal(y, np.maximum(argument, 0))
    np.testing.assert_array_equal(argument, before)
    assert y.dtype == dtype
    assert y.flags.c_contiguous
    assert not np.shares_memory(y, argument)


def test_softmax_along_any_axis():
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    for axis in range(-3, 3):
        exponentials = np.exp(x)
        expected = exponentials / exponentials.sum(axis=axis, keepdims=True)
        np.testing.assert_allclose(activations.softmax(x, axis=axis), expected, rtol=1e-12)
        np.testing.assert_allclose(activations.log_softmax(x, axis), np.log(expected), rtol=1e-12)
    with pytest.raises(ValueError, match="at least one axis"):
        activations.softmax(1.0)


def test_signatures_are_those_of_keras():
    assert str(inspect.signature(activations.relu)) == "(x, negative_slope=0.0, max_value=None, threshold=0.0)"
    assert str(inspect.signature(activations.leaky_relu)) == "(x, negative_slope=0.2)"
    assert str(inspect.signature(activations.gelu)) == "(x, approximate=False)"
    assert list(inspect.signature(activations.softmax).parameters) == ["x", "axis"]
    for activation in BUILT_IN:
        assert activation.__name__ in NAMES
        assert len(activation.__doc__) > 20


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: activations.relu([1.0], negative_slope=-1), "negative_slope of relu cannot be negative"),
        (lambda: activations.relu([1.0], max_value=-1), "max_value of relu cannot be negative"),
        (lambda: activations.elu([1.0], alpha=-1), "alpha of elu cannot be negative"),
        (lambda: activations.celu([1.0], alpha=0), "alpha of celu must be positive"),
        (lambda: activations.get("rleu"), "Unknown activation function: 'rleu'. Did you mean 'relu'"),
        (lambda: activations.get(3), "Could not interpret 3"),
        (lambda: activations.get(lambda x: x[:1])(np.ones(3)), r"its input's shape \(3,\); received \(1,\)"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
    with pytest.raises(TypeError, match="slope"):
        activations.relu([1.0], slope=1)


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_names(name):
    activation = activations.get(name)
    assert activation is getattr(activations, name)
    assert activations.get(activation) is activation
    stored = activations.serialize(activation)
    assert stored == activation.name
    assert activations.deserialize(stored) is activation
    assert pickle.loads(pickle.dumps(activation)) is activation
    assert copy.deepcopy(activation) is activation


def test_none_is_linear_and_aliases_are_one_object():
    assert activations.get(None) is activations.linear
    assert activations.get("swish") is activations.silu is activations.swish
    assert activations.get("hard_swish") is activations.hard_silu


def test_parameters_are_kept_by_a_copy():
    activation = activations.relu.with_parameters(max_value=2.0)
    assert activation is not activations.relu
    assert activations.relu.with_parameters() is activations.relu
    for other in (copy.deepcopy(activation), pickle.loads(pickle.dumps(activation))):
        np.testing.assert_array_equal(other([1.0, 3.0]), [1, 2])


def test_a_function_of_the_user():
    def square(x):
        return x * x

    x = np.array([1.0, -2.0])
    activation = activations.get(square)
    np.testing.assert_array_equal(activation(x), [1, 4])
    with pytest.raises(NotImplementedError, match="'square' cannot be trained through: give it an attribute"):
        run(activation, x, x)
    square.gradient = lambda x, y, dy: 2 * x * dy
    np.testing.assert_array_equal(run(activation, x, np.ones(2))[1], [2, -4])
    with pytest.raises(ValueError, match="register_keras_serializable"):
        activations.serialize(activation)


def test_a_function_of_the_user_is_not_taken_for_a_built_in_one():
    def softmax(x):
        return x

    assert activations.get(softmax).name not in NAMES
    assert activations.get(softmax).__name__ == "softmax"


def test_a_registered_function_of_the_user():
    def cube(x):
        return x**3

    assert activations.deserialize("cube", {"cube": cube}).function is cube
    with registry.custom_object_scope({"cube": cube}):
        assert activations.get("cube").function is cube
    registry.register_keras_serializable("Tests")(cube)
    try:
        stored = activations.serialize(activations.get(cube))
        assert stored["config"] == "Tests>cube"
        assert activations.deserialize(stored).function is cube
    finally:
        del registry.get_custom_objects()["Tests>cube"]


def test_a_layer_as_activation():
    activation = activations.get(LeakyReLU(0.5, dtype="float64"))
    x = np.array([[1.0, -2.0]])
    for other in (activation, activations.deserialize(json.loads(json.dumps(activations.serialize(activation))))):
        y, dx = run(other, x, np.ones((1, 2)))
        np.testing.assert_array_equal(y, [[1, -1]])
        np.testing.assert_array_equal(dx, [[1, 0.5]])


def test_sparsemax_is_the_nearest_point_of_the_simplex():
    x = np.array([[0.5, 0.2, -1.0], [3.0, 0.0, 1.0], [1.0, 1.0, 1.0], [1e6, 1e6 - 0.5, -1e6]])
    expected = [[0.65, 0.35, 0], [1, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0.75, 0.25, 0]]
    np.testing.assert_allclose(activations.sparsemax(x), expected, rtol=1e-12)
    np.testing.assert_allclose(activations.sparsemax(x.T, axis=0), np.transpose(expected), rtol=1e-12)
    x = np.random.default_rng(0).standard_normal((2, 5, 7)).astype("float32")
    y = activations.sparsemax(x, axis=1)
    assert y.dtype == "float32"
    np.testing.assert_allclose(y.sum(axis=1), np.ones((2, 7)), rtol=1e-6)
    # No other point of the simplex is nearer: along the way to any corner, the distance grows.
    for corner in np.eye(5, dtype="float32"):
        towards = corner[:, None] - y
        assert (np.sum((x - y) * towards, axis=1) <= 1e-6).all()
    assert activations.sparsemax(np.zeros((0, 3))).shape == (0, 3)


def test_glu_is_that_of_keras():
    x = np.array([[-3.0, -1.5, 0.5, 2.0, 0.25, -0.75]], "float32")
    expected = np.array([[-2.6423912, -0.8432648, 0.16041064]], "float32")
    np.testing.assert_allclose(activations.glu(x), expected, rtol=2e-6)
    np.testing.assert_allclose(activations.glu(x.reshape(2, 3), axis=0), expected, rtol=2e-6)
    with pytest.raises(ValueError, match=r"halves the last axis, which must be even; received shape \(2, 3\)"):
        activations.glu(x.reshape(2, 3))


def test_glu_has_room_in_a_layer_of_its_own():
    x = np.random.default_rng(0).normal(size=(5, 4))
    model = keras.Sequential([keras.Input((4,), dtype="float64"), layers.Activation("glu", dtype="float64")])
    assert model.output_shape == (None, 2)
    np.testing.assert_array_equal(model.predict(x, verbose=0), activations.glu(x))
    testing.check_layer(functools.partial(layers.Activation, "glu"), (3, 4))
    dy = np.random.default_rng(1).normal(size=(5, 2))
    expected = testing.numerical_gradient(lambda x: float(np.vdot(activations.glu(x), dy)), x)
    np.testing.assert_allclose(activations.glu.gradient(x, None, dy), expected, rtol=1e-8, atol=1e-9)
    with pytest.raises(ValueError, match=r"put a layer Activation\('glu'\) behind it"):
        keras.Sequential([keras.Input((4,)), layers.Dense(4, activation="glu")]).predict(x, verbose=0)
