"""What Rescaling accepts and refuses. Values: test_layers_follow_keras.py."""

import numpy as np
import pytest

from kerasnp import config, layers, testing


def test_config_is_plain_data():
    layer = layers.Rescaling(np.array([1, 2]), np.float32(0.5), name="scale")
    assert layer.get_config() == {
        "name": "scale",
        "trainable": True,
        "dtype": "float32",
        "scale": [1, 2],
        "offset": 0.5,
    }


def test_bytes_become_floats():
    y = layers.Rescaling(1 / 255)(np.array([[0, 51, 255]], np.uint8))
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, [[0, 0.2, 1]], rtol=1e-6)


def test_channels_first():
    config.set_image_data_format("channels_first")
    try:
        layer = layers.Rescaling([1, 2, 3], [0, 0, 1], dtype="float64")
        y = layer(np.ones((2, 3, 4, 5)))
        np.testing.assert_array_equal(y[0, :, 0, 0], [1, 2, 4])
        testing.check_gradients(layer, (1, 3, 2, 2))
    finally:
        config.set_image_data_format("channels_last")


@pytest.mark.parametrize("settings", [{"scale": "a"}, {"scale": None}, {"scale": 1, "offset": "b"}])
def test_only_numbers(settings):
    name, value = list(settings.items())[-1]
    with pytest.raises(ValueError, match=f"`{name}` must be a number or a list of numbers; received {value!r}"):
        layers.Rescaling(**settings)


@pytest.mark.parametrize(("scale", "shape"), [([1, 2], (4, 3)), ([[1, 2]] * 5, (4, 2)), ([[[1.0]]], (4, 2))])
def test_scale_must_fit_the_input(scale, shape):
    with pytest.raises(ValueError, match=r"layer 'scale': `scale` of shape .* cannot be broadcast to the input"):
        layers.Rescaling(scale, name="scale")(np.zeros(shape))
