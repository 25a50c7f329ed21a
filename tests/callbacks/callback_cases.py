"""Training runs, played to the callbacks of real Keras and to ours; ``callbacks`` is either module."""

import contextlib
import io
import json
import warnings
from pathlib import Path

import numpy as np


class StubOptimizer:
    """Keeps its learning rate as float32, as optimizers do."""

    def __init__(self):
        self.learning_rate = 0.1

    @property
    def learning_rate(self):
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        self._learning_rate = np.float32(value)


class StubModel:
    """A model whose only weight is the number of the epoch; it notes when it is saved."""

    def __init__(self):
        self.optimizer = StubOptimizer()
        self.stop_training = False
        self.weights = [-1]
        self.saved = []

    def get_weights(self):
        return list(self.weights)

    def set_weights(self, weights):
        self.weights = list(weights)

    def save(self, filepath, overwrite=True):
        self.saved.append(["model", Path(filepath).name, overwrite])

    def save_weights(self, filepath, overwrite=True):
        self.saved.append(["weights", Path(filepath).name, overwrite])


def halve(epoch, lr):
    return float(lr) * 0.5


def by_epoch_alone(epoch):
    return 1.0 / (epoch + 1)


FALLING = [5, 4, 3, 3.5, 3.2, 3.1, 2, 1]
FLAT = [1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]
RISING = [0.1, 0.5, 0.4, 0.45, 0.3, 0.9]

# name: (class, arguments, name of the logged number, its value at each epoch)
CASES = {
    "stop_default": ("EarlyStopping", {}, "val_loss", FALLING),
    "stop_patience": ("EarlyStopping", {"patience": 3, "verbose": 1}, "val_loss", FALLING),
    "stop_at_once": ("EarlyStopping", {"verbose": 1}, "val_loss", [1, 2, 3]),
    "stop_min_delta": ("EarlyStopping", {"min_delta": 1.0, "patience": 2}, "val_loss", FALLING),
    "stop_negative_min_delta": ("EarlyStopping", {"min_delta": -1.0, "patience": 2}, "val_loss", FALLING),
    "stop_max": ("EarlyStopping", {"monitor": "acc", "mode": "max", "patience": 2}, "acc", RISING),
    "stop_baseline": ("EarlyStopping", {"baseline": 2.5, "patience": 2}, "val_loss", FALLING),
    "stop_baseline_met": ("EarlyStopping", {"baseline": 4.5, "patience": 2}, "val_loss", FALLING),
    "stop_restore": (
        "EarlyStopping",
        {"patience": 2, "restore_best_weights": True, "verbose": 1},
        "val_loss",
        [5, 4, 6, 7, 1],
    ),
    "stop_restore_at_end": (
        "EarlyStopping",
        {"patience": 5, "restore_best_weights": True, "verbose": 1},
        "val_loss",
        [5, 4, 6, 7],
    ),
    "stop_restore_below_baseline": (
        "EarlyStopping",
        {"patience": 2, "baseline": 0.5, "restore_best_weights": True},
        "val_loss",
        [5, 4, 6, 7],
    ),
    "stop_start_from": ("EarlyStopping", {"start_from_epoch": 3, "patience": 1}, "val_loss", [1, 2, 3, 4, 5, 6, 7]),
    "stop_missing": ("EarlyStopping", {}, "loss", [1, 2]),
    "stop_odd_mode": ("EarlyStopping", {"mode": "upwards"}, "val_loss", [1, 2]),
    "reduce_default": ("ReduceLROnPlateau", {"verbose": 1}, "val_loss", [*FLAT, 0.9, 0.9, 0.9]),
    "reduce_patience": ("ReduceLROnPlateau", {"patience": 2, "factor": 0.5, "verbose": 1}, "val_loss", FLAT),
    "reduce_cooldown": ("ReduceLROnPlateau", {"patience": 2, "factor": 0.5, "cooldown": 2}, "val_loss", FLAT),
    "reduce_min_lr": ("ReduceLROnPlateau", {"patience": 1, "min_lr": 0.003, "verbose": 1}, "val_loss", FLAT),
    "reduce_min_delta": ("ReduceLROnPlateau", {"patience": 1, "min_delta": 1.5}, "val_loss", FALLING),
    "reduce_max": ("ReduceLROnPlateau", {"monitor": "acc", "mode": "max", "patience": 1}, "acc", RISING),
    "reduce_missing": ("ReduceLROnPlateau", {}, "loss", [1, 2]),
    "schedule": ("LearningRateScheduler", {"schedule": halve, "verbose": 1}, "loss", [1, 2, 3]),
    "schedule_old": ("LearningRateScheduler", {"schedule": by_epoch_alone}, "loss", [1, 2, 3]),
    "save": ("ModelCheckpoint", {"filepath": "m.keras", "verbose": 1}, "val_loss", FALLING),
    "save_best": (
        "ModelCheckpoint",
        {"filepath": "{epoch:02d}-{val_loss:.2f}.keras", "save_best_only": True, "verbose": 1},
        "val_loss",
        FALLING,
    ),
    "save_best_max": (
        "ModelCheckpoint",
        {"filepath": "{epoch}.h5", "save_best_only": True, "monitor": "acc", "mode": "max"},
        "acc",
        RISING,
    ),
    "save_threshold": (
        "ModelCheckpoint",
        {"filepath": "{epoch}.keras", "save_best_only": True, "initial_value_threshold": 3.3, "verbose": 1},
        "val_loss",
        FALLING,
    ),
    "save_weights": (
        "ModelCheckpoint",
        {"filepath": "a/b/{epoch}.weights.h5", "save_weights_only": True},
        "val_loss",
        [1, 2],
    ),
    "save_batches": (
        "ModelCheckpoint",
        {"filepath": "{epoch}-{batch}-{loss:.1f}.keras", "save_freq": 4, "verbose": 1},
        "val_loss",
        FALLING,
    ),
    "save_best_missing": ("ModelCheckpoint", {"filepath": "{epoch}.keras", "save_best_only": True}, "loss", [1, 2]),
    "csv": ("CSVLogger", {"filename": "log.csv"}, "val_loss", [1.5, 0.1, 1 / 3]),
    "csv_no_validation": ("CSVLogger", {"filename": "log.csv", "separator": ";"}, "loss", [1.5, 0.1]),
    "nan": ("TerminateOnNaN", {}, "loss", [1, 2, float("nan"), 4]),
    "inf": ("TerminateOnNaN", {}, "loss", [1, float("inf"), 4]),
    "nan_error": ("TerminateOnNaN", {"raise_error": True}, "loss", [1, float("nan")]),
}
BATCHES = 3


