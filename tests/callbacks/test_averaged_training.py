"""Averaged weights and accumulated gradients in fit, against frozen runs of Keras."""

import json
from pathlib import Path

import numpy as np
import pytest
from averaged_training_cases import CASES, train

import kerasnp as keras

GOLDEN = Path(__file__).parents[1] / "golden" / "averaged_training.json"
FROZEN = json.loads(GOLDEN.read_text())


def test_the_frozen_cases_are_these():
    assert [case[:2] for case in FROZEN] == CASES


@pytest.mark.parametrize(("optimizer", "swap", "expected"), FROZEN)
def test_runs_of_keras(optimizer, swap, expected):
    found = train(keras, optimizer, swap)
    assert found["history"].keys() == expected["history"].keys()
    for name, values in expected["history"].items():
        np.testing.assert_allclose(found["history"][name], values, rtol=2e-5, atol=1e-6)
    for weight, wanted in zip(found["weights"], expected["weights"], strict=True):
        np.testing.assert_allclose(weight, wanted, rtol=2e-5, atol=2e-6)
    np.testing.assert_allclose(found["seen"], expected["seen"], rtol=2e-5, atol=2e-6)
    assert found["judged"] == pytest.approx(expected["judged"], rel=2e-5)


def test_without_averages_there_is_nothing_to_swap():
    x = np.ones((4, 2), "float32")
    for optimizer, message in (("sgd", "Received: use_ema=False"), (keras.optimizers.SGD(use_ema=True), "built=False")):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile(optimizer, "mse")
        with pytest.raises(ValueError, match=message):
            model.evaluate(x, x[:, :1], verbose=0, callbacks=[keras.callbacks.SwapEMAWeights()])


def test_predictions_use_the_averages():
    x = np.linspace(0, 1, 20, dtype="float32").reshape(10, 2)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), "mse")
    model.train_on_batch(x, x[:, :1])
    model.train_on_batch(x, x[:, :1])
    plain, swap = model.predict(x, verbose=0), keras.callbacks.SwapEMAWeights()
    averaged = model.predict(x, verbose=0, callbacks=[swap])
    np.testing.assert_array_equal(model.predict(x, verbose=0), plain)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    np.testing.assert_array_equal(model.predict(x, verbose=0), averaged)
    assert not np.allclose(plain, averaged)
