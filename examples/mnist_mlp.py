"""Three dense layers on MNIST: 784-256-256-10, plain gradient descent.

    python examples/mnist_mlp.py

The article that this network comes from reached a test accuracy of 0.9674 with it.
"""

import argparse
from pathlib import Path

import kerasnp as keras
from kerasnp import layers


def draw(history: dict, folder: Path) -> Path:
    """Draws the accuracy of each epoch; returns the file."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    epochs = range(1, len(history["accuracy"]) + 1)
    axes.plot(epochs, history["accuracy"], "o-", label="training")
    axes.plot(epochs, history["val_accuracy"], "o-", label="test")
    axes.axhline(0.9674, color="gray", linestyle=":", label="the article")
    axes.set(xlabel="epoch", ylabel="accuracy")
    axes.legend()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mnist_mlp.png"
    figure.savefig(path, dpi=120)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--out", type=Path, help="folder for the figure; none is drawn without it")
    arguments = parser.parse_args()

    keras.utils.set_random_seed(0)
    (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    x_train, x_test = (x.reshape(-1, 784).astype("float32") / 255 for x in (x_train, x_test))

    model = keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(256, activation="relu"),
            layers.Dense(256, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x_train, y_train, batch_size=32, epochs=arguments.epochs, validation_data=(x_test, y_test))
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"test loss {loss:.4f}, test accuracy {accuracy:.4f} (the article: 0.9674)")
    if arguments.out:
        print("figure:", draw(history.history, arguments.out))


if __name__ == "__main__":
    main()
