"""Weights in the forms of Keras 1, of Theano and of CuDNN, against formulas written out here."""

from types import SimpleNamespace

import numpy as np
import pytest

import kerasnp as keras
from kerasnp.saving.weight_conversion import convert_layer_weights

RANDOM = np.random.default_rng(0)


def layer(class_name, **settings):
    """A layer of a class that need not exist yet."""
    return type(class_name, (SimpleNamespace,), {})(**settings)


def normal(*shape):
    return RANDOM.normal(size=shape)


def test_what_is_not_older_stays():
    arrays = [normal(3, 3, 2, 4), normal(4)]
    for backend in ("tensorflow", "jax", "cntk", ""):
        converted = convert_layer_weights(keras.layers.Conv2D(4, 3), arrays, "2.2.4", backend)
        assert all(mine is theirs for mine, theirs in zip(converted, arrays, strict=True))


@pytest.mark.parametrize("class_name", ["Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose"])
def test_theano_mirrors_kernels(class_name):
    rank = 2 if class_name == "Conv2DTranspose" else int(class_name[4])
    kernel, bias = normal(*[3] * rank, 2, 4), normal(4)
    converted = convert_layer_weights(layer(class_name), [kernel, bias], "2.1.0", "theano")
    np.testing.assert_array_equal(converted[0], np.flip(kernel, tuple(range(rank))))
    assert converted[1] is bias


def test_theano_convolves_where_others_correlate():
    """A convolution computed with the converted kernel is the textbook's: the kernel runs backwards."""
    x, kernel = normal(1, 5, 5, 1), normal(3, 3, 1, 1)
    convolution = keras.layers.Conv2D(1, 3, use_bias=False)
    convolution.ensure_built((None, 5, 5, 1))
    convolution.set_weights(convert_layer_weights(convolution, [kernel], "2.2.4", "theano"))
    expected = [
        [sum(x[0, i + 2 - u, j + 2 - v, 0] * kernel[u, v, 0, 0] for u in range(3) for v in range(3)) for j in range(3)]
        for i in range(3)
    ]
    np.testing.assert_allclose(convolution(x)[0, :, :, 0], expected, rtol=1e-5)


def test_keras_1_had_channels_first_kernels():
    kernel = normal(4, 2, 3, 5)  # filters, in, height, width
    turned = convert_layer_weights(layer("Conv2D", data_format="channels_first"), [kernel], "1.2.2", "tensorflow")[0]
    assert turned.shape == (3, 5, 2, 4)
    assert turned[1, 2, 0, 3] == kernel[3, 0, 1, 2]
    kept = convert_layer_weights(layer("Conv2D", data_format="channels_last"), [kernel], "1.2.2", "tensorflow")[0]
    assert kept is kernel
    volume = normal(4, 2, 3, 5, 6)
    turned = convert_layer_weights(layer("Conv3D", data_format="channels_first"), [volume], "1", "tensorflow")[0]
    assert turned.shape == (3, 5, 6, 2, 4)
    assert turned[1, 2, 3, 0, 2] == volume[2, 0, 1, 2, 3]


@pytest.mark.parametrize("shape", [(3, 1, 2, 5), (5, 2, 3, 1), (3, 2, 5)])
def test_keras_1_had_a_further_axis_in_conv1d(shape):
    kernel = normal(*shape)
    converted = convert_layer_weights(layer("Conv1D", kernel_size=(3,), filters=5), [kernel], "1.2.2", "")[0]
    assert converted.shape == (3, 2, 5)
    entry = {(3, 1, 2, 5): (1, 0, 0, 4), (5, 2, 3, 1): (4, 0, 1, 0), (3, 2, 5): (1, 0, 4)}[shape]
    assert converted[1, 0, 4] == kernel[entry]


def test_keras_1_transposed_convolutions():
    for data_format, shape in (("channels_last", (3, 5, 2, 4)), ("channels_first", (2, 4, 3, 5))):
        converted = convert_layer_weights(layer("Conv2DTranspose", data_format=data_format), [normal(*shape)], "1", "")
        assert converted[0].shape == (3, 5, 4, 2) if data_format == "channels_last" else (3, 5, 2, 4)


@pytest.mark.parametrize(("class_name", "gates", "order"), [("LSTM", 4, (0, 2, 1, 3)), ("GRU", 3, (0, 1, 2))])
def test_keras_1_had_a_weight_for_each_gate(class_name, gates, order):
    parts = [(normal(2, 3), normal(3, 3), normal(3)) for _ in range(gates)]
    converted = convert_layer_weights(layer(class_name), [array for part in parts for array in part], "1.2.2", "theano")
    for index, array in enumerate(converted):
        np.testing.assert_array_equal(array, np.concatenate([parts[gate][index] for gate in order], axis=-1))


@pytest.mark.parametrize(("class_name", "gates"), [("LSTM", 4), ("GRU", 3)])
def test_cudnn(class_name, gates):
    """CuDNN computes ``matrix @ x`` with a matrix (units, inputs) a gate, stored as one row after the other."""
    units, inputs = 3, 2
    matrices, recurrent = normal(gates, units, inputs), normal(gates, units, units)
    bias = normal(2 * gates * units)
    stored = [
        np.hstack([matrix.ravel().reshape(inputs, units) for matrix in matrices]),
        np.hstack(list(recurrent)),
        bias,
    ]
    kernel, recurrent_kernel, new_bias = convert_layer_weights(layer(class_name), stored, "2.2.4", "tensorflow")
    np.testing.assert_array_equal(kernel, np.hstack([matrix.T for matrix in matrices]))
    np.testing.assert_array_equal(recurrent_kernel, np.hstack([matrix.T for matrix in recurrent]))
    halves = bias.reshape(2, -1)
    np.testing.assert_array_equal(new_bias, halves.sum(axis=0) if class_name == "LSTM" else halves)


def test_a_plain_lstm_is_no_cudnn_one():
    arrays = [normal(2, 12), normal(3, 12), normal(12)]
    assert convert_layer_weights(layer("LSTM"), arrays, "2.2.4", "tensorflow")[2] is arrays[2]


def test_wrappers_and_inner_models():
    kernels = [normal(3, 3, 2, 4), normal(4), normal(3, 3, 2, 4), normal(4), normal(1)]
    conv = keras.layers.Conv2D(4, 3)
    wrapped = layer("Bidirectional", forward_layer=conv, backward_layer=conv)
    converted = convert_layer_weights(wrapped, kernels, "2.2.4", "theano")
    for index in range(5):
        expected = np.flip(kernels[index], (0, 1)) if index in (0, 2) else kernels[index]
        np.testing.assert_array_equal(converted[index], expected)
    one = convert_layer_weights(layer("TimeDistributed", layer=conv), kernels[:2], "2.2.4", "theano")
    np.testing.assert_array_equal(one[0], np.flip(kernels[0], (0, 1)))


def test_in_an_inner_model_what_trains_comes_first():
    inner = keras.Sequential(
        [keras.Input((8, 8, 2)), keras.layers.BatchNormalization(), keras.layers.Conv2D(3, 3, use_bias=False)]
    )
    inner.add(keras.layers.BatchNormalization())
    arrays = [
        np.random.default_rng(1).normal(size=w.shape) for w in [*inner.trainable_weights, *inner.non_trainable_weights]
    ]
    converted = convert_layer_weights(inner, arrays, "2.2.4", "theano")
    assert [np.ndim(array) for array in arrays].index(4) == 2
    for index, (mine, theirs) in enumerate(zip(converted, arrays, strict=True)):
        np.testing.assert_array_equal(mine, np.flip(theirs, (0, 1)) if index == 2 else theirs)
