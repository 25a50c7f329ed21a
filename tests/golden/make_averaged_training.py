"""Freezes runs of fit in real Keras with averaged weights and accumulated gradients into averaged_training.json.

    KERAS_BACKEND=tensorflow python tests/golden/make_averaged_training.py

Each case has the arguments of the optimizer and of SwapEMAWeights (None: no such callback), the logs, the weights at
the end, the sum of those that a callback saw at the ends of epochs, and the loss of an evaluation with the callback.
"""

import json
from pathlib import Path

import numpy as np
from averaged_training_cases import CASES, train

if __name__ == "__main__":
    import keras

    frozen = [[*case, train(keras, *case)] for case in CASES]
    text = json.dumps(frozen, default=lambda value: np.asarray(value).tolist())
    Path(__file__).with_name("averaged_training.json").write_text(text + "\n")
