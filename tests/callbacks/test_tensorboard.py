"""Event files: the bytes of TensorFlow, the curves of Keras."""

import json
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers
from kerasnp.callbacks import TensorBoard
from kerasnp.utils import event_file

FROZEN = json.loads((Path(__file__).parents[1] / "golden" / "tensorboard.json").read_text())


def fields(data: bytes):
    """Yields (number, value) of the fields of a protocol buffer: ints, or bytes."""
    place = 0

    def varint():
        nonlocal place
        value = shift = 0
        while True:
            byte = data[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while place < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or varint()
            yield key >> 3, data[place : place + size]
            place += size


def read(folder: Path) -> list[tuple]:
    """Returns (tag, step, value) of all points in the one event file of a folder, after checking its sums."""
    [path] = folder.iterdir()
    data, events = path.read_bytes(), []
    while data:
        [size] = struct.unpack("<Q", data[:8])
        assert data[: size + 16] == event_file.record(data[12 : 12 + size])
        events.append(dict(fields(data[12 : 12 + size])))
        data = data[size + 16 :]
    assert events[0][3] == b"brain.Event:2"
    points = []
    for event in events[1:]:
        entry = dict(fields(dict(fields(event[5]))[1]))
        [value] = struct.unpack("<f", dict(fields(entry[8]))[5])
        points.append((entry[1].decode(), event.get(2, 0), value))
    return points


def run(folder, **arguments):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.125), "mse", metrics=["mae"])
    x = np.arange(30, dtype="float32").reshape(10, 3) / 30
    board = TensorBoard(folder, **arguments)
    return model.fit(x, x[:, :1], 2, 2, verbose=0, callbacks=[board], validation_data=(x[:4], x[:4, :1])).history


@pytest.mark.parametrize(
    ("text", "expected"), [(b"123456789", 0xE3069283), (bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43), (b"", 0)]
)
def test_check_sums_of_the_standard(text, expected):
    assert event_file.crc32c(text) == expected


def test_bytes_of_tensorflow():
    version = event_file.version_event(1700000000.25)
    scalar = event_file.scalar_event("epoch_loss", 0.375, 300, 1700000000.5)
    assert version.hex() == FROZEN["events"]["version"]
    assert scalar.hex() == FROZEN["events"]["scalar"]
    assert (event_file.record(version) + event_file.record(scalar)).hex() == FROZEN["events"]["file"]
    negative = dict(fields(event_file.scalar_event("x", 1, -1, 0.0)))
    assert negative[2] == 2**64 - 1


@pytest.mark.parametrize(("arguments", "expected"), FROZEN["runs"])
def test_curves_of_keras(tmp_path, arguments, expected):
    run(tmp_path, **arguments)
    for part, points in expected.items():
        found = sorted([tag, step] for tag, step, _ in read(tmp_path / part))
        if arguments["update_freq"] == 3:
            found, points = ([item for item in items if item[0].startswith("batch_")] for items in (found, points))
        assert found == points


def test_values_are_those_of_the_history(tmp_path):
    history = run(tmp_path)
    train = {(tag, step): value for tag, step, value in read(tmp_path / "train")}
    validation = {(tag, step): value for tag, step, value in read(tmp_path / "validation")}
    for epoch in range(2):
        assert train["epoch_loss", epoch] == np.float32(history["loss"][epoch])
        assert train["epoch_learning_rate", epoch] == 0.125
        assert validation["epoch_mae", epoch] == np.float32(history["val_mae"][epoch])
        assert validation["evaluation_mae_vs_iterations", 5 * epoch + 5] == np.float32(history["val_mae"][epoch])


def test_what_is_not_written_is_said():
    with pytest.warns(UserWarning, match="writes scalars for TensorBoard: histogram_freq=1 has no effect"):
        TensorBoard(histogram_freq=1)
    with pytest.raises(ValueError, match="`update_freq` must be 'epoch', 'batch' or a positive integer"):
        TensorBoard(update_freq="often")


def test_files_are_closed_and_the_callback_can_be_copied(tmp_path):
    board = TensorBoard(tmp_path)
    board.on_test_begin()
    assert board._files
    assert pickle.loads(pickle.dumps(board))._files == {}
    board._close()
    assert board._files == {}
