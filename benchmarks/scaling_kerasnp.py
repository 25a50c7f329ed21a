"""Measures one size on kerasnp and prints a line of JSON: python scaling_kerasnp.py SIZE_AS_JSON THREADS"""

import json
import sys
import time

import measure
from scaling_works import BUDGET, CLASSES, Size

import kerasnp
from kerasnp import kernels, layers


def build(size: Size) -> kerasnp.Sequential:
    """Returns the compiled model."""
    model = kerasnp.Sequential([kerasnp.Input(size.row_shape)])
    for _ in range(size.depth):
        if size.kind == "conv":
            model.add(layers.Conv2D(size.width, 3, padding="same", activation="relu"))
        else:
            model.add(layers.Dense(size.width, activation="relu"))
    if size.kind == "conv":
        model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(CLASSES, activation="softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def measure_size(size: Size) -> dict[str, float]:
    """Returns milliseconds of making the model, of an epoch and of predicting its rows, and megabytes.

    Memory is how much the peak grew by model, data and training.
    """
    kernels.table()
    before = measure.peak_memory()
    start = time.perf_counter()
    model = build(size)
    made = time.perf_counter() - start
    x, y = size.data()
    epoch = measure.seconds_per_call(lambda: model.fit(x, y, batch_size=size.batch, verbose=0), BUDGET)
    memory = measure.peak_memory() - before
    predict = measure.seconds_per_call(lambda: model.predict(x, batch_size=size.batch, verbose=0), BUDGET)
    return {"build": 1e3 * made, "fit": 1e3 * epoch, "predict": 1e3 * predict, "memory": memory}


if __name__ == "__main__":
    kerasnp.config.set_num_threads(int(sys.argv[2]))
    print(json.dumps(measure_size(Size(*json.loads(sys.argv[1])))))
