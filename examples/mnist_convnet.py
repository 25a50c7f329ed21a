"""The main job: the convnet of the Keras introduction on MNIST.

    python examples/mnist_convnet.py --out figures

Prints a summary, the progress of training and the test accuracy (above 0.99 after 5 epochs on the full set), and draws
the curves of loss and accuracy and the digits that were misread.
"""

import argparse
from pathlib import Path

import numpy as np

import kerasnp as keras
from kerasnp import layers

BATCH_SIZE = 32


def convnet() -> keras.Sequential:
    """Returns the untrained network: 34,826 weights."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ],
        name="mnist_convnet",
    )


def draw(history: dict, images, labels, predicted, folder: Path) -> Path:
    """Draws the curves of a training and up to 24 misread digits; returns the file."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure = plt.figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subfigures(1, 2)
    for axes, name in zip(left.subplots(2, 1, sharex=True), ("loss", "accuracy"), strict=True):
        epochs = range(1, len(history[name]) + 1)
        axes.plot(epochs, history[name], "o-", label="training")
        axes.plot(epochs, history[f"val_{name}"], "o-", label="test")
        axes.set_ylabel(name)
        axes.grid(alpha=0.3)
        axes.legend()
    axes.set_xlabel("epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)
    wrong = np.flatnonzero(predicted != labels)
    right.suptitle(f"{len(wrong)} of {len(labels):,} test digits misread")
    for axes in right.subplots(4, 6).flat:
        axes.axis("off")
    for axes, index in zip(right.axes, wrong, strict=False):
        axes.imshow(images[index], cmap="gray_r")
        axes.set_title(f"{labels[index]} as {predicted[index]}", fontsize=9)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mnist_convnet.png"
    figure.savefig(path, dpi=120)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--out", type=Path, help="folder for the figure; none is drawn without it")
    arguments = parser.parse_args()

    keras.utils.set_random_seed(0)
    (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    x_train, x_test = (x.astype("float32")[..., None] / 255 for x in (x_train, x_test))

    model = convnet()
    model.summary()
    # A rate that starts high and glides to zero gets more out of few epochs than a constant one.
    steps = arguments.epochs * -(-len(x_train) // BATCH_SIZE)
    rate = keras.optimizers.schedules.CosineDecay(0.002, steps)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        x_train, y_train, batch_size=BATCH_SIZE, epochs=arguments.epochs, validation_data=(x_test, y_test)
    )
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"test loss {loss:.4f}, test accuracy {accuracy:.4f} on {len(x_test):,} digits")
    if arguments.out:
        predicted = model.predict(x_test, verbose=0).argmax(axis=1)
        print("figure:", draw(history.history, x_test[..., 0], y_test, predicted, arguments.out))


if __name__ == "__main__":
    main()
