"""Freezes outputs, gradients, shapes and configs of real Keras's simple layers into layers_FAMILY.npz.

    KERAS_BACKEND=jax JAX_ENABLE_X64=1 python tests/golden/make_layers.py
    KERAS_BACKEND=tensorflow python tests/golden/make_layers.py

The first makes the families of ON_JAX, the second all others: on JAX, Keras normalizes in float32 whatever it is given,
and on TensorFlow it resizes so, and not all convolutions can have all data formats, strides and dilations.
A file holds the cases of one family as JSON: class, constructor arguments, input shape, Keras's config of the built
layer and its output shape for an unknown batch size. And for each case, in float64: its weights, the input x, the
output y, a gradient by the output dy, the gradients by the input and by the trainable weights.
"""

import json
from pathlib import Path

import keras
import numpy as np

if keras.backend.backend() == "jax":
    import jax
else:
    import tensorflow as tf

SEQUENCE, IMAGES, VOLUMES = (2, 5, 3), (2, 4, 5, 3), (1, 2, 3, 2, 3)
LONG, SMALL, DEEP = (2, 7, 5), (2, 3, 4, 3), (1, 4, 3, 5, 2)
FIRST, SAME = {"data_format": "channels_first"}, {"padding": "same"}
LESS = {"filters": 2, **SAME}
ON_JAX = {"shaping", "transposed", "depthwise", "volumes"}

CONSTRAINED = {"bias_constraint": "non_neg", "bias_initializer": "random_normal"}
SEPARATE = {"depthwise_constraint": "unit_norm", "pointwise_regularizer": "l1", "pointwise_initializer": "he_normal"}
SHAPED = {"gamma_initializer": "random_normal", "beta_regularizer": "l2", "gamma_constraint": "non_neg"}

EMBEDDED = {"embeddings_initializer": "zeros", "embeddings_regularizer": "l2", "embeddings_constraint": "non_neg"}
MERGE_MODES = ("concat", "sum", "ave", "mul")
LSTM_LAYER = ["LSTM", {"units": 2, "return_sequences": True}]
LSTM_CELL, GRU_CELL = ["LSTMCell", {"units": 2}], ["GRUCell", {"units": 3}]
RECURRENT = [
    {"units": 3},
    {"units": 2, "return_sequences": True, "use_bias": False},
    {"units": 2, "go_backwards": True, "return_sequences": True, "activation": "softsign"},
    {"units": 2, "go_backwards": True, "unroll": True, "activation": "sigmoid"},
    {"units": 2, "bias_initializer": "ones", "kernel_regularizer": "l2", "recurrent_constraint": "max_norm"},
    {"units": 2, "dropout": 0.2, "recurrent_dropout": 0.3, "seed": 4},
]

