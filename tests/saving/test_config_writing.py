"""The configs that we write: plain data, only keys that every Keras 3 knows, and we read them again."""

import json

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers, registry
from kerasnp.saving.config_reading import read_model_config
from kerasnp.saving.config_writing import portable, write_legacy_model_config, write_model_config

# What some version from 3.0 to 3.15 refuses.
RECENT = {
    "input_axes",
    "output_axes",
    "renorm",
    "renorm_clipping",
    "renorm_momentum",
    "synchronized",
    "quantization_config",
    "optional",
    "ragged",
    "shared_object_id",
    "lora_rank",
}


def every_layer():
    inner = keras.Sequential([layers.Dense(4, activation="relu"), layers.BatchNormalization()], name="inner")
    return keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            layers.Conv2D(4, 3, padding="same", kernel_regularizer="l2", bias_constraint="max_norm"),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.1),
            layers.MaxPooling2D(2),
            layers.PReLU(shared_axes=[1, 2]),
            layers.AveragePooling2D(2, padding="same"),
            layers.Activation("gelu"),
            layers.Dropout(np.float32(0.25), noise_shape=(None, 1, 1, 4), seed=1),
            layers.ReLU(6.0),
            layers.ELU(),
            layers.Softmax(axis=[1, 2]),
            layers.Reshape((4, 4)),
            layers.Flatten(),
            inner,
            layers.Dense(3, kernel_initializer=keras.initializers.Orthogonal(seed=keras.random.SeedGenerator(3))),
        ],
        name="every_layer",
    )


def keys_of(value):
    if isinstance(value, dict):
        return set(value) | {key for item in value.values() for key in keys_of(item)}
    return {key for item in value for key in keys_of(item)} if isinstance(value, list) else set()


@pytest.mark.parametrize("write", [write_model_config, write_legacy_model_config])
def test_what_is_written_is_plain_portable_and_read_again(write):
    model = every_layer()
    written = write(model)
    assert json.loads(json.dumps(written)) == written
    assert not keys_of(written) & RECENT
    again = registry.deserialize_keras_object(read_model_config(written, "config.json"))
    assert write(again) == written
    assert [weight.shape for weight in again.weights] == [weight.shape for weight in model.weights]


def test_layers_say_what_they_were_built_for():
    written = write_model_config(every_layer())
    entries = {entry["config"]["name"]: entry for entry in written["config"]["layers"]}
    assert written["build_config"] == {"input_shape": [None, 8, 8, 2]}
    assert entries["inner"]["build_config"] == {"input_shape": [None, 16]}
    inner = entries["inner"]["config"]["layers"]
    assert [entry["build_config"]["input_shape"] for entry in inner if "build_config" in entry] == [
        [None, 16],
        [None, 4],
    ]
    assert "build_config" not in write_model_config(keras.Sequential([layers.Dense(1)]))


def test_the_older_form_has_no_modules_for_layers_but_those_of_an_axis():
    written = write_legacy_model_config(every_layer())
    assert set(written) == {"class_name", "config"}
    for entry in written["config"]["layers"]:
        if entry["class_name"] == "Softmax":
            assert (entry["module"], entry["registered_name"]) == ("keras.layers", None)
            assert entry["config"]["axis"] == [1, 2]
        else:
            assert set(entry) == {"class_name", "config"}
    assert written["config"]["layers"][0]["config"]["batch_input_shape"] == [None, 8, 8, 2]  # for Keras 2
    dense = written["config"]["layers"][-1]["config"]
    assert dense["kernel_initializer"]["class_name"] == "OrthogonalInitializer"
    assert dense["kernel_initializer"]["config"] == {"gain": 1.0, "seed": 3}


def test_a_users_layer_keeps_its_name_and_its_keys():
    @keras.saving.register_keras_serializable("mine")
    class Twice(layers.Layer):
        def get_config(self):
            return {**super().get_config(), "ignore_class": None}

        @classmethod
        def from_config(cls, config):
            assert config.pop("ignore_class") is None
            return cls(**config)

        def call(self, x):
            return 2 * x

    try:
        model = keras.Sequential([keras.Input((3,)), Twice(name="twice")])
        for write in (write_model_config, write_legacy_model_config):
            written = write(model)
            assert written["config"]["layers"][1]["registered_name"] == "mine>Twice"
            again = registry.deserialize_keras_object(read_model_config(written, "config.json"))
            assert type(again.layers[0]) is Twice
    finally:
        registry.get_custom_objects().pop("mine>Twice")


@pytest.mark.parametrize("axis", [1, [1], [1, 2], None])
def test_an_axis_that_keras_would_drop_stands_in_a_layer_with_its_module(axis):
    model = keras.Sequential([keras.Input((4, 3)), layers.Normalization(axis=axis, mean=0.0, variance=1.0)])
    entry = write_legacy_model_config(model)["config"]["layers"][1]
    assert entry["module"] == "keras.layers"
    entry = write_legacy_model_config(keras.Sequential([keras.Input((4, 3)), layers.BatchNormalization()]))
    assert "module" not in entry["config"]["layers"][1]


def test_recent_arguments_stand_in_files_where_they_say_something():
    def settings(thing):
        return portable(registry.serialize_keras_object(thing))["config"]

    assert "axis" not in settings(keras.losses.Dice())
    assert settings(keras.losses.Tversky(axis=(1, 2)))["axis"] == [1, 2]
    assert "data_format" not in settings(layers.ZeroPadding1D())
    assert settings(layers.ZeroPadding1D(data_format="channels_first"))["data_format"] == "channels_first"
    for layer in (layers.RandomFlip, layers.RandomBrightness, layers.RandomContrast):
        arguments = {} if layer is layers.RandomFlip else {"factor": 0.1}
        assert "data_format" not in settings(layer(**arguments))
        assert settings(layer(data_format="channels_first", **arguments))["data_format"] == "channels_first"
    assert "value_range" not in settings(layers.RandomContrast(0.1))
    assert settings(layers.RandomContrast(0.1, value_range=(0, 1)))["value_range"] == [0, 1]
    assert "antialias" not in settings(layers.Resizing(2, 2))
    assert "dtype" not in settings(keras.metrics.BinaryIoU())
    assert settings(keras.metrics.BinaryIoU(dtype="float32"))["dtype"] == "float32"


def test_an_image_layer_finds_the_channels_where_they_were(monkeypatch):
    written = write_model_config(keras.Sequential([keras.Input((4, 4, 3)), layers.RandomFlip()]))
    monkeypatch.setattr(keras.config._settings, "image_data_format", "channels_first")
    again = registry.deserialize_keras_object(read_model_config(written, "config.json"))
    assert again.layers[0].data_format == "channels_last"


def test_padding_of_sequences_pads_what_it_did(monkeypatch):
    written = write_model_config(keras.Sequential([keras.Input((4, 3)), layers.ZeroPadding1D(2)]))
    monkeypatch.setattr(keras.config._settings, "image_data_format", "channels_first")
    again = registry.deserialize_keras_object(read_model_config(written, "config.json"))
    assert again.output_shape == (None, 8, 3)


def test_plain_data():
    value = {"a": (np.int64(3), np.float32(0.5)), 1: np.eye(2), "b": None, "c": "text", "d": True}
    assert portable(value) == {"a": [3, 0.5], "1": [[1.0, 0.0], [0.0, 1.0]], "b": None, "c": "text", "d": True}
