"""Every layer within a model: training, empty batches, files, copies, the summary."""

import json

import numpy as np
import pytest
from layer_cases import CASES, made
from layer_runs import expect_gradients, run

import kerasnp as keras

each_case = pytest.mark.parametrize(
    ("name", "settings", "shape"),
    [pytest.param(name, *case, id=f"{name}-{k}") for name, cases in CASES.items() for k, case in enumerate(cases)],
)


def model_of(name, settings, shape):
    keras.utils.set_random_seed(1)
    checked = made(name, settings, name="checked")
    before = [] if takes_integers(checked) else [keras.layers.Dense(shape[-1], name="before")]
    model = keras.Sequential([keras.Input(shape[1:]), *before, checked])
    model.compile("sgd", "mse")
    return model


def takes_integers(layer) -> bool:
    return layer.input_dtype.startswith("int")


@each_case
def test_trains_and_goes_through_files(name, settings, shape, tmp_path):
    model = model_of(name, settings, shape)
    generator = np.random.default_rng(0)
    integers = takes_integers(model.layers[0])
    x = generator.integers(3, size=shape) if integers else generator.standard_normal(shape).astype("float32")
    y = generator.standard_normal((shape[0], *model.output_shape[1:])).astype("float32")
    before = model.layers[0].get_weights()[0]
    losses = [model.train_on_batch(x, y) for _ in range(2)]
    assert np.isfinite(losses).all()
    assert (model.layers[0].get_weights()[0] != before).any()
    for file in ("model.keras", "model.h5"):
        model.save(tmp_path / file)
        loaded = keras.models.load_model(tmp_path / file)
        np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
        assert as_json(loaded) == as_json(model)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.train_on_batch(x, y) == model.train_on_batch(x, y)


@each_case
def test_clones_and_summary(name, settings, shape):
    model = model_of(name, settings, shape)
    clone = keras.models.clone_model(model)
    assert as_json(clone) == as_json(model)
    assert [weight.shape for weight in clone.weights] == [weight.shape for weight in model.weights]
    lines = []
    model.summary(line_length=150, print_fn=lines.append)
    assert f"checked ({name})" in lines[0]
    sizes = ", ".join(map(str, model.output_shape[1:]))
    assert f"(None, {sizes})" in lines[0]


@each_case
@pytest.mark.parametrize("kernel_mode", ["reference", "auto"])
def test_empty_batch(name, settings, shape, kernel_mode):
    layer = made(name, settings, dtype="float64")
    layer.ensure_built((None, *shape[1:]))
    expect_gradients(layer)
    assert layer(np.zeros((0, *shape[1:]))).shape == layer.compute_output_shape((0, *shape[1:]))
    if not layer.passes_through(training=False):
        run(layer, np.zeros((0, *shape[1:])), 1.0, training=False, kernel_mode=kernel_mode)
        assert not any(weight.gradient.any() for weight in layer.trainable_weights)


def as_json(model) -> list:
    return json.loads(json.dumps([layer.get_config() for layer in model.layers]))
