"""Progress bars, played to real Keras's and to ours; ``make_bar`` is either class."""

import re

STATELESS = {"stateless_metrics": []}

# name: (arguments, steps); a step is the seconds since the last one, and the arguments of `update`.
CASES = {
    "fit": (
        {"target": 40, **STATELESS},
        [
            (1.5, 1, [("accuracy", 0.5), ("loss", 2.25)]),
            (0.01, 2, [("accuracy", 0.25), ("loss", 2.0)]),
            (0.06, 3, [("accuracy", 0.001), ("loss", 1e-7)]),
            (0.5, 20, [("accuracy", 0.75), ("loss", -0.0001)]),
            (0.5, 39, [("accuracy", 0.875), ("loss", 123456.789)]),
            (0.0, 40, [("accuracy", 0.875), ("loss", 1.0)]),
            (1.0, 40, [("accuracy", 0.9), ("loss", 0.5), ("val_accuracy", 0.8), ("val_loss", float("nan"))], True),
        ],
    ),
    "one_step": ({"target": 1, **STATELESS}, [(0.0, 1, [("loss", 1.0)], False), (0.2, 1, [("loss", 1.0)], True)]),
    "microseconds": ({"target": 100000, **STATELESS}, [(0.02, 1, []), (0.5, 50000, []), (0.5, 100000, [], True)]),
    "hours": (
        {"target": 1000, **STATELESS},
        [(7.0, 1, []), (7.0, 2, []), (3500.0, 500, []), (14.0, 992, []), (100.0, 1000, [], True)],
    ),
    "minutes": ({"target": 10, **STATELESS}, [(30.4, 1, []), (61.0, 5, []), (0.06, 9, []), (1.0, 10, [], True)]),
    "unknown": (
        {"target": None, **STATELESS},
        [(0.5, 1, [("loss", 1.0)]), (0.5, 12, [("loss", 0.5)]), (0.01, 13, [("loss", 0.25)])],
    ),
    "averaged": (
        {"target": 10},
        [(0.5, 1, [("loss", 1.0)]), (0.5, 5, [("loss", 2.0)]), (0.5, 6, [("loss", 4.0), ("late", 3.0)])],
    ),
    "some_averaged": (
        {"target": 10, "stateful_metrics": ["shown"]},
        [(0.5, 1, [("mean", 1.0), ("shown", 1.0)]), (0.5, 5, [("mean", 2.0), ("shown", 2.0)]), (0.5, 10, [])],
    ),
    "wide": ({"target": 7, "width": 31, "unit_name": "sample"}, [(0.5, 3, []), (0.5, 7, [])]),
    "often": ({"target": 7, "interval": 0.001}, [(0.002, step, []) for step in range(1, 8)]),
    "shorter": (
        {"target": 4, **STATELESS},
        [(0.5, 1, [("loss", 1e-9)]), (0.5, 2, [("loss", 1.0)]), (0.5, 3, [("loss", 2.0)])],
    ),
    "lines": (
        {"target": 40, "verbose": 2, **STATELESS},
        [
            (0.5, 1, [("loss", 3.0)]),
            (0.5, 39, [("loss", 3.0)], False),
            (1.0, 40, [("loss", 3.0), ("tiny", 1e-4)], True),
        ],
    ),
    "lines_unknown": ({"target": None, "verbose": 2}, [(0.5, 1, [("loss", 3.0)]), (0.5, 39, [("loss", 3.0)], True)]),
    "silent": ({"target": 2, "verbose": 0}, [(0.5, 1, [("loss", 3.0)]), (0.5, 2, [("loss", 3.0)], True)]),
}


class Clock:
    """A clock that only moves when told to."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def play(make_bar, clock: Clock, case: str) -> None:
    arguments, steps = CASES[case]
    bar = make_bar(**arguments)
    for seconds, *update in steps:
        clock.now += seconds
        bar.update(*update)


def visible(text: str) -> str:
    """Returns what is left of a text without colours and backspaces."""
    return re.sub(r"\x1b\[\d+m|\x08", "", text)


def fit(hooks, clock: Clock, batches: int) -> None:
    """Two epochs with a validation, half a second a batch."""
    hooks.on_train_begin()
    for epoch in range(2):
        hooks.on_epoch_begin(epoch)
        for batch in range(batches):
            hooks.on_train_batch_begin(batch)
            clock.now += 0.5
            hooks.on_train_batch_end(batch, {"loss": 10.0 - batch, "accuracy": batch / 10})
        hooks.on_test_begin()
        for batch in range(2):
            hooks.on_test_batch_begin(batch)
            clock.now += 0.5
            hooks.on_test_batch_end(batch, {"loss": 77.0, "accuracy": 0.77})
        hooks.on_test_end({"loss": 7.0, "accuracy": 0.7})
        logs = {"loss": 4.0, "accuracy": 0.5, "val_loss": 7.0, "val_accuracy": 0.7}
        hooks.on_epoch_end(epoch, logs)
    hooks.on_train_end()


def evaluate(hooks, clock: Clock, batches: int) -> None:
    hooks.on_test_begin()
    for batch in range(batches):
        hooks.on_test_batch_begin(batch)
        clock.now += 0.5
        hooks.on_test_batch_end(batch, {"loss": 10.0 - batch})
    hooks.on_test_end({"loss": 4.0})


def predict(hooks, clock: Clock, batches: int) -> None:
    hooks.on_predict_begin()
    for batch in range(batches):
        hooks.on_predict_batch_begin(batch)
        clock.now += 0.5
        hooks.on_predict_batch_end(batch, {"outputs": [1.0, 2.0]})
    hooks.on_predict_end()


# name: (what runs, number of batches, parameters)
RUNS = {
    "fit_1": (fit, 3, {"verbose": 1, "epochs": 2, "steps": 3}),
    "fit_2": (fit, 3, {"verbose": 2, "epochs": 2, "steps": 3}),
    "fit_0": (fit, 3, {"verbose": 0, "epochs": 2, "steps": 3}),
    "fit_unknown_1": (fit, 12, {"verbose": 1, "epochs": 2, "steps": None}),
    "fit_unknown_2": (fit, 12, {"verbose": 2, "epochs": 2, "steps": None}),
    "fit_last_epoch_1": (fit, 1, {"verbose": 1, "epochs": 1, "steps": 1}),
    "evaluate_1": (evaluate, 3, {"verbose": 1, "epochs": 1, "steps": 3}),
    "evaluate_2": (evaluate, 3, {"verbose": 2, "epochs": 1, "steps": 3}),
    "predict_1": (predict, 3, {"verbose": 1, "epochs": 1, "steps": 3}),
    "predict_2": (predict, 3, {"verbose": 2, "epochs": 1, "steps": 3}),
    "predict_unknown_1": (predict, 3, {"verbose": 1, "epochs": 1, "steps": None}),
}


def play_run(callback_list, clock: Clock, case: str) -> None:
    """Plays a run to the ProgbarLogger in a CallbackList of either library."""
    what, batches, parameters = RUNS[case]
    what(callback_list(add_progbar=True, **parameters), clock, batches)
