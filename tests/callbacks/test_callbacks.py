"""What each callback does, against records of real Keras, and at the edges."""

import json
import math
from pathlib import Path
from types import SimpleNamespace

import callback_cases
import numpy as np
import pytest

from kerasnp import callbacks
from kerasnp.callbacks import (
    CallbackList,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)

FROZEN = json.loads((Path(__file__).parents[1] / "golden" / "callbacks.json").read_text())


@pytest.mark.parametrize("case", callback_cases.CASES)
def test_does_what_keras_does(case, tmp_path):
    record = callback_cases.run(callbacks, tmp_path, case)
    # As text, because NaN is not equal to itself.
    assert json.dumps(record, indent=1) == json.dumps(FROZEN[case], indent=1)


def stub(callback, metrics=()):
    model = callback_cases.StubModel()
    model.metrics = list(metrics)
    callback.set_model(model)
    callback.on_train_begin()
    return model


def metric(name, direction=None):
    return SimpleNamespace(name=name, **({"_direction": direction} if direction else {}))


# -- which values are better ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("monitor", "metrics", "stops"),
    [
        ("loss", [], True),
        ("val_loss", [metric("loss")], True),
        ("acc", [], False),
        ("val_accuracy", [], False),
        ("auc", [metric("auc", "up")], False),
        ("val_auc", [metric("auc", "up")], False),
        ("accident_cost", [metric("accident_cost", "down")], True),
        ("auc", [SimpleNamespace(name="group", metrics=[metric("mae", "down"), metric("auc", "up")])], False),
    ],
)
def test_auto_mode_asks_the_metric(monitor, metrics, stops):
    callback = EarlyStopping(monitor)
    model = stub(callback, metrics)
    for epoch, value in enumerate([1.0, 2.0]):
        callback.on_epoch_end(epoch, {monitor: value})
    assert model.stop_training is stops


@pytest.mark.parametrize("kind", [EarlyStopping, ReduceLROnPlateau])
def test_unknown_direction_is_an_error_at_once(kind):
    callback = kind("score")
    stub(callback, [metric("score")])
    with pytest.raises(ValueError, match=r"monitor=score.*Pass `mode='max'`"):
        callback.on_epoch_end(0, {"score": 1.0})


def test_missing_name_warns_whatever_its_direction():
    callback = EarlyStopping("val_score")
    stub(callback)
    with pytest.warns(UserWarning, match="`val_score` which is not available. Available metrics are: loss,mae"):
        callback.on_epoch_end(0, {"loss": 1.0, "mae": 2.0})


def test_nan_is_no_improvement():
    callback = EarlyStopping(patience=3, restore_best_weights=True)
    model = stub(callback)
    for epoch, value in enumerate([math.nan, 2.0, math.nan, 1.0]):
        model.weights = [epoch]
        callback.on_epoch_end(epoch, {"val_loss": value})
    assert callback.best == 1.0
    callback.on_train_end()
    assert model.weights == [3]


def test_early_stopping_can_be_used_again():
    callback = EarlyStopping()
    for _ in range(2):
        model = stub(callback)
        for epoch, value in enumerate([1.0, 2.0]):
            assert not model.stop_training
            callback.on_epoch_end(epoch, {"val_loss": value})
        assert model.stop_training


def test_early_stopping_copies_weights_only_to_restore_them():
    callback = EarlyStopping()
    model = stub(callback)
    model.get_weights = None
    callback.on_epoch_end(0, {"val_loss": 1.0})
    callback.on_train_end()


# -- ModelCheckpoint -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filepath": "m.h5", "save_weights_only": True}, r"must end in `.weights.h5`.*filepath=m.h5"),
        ({"filepath": "m.keras", "save_weights_only": True}, r"must end in `.weights.h5`"),
        ({"filepath": "m.pt"}, r"must end in `.keras`.*filepath=m.pt"),
        ({"filepath": "m.keras", "save_freq": "batch"}, "Unrecognized save_freq: batch"),
        ({"filepath": "m.keras", "save_freq": 1.5}, "Unrecognized save_freq: 1.5"),
    ],
)
def test_checkpoint_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ModelCheckpoint(**arguments)


def test_checkpoint_says_at_once_that_a_model_cannot_be_saved_whole():
    with pytest.raises(ValueError, match=r"cannot save a whole object: pass save_weights_only=True"):
        ModelCheckpoint("m.keras").set_model(object())


def test_checkpoint_path_may_be_a_path(tmp_path):
    callback = ModelCheckpoint(tmp_path / "new" / "{epoch}.keras")
    model = stub(callback)
    callback.on_epoch_end(0, {})
    assert model.saved == [["model", "1.keras", True]]
    assert (tmp_path / "new").is_dir()


def test_checkpoint_names_what_it_can_fill_in(tmp_path):
    callback = ModelCheckpoint(tmp_path / "{val_loss}.keras")
    stub(callback)
    with pytest.raises(KeyError, match=r"val_loss.*Available: epoch, loss"):
        callback.on_epoch_end(0, {"loss": 1.0})


