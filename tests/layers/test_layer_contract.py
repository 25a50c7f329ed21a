"""Every registered layer keeps the contract of ``testing.check_layer``."""

import functools

import pytest
from layer_cases import CASES, made

from kerasnp import testing
from kerasnp.layers.base import layers

# The base class computes nothing, an InputLayer only says a shape, and a model runs the equations of its layers.
WITHOUT_EQUATIONS = {"Layer", "InputLayer", "Sequential", "Wrapper"}
# They are run by RNN.
CELLS = {"SimpleRNNCell", "LSTMCell", "GRUCell", "StackedRNNCells"}


def factory(name, settings):
    return functools.partial(made, name, settings)


def built_in() -> set[str]:
    return {name for name, cls in layers.entries.items() if cls.__module__.startswith("kerasnp.")}


def test_the_table_is_complete():
    # Those that run before the plan have no equations: see test_preprocessing_follows_keras.py.
    on_host = {name for name in built_in() if layers.entries[name].runs_before_plan}
    assert set(CASES) == built_in() - WITHOUT_EQUATIONS - CELLS - on_host


@pytest.mark.parametrize(
    ("name", "settings", "shape"),
    [pytest.param(name, *case, id=f"{name}-{k}") for name, cases in CASES.items() for k, case in enumerate(cases)],
)
def test_contract(name, settings, shape):
    testing.check_layer(factory(name, settings), shape)


@pytest.mark.parametrize("name", CASES)
def test_common_arguments(name):
    settings = CASES[name][0][0]
    penalty = {} if name == "ActivityRegularization" else {"activity_regularizer": "l2"}
    layer = factory(name, settings)(name="mine", trainable=False, dtype="float64", **penalty)
    assert (layer.name, layer.trainable, layer.dtype) == ("mine", False, "float64")
    config = layer.get_config()
    if name.startswith("SpatialDropout"):  # Keras stores no more
        assert config.keys() - {"data_format"} == {"name", "dtype", "rate", "seed"}
    else:
        assert (config["name"], config["trainable"], config["dtype"]) == ("mine", False, "float64")
        assert config.get("activity_regularizer", {}).get("class_name") == ((penalty and "L2") or None)
    with pytest.raises((TypeError, ValueError), match="wrong_argument"):
        factory(name, settings)(wrong_argument=1)
    assert factory(name, settings)(input_shape=(3, 4)).batch_input_shape == (None, 3, 4)
