"""Summaries: character by character as real Keras prints them."""

import os
from pathlib import Path

import pytest
import summary_cases

import kerasnp

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(autouse=True)
def _terminal_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")


@pytest.mark.parametrize("case", summary_cases.CASES)
def test_text_is_that_of_keras(case):
    expected = (GOLDEN / f"summary_{case}.txt").read_text(encoding="utf-8")
    assert summary_cases.text(kerasnp, case, os.environ) == expected


def test_prints_to_standard_output(capsys):
    summary_cases.empty(kerasnp).summary()
    assert capsys.readouterr().out == (GOLDEN / "summary_empty.txt").read_text(encoding="utf-8")


def test_goes_to_the_logger_when_interactive_logging_is_off(capsys, caplog):
    kerasnp.config.disable_interactive_logging()
    try:
        with caplog.at_level("INFO", logger="kerasnp"):
            summary_cases.empty(kerasnp).summary()
    finally:
        kerasnp.config.enable_interactive_logging()
    assert capsys.readouterr().out == ""
    assert caplog.messages[0].startswith('Model: "empty"\n')


def test_narrow_terminal_still_gets_a_table(monkeypatch):
    monkeypatch.setenv("COLUMNS", "5")
    printed = []
    summary_cases.compiled(kerasnp).summary(print_fn=printed.append, show_trainable=True)
    assert {len(line) for line in printed[0].splitlines()[1:-3]} == {40}


def test_too_narrow_columns_are_an_error():
    model = summary_cases.empty(kerasnp)
    with pytest.raises(ValueError, match=r"line_length=12 .* columns of"):
        model.summary(line_length=12)
    with pytest.raises(ValueError, match="Insufficient console width"):
        model.summary(positions=[0.5, 0.5, 1.0])


@pytest.mark.parametrize("layer_range", [["dense"], ["dense", 1], ["dense", "missing"]])
def test_bad_layer_range_is_an_error(layer_range):
    with pytest.raises(ValueError, match="layer_range"):
        summary_cases.compiled(kerasnp).summary(layer_range=layer_range)
