"""Dense and InputLayer: what they accept and refuse. Dense's numbers: test_conv_dense_follow_keras.py."""

import numpy as np
import pytest
from layer_runs import expect_gradients, run

from kerasnp import activations
from kerasnp.layers.core import Dense, Input, InputLayer


def built(layer, *shape):
    layer.ensure_built(shape)
    return layer


def test_dense_works_on_the_last_axis():
    layer = built(Dense(3, dtype="float64", bias_initializer="ones"), None, None, 4)
    x = np.random.default_rng(0).standard_normal((2, 5, 4))
    assert layer.compute_output_shape((None, None, 4)) == (None, None, 3)
    np.testing.assert_allclose(layer(x), x @ layer.kernel.value + 1)
    np.testing.assert_allclose(layer(x[0]), layer(x)[0])


def test_dense_weights_and_config():
    layer = built(Dense(3, "tanh", kernel_regularizer="l1", name="mine"), None, 4)
    assert [(w.name, w.path, w.shape) for w in layer.weights] == [
        ("kernel", "mine/kernel", (4, 3)),
        ("bias", "mine/bias", (3,)),
    ]
    config = layer.get_config()
    assert (config["units"], config["activation"], config["use_bias"]) == (3, "tanh", True)
    assert config["kernel_regularizer"]["class_name"] == "L1"
    assert Dense.from_config({**config, "quantization_config": None}).get_config() == config
    assert built(Dense(3, use_bias=False), None, 4).count_params() == 12


def test_dense_tells_which_activation_ends_it():
    assert Dense(3).output_activation is activations.linear
    assert Dense(3, activation="softmax").output_activation is activations.softmax


@pytest.mark.parametrize("activation", ["sigmoid", "gelu", "relu", "linear"])
def test_backward_from_logits_leaves_the_activation_out(activation):
    generator = np.random.default_rng(0)
    x, dz = generator.standard_normal((4, 5)), generator.standard_normal((4, 3))
    layer = built(Dense(3, activation=activation, dtype="float64"), None, 5)
    expect_gradients(layer)
    y, dx = np.empty((4, 3)), np.empty_like(x)
    buf = layer.workspace(x, y, training=True)
    layer.forward(x, y, buf, True)
    layer.backward_from_logits(dz.copy(), dx, buf)
    np.testing.assert_allclose(dx, dz @ layer.kernel.value.T)
    np.testing.assert_allclose(layer.kernel.gradient, x.T @ dz)
    np.testing.assert_allclose(layer.bias.gradient, dz.sum(0))


def test_softmax_gradient_through_the_layer():
    x = np.random.default_rng(0).standard_normal((2, 5))
    layer = built(Dense(3, activation="softmax", dtype="float64"), None, 5)
    y, dx = run(layer, x, 1.0)
    np.testing.assert_allclose(y.sum(1), 1)
    np.testing.assert_allclose(dx, 0, atol=1e-15)  # the outputs' sum is always 1


@pytest.mark.parametrize("units", [0, -1, 3.5, "a", None, True])
def test_units_must_be_a_positive_integer(units):
    with pytest.raises(ValueError, match="`units` must be a positive integer; received"):
        Dense(units)


def test_dense_refuses():
    with pytest.raises(ValueError, match="lora_rank=4"):
        Dense(3, lora_rank=4)
    with pytest.raises(ValueError, match="Unrecognized keyword arguments passed to Dense"):
        Dense(3, unit=1)
    with pytest.raises(ValueError, match=r"'d' .*expected min_ndim=2, found ndim=1"):
        Dense(3, name="d")(np.zeros(5))
    with pytest.raises(ValueError, match=r"'e' .*expected axis -1 of input shape to have a known value"):
        Dense(3, name="e").ensure_built((None, None))
    layer = built(Dense(3, name="f"), None, 5)
    with pytest.raises(ValueError, match=r"'f' .*axis -1 of input shape to have value 5, but .* shape \(1, 6\)"):
        layer(np.zeros((1, 6)))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"shape": (3,)}, (None, 3)),
        ({"shape": [None, 3]}, (None, None, 3)),
        ({"shape": (28, 28, 1), "batch_size": 4}, (4, 28, 28, 1)),
        ({"batch_shape": (2, 3)}, (2, 3)),
        ({"shape": ()}, (None,)),
    ],
)
def test_input_shapes(arguments, expected):
    layer = Input(**arguments, name="in")
    assert isinstance(layer, InputLayer)
    assert layer.batch_shape == layer.shape == layer.compute_output_shape(expected) == expected
    config = layer.get_config()
    assert config == {"batch_shape": expected, "dtype": "float32", "sparse": False, "name": "in"}
    assert InputLayer.from_config({**config, "ragged": False, "optional": False}).get_config() == config
    assert layer.passes_through(True)
    assert layer.weights == []


def test_input_of_integers():
    assert Input((3,), dtype="uint8").dtype == "uint8"
    assert Input((3,), dtype=np.float64).get_config()["dtype"] == "float64"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "must pass a `shape`"),
        ({"shape": 3}, "Cannot convert 3 to a shape"),
        ({"shape": (3, -1)}, r"Cannot convert \(3, -1\) to a shape"),
        ({"shape": "ab"}, "Cannot convert 'ab' to a shape"),
        ({"shape": (3,), "batch_shape": (1, 3)}, "cannot pass both"),
        ({"shape": (3,), "sparse": True}, "sparse=True"),
    ],
)
def test_wrong_input_shapes(arguments, message):
    with pytest.raises(ValueError, match=message):
        Input(**arguments)
