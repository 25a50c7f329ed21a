"""The progress bar: Keras's text, on outputs of every kind."""

import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import progbar_cases
import pytest

from kerasnp import config
from kerasnp.callbacks import CallbackList
from kerasnp.utils import Progbar, console, progbar

FROZEN = json.loads((Path(__file__).parents[1] / "golden" / "progbars.json").read_text(encoding="utf-8"))


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    clock = progbar_cases.Clock()
    monkeypatch.setattr(progbar, "perf_counter", clock)
    return clock


@pytest.fixture
def show_on(monkeypatch):
    """Puts a stream in place of standard output; pytest keeps ``sys.stdout`` itself for its own."""

    def put(stream):
        monkeypatch.setattr(console, "sys", SimpleNamespace(stdout=stream))

    return put


@pytest.fixture
def terminal(show_on, monkeypatch):
    """A terminal 60 columns wide in place of standard output."""
    terminal = Terminal()
    show_on(terminal)
    monkeypatch.setenv("COLUMNS", "60")
    return terminal


@pytest.mark.parametrize("case", progbar_cases.CASES)
def test_bar_is_that_of_keras(case, clock, capsys):
    progbar_cases.play(Progbar, clock, case)
    assert capsys.readouterr().out == FROZEN[case]


@pytest.mark.parametrize("case", progbar_cases.RUNS)
def test_runs_show_what_keras_shows(case, clock, capsys):
    progbar_cases.play_run(CallbackList, clock, case)
    assert capsys.readouterr().out == FROZEN[case]


def test_add_moves_on_from_the_last_step(clock, capsys):
    bar = Progbar(4)
    bar.add(3)
    clock.now += 1
    bar.add(1)
    assert capsys.readouterr().out.splitlines()[-1].startswith("4/4 ")


def test_values_may_be_arrays(clock, capsys):
    Progbar(1).update(1, [("f1_score", np.array([0.5, 1.0])), ("loss", np.float32(2))])
    assert " - f1_score: 0.7500 - loss: 2.0000" in capsys.readouterr().out


def test_both_kinds_of_metric_names_are_an_error():
    with pytest.raises(ValueError, match="not both"):
        Progbar(1, stateful_metrics=["a"], stateless_metrics=["b"])


def test_terminal_gets_colours_and_one_line(terminal, clock):
    bar = Progbar(100, stateless_metrics=[])
    values = [(f"metric_{i}", 0.5) for i in range(10)]
    for step in range(1, 101):
        clock.now += 0.1
        bar.update(step, values)
    *moving, last = terminal.getvalue().rstrip("\n").split("\r")[1:]
    assert all(len(progbar_cases.visible(line)) == 59 for line in moving)
    assert "\x1b[32m━━━━━━━━━━\x1b[0m\x1b[37m━━━━━━━━━━\x1b[0m" in moving[49]
    assert "metric_9: 0.5000" in last


@pytest.mark.parametrize("columns", [1, 7, 20, 33])
def test_any_width_of_terminal_will_do(columns, terminal, clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    bar = Progbar(10)
    bar.update(1, [("loss", 1.0)])
    assert len(progbar_cases.visible(terminal.getvalue())) == columns  # with the carriage return


def test_files_get_no_colours(clock, capsys):
    Progbar(2).update(2)
    assert not re.search("[\x1b\b]", capsys.readouterr().out)


def test_output_without_the_cells_gets_signs(clock, show_on):
    raw = io.BytesIO()
    show_on(io.TextIOWrapper(raw, encoding="ascii"))
    Progbar(2).update(2)
    assert raw.getvalue().startswith(b"\r2/2 ==================== 0s")


def test_close_ends_an_unfinished_line_once(clock, capsys):
    bar = Progbar(2)
    bar.update(1)
    bar.close()
    bar.close()
    assert capsys.readouterr().out.endswith("step\n")


def test_close_after_the_end_prints_nothing(clock, capsys):
    bar = Progbar(2)
    bar.update(2)
    shown = capsys.readouterr().out
    bar.close()
    assert shown.count("\n") == 1
    assert capsys.readouterr().out == ""


def test_logger_gets_finished_lines_only(clock, capsys, caplog):
    config.disable_interactive_logging()
    try:
        with caplog.at_level("INFO", logger="kerasnp"):
            progbar_cases.play_run(CallbackList, clock, "fit_1")
    finally:
        config.enable_interactive_logging()
    assert capsys.readouterr().out == ""
    lines = [line.split("\r")[-1] for line in FROZEN["fit_1"].rstrip("\n").split("\n")]
    assert caplog.messages == lines


def test_auto_is_the_bar_where_someone_watches(terminal):
    assert progbar.resolve_verbose("auto") == 1


def test_auto_is_the_bar_in_a_notebook(show_on):
    show_on(type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})())
    assert progbar.resolve_verbose("auto") == 1


def test_auto_is_a_line_an_epoch_elsewhere(show_on):
    show_on(io.StringIO())
    assert progbar.resolve_verbose("auto") == 2


@pytest.mark.parametrize(("verbose", "resolved"), [(0, 0), (1, 1), (2, 2), (True, 1), (False, 0)])
def test_numbers_mean_themselves(verbose, resolved):
    assert progbar.resolve_verbose(verbose) == resolved


@pytest.mark.parametrize("verbose", [3, -1, "yes", None])
def test_other_verbosity_is_an_error(verbose):
    with pytest.raises(ValueError, match="`verbose` must be"):
        progbar.resolve_verbose(verbose)
