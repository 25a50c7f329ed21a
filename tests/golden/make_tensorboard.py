"""Freezes what Keras and TensorFlow write for TensorBoard: the bytes of two events, and the curves of one run.

python tests/golden/make_tensorboard.py (with keras, tensorflow and numpy)
"""

import json
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from tensorflow.core.framework.summary_pb2 import Summary, SummaryMetadata
from tensorflow.core.util.event_pb2 import Event
from tensorflow.python.lib.io.tf_record import TFRecordWriter

# With 3, Keras leaves out the points of an epoch whose last batch is no multiple of 3: only batches are compared.
RUNS = [{"update_freq": "epoch"}, {"update_freq": "batch", "write_steps_per_second": True}, {"update_freq": 3}]


def events() -> dict[str, str]:
    metadata = SummaryMetadata(data_class=1)
    metadata.plugin_data.plugin_name = "scalars"
    tensor = tf.make_tensor_proto(0.375, dtype=tf.float32)
    value = Summary.Value(tag="epoch_loss", tensor=tensor, metadata=metadata)
    made = {
        "version": Event(wall_time=1700000000.25, file_version="brain.Event:2"),
        "scalar": Event(wall_time=1700000000.5, step=300, summary=Summary(value=[value])),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "records"))
        with TFRecordWriter(path) as writer:
            for event in made.values():
                writer.write(event.SerializeToString())
        return {
            **{name: event.SerializeToString().hex() for name, event in made.items()},
            "file": Path(path).read_bytes().hex(),
        }


def curves(arguments: dict) -> dict[str, list]:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.125), "mse", metrics=["mae"])
    x = np.arange(30, dtype="float32").reshape(10, 3) / 30
    with tempfile.TemporaryDirectory() as folder:
        board = keras.callbacks.TensorBoard(folder, **arguments)
        model.fit(x, x[:, :1], 2, 2, verbose=0, callbacks=[board], validation_data=(x[:4], x[:4, :1]))
        found = {}
        for part in ("train", "validation"):
            points = []
            for path in sorted(Path(folder, part).glob("events*.v2")):
                for event in tf.compat.v1.train.summary_iterator(str(path)):
                    tags = [v.tag for v in event.summary.value if v.metadata.plugin_data.plugin_name == "scalars"]
                    points += [[tag, event.step] for tag in tags]
            found[part] = sorted(points)
        return found


if __name__ == "__main__":
    frozen = {"events": events(), "runs": [[arguments, curves(arguments)] for arguments in RUNS]}
    Path(__file__).with_name("tensorboard.json").write_text(json.dumps(frozen) + "\n")
