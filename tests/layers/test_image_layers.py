"""Layers for images: values and configs frozen from Keras, what is random, and mistakes.

The script golden/make_images.py made the file and says what is in it.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from make_images import CONTRASTS

from kerasnp import Input, Sequential, layers

with np.load(Path(__file__).parents[1] / "golden" / "images.npz") as archive:
    GOLDEN = {name: archive[name] for name in archive}
CASES = [
    pytest.param(number, *case, id=f"{number}-{case[0]}")
    for number, case in enumerate(json.loads(str(GOLDEN["cases"])))
]
CONFIGS = json.loads(str(GOLDEN["configs"]))
each_case = pytest.mark.parametrize(("number", "name", "settings", "shape", "config", "output_shape"), CASES)

SEEDED = {
    "RandomFlip": {},
    "RandomCrop": {"height": 3, "width": 3},
    "RandomRotation": {"factor": 0.2},
    "RandomTranslation": {"height_factor": 0.3, "width_factor": 0.3},
    "RandomZoom": {"height_factor": 0.5},
    "RandomBrightness": {"factor": 0.5, "value_range": (0, 1)},
    "RandomContrast": {"factor": 0.9, "value_range": (0, 1)},
}
IMAGES = np.random.default_rng(0).random((6, 5, 6, 3)).astype("float32")


@each_case
def test_values(number, name, settings, shape, config, output_shape):
    layer = getattr(layers, name)(**settings)
    x, y = GOLDEN[f"{number}/x"], GOLDEN[f"{number}/y"]
    found = layer(x, training=True)
    np.testing.assert_allclose(found, y, rtol=1e-5, atol=2e-5)
    assert layer.compute_output_shape((None, *shape[1:])) == tuple(output_shape)
    np.testing.assert_allclose(layer(x[0], training=True), y[0], rtol=1e-5, atol=2e-5)  # one image


def check_config(layer, config):
    mine = json.loads(json.dumps(layer.get_config()))
    assert mine.keys() == config.keys()
    for key in config.keys() - {"name", "dtype"}:
        assert mine[key] == config[key], key


@each_case
def test_configs_of_cases(number, name, settings, shape, config, output_shape):
    check_config(getattr(layers, name)(**settings), config)


@pytest.mark.parametrize(("name", "settings", "config"), CONFIGS)
def test_configs(name, settings, config):
    check_config(getattr(layers, name)(**settings), config)


@pytest.mark.parametrize(("number", "factor"), list(enumerate(CONTRASTS)))
def test_contrast(number, factor):
    layer = layers.RandomContrast(0.5, value_range=(0.1, 0.9))
    y = np.empty_like(GOLDEN["0/x"])
    layer.apply(GOLDEN["0/x"], np.full((2, 1), factor, "float32"), y)
    np.testing.assert_allclose(y, GOLDEN[f"contrast{number}"], rtol=1e-5)


# -- what is random --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SEEDED)
def test_random_in_training_alone(name):
    layer, again = (getattr(layers, name)(seed=5, **SEEDED[name]) for _ in range(2))
    first, second = layer(IMAGES), layer(IMAGES)
    assert not np.array_equal(first, second)
    assert np.array_equal(again(IMAGES, training=True), first)
    if name != "RandomCrop":
        assert np.array_equal(layer(IMAGES, training=False), IMAGES)
    other = getattr(layers, name)(seed=6, **SEEDED[name])
    assert not np.array_equal(other(IMAGES), first)


@pytest.mark.parametrize("name", SEEDED)
def test_in_a_model(name):
    model = Sequential([Input((5, 6, 3)), getattr(layers, name)(seed=5, **SEEDED[name])])
    assert not np.array_equal(model(IMAGES), model(IMAGES))  # called by itself
    assert np.array_equal(model(IMAGES, training=False), model(IMAGES, training=False))
    assert np.array_equal(model.predict(IMAGES, verbose=0), model(IMAGES, training=False))
    trained = Sequential([*model.layers, layers.Flatten(), layers.Dense(1)])
    trained.compile("sgd", "mse")
    losses = trained.fit(IMAGES, np.ones(6), epochs=2, verbose=0).history["loss"]
    assert np.isfinite(losses).all()


def test_gradients_reach_layers_in_front():
    model = Sequential(
        [Input((5, 6, 3)), layers.Conv2D(2, 1), layers.RandomRotation(0.1), layers.Resizing(3, 3), layers.Flatten()]
    )
    model.add(layers.Dense(1))
    model.compile("sgd", "mse")
    before = model.get_weights()[0]
    model.fit(IMAGES, np.ones(6), verbose=0)
    assert not np.array_equal(model.get_weights()[0], before)


def test_flips():
    x = np.arange(2 * 3, dtype="float32").reshape(1, 2, 3, 1).repeat(200, 0)
    for mode, axes in (("horizontal", 2), ("vertical", 1), ("horizontal_and_vertical", (1, 2))):
        y = layers.RandomFlip(mode, seed=0)(x)
        same = (y == x).all(axis=(1, 2, 3))
        mirrored = (y == np.flip(x, axes)).all(axis=(1, 2, 3))
        assert (same ^ mirrored).all()
        assert 60 < same.sum() < 140


def test_crops():
    x = np.arange(5 * 6, dtype="float32").reshape(1, 5, 6, 1)
    layer = layers.RandomCrop(3, 2, seed=0)
    seen = set()
    for _ in range(200):
        y = layer(x)[0, :, :, 0]
        assert (np.diff(y, axis=0) == 6).all()
        assert (np.diff(y, axis=1) == 1).all()
        seen.add(int(y[0, 0]))
    assert len(seen) == 15  # all places
    assert layer(x, training=False).shape == (1, 3, 2, 1)


def test_ranges_of_what_is_drawn():
    generator, shape = np.random.default_rng(0), (500, 10, 20, 1)
    drawn = layers.RandomTranslation((-0.1, 0.2), 0.5).draw(generator, shape)
    assert (-4, 0) < (drawn[:, 5].min(), drawn[:, 5].max()) < (-1.9, 1.01)
    assert -10 <= drawn[:, 2].min() < -9.5
    assert 9.5 < drawn[:, 2].max() <= 10
    zooms = layers.RandomZoom((-0.5, 0.25)).draw(generator, shape)
    assert np.array_equal(zooms[:, 0], zooms[:, 4])
    assert 0.5 <= zooms[:, 0].min() < 0.51
    assert 1.24 < zooms[:, 0].max() <= 1.25
    angles = np.arctan2(*layers.RandomRotation(0.25).draw(generator, shape)[:, [3, 0]].T)
    assert -np.pi / 2 <= angles.min() < -1.55
    assert 1.55 < angles.max() <= np.pi / 2
    factors = layers.RandomContrast((0.5, 0.8)).draw(generator, shape)
    assert 0.5 <= factors.min() < 0.52
    assert 1.78 < factors.max() <= 1.8


def test_bytes():
    x = (IMAGES * 255).astype("uint8")
    model = Sequential([Input((5, 6, 3), dtype="uint8"), layers.Resizing(4, 4), layers.Rescaling(1 / 255)])
    found = model.predict(x, verbose=0)
    assert (found.dtype, found.shape) == (np.float32, (6, 4, 4, 3))
    np.testing.assert_allclose(found, layers.Resizing(4, 4)(x / 255), rtol=1e-5)


# -- mistakes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "settings", "error", "message"),
    [
        ("Resizing", {"height": 2, "width": 2, "interpolation": "best"}, ValueError, "`interpolation`"),
        ("Resizing", {"height": 2, "width": 2, "fill_mode": "wrap"}, ValueError, "Only `'constant'` is supported"),
        (
            "Resizing",
            {"height": 2, "width": 2, "crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True},
            ValueError,
            "Only one of",
        ),
        ("RandomFlip", {"mode": "diagonal"}, ValueError, "`mode` must be one of"),
        ("RandomFlip", {"bounding_box_format": "xyxy"}, ValueError, "no bounding boxes"),
        ("RandomRotation", {"factor": 2}, ValueError, r"`factor` argument .* in the range \[-1, 1\]"),
        ("RandomRotation", {"factor": "a"}, ValueError, "`factor` argument"),
        ("RandomRotation", {"factor": (1, 2, 3)}, ValueError, "`factor` argument"),
        ("RandomRotation", {"factor": 0.1, "fill_mode": "mirror"}, NotImplementedError, "Unknown `fill_mode` mirror"),
        ("RandomZoom", {"height_factor": -1}, ValueError, r"`height_factor` argument .* \(-1, 1\]"),
        ("RandomZoom", {"height_factor": 0, "width_factor": 3}, ValueError, "`width_factor` argument"),
        ("RandomZoom", {"height_factor": 0, "interpolation": "cubic"}, NotImplementedError, "Unknown `interpolation`"),
        ("RandomContrast", {"factor": -0.5}, ValueError, r"\[0, 1\]"),
        ("RandomBrightness", {"factor": 0.5, "value_range": 3}, ValueError, "`value_range`"),
    ],
)
def test_wrong_arguments(name, settings, error, message):
    with pytest.raises(error, match=message):
        getattr(layers, name)(**settings)


@pytest.mark.parametrize("layer", [layers.Resizing(2, 2), layers.RandomFlip(), layers.CenterCrop(1, 1)])
def test_wrong_rank(layer):
    with pytest.raises(ValueError, match="expected ndim=4"):
        layer(np.ones((2, 3)))
