"""Freezes outputs, gradients and states of real Keras's pooling, normalization and reshaping layers into pool_norm.npz.

    KERAS_BACKEND=tensorflow python tests/golden/make_pool_norm.py

The file holds the cases as JSON, and for each case: its weights at the start; for each pass the input x, the output y,
a gradient by the output dy, the gradients by the input and by the trainable weights; the other weights after the last
pass. Everything is float64.
"""

import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

IMAGES, ODD = (2, 6, 4, 2), (2, 7, 5, 3)
TRAIN, PREDICT = True, False

# Class, constructor arguments, input shape, and for each pass whether it is a training pass.
CASES = {
    "max": ("MaxPooling2D", {}, IMAGES, [TRAIN]),
    "max_odd": ("MaxPooling2D", {}, ODD, [TRAIN]),
    "max_overlap": ("MaxPooling2D", {"pool_size": 3, "strides": (2, 1)}, ODD, [TRAIN]),
    "max_gaps": ("MaxPooling2D", {"pool_size": (1, 2), "strides": 3}, ODD, [TRAIN]),
    "max_same": ("MaxPooling2D", {"pool_size": (3, 4), "strides": (2, 3), "padding": "same"}, ODD, [TRAIN]),
    "max_same_wide": ("MaxPooling2D", {"pool_size": 9, "strides": 4, "padding": "same"}, ODD, [TRAIN]),
    "max_first": ("MaxPooling2D", {"pool_size": (2, 3), "data_format": "channels_first"}, ODD, [TRAIN]),
    "max_ties": ("MaxPooling2D", {"pool_size": 3, "strides": 1, "padding": "same"}, IMAGES, [TRAIN]),
    "average": ("AveragePooling2D", {"pool_size": [2, 2]}, IMAGES, [TRAIN]),
    "average_overlap": ("AveragePooling2D", {"pool_size": (2, 3), "strides": 1}, ODD, [TRAIN]),
    "average_same": ("AveragePooling2D", {"pool_size": (3, 4), "strides": (2, 3), "padding": "same"}, ODD, [TRAIN]),
    # No window larger than the image here: TensorFlow's gradient of such an average is wrong, its output is right.
    "average_same_wide": ("AveragePooling2D", {"pool_size": (5, 4), "strides": 3, "padding": "same"}, ODD, [TRAIN]),
    "average_first": (
        "AveragePooling2D",
        {"pool_size": 2, "padding": "same", "data_format": "channels_first"},
        ODD,
        [TRAIN],
    ),
    "global_max": ("GlobalMaxPooling2D", {}, IMAGES, [TRAIN]),
    "global_max_first": ("GlobalMaxPooling2D", {"data_format": "channels_first", "keepdims": True}, ODD, [TRAIN]),
    "global_average": ("GlobalAveragePooling2D", {"keepdims": True}, IMAGES, [TRAIN]),
    "global_average_first": ("GlobalAveragePooling2D", {"data_format": "channels_first"}, ODD, [TRAIN]),
    "norm": ("BatchNormalization", {}, (6, 4), [TRAIN, TRAIN, TRAIN, PREDICT]),
    "norm_images": ("BatchNormalization", {"momentum": 0.8, "epsilon": 0.01}, IMAGES, [TRAIN, TRAIN, PREDICT]),
    "norm_first": ("BatchNormalization", {"axis": 1, "momentum": 0.5}, IMAGES, [TRAIN, PREDICT]),
    "norm_middle": ("BatchNormalization", {"axis": -2}, (3, 4, 5), [TRAIN, PREDICT]),
    "norm_plain": ("BatchNormalization", {"center": False, "scale": False}, (5, 3), [TRAIN, PREDICT]),
    "norm_frozen": ("BatchNormalization", {"trainable": False}, (5, 3), [TRAIN, PREDICT]),
    "norm_one_row": ("BatchNormalization", {}, (1, 3), [TRAIN]),
    "flatten": ("Flatten", {}, IMAGES, [TRAIN]),
    "flatten_first": ("Flatten", {"data_format": "channels_first"}, ODD, [TRAIN]),
    "reshape": ("Reshape", {"target_shape": [3, -1]}, IMAGES, [TRAIN]),
}


def freeze(name, class_name, config, shape, passes, generator):
    layer = getattr(keras.layers, class_name)(dtype="float64", **config)
    layer.build((None, *shape[1:]))
    layer.set_weights([weight + generator.uniform(0.1, 0.9, weight.shape) for weight in layer.get_weights()])
    frozen = {f"weight{number}": value for number, value in enumerate(layer.get_weights())}
    for number, training in enumerate(passes):
        x = generator.standard_normal(shape) * 2 + 1
        if name == "max_ties":
            x = np.floor(x / 2)
        x = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=training) if class_name == "BatchNormalization" else layer(x)
            dy = generator.standard_normal(y.shape)
            loss = tf.reduce_sum(y * dy)
        dx, gradients = tape.gradient(loss, (x, [variable.value for variable in layer.trainable_variables]))
        frozen |= {f"x{number}": x, f"y{number}": y, f"dy{number}": dy, f"dx{number}": dx}
        frozen |= {f"gradient{number}_{place}": gradient for place, gradient in enumerate(gradients)}
    states = [variable.numpy() for variable in layer.non_trainable_variables]
    frozen |= {f"state{place}": value for place, value in enumerate(states)}
    return {f"{name}/{key}": np.asarray(value, np.float64) for key, value in frozen.items()}


def main():
    generator = np.random.default_rng(20)
    arrays = {"cases": np.array(json.dumps(CASES)), "keras_version": np.array(keras.__version__)}
    for name, case in CASES.items():
        arrays |= freeze(name, *case, generator)
    np.savez_compressed(Path(__file__).with_name("pool_norm.npz"), **arrays)


if __name__ == "__main__":
    main()
