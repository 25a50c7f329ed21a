"""Freezes what real Keras's layers for texts and categories make into preprocessing.json.

    KERAS_BACKEND=tensorflow python tests/golden/make_preprocessing.py

A case is: class, constructor arguments, batches to adapt to or None, input, and of Keras: output, its type, the
vocabulary or the boundaries after adapting, and the config.
"""

import json
import os
from pathlib import Path

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

COLORS = ["red", "green", "blue"]
SEEN = [[["red", "blue", "red"], ["blue", "green", ""]], [["red", "red", "äß"], ["x", "x", "X"]]]
ASKED = [["red", "green", "unknown"], ["", "blue", "[UNK]"]]
NUMBERS = [[5, -7, 12], [0, 5, 99]]
REVIEWS = ["The cat sat.", "the dog; the CAT!", "Äpfel & the ÄPFEL\t\x0bsat", "", "it's a-b_c"]
LONG = ["", "a", "abcd", "hello, world", "x" * 17, "Straße " * 5, "0123456789" * 9]
GENERATOR = np.random.default_rng(3)
FLOATS = [[-1.5, 1.0, 3.4, 0.5], [0.0, 3.0, 1.3, 0.0]]
MANY = [np.round(GENERATOR.standard_normal((60, 3)), 3).tolist() for _ in range(4)]
MODES = ("one_hot", "multi_hot", "count")
TF_IDF = {"output_mode": "tf_idf", "idf_weights": [0.25, 0.75, 0.6]}

