"""A training step on a large batch allocates nothing that grows with it, whatever the loss and the metrics."""

import tracemalloc

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers, losses, metrics

ROWS = 4096
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 8)).astype("float32")
LABELS = RNG.integers(0, 10, ROWS)
ONE_HOT = np.eye(10, dtype="float32")[LABELS]

pytestmark = pytest.mark.skipif(
    keras.config.kernel_mode() == "reference", reason="the reference kernels make temporaries"
)


def peak(loss, y, activation=None, sample_weight=None, **compile_arguments) -> int:
    """Returns the bytes that the fourth step has at most at a time."""
    model = keras.Sequential([keras.Input((8,)), layers.Dense(10, activation=activation)])
    model.compile("sgd", loss, **compile_arguments)
    for _ in range(3):
        model.train_on_batch(X, y, sample_weight)
    tracemalloc.start()
    model.train_on_batch(X, y, sample_weight)
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return highest


# A float32 for each row is 16 KB.
LIMIT = 8_000


@pytest.mark.parametrize(
    "loss",
    [
        losses.MeanSquaredError(),
        losses.MeanSquaredError(reduction="sum"),
        losses.MeanSquaredError(reduction="mean_with_sample_weight"),
        losses.MeanAbsoluteError(),
        losses.Huber(),
        losses.LogCosh(),
        losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
        losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        losses.Hinge(),
        losses.KLDivergence(),
        losses.Poisson(),
        losses.CosineSimilarity(),
    ],
    ids=lambda loss: f"{loss.name}-{loss.reduction}",
)
@pytest.mark.parametrize("weighted", [False, True])
def test_losses(loss, weighted):
    assert peak(loss, ONE_HOT, sample_weight=np.linspace(0, 1, ROWS) if weighted else None) < LIMIT


@pytest.mark.parametrize("from_logits", [False, True])
def test_sparse_crossentropy(from_logits):
    loss = losses.SparseCategoricalCrossentropy(from_logits)
    used = ["accuracy", "crossentropy", "sparse_top_k_categorical_accuracy"]
    assert peak(loss, LABELS, None if from_logits else "softmax", metrics=used) < LIMIT


@pytest.mark.parametrize(
    "metric",
    [
        "accuracy",
        "crossentropy",
        "top_k_categorical_accuracy",
        "mse",
        "mae",
        metrics.RootMeanSquaredError(),
        metrics.BinaryAccuracy(),
        metrics.BinaryCrossentropy(),
    ],
    ids=lambda metric: getattr(metric, "name", metric),
)
@pytest.mark.parametrize("kind", ["metrics", "weighted_metrics"])
def test_metrics(metric, kind):
    weights = np.linspace(0, 1, ROWS)
    assert peak("categorical_crossentropy", ONE_HOT, "softmax", weights, **{kind: [metric]}) < LIMIT


@pytest.mark.parametrize(
    ("shape", "middle"),
    [
        ((6, 6, 2), [layers.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu")]),
        ((6, 6, 2), [layers.Conv2DTranspose(4, 2, strides=3, data_format="channels_first")]),
        ((12, 2), [layers.Conv1DTranspose(4, 3, padding="same", activation="gelu")]),
        ((6, 6, 2), [layers.DepthwiseConv2D(3, padding="same", depth_multiplier=3, activation="relu")]),
        ((6, 6, 2), [layers.SeparableConv2D(4, 3, strides=2, depth_multiplier=2)]),
        ((3, 5, 5, 2), [layers.Conv3D(4, 2, padding="same", activation="relu"), layers.MaxPooling3D(2)]),
        ((3, 5, 5, 2), [layers.Conv3D(4, 2, groups=2), layers.AveragePooling3D(2, padding="same")]),
    ],
    ids=lambda value: "-".join(
        type(layer).__name__ if isinstance(layer, layers.Layer) else str(layer) for layer in value
    ),
)
def test_convolutions(shape, middle):
    peaks = {}
    for batch in (32, 256):
        first = layers.Conv2D(2, 1) if len(shape) == 3 else layers.Dense(2)
        copies = [layer.from_config(layer.get_config()) for layer in middle]
        model = keras.Sequential([keras.Input(shape), first, *copies, layers.Flatten(), layers.Dense(10)])
        model.compile("sgd", "mse")
        x, y = np.zeros((batch, *shape), "float32"), np.zeros((batch, 10), "float32")
        for _ in range(3):
            model.train_on_batch(x, y)
        tracemalloc.start()
        model.train_on_batch(x, y)
        peaks[batch] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    # One float32 for each further sample is 896 bytes.
    assert peaks[256] - peaks[32] < 800


SEQUENCES = {
    "LSTM": [layers.LSTM(8, return_sequences=True)],
    "GRU": [layers.GRU(8, return_sequences=True, go_backwards=True)],
    "SimpleRNN": [layers.SimpleRNN(8, return_sequences=True, dropout=0.2, recurrent_dropout=0.2)],
    "other activations": [layers.LSTM(8, return_sequences=True, recurrent_activation="hard_sigmoid")],
    "Bidirectional": [layers.Bidirectional(layers.LSTM(8, return_sequences=True))],
    "stacked cells": [layers.RNN([layers.LSTMCell(8), layers.GRUCell(8)], return_sequences=True)],
    "TimeDistributed": [layers.TimeDistributed(layers.Dense(8, activation="relu"))],
}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences(name, masked):
    x = RNG.integers(0, 20, (512, 30))
    x[:, 20:] = 0
    y = RNG.integers(0, 10, (512, 30))
    weights = RNG.random((512, 30))
    stack = [type(layer).from_config(layer.get_config()) for layer in SEQUENCES[name]]
    words = layers.Embedding(20, 8, mask_zero=masked)
    model = keras.Sequential([keras.Input((30,)), words, *stack, layers.Dense(10, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    for _ in range(3):
        model.train_on_batch(x, y, weights)
    tracemalloc.start()
    model.train_on_batch(x, y, weights)
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # NumPy converts booleans to numbers piece by piece. A float32 for each number of a layer's output is 491 KB.
    assert highest < 100_000
