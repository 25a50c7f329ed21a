"""Namespaces of Keras beside the large ones: number types, devices, old names, and what is left out."""

import importlib

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import absent, config, layers
from kerasnp.callbacks import ModelCheckpoint


@pytest.fixture(autouse=True)
def restore_settings():
    before = dict(vars(config._settings))
    yield
    vars(config._settings).clear()
    vars(config._settings).update(before)


# -- left out ----------------------------------------------------------------------------------------

ABSENT = [(module, name) for module, reasons in absent.REASONS.items() for name in reasons]


@pytest.mark.parametrize(("module", "name"), ABSENT)
def test_what_is_left_out_says_so(module, name):
    place = f"kerasnp.{module}".rstrip(".")
    found = importlib.import_module(place)
    assert not hasattr(found, name)
    with pytest.raises(AttributeError, match=rf"{place}.{name} of Keras is not in kerasnp: \w"):
        getattr(found, name)
    with pytest.raises(ImportError, match=rf"{place}.{name} of Keras is not in kerasnp: \w"):
        exec(f"from {place} import {name}")


def test_other_names_are_unknown():
    with pytest.raises(AttributeError, match=r"module 'kerasnp.layers' has no attribute 'Dens'"):
        getattr(layers, "Dens")  # noqa: B009 (looks less like a mistake)
    with pytest.raises(ImportError, match="cannot import name 'Dens'"):
        exec("from kerasnp.layers import Dens")
    with pytest.raises(AttributeError, match=r"ops.ctc_decode of Keras is not in kerasnp: .* use numpy"):
        getattr(keras.ops, "ctc_decode")  # noqa: B009


@pytest.mark.parametrize("module", ["config", "random", "dtype_policies", "mixed_precision", "backend", "ops"])
def test_all_is_what_a_star_brings(module):
    names = {}
    exec(f"from kerasnp.{module} import *", names)
    names.pop("__builtins__")
    assert sorted(names) == sorted(set(importlib.import_module(f"kerasnp.{module}").__all__))


# -- number types ------------------------------------------------------------------------------------


def test_policies():
    policy = keras.dtype_policies.DTypePolicy("float64")
    assert (policy.name, policy.compute_dtype, policy.variable_dtype) == ("float64",) * 3
    assert repr(policy) == '<DTypePolicy "float64">'
    assert policy == keras.dtype_policies.get("float64") == keras.FloatDTypePolicy("float64") != keras.DTypePolicy()
    assert hash(policy) == hash(keras.DTypePolicy("float64"))
    stored = keras.dtype_policies.serialize(policy)
    assert stored["module"] == "keras.dtype_policies"
    assert keras.dtype_policies.deserialize(stored) == keras.dtype_policies.get(stored) == policy
    assert layers.Dense(1, dtype=policy).dtype == "float64"
    with pytest.raises(ValueError, match="computes in float32 or float64; received the policy 'mixed_float16'"):
        keras.DTypePolicy("mixed_float16")


def test_the_global_policy():
    assert config.dtype_policy().name == "float32"
    keras.mixed_precision.set_global_policy("float64")
    assert config.dtype_policy() == keras.mixed_precision.global_policy() == keras.dtype_policies.get(None)
    assert layers.Dense(1).dtype == "float64"
    assert config.floatx() == "float32"
    config.set_dtype_policy(keras.DTypePolicy("float32"))
    assert layers.Dense(1).dtype == "float32"


# -- settings ----------------------------------------------------------------------------------------


def make_model():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


X = np.ones((12, 2), "float32")


def test_caps_for_quick_tries():
    assert config.max_epochs() is config.max_steps_per_epoch() is None
    config.set_max_epochs(2)
    config.set_max_steps_per_epoch(3)
    model = make_model()
    with pytest.warns(UserWarning, match="Limiting (epochs|steps_per_epoch) to [23]"):
        history = model.fit(X, X[:, :1], 2, epochs=5, verbose=0)
    assert history.epoch == [0, 1]
    assert int(model.optimizer.iterations) == 6
    with pytest.warns(UserWarning, match="Limiting steps_per_epoch to 3"):
        assert len(model.predict(X, batch_size=2)) == 6
    with pytest.raises(ValueError, match="max_epochs must be a positive integer or None; received 0"):
        config.set_max_epochs(0)


