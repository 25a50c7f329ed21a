"""Every registered layer keeps the contract of ``testing.check_layer``."""

import functools

import pytest

from kerasnp import testing
from kerasnp.layers.base import layers

IMAGES = (2, 5, 6, 3)

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
    "ELU": [({}, (3, 4)), ({"alpha": 0.5}, (3, 4))],
    "Flatten": [({}, (2, 3, 4)), ({"data_format": "channels_first"}, IMAGES), ({}, (3, 4))],
    "GlobalAveragePooling2D": [({}, IMAGES), ({"keepdims": True, "data_format": "channels_first"}, IMAGES)],
    "GlobalMaxPooling2D": [({}, IMAGES), ({"keepdims": True, "data_format": "channels_first"}, IMAGES)],
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
}

# The base class computes nothing, an InputLayer only says a shape, and a model runs the equations of its layers.
WITHOUT_EQUATIONS = {"Layer", "InputLayer", "Sequential"}


def factory(name, settings):
    return functools.partial(layers.entries[name], **settings)


def built_in() -> set[str]:
    return {name for name, cls in layers.entries.items() if cls.__module__.startswith("kerasnp.")}


def test_the_table_is_complete():
    assert set(CASES) == built_in() - WITHOUT_EQUATIONS


@pytest.mark.parametrize(
    ("name", "settings", "shape"),
    [pytest.param(name, *case, id=f"{name}-{k}") for name, cases in CASES.items() for k, case in enumerate(cases)],
)
def test_contract(name, settings, shape):
    testing.check_layer(factory(name, settings), shape)


@pytest.mark.parametrize("name", CASES)
def test_common_arguments(name):
    settings = CASES[name][0][0]
    layer = factory(name, settings)(name="mine", trainable=False, dtype="float64", activity_regularizer="l2")
    config = layer.get_config()
    assert (config["name"], config["trainable"], config["dtype"]) == ("mine", False, "float64")
    assert config["activity_regularizer"]["class_name"] == "L2"
    with pytest.raises((TypeError, ValueError), match="wrong_argument"):
        factory(name, settings)(wrong_argument=1)
    assert factory(name, settings)(input_shape=(3, 4)).batch_input_shape == (None, 3, 4)
