"""Whole models go to files and come back: structure, weights, compile arguments, and the words when they cannot."""

import os
import warnings

import h5py
import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers, models, saving

X = np.random.default_rng(0).normal(size=(20, 6, 6, 2)).astype("float32")
Y = np.eye(3, dtype="float32")[np.random.default_rng(1).integers(3, size=20)]
FORMS = {"keras": {}, "h5": {}, "hdf5": {}, "folder": {"zipped": False}}


def convnet(**compile_arguments):
    inner = keras.Sequential(
        [layers.Dense(7), layers.BatchNormalization(), layers.Dense(4, trainable=False)], name="inner"
    )
    model = keras.Sequential(
        [
            layers.Input((6, 6, 2), name="pixels"),
            layers.Conv2D(4, 3, activation="relu", kernel_regularizer=keras.regularizers.L2(0.01)),
            layers.BatchNormalization(momentum=0.5, trainable=False),
            layers.PReLU(shared_axes=[1, 2]),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5, seed=3),
            inner,
            layers.Dense(3, activation="softmax", bias_constraint=keras.constraints.MaxNorm(1.5)),
        ],
        name="convnet",
    )
    model.compile(
        **{"optimizer": "adam", "loss": "categorical_crossentropy", "metrics": ["accuracy"]} | compile_arguments
    )
    return model


@pytest.fixture
def trained():
    keras.utils.set_random_seed(0)
    model = convnet()
    model.fit(X, Y, verbose=0)
    return model


def save(model, tmp_path, form, **arguments):
    path = tmp_path / ("model" if form == "folder" else f"model.{form}")
    model.save(path, **FORMS[form], **arguments)
    return path


def equal(one, other):
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


# -- what comes back -------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_model_comes_back(trained, tmp_path, form):
    loaded = saving.load_model(save(trained, tmp_path, form))
    assert type(loaded) is keras.Sequential
    assert loaded.get_config() == trained.get_config()
    assert equal(loaded.get_weights(), trained.get_weights())
    assert np.array_equal(loaded.predict(X, verbose=0), trained.predict(X, verbose=0))
    assert [layer.trainable for layer in loaded.leaf_layers()] == [layer.trainable for layer in trained.leaf_layers()]
    assert equal(loaded.optimizer.variables, trained.optimizer.variables)
    assert loaded.optimizer.get_config() == trained.optimizer.get_config()
    assert loaded.loss_object.get_config() == trained.loss_object.get_config()
    assert loaded.evaluate(X, Y, verbose=0) == trained.evaluate(X, Y, verbose=0)


@pytest.mark.parametrize("form", FORMS)
def test_nothing_else_is_left_behind(trained, tmp_path, form):
    for _ in range(2):
        path = save(trained, tmp_path, form)
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("form", FORMS)
def test_loaded_twice_or_by_another_name(trained, tmp_path, form):
    path = save(trained, tmp_path, form)
    os.rename(path, tmp_path / "other.txt")
    for _ in range(2):
        assert equal(models.load_model(str(tmp_path / "other.txt")).get_weights(), trained.get_weights())


@pytest.mark.parametrize("form", FORMS)
def test_without_compiling(trained, tmp_path, form):
    loaded = saving.load_model(save(trained, tmp_path, form), compile=False)
    assert not loaded.compiled
    assert loaded.optimizer is None
    assert equal(loaded.get_weights(), trained.get_weights())


@pytest.mark.parametrize("form", FORMS)
def test_without_the_optimizer(trained, tmp_path, form):
    loaded = saving.load_model(save(trained, tmp_path, form, include_optimizer=False))
    assert not loaded.compiled
    assert equal(loaded.get_weights(), trained.get_weights())


@pytest.mark.parametrize("form", FORMS)
def test_an_uncompiled_model(tmp_path, form):
    model = keras.Sequential([layers.Dense(2, input_shape=(3,)), layers.Softmax()])
    loaded = saving.load_model(save(model, tmp_path, form))
    assert not loaded.compiled
    assert loaded.built
    assert equal(loaded.get_weights(), model.get_weights())


@pytest.mark.parametrize("form", FORMS)
def test_a_compiled_model_before_its_first_step(tmp_path, form):
    model = convnet(optimizer=keras.optimizers.SGD(0.25, momentum=0.5))
    loaded = saving.load_model(save(model, tmp_path, form))
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    loaded.fit(X, Y, verbose=0)


