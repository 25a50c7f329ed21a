"""Compile arguments as every Keras stores them, and as we do."""

import json
import pathlib

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import registry
from kerasnp.saving import FileFormatError
from kerasnp.saving.training_config import read_compile_config, write_compile_config, write_training_config

GOLDEN = pathlib.Path(__file__).parent / "golden"
FILES = {path.stem.removeprefix("configs_"): path for path in sorted(GOLDEN.glob("configs_*.json"))}
FORMS = {"keras": 0, "h5": 1}


def compiled(config, **custom_objects):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, name="out")])
    with keras.saving.custom_object_scope(custom_objects):
        model.compile(**read_compile_config(config))
    return model


def my_loss(y_true, y_pred):
    return np.square(y_true - y_pred).mean(axis=-1)


def results(model, y=None):
    y = np.eye(3) if y is None else y
    return model.evaluate(np.eye(3), y, verbose=0, return_dict=True)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("version", FILES)
@pytest.mark.parametrize(
    ("case", "optimizer", "names"),
    [
        ("names", "Adam", {"loss", "accuracy", "mae"}),
        ("short", "SGD", {"loss", "acc", "MSE", "mae"}),
        ("objects", "RMSprop", {"loss", "right", "top_k_categorical_accuracy", "mean_absolute_error"}),
        ("binary", "SGD", {"loss", "binary_accuracy", "binary_crossentropy"}),
        ("huber", "Adam", {"loss"}),
        ("function", "Adam", {"loss"}),
        ("own_function", "Adam", {"loss", "my_loss"}),
        ("by_output", "Adam", {"loss", "mae"}),
        ("lists", "Adam", {"loss", "mae", "mse"}),
    ],
)
def test_what_real_keras_wrote(version, form, case, optimizer, names):
    config = json.loads(FILES[version].read_text())["compiled"][case][FORMS[form]]
    model = compiled(config, my_loss=my_loss)
    assert type(model.optimizer).__name__ == optimizer
    assert set(results(model)) == names
    if case == "objects":
        assert (model.loss_object.from_logits, model.loss_object.label_smoothing) == (True, 0.125)
        assert model.metrics[2].k == 2
    if case == "binary":
        assert model.metrics[1].threshold == 0.25
    if case == "huber" and version.startswith("2"):
        assert model.loss_object.delta == 0.5  # Keras 3 does not store it
    if case == "own_function":
        assert results(model)["my_loss"] == pytest.approx(results(model)["loss"])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("version", FILES)
def test_what_we_write_of_it_is_read_again(version, form):
    for case, forms in json.loads(FILES[version].read_text())["compiled"].items():
        model = compiled(forms[FORMS[form]], my_loss=my_loss)
        written = json.loads(json.dumps(write_compile_config(model)))
        assert results(compiled(written, my_loss=my_loss)).keys() == results(model).keys(), case
        again = json.loads(json.dumps(write_compile_config(compiled(written, my_loss=my_loss))))
        assert again == written, case


# -- optimizers ------------------------------------------------------------------------------------


def optimizer_of(optimizer, key="optimizer_config"):
    return compiled({key: optimizer, "loss": "mse"}).optimizer


@pytest.mark.parametrize("key", ["optimizer", "optimizer_config"])
@pytest.mark.parametrize("name", ["adam", "Adam", "Custom>Adam"])
def test_an_optimizer_by_name_or_config(key, name):
    assert type(optimizer_of(name, key)) is keras.optimizers.Adam
    assert optimizer_of({"class_name": name, "config": {"beta_1": 0.5}}, key).beta_1 == 0.5


def test_arguments_of_keras_1_and_2():
    config = {"lr": 0.25, "beta_1": 0.5, "beta_2": 0.75, "epsilon": None, "decay": 0.0, "amsgrad": False}
    optimizer = optimizer_of({"class_name": "Adam", "config": config})
    assert (optimizer.learning_rate, optimizer.beta_1, optimizer.epsilon) == (0.25, 0.5, 1e-7)


