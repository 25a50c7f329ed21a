"""What a notebook shows of models and runs: tables and charts that hold what was logged, and no text as code."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers
from kerasnp.callbacks import History

X, Y = np.linspace(-1, 1, 24, dtype="float32").reshape(12, 2), np.ones((12, 1), "float32")


def parsed(shown):
    return ElementTree.fromstring(f"<div>{shown}</div>".replace("<br>", "<br/>"))


def rows(shown):
    return [["".join(cell.itertext()) for cell in row] for row in parsed(shown).iter("tr")]


def curves(shown):
    """Returns the points of each line of the charts."""
    lines = (line.get("points") for line in parsed(shown).iter("{http://www.w3.org/2000/svg}polyline"))
    return [[tuple(map(float, point.split(","))) for point in line.split()] for line in lines]


def test_a_model_shows_its_summary():
    inner = keras.Sequential([layers.Dense(3)], name="inner")
    model = keras.Sequential([keras.Input((2,)), inner, layers.Dense(1, name="<b>&")], name="outer")
    shown = model._repr_html_()
    assert rows(shown) == [
        ["Layer (type)", "Output Shape", "Param #"],
        ["inner (Sequential)", "(None, 3)", "9"],
        [f"   └ {inner.layers[0].name} (Dense)", "(None, 3)", "9"],
        ["<b>& (Dense)", "(None, 1)", "4"],
    ]
    assert "Total params: 13 (52.00 B)" in "".join(parsed(shown).itertext())


def test_a_model_that_is_not_built_shows_what_is_known():
    assert rows(keras.Sequential([layers.Dense(3, name="first")])._repr_html_())[1] == [
        "first (Dense)",
        "?",
        "0 (unbuilt)",
    ]
    assert len(rows(keras.Sequential()._repr_html_())) == 1


def test_a_history_shows_first_and_last_values_and_a_chart_for_each_kind():
    model = keras.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(X, Y, epochs=4, validation_data=(X, Y), validation_freq=2, verbose=0)
    table = rows(history._repr_html_())
    assert table[0] == ["", "first", "last"]
    assert {row[0]: row[1:] for row in table[1:]} == {
        name: [f"{values[0]:.4g}", f"{values[-1]:.4g}"] for name, values in history.history.items()
    }
    lines = curves(history._repr_html_())
    assert [len(line) for line in lines] == [4, 2, 4, 2]  # loss, val_loss, mae, val_mae
    assert lines[1][-1][0] == lines[0][-1][0]  # validation ended with the last epoch
    assert lines[1][0][0] == lines[0][1][0]  # and began with the second
    heights = [y for _, y in lines[0]]
    assert (np.diff(heights) > 0).all() == (np.diff(history.history["loss"]) < 0).all()


@pytest.mark.parametrize(
    ("values", "drawn"),
    [([], []), ([1.0], []), ([1.0, np.nan, 2.0, np.inf, 3.0, 4.0], [2]), ([2.0, 2.0], [2]), (["a", "b"], [])],
)
def test_logs_of_any_kind(values, drawn):
    history = History()
    history.epoch = list(range(len(values)))
    history.history = {"<loss>": values} if values else {}
    assert [len(line) for line in curves(history._repr_html_())] == drawn


def test_a_long_run_is_thinned_and_keeps_its_end():
    history = History()
    history.epoch, history.history = list(range(10_000)), {"loss": np.linspace(1, 0, 10_000).tolist()}
    (line,) = curves(history._repr_html_())
    assert len(line) <= 301
    assert line[-1] == (348.0, 156.0)
