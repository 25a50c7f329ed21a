"""Time series told apart by a convolutional network: which of three motors is this?

    python examples/timeseries_conv.py

Each series has 256 steps of a made-up vibration: a hum with noise on it, and in two of the three classes a fault, short
knocks in even steps or a hum that grows and fades. Three blocks of Conv1D, batch normalization and ReLU are followed by
the mean over all steps (Wang, Yan and Oates 2017, arXiv 1611.06455). The best weights are kept, the learning rate falls
where the validation loss stands still.
"""

import argparse
import time

import numpy as np

import kerasnp as keras
from kerasnp import layers

CLASSES = ("sound", "knocking", "unbalanced")
STEPS = 256


def series(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns series (count, STEPS, 1), each with mean 0 and deviation 1, and their classes."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(len(CLASSES), size=count)
    time_axis = np.arange(STEPS)
    phase, pitch = generator.random((2, count, 1))
    hum = np.sin((0.2 + 0.2 * pitch) * time_axis + 2 * np.pi * phase)
    period = generator.integers(20, 40, (count, 1))
    knocks = np.exp(-0.5 * ((time_axis + period * phase) % period))
    swell = 1 + 0.8 * np.sin(2 * np.pi * (time_axis / generator.uniform(60, 120, (count, 1)) + phase))
    values = np.where(labels[:, None] == 2, hum * swell, hum) + 2.5 * knocks * (labels[:, None] == 1)
    values = values + 0.4 * generator.standard_normal(values.shape)
    values -= values.mean(axis=1, keepdims=True)
    return (values / values.std(axis=1, keepdims=True))[..., None].astype("float32"), labels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("--filters", type=int, default=32)
    arguments = parser.parse_args()

    keras.utils.set_random_seed(0)
    x, y = series(arguments.samples, seed=0)
    x_test, y_test = series(max(300, arguments.samples // 4), seed=1)
    model = keras.Sequential([keras.Input((STEPS, 1))])
    for _ in range(3):
        model.add(layers.Conv1D(arguments.filters, 9, padding="same"))
        model.add(layers.BatchNormalization(momentum=0.9))
        model.add(layers.ReLU())
    model.add(layers.GlobalAveragePooling1D())
    model.add(layers.Dense(len(CLASSES), activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["sparse_categorical_accuracy"])

    start = time.perf_counter()
    callbacks = [
        keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=3, min_lr=1e-4),
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=8, restore_best_weights=True),
    ]
    history = model.fit(
        x, y, batch_size=32, epochs=arguments.epochs, validation_split=0.2, callbacks=callbacks, verbose=2
    ).history
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"{len(history['loss'])} epochs in {time.perf_counter() - start:.1f} s")
    print(f"test loss {loss:.4f}, test accuracy {accuracy:.4f}")
    found = model.predict(x_test, verbose=0).argmax(axis=1)
    for number, name in enumerate(CLASSES):
        row = np.bincount(found[y_test == number], minlength=len(CLASSES))
        print(f"{name:>10}: " + ", ".join(f"{count} {other}" for other, count in zip(CLASSES, row, strict=True)))


if __name__ == "__main__":
    main()
