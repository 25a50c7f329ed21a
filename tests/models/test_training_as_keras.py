"""Whole training runs follow real Keras, step by step, from the same weights on the same batches."""

from pathlib import Path

import numpy as np
import pytest
from training_cases import CASES, batches

import kerasnp as keras
from kerasnp import layers

FROZEN = np.load(Path(__file__).parents[1] / "golden" / "training.npz")


def arrays(prefix):
    count = sum(name.startswith(f"{prefix}/") for name in FROZEN.files)
    return [FROZEN[f"{prefix}/{i}"] for i in range(count)]


@pytest.mark.parametrize("name", CASES)
def test_training_follows_keras(name):
    case = CASES[name]
    model = case.model(keras, layers)
    model.compile(case.optimizer(keras), case.loss, metrics=list(case.metrics))
    model.set_weights(arrays(f"{name}/start"))
    logs = []
    for x, y, weight in batches(case):
        model.reset_metrics()
        logs.append(model.train_on_batch(x, y, sample_weight=weight))
    np.testing.assert_allclose(np.array(logs), FROZEN[f"{name}/logs"], rtol=2e-5, atol=1e-6)
    for mine, theirs in zip(model.get_weights(), arrays(f"{name}/end"), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)
    x, y, _ = next(batches(case))
    np.testing.assert_allclose(model.predict(x, verbose=0), FROZEN[f"{name}/predictions"], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), FROZEN[f"{name}/evaluation"], rtol=1e-4, atol=1e-5)
