"""Freezes whole training runs of real Keras: losses of each step, predictions and weights at the end.

Run where Keras 3 is installed: KERAS_BACKEND=tensorflow python tests/golden/make_training.py
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers
from training_cases import CASES, STEPS, batches

stored = {}
for name, case in CASES.items():
    keras.utils.set_random_seed(7)
    model = case.model(keras, layers)
    model.compile(case.optimizer(keras), case.loss, metrics=list(case.metrics))
    stored.update({f"{name}/start/{i}": weight for i, weight in enumerate(model.get_weights())})
    logs = []
    for x, y, weight in batches(case):
        model.reset_metrics()
        logs.append(model.train_on_batch(x, y, sample_weight=weight))
    assert len(logs) == STEPS
    stored[f"{name}/logs"] = np.array(logs, "float32")
    stored.update({f"{name}/end/{i}": weight for i, weight in enumerate(model.get_weights())})
    x, y, _ = next(batches(case))
    stored[f"{name}/predictions"] = model.predict(x, verbose=0)
    stored[f"{name}/evaluation"] = np.array(model.evaluate(x, y, verbose=0), "float32")
np.savez_compressed(Path(__file__).with_name("training.npz"), **stored)