@pytest.mark.parametrize("form", FORMS)
def test_an_unbuilt_model(tmp_path, form):
    model = keras.Sequential([layers.Dense(4, activation="relu"), layers.Dropout(0.1), layers.Dense(2)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="You are saving a model that has not yet been built") as caught:
        path = save(model, tmp_path, form)
    assert caught[0].filename == __file__
    loaded = saving.load_model(path)
    assert not loaded.built
    assert loaded.compiled
    assert loaded.predict(np.ones((3, 5)), verbose=0).shape == (3, 2)


@pytest.mark.parametrize("form", FORMS)
def test_float64(tmp_path, form):
    model = keras.Sequential([layers.Input((3,), dtype="float64"), layers.Dense(2, dtype="float64")])
    loaded = saving.load_model(save(model, tmp_path, form))
    assert loaded.weights[0].dtype == "float64"
    assert equal(loaded.get_weights(), model.get_weights())


@pytest.mark.parametrize("form", FORMS)
def test_compile_arguments(tmp_path, form):
    model = convnet(
        optimizer=keras.optimizers.RMSprop(
            keras.optimizers.schedules.ExponentialDecay(0.1, 20, 0.5), centered=True, clipnorm=1.0
        ),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.125),
        metrics=["mse", keras.metrics.CategoricalAccuracy(name="right")],
        weighted_metrics=["accuracy"],
    )
    loaded = saving.load_model(save(model, tmp_path, form))
    histories = []
    for each in (model, loaded):
        keras.utils.set_random_seed(0)
        histories.append(each.fit(X, Y, epochs=2, verbose=0).history)
    assert histories[0] == histories[1]
    assert sorted(histories[0]) == ["accuracy", "loss", "mse", "right"]


@pytest.mark.parametrize("form", FORMS)
def test_a_frozen_model(tmp_path, form):
    model = convnet()
    model.layers[-2].trainable = False
    model.fit(X, Y, verbose=0)
    loaded = saving.load_model(save(model, tmp_path, form))
    assert equal(loaded.get_weights(), model.get_weights())
    assert len(loaded.trainable_weights) == len(model.trainable_weights)
    model.trainable = False
    model.compile("sgd", "mse")
    loaded = saving.load_model(save(model, tmp_path, form))
    assert equal(loaded.get_weights(), model.get_weights())
    assert loaded.trainable_weights == []


def test_keras_saves_half_an_optimizer_before_the_first_step(trained, tmp_path):
    """Only iteration and learning rate: that is no reason for a warning."""
    trained.save(tmp_path / "m.h5")
    trained.save_weights(tmp_path / "m.weights.h5")
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        names = file["optimizer_weights"].attrs
        names["weight_names"] = names["weight_names"][:2]
    with h5py.File(tmp_path / "m.weights.h5", "r+") as file:
        for name in [name for name in file["optimizer/vars"] if name not in "01"]:
            del file["optimizer/vars"][name]
    whole, other = saving.load_model(tmp_path / "m.h5"), convnet()
    other.load_weights(tmp_path / "m.weights.h5")
    for model in (whole, other):
        assert int(model.optimizer.iterations) == 0
        model.fit(X, Y, verbose=0)


# -- the user's own classes ------------------------------------------------------------------------


class Scale(layers.Layer):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape):
        self.shift = self.add_weight((input_shape[-1],), "ones", name="shift")

    def call(self, x):
        return self.factor * x + self.shift.value

    def gradient(self, x, y, dy):
        return self.factor * dy, dy.sum(axis=0)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


def cubed(y_true, y_pred):
    return np.mean(np.abs(y_true - y_pred) ** 3, axis=-1)


def own_model():
    model = keras.Sequential([layers.Input((4,)), layers.Dense(3), Scale(0.5, name="scale")])
    model.compile("adam", "mse", metrics=[cubed])
    model.train_on_batch(np.ones((2, 4)), np.ones((2, 3)))
    return model


@pytest.mark.parametrize("form", FORMS)
def test_own_classes_are_given(tmp_path, form):
    model = own_model()
    path = save(model, tmp_path, form)
    with pytest.raises(saving.FileFormatError, match=r"(?s)scale.*Scale.*custom_objects"):
        saving.load_model(path)
    own = {"Scale": Scale, "cubed": cubed}
    for loaded in (saving.load_model(path, custom_objects=own), _in_a_scope(path, own)):
        assert isinstance(loaded.layers[1], Scale)
        assert loaded.layers[1].factor == 0.5
        assert equal(loaded.get_weights(), model.get_weights())
        assert equal(loaded.optimizer.variables, model.optimizer.variables)
        loaded.train_on_batch(np.ones((2, 4)), np.ones((2, 3)))
        assert "cubed" in loaded.metrics_names


def _in_a_scope(path, own):
    with saving.CustomObjectScope(own):
        return saving.load_model(path)


@pytest.mark.parametrize("form", FORMS)
def test_own_classes_are_registered(tmp_path, form, monkeypatch):
    monkeypatch.setattr("kerasnp.registry._custom_objects", {})

    @saving.register_keras_serializable("mine")
    class Shifted(Scale):
        pass

    model = keras.Sequential([layers.Input((4,)), Shifted(3.0)])
    loaded = saving.load_model(save(model, tmp_path, form))
    assert type(loaded.layers[0]) is Shifted
    assert loaded.layers[0].factor == 3.0


