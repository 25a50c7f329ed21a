"""Fifty steps of every optimizer and option, and the values of every schedule, against values frozen from Keras.

The script golden/make_optimizers.py made the file and says what is in it.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from kerasnp import optimizers
from kerasnp.variables import FlatParameters, Variable

FILE = Path(__file__).parents[1] / "golden" / "optimizers.npz"
STEPS = 50
with np.load(FILE) as archive:
    GOLDEN = dict(archive)
TABLE = json.loads(str(GOLDEN["cases"]))


def make_optimizer(case):
    optimizer = optimizers.deserialize(case["optimizer"])
    if case["spared"]:
        optimizer.exclude_from_weight_decay(var_names=case["spared"])
    return optimizer


def gradients_of(case, step, kernel, bias):
    if case["problem"] == "given":
        return GOLDEN["kernel_gradients"][step], GOLDEN["bias_gradients"][step]
    x, y = GOLDEN["x"], GOLDEN["y"]
    error = 2 / y.size * (x @ kernel.value + bias.value - y)
    return x.T @ error, error.sum(axis=0)


def run(case, take_step):
    """Calls ``take_step(optimizer, variables, gradients)`` fifty times; returns what the file has of each case."""
    kernel, bias = Variable(GOLDEN["kernel"], name="kernel"), Variable(GOLDEN["bias"], name="bias")
    optimizer = make_optimizer(case)
    rows = []
    for step in range(STEPS):
        take_step(optimizer, [kernel, bias], gradients_of(case, step, kernel, bias))
        if step + 1 in TABLE["kept"]:
            rows.append(np.concatenate([kernel.value.ravel(), bias.value]))
    assert optimizer.variables[0].value == STEPS
    return np.stack(rows), np.concatenate([np.ravel(variable.value) for variable in optimizer.variables[1:]])


def take_flat_step():
    """Returns a step as the trainer takes it: over the flat vectors of a model."""
    parameters = []

    def take(optimizer, variables, gradients):
        if not parameters:
            parameters.append(FlatParameters(variables))
            optimizer.build(parameters[0])
        for variable, gradient in zip(variables, gradients, strict=True):
            variable.gradient[...] = gradient
        optimizer.step(parameters[0])

    return take


def take_applied_step(optimizer, variables, gradients):
    optimizer.apply_gradients(zip(gradients, variables, strict=True))


@pytest.mark.parametrize("how", ["flat", "apply"])
@pytest.mark.parametrize("name", TABLE["cases"])
def test_fifty_steps_follow_keras(name, how):
    weights, state = run(TABLE["cases"][name], take_flat_step() if how == "flat" else take_applied_step)
    np.testing.assert_allclose(weights, GOLDEN[f"{name}/weights"], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(state, GOLDEN[f"{name}/state"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", TABLE["schedules"])
def test_schedules_follow_keras(name):
    schedule = optimizers.schedules.deserialize(TABLE["schedules"][name])
    rates = [schedule(step) for step in range(len(GOLDEN[f"schedule/{name}"]))]
    np.testing.assert_allclose(rates, GOLDEN[f"schedule/{name}"], rtol=1e-5, atol=1e-7)
