"""The record of a training run as a file."""

import csv
import os
from collections.abc import Iterable

from kerasnp.callbacks.base import Callback


class CSVLogger(Callback):
    """Writes the logs of every epoch as one line of a CSV file, at once.

    The columns are ``epoch`` and the names in the logs of the first epoch. If that epoch had no validation, columns
    for it are foreseen; what an epoch lacks is ``NA``.

    Args:
        filename: the file.
        separator: between two values.
        append: whether an existing file is continued rather than overwritten.
    """

    def __init__(self, filename, separator=",", append=False):
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.csv_file = None
        self.keys = None

    def on_train_begin(self, logs=None):
        self._close()
        self.csv_file = open(self.filename, "a" if self.append else "w", newline="")  # noqa: SIM115 (see _close)
        self.keys = None

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        writer = csv.writer(self.csv_file, delimiter=self.sep)
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
            if self.csv_file.tell() == 0:
                writer.writerow(["epoch", *self.keys])
        writer.writerow([epoch, *(_as_cell(logs.get(key, "NA")) for key in self.keys)])
        self.csv_file.flush()

    def on_train_end(self, logs=None):
        self._close()

    def _close(self):
        if self.csv_file is not None:
            self.csv_file.close()
            self.csv_file = None


def _as_cell(value):
    """Returns a number or string as it is, and one value a class as a list in quotes."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return value
    return f'"[{", ".join(map(str, value))}]"'
