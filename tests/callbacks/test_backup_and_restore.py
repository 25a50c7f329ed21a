"""A run that was interrupted ends as one that was not."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers
from kerasnp.callbacks import BackupAndRestore, Callback, LearningRateScheduler
from kerasnp.saving import FileFormatError

SCRIPT = Path(__file__).with_name("backup_run.py")


def start(folder, *arguments):
    return subprocess.run([sys.executable, SCRIPT, folder, *map(str, arguments)], capture_output=True, text=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    done = start(folder, "epoch")
    assert done.returncode == 0, done.stderr
    return np.load(folder / "result.npz")


@pytest.mark.parametrize(("save_freq", "kill_at"), [("epoch", (13,)), (2, (8, 5)), (7, (10,)), (1, (5,)), (3, (6,))])
def test_a_killed_run_goes_on_to_the_same_bits(tmp_path, whole, save_freq, kill_at):
    for batches in kill_at:
        assert start(tmp_path, save_freq, batches).returncode == -signal.SIGKILL
    done = start(tmp_path, save_freq)
    assert done.returncode == 0, done.stderr
    found = np.load(tmp_path / "result.npz")
    for name in whole:
        epochs = name in ("loss", "mae", "val_loss", "val_mae")  # the last run has the last ones
        np.testing.assert_array_equal(found[name], whole[name][-len(found[name]) :] if epochs else whole[name])
    assert not (tmp_path / "backup").exists()


class Interrupt(Callback):
    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise RuntimeError("interrupted")


def make_model(built=True):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([*([keras.Input((4,))] if built else []), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "mse")
    return model


X = np.linspace(-1, 1, 48, dtype="float32").reshape(12, 4)


def fit(model, folder, *others, epochs=6, **arguments):
    return model.fit(X, X[:, 0], 4, epochs, verbose=0, callbacks=[BackupAndRestore(folder, **arguments), *others])


@pytest.mark.parametrize("built", [True, False])
def test_the_example_of_keras(tmp_path, built):
    expected = make_model(built)
    fit(expected, tmp_path / "other")
    with pytest.raises(RuntimeError, match="interrupted"):
        fit(make_model(built), tmp_path / "backup", Interrupt(4))
    resumed = make_model(built)
    history = fit(resumed, tmp_path / "backup")
    assert history.epoch == [4, 5]
    np.testing.assert_array_equal(resumed.get_weights()[0], expected.get_weights()[0])


@pytest.mark.parametrize("shuffle", [True, False])
def test_data_sets_and_steps_go_on_where_they_stopped(tmp_path, shuffle):
    class Rows(keras.utils.PyDataset):
        def __len__(self):
            return 6

        def __getitem__(self, index):
            return X[index : index + 3], X[index : index + 3, 0]

    schedule = LearningRateScheduler(lambda epoch: 0.02 / (epoch + 1))

    def train(model, *others):
        backup = BackupAndRestore(tmp_path / "backup", save_freq=1)
        model.fit(
            Rows(), epochs=4, steps_per_epoch=3, shuffle=shuffle, verbose=0, callbacks=[backup, schedule, *others]
        )
        return model

    expected = train(make_model(built=False))
    with pytest.raises(RuntimeError):
        train(make_model(built=False), Interrupt(2))
    np.testing.assert_array_equal(train(make_model(built=False)).get_weights()[0], expected.get_weights()[0])


def interrupted(tmp_path, **arguments):
    with pytest.raises(RuntimeError):
        fit(make_model(), tmp_path, Interrupt(3), **arguments)
    return make_model()


def test_the_backup_before_the_last_one(tmp_path):
    model = interrupted(tmp_path, double_checkpoint=True)
    (tmp_path / "latest.weights.h5").write_bytes(b"broken")
    assert fit(model, tmp_path, double_checkpoint=True, delete_checkpoint=False).epoch == [2, 3, 4, 5]
    assert {path.name for path in tmp_path.iterdir()} >= {"latest.weights.h5", "latest.weights.h5.bkp"}
    assert fit(make_model(), tmp_path).epoch == []


def test_a_broken_backup_is_an_error(tmp_path):
    model = interrupted(tmp_path)
    (tmp_path / "latest.weights.h5").write_bytes(b"broken")
    with pytest.raises(ValueError, match="does not belong to"):
        fit(model, tmp_path)
    (tmp_path / "training_metadata.json").unlink()
    with pytest.raises(FileFormatError):
        fit(model, tmp_path)


@pytest.mark.parametrize("moment", ["weights not in place", "record not written"])
def test_a_kill_between_two_files_goes_unnoticed(tmp_path, moment):
    expected = make_model()
    fit(expected, tmp_path / "other")
    folder = tmp_path / "backup"
    with pytest.raises(RuntimeError):
        fit(make_model(), folder, Interrupt(2))
    earlier = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(RuntimeError):
        fit(make_model(), folder, Interrupt(3))
    record = folder / "training_metadata.json"
    shutil.move(folder / "latest.weights.h5", folder / "next.weights.h5")
    (folder / "latest.weights.h5").write_bytes(earlier["latest.weights.h5"])
    if moment == "record not written":
        record.write_bytes(earlier["training_metadata.json"])
    model = make_model()
    assert fit(model, folder).epoch == [2, 3, 4, 5]
    np.testing.assert_array_equal(model.get_weights()[0], expected.get_weights()[0])


def test_a_backup_of_keras(tmp_path):
    model = interrupted(tmp_path)
    (tmp_path / "training_metadata.json").write_text(json.dumps({"epoch": 4, "batch": 2}))
    assert fit(model, tmp_path).epoch == [4, 5]


@pytest.mark.parametrize("save_freq", ["often", 1.5, True])
def test_mistakes(tmp_path, save_freq):
    with pytest.raises(ValueError, match="Expected either 'epoch' or an integer value"):
        BackupAndRestore(tmp_path, save_freq)
    with pytest.raises(ValueError, match="Empty `backup_dir`"):
        BackupAndRestore("")