def test_checkpoint_onto_a_folder_is_an_error(tmp_path):
    (tmp_path / "m.keras").mkdir()
    callback = ModelCheckpoint(tmp_path / "m.keras")
    stub(callback)
    with pytest.raises(IsADirectoryError, match="existing directory"):
        callback.on_epoch_end(0, {})


def test_checkpoint_every_few_batches_may_save_the_best_only(tmp_path):
    callback = ModelCheckpoint(tmp_path / "{epoch}-{batch}.keras", "loss", save_best_only=True, save_freq=2)
    model = stub(callback)
    callback.on_epoch_begin(0)
    for batch, loss in enumerate([9.0, 5.0, 1.0, 6.0, 2.0, 3.0]):
        callback.on_train_batch_end(batch, {"loss": loss})
    assert [name for _, name, _ in model.saved] == ["1-2.keras", "1-6.keras"]


# -- CSVLogger -----------------------------------------------------------------------------------------


def log(path, values, **arguments):
    logger = CSVLogger(path, **arguments)
    logger.on_train_begin()
    for epoch, value in enumerate(values):
        logger.on_epoch_end(epoch, {"val_loss": value})
    logger.on_train_end()


def test_csv_append_goes_on_below_one_header(tmp_path):
    log(tmp_path / "log.csv", [1.0])
    log(tmp_path / "log.csv", [2.0], append=True)
    assert (tmp_path / "log.csv").read_text().split() == ["epoch,val_loss", "0,1.0", "0,2.0"]
    log(tmp_path / "log.csv", [3.0])
    assert (tmp_path / "log.csv").read_text().split() == ["epoch,val_loss", "0,3.0"]


def test_csv_append_to_nothing_writes_a_header(tmp_path):
    log(tmp_path / "log.csv", [1.0], append=True)
    assert (tmp_path / "log.csv").read_text().split() == ["epoch,val_loss", "0,1.0"]


def test_csv_lines_are_there_at_once_and_the_file_is_closed_after_an_error(tmp_path):
    logger = CSVLogger(tmp_path / "log.csv")
    hooks = CallbackList(logger)
    hooks.on_train_begin()
    hooks.on_epoch_end(0, {"val_loss": 1.0})
    assert (tmp_path / "log.csv").read_text().split() == ["epoch,val_loss", "0,1.0"]
    hooks.close()
    assert logger.csv_file is None


def test_csv_takes_one_value_a_class(tmp_path):
    log(tmp_path / "log.csv", [np.array([0.5, 1.0])])
    assert (tmp_path / "log.csv").read_text().splitlines()[1] == '0,"""[0.5, 1.0]"""'


# -- the learning rate -----------------------------------------------------------------------------------


def test_schedule_must_return_a_float():
    callback = LearningRateScheduler(lambda epoch, lr: 1)
    stub(callback)
    with pytest.raises(ValueError, match=r"should be a float.* 1"):
        callback.on_epoch_begin(0)


def test_type_errors_of_a_schedule_are_not_hidden():
    def schedule(epoch, lr):
        return lr + "0.1"

    callback = LearningRateScheduler(schedule)
    stub(callback)
    with pytest.raises(TypeError, match="unsupported operand"):
        callback.on_epoch_begin(0)


def test_schedule_without_a_signature():
    callback = LearningRateScheduler(max)
    model = stub(callback)
    callback.on_epoch_begin(0)
    assert model.optimizer.learning_rate == np.float32(0.1)


def test_optimizer_without_learning_rate_is_an_error():
    callback = LearningRateScheduler(lambda epoch: 0.1)
    stub(callback).optimizer = None
    with pytest.raises(ValueError, match="learning_rate"):
        callback.on_epoch_begin(0)


@pytest.mark.parametrize("factor", [1.0, 2])
def test_factor_must_reduce(factor):
    with pytest.raises(ValueError, match=f"Received factor={factor}"):
        ReduceLROnPlateau(factor=factor)


def test_unknown_argument_of_reduce_is_an_error():
    with pytest.raises(TypeError, match="epsilon"):
        ReduceLROnPlateau(epsilon=1e-4)


# -- TerminateOnNaN and LambdaCallback ----------------------------------------------------------------------


def test_nan_needs_a_loss():
    callback = TerminateOnNaN()
    model = stub(callback)
    callback.on_batch_end(0, {})
    callback.on_batch_end(1)
    assert not model.stop_training


def test_lambda_callback_calls_its_functions():
    seen = []
    callback = LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append((epoch, logs)),
        on_train_batch_end=lambda batch, logs: seen.append((batch, logs)),
        on_test_begin=lambda logs: seen.append(logs),
    )
    hooks = CallbackList([callback])
    hooks.on_train_batch_end(3, {"loss": 1.0})
    hooks.on_train_batch_begin(4)
    hooks.on_epoch_end(1, {"loss": 2.0})
    hooks.on_test_begin()
    assert seen == [(3, {"loss": 1.0}), (1, {"loss": 2.0}), {}]


def test_lambda_callback_refuses_unknown_hooks():
    with pytest.raises(ValueError, match="no hook on_epoch_start; the hooks are on_train_begin"):
        LambdaCallback(on_epoch_start=print)
