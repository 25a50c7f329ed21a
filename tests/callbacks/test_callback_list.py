"""Who is called when, with what, and who is not called at all."""

import numpy as np
import pytest

from kerasnp.callbacks import Callback, CallbackList, History, LambdaCallback, ModelCheckpoint, ProgbarLogger
from kerasnp.callbacks.base import HOOKS

POSITIONAL = {hook for hook in HOOKS if "epoch" in hook or "batch" in hook}


class Model:
    history = None


class Recorder(Callback):
    """Notes every hook."""

    def __init__(self):
        self.calls = []


def _recording(hook):
    def note(self, *position, logs=None):
        *position, logs = (*position, logs) if logs is not None else position
        self.calls.append((hook, *position, logs))

    return note


for _hook in HOOKS:
    setattr(Recorder, _hook, _recording(_hook))


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_reaches_every_callback(hook):
    first, second = Recorder(), Recorder()
    position = (3,) if hook in POSITIONAL else ()
    getattr(CallbackList([first, second]), hook)(*position, {"loss": 1})
    assert first.calls == second.calls == [(hook, *position, {"loss": 1.0})]


@pytest.mark.parametrize("hook", HOOKS)
def test_base_hooks_do_nothing(hook):
    position = (3,) if hook in POSITIONAL else ()
    assert getattr(Callback(), hook)(*position) is None
    assert getattr(CallbackList([Callback()]), hook)(*position) is None


def test_old_names_of_the_batch_hooks():
    calls = []

    class Old(Callback):
        def on_batch_begin(self, batch, logs=None):
            calls.append(("begin", batch, logs))

        def on_batch_end(self, batch, logs=None):
            calls.append(("end", batch, logs))

    hooks = CallbackList(Old())
    hooks.on_train_batch_begin(1)
    hooks.on_train_batch_end(1, {"loss": 2})
    hooks.on_test_batch_end(1, {"loss": 2})
    assert calls == [("begin", 1, {}), ("end", 1, {"loss": 2.0})]


def test_logs_are_sorted_python_floats():
    seen = []
    hooks = CallbackList(LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs)))
    classes = np.array([0.5, 1.0])
    logs = {"mae": np.float32(0.5), "loss": np.array(2), "f1": classes, "nested": {"b": 1}, "note": "x"}
    hooks.on_epoch_end(0, logs)
    assert list(seen[0]) == ["f1", "loss", "mae", "b", "note"]
    assert [type(value) for value in seen[0].values()] == [np.ndarray, float, float, float, str]
    assert seen[0] is not logs


def test_entries_added_to_the_logs_reach_later_callbacks():
    hooks = CallbackList(
        LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(extra=1.0)), add_history=True, model=Model()
    )
    logs = {"loss": 2.0}
    hooks.on_epoch_end(0, logs)
    assert hooks.model.history.history == {"loss": [2.0], "extra": [1.0]}
    assert logs == {"loss": 2.0}


def test_history_and_bar_are_added_once():
    history, bar = History(), ProgbarLogger()
    params = {"verbose": 0, "epochs": 1, "steps": 1}
    hooks = CallbackList([[history], [bar]], add_history=True, add_progbar=True, model=Model(), **params)
    assert hooks.callbacks == [history, bar]
    assert [type(callback) for callback in CallbackList(add_history=True, add_progbar=True, **params).callbacks] == [
        History,
        ProgbarLogger,
    ]


def test_callbacks_learn_the_model_and_the_parameters():
    model, callback, late = Model(), Callback(), Callback()
    hooks = CallbackList(callback, add_history=True, model=model, verbose=0, epochs=5, steps=7)
    hooks.append(late)
    for each in (callback, late):
        assert each.model is model
        assert each.params == {"verbose": 0, "epochs": 5, "steps": 7}
    assert isinstance(model.history, History)


def test_a_history_does_not_keep_its_model():
    model, history = Model(), History()
    CallbackList(history, model=model)
    assert history.model is model
    del model
    assert history.model is None


def test_appended_callbacks_are_called():
    recorder = Recorder()
    hooks = CallbackList()
    hooks.append(recorder)
    hooks.on_train_batch_end(0)
    assert recorder.calls == [("on_train_batch_end", 0, {})]


def test_callbacks_put_into_the_list_are_called_from_the_next_beginning():
    recorder = Recorder()
    hooks = CallbackList()
    hooks.callbacks.append(recorder)
    hooks.on_train_begin()
    assert recorder.calls == [("on_train_begin", {})]