FAMILIES = {
    "einsum": [
        ("EinsumDense", {"equation": "abc,cd->abd", "output_shape": [3, 5], "bias_axes": "d"}, (2, 3, 4)),
        ("EinsumDense", {"equation": "...x,xy->...y", "output_shape": 3, "activation": "tanh"}, (2, 3, 4)),
        ("EinsumDense", {"equation": "ab...,bc->ac...", "output_shape": 3, "bias_axes": "c"}, (2, 4, 3, 2)),
        ("EinsumDense", {"equation": "abc,bd->ad", "output_shape": 5, "bias_axes": "d"}, (2, 3, 4)),
        ("EinsumDense", {"equation": "abc,bde->ade", "output_shape": [2, 3], "bias_axes": "de"}, (3, 4, 2)),
        ("EinsumDense", {"equation": "abc,cde->abde", "output_shape": [4, 2, 3], "bias_axes": "be"}, (3, 4, 2)),
        (
            "EinsumDense",
            {"equation": "ab,bc->ac", "output_shape": 3, "kernel_regularizer": "l2", "bias_initializer": "ones"},
            (2, 4),
        ),
    ],
    "shaping": [
        ("ZeroPadding1D", {}, SEQUENCE),
        ("ZeroPadding1D", {"padding": [0, 2]}, SEQUENCE),
        ("ZeroPadding1D", {"padding": 3, **FIRST}, SEQUENCE),
        ("ZeroPadding2D", {}, IMAGES),
        ("ZeroPadding2D", {"padding": 2}, IMAGES),
        ("ZeroPadding2D", {"padding": [1, 2]}, IMAGES),
        ("ZeroPadding2D", {"padding": [[1, 0], [0, 3]]}, IMAGES),
        ("ZeroPadding2D", {"padding": [[1, 0], [2, 3]], **FIRST}, IMAGES),
        ("ZeroPadding3D", {}, VOLUMES),
        ("ZeroPadding3D", {"padding": [[1, 2], 0, [0, 1]]}, VOLUMES),
        ("ZeroPadding3D", {"padding": 1, **FIRST}, VOLUMES),
        ("Cropping1D", {}, SEQUENCE),
        ("Cropping1D", {"cropping": [0, 2]}, SEQUENCE),
        ("Cropping1D", {"cropping": 0}, SEQUENCE),
        ("Cropping2D", {}, IMAGES),
        ("Cropping2D", {"cropping": 1}, IMAGES),
        ("Cropping2D", {"cropping": [[0, 3], [2, 1]]}, IMAGES),
        ("Cropping2D", {"cropping": [2, 1], **FIRST}, IMAGES),
        ("Cropping3D", {}, (1, 3, 4, 3, 2)),
        ("Cropping3D", {"cropping": [[1, 0], [0, 1], [1, 0]]}, VOLUMES),
        ("Cropping3D", {"cropping": [1, 0, 1], **FIRST}, (1, 2, 3, 2, 4)),
        ("UpSampling1D", {}, SEQUENCE),
        ("UpSampling1D", {"size": 3}, SEQUENCE),
        ("UpSampling2D", {}, IMAGES),
        ("UpSampling2D", {"size": [1, 3], **FIRST}, IMAGES),
        ("UpSampling2D", {"interpolation": "bilinear"}, IMAGES),
        ("UpSampling2D", {"size": [3, 1], "interpolation": "bilinear"}, IMAGES),
        ("UpSampling2D", {"size": [5, 4], "interpolation": "bilinear", **FIRST}, IMAGES),
        ("UpSampling2D", {"size": 3, "interpolation": "bilinear"}, (2, 1, 2, 3)),
        ("UpSampling3D", {}, VOLUMES),
        ("UpSampling3D", {"size": [1, 3, 2], **FIRST}, VOLUMES),
        ("Permute", {"dims": [2, 1]}, SEQUENCE),
        ("Permute", {"dims": [3, 1, 2]}, IMAGES),
        ("Permute", {"dims": [1]}, (2, 3)),
        ("RepeatVector", {"n": 4}, (2, 3)),
        ("Identity", {}, IMAGES),
        ("Rescaling", {"scale": 2}, IMAGES),
        ("Rescaling", {"scale": 0.5, "offset": -1.0}, SEQUENCE),
        ("Rescaling", {"scale": [0.5, 2.0, -1.0], "offset": [1.0, 0.0, 3.0]}, IMAGES),
    ],
    "normalization": [
        ("LayerNormalization", {}, (3, 4)),
        ("LayerNormalization", {"epsilon": 0.1, **SHAPED}, SEQUENCE),
        ("LayerNormalization", {"axis": 1}, SEQUENCE),
        ("LayerNormalization", {"axis": [1, 2], "center": False}, SEQUENCE),
        ("LayerNormalization", {"axis": [2, 1], "scale": False}, IMAGES),
        ("LayerNormalization", {"axis": [3, 1]}, IMAGES),
        ("LayerNormalization", {"axis": [-1, 1]}, (2, 3, 4, 3)),
        ("LayerNormalization", {"center": False, "scale": False}, SEQUENCE),
        ("GroupNormalization", {"groups": 1}, IMAGES),
        ("GroupNormalization", {"groups": 3, "epsilon": 0.1, **SHAPED}, (2, 3, 2, 6)),
        ("GroupNormalization", {"groups": -1, "center": False}, IMAGES),
        ("GroupNormalization", {"groups": 2, "axis": 1, "scale": False}, IMAGES),
        ("GroupNormalization", {"groups": 2, "axis": -2}, (2, 3, 4, 2)),
        ("GroupNormalization", {"groups": 2}, (3, 6)),
        ("GroupNormalization", {"groups": 2, "center": False, "scale": False}, (2, 3, 4)),
        ("RMSNormalization", {}, (3, 4)),
        ("RMSNormalization", {"axis": [1, 2], "epsilon": 0.1}, SEQUENCE),
        ("RMSNormalization", {"axis": -1}, IMAGES),
        ("UnitNormalization", {}, (3, 4)),
        ("UnitNormalization", {"axis": 1}, SEQUENCE),
        ("UnitNormalization", {"axis": [1, 2]}, IMAGES),
    ],
    "pooling1d": [
        ("MaxPooling1D", {}, LONG),
        ("MaxPooling1D", {"pool_size": 3, "strides": 1}, LONG),
        ("MaxPooling1D", {"pool_size": 3, "strides": 2, "padding": "same"}, LONG),
        ("MaxPooling1D", {"pool_size": [4], "strides": [3], "padding": "same", **FIRST}, LONG),
        ("AveragePooling1D", {"pool_size": 2}, LONG),
        ("AveragePooling1D", {"pool_size": 3, "strides": 1}, LONG),
        ("AveragePooling1D", {"pool_size": 3, "strides": 2, "padding": "same"}, LONG),
        ("AveragePooling1D", {"pool_size": 2, "padding": "same", **FIRST}, LONG),
        ("GlobalMaxPooling1D", {}, LONG),
        ("GlobalMaxPooling1D", {"keepdims": True, **FIRST}, LONG),
        ("GlobalAveragePooling1D", {"keepdims": True}, LONG),
        ("GlobalAveragePooling1D", FIRST, LONG),
    ],
    "conv1d": [
        ("Conv1D", {"filters": 4, "kernel_size": 3}, LONG),
        ("Conv1D", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "use_bias": False}, LONG),
        ("Conv1D", {"filters": 2, "kernel_size": [2], "dilation_rate": [3], "activation": "tanh"}, LONG),
        ("Conv1D", {"filters": 2, "kernel_size": 3, "padding": "causal"}, LONG),
        ("Conv1D", {"filters": 2, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, LONG),
        ("Conv1D", {"filters": 2, "kernel_size": 9, "padding": "causal", "strides": 3}, LONG),
        ("Conv1D", {"filters": 10, "kernel_size": 2, "groups": 5, "padding": "same"}, LONG),
        ("Conv1D", {"filters": 2, "kernel_size": 1, "activation": "relu", "kernel_regularizer": "l2"}, LONG),
    ],
    "transposed": [
        ("Conv2DTranspose", {"filters": 4, "kernel_size": 3}, SMALL),
        ("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2, "activation": "relu"}, SMALL),
        ("Conv2DTranspose", {**LESS, "kernel_size": 3, "strides": 2}, SMALL),
        ("Conv2DTranspose", {**LESS, "kernel_size": [2, 4], "strides": [3, 2], **FIRST}, SMALL),
        ("Conv2DTranspose", {**LESS, "kernel_size": [5, 2], "use_bias": False}, SMALL),
        ("Conv2DTranspose", {"filters": 2, "kernel_size": [1, 2], "strides": [2, 3]}, SMALL),
        ("Conv2DTranspose", {**LESS, "kernel_size": [1, 2], "strides": [3, 4]}, SMALL),
        ("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "strides": [2, 3], "output_padding": 1}, SMALL),
        ("Conv2DTranspose", {**LESS, "kernel_size": [3, 4], "strides": 2, "output_padding": [0, 1]}, SMALL),
        ("Conv2DTranspose", {**LESS, "kernel_size": [2, 5], "strides": 3, "output_padding": [2, 2]}, SMALL),
        ("Conv2DTranspose", {**LESS, "kernel_size": [1, 2], "strides": 3, "output_padding": [2, 0]}, SMALL),
        ("Conv2DTranspose", {"filters": 2, "kernel_size": [3, 2], "dilation_rate": [2, 3]}, SMALL),
        ("Conv2DTranspose", {**LESS, "kernel_size": 3, "dilation_rate": 2, **FIRST}, SMALL),
        ("Conv2DTranspose", {"filters": 2, "kernel_size": 2, "kernel_regularizer": "l2", **CONSTRAINED}, SMALL),
        ("Conv1DTranspose", {"filters": 3, "kernel_size": 3}, SEQUENCE),
        ("Conv1DTranspose", {"filters": 3, "kernel_size": 4, "strides": 2, "activation": "softsign", **SAME}, SEQUENCE),
        ("Conv1DTranspose", {"filters": 2, "kernel_size": 2, "strides": 3, "output_padding": 2}, SEQUENCE),
        ("Conv1DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": 0, **SAME}, SEQUENCE),
        ("Conv1DTranspose", {"filters": 2, "kernel_size": 3, "dilation_rate": 2, "use_bias": False, **FIRST}, SEQUENCE),
    ],
    "depthwise": [
        ("DepthwiseConv2D", {"kernel_size": 3}, IMAGES),
        ("DepthwiseConv2D", {"kernel_size": [2, 3], "strides": [1, 2], **SAME}, IMAGES),
        ("DepthwiseConv2D", {"kernel_size": 2, "depth_multiplier": 2, "activation": "relu"}, IMAGES),
        ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 3, "strides": 2, **SAME, **FIRST}, IMAGES),
        ("DepthwiseConv2D", {"kernel_size": 2, "dilation_rate": [3, 2], "use_bias": False}, IMAGES),
        ("DepthwiseConv2D", {"kernel_size": [3, 2], "dilation_rate": 2, "strides": [2, 3], **SAME}, IMAGES),
        ("DepthwiseConv2D", {"kernel_size": 2, "depthwise_regularizer": "l2", **CONSTRAINED}, IMAGES),
        ("DepthwiseConv1D", {"kernel_size": 3}, SEQUENCE),
        ("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2, "strides": 2, **SAME}, SEQUENCE),
        ("DepthwiseConv1D", {"kernel_size": 2, "dilation_rate": 2, "activation": "softsign", **FIRST}, (2, 3, 5)),
        ("SeparableConv2D", {"filters": 4, "kernel_size": 3}, IMAGES),
        ("SeparableConv2D", {"filters": 2, "kernel_size": [2, 3], "strides": 2, "depth_multiplier": 2, **SAME}, IMAGES),
        ("SeparableConv2D", {"filters": 2, "kernel_size": 2, "use_bias": False, "activation": "relu", **FIRST}, IMAGES),
        ("SeparableConv2D", {"filters": 2, "kernel_size": 2, "dilation_rate": 2, **SEPARATE}, IMAGES),
        ("SeparableConv1D", {"filters": 4, "kernel_size": 3, "activation": "softsign"}, SEQUENCE),
        ("SeparableConv1D", {"filters": 2, "kernel_size": 2, "strides": 2, "depth_multiplier": 3, **FIRST}, SEQUENCE),
    ],
    "volumes": [
        ("Conv3D", {"filters": 3, "kernel_size": 2}, VOLUMES),
        ("Conv3D", {**LESS, "kernel_size": [2, 3, 1], "strides": [2, 1, 1]}, VOLUMES),
        ("Conv3D", {**LESS, "kernel_size": [3, 2, 2], "strides": [1, 2, 1], "activation": "relu"}, VOLUMES),
        ("Conv3D", {"filters": 2, "kernel_size": [2, 2, 1], "dilation_rate": [1, 2, 1], "use_bias": False}, VOLUMES),
        ("Conv3D", {**LESS, "kernel_size": 3, "dilation_rate": 2}, VOLUMES),
        ("Conv3D", {"filters": 6, "kernel_size": [1, 2, 2], "groups": 3, "kernel_constraint": "max_norm"}, VOLUMES),
        ("Conv3D", {**LESS, "kernel_size": 2, "groups": 2, **FIRST}, VOLUMES),
        ("MaxPooling3D", {}, DEEP),
        ("MaxPooling3D", {"pool_size": [3, 2, 1], "strides": 1}, DEEP),
        ("MaxPooling3D", {"pool_size": [2, 3, 3], "strides": [3, 1, 2], **SAME}, DEEP),
        ("MaxPooling3D", {"pool_size": 3, "strides": 2, **SAME, **FIRST}, DEEP),
        ("AveragePooling3D", {"pool_size": 2}, DEEP),
        ("AveragePooling3D", {"pool_size": [3, 1, 2], "strides": 1}, DEEP),
        ("AveragePooling3D", {"pool_size": [3, 2, 3], "strides": [1, 3, 2], **SAME}, DEEP),
        ("AveragePooling3D", {"pool_size": 3, "strides": 2, **SAME, **FIRST}, DEEP),
    ],
    "global_pooling3d": [
        ("GlobalMaxPooling3D", {}, DEEP),
        ("GlobalMaxPooling3D", {"keepdims": True, **FIRST}, DEEP),
        ("GlobalAveragePooling3D", {"keepdims": True}, DEEP),
        ("GlobalAveragePooling3D", FIRST, DEEP),
    ],
    # The means and variances without values are weights, set as all weights are.
    "data_normalization": [
        ("Normalization", {}, (3, 4)),
        ("Normalization", {"axis": [1, 2]}, SEQUENCE),
        ("Normalization", {"axis": None}, SEQUENCE),
        ("Normalization", {"axis": -2, "invert": True}, SEQUENCE),
        ("Normalization", {"mean": 2.0, "variance": 4.0}, IMAGES),
        ("Normalization", {"mean": [1.0, 2.0, 3.0], "variance": [1.0, 4.0, 0.0]}, IMAGES),
        ("Normalization", {"mean": [1.0, 2.0, 3.0], "variance": [1.0, 4.0, 0.5], "axis": [1, 2]}, SEQUENCE),
        ("Normalization", {"mean": 2, "variance": 4, "axis": None, "invert": True}, SEQUENCE),
    ],
    "sequences": [
        ("Embedding", {"input_dim": 5, "output_dim": 3}, (2, 4)),
        ("Embedding", {"input_dim": 5, "output_dim": 2, "mask_zero": True, **EMBEDDED}, (2, 2, 3)),
        ("Masking", {}, SEQUENCE),
        ("Masking", {"mask_value": 1.0}, SEQUENCE),
        ("TimeDistributed", {"layer": ["Dense", {"units": 2, "activation": "softmax"}]}, SEQUENCE),
        ("TimeDistributed", {"layer": ["Conv2D", {"filters": 2, "kernel_size": 2}]}, (2, 2, 3, 4, 2)),
        ("TimeDistributed", {"layer": ["BatchNormalization", {}]}, SEQUENCE),
        *[("Bidirectional", {"layer": LSTM_LAYER, "merge_mode": mode}, SEQUENCE) for mode in MERGE_MODES],
        ("Bidirectional", {"layer": ["GRU", {"units": 2, "return_sequences": True}]}, SEQUENCE),
        (
            "Bidirectional",
            {"layer": ["LSTM", {"units": 2}], "backward_layer": ["GRU", {"units": 2, "go_backwards": True}]},
            SEQUENCE,
        ),
    ],
    "recurrent": [
        *[(kind, settings, LONG) for kind in ("SimpleRNN", "LSTM", "GRU") for settings in RECURRENT],
        ("LSTM", {"units": 2, "unit_forget_bias": False, "recurrent_activation": "hard_sigmoid"}, LONG),
        ("LSTM", {"units": 2, "recurrent_activation": "tanh", "use_cudnn": False, "implementation": 1}, LONG),
        ("GRU", {"units": 2, "recurrent_activation": "hard_sigmoid", "return_sequences": True}, LONG),
        ("GRU", {"units": 2, "reset_after": False, "return_sequences": True}, LONG),
        ("GRU", {"units": 2, "reset_after": False, "use_bias": False, "implementation": 1}, LONG),
        *[("RNN", {"cell": [kind, {"units": 2}]}, LONG) for kind in ("SimpleRNNCell", "LSTMCell", "GRUCell")],
        ("RNN", {"cell": ["StackedRNNCells", {"cells": [LSTM_CELL, GRU_CELL]}], "return_sequences": True}, LONG),
        ("RNN", {"cell": ["StackedRNNCells", {"cells": [GRU_CELL, GRU_CELL]}], "go_backwards": True}, LONG),
    ],
    # Random numbers are each library's own: what is compared is prediction.
    "noise": [
        ("SpatialDropout1D", {"rate": 0.5}, SEQUENCE),
        ("SpatialDropout2D", {"rate": 0.5, "seed": 3}, IMAGES),
        ("SpatialDropout3D", {"rate": 0.5, **FIRST}, VOLUMES),
        ("GaussianNoise", {"stddev": 0.5, "seed": 1}, SEQUENCE),
        ("GaussianDropout", {"rate": 0.5}, SEQUENCE),
        ("AlphaDropout", {"rate": 0.5, "seed": 1}, SEQUENCE),
        ("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, SEQUENCE),
    ],
}


def few_digits(values):
    """Returns multiples of 1/8, which make small files."""
    return np.round(values * 8) / 8


def jax_gradients(layer, x, dy):
    """Returns the gradients of the sum of ``dy`` times the output, by the input and by the trainable weights."""
    fixed = [variable.value for variable in layer.non_trainable_variables]
    trained = [variable.value for variable in layer.trainable_variables]

    def loss(x, trained):
        return (layer.stateless_call(trained, fixed, x)[0] * dy).sum()

    return jax.grad(loss, (0, 1))(jax.numpy.asarray(x), trained)


def tensorflow_gradients(layer, x, dy):
    x = tf.constant(x)
    if not x.dtype.is_floating:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(x) * dy)
        [gradient] = tape.gradient(loss, [variable.value for variable in layer.trainable_variables])
        return None, [tf.convert_to_tensor(gradient)]
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(layer(x) * dy)
    return tape.gradient(loss, (x, [variable.value for variable in layer.trainable_variables]))


