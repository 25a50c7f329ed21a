"""Finds out which Keras opens which file, for the table in the README.

    python tests/interop/who_opens.py write FOLDER LIBRARY     # in the environment of each version
    python tests/interop/who_opens.py read FOLDER LIBRARY      # then again in each

LIBRARY is ``keras``, ``tf_keras`` (Keras 2) or ``kerasnp``. The writer trains three steps, saves, and keeps what the
model predicts and its weights after a fourth step. The reader says of each file what it can do with it: "trains on" as
the writer did, "predicts", or why it cannot open it.
"""

import importlib
import logging
import os
import pathlib
import sys
import warnings

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

SAVED = {".keras": "save", ".h5": "save", ".weights.h5": "save_weights", ".topological.h5": "save_weights"}
VARIANTS = {"plain": "mean_squared_error", "short": "mse"}


def make(keras, loss):
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((8, 8, 3)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("adam", loss)
    return model


def data():
    generator = np.random.default_rng(0)
    return generator.normal(size=(4, 8, 8, 8, 3)).astype("float32"), np.eye(2, dtype="float32")[[[0, 1] * 4] * 4]


def write(keras, folder):
    x, y = data()
    name = f"{keras.__name__} {keras.__version__}"
    for variant, loss in VARIANTS.items():
        model = make(keras, loss)
        for step in range(3):
            model.train_on_batch(x[step], y[step])
        for ending, method in SAVED.items():
            try:
                getattr(model, method)(folder / f"{name} {variant}{ending}")
            except (ValueError, NotImplementedError) as error:
                print(f"{name} writes no {ending}: {str(error)[:80]}")
        predicted = model.predict(x[3], verbose=0)
        model.train_on_batch(x[3], y[3])
        np.savez(folder / f"{name} {variant}.npz", predicted, *model.get_weights())


def read(keras, folder):
    for path in sorted(folder.iterdir()):
        ending = next((ending for ending in reversed(SAVED) if path.name.endswith(ending)), None)
        if ending is not None:
            print(f"{keras.__name__} {keras.__version__:8} {path.name:32} {verdict(keras, path, ending)}", flush=True)


def verdict(keras, path, ending):
    stem = path.name.removesuffix(ending)
    with np.load(path.with_name(f"{stem}.npz")) as arrays:
        predicted, *stepped = (arrays[name] for name in arrays.files)
    problem = ""
    for options in ({}, {"compile": False}) if SAVED[ending] == "save" else ({},):
        try:
            if SAVED[ending] == "save":
                model = keras.models.load_model(path, **options)
            else:
                model = make(keras, VARIANTS[stem.rpartition(" ")[2]])
                model.optimizer.build(model.trainable_variables)  # or Keras does not load its state
                model.load_weights(path)
            x, y = data()
            if not np.allclose(model.predict(x[3], verbose=0), predicted, rtol=1e-4, atol=1e-6):
                return "predicts something else"
        except Exception as error:
            problem = problem or f"cannot open it: {type(error).__name__}: {str(error)[:200]!r}"
            continue
        if options:
            return f"predicts, with compile=False; else {problem}"
        try:
            model.train_on_batch(x[3], y[3])
        except Exception as error:
            return f"predicts, and cannot train: {str(error)[:100]!r}"
        same = all(np.allclose(a, b, rtol=1e-4, atol=1e-6) for a, b in zip(model.get_weights(), stepped, strict=True))
        return "trains on" if same else "predicts, but has lost the state of the training"
    return problem


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable()
    {"write": write, "read": read}[sys.argv[1]](importlib.import_module(sys.argv[3]), pathlib.Path(sys.argv[2]))