@pytest.mark.parametrize("name", ["lr", "learning_rate"])
def test_decay_makes_a_schedule(name):
    optimizer = optimizer_of({"class_name": "SGD", "config": {name: 0.5, "decay": 0.25, "momentum": 0.0}})
    for step, rate in enumerate([0.5, 0.4, 0.5 / 1.5]):
        optimizer.iterations.assign(step)
        assert optimizer.learning_rate == pytest.approx(rate)


def test_decay_of_a_schedule_is_refused():
    schedule = {"class_name": "ExponentialDecay", "config": {}}
    with pytest.raises(FileFormatError, match=r"'optimizer': decay=0.25 goes with a number as rate"):
        optimizer_of({"class_name": "SGD", "config": {"learning_rate": schedule, "decay": 0.25}})


def test_epsilon_stood_outside_the_root():
    for class_name in ("RMSprop", "Adagrad"):
        old = optimizer_of({"class_name": class_name, "config": {"lr": 0.5, "decay": 0.0, "epsilon": 1e-4}})
        new = optimizer_of({"class_name": class_name, "config": {"learning_rate": 0.5, "epsilon": 1e-4}})
        assert (old.epsilon, new.epsilon) == (pytest.approx(1e-8), 1e-4)
    with_momentum = {"lr": 0.5, "decay": 0.0, "epsilon": 1e-4, "momentum": 0.5}
    assert optimizer_of({"class_name": "RMSprop", "config": with_momentum}).epsilon == 1e-4


@pytest.mark.parametrize("tags", [{}, {"module": "keras.optimizers.schedules", "registered_name": None}])
def test_a_schedule(tags):
    config = {"initial_learning_rate": 0.5, "decay_steps": 2, "decay_rate": 0.5, "staircase": False, "name": None}
    schedule = {"class_name": "ExponentialDecay", "config": config, **tags}
    optimizer = optimizer_of({"class_name": "Adam", "config": {"learning_rate": schedule}})
    optimizer.iterations.assign(2)
    assert optimizer.learning_rate == 0.25


def test_a_loss_scale_optimizer_is_the_one_within():
    inner = {"class_name": "Adam", "config": {"learning_rate": 0.5}}
    config = {"inner_optimizer": inner, "dynamic": True, "initial_scale": 32768.0, "dynamic_growth_steps": 2000}
    assert optimizer_of({"class_name": "LossScaleOptimizer", "config": config}).learning_rate == 0.5


def test_a_missing_optimizer_is_said():
    with pytest.warns(UserWarning, match="names no optimizer; .* 'rmsprop'"):
        model = compiled({"loss": "mse", "metrics": None, "jit_compile": False})
    assert type(model.optimizer) is keras.optimizers.RMSprop


# -- losses and metrics ----------------------------------------------------------------------------


