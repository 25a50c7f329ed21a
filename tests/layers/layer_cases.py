"""Every layer with arguments and an input shape, for the tests that run all of them."""

import numpy as np

from kerasnp import activations
from kerasnp.layers.base import layers
from kerasnp.registry import register_keras_serializable

IMAGES = (2, 5, 6, 3)


def made(name: str, settings: dict, /, **more):
    """Returns a new layer.

    Args:
        name: its class.
        settings: its arguments; a layer among them is written as a list of its class and its arguments.
        **more: further arguments; a ``dtype`` goes to the layers within it as well.
    """
    dtype = {"dtype": more["dtype"]} if "dtype" in more else {}

    def argument(value):
        if not isinstance(value, list) or not value or not isinstance(value[0], (str, list)):
            return value
        if isinstance(value[0], list):
            return [argument(item) for item in value]
        return made(value[0], value[1], **dtype)

    return layers.entries[name](**{key: argument(value) for key, value in settings.items()}, **more)


@register_keras_serializable("tests")
def scaled(x, factor):
    return factor * x


scaled.gradient = lambda x, y, dy, factor: factor * dy


@register_keras_serializable("tests")
def last_step(x, training, mask):
    return x[:, -1]


def _gradient_of_last_step(x, y, dy):
    dx = np.zeros_like(x)
    dx[:, -1] = dy
    return dx


last_step.gradient = _gradient_of_last_step


