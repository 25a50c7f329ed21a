"""Writes small models whose vocabularies were taken from data, with real Keras, and what they predict.

KERAS_BACKEND=tensorflow python tests/interop/make_vocabulary_files.py
"""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

FILES = Path(__file__).parent / "files"
TEXTS = ["good film", "bad film", "good, good!", "so bad"]
CASES = {
    "words": ("TextVectorization", {"output_mode": "multi_hot"}, TEXTS, [[text] for text in TEXTS]),
    "weighted_words": ("TextVectorization", {"output_mode": "tf_idf"}, TEXTS, [[text] for text in TEXTS]),
    "texts": ("StringLookup", {"output_mode": "one_hot"}, ["red", "blue", "red"], [["red"], ["x"]]),
    "integers": ("IntegerLookup", {"output_mode": "multi_hot"}, [5, 7, 7], [[5, 7], [1, 1]]),
}


def main():
    results = {"keras_version": keras.__version__}
    for name, (kind, settings, data, x) in CASES.items():
        keras.utils.clear_session()
        keras.utils.set_random_seed(1)
        layer = getattr(keras.layers, kind)(**settings)
        layer.adapt(np.array(data))
        dtype = "int64" if kind == "IntegerLookup" else "string"
        inner = keras.Sequential([keras.Input((len(x[0]),), dtype=dtype), layer], name="inner")
        model = keras.Sequential([keras.Input((len(x[0]),), dtype=dtype), inner, keras.layers.Dense(2)], name="outer")
        path = FILES / f"{name}.keras3.vocabulary.keras"
        model.save(path)
        with zipfile.ZipFile(path) as archive:
            members = {member: archive.read(member) for member in archive.namelist()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:  # small files
            for member, content in members.items():
                archive.writestr(member, content)
        y = model.predict(tf.constant(x), verbose=0)
        results[name] = {"vocabulary": list(map(str, layer.get_vocabulary())), "x": x, "y": y.tolist()}
    (FILES / "vocabularies.json").write_text(json.dumps(results) + "\n")


if __name__ == "__main__":
    main()
