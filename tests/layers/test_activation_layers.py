"""Activation, ReLU, LeakyReLU, ELU, Softmax and PReLU. The contract of all layers is in test_layer_contract.py."""

import numpy as np
import pytest
from layer_runs import expect_gradients, run

from kerasnp import activations, testing
from kerasnp.activations.base import activations as namespace
from kerasnp.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from kerasnp.layers.prelu import PReLU

X = np.array([[-3.0, -1.0, 0.0, 2.0, 7.0]])


def backward(layer, x, dy):
    """Returns dx, and leaves the weights' gradients in the variables."""
    layer(x)
    expect_gradients(layer)
    return run(layer, x, dy)[1]


@pytest.mark.parametrize(
    ("layer", "expected", "slopes"),
    [
        (Activation("relu"), [0, 0, 0, 2, 7], [0, 0, 0, 1, 1]),
        (Activation(activations.relu6), [0, 0, 0, 2, 6], [0, 0, 0, 1, 0]),
        (Activation(None), [-3, -1, 0, 2, 7], [1, 1, 1, 1, 1]),
        (ReLU(), [0, 0, 0, 2, 7], [0, 0, 0, 1, 1]),
        (ReLU(6, 0.5, 1), [-2, -1, -0.5, 2, 6], [0.5, 0.5, 0.5, 1, 0]),
        (LeakyReLU(), [-0.9, -0.3, 0, 2, 7], [0.3, 0.3, 0.3, 1, 1]),
        (LeakyReLU(negative_slope=0.5), [-1.5, -0.5, 0, 2, 7], [0.5, 0.5, 0.5, 1, 1]),
        (ELU(2.0), [2 * np.expm1(-3), 2 * np.expm1(-1), 0, 2, 7], [2 * np.exp(-3), 2 * np.exp(-1), 2, 1, 1]),
        (PReLU(alpha_initializer="ones"), [-3, -1, 0, 2, 7], [1, 1, 0, 1, 1]),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_values(layer, expected, slopes):
    np.testing.assert_allclose(layer(X), [expected], rtol=1e-6)
    np.testing.assert_allclose(backward(layer, X, 2 * np.ones_like(X)), [2 * np.array(slopes)], rtol=1e-6)


@pytest.mark.parametrize("name", namespace.entries)
def test_gradients_of_every_activation(name):
    layer = Activation(name, dtype="float64")
    assert layer.get_config()["activation"] == name
    assert layer.backward_uses == (("x",) if activations.get(name).uses_input else ("y",))
    if not layer.passes_through(True):
        testing.check_gradients(layer, (3, 8))  # glu halves the last axis


def test_linear_passes_through():
    assert Activation("linear").passes_through(True)
    assert not Activation("relu").passes_through(False)


@pytest.mark.parametrize("layer", [Activation("softmax"), Activation("sigmoid"), Softmax()])
def test_backward_from_logits(layer):
    x, dz = X.astype("float32"), np.ones((1, 5), "float32")
    layer.ensure_built(x.shape)
    buf = layer.workspace(x, x, training=True)
    dx = np.empty_like(x)
    layer.backward_from_logits(dz, dx, buf)
    np.testing.assert_array_equal(dx, dz)
    layer.backward_from_logits(dz, None, buf)
    assert layer.output_activation in (activations.softmax, activations.sigmoid)


def test_softmax_over_another_axis_is_not_fused():
    assert Softmax(axis=1).output_activation is None
    assert Softmax(axis=[1, 2]).output_activation is None
    assert ReLU().output_activation is None


@pytest.mark.parametrize("axis", [-1, 0, 1, 2, 3, -2, [1, 2], [-1], [1, 3], (2, 3)])
def test_softmax(axis):
    x = np.random.default_rng(0).normal(0, 2, (2, 3, 4, 5))
    exponentials = np.exp(x)
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    expected = exponentials / exponentials.sum(axis=axes, keepdims=True)
    np.testing.assert_allclose(Softmax(axis, dtype="float64")(x), expected, rtol=1e-12)
    testing.check_gradients(Softmax(axis, dtype="float64"), (2, 2, 3, 2))


def test_prelu_has_a_slope_for_each_feature():
    layer = PReLU(dtype="float64")
    np.testing.assert_array_equal(layer(X), np.maximum(X, 0))
    assert layer.alpha.shape == (5,)
    assert layer.alpha.path == f"{layer.name}/alpha"
    backward(layer, np.concatenate([X, X]), np.ones((2, 5)))
    np.testing.assert_array_equal(layer.alpha.gradient, [-6, -2, 0, 0, 0])


@pytest.mark.parametrize("shared_axes", [[1, 2], [1], [2], 3, [1, 2, 3], (1, 3)])
def test_prelu_shares_slopes(shared_axes):
    layer = PReLU(alpha_initializer="random_uniform", shared_axes=shared_axes, dtype="float64")
    x, dy = np.random.default_rng(0).standard_normal((2, 4, 3, 2, 5))
    axes = (shared_axes,) if isinstance(shared_axes, int) else tuple(shared_axes)
    y = layer(x)
    assert layer.alpha.shape == tuple(1 if axis in axes else x.shape[axis] for axis in (1, 2, 3))
    np.testing.assert_allclose(y, np.maximum(x, 0) + layer.alpha.value * np.minimum(x, 0), rtol=1e-14)
    backward(layer, x, dy)
    expected = (dy * np.minimum(x, 0)).sum(axis=(0, *axes), keepdims=True)[0]
    np.testing.assert_allclose(layer.alpha.gradient, expected, rtol=1e-12)


def test_prelu_on_images_of_any_size():
    layer = PReLU(shared_axes=[1, 2])
    layer.ensure_built((None, None, None, 3))
    assert layer.alpha.shape == (1, 1, 3)
    for size in (2, 5):
        assert layer(np.ones((1, size, size, 3))).shape == (1, size, size, 3)
    with pytest.raises(ValueError, match=r"slopes have shape \(1, 1, 3\).*received: \(1, 2, 2, 4\)"):
        layer(np.ones((1, 2, 2, 4)))
    with pytest.raises(ValueError, match="incompatible with the layer"):
        layer(np.ones((1, 2, 3)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ReLU(max_value=-1), "max_value of a ReLU layer cannot be a negative value. Received: max_value=-1"),
        (lambda: ReLU(negative_slope=-1), "negative_slope of a ReLU layer cannot be None or a negative value"),
        (lambda: ReLU(threshold=None), "threshold of a ReLU layer cannot be None or a negative value"),
        (lambda: LeakyReLU(-0.1), "The negative_slope value of a Leaky ReLU layer cannot be None or negative value"),
        (lambda: LeakyReLU(None), "Received: negative_slope=None"),
        (lambda: ELU(-1), "alpha of elu cannot be negative"),
        (lambda: Activation("rleu"), "Did you mean 'relu'"),
        (lambda: Softmax(axis=2)(X), "axis of layer 'softmax.*which has 2. Received: axis=2"),
        (lambda: Softmax(axis=[])(X), "must name axes"),
        (lambda: PReLU(shared_axes=[2])(X), r"shared_axes of layer .* between 1 and 1 .*shared_axes=\[2\]"),
        (lambda: PReLU(shared_axes=[1]).build((None, None, 3, None)), "needs to know every axis"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_old_name_of_the_slope():
    with pytest.warns(UserWarning, match="`alpha` is deprecated. Use `negative_slope` instead"):
        layer = LeakyReLU(alpha=0.5)
    assert layer.get_config()["negative_slope"] == 0.5


def test_configs():
    def settings(layer):
        return {key: value for key, value in layer.get_config().items() if key not in ("name", "trainable", "dtype")}

    assert settings(Activation("swish")) == {"activation": "silu"}
    assert settings(ReLU(6.0)) == {"max_value": 6.0, "negative_slope": 0.0, "threshold": 0.0}
    assert settings(LeakyReLU()) == {"negative_slope": 0.3}
    assert settings(ELU()) == {"alpha": 1.0}
    assert settings(Softmax((1, 2))) == {"axis": [1, 2]}
    prelu = settings(PReLU(shared_axes=1, alpha_regularizer="l2"))
    assert prelu["alpha_initializer"]["class_name"] == "Zeros"
    assert prelu["alpha_regularizer"]["class_name"] == "L2"
    assert prelu["alpha_constraint"] is None
    assert prelu["shared_axes"] == [1]


def test_a_user_function_in_a_layer():
    def double(x):
        return 2 * x

    layer = Activation(double)
    np.testing.assert_array_equal(layer(X), 2 * X)
    with pytest.raises(NotImplementedError, match="cannot be trained through"):
        backward(layer, X, X)
    double.gradient = lambda x, y, dy: dy * y / x
    np.testing.assert_array_equal(backward(layer, [[1.0, 4.0]], [[3.0, 5.0]]), [[6, 10]])
