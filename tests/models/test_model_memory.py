"""Memory: models that are gone leave nothing behind, and what is done again and again needs no more of it."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers

IMAGES = np.random.default_rng(0).random((96, 12, 12, 3), dtype=np.float32)
LABELS = np.arange(96) % 5


@pytest.fixture
def no_collection():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def convnet():
    model = keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(5, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_a_model_is_gone_with_its_last_reference(no_collection, capsys):
    model = convnet()
    history = model.fit(IMAGES, LABELS, verbose=1, validation_split=0.5)
    model.evaluate(IMAGES, LABELS, verbose=2)
    model.predict(IMAGES, verbose=1)
    model.train_on_batch(IMAGES, LABELS)
    model.summary()
    assert history.model is model
    gone = weakref.ref(model)
    del model
    assert gone() is None
    assert len(history.history["loss"]) == 1


SLACK = 100_000  # bytes: Python keeps small objects to use them again; one model needs ten times more


def growth(action, rounds: int = 20) -> int:
    """Returns how many bytes more are in use after many rounds than after the first few."""
    tracemalloc.start()
    for _ in range(10):
        action()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(rounds):
        action()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return after - before


def test_new_models_need_no_more_memory(no_collection):
    def action():
        model = convnet()
        model.fit(IMAGES, LABELS, verbose=0)
        model.predict(IMAGES, verbose=0)

    assert growth(action) < SLACK


def test_compiling_and_training_again_needs_no_more_memory(no_collection):
    model = convnet()

    def action():
        model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(IMAGES, LABELS, verbose=0)
        model.evaluate(IMAGES, LABELS, verbose=0)

    assert growth(action) < SLACK


def test_batches_of_all_sizes_share_one_arena(no_collection):
    model = convnet()
    model.predict(IMAGES, batch_size=96, verbose=0)
    rows = iter(range(95, 1, -1))
    assert growth(lambda: model.predict_on_batch(IMAGES[: next(rows)])) < SLACK


def test_long_epochs_need_no_more_memory_than_short_ones():
    model = keras.Sequential([keras.Input((10,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
    model.compile("sgd", "mse")
    x, peaks = np.zeros((20_000, 10), np.float32), []
    model.fit(x[:200], x[:200, 0], verbose=0)
    for rows in (2_000, 20_000):
        tracemalloc.start()
        model.fit(x[:rows], x[:rows, 0], epochs=2, verbose=0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 1.1 * 16 * 18_000  # the order of the rows, that of the last epoch and that of the next
