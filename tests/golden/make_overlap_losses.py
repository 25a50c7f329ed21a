"""Freezes values and gradients of real Keras's Dice and Tversky losses into overlap_losses.npz.

    KERAS_BACKEND=jax python tests/golden/make_overlap_losses.py

The file holds, as JSON, the cases; the inputs; and for each case the unreduced values, and for each reduction, without
and with weights, the loss and its gradient by the predictions.
"""

import json
from pathlib import Path

import jax
import keras
import numpy as np

generator = np.random.default_rng(12)
INPUTS = {}
for name, shape in {"rows": (6, 4), "steps": (4, 3, 2), "images": (3, 4, 5, 2)}.items():
    INPUTS[f"{name}_true"] = (generator.random(shape) > 0.6).astype("float32")
    INPUTS[f"{name}_pred"] = generator.random(shape).astype("float32")
    INPUTS[f"{name}_weight"] = generator.random(shape[0]).astype("float32")
REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"]
CASES = [
    (loss, {**settings, "axis": axis}, data)
    for loss, settings in (("Dice", {}), ("Tversky", {}), ("Tversky", {"alpha": 0.3, "beta": 0.9}))
    for data, axes in {"rows": [None, 1, -1], "steps": [None, [1, 2], 1], "images": [None, [1, 2, 3], [1, 2]]}.items()
    for axis in axes
]


def main() -> None:
    arrays = dict(INPUTS)
    for index, (name, settings, data) in enumerate(CASES):
        y_true, y_pred, weight = (INPUTS[f"{data}_{part}"] for part in ("true", "pred", "weight"))
        settings = {**settings, "axis": tuple(settings["axis"])} if isinstance(settings["axis"], list) else settings
        cls = getattr(keras.losses, name)
        arrays[f"values_{index}"] = np.asarray(cls(**settings).call(y_true, keras.ops.convert_to_tensor(y_pred)))
        shape = arrays[f"values_{index}"].shape
        if len(shape) > 1:  # Keras wants a weight a value
            weight = np.broadcast_to(weight.reshape(-1, *[1] * (len(shape) - 1)), shape)
        totals, gradients = [], []
        for reduction in REDUCTIONS:
            for sample_weight in (None, weight):
                loss = cls(reduction=reduction, **settings)
                total, gradient = jax.value_and_grad(lambda p: loss(y_true, p, sample_weight))(y_pred)  # noqa: B023
                totals.append(np.asarray(total))
                gradients.append(np.asarray(gradient))
        arrays[f"totals_{index}"], arrays[f"gradients_{index}"] = np.stack(totals), np.stack(gradients)
    path = Path(__file__).with_name("overlap_losses.npz")
    np.savez_compressed(path, cases=json.dumps({"cases": CASES, "reductions": REDUCTIONS}), **arrays)


if __name__ == "__main__":
    main()
