"""What pooling over sequences accepts and refuses. Values: test_layers_follow_keras.py."""

import numpy as np
import pytest

from kerasnp import layers, testing

WINDOWED = [layers.MaxPooling1D, layers.AveragePooling1D]
GLOBAL = [layers.GlobalMaxPooling1D, layers.GlobalAveragePooling1D]


def test_aliases():
    assert layers.MaxPool1D is layers.MaxPooling1D
    assert layers.AvgPool1D is layers.AveragePooling1D
    assert layers.GlobalMaxPool1D is layers.GlobalMaxPooling1D
    assert layers.GlobalAvgPool1D is layers.GlobalAveragePooling1D
    assert type(layers.deserialize({"class_name": "MaxPool1D", "config": {}})) is layers.MaxPooling1D


@pytest.mark.parametrize("cls", WINDOWED)
def test_output_shape(cls):
    assert cls(2).compute_output_shape((None, 7, 4)) == (None, 3, 4)
    assert cls(3, 2, "SAME").compute_output_shape((None, 7, 4)) == (None, 4, 4)
    assert cls(3, 1, data_format="channels_first").compute_output_shape((None, 4, 7)) == (None, 4, 5)
    assert cls(3).compute_output_shape((None, None, 4)) == (None, None, 4)


@pytest.mark.parametrize("cls", WINDOWED)
@pytest.mark.parametrize("settings", [{"pool_size": 2}, {"pool_size": 3, "strides": 1}, {"pool_size": 4, "strides": 3}])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_gradients(cls, settings, padding):
    testing.check_gradients(cls(**settings, padding=padding, dtype="float64"), (2, 7, 3))


@pytest.mark.parametrize("cls", GLOBAL)
def test_global_output_shape(cls):
    assert cls().compute_output_shape((None, None, 4)) == (None, 4)
    assert cls("channels_first", True).compute_output_shape((3, 4, 7)) == (3, 4, 1)
    with pytest.raises(ValueError, match=r"sequences without steps: input shape \(None, 0, 4\)"):
        cls().compute_output_shape((None, 0, 4))


@pytest.mark.parametrize("cls", WINDOWED)
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pool_size": 0}, "an integer or a tuple of 1 integer, at least 1; received 0"),
        ({"pool_size": (2, 2)}, r"`pool_size` argument must be .* received \(2, 2\)"),
        ({"pool_size": 2, "strides": 0}, "`strides` argument must be .* received 0"),
        ({"pool_size": 2, "padding": "causal"}, '`padding` must be "valid" or "same"; received .causal.'),
        ({"pool_size": 2, "data_format": "NCW"}, "data_format must be one of .* received 'ncw'"),
    ],
)
def test_wrong_arguments(cls, settings, message):
    with pytest.raises(ValueError, match=message):
        cls(**settings)


@pytest.mark.parametrize("cls", WINDOWED)
def test_window_larger_than_the_sequence(cls):
    message = rf"{cls.__name__} layer 'pool'.*pool_size=\(4,\), is larger than the sequence, \(3,\)"
    with pytest.raises(ValueError, match=message):
        cls(4, name="pool")(np.zeros((1, 3, 1)))


def test_windows_of_an_average_have_no_default_size():
    with pytest.raises(TypeError, match="pool_size"):
        layers.AveragePooling1D()


@pytest.mark.parametrize("cls", WINDOWED + GLOBAL)
def test_input_must_be_sequences(cls):
    layer = cls(2) if cls in WINDOWED else cls()
    with pytest.raises(ValueError, match=r"expected ndim=3 \(batch, steps, channels\), found ndim=4"):
        layer(np.zeros((2, 4, 4, 1)))
