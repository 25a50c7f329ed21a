"""Training and evaluation with what is built in: metrics, weights, batches, schedules and callbacks.

The script runs under Keras 3, too, with `import keras` in place of the import below.

python examples/training_guide.py
"""

import tempfile
from pathlib import Path

import numpy as np

import kerasnp as keras
from kerasnp import layers


def data() -> tuple[np.ndarray, np.ndarray]:
    """Returns 1,200 points in the plane and which of three rings, one in the other, each lies in."""
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 1200)
    angles = generator.uniform(0, 2 * np.pi, 1200)
    radii = 1 + labels + generator.normal(0, 0.2, 1200)
    points = np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)
    return points.astype("float32"), labels


def make_model() -> keras.Sequential:
    """Returns an untrained model."""
    return keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )


class Confidence(keras.metrics.Metric):
    """The mean of the largest probability."""

    def __init__(self, name="confidence", **kwargs):
        super().__init__(name=name, **kwargs)
        self.total = self.add_variable((), "zeros", name="total")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        largest = keras.ops.max(y_pred, axis=-1)
        self.total.assign(self.total + keras.ops.sum(largest))
        self.count.assign(self.count + largest.shape[0])

    def result(self):
        return self.total / self.count


class Batches(keras.utils.PyDataset):
    """Batches made when they are asked for, each with a little noise."""

    def __init__(self, x, y, size, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.size = x, y, size

    def __len__(self):
        return -(-len(self.x) // self.size)

    def __getitem__(self, index):
        rows = slice(index * self.size, (index + 1) * self.size)
        noise = np.random.default_rng(index).normal(0, 0.05, self.x[rows].shape).astype("float32")
        return self.x[rows] + noise, self.y[rows]


class BestLosses(keras.callbacks.Callback):
    """Remembers the epochs in which the loss was lower than ever before."""

    def on_train_begin(self, logs=None):
        self.best, self.epochs = float("inf"), []

    def on_epoch_end(self, epoch, logs=None):
        if logs["loss"] < self.best:
            self.best = logs["loss"]
            self.epochs.append(epoch)


def main() -> None:
    keras.utils.set_random_seed(3)
    x, y = data()
    x_test, y_test, x, y = x[:200], y[:200], x[200:], y[200:]

    print("-- compile, fit, evaluate, predict")
    model = make_model()
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy", Confidence()],
    )
    history = model.fit(x, y, batch_size=32, epochs=8, validation_split=0.2, verbose=2)
    print(f"logs: {sorted(history.history)}")
    results = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
    print(f"test accuracy {results['accuracy']:.2f}")
    print(f"probabilities of two rows: {model.predict(x_test[:2], verbose=0).shape}")

    print("-- classes and rows that count more")
    for name, weights in (
        ("class_weight", {"class_weight": {0: 1.0, 1: 1.0, 2: 5.0}}),
        ("sample_weight", {"sample_weight": np.where(y == 2, 5.0, 1.0)}),
    ):
        model = make_model()
        model.compile("adam", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
        history = model.fit(x, y, epochs=2, verbose=0, **weights)
        print(f"{name}: loss {history.history['loss'][-1]:.2f}")

    print("-- batches of a PyDataset, a schedule, a callback of one's own")
    model = make_model()
    schedule = keras.optimizers.schedules.ExponentialDecay(1e-2, decay_steps=50, decay_rate=0.9)
    model.compile(keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy", metrics=["accuracy"])
    best = BestLosses()
    model.fit(Batches(x, y, 64, workers=2), validation_data=(x_test, y_test), epochs=6, callbacks=[best], verbose=0)
    steps, rate = int(model.optimizer.iterations), float(model.optimizer.learning_rate)
    print(f"after {steps} steps the learning rate is {rate:.4f}")
    print(f"the loss was best in epoch {best.epochs[-1]}")

    print("-- stop early, keep the best")
    model = make_model()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "best.keras")
        callbacks = [
            keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True),
            keras.callbacks.ModelCheckpoint(str(path), monitor="val_loss", save_best_only=True),
            keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=1),
        ]
        history = model.fit(x, y, epochs=100, validation_data=(x_test, y_test), callbacks=callbacks, verbose=0)
        kept = keras.models.load_model(path)
        print(f"stopped after {len(history.epoch)} of 100 epochs")
        same = np.allclose(kept.predict(x_test, verbose=0), model.predict(x_test, verbose=0), rtol=1e-5, atol=1e-6)
        print(f"the file predicts as the model does: {same}")
        print(f"kept accuracy {kept.evaluate(x_test, y_test, verbose=0)[1]:.2f}")


if __name__ == "__main__":
    main()