@pytest.mark.parametrize("wrong", [History, print, "early", [1]])
def test_what_is_no_callback_is_an_error(wrong):
    with pytest.raises(ValueError, match="`callbacks` must be Callback objects"):
        CallbackList(wrong)


def test_history_starts_its_epochs_anew_at_each_fit():
    history = History()
    history.set_model(Model())
    for start in (0, 2):
        history.on_train_begin()
        for epoch in range(start, start + 2):
            history.on_epoch_end(epoch, {"loss": float(epoch)})
    assert history.epoch == [2, 3]
    assert history.history == {"loss": [0.0, 1.0, 2.0, 3.0]}


# -- what costs nothing ------------------------------------------------------------------------------------


def test_batch_logs_are_needed_by_batch_hooks_only():
    assert not CallbackList(add_history=True, model=Model()).batch_logs
    assert CallbackList(LambdaCallback(on_train_batch_end=print)).batch_logs
    assert CallbackList(LambdaCallback(on_batch_end=print)).batch_logs
    assert not CallbackList(LambdaCallback(on_train_batch_begin=print)).batch_logs


def test_batch_logs_of_evaluation_are_a_matter_of_their_own():
    hooks = CallbackList(LambdaCallback(on_test_batch_end=print))
    assert not hooks.batch_logs
    hooks.on_test_begin()
    assert hooks.batch_logs
    hooks.on_test_end()
    assert not hooks.batch_logs


def test_bar_needs_logs_only_when_it_is_due(monkeypatch, capsys):
    now = 0.0
    monkeypatch.setattr("kerasnp.utils.progbar.perf_counter", lambda: now)
    hooks = CallbackList(add_progbar=True, verbose=1, epochs=1, steps=9)
    hooks.on_train_begin()
    hooks.on_epoch_begin(0)
    assert hooks.batch_logs
    hooks.on_train_batch_end(0, {"loss": 1.0})
    now = 0.01
    assert not hooks.batch_logs
    hooks.on_train_batch_end(1)
    now = 0.1
    assert hooks.batch_logs
    hooks.on_test_begin()
    assert not hooks.batch_logs
    hooks.on_test_end()
    assert hooks.batch_logs
    assert "loss: 1.0000" in capsys.readouterr().out


@pytest.mark.parametrize("verbose", [0, 2])
def test_one_line_an_epoch_needs_no_batch_logs(verbose):
    hooks = CallbackList(add_progbar=True, verbose=verbose, epochs=1, steps=9)
    hooks.on_train_begin()
    hooks.on_epoch_begin(0)
    assert not hooks.batch_logs


def test_checkpoint_needs_logs_only_for_the_batch_it_saves():
    hooks = CallbackList(ModelCheckpoint("m.weights.h5", save_weights_only=True, save_freq=3), model=Model())
    needed = []
    hooks.on_epoch_begin(0)
    for batch in range(2):
        needed.append(hooks.batch_logs)
        hooks.on_train_batch_end(batch)
    assert [*needed, hooks.batch_logs] == [False, False, True]


# -- after an interruption -----------------------------------------------------------------------------------


def test_close_finishes_the_line_of_the_bar(capsys):
    hooks = CallbackList(add_progbar=True, verbose=1, epochs=1, steps=9)
    hooks.on_train_begin()
    hooks.on_epoch_begin(0)
    hooks.on_train_batch_end(0, {"loss": 1.0})
    hooks.close()
    hooks.close()
    assert capsys.readouterr().out.endswith("loss: 1.0000\n")


def test_interrupted_bar_shows_evaluation_again(capsys):
    bar = ProgbarLogger()
    hooks = CallbackList(bar, verbose=2, epochs=1, steps=1)
    hooks.on_train_begin()
    hooks.close()
    hooks.on_test_begin()
    hooks.on_test_batch_end(0, {"loss": 1.0})
    hooks.on_test_end({"loss": 1.0})
    assert "loss: 1.0000" in capsys.readouterr().out


def test_epoch_that_stopped_early_shows_how_far_it_came(capsys):
    hooks = CallbackList(add_progbar=True, verbose=2, epochs=1, steps=9)
    hooks.on_train_begin()
    hooks.on_epoch_begin(0)
    for batch in range(4):
        hooks.on_train_batch_end(batch)
    hooks.on_epoch_end(0, {"loss": 1.0})
    assert capsys.readouterr().out.startswith("4/9 - ")