@pytest.mark.parametrize("config", [None, {}])
def test_not_compiled(config):
    assert read_compile_config(config) is None
    assert write_compile_config(keras.Sequential()) == {}
    assert write_training_config(keras.Sequential()) == {}


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("kullback_leibler_divergence", "KLDivergence"),
        ("cosine_proximity", "CosineSimilarity"),
        ("huber_loss", "Huber"),
        ("MSE", "MeanSquaredError"),
        ({"class_name": "LossFunctionWrapper", "config": {"fn": "mse", "name": "x", "reduction": "auto"}}, None),
        ({"class_name": "MeanAbsoluteError", "config": {"reduction": "sum", "name": "y"}}, "MeanAbsoluteError"),
        ([{"class_name": "MeanAbsoluteError", "config": {}}], "MeanAbsoluteError"),
        ({"out": {"class_name": "MeanAbsoluteError", "config": {}}}, "MeanAbsoluteError"),
        (None, "NoneType"),
    ],
)
def test_losses(loss, expected):
    model = compiled({"optimizer": "sgd", "loss": loss, "sample_weight_mode": None})
    assert type(model.loss_object).__name__ == (expected or "MeanSquaredError")


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        (["cosine_proximity"], ["CosineSimilarity"]),
        ({"out": "mae"}, ["MeanAbsoluteError"]),
        ({"out": ["mae", "mse"]}, ["MeanAbsoluteError", "MeanSquaredError"]),
        ([["mae"], [None]], ["MeanAbsoluteError"]),
        ([], []),
        (
            [{"class_name": "MeanMetricWrapper", "config": {"name": "b", "fn": "binary_accuracy", "threshold": 0.75}}],
            ["BinaryAccuracy"],
        ),
        ([{"class_name": "KullbackLeiblerDivergence", "config": {"name": "k", "dtype": None}}], ["KLDivergence"]),
    ],
)
def test_metrics(metrics, expected):
    model = compiled({"optimizer": "sgd", "loss": "mse", "metrics": metrics})
    results(model)
    assert [type(metric).__name__ for metric in model.metrics[1:]] == expected


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"loss": "mean_squared"}, r"training_config, 'loss': Unknown loss: 'mean_squared'. Did you mean .*compile=Fa"),
        ({"loss": {"a": "mse", "b": "mae"}}, "'loss' is said of 2 outputs"),
        ({"metrics": ["accurracy"]}, "'metrics': Unknown metric: 'accurracy'"),
        ({"metrics": [{"class_name": "MeanMetricWrapper", "config": {"fn": "mine"}}]}, "'metrics': Unknown metric"),
        ({"metrics": [{"class_name": "MeanMetricWrapper", "config": {"fn": 3}}]}, "a function is known by its name"),
        ({"metrics": {"a": ["mse"], "b": ["mae"]}}, "'metrics' is said of 2 outputs"),
        ({"optimizer": "admm"}, "'optimizer': Unknown optimizer: 'admm'"),
        ({"optimizer": {"class_name": "TFOptimizer", "config": {}}}, "'optimizer': Unknown optimizer: 'TFOptimizer'"),
        ({"optimizer": {"class_name": "SGD", "config": {"speed": 1}}}, "'optimizer': unknown key 'speed'"),
        ({"loss": {"class_name": "__lambda__", "config": {"value": "x"}}}, "'loss' is a __lambda__, which is Python"),
        ({"callbacks": []}, r"unknown key\(s\) \['callbacks'\]"),
    ],
)
def test_an_error_names_the_argument(change, match):
    with pytest.raises(FileFormatError, match=match):
        read_compile_config({"optimizer": "sgd", "loss": "mse", **change}, "training_config")


# -- writing ---------------------------------------------------------------------------------------


def test_the_forms_that_we_write():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    model.compile(keras.optimizers.SGD(0.5), keras.losses.Huber(0.25), metrics=["acc", keras.metrics.BinaryAccuracy])
    model.optimizer.learning_rate = 0.25
    written = write_compile_config(model)
    assert json.loads(json.dumps(written)) == written
    assert written["optimizer"]["class_name"] == "SGD"
    assert written["optimizer"]["config"]["learning_rate"] == 0.25
    assert not {"loss_scale_factor", "gradient_accumulation_steps"} & set(written["optimizer"]["config"])
    assert written["loss"]["config"]["delta"] == 0.25
    assert written["metrics"][0] == "acc"
    assert written["metrics"][1]["class_name"] == "BinaryAccuracy"
    legacy = write_training_config(model)
    assert legacy["optimizer_config"] == {key: written["optimizer"][key] for key in ("class_name", "config")}
    assert {key: legacy[key] for key in ("loss", "metrics")} == {key: written[key] for key in ("loss", "metrics")}


def test_functions_by_name_and_what_has_none():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    model.compile("sgd", my_loss, metrics=[lambda y, p: (y - p).mean(axis=-1), "mae"])
    with pytest.warns(UserWarning, match="metrics=.*has no name and is not written"):
        written = write_compile_config(model)
    assert written["loss"]["config"] == "my_loss"
    assert written["metrics"] == [None, "mae"]
    assert compiled(written, my_loss=my_loss).loss_object.fn is my_loss


def test_a_registered_class_by_its_registered_name():
    @keras.saving.register_keras_serializable("mine")
    class Slow(keras.optimizers.SGD):
        pass

    try:
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
        model.compile(Slow(0.25), "mse")
        written = write_compile_config(model)
        assert written["optimizer"]["registered_name"] == "mine>Slow"
        assert type(compiled(written).optimizer) is Slow
    finally:
        registry.get_custom_objects().pop("mine>Slow")