def test_settings_without_effect():
    assert config.is_traceback_filtering_enabled()
    config.disable_traceback_filtering()
    assert not config.is_traceback_filtering_enabled()
    config.enable_traceback_filtering()
    config.set_backend("kerasnp")
    with pytest.raises(ValueError, match="backend must be one of 'kerasnp'; received 'jax'"):
        config.set_backend("jax")
    with pytest.raises(RuntimeError, match="has no unsafe mode"):
        config.enable_unsafe_deserialization()
    with keras.device("cpu:0"), keras.name_scope("block"):
        pass
    with pytest.raises(ValueError, match="on the CPU alone; received device 'gpu:0'"), keras.device("gpu:0"):
        pass
    with pytest.raises(ValueError, match="cannot contain character"):
        keras.name_scope("a/b")
    assert keras.distribution.list_devices() == ["cpu:0"]
    assert keras.distribution.list_devices("gpu") == []


def test_backend():
    K = keras.backend
    assert (K.backend(), K.floatx(), K.epsilon()) == ("kerasnp", "float32", 1e-7)
    first = K.get_uid("mine")
    assert K.get_uid("mine") == first + 1
    K.clear_session()
    assert layers.Dense(1).name == "dense"


def test_specifications_and_symbols():
    spec = keras.InputSpec(shape=(None, 3), dtype="float32", axes={-1: 3})
    assert repr(spec) == "InputSpec(dtype=float32, shape=(None, 3), ndim=2, axes={-1: 3})"
    assert keras.layers.InputSpec.from_config(spec.get_config()).ndim == 2
    with pytest.raises(ValueError, match="Axis 2 is greater than the maximum allowed value: 1"):
        keras.InputSpec(ndim=2, axes={2: 3})
    tensor = keras.KerasTensor((None, 3), name="x")
    assert (tensor.shape, tensor.dtype, tensor.ndim) == ((None, 3), "float32", 2)
    with pytest.raises(ValueError, match="has no numbers"):
        np.asarray(tensor)


# -- old names ---------------------------------------------------------------------------------------


def test_methods_for_generators():
    model = make_model()

    def batches():
        while True:
            yield X[:4], X[:4, :1]

    with pytest.warns(UserWarning, match="`fit_generator` is deprecated"):
        assert model.fit_generator(batches(), 2, 3, verbose=0).epoch == [0, 1, 2]
    with pytest.warns(UserWarning, match="`evaluate_generator` is deprecated"):
        assert model.evaluate_generator(batches(), 2) > 0
    with pytest.warns(UserWarning, match="`predict_generator` is deprecated"):
        assert model.predict_generator(batches(), 2).shape == (8, 1)


def test_methods_that_are_gone():
    model = make_model()
    with pytest.raises(AttributeError, match="argmax"):
        model.predict_classes(X)
    with pytest.raises(AttributeError, match="`predict` returns the probabilities"):
        model.predict_proba(X)
    assert not hasattr(model, "predict_proba")


def test_old_places_and_arguments(tmp_path):
    assert keras.utils.np_utils.to_categorical([1], 2).tolist() == [[0, 1]]
    assert keras.losses.MSE is keras.losses.mse is keras.metrics.MSE
    with pytest.warns(UserWarning, match=r"ModelCheckpoint\(period=...\) is deprecated"):
        checkpoint = ModelCheckpoint(tmp_path / "{epoch}.weights.h5", save_weights_only=True, period=2)
    make_model().fit(X, X[:, :1], epochs=5, verbose=0, callbacks=[checkpoint])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2.weights.h5", "4.weights.h5"]
    with pytest.raises(ValueError, match="`period` must be a positive integer"):
        ModelCheckpoint("x.keras", period=0)