CASES = [
    *(
        ("CategoryEncoding", {"num_tokens": 4, "output_mode": mode}, None, x)
        for mode in MODES
        for x in ([[0, 1, 1], [3, 1, 0]], [[1], [3]])
    ),
    ("CategoryEncoding", {"num_tokens": 3, "output_mode": "one_hot"}, None, [0, 2, 1]),
    ("CategoryEncoding", {"num_tokens": 3}, None, [0, 2]),
    *(
        ("Discretization", {"bin_boundaries": [0.0, 1.0, 2.0], "output_mode": mode}, None, FLOATS)
        for mode in ("int", *MODES)
    ),
    ("Discretization", {"num_bins": 4, "epsilon": 0.01}, [FLOATS], FLOATS),
    ("Discretization", {"num_bins": 5, "epsilon": 0.1}, MANY, FLOATS),
    ("Discretization", {"num_bins": 7}, MANY, FLOATS),
    *(("Hashing", {"num_bins": 7, "output_mode": mode}, None, [["a", "b"], ["c", "a"]]) for mode in ("int", *MODES)),
    ("Hashing", {"num_bins": 1000}, None, LONG),
    ("Hashing", {"num_bins": 1000, "salt": 133}, None, LONG),
    ("Hashing", {"num_bins": 1000, "salt": [133, 137]}, None, LONG),
    ("Hashing", {"num_bins": 10, "mask_value": "a"}, None, [["a", "b"], ["c", "a"]]),
    ("Hashing", {"num_bins": 10, "mask_value": 5, "dtype": "int32"}, None, NUMBERS),
    ("Hashing", {"num_bins": 10}, None, [[1.5], [-2.5]]),
    ("Hashing", {"num_bins": 3, "output_mode": "one_hot"}, None, [["a"], ["b"]]),
    ("StringLookup", {}, SEEN, ASKED),
    ("StringLookup", {"mask_token": "", "max_tokens": 4}, SEEN, ASKED),
    ("StringLookup", {"vocabulary": COLORS}, None, ASKED),
    ("StringLookup", {"vocabulary": ["", "[UNK]", *COLORS], "mask_token": ""}, None, ASKED),
    ("StringLookup", {"vocabulary": COLORS, "num_oov_indices": 3}, None, [LONG]),
    ("StringLookup", {"vocabulary": COLORS, "num_oov_indices": 3, "salt": 7}, None, [LONG]),
    ("StringLookup", {"vocabulary": COLORS, "num_oov_indices": 0}, None, [["red"], ["blue"]]),
    ("StringLookup", {"vocabulary": COLORS, "invert": True}, None, [[0, 1], [3, 9]]),
    ("StringLookup", {"vocabulary": COLORS, "invert": True, "mask_token": ""}, None, [[0, 1], [3, 9]]),
    *(("StringLookup", {"vocabulary": COLORS, "output_mode": mode, "mask_token": ""}, None, ASKED) for mode in MODES),
    ("StringLookup", {"max_tokens": 9, "pad_to_max_tokens": True, "output_mode": "count"}, SEEN, ASKED),
    ("StringLookup", {"vocabulary": COLORS, **TF_IDF}, None, ASKED),
    ("StringLookup", {"vocabulary": COLORS, "max_tokens": 6, "pad_to_max_tokens": True, **TF_IDF}, None, ASKED),
    ("StringLookup", {"output_mode": "tf_idf"}, SEEN, ASKED),
    ("IntegerLookup", {}, [[[5, 5, 9], [0, 9, 5]], [[-7, -1, 3]]], NUMBERS),
    ("IntegerLookup", {"mask_token": 0, "vocabulary": [5, 12]}, None, NUMBERS),
    ("IntegerLookup", {"vocabulary": [5], "num_oov_indices": 4}, None, NUMBERS),
    ("IntegerLookup", {"vocabulary": [5], "num_oov_indices": 4, "oov_method": "farmhash"}, None, NUMBERS),
    ("IntegerLookup", {"vocabulary": [5, 12], "invert": True}, None, [[0, 1], [2, 3]]),
    ("IntegerLookup", {"vocabulary": [5, 12], "output_mode": "multi_hot"}, None, NUMBERS),
    ("TextVectorization", {}, [REVIEWS], REVIEWS),
    ("TextVectorization", {"max_tokens": 4, "output_sequence_length": 3}, [REVIEWS], [[text] for text in REVIEWS]),
    ("TextVectorization", {"output_sequence_length": 6, "vocabulary": ["the", "cat"]}, None, REVIEWS),
    ("TextVectorization", {"standardize": "lower", "ngrams": 2}, [REVIEWS], REVIEWS),
    ("TextVectorization", {"standardize": "strip_punctuation", "ngrams": [1, 3]}, [REVIEWS], REVIEWS),
    ("TextVectorization", {"standardize": None, "split": "character"}, [REVIEWS], REVIEWS),
    ("TextVectorization", {"split": None, "vocabulary": ["the cat sat", "x"]}, None, [["The cat, sat"], ["y"]]),
    *(("TextVectorization", {"output_mode": mode}, [REVIEWS], REVIEWS) for mode in ("multi_hot", "count", "tf_idf")),
    ("TextVectorization", {"output_mode": "count", "max_tokens": 20, "pad_to_max_tokens": True}, [REVIEWS], REVIEWS),
]
CROSSINGS = [
    ({"num_bins": 5}, [["A", "B", "A", "B", "A"], [101, 101, 101, 102, 102]]),
    ({"num_bins": 100000}, [["A", "äöü"], [-5, 7], ["x" * 70, ""]]),
    ({"num_bins": 4, "output_mode": "one_hot"}, [[["A"], ["B"]], [[1], [2]]]),
]


def settings_for(settings):
    return {key: tuple(item) if key == "ngrams" and isinstance(item, list) else item for key, item in settings.items()}


def plain(values):
    values = np.asarray(values)
    if values.ndim:
        return [plain(row) for row in values]
    return values.item().decode() if isinstance(values.item(), bytes) else values.item()


def main():
    import keras

    frozen = []
    for name, settings, batches, x in CASES:
        keras.utils.clear_session()
        layer = getattr(keras.layers, name)(**settings_for(settings))
        if batches is not None:
            layer.adapt(map(np.array, batches))
        output = layer(np.array(x)).numpy()
        dtype = "object" if output.dtype == object else output.dtype.name
        state = layer.get_vocabulary() if hasattr(layer, "get_vocabulary") else getattr(layer, "bin_boundaries", None)
        state = None if state is None else [item.item() if isinstance(item, np.generic) else item for item in state]
        frozen.append([name, settings, batches, x, plain(output), dtype, state, layer.get_config()])
    crossed = []
    for settings, columns in CROSSINGS:
        layer = keras.layers.HashedCrossing(**settings)
        output = layer(tuple(map(np.array, columns))).numpy()
        crossed.append([settings, columns, plain(output), output.dtype.name])
    content = {"keras_version": keras.__version__, "cases": frozen, "crossings": crossed}
    Path(__file__).with_name("preprocessing.json").write_text(json.dumps(content) + "\n")


if __name__ == "__main__":
    main()
