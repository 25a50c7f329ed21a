"""Models that are copied or pickled go on as the original does."""

import copy
import io
import pickle

import joblib
import numpy as np
import pytest
from small_models import X, Y, classifier, weights_equal

import kerasnp as keras
from kerasnp import layers, optimizers


def through_joblib(model):
    stream = io.BytesIO()
    joblib.dump(model, stream, compress=3)
    stream.seek(0)
    return joblib.load(stream)


COPIES = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "joblib": through_joblib,
}


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
def test_a_copy_trains_on_as_the_original(make):
    model = classifier()
    model.fit(X, Y, verbose=0)
    other = make(model)
    assert np.array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    for each in (model, other):
        keras.utils.set_random_seed(3)
        each.fit(X, Y, epochs=2, verbose=0)
    assert weights_equal(model, other)
    assert int(other.optimizer.iterations) == int(model.optimizer.iterations)


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
def test_a_copy_is_independent(make):
    model = classifier()
    model.fit(X, Y, verbose=0)
    before = model.get_weights()
    make(model).fit(X, Y, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
def test_what_is_not_trained_yet_is_copied_too(make):
    unbuilt = make(keras.Sequential([keras.Sequential([layers.Dense(3)]), layers.Dropout(0.5)]))
    assert unbuilt.predict(X, verbose=0).shape == (50, 3)


def test_a_history_can_be_pickled():
    model = classifier()
    history = model.fit(X, Y, verbose=0)
    assert pickle.loads(pickle.dumps(history)).history == history.history
    copied = pickle.loads(pickle.dumps(model))
    assert copied.history.history == history.history
    assert copied.history.model is copied


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
def test_a_copy_has_the_streams_of_dropout(make):
    model = keras.Sequential([layers.Input((4,)), layers.Dropout(0.5), layers.Dense(3), layers.Dropout(0.2, seed=1)])
    model(X, training=True)
    other = make(model)
    assert np.array_equal(model(X, training=True), other(X, training=True))


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
def test_a_copy_can_be_saved_at_once(make, tmp_path):
    model = classifier()
    model.fit(X, Y, verbose=0)
    make(model).save(tmp_path / "copy.keras")
    loaded = keras.models.load_model(tmp_path / "copy.keras")
    for one, other in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
def test_layers_alone(make):
    model = keras.Sequential([layers.Input((5, 5, 2)), layers.Conv2D(3, 2, activation="relu"), layers.PReLU()])
    model.build()
    x = np.random.default_rng(0).normal(size=(2, 5, 5, 2)).astype("float32")
    for layer in (*model.layers, layers.BatchNormalization(), layers.Dropout(0.5, name="unbuilt"), model):
        other = make(layer)
        assert other.get_config() == layer.get_config()
        assert all(map(np.array_equal, other.get_weights(), layer.get_weights()))
    assert np.array_equal(make(model.layers[0])(x), model.layers[0](x))


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
def test_optimizers_alone(make):
    """A copy takes its state up where it is built for weights of the same shapes."""
    model = classifier(optimizer=optimizers.Adam(0.01, amsgrad=True))
    model.fit(X, Y, verbose=0)
    for copied in (make(model.optimizer), make(make(model.optimizer))):
        assert copied.get_config() == model.optimizer.get_config()
        assert int(copied.iterations) == int(model.optimizer.iterations)
        assert not copied.built
        copied.build(model.trainable_variables)
        for one, other in zip(copied.variables, model.optimizer.variables, strict=True):
            assert np.array_equal(one, other)
            assert one is not other
    fresh = make(model.optimizer)
    fresh.build(model.trainable_variables[:1])
    assert not any(variable.value.any() for variable in fresh.variables[2:])


def test_optimizers_that_are_not_built():
    optimizer = pickle.loads(pickle.dumps(optimizers.SGD(0.5, momentum=0.9)))
    optimizer.build([keras.Variable(np.ones(3))])
    assert not optimizer.variables[2].value.any()


def test_memory_mapped(tmp_path):
    model = classifier()
    model.fit(X, Y, verbose=0)
    joblib.dump(model, tmp_path / "model")
    for mode in ("r", "c"):
        mapped = joblib.load(tmp_path / "model", mmap_mode=mode)
        assert np.array_equal(mapped.predict(X, verbose=0), model.predict(X, verbose=0))
    mapped.fit(X, Y, verbose=0)  # on copies, as the mode "c" asks for
    assert not weights_equal(mapped, model)
    assert weights_equal(joblib.load(tmp_path / "model"), model)


def test_in_other_processes():
    model = classifier()
    expected = model.predict(X, verbose=0)
    for found in joblib.Parallel(n_jobs=2)(joblib.delayed(model.predict)(X, verbose=0) for _ in range(2)):
        assert np.array_equal(found, expected)
