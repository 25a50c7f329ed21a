"""Go on after a crash."""

import contextlib
import hashlib
import json
import os
import shutil

from kerasnp.callbacks.base import Callback

_SIZE = 1 << 20  # bytes that are read at once


class BackupAndRestore(Callback):
    """Backs the state of training up, and has a later ``fit`` of the same model go on from there.

    Weights, the optimizer, the seeds of layers, the order of the rows and, within an epoch, the metrics are stored: a
    run that was killed at any moment ends with the same bits as one that was not. (What a generator function gives
    depends on itself: it is called from its start again.) Other callbacks start anew.

    Args:
        backup_dir: folder for the files, used for nothing else.
        save_freq: ``"epoch"``, or a number of batches.
        double_checkpoint: whether the backup before the last one is kept too, in case the last cannot be read.
        delete_checkpoint: whether the folder is removed when training has ended.

    Raises:
        ValueError: ``backup_dir`` is empty, or ``save_freq`` is neither ``"epoch"`` nor an integer.
    """

    def __init__(self, backup_dir, save_freq="epoch", double_checkpoint=False, delete_checkpoint=True):
        if not backup_dir:
            raise ValueError("Empty `backup_dir` argument passed")
        if save_freq != "epoch" and (isinstance(save_freq, bool) or not isinstance(save_freq, int)):
            raise ValueError(
                "Invalid value for argument `save_freq`. "
                f"Received: save_freq={save_freq}. "
                "Expected either 'epoch' or an integer value."
            )
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._weights_path = os.path.join(self.backup_dir, "latest.weights.h5")
        self._next_path = os.path.join(self.backup_dir, "next.weights.h5")
        self._record_path = os.path.join(self.backup_dir, "training_metadata.json")
        self._epoch = 0
        self._batches = 0
        self._pending: str | None = None
        self._rate = 0.0

    # -- restoring ---------------------------------------------------------------------------------

    def on_train_begin(self, logs=None):
        self._batches = 0
        self._pending = None
        if not os.path.exists(self._weights_path):
            return
        try:
            self._restore(self._weights_path, self._record_path)
        except (OSError, ValueError):
            if not os.path.exists(f"{self._weights_path}.bkp"):
                raise
            self._restore(f"{self._weights_path}.bkp", f"{self._record_path}.bkp")

    def _restore(self, weights: str, record: str) -> None:
        place = self._record_of(weights, record)
        if self.model.built:
            self._load(weights)
        else:  # the first batch will tell the shapes
            self._pending, self._rate = weights, float(self.model.optimizer.learning_rate)
        if place is not None:
            self.model.progress.resume(place)

    def _load(self, weights: str) -> None:
        self.model.ensure_optimizer_built()
        self.model.load_weights(weights)

    def _record_of(self, weights: str, record: str) -> dict | None:
        """Returns the record that was written for these weights: a kill between the two leaves the earlier one."""
        if not os.path.exists(record):
            return None
        with open(record, encoding="utf-8") as file:
            last = json.load(file)
        digest = _digest(weights)
        for candidate in (last, last.get("previous") or {}):
            if candidate.get("weights", digest) == digest and "epoch" in candidate:
                return candidate
        raise ValueError(f"{record!r} does not belong to {weights!r}: remove both, or the folder, to start anew.")

    def on_train_batch_begin(self, batch, logs=None):
        if self._pending is None:
            return
        weights, self._pending = self._pending, None
        chosen = float(self.model.optimizer.learning_rate)
        self._load(weights)
        if chosen != self._rate:  # by a callback, for this epoch
            self.model.optimizer.learning_rate = chosen

    # -- saving ------------------------------------------------------------------------------------

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self._batches += 1
        last = batch + 1 == self.params["steps"]  # the end of the epoch follows
        if self.save_freq != "epoch" and self._batches >= self.save_freq and not last:
            self._save(self._epoch, batch + 1)

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch" or self._batches >= self.save_freq:
            self._save(epoch + 1, 0)

    def on_train_end(self, logs=None):
        if self.delete_checkpoint and os.path.exists(self.backup_dir):
            shutil.rmtree(self.backup_dir)

    def _wants_batch_logs(self):
        return False

    def _save(self, epoch: int, batch: int) -> None:
        """Writes the weights beside the last ones, then the record for both, and then puts the weights in place."""
        self._batches = 0
        os.makedirs(self.backup_dir, exist_ok=True)
        self.model.save_weights(self._next_path, overwrite=True)
        record = {**self.model.progress.record(epoch, batch), "weights": _digest(self._next_path)}
        with contextlib.suppress(OSError, ValueError):
            previous = self._record_of(self._weights_path, self._record_path)
            record["previous"] = {key: value for key, value in (previous or {}).items() if key != "previous"}
        if self.double_checkpoint and os.path.exists(self._weights_path):
            _copy(self._weights_path, f"{self._weights_path}.bkp")
            if record.get("previous"):
                _write(f"{self._record_path}.bkp", record["previous"])
        _write(self._record_path, record)
        os.replace(self._next_path, self._weights_path)


def _digest(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_SIZE):
            digest.update(block)
    return digest.hexdigest()


def _write(path: str, record: dict) -> None:
    """Writes a file in one move."""
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(record, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.new", path)


def _copy(source: str, target: str) -> None:
    shutil.copyfile(source, f"{target}.new")
    os.replace(f"{target}.new", target)
