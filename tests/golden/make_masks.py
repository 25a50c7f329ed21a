"""Freezes how real Keras's models with masks predict and train into masks.npz.

    KERAS_BACKEND=tensorflow python tests/golden/make_masks.py

The file holds the cases as JSON: layers, each as a list of its class and its arguments, and whether there are sample
weights. And for each case, in float64: the weights before training, input, targets and sample weights, what the model
predicts, the loss and the metrics of one batch, and the weights after one step of plain gradient descent on it. Of
stateful models, also what they predict for the same batch again.
"""

import json
from pathlib import Path

import keras
import numpy as np

MASKS = ["Masking", {}]
WORDS = ["Embedding", {"input_dim": 6, "output_dim": 3, "mask_zero": True}]
DENSE = ["Dense", {"units": 2, "activation": "softmax"}]


def recurrent(kind, **settings):
    return [kind, {"units": 2, **settings}]


# Layers, and whether there are sample weights.
CASES = [
    ([MASKS, DENSE], False),
    ([WORDS, DENSE], True),
    ([WORDS, ["GlobalAveragePooling1D", {}], DENSE], False),
    ([MASKS, ["BatchNormalization", {}], ["GlobalAveragePooling1D", {}], DENSE], False),
    ([MASKS, ["LayerNormalization", {}], ["Activation", {"activation": "tanh"}], DENSE], True),
    *[([MASKS, recurrent(kind), DENSE], False) for kind in ("SimpleRNN", "LSTM", "GRU")],
    *[([WORDS, recurrent(kind, return_sequences=True), DENSE], True) for kind in ("SimpleRNN", "LSTM", "GRU")],
    ([MASKS, recurrent("LSTM", return_sequences=True, go_backwards=True), recurrent("GRU"), DENSE], False),
    ([MASKS, recurrent("GRU", go_backwards=True, unroll=True), DENSE], False),
    ([MASKS, recurrent("GRU", reset_after=False, return_sequences=True), DENSE], False),
    ([MASKS, recurrent("LSTM", recurrent_activation="hard_sigmoid", return_sequences=True), DENSE], False),
    ([MASKS, recurrent("LSTM", return_sequences=True, zero_output_for_mask=True), DENSE], False),
    ([WORDS, ["Bidirectional", {"layer": recurrent("LSTM", return_sequences=True)}], DENSE], True),
    ([WORDS, ["Bidirectional", {"layer": recurrent("GRU"), "merge_mode": "sum"}], DENSE], False),
    ([MASKS, ["RNN", {"cell": ["StackedRNNCells", {"cells": [["LSTMCell", {"units": 2}]] * 2}]}], DENSE], False),
    ([MASKS, ["TimeDistributed", {"layer": ["Dense", {"units": 2, "activation": "softmax"}]}]], False),
    ([MASKS, recurrent("LSTM", stateful=True, return_sequences=True), DENSE], False),
    ([MASKS, recurrent("GRU", stateful=True), DENSE], False),
]


def made(value):
    """Returns an argument: a layer is written as a list of its class and its arguments."""
    if not isinstance(value, list) or not value or not isinstance(value[0], (str, list)):
        return value
    if isinstance(value[0], list):
        return [made(item) for item in value]
    return getattr(keras.layers, value[0])(**{name: made(item) for name, item in value[1].items()})


def freeze(layers, weighted, generator):
    # A sequence without padding, with some at its end, at its start and in its midst, and one of nothing else.
    kept = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 1, 1, 1], [1, 0, 0, 1], [0, 0, 0, 0]])
    if layers[0] is WORDS:
        x = generator.integers(1, 6, kept.shape) * kept
    else:
        x = np.round(generator.standard_normal((*kept.shape, 3)) * 8) / 8 * kept[..., None]
    if any(layer[0] == "GlobalAveragePooling1D" for layer in layers):
        x[4] = x[1]  # the mean of nothing is no number
    model = keras.Sequential([keras.Input(batch_shape=x.shape, dtype=x.dtype), *map(made, layers)])
    model.compile(keras.optimizers.SGD(0.5), "mse", metrics=["mae", "accuracy"], weighted_metrics=["mse"])
    before = [weight + generator.uniform(-0.5, 0.5, weight.shape) for weight in model.get_weights()]
    model.set_weights(before)
    y = generator.random(model.output_shape)
    weights = generator.random(kept.shape) if weighted else None
    predicted = model.predict_on_batch(x)
    frozen = {"x": x, "y": y, "predicted": predicted}
    if any(layer[1].get("stateful") for layer in layers):
        frozen["predicted_again"] = model.predict_on_batch(x)
        model.layers[1].reset_state()
    results = model.test_on_batch(x, y, sample_weight=weights, return_dict=True)
    if any(layer[1].get("stateful") for layer in layers):
        model.layers[1].reset_state()
    model.train_on_batch(x, y, sample_weight=weights)
    frozen |= {} if weights is None else {"sample_weight": weights}
    frozen |= {f"before{number:02}": weight for number, weight in enumerate(before)}
    frozen |= {f"after{number:02}": weight for number, weight in enumerate(model.get_weights())}
    return [layers, {name: float(value) for name, value in results.items()}], frozen


def main():
    keras.config.set_floatx("float64")
    generator = np.random.default_rng(8)
    arrays, described = {"keras_version": np.array(keras.__version__)}, []
    for number, case in enumerate(CASES):
        keras.utils.clear_session()
        description, values = freeze(*case, generator)
        described.append(description)
        arrays |= {f"{number}/{key}": np.asarray(value, np.float64) for key, value in values.items()}
    arrays["cases"] = np.array(json.dumps(described))
    np.savez_compressed(Path(__file__).with_name("masks.npz"), **arrays)


if __name__ == "__main__":
    main()