# For each layer: constructor arguments and an input shape, as often as it has ways to work.
CASES = {
    "Activation": [({"activation": "tanh"}, (3, 4)), ({"activation": "softmax"}, (2, 3, 4))],
    "AveragePooling2D": [
        ({}, IMAGES),
        ({"pool_size": (3, 2), "strides": (1, 2), "padding": "same"}, IMAGES),
        ({"pool_size": 2, "data_format": "channels_first"}, IMAGES),
    ],
    "BatchNormalization": [
        ({}, (4, 3)),
        ({"scale": False, "epsilon": 0.1}, IMAGES),
        ({"center": False, "axis": 1}, IMAGES),
    ],
    "Conv2D": [
        ({"filters": 4, "kernel_size": 3}, IMAGES),
        ({"filters": 2, "kernel_size": (2, 3), "strides": (2, 1), "padding": "same", "activation": "tanh"}, IMAGES),
        ({"filters": 2, "kernel_size": 2, "dilation_rate": (2, 3), "use_bias": False}, IMAGES),
        ({"filters": 6, "kernel_size": 2, "groups": 3}, IMAGES),
        ({"filters": 2, "kernel_size": 3, "padding": "same", "data_format": "channels_first"}, IMAGES),
        ({"filters": 4, "kernel_size": 2, "activation": "sigmoid", "data_format": "channels_first"}, IMAGES),
    ],
    "Dense": [
        ({"units": 3}, (4, 5)),
        ({"units": 3, "activation": "tanh", "use_bias": False}, (2, 3, 4)),
        ({"units": 3, "activation": "softmax"}, (4, 5)),
        ({"units": 3, "activation": "swish"}, (4, 5)),
    ],
    "Dropout": [({"rate": 0.4, "seed": 1}, (4, 5)), ({"rate": 0.5, "noise_shape": (None, 1, 3), "seed": 1}, (2, 4, 3))],
    "EinsumDense": [
        ({"equation": "abc,cd->abd", "output_shape": (None, 5), "bias_axes": "d", "activation": "tanh"}, (2, 3, 4)),
        ({"equation": "...x,xy->...y", "output_shape": 3, "activation": "softplus"}, (2, 3, 2, 4)),
        ({"equation": "ab...,bc->ac...", "output_shape": 3, "bias_axes": "c", "activation": "swish"}, (2, 4, 3, 2)),
        ({"equation": "abc,bd->ad", "output_shape": 5, "bias_axes": "d"}, (2, 3, 4)),
        ({"equation": "abc,bde->ade", "output_shape": (2, 3), "bias_axes": "de"}, (3, 4, 2)),
        ({"equation": "abc,cde->abde", "output_shape": (None, 2, 3), "bias_axes": "be"}, (3, 4, 2)),
    ],
    "ELU": [({}, (3, 4)), ({"alpha": 0.5}, (3, 4))],
    "Flatten": [({}, (2, 3, 4)), ({"data_format": "channels_first"}, IMAGES), ({}, (3, 4))],
    "GlobalAveragePooling2D": [({}, IMAGES), ({"keepdims": True, "data_format": "channels_first"}, IMAGES)],
    "GlobalMaxPooling2D": [({}, IMAGES), ({"keepdims": True, "data_format": "channels_first"}, IMAGES)],
    "Lambda": [
        ({"function": scaled, "arguments": {"factor": 3.0}}, (3, 4)),
        ({"function": last_step}, (2, 3, 4)),
        ({"function": activations.tanh, "output_shape": (3, 4)}, (2, 3, 4)),
    ],
    "LeakyReLU": [({}, (3, 4)), ({"negative_slope": 0.1}, IMAGES)],
    "MaxPooling2D": [
        ({}, IMAGES),
        ({"pool_size": (3, 2), "strides": (1, 2), "padding": "same"}, IMAGES),
        ({"pool_size": 2, "data_format": "channels_first"}, IMAGES),
    ],
    "PReLU": [({}, (3, 4)), ({"shared_axes": [1, 2]}, IMAGES)],
    "ReLU": [({}, (3, 4)), ({"max_value": 1.0, "negative_slope": 0.2, "threshold": 0.35}, (3, 4))],
    "Reshape": [({"target_shape": (2, 6)}, (2, 3, 4)), ({"target_shape": (-1, 2)}, (2, 3, 4))],
    "Softmax": [({}, (3, 4)), ({"axis": 1}, (2, 3, 4)), ({"axis": [1, 2]}, (2, 3, 4))],
    "Cropping1D": [({}, (2, 5, 3)), ({"cropping": (0, 2)}, (2, 5, 3))],
    "Cropping2D": [
        ({"cropping": ((1, 0), (2, 1))}, IMAGES),
        ({"cropping": (0, 1), "data_format": "channels_first"}, IMAGES),
    ],
    "Cropping3D": [
        ({}, (2, 3, 4, 3, 2)),
        ({"cropping": (1, 0, (0, 1)), "data_format": "channels_first"}, (2, 1, 3, 2, 3)),
    ],
    "Identity": [({}, (2, 3, 4))],
    "Permute": [({"dims": (2, 1)}, (2, 3, 4)), ({"dims": (3, 1, 2)}, IMAGES), ({"dims": (1, 2)}, (2, 3, 4))],
    "RepeatVector": [({"n": 3}, (2, 4))],
    "Rescaling": [({"scale": 1 / 255, "offset": -0.5}, IMAGES), ({"scale": [1, 2, 3]}, (2, 3))],
    "UpSampling1D": [({}, (2, 3, 4)), ({"size": 3}, (2, 3, 4))],
    "UpSampling2D": [
        ({"size": (3, 2)}, (2, 2, 3, 2)),
        ({"size": (2, 3), "data_format": "channels_first"}, (2, 2, 3, 2)),
        ({"size": (2, 3), "interpolation": "bilinear"}, (2, 2, 3, 2)),
        ({"size": (3, 2), "interpolation": "bilinear", "data_format": "channels_first"}, (2, 2, 3, 2)),
    ],
    "UpSampling3D": [({}, (2, 2, 1, 2, 3)), ({"size": (1, 2, 3), "data_format": "channels_first"}, (2, 2, 1, 2, 3))],
    "ZeroPadding1D": [({}, (2, 3, 4)), ({"padding": (0, 2), "data_format": "channels_first"}, (2, 3, 4))],
    "ZeroPadding2D": [
        ({}, (2, 2, 3, 2)),
        ({"padding": ((1, 0), (2, 3)), "data_format": "channels_first"}, (2, 2, 3, 2)),
    ],
    "ZeroPadding3D": [({"padding": (1, 0, 2)}, (2, 1, 2, 3, 2)), ({"data_format": "channels_first"}, (2, 2, 1, 2, 1))],
    "GroupNormalization": [
        ({"groups": 2}, (2, 3, 2, 4)),
        ({"groups": -1, "axis": 1, "epsilon": 0.1}, (2, 3, 2, 4)),
        ({"groups": 1, "scale": False}, (2, 3, 4)),
        ({"groups": 3, "center": False}, (2, 6)),
    ],
    "LayerNormalization": [
        ({}, (3, 4)),
        ({"axis": [1, 2], "epsilon": 0.1}, (2, 3, 4)),
        ({"axis": 1, "scale": False}, IMAGES),
        ({"axis": [3, 1], "center": False}, (2, 3, 2, 4)),
    ],
    "RMSNormalization": [({}, (3, 4)), ({"axis": 1}, (2, 3, 4)), ({"axis": [1, 2], "epsilon": 0.1}, (2, 3, 4))],
    "UnitNormalization": [({}, (3, 4)), ({"axis": [1, 2]}, (2, 3, 4))],
    "ActivityRegularization": [({"l1": 0.1, "l2": 0.2}, (3, 4)), ({}, IMAGES)],
    "AlphaDropout": [
        ({"rate": 0.4, "seed": 1}, (4, 5)),
        ({"rate": 0.5, "noise_shape": (None, 1, 3), "seed": 1}, (2, 4, 3)),
        ({"rate": 0}, (3, 4)),
    ],
    "GaussianDropout": [({"rate": 0.4, "seed": 1}, (4, 5)), ({"rate": 0}, (3, 4))],
    "GaussianNoise": [({"stddev": 0.4, "seed": 1}, (4, 5)), ({"stddev": 0}, (3, 4))],
    "SpatialDropout1D": [({"rate": 0.4, "seed": 1}, (4, 3, 5))],
    "SpatialDropout2D": [({"rate": 0.4, "seed": 1}, IMAGES), ({"rate": 0.4, "data_format": "channels_first"}, IMAGES)],
    "SpatialDropout3D": [
        ({"rate": 0.4, "seed": 1}, (2, 2, 1, 3, 4)),
        ({"rate": 0.4, "data_format": "channels_first", "seed": 1}, (2, 3, 1, 3, 2)),
    ],
    "AveragePooling1D": [
        ({"pool_size": 2}, (2, 5, 3)),
        ({"pool_size": 3, "strides": 2, "padding": "same"}, (2, 6, 3)),
        ({"pool_size": 2, "strides": 1, "data_format": "channels_first"}, (2, 3, 5)),
    ],
    "GlobalAveragePooling1D": [({}, (2, 5, 3)), ({"keepdims": True, "data_format": "channels_first"}, (2, 3, 5))],
    "GlobalMaxPooling1D": [({}, (2, 5, 3)), ({"keepdims": True, "data_format": "channels_first"}, (2, 3, 5))],
    "MaxPooling1D": [
        ({}, (2, 5, 3)),
        ({"pool_size": 3, "strides": 2, "padding": "same"}, (2, 6, 3)),
        ({"pool_size": 2, "strides": 1, "data_format": "channels_first"}, (2, 3, 5)),
    ],
    "Normalization": [
        ({}, (3, 4)),
        ({"axis": (1, 3), "invert": True}, (2, 3, 2, 4)),
        ({"axis": None}, (3, 4)),
        ({"mean": [1, 2, 3], "variance": [1, 2, 4]}, IMAGES),
        ({"mean": 1.0, "variance": 2.0}, (3, 4)),
    ],
    "Embedding": [({"input_dim": 4, "output_dim": 3}, (2, 5)), ({"input_dim": 3, "output_dim": 2}, (3, 2, 2))],
    "SimpleRNN": [
        ({"units": 3}, (2, 4, 3)),
        ({"units": 2, "return_sequences": True, "go_backwards": True, "activation": "gelu"}, (2, 4, 3)),
        ({"units": 2, "use_bias": False, "dropout": 0.4, "recurrent_dropout": 0.3, "seed": 1}, (3, 4, 2)),
    ],
    "LSTM": [
        ({"units": 3}, (2, 4, 3)),
        ({"units": 2, "return_sequences": True, "go_backwards": True, "use_bias": False}, (2, 4, 3)),
        ({"units": 2, "return_sequences": True, "activation": "gelu", "recurrent_activation": "softmax"}, (2, 3, 2)),
        ({"units": 2, "dropout": 0.4, "seed": 1}, (3, 4, 2)),
        ({"units": 2, "dropout": 0.2, "recurrent_dropout": 0.3, "seed": 1}, (3, 4, 2)),
    ],
    "GRU": [
        ({"units": 3}, (2, 4, 3)),
        ({"units": 2, "return_sequences": True, "go_backwards": True, "use_bias": False}, (2, 4, 3)),
        ({"units": 2, "return_sequences": True, "activation": "gelu", "recurrent_activation": "softmax"}, (2, 3, 2)),
        ({"units": 2, "reset_after": False, "return_sequences": True}, (2, 4, 3)),
        ({"units": 2, "dropout": 0.4, "seed": 1}, (3, 4, 2)),
        ({"units": 2, "dropout": 0.2, "recurrent_dropout": 0.3, "seed": 1}, (3, 4, 2)),
        ({"units": 2, "recurrent_dropout": 0.3, "seed": 1, "reset_after": False}, (3, 4, 2)),
    ],
    "RNN": [
        ({"cell": ["SimpleRNNCell", {"units": 3}]}, (2, 4, 3)),
        ({"cell": [["LSTMCell", {"units": 3}], ["GRUCell", {"units": 2}]], "return_sequences": True}, (2, 4, 3)),
    ],
    "Bidirectional": [
        ({"layer": ["LSTM", {"units": 3}]}, (2, 4, 3)),
        ({"layer": ["GRU", {"units": 2, "return_sequences": True}], "merge_mode": "mul"}, (2, 4, 3)),
        ({"layer": ["SimpleRNN", {"units": 2, "return_sequences": True}], "merge_mode": "ave"}, (2, 4, 3)),
        ({"layer": ["SimpleRNN", {"units": 2}], "merge_mode": "sum"}, (2, 4, 3)),
        (
            {"layer": ["LSTM", {"units": 2}], "backward_layer": ["GRU", {"units": 3, "go_backwards": True}]},
            (2, 4, 3),
        ),
    ],
    "TimeDistributed": [
        ({"layer": ["Dense", {"units": 2, "activation": "softmax"}]}, (2, 3, 4)),
        ({"layer": ["BatchNormalization", {}]}, (3, 2, 4)),
        ({"layer": ["Conv2D", {"filters": 2, "kernel_size": 2}]}, (2, 2, 3, 4, 2)),
        ({"layer": ["Dropout", {"rate": 0.4, "seed": 1}]}, (2, 3, 4)),
    ],
    "Masking": [({}, (2, 3, 4)), ({"mask_value": 0.5}, (2, 3))],
    "Conv1D": [
        ({"filters": 4, "kernel_size": 3}, (2, 6, 3)),
        ({"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "tanh"}, (2, 6, 3)),
        ({"filters": 2, "kernel_size": 2, "padding": "causal", "dilation_rate": 3, "use_bias": False}, (2, 6, 3)),
        ({"filters": 4, "kernel_size": 2, "groups": 2}, (2, 5, 4)),
        ({"filters": 2, "kernel_size": 3, "padding": "causal", "data_format": "channels_first"}, (2, 3, 5)),
    ],
    "Conv1DTranspose": [
        ({"filters": 4, "kernel_size": 3}, (2, 4, 3)),
        ({"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"}, (2, 4, 3)),
        ({"filters": 2, "kernel_size": 2, "strides": 3, "output_padding": 1, "use_bias": False}, (2, 3, 2)),
        ({"filters": 2, "kernel_size": 3, "padding": "same", "data_format": "channels_first"}, (2, 3, 4)),
    ],
    "Conv2DTranspose": [
        ({"filters": 4, "kernel_size": 3}, (2, 3, 4, 3)),
        ({"filters": 2, "kernel_size": (2, 3), "strides": 2, "padding": "same", "activation": "gelu"}, (2, 3, 4, 3)),
        ({"filters": 2, "kernel_size": (3, 2), "dilation_rate": (2, 1), "use_bias": False}, (2, 2, 3, 3)),
        ({"filters": 2, "kernel_size": 3, "strides": (2, 3), "output_padding": (1, 2)}, (2, 2, 3, 2)),
        ({"filters": 2, "kernel_size": 2, "strides": 2, "data_format": "channels_first"}, (2, 3, 2, 3)),
        ({"filters": 2, "kernel_size": 1, "strides": 2, "activation": "tanh"}, (2, 2, 3, 2)),
    ],
    "Conv3D": [
        ({"filters": 3, "kernel_size": 2}, (2, 3, 4, 3, 2)),
        ({"filters": 2, "kernel_size": (2, 3, 1), "strides": (1, 2, 2), "padding": "same"}, (2, 3, 4, 3, 2)),
        ({"filters": 2, "kernel_size": 2, "dilation_rate": (2, 1, 2), "activation": "relu"}, (2, 3, 2, 4, 2)),
        ({"filters": 4, "kernel_size": 2, "groups": 2, "strides": 2, "use_bias": False}, (2, 4, 3, 2, 4)),
        ({"filters": 2, "kernel_size": (1, 2, 2)}, (2, 2, 3, 2, 2)),
        ({"filters": 2, "kernel_size": 3, "padding": "same", "data_format": "channels_first"}, (2, 2, 3, 2, 2)),
    ],
    "DepthwiseConv1D": [
        ({"kernel_size": 3}, (2, 6, 3)),
        ({"kernel_size": 3, "depth_multiplier": 2, "padding": "same", "strides": 2}, (2, 6, 3)),
        ({"kernel_size": 2, "dilation_rate": 2, "strides": 2, "data_format": "channels_first"}, (2, 3, 6)),
    ],
    "DepthwiseConv2D": [
        ({"kernel_size": 3}, IMAGES),
        ({"kernel_size": (2, 3), "padding": "same", "strides": 2, "activation": "tanh"}, IMAGES),
        ({"kernel_size": 2, "depth_multiplier": 3, "use_bias": False}, (2, 4, 3, 2)),
        ({"kernel_size": 2, "depth_multiplier": 2, "dilation_rate": 2, "data_format": "channels_first"}, (2, 2, 4, 5)),
    ],
    "SeparableConv1D": [
        ({"filters": 4, "kernel_size": 3, "activation": "relu"}, (2, 6, 3)),
        ({"filters": 2, "kernel_size": 2, "depth_multiplier": 2, "data_format": "channels_first"}, (2, 3, 4)),
    ],
    "SeparableConv2D": [
        ({"filters": 4, "kernel_size": 3}, IMAGES),
        ({"filters": 2, "kernel_size": 2, "depth_multiplier": 2, "padding": "same", "strides": 2}, IMAGES),
        ({"filters": 3, "kernel_size": 2, "use_bias": False, "activation": "gelu"}, (2, 3, 4, 2)),
        ({"filters": 2, "kernel_size": 2, "dilation_rate": 2, "data_format": "channels_first"}, (2, 3, 4, 4)),
    ],
    "AveragePooling3D": [
        ({"pool_size": 2}, (2, 4, 3, 4, 2)),
        ({"pool_size": (2, 3, 2), "strides": (2, 1, 1), "padding": "same"}, (2, 3, 4, 3, 2)),
        ({"pool_size": 2, "strides": 1, "data_format": "channels_first"}, (2, 2, 3, 2, 4)),
    ],
    "GlobalAveragePooling3D": [
        ({}, (2, 2, 3, 2, 3)),
        ({"keepdims": True, "data_format": "channels_first"}, (2, 3, 2, 3, 2)),
    ],
    "GlobalMaxPooling3D": [
        ({}, (2, 2, 3, 2, 3)),
        ({"keepdims": True, "data_format": "channels_first"}, (2, 3, 2, 3, 2)),
    ],
    "MaxPooling3D": [
        ({}, (2, 4, 3, 4, 2)),
        ({"pool_size": (2, 3, 2), "strides": (2, 1, 1), "padding": "same"}, (2, 3, 4, 3, 2)),
        ({"pool_size": 2, "strides": 1, "data_format": "channels_first"}, (2, 2, 3, 2, 4)),
    ],
    "Resizing": [
        ({"height": 3, "width": 4}, IMAGES),
        ({"height": 7, "width": 4, "interpolation": "bicubic", "crop_to_aspect_ratio": True}, (2, 4, 5, 2)),
        ({"height": 2, "width": 3, "pad_to_aspect_ratio": True, "fill_value": 0.5}, (2, 4, 3, 2)),
        ({"height": 3, "width": 2, "interpolation": "nearest", "data_format": "channels_first"}, (2, 2, 4, 3)),
        ({"height": 2, "width": 2, "antialias": True, "interpolation": "lanczos3"}, (2, 5, 4, 1)),
    ],
    "CenterCrop": [
        ({"height": 2, "width": 3}, (2, 4, 5, 2)),
        ({"height": 3, "width": 5}, (2, 4, 4, 2)),
        ({"height": 2, "width": 2, "data_format": "channels_first"}, (2, 2, 4, 3)),
    ],
    "RandomFlip": [
        ({"seed": 1}, (4, 2, 3, 2)),
        ({"mode": "horizontal", "seed": 2}, (4, 2, 3, 2)),
        ({"mode": "vertical", "data_format": "channels_first", "seed": 3}, (4, 2, 3, 2)),
    ],
    "RandomCrop": [
        ({"height": 2, "width": 2, "seed": 1}, (2, 3, 4, 2)),
        ({"height": 4, "width": 2, "seed": 1}, (2, 3, 4, 2)),
        ({"height": 1, "width": 2, "data_format": "channels_first"}, (2, 2, 3, 4)),
    ],
    "RandomRotation": [
        ({"factor": 0.3, "seed": 1}, (2, 3, 4, 2)),
        ({"factor": (0.1, 0.2), "fill_mode": "constant", "fill_value": 0.5, "seed": 1}, (2, 3, 4, 2)),
        ({"factor": 0.3, "interpolation": "nearest", "data_format": "channels_first", "seed": 1}, (2, 2, 3, 4)),
    ],
    "RandomTranslation": [
        ({"height_factor": 0.3, "width_factor": 0.6, "seed": 1}, (2, 3, 4, 2)),
        ({"height_factor": 0.3, "width_factor": (0.2, 0.6), "fill_mode": "wrap"}, (2, 3, 4, 2)),
    ],
    "RandomZoom": [
        ({"height_factor": 0.4, "seed": 1}, (2, 3, 4, 2)),
        ({"height_factor": 0.3, "width_factor": (-0.5, 0.1), "fill_mode": "nearest", "seed": 1}, (2, 3, 4, 2)),
    ],
    "RandomBrightness": [
        ({"factor": 0.3, "value_range": (-1, 1), "seed": 1}, (2, 3, 4, 2)),
        ({"factor": (0.1, 0.2), "value_range": (-5, 5)}, (2, 3, 4, 2)),
    ],
    "RandomContrast": [
        ({"factor": 0.9, "value_range": (-1, 1), "seed": 1}, (2, 3, 4, 2)),
        ({"factor": (0.1, 0.8), "value_range": (-9, 9), "data_format": "channels_first"}, (2, 2, 3, 4)),
    ],
}
