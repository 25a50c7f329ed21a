"""Keras's older ``.h5``: what we write, and whose weights go where."""

import json

import h5py
import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers, saving
from kerasnp.saving import hdf5_writing


def mlp(units=3, names=("hidden", "probs")):
    return keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(5, name=names[0]),
            layers.Dropout(0.5, name="dropout"),
            layers.Dense(units, name=names[1]),
        ],
        name="mlp",
    )


def fill(model, start=1.0):
    for number, variable in enumerate(model.weights):
        variable.value[...] = start + number
    return model


def firsts(model):
    return [variable.value.flat[0] for variable in model.weights]


def write_weights(path, arrays, attributes=None, root="", **number_type):
    """Writes a file as Keras 2 did: the arrays of each layer, by the layer's name."""
    with h5py.File(path, "w") as file:
        group = file.require_group(root or "/")
        group.attrs["layer_names"] = [name.encode() for name in arrays]
        for key, value in (attributes or {"keras_version": "2.3.1", "backend": "tensorflow"}).items():
            group.attrs[key] = np.bytes_(value)
        for name, values in arrays.items():
            layer = group.create_group(name)
            names = [f"{name}/w{index}:0" for index in range(len(values))]
            layer.attrs["weight_names"] = np.array(names, "S") if names else []
            for stored, value in zip(names, values, strict=True):
                layer.create_dataset(stored, data=np.asarray(value, **number_type))


def mlp_arrays(units=3, names=("hidden", "probs")):
    return {
        names[0]: [np.full((4, 5), 1.0), np.full(5, 2.0)],
        "dropout": [],
        names[1]: [np.full((5, units), 3.0), np.full(units, 4.0)],
    }


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.h5"


# -- writing ---------------------------------------------------------------------------------------


def test_layout(path):
    model = mlp()
    model.compile(keras.optimizers.Adam(name="adam"), "mse")
    model.train_on_batch(np.ones((2, 4)), np.ones((2, 3)))
    model.save(path)
    with h5py.File(path) as file:
        assert set(file) == {"model_weights", "optimizer_weights", "seed_generators"}
        assert set(file.attrs) == {"model_config", "training_config", "backend", "keras_version"}
        config = json.loads(file.attrs["model_config"])
        assert sorted(config) == ["class_name", "config"]
        assert [sorted(layer) for layer in config["config"]["layers"]] == [["class_name", "config"]] * 4
        assert json.loads(file.attrs["training_config"])["optimizer_config"]["class_name"] == "Adam"
        weights = file["model_weights"]
        assert list(weights.attrs["layer_names"]) == ["hidden", "dropout", "probs"]
        assert weights.attrs["layer_names"].dtype.metadata == h5py.string_dtype("ascii").metadata
        assert list(weights["hidden"].attrs["weight_names"]) == ["mlp/hidden/kernel", "mlp/hidden/bias"]
        assert weights["hidden/mlp/hidden/kernel"].shape == (4, 5)
        assert weights["dropout"].attrs["weight_names"].shape == (0,)
        names = list(file["optimizer_weights"].attrs["weight_names"])
        assert names[:3] == ["adam/iteration", "adam/learning_rate", "adam/mlp_hidden_kernel_momentum"]
        assert file["optimizer_weights/adam/iteration"][()] == 1


def test_long_lists_of_names_are_split(path, monkeypatch):
    model = keras.Sequential(
        [layers.Input((2,)), *(layers.Dense(2, name=f"a_layer_with_a_long_name_{index}") for index in range(50))]
    )
    monkeypatch.setattr(hdf5_writing, "_NAMES_LIMIT", 500)
    fill(model).save(path)
    with h5py.File(path) as file:
        pieces = {name: value for name, value in file["model_weights"].attrs.items() if name.startswith("layer_names")}
    assert sorted(pieces, key=len) == [f"layer_names{index}" for index in range(3)]
    assert {piece.dtype.kind for piece in pieces.values()} == {"S"}
    assert [len(pieces[f"layer_names{index}"]) for index in range(3)] == [17, 17, 16]
    assert firsts(saving.load_model(path)) == list(range(1, 101))


