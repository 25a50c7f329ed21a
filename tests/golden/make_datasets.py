"""Freezes what real Keras makes of small stand-ins for the IMDB, Reuters and housing files into datasets.json.

    KERAS_BACKEND=jax python tests/golden/make_datasets.py

Each case is a name, keyword arguments and Keras's four arrays as lists. The stand-ins are made by ``stand_ins``, here
and in the tests.
"""

import json
import tempfile
from pathlib import Path

import numpy as np

IMDB = [
    {},
    {"num_words": 20},
    {"num_words": 20, "skip_top": 5, "maxlen": 8},
    {"start_char": None, "oov_char": None, "num_words": 15, "seed": 3},
    {"start_char": None, "index_from": 0},
]
CASES = [
    *(("imdb", settings) for settings in IMDB),
    *(("reuters", settings) for settings in [*IMDB, {"test_split": 0.5}]),
    ("boston_housing", {}),
    ("boston_housing", {"test_split": 0.5, "seed": 1}),
    ("california_housing", {}),
    ("california_housing", {"version": "small", "test_split": 0}),
]


def stand_ins() -> dict[str, dict[str, np.ndarray]]:
    """Returns the arrays of small files by the names of the data sets."""
    generator = np.random.default_rng(5)

    def texts(count):
        found = np.empty(count, object)
        found[:] = [generator.integers(1, 30, generator.integers(1, 12)).tolist() for _ in range(count)]
        return found

    labels = generator.integers(0, 2, (3, 12))
    return {
        "imdb": {"x_train": texts(12), "y_train": labels[0], "x_test": texts(6), "y_test": labels[1, :6]},
        "reuters": {"x": texts(12), "y": labels[2]},
        "boston_housing": {"x": np.arange(26.0).reshape(13, 2), "y": np.arange(13.0)},
        "california_housing": {"x": np.arange(22, dtype="f4").reshape(11, 2), "y": np.arange(11, dtype="f4")},
    }


def main():
    import keras
    from keras.src.datasets import boston_housing, california_housing, imdb, reuters

    folder = Path(tempfile.mkdtemp())
    for module in (boston_housing, california_housing, imdb, reuters):
        name = module.__name__.rpartition(".")[2]
        np.savez(folder / name, **stand_ins()[name])
        module.get_file = lambda *_, name=name, **__: str(folder / f"{name}.npz")
    frozen = []
    for name, settings in CASES:
        (a, b), (c, d) = getattr(keras.datasets, name).load_data(**settings)
        frozen.append([name, settings, [np.asarray(part).tolist() for part in (a, b, c, d)]])
    path = Path(__file__).with_name("datasets.json")
    path.write_text(json.dumps({"keras_version": keras.__version__, "cases": frozen}) + "\n")


if __name__ == "__main__":
    main()