def test_a_metric_that_is_not_known_can_be_left_out(tmp_path):
    path = save(own_model(), tmp_path, "keras")
    with pytest.raises(saving.FileFormatError, match="compile=False"):
        saving.load_model(path, custom_objects={"Scale": Scale})
    assert not saving.load_model(path, custom_objects={"Scale": Scale}, compile=False).compiled


# -- Keras's arguments and words -------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_overwrite(trained, tmp_path, form):
    path = save(trained, tmp_path, form, overwrite=False)
    with pytest.raises(FileExistsError, match=r"exists already\. Pass overwrite=True"):
        save(convnet(), tmp_path, form, overwrite=False)
    assert equal(saving.load_model(path).get_weights(), trained.get_weights())
    other = convnet()
    save(other, tmp_path, form)
    assert equal(saving.load_model(path).get_weights(), other.get_weights())


@pytest.mark.parametrize("name", ["model", "model.tf", "model.weights", "model.keras.zip"])
def test_other_endings(trained, tmp_path, name):
    with pytest.raises(ValueError, match=r"Invalid filepath extension for saving\. Please add either a `\.keras`"):
        trained.save(tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_arguments_that_do_not_go_together(trained, tmp_path):
    with pytest.raises(ValueError, match="When using `zipped=False`, the `filepath` argument should not end in"):
        trained.save(tmp_path / "m.keras", zipped=False)
    with pytest.raises(ValueError, match=r"not supported: \['signatures', 'options'\]"):
        trained.save(tmp_path / "m.keras", signatures=None, options=3)
    with pytest.raises(ValueError, match="kerasnp writes local files only"):
        trained.save("gs://bucket/m.keras")
    with pytest.raises(ValueError, match=r"`save_format` argument is deprecated .* Please remove"):
        trained.save(tmp_path / "m", save_format="tf")
    assert os.listdir(tmp_path) == []
    with pytest.warns(UserWarning, match=r"`save_format` argument is deprecated .* We recommend") as caught:
        trained.save(tmp_path / "m.h5", save_format="h5")
    assert caught[0].filename == __file__


def test_a_config_that_claims_more_than_the_file_has(tmp_path):
    """Weights take memory only if the file can fill them, and no initializer runs."""
    model = keras.Sequential([layers.Input((4,)), layers.Dense(3)], name="small")
    path = save(model, tmp_path, "folder")
    config = (path / "config.json").read_text()
    (path / "config.json").write_text(config.replace('"units": 3', '"units": 300000000000'))
    with pytest.raises(saving.FileFormatError, match=r"not enough numbers .* such as one of shape \(4, 300000000000\)"):
        saving.load_model(path)


def test_missing_folders_and_files(trained, tmp_path):
    for form in FORMS:
        with pytest.raises(FileNotFoundError, match="nowhere' does not exist"):
            save(trained, tmp_path / "nowhere", form)
    with pytest.raises(FileNotFoundError, match=r"No model file at '.*nothing\.keras'"):
        saving.load_model(tmp_path / "nothing.keras")


def test_a_folder_with_other_files_is_not_replaced(trained, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"has another file, 'notes\.txt'"):
        save(trained, tmp_path, "folder")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileExistsError, match="there is a file of that name"):
        trained.save(tmp_path / "file", zipped=False)
    assert sorted(os.listdir(tmp_path)) == ["file", "model"]


def test_files_of_weights_have_no_model(trained, tmp_path):
    trained.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(saving.FileFormatError, match=r"is a weights file in .*it has weights alone.*load_weights"):
        saving.load_model(tmp_path / "m.weights.h5")


@pytest.mark.parametrize("form", FORMS)
def test_weights_of_whole_models(trained, tmp_path, form):
    path = save(trained, tmp_path, form)
    model = convnet()
    model.load_weights(path)
    assert equal(model.get_weights(), trained.get_weights())
    assert equal(model.optimizer.variables, trained.optimizer.variables)


def test_a_failed_save_leaves_the_old_model(trained, tmp_path):
    for form in FORMS:
        path = save(trained, tmp_path, form)
        broken = convnet()
        broken.layers[-1]._variables[0].value = object()
        with pytest.raises((TypeError, AttributeError)):
            save(broken, tmp_path, form)
        assert equal(saving.load_model(path).get_weights(), trained.get_weights())


def test_an_optimizer_state_that_does_not_fit_is_left_out(trained, tmp_path):
    path = tmp_path / "m.weights.h5"
    trained.save_weights(path)
    model = convnet(optimizer="sgd")
    with pytest.warns(
        UserWarning, match=r"optimizer state in .* does not fit the optimizer 'sgd.*stays as it is"
    ) as caught:
        model.load_weights(path)
    assert caught[0].filename == __file__
    assert equal(model.get_weights(), trained.get_weights())
    assert int(model.optimizer.iterations) == 0


def test_no_warning_without_reason(trained, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for form in FORMS:
            saving.load_model(save(trained, tmp_path, form))
