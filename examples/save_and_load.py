"""Weights out and in again: the same predictions, and training goes on exactly where it stopped.

python examples/save_and_load.py --out figures
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

import kerasnp as keras
from kerasnp import layers


def make_model() -> keras.Sequential:
    """Returns a compiled, untrained model."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(8, 3, strides=2, activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(model: keras.Sequential, x, y, seed: int) -> None:
    """Trains for one epoch; the seed fixes the order of the rows."""
    keras.utils.set_random_seed(seed)
    model.fit(x, y, batch_size=50, verbose=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="folder for the weights file; a temporary one without it")
    arguments = parser.parse_args()
    folder = arguments.out or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.weights.h5"

    (x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
    x, y, x_test = x[:2000, ..., None], y[:2000], x_test[..., None]

    model = make_model()
    train(model, x, y, seed=1)
    model.save_weights(path)
    print(
        f"saved {path.name}: {path.stat().st_size:,} bytes, accuracy {model.evaluate(x_test, y_test, verbose=0)[1]:.4f}"
    )

    copy = make_model()
    copy.load_weights(path)
    same = np.array_equal(model.predict(x_test, verbose=0), copy.predict(x_test, verbose=0))
    print(f"loaded into a new model: predictions bit-equal: {same}")

    for trained in (model, copy):
        train(trained, x, y, seed=2)
    same = all(np.array_equal(a, b) for a, b in zip(model.get_weights(), copy.get_weights(), strict=True))
    print(f"both trained on for an epoch: weights bit-equal: {same}")
    accuracy = copy.evaluate(x_test, y_test, verbose=0)[1]
    print(f"accuracy {accuracy:.4f} after {int(copy.optimizer.iterations)} steps")


if __name__ == "__main__":
    main()
