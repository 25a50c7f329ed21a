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

    @property
    def label(self) -> str:
        return f"{self.work} {self.quantity}"

    @property
    def higher_is_better(self) -> bool:
        return self.unit == "images/s"

    def advantage(self, ours: float, theirs: float) -> float:
        """Returns how many times better ``ours`` is."""
        return ours / theirs if self.higher_is_better else theirs / ours


ROWS = (
    *(Row(work, "fit", "images/s") for work in FITS),
    *(Row("predict", quantity, "ms") for quantity in PREDICTIONS),
    Row("import", "time", "s"),
    Row("convnet", "peak memory", "MB"),
)
WORKS = tuple(dict.fromkeys(row.work for row in ROWS))


def random_images(model: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns float32 images from 0 to 1, channels last, and int64 labels."""
    generator = np.random.default_rng(0)
    images = generator.random((count, *IMAGE_SHAPES[model]), dtype=np.float32)
    return images, generator.integers(0, CLASSES, count)


# -- the kernels alone -----------------------------------------------------------------------------

KERNEL_BUDGET = 0.15  # seconds spent on each, each round

# (batch, height, width, channels, filters) of convolutions 3 x 3, "valid".
CONVOLUTIONS = (
    (128, 13, 13, 32, 64),
    (32, 56, 56, 64, 64),
    (32, 28, 28, 128, 128),
    (32, 14, 14, 256, 256),
    (32, 32, 32, 3, 64),
)
PRODUCTS = ((128, 784, 512), (1024, 1024, 1024))  # (rows, inputs, units) of dense layers
IMAGES = (128, 26, 26, 32)  # (batch, height, width, channels) that are pooled 2 x 2 and normalized
LOGITS = (4096, 1000)  # (rows, classes) of softmax
DROPPED = 4_000_000  # numbers, half of them dropped
WEIGHTS = 10_000_000  # that Adam updates


def shape_name(kind: str, shape: tuple[int, ...]) -> str:
    """Returns ``"conv (128, 13, 13, 32 -> 64)"``: what the rows of the table of kernels start with."""
    *inputs, outputs = shape
    return f"{kind} ({', '.join(map(str, inputs))} -> {outputs})"
