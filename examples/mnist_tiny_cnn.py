"""A convolutional network as small as it gets: one filter, batches of two images, 2,000 steps.

    python examples/mnist_tiny_cnn.py

The article that this network comes from trained it with loops in Python and reached a test accuracy of 0.8279. Here the
steps are taken one by one with ``train_on_batch``, so that the loop can be seen.
"""

import argparse
import time
from pathlib import Path

import numpy as np

import kerasnp as keras
from kerasnp import layers


def draw(losses: list[float], folder: Path) -> Path:
    """Draws the loss of each step and its running mean; returns the file."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    axes.plot(losses, ".", markersize=2, alpha=0.4, label="two images")
    width = max(1, min(100, len(losses) // 2))
    means = np.convolve(losses, np.full(width, 1 / width), "valid")
    axes.plot(np.arange(len(means)) + width - 1, means, label=f"mean of the last {width} steps")
    axes.set(xlabel="step", ylabel="loss")
    axes.legend()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mnist_tiny_cnn.png"
    figure.savefig(path, dpi=120)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--out", type=Path, help="folder for the figure; none is drawn without it")
    arguments = parser.parse_args()

    keras.utils.set_random_seed(0)
    (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    x_train, x_test = (x[..., None].astype("float32") / 255 for x in (x_train, x_test))

    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(1, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.03), "sparse_categorical_crossentropy", metrics=["accuracy"])
    generator = np.random.default_rng(0)
    losses = []
    start = time.perf_counter()
    for step in range(1, arguments.steps + 1):
        rows = generator.integers(len(x_train), size=2)
        losses.append(model.train_on_batch(x_train[rows], y_train[rows])[0])
        if step % 250 == 0 or step == arguments.steps:
            print(f"step {step:5d}: mean loss of the last 250 steps {np.mean(losses[-250:]):.4f}")
    seconds = time.perf_counter() - start
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"{arguments.steps} steps in {seconds:.2f} s ({seconds / arguments.steps * 1e6:.0f} microseconds each)")
    print(f"test loss {loss:.4f}, test accuracy {accuracy:.4f} (the article: 0.8279)")
    if arguments.out:
        print("figure:", draw(losses, arguments.out))


if __name__ == "__main__":
    main()
