"""The sizes whose cost is measured, and how much arithmetic they are. Every runner reads this file."""

from typing import NamedTuple

import numpy as np

CLASSES = 10
BUDGET = 0.3  # seconds spent on each size


class Size(NamedTuple):
    """What a model and its data are measured by."""

    kind: str  # of the layers: "conv", 3 x 3 with padding, or "dense"; all with relu
    batch: int = 32
    width: int = 32  # filters or units of each layer
    depth: int = 4  # layers, besides the dense one at the top
    inputs: int = 32  # pixels a side, of three colours; or numbers
    batches: int = 1  # of an epoch

    @property
    def rows(self) -> int:
        return self.batch * self.batches

    @property
    def row_shape(self) -> tuple[int, ...]:
        """The shape of one input, channels last."""
        return (self.inputs, self.inputs, 3) if self.kind == "conv" else (self.inputs,)

    def operations(self) -> int:
        """Returns the arithmetic operations of an epoch: forward, and the two gradients of backward."""
        places, first = (9 * self.inputs**2, 3) if self.kind == "conv" else (1, self.inputs)
        # The first layer's input needs no gradient.
        layers = places * (2 * first * self.width + 3 * self.width**2 * (self.depth - 1))
        return 2 * self.rows * (layers + 3 * self.width * CLASSES)

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns random inputs and labels of an epoch."""
        generator = np.random.default_rng(0)
        x = generator.random((self.rows, *self.row_shape), dtype=np.float32)
        return x, generator.integers(0, CLASSES, self.rows)


CONV, SMALL_CONV = Size("conv"), Size("conv", batch=8, width=16, inputs=16)
DENSE, SMALL_DENSE = Size("dense", batch=128, depth=1, inputs=784), Size("dense", width=8, inputs=8)
TABLE = Size("dense", batch=128, width=32, depth=1, inputs=10)

# Of each sweep: what varies, and the sizes.
SWEEPS = {
    "conv-batch": ("batch", [CONV._replace(batch=value) for value in (1, 4, 16, 64, 256)]),
    "conv-width": ("width", [CONV._replace(width=value) for value in (4, 8, 16, 32, 64, 128)]),
    "conv-image": ("inputs", [CONV._replace(inputs=value) for value in (8, 16, 32, 64, 128)]),
    "conv-depth": ("depth", [SMALL_CONV._replace(depth=value) for value in (1, 10, 100, 1000)]),
    "dense-depth": ("depth", [SMALL_DENSE._replace(depth=value) for value in (1, 10, 100, 1000)]),
    "dense-width": ("width", [DENSE._replace(width=value) for value in (8, 64, 512, 2048, 8192)]),
    "dense-rows": ("rows", [TABLE._replace(batches=value) for value in (8, 80, 800, 8000)]),
}
