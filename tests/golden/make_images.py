"""Freezes what real Keras's layers for images make into images.npz.

    KERAS_BACKEND=jax python tests/golden/make_images.py

The random layers have ranges of one number, so that nothing is left to chance, and run as in training. The file holds
the cases as JSON: class, constructor arguments, input shape, Keras's config and output shape; and for each case the
input x and the output y.
"""

import json
from pathlib import Path

import numpy as np

IMAGES = (2, 5, 6, 3)
FIRST = {"data_format": "channels_first"}
METHODS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
FILLS = ("reflect", "wrap", "constant", "nearest")

CASES = [
    *(("Resizing", {"height": 8, "width": 4, "interpolation": method}, IMAGES) for method in METHODS),
    *(
        ("Resizing", {"height": 3, "width": 2, "interpolation": method, "antialias": True}, IMAGES)
        for method in METHODS
    ),
    ("Resizing", {"height": 4, "width": 4, "crop_to_aspect_ratio": True}, IMAGES),
    ("Resizing", {"height": 2, "width": 9, "crop_to_aspect_ratio": True, **FIRST}, (2, 3, 5, 6)),
    ("Resizing", {"height": 4, "width": 4, "pad_to_aspect_ratio": True, "fill_value": 0.5}, (2, 4, 8, 1)),
    ("Resizing", {"height": 3, "width": 6, "pad_to_aspect_ratio": True}, (2, 5, 4, 1)),
    ("CenterCrop", {"height": 2, "width": 3}, IMAGES),
    ("CenterCrop", {"height": 4, "width": 2, **FIRST}, (2, 3, 5, 5)),
    ("CenterCrop", {"height": 7, "width": 4}, IMAGES),
    ("RandomCrop", {"height": 7, "width": 4, "seed": 1}, IMAGES),
    *(("RandomRotation", {"factor": [0.11, 0.11], "fill_mode": fill, "fill_value": 0.3}, IMAGES) for fill in FILLS),
    ("RandomRotation", {"factor": [-0.07, -0.07], "interpolation": "nearest"}, IMAGES),
    ("RandomRotation", {"factor": [0.3, 0.3], **FIRST}, (2, 3, 5, 6)),
    *(
        ("RandomTranslation", {"height_factor": [0.23, 0.23], "width_factor": [-0.9, -0.9], "fill_mode": fill}, IMAGES)
        for fill in FILLS
    ),
    ("RandomTranslation", {"height_factor": [0, 0], "width_factor": [0.4, 0.4], **FIRST}, (2, 3, 5, 6)),
    *(("RandomZoom", {"height_factor": [0.37, 0.37], "fill_mode": fill}, IMAGES) for fill in FILLS),
    ("RandomZoom", {"height_factor": [-0.4, -0.4], "width_factor": [0.9, 0.9]}, IMAGES),
    ("RandomBrightness", {"factor": [0.3, 0.3], "value_range": [0, 1]}, IMAGES),
    ("RandomBrightness", {"factor": [-0.2, -0.2], "value_range": [1, -1]}, IMAGES),
    ("RandomContrast", {"factor": [0, 0], "value_range": [0.2, 0.8]}, IMAGES),
]
CONFIGS = [
    ("RandomFlip", {}),
    ("RandomFlip", {"mode": "vertical", "seed": 3}),
    ("RandomContrast", {"factor": 0.2}),
    ("RandomContrast", {"factor": [0.7, 0.2]}),
    ("RandomBrightness", {"factor": 0.2, "value_range": [1, 0]}),
    ("RandomRotation", {"factor": 0.2}),
    ("RandomRotation", {"factor": [0.3, -0.2]}),
    ("RandomZoom", {"height_factor": 0.2}),
]
CONTRASTS = (0.4, 1.7)


def main():
    import keras

    generator = np.random.default_rng(0)
    arrays, described = {"keras_version": np.array(keras.__version__)}, []
    for number, (name, settings, shape) in enumerate(CASES):
        layer = getattr(keras.layers, name)(**settings)
        x = np.round(generator.random(shape), 3).astype("float32")
        y = layer(x, training=True)
        described.append([name, settings, shape, layer.get_config(), layer.compute_output_shape((None, *shape[1:]))])
        arrays |= {f"{number}/x": x, f"{number}/y": np.asarray(y)}
    x = arrays["0/x"]
    for number, factor in enumerate(CONTRASTS):
        layer = keras.layers.RandomContrast(0.5, value_range=[0.1, 0.9])
        factors = {"contrast_factor": np.full((2, 1, 1, 1), factor, "float32")}
        arrays[f"contrast{number}"] = np.asarray(layer.transform_images(x, factors))
    arrays["cases"] = np.array(json.dumps(described))
    configs = [[name, settings, getattr(keras.layers, name)(**settings).get_config()] for name, settings in CONFIGS]
    arrays["configs"] = np.array(json.dumps(configs))
    np.savez_compressed(Path(__file__).with_name("images.npz"), **arrays)


if __name__ == "__main__":
    main()
