"""A convolutional autoencoder that takes the noise off MNIST's digits.

    python examples/autoencoder.py --out figures

The first half of the network halves the image twice and keeps what matters; the second half doubles it again, by
transposed convolutions. It sees noisy digits and is trained to give the clean ones. Prints the mean squared error of
the noisy digits and of what the network makes of them, and draws both beside the originals.
"""

import argparse
from pathlib import Path

import numpy as np

import kerasnp as keras
from kerasnp import layers

NOISE = 0.4  # standard deviation; black is 0 and white is 1


def autoencoder() -> keras.Sequential:
    """Returns the untrained network: 28 x 28 pixels to 7 x 7 x 32 numbers and back, 28,353 weights."""
    half = {"strides": 2, "padding": "same", "activation": "relu"}
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, **half),
            layers.Conv2D(32, 3, **half),
            layers.Conv2DTranspose(32, 3, **half),
            layers.Conv2DTranspose(32, 3, **half),
            layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
        ],
        name="autoencoder",
    )


def add_noise(images: np.ndarray, seed: int) -> np.ndarray:
    """Returns the images with Gaussian noise, cut off at black and white."""
    noise = np.random.default_rng(seed).normal(scale=NOISE, size=images.shape)
    return np.clip(images + noise, 0, 1).astype("float32")


def draw(rows: dict[str, np.ndarray], folder: Path) -> Path:
    """Draws rows of ten images each; returns the file."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, grid = plt.subplots(len(rows), 10, figsize=(10, 1.1 * len(rows)), layout="constrained")
    for line, (name, images) in zip(grid, rows.items(), strict=True):
        for axes, image in zip(line, images, strict=False):
            axes.imshow(image[..., 0], cmap="gray", vmin=0, vmax=1)
            axes.set(xticks=[], yticks=[])
        line[0].set_ylabel(name)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "autoencoder.png"
    figure.savefig(path, dpi=120)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--images", type=int, default=20_000, help="how many digits to train with")
    parser.add_argument("--out", type=Path, help="folder for the figure; none is drawn without it")
    arguments = parser.parse_args()

    keras.utils.set_random_seed(0)
    (x_train, _), (x_test, _) = keras.datasets.mnist.load_data()
    x_train, x_test = (x.astype("float32")[..., None] / 255 for x in (x_train[: arguments.images], x_test[:2000]))
    noisy_train, noisy_test = add_noise(x_train, seed=1), add_noise(x_test, seed=2)

    model = autoencoder()
    model.summary()
    model.compile("adam", "binary_crossentropy")
    model.fit(
        noisy_train, x_train, batch_size=32, epochs=arguments.epochs, validation_data=(noisy_test, x_test), verbose=2
    )
    cleaned = model.predict(noisy_test, verbose=0)
    before, after = (float(np.mean((images - x_test) ** 2)) for images in (noisy_test, cleaned))
    print(f"mean squared error: noisy {before:.4f}, cleaned {after:.4f}")
    if arguments.out:
        print("figure:", draw({"digits": x_test, "noisy": noisy_test, "cleaned": cleaned}, arguments.out))


if __name__ == "__main__":
    main()
