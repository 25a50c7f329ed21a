"""A training run that backs itself up and that the tests kill: ``backup_run.py FOLDER SAVE_FREQ [KILL_AT_BATCH]``."""

import os
import signal
import sys
from pathlib import Path

import numpy as np

import kerasnp as keras
from kerasnp import layers


class Kill(keras.callbacks.Callback):
    """Ends the process, as a power cut would, after so many batches."""

    def __init__(self, batches):
        self.batches = batches

    def on_train_batch_end(self, batch, logs=None):
        self.batches -= 1
        if self.batches == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: str, save_freq: str, kill_at: int = 0) -> None:
    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50, 6)).astype("float32")
    model = keras.Sequential(
        [layers.Dense(8, activation="relu"), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    backup = keras.callbacks.BackupAndRestore(
        Path(folder, "backup"), "epoch" if save_freq == "epoch" else int(save_freq)
    )
    history = model.fit(x, x[:, 0] ** 2, 8, 5, callbacks=[backup, Kill(kill_at)], verbose=0, validation_split=0.2)
    np.savez(Path(folder, "result.npz"), *model.get_weights(), *model.optimizer.variables, **history.history)


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(int, sys.argv[3:]))
