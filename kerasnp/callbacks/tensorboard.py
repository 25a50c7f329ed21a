"""Curves for TensorBoard."""

import os
import time
import warnings

from kerasnp.callbacks.base import Callback
from kerasnp.utils.event_file import EventFile


class TensorBoard(Callback):
    """Writes losses and metrics as event files that ``tensorboard --logdir`` shows; TensorFlow is not needed.

    As Keras does: ``train/`` gets ``epoch_loss``, ``epoch_learning_rate`` and the metrics, ``validation/`` the
    validation results under the same names and ``evaluation_loss_vs_iterations`` and the like.

    Only scalars are written: ``write_graph`` has no effect, and other contents are warned of.

    Args:
        log_dir: the folder.
        histogram_freq: only 0.
        write_graph: without effect.
        write_images: only False.
        write_steps_per_second: whether the speed is a curve, too.
        update_freq: ``"epoch"``; or ``"batch"`` or a number of batches, after which ``batch_loss`` and the metrics get
            a point, which are running means over the epoch.
        profile_batch: only 0.
        embeddings_freq: only 0.
        embeddings_metadata: only None.

    Raises:
        ValueError: ``update_freq`` is something else.
    """

    def __init__(
        self,
        log_dir="logs",
        histogram_freq=0,
        write_graph=True,
        write_images=False,
        write_steps_per_second=False,
        update_freq="epoch",
        profile_batch=0,
        embeddings_freq=0,
        embeddings_metadata=None,
    ):
        for name, value in (
            ("histogram_freq", histogram_freq),
            ("write_images", write_images),
            ("profile_batch", profile_batch),
            ("embeddings_freq", embeddings_freq),
            ("embeddings_metadata", embeddings_metadata),
        ):
            if value:
                warnings.warn(f"kerasnp writes scalars for TensorBoard: {name}={value!r} has no effect.", stacklevel=2)
        update_freq = 1 if update_freq == "batch" else update_freq
        if update_freq != "epoch" and (not isinstance(update_freq, int) or update_freq < 1):
            raise ValueError(f"`update_freq` must be 'epoch', 'batch' or a positive integer; received {update_freq!r}.")
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = update_freq
        self.embeddings_freq = embeddings_freq
        self.embeddings_metadata = embeddings_metadata
        self._files: dict[str, EventFile] = {}
        self._batches = 0
        self._times = (0.0, 0.0)  # when the epoch began, when the batch did
        self._before = 0

    def __getstate__(self):
        return {**self.__dict__, "_files": {}}

    def on_train_begin(self, logs=None):
        self._batches = 0
        self._file("train")

    def on_train_end(self, logs=None):
        self._close()

    def on_test_begin(self, logs=None):
        self._file("validation")

    def on_test_end(self, logs=None):
        steps = int(self.model.optimizer.iterations)
        scalars = {f"evaluation_{name}_vs_iterations": value for name, value in (logs or {}).items()}
        self._write("validation", scalars, steps)

    def on_train_batch_begin(self, batch, logs=None):
        self._batches += 1
        self._times = (self._times[0], time.perf_counter())

    def on_train_batch_end(self, batch, logs=None):
        if not self._due():
            return
        scalars = {f"batch_{name}": value for name, value in (logs or {}).items()}
        if self.write_steps_per_second:
            seconds = time.perf_counter() - self._times[1]
            scalars = {"batch_steps_per_second": 1 / seconds, **scalars}
        self._write("train", scalars, self._batches)

    def on_epoch_begin(self, epoch, logs=None):
        self._times = (time.perf_counter(), 0.0)
        self._before = int(self.model.optimizer.iterations)

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        training = {f"epoch_{name}": value for name, value in logs.items() if not name.startswith("val_")}
        training["epoch_learning_rate"] = float(self.model.optimizer.learning_rate)
        if self.write_steps_per_second:
            steps = int(self.model.optimizer.iterations) - self._before
            training["epoch_steps_per_second"] = steps / (time.perf_counter() - self._times[0])
        self._write("train", training, epoch)
        validation = {f"epoch_{name[4:]}": value for name, value in logs.items() if name.startswith("val_")}
        if validation:
            self._write("validation", validation, epoch)

    def _wants_batch_logs(self):
        return self._due()

    def _due(self) -> bool:
        return self.update_freq != "epoch" and self._batches % self.update_freq == 0

    def _file(self, part: str) -> EventFile:
        if part not in self._files:
            self._files[part] = EventFile(os.path.join(self.log_dir, part))
        return self._files[part]

    def _write(self, part: str, scalars: dict, step: int) -> None:
        file = self._file(part)
        for tag, value in scalars.items():
            if getattr(value, "ndim", 0) == 0:  # not the values of a metric that has one a class
                file.add_scalar(tag, float(value), step)
        file.flush()

    def _close(self):
        for file in self._files.values():
            file.close()
        self._files = {}