def train(callbacks, model, folder: Path, case: str) -> list:
    """Plays the epochs of a case as fit does; returns the History and the error that ended it, or None."""
    kind, arguments, name, values = CASES[case]
    arguments = dict(arguments)
    for path in {"filepath", "filename"} & set(arguments):
        arguments[path] = str(folder / arguments[path])
    callback = getattr(callbacks, kind)(**arguments)
    hooks = callbacks.CallbackList([callback], add_history=True, model=model, verbose=0, epochs=len(values), steps=3)
    hooks.on_train_begin()
    for epoch, value in enumerate(values):
        hooks.on_epoch_begin(epoch)
        for batch in range(BATCHES):
            hooks.on_train_batch_begin(batch)
            model.weights = [epoch]
            hooks.on_train_batch_end(batch, {"loss": value + batch / 10})
            if model.stop_training:
                break
        hooks.on_epoch_end(epoch, {"loss": value, name: value})
        if model.stop_training:
            break
    hooks.on_train_end()
    return model.history


def run(callbacks, folder: Path, case: str) -> dict:
    """Returns everything that a case did, as plain data."""
    model = StubModel()
    printed = io.StringIO()
    error = None
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(printed):
        warnings.simplefilter("always")
        try:
            train(callbacks, model, folder, case)
        except RuntimeError as raised:
            error = str(raised)
    record = {
        "history": model.history.history,
        "epochs": model.history.epoch,
        "weights": model.weights,
        "saved": model.saved,
        "learning_rate": float(model.optimizer.learning_rate),
        "printed": printed.getvalue().replace(str(folder), "FOLDER"),
        "warnings": [f"{warning.category.__name__}: {warning.message}" for warning in caught],
        "error": error,
        "files": {
            path.relative_to(folder).as_posix(): path.read_bytes().decode()
            for path in folder.rglob("*")
            if path.is_file()
        },
    }
    return json.loads(json.dumps(record))
