"""Models that are copied or pickled go on as the original does."""

import copy
import pickle

import numpy as np
import pytest
from small_models import X, Y, classifier, weights_equal

import kerasnp as keras
from kerasnp import layers

COPIES = {"deepcopy": copy.deepcopy, "pickle": lambda model: pickle.loads(pickle.dumps(model))}


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
    history = classifier().fit(X, Y, verbose=0)
    assert pickle.loads(pickle.dumps(history)).history == history.history
