"""Models with masks against what Keras's predict and learn; the script golden/make_masks.py froze it."""

import json
from pathlib import Path

import numpy as np
import pytest
from layer_cases import made

import kerasnp as keras

with np.load(Path(__file__).parents[1] / "golden/masks.npz") as archive:
    GOLDEN = {name: archive[name] for name in archive.files}
CASES = [
    pytest.param(number, *case, id=f"{number}-" + "-".join(layer[0] for layer in case[0]))
    for number, case in enumerate(json.loads(str(GOLDEN["cases"])))
]


@pytest.mark.parametrize(("number", "layers", "results"), CASES)
def test_model(number, layers, results):
    golden = {name.partition("/")[2]: array for name, array in GOLDEN.items() if name.startswith(f"{number}/")}
    stack = [made(*layer, dtype="float64") for layer in layers]
    model = keras.Sequential([keras.Input(batch_shape=golden["x"].shape), *stack])
    model.compile(keras.optimizers.SGD(0.5), "mse", metrics=["mae", "accuracy"], weighted_metrics=["mse"])
    model.set_weights([golden[name] for name in sorted(golden) if name.startswith("before")])
    expect(model.predict_on_batch(golden["x"]), golden["predicted"])
    if "predicted_again" in golden:
        expect(model.predict_on_batch(golden["x"]), golden["predicted_again"])
        model.reset_states()
        expect(model.predict_on_batch(golden["x"]), golden["predicted"])
        model.reset_state()
    weights = golden.get("sample_weight")
    found = model.test_on_batch(golden["x"], golden["y"], sample_weight=weights, return_dict=True)
    assert found == pytest.approx(results, rel=1e-6)  # Keras adds metrics up in float32
    model.reset_state()
    model.train_on_batch(golden["x"], golden["y"], sample_weight=weights)
    for weight, name in zip(
        model.get_weights(), sorted(name for name in golden if name.startswith("after")), strict=True
    ):
        expect(weight, golden[name])


def expect(received, expected):
    np.testing.assert_allclose(received, expected, rtol=1e-11, atol=1e-12)
