"""Losses against values and gradients frozen from Keras by tests/golden/make_losses_metrics.py."""

import json
from pathlib import Path

import numpy as np
import pytest

from kerasnp import losses

GOLDEN = dict(np.load(Path(__file__).parents[1] / "golden" / "losses_metrics.npz"))
CASES = json.loads(str(GOLDEN["cases"]))
LOSSES = list(enumerate(CASES["losses"]))
FUNCTIONS = {
    cls: name for name in losses.__all__ if name.islower() and (cls := getattr(getattr(losses, name), "loss_class", 0))
}


def case_id(case):
    _, (name, settings, targets, predictions, *_) = case
    return "-".join([name, *settings, targets, predictions])


each_case = pytest.mark.parametrize("case", LOSSES, ids=case_id)


@each_case
def test_values_and_gradients(case):
    index, (name, settings, targets, predictions, _, _) = case
    y_true, y_pred = GOLDEN[targets], GOLDEN[predictions]
    loss = getattr(losses, name)(**settings)
    values, gradient = loss.call(y_true, y_pred), loss.gradient(y_true, y_pred)
    assert values.dtype == gradient.dtype == np.float32
    np.testing.assert_allclose(values, GOLDEN[f"values_{index}"], rtol=2e-6, atol=1e-6)
    expected = GOLDEN[f"gradient_{index}"]
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-6 * max(1, abs(expected).max()))
    function = FUNCTIONS[type(loss)]
    np.testing.assert_array_equal(getattr(losses, function)(y_true, y_pred, **settings), values)
    np.testing.assert_array_equal(getattr(losses, function).gradient(y_true, y_pred, **settings), gradient)


@pytest.mark.parametrize("case", [case for case in LOSSES if case[1][-1] is not None], ids=case_id)
def test_reductions(case):
    _, (name, settings, targets, predictions, weights, totals) = case
    y_true, y_pred, weight = GOLDEN[targets], GOLDEN[predictions], GOLDEN[weights]
    expected = iter(totals)
    for reduction in CASES["reductions"]:
        loss = getattr(losses, name)(reduction=reduction, **settings)
        assert loss(y_true, y_pred) == pytest.approx(next(expected), rel=2e-6, abs=1e-6)
        total = next(expected)
        assert loss(y_true, y_pred, weight) == pytest.approx(total, rel=2e-6, abs=1e-6)
        if weight.ndim == 1:
            assert loss(y_true, y_pred, weight[:, None]) == pytest.approx(total, rel=2e-6, abs=1e-6)


@each_case
def test_unreduced(case):
    _, (name, settings, targets, predictions, weights, totals) = case
    if totals is None:  # the classes are on the batch axis: no weights
        weights = None
    y_true, y_pred = GOLDEN[targets], GOLDEN[predictions]
    for reduction in ("none", None):
        loss = getattr(losses, name)(reduction=reduction, **settings)
        np.testing.assert_array_equal(loss(y_true, y_pred), loss.call(y_true, y_pred))
        if weights:
            weighted = loss(y_true, y_pred, GOLDEN[weights])
            np.testing.assert_allclose(weighted, loss.call(y_true, y_pred) * GOLDEN[weights], rtol=1e-6)