def test_a_name_that_is_too_long(path, monkeypatch):
    monkeypatch.setattr(hdf5_writing, "_NAMES_LIMIT", 20)
    with pytest.raises(ValueError, match="A name of 21 bytes cannot be stored in an HDF5 attribute: at most 20"):
        mlp(names=("n" * 21, "probs")).save(path)
    assert not path.exists()


def test_inner_models_list_what_trains_first(path):
    inner = keras.Sequential(
        [layers.Input((4,)), layers.BatchNormalization(name="bn"), layers.Dense(2, name="d", trainable=False)],
        name="inner",
    )
    model = fill(keras.Sequential([layers.Input((4,)), inner]))
    model.save(path)
    with h5py.File(path) as file:
        names = [name.split("/", 1)[1] for name in file["model_weights/inner"].attrs["weight_names"]]
    assert names == ["bn/gamma", "bn/beta", "bn/moving_mean", "bn/moving_variance", "d/kernel", "d/bias"]
    assert firsts(saving.load_model(path)) == firsts(model)


@pytest.mark.parametrize("frozen", [(), ("bn_1",), ("bn_2", "d"), ("bn_1", "bn_2", "d")])
def test_freezing_does_not_mix_up_inner_models(path, frozen):
    """Keras loads the statistics of one batch normalization as weights of the other, as they have the same shape."""

    def make():
        inner = keras.Sequential(
            [layers.BatchNormalization(name="bn_1"), layers.Dense(4, name="d"), layers.BatchNormalization(name="bn_2")]
        )
        return keras.Sequential([layers.Input((4,)), inner])

    model, other = fill(make()), make()
    model.save(path)
    for name in frozen:
        other.layers[0].get_layer(name).trainable = False
    other.load_weights(path)
    assert firsts(other) == firsts(model)


# -- reading ---------------------------------------------------------------------------------------


def test_by_position(path):
    write_weights(path, mlp_arrays(names=("other", "names")))
    model = mlp()
    model.load_weights(path)
    assert firsts(model) == [1, 2, 3, 4]


def test_by_name(path):
    arrays = mlp_arrays()
    write_weights(path, {name: arrays[name] for name in ("probs", "dropout", "hidden")} | {"more": [np.zeros(7)]})
    model = mlp()
    model.load_weights(path, by_name=True)
    assert firsts(model) == [1, 2, 3, 4]
    other = fill(mlp(names=("hidden", "new")), start=10)
    other.load_weights(path, by_name=True)
    assert firsts(other)[2:] == [12, 13]


def test_by_name_is_for_these_files_only(path):
    mlp().save_weights(path.with_suffix(".weights.h5"))
    with pytest.raises(ValueError, match=r"`by_name` only supports loading legacy '\.h5' or '\.hdf5' files"):
        mlp().load_weights(path.with_suffix(".weights.h5"), by_name=True)


def test_a_group_of_weights_below_the_root(path):
    write_weights(path, mlp_arrays(), root="model_weights")
    model = mlp()
    model.load_weights(path)
    assert firsts(model) == [1, 2, 3, 4]
    with pytest.raises(saving.FileFormatError, match="it has weights alone"):
        saving.load_model(path)


def test_names_with_slashes(path):
    write_weights(path, mlp_arrays(names=("block/hidden", "block/probs")))
    model = mlp()
    model.load_weights(path)
    assert firsts(model) == [1, 2, 3, 4]


def test_another_number_of_layers(path):
    write_weights(path, {"hidden": mlp_arrays()["hidden"], "a": [np.zeros(1)], "b": [np.zeros(1)]})
    model = fill(mlp(), start=10)
    message = r"expected 2 layers with weights \(hidden, probs\), found 3 saved layers \(hidden, a, b\)"
    with pytest.raises(ValueError, match=message):
        model.load_weights(path)
    assert firsts(model) == [10, 11, 12, 13]