def made(value):
    """Returns an argument: a layer is written as a list of its class and its arguments."""
    if not isinstance(value, list) or not value or not isinstance(value[0], (str, list)):
        return value
    if isinstance(value[0], list):
        return [made(item) for item in value]
    return getattr(keras.layers, value[0])(
        **({"dtype": "float64"} | {name: made(item) for name, item in value[1].items()})
    )


def freeze(class_name, settings, shape, generator):
    layer = made([class_name, settings])
    layer.build((None, *shape[1:]))
    layer.set_weights([weight + generator.uniform(0.1, 0.9, weight.shape) for weight in layer.get_weights()])
    if hasattr(layer, "finalize_state"):  # Normalization works with copies of its weights
        layer.finalize_state()
    frozen = {f"weight{number}": value for number, value in enumerate(layer.get_weights())}
    x = few_digits(generator.standard_normal(shape) * 2 + 1)
    if class_name == "Embedding":
        x = generator.integers(settings["input_dim"], size=shape)
    y = layer(x)
    dy = few_digits(generator.standard_normal(y.shape))
    dx, gradients = (jax_gradients if keras.backend.backend() == "jax" else tensorflow_gradients)(layer, x, dy)
    frozen |= {"x": x, "y": y, "dy": dy, "dx": np.zeros(shape) if dx is None else dx}
    frozen |= {f"gradient{place}": gradient for place, gradient in enumerate(gradients)}
    case = [class_name, settings, shape, layer.get_config(), layer.compute_output_shape((None, *shape[1:]))]
    return case, {key: np.asarray(value, np.float64) for key, value in frozen.items()}


def main():
    mine = {family for family in FAMILIES if (family in ON_JAX) == (keras.backend.backend() == "jax")}
    for family, cases in FAMILIES.items():
        if family not in mine:
            continue
        generator = np.random.default_rng(len(family))
        arrays, described = {"keras_version": np.array(keras.__version__)}, []
        for number, case in enumerate(cases):
            keras.utils.clear_session()
            description, values = freeze(*case, generator)
            described.append(description)
            arrays |= {f"{number}/{key}": value for key, value in values.items()}
        arrays["cases"] = np.array(json.dumps(described, default=str))
        np.savez_compressed(Path(__file__).with_name(f"layers_{family}.npz"), **arrays)


if __name__ == "__main__":
    main()
