"""Freezes outputs and gradients of real Keras's convolution and dense layers into conv_dense.npz.

    KERAS_BACKEND=jax python tests/golden/make_conv_dense.py

The file holds the cases as JSON, and for each case: the weights, the input x, the output y, a gradient by the output
dy, and the gradients by the input and by each weight. Everything is float64.
"""

import json
from pathlib import Path

import jax
import keras
import numpy as np

jax.config.update("jax_enable_x64", True)

IMAGES, ODD = (2, 6, 5, 2), (2, 7, 8, 4)

# Class, constructor arguments, input shape.
CASES = {
    "valid": ("Conv2D", {"filters": 3, "kernel_size": 3}, IMAGES),
    "one_channel": ("Conv2D", {"filters": 1, "kernel_size": [2, 3], "use_bias": False}, (1, 6, 5, 1)),
    "relu": ("Conv2D", {"filters": 3, "kernel_size": 2, "activation": "relu"}, IMAGES),
    "same": ("Conv2D", {"filters": 2, "kernel_size": 3, "padding": "same"}, IMAGES),
    "same_even": ("Conv2D", {"filters": 2, "kernel_size": [2, 4], "padding": "SAME"}, IMAGES),
    "same_large": ("Conv2D", {"filters": 2, "kernel_size": 9, "padding": "same"}, IMAGES),
    "stride": ("Conv2D", {"filters": 3, "kernel_size": 3, "strides": 2}, ODD),
    "stride_leaves_rest": ("Conv2D", {"filters": 3, "kernel_size": 2, "strides": [3, 2]}, ODD),
    "stride_same": ("Conv2D", {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"}, ODD),
    "stride_same_rest": ("Conv2D", {"filters": 3, "kernel_size": [3, 2], "strides": [4, 3], "padding": "same"}, ODD),
    "stride_beyond_window": ("Conv2D", {"filters": 3, "kernel_size": 1, "strides": [2, 3], "padding": "same"}, ODD),
    "dilation": ("Conv2D", {"filters": 2, "kernel_size": [3, 2], "dilation_rate": [2, 3]}, ODD),
    "dilation_same": ("Conv2D", {"filters": 2, "kernel_size": 3, "dilation_rate": [1, 2], "padding": "same"}, ODD),
    "groups": ("Conv2D", {"filters": 6, "kernel_size": 3, "groups": 2}, ODD),
    "groups_all": ("Conv2D", {"filters": 4, "kernel_size": 2, "groups": 4, "strides": 2, "padding": "same"}, ODD),
    "first": ("Conv2D", {"filters": 3, "kernel_size": 3, "data_format": "channels_first"}, ODD),
    "first_same": (
        "Conv2D",
        {"filters": 4, "kernel_size": [2, 3], "strides": [1, 2], "padding": "same", "data_format": "channels_first"},
        ODD,
    ),
    "first_groups": (
        "Conv2D",
        {"filters": 7, "kernel_size": 2, "groups": 7, "activation": "gelu", "data_format": "channels_first"},
        ODD,
    ),
    "dense": ("Dense", {"units": 3}, (4, 5)),
    "dense_no_bias": ("Dense", {"units": 1, "use_bias": False}, (3, 6)),
    "dense_relu": ("Dense", {"units": 7, "activation": "relu"}, (5, 4)),
    "dense_softmax": ("Dense", {"units": 4, "activation": "softmax"}, (3, 5)),
    "dense_rank_3": ("Dense", {"units": 3, "activation": "silu"}, (2, 3, 4)),
    "dense_rank_4": ("Dense", {"units": 2}, (2, 3, 2, 3)),
}


def freeze(class_name, config, shape, generator):
    layer = getattr(keras.layers, class_name)(dtype="float64", **config)
    layer.build((None, *shape[1:]))
    weights = [generator.standard_normal(weight.shape) for weight in layer.get_weights()]
    x = generator.standard_normal(shape)

    def output(x, *weights):
        return layer.stateless_call(list(weights), [], x)[0]

    y, back = jax.vjp(output, x, *weights)
    dy = generator.standard_normal(y.shape)
    dx, *gradients = back(dy)
    return {
        **{f"weight{place}": value for place, value in enumerate(weights)},
        **{f"gradient{place}": value for place, value in enumerate(gradients)},
        "x": x,
        "y": y,
        "dy": dy,
        "dx": dx,
    }


def main():
    keras.config.set_floatx("float64")
    generator = np.random.default_rng(7)
    arrays = {"cases": np.array(json.dumps(CASES)), "keras_version": np.array(keras.__version__)}
    for name, case in CASES.items():
        arrays |= {f"{name}/{key}": np.asarray(value, np.float64) for key, value in freeze(*case, generator).items()}
    np.savez_compressed(Path(__file__).with_name("conv_dense.npz"), **arrays)


if __name__ == "__main__":
    main()