@pytest.mark.parametrize("by_name", [False, True])
def test_a_mismatch_changes_nothing_and_shows_a_table(path, by_name):
    write_weights(path, mlp_arrays(units=7))
    model = fill(mlp(), start=10)
    with pytest.raises(ValueError, match="do not fit model 'mlp'; none was loaded") as info:
        model.load_weights(path, by_name=by_name)
    assert str(info.value).splitlines()[1:] == [
        "layer  place in the file  expected        found",
        "probs  probs/probs/w0:0   (5, 3) float32  (5, 7) float64",
        "probs  probs/probs/w1:0   (3,) float32    (7,) float64",
    ]
    assert firsts(model) == [10, 11, 12, 13]
    with pytest.warns(UserWarning, match="Skipped what does not fit"):
        model.load_weights(path, skip_mismatch=True, by_name=by_name)
    assert firsts(model) == [1, 2, 12, 13]


@pytest.mark.parametrize("dtype", ["float16", "float64", "int8"])
def test_number_types(path, dtype):
    write_weights(path, mlp_arrays(), dtype=dtype)
    model = mlp()
    model.load_weights(path)
    assert firsts(model) == [1, 2, 3, 4]
    assert {variable.dtype for variable in model.weights} == {"float32"}


def test_bfloat16_is_stored_as_two_bytes(path):
    values = np.array([1.5, -2.25, 3e38], np.float32)
    with h5py.File(path, "w") as file:
        stored = (values.view(np.uint32) >> 16).astype(np.uint16).view("V2")
        file.create_dataset("layers/dense/vars/0", data=np.tile(stored, (4, 1)))
        file.create_dataset("layers/dense/vars/1", data=stored)
        file["layers/dense/vars/1"].attrs["dtype"] = "bfloat16"
    model = keras.Sequential([layers.Input((4,)), layers.Dense(3)])
    model.load_weights(path)
    expected = (values.view(np.uint32) & 0xFFFF0000).view(np.float32)
    assert np.array_equal(model.get_weights()[0], np.tile(expected, (4, 1)))
    assert np.array_equal(model.get_weights()[1], expected)


def test_kernels_of_theano_are_mirrored(path):
    kernel = np.arange(18.0).reshape(3, 3, 1, 2)
    write_weights(path, {"conv": [kernel, np.zeros(2)]}, {"keras_version": "2.0.8", "backend": "theano"})
    model = keras.Sequential([layers.Input((8, 8, 1)), layers.Conv2D(2, 3)])
    model.load_weights(path)
    assert np.array_equal(model.get_weights()[0], kernel[::-1, ::-1])


def test_a_file_without_a_version_is_of_keras_1(path):
    kernel = np.arange(36.0).reshape(2, 2, 3, 3)  # filters, channels, rows, columns
    write_weights(path, {"conv": [kernel, np.zeros(2)]}, {"unrelated": "text"})
    model = keras.Sequential([layers.Input((2, 8, 8)), layers.Conv2D(2, 3, data_format="channels_first")])
    model.load_weights(path)
    assert np.array_equal(model.get_weights()[0], kernel.transpose(2, 3, 1, 0))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda file: file.attrs.pop("layer_names"), "'layer_names'|no Keras weights"),
        (lambda file: file.pop("probs"), "its list of layers has 'probs' but there is no group"),
        (lambda file: file.pop("probs/probs/w0:0"), "lists the weight 'probs/w0:0', but there is no array"),
        (lambda file: file.attrs.create("layer_names", [b"hidden", b"hidden"]), "has 'hidden' twice"),
        (lambda file: file.attrs.create("layer_names", [1.0, 2.0]), "'layer_names' .*is no text"),
    ],
)
def test_files_that_contradict_themselves(path, change, reason):
    write_weights(path, mlp_arrays())
    with h5py.File(path, "r+") as file:
        change(file)
    model = fill(mlp(), start=10)
    with pytest.raises(saving.FileFormatError, match=reason):
        model.load_weights(path)
    assert firsts(model) == [10, 11, 12, 13]


def test_a_config_with_a_model_that_the_weights_do_not_fit(path):
    mlp().save(path)
    with h5py.File(path, "r+") as file:
        del file["model_weights/probs/mlp/probs/bias"]
        file["model_weights/probs/mlp/probs/bias"] = np.zeros(4, np.float32)
    with pytest.raises(saving.FileFormatError, match=r"(?s)do not fit model 'mlp'; none was loaded.*probs.*\(4,\)"):
        saving.load_model(path)
