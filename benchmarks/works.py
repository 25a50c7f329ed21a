"""The works: what is trained and predicted, and at which size. Every runner reads this file, so that all do the same.

Numbers are random but have the shape of MNIST (or of 32 x 32 colour images), so nothing is downloaded.
"""

from typing import NamedTuple

import numpy as np

CLASSES = 10
WARM_UP_STEPS = 2
PREDICTION_BATCH = 256

IMAGE_SHAPES = {"convnet": (28, 28, 1), "mlp": (784,), "vgg11": (32, 32, 3), "vgg11-gap": (32, 32, 3)}


class Fit(NamedTuple):
    """One epoch of training."""

    images: int
    batch: int
    optimizer: str  # "adam", or "momentum": SGD with momentum 0.9


FITS = {
    "convnet": Fit(5_120, 128, "adam"),
    "mlp": Fit(25_600, 128, "adam"),
    "vgg11": Fit(96, 32, "momentum"),
    "vgg11-gap": Fit(96, 32, "momentum"),
}

# What the work "predict" predicts: a model and a number of images.
PREDICTIONS = {
    "1, mlp": ("mlp", 1),
    "1, convnet": ("convnet", 1),
    "256, convnet": ("convnet", 256),
    "10,000, convnet": ("convnet", 10_000),
}

# Filters of VGG-11's convolutions, all 3 x 3 with padding; "M" is a 2 x 2 maximum (Simonyan and Zisserman 2014).
VGG11 = (64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M")


class Row(NamedTuple):
    """A line of the table: a quantity that a work measures."""

    work: str
    quantity: str
    unit: str
    label: str

    @property
    def higher_is_better(self) -> bool:
        return self.unit == "images/s"

    def advantage(self, ours: float, theirs: float) -> float:
        """Returns how many times better ``ours`` is."""
        return ours / theirs if self.higher_is_better else theirs / ours


ROWS = (
    Row("convnet", "fit", "images/s", "fit MNIST convnet"),
    Row("mlp", "fit", "images/s", "fit MLP 784-512-512-10"),
    Row("vgg11", "fit", "images/s", "fit VGG-11, small top"),
    Row("vgg11-gap", "fit", "images/s", "fit VGG-11, large top"),
    *(Row("predict", quantity, "ms", f"predict {quantity}") for quantity in PREDICTIONS),
    Row("import", "time", "s", "import"),
    Row("convnet", "peak memory", "MB", "peak memory, convnet"),
)
WORKS = tuple(dict.fromkeys(row.work for row in ROWS))


def random_images(model: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns float32 images from 0 to 1, channels last, and int64 labels."""
    generator = np.random.default_rng(0)
    images = generator.random((count, *IMAGE_SHAPES[model]), dtype=np.float32)
    return images, generator.integers(0, CLASSES, count)
