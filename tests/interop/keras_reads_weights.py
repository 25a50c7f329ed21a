"""Checks with real Keras 3 that weights go both ways: run it where Keras and kerasnp are installed.

    KERAS_BACKEND=jax python tests/interop/keras_reads_weights.py

For each model and optimizer: kerasnp trains three steps and saves; Keras loads the file, predicts the same and, after
one more step on the same batch, has the same weights. Then the same with the parts exchanged. Not part of the test
suite, which needs no Keras; files that Keras wrote are in tests/golden/weights.
"""

import sys
import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np

import kerasnp

OPTIMIZERS = {
    "SGD": {"learning_rate": 0.1},
    "SGD with momentum": {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    "Adagrad": {},
    "RMSprop": {},
    "RMSprop centered": {"centered": True, "momentum": 0.5},
    "Adadelta": {"learning_rate": 1.0},
    "Adam": {},
    "Adam with amsgrad": {"amsgrad": True},
    "AdamW": {"use_ema": True},
}


def dense(library):
    layers = library.layers
    return (20,), 3, [layers.Dense(16, activation="relu", name="hidden"), layers.Dense(3, activation="softmax")]


def convnet(library):
    layers = library.layers
    inner = library.Sequential([layers.Dense(7), layers.LeakyReLU(), layers.Dense(6, use_bias=False)], name="inner")
    return (
        (12, 12, 2),
        5,
        [
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Conv2D(6, 3, strides=2, padding="same"),
            layers.PReLU(shared_axes=[1, 2]),
            layers.BatchNormalization(scale=False, trainable=False),
            layers.GlobalAveragePooling2D(),
            inner,
            layers.Dense(5, activation="softmax"),
        ],
    )


def make(library, parts, optimizer):
    shape, classes, layers = parts(library)
    model = library.Sequential([library.layers.Input(shape), *layers])
    model.compile(
        getattr(library.optimizers, optimizer.split()[0])(**OPTIMIZERS[optimizer]), "categorical_crossentropy"
    )
    return model, shape, classes


def check(writer, reader, parts, optimizer, folder):
    """Returns the largest differences of predictions and of the weights after one more step."""
    source, shape, classes = make(writer, parts, optimizer)
    target, _, _ = make(reader, parts, optimizer)
    generator = np.random.default_rng(0)
    x = generator.normal(size=(4, 16, *shape)).astype("float32")
    y = np.eye(classes, dtype="float32")[generator.integers(classes, size=(4, 16))]
    for step in range(3):
        source.train_on_batch(x[step], y[step])
    path = Path(folder, f"{parts.__name__}.weights.h5")
    source.save_weights(path)
    if reader is keras:  # it loads the state of an optimizer only if that is built
        target.optimizer.build(target.trainable_variables)
    target.load_weights(path)
    if int(np.asarray(target.optimizer.iterations)) != 3:
        raise AssertionError("the optimizer's state was not loaded")
    outputs = np.abs(source.predict(x[3], verbose=0) - target.predict(x[3], verbose=0)).max()
    for model in (source, target):
        model.train_on_batch(x[3], y[3])
    pairs = zip(source.get_weights(), target.get_weights(), strict=True)
    return outputs, max(np.abs(ours - theirs).max() for ours, theirs in pairs)


def main():
    warnings.simplefilter("error", UserWarning)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for parts in (dense, convnet):
            for optimizer in OPTIMIZERS:
                for writer, reader in ((kerasnp, keras), (keras, kerasnp)):
                    outputs, weights = check(writer, reader, parts, optimizer, folder)
                    wrong = not (outputs < 1e-6 and weights < 1e-6)
                    failed |= wrong
                    verdict = "WRONG" if wrong else "equal"
                    way = f"{writer.__name__} -> {reader.__name__}"
                    print(
                        f"{verdict}  {way:16}  {parts.__name__:8}{optimizer:18}  "
                        f"outputs {outputs:.1e}  weights after a step {weights:.1e}"
                    )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
