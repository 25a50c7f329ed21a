"""The kernels: at which sizes they are timed, and how much each of them has to do."""

import math
from typing import NamedTuple

BUDGET = 0.15  # seconds spent on each, each round

# Of an array, how often each direction must read or write it: the forward pass of a maximum over 2 x 2 reads all of x
# and writes a quarter as much. Numbers smaller than four bytes (masks, places of maxima) are not counted.
PASSES = {
    "max-pool": {"forward": 1.25, "backward": 1.25},
    "average-pool": {"forward": 1.25, "backward": 1.25},
    "batch-norm": {"forward": 3, "backward": 5},  # first for the moments, or for the gradients of the weights
    "softmax": {"forward": 2, "backward": 3},
    "dropout": {"forward": 2, "backward": 2},
    "adam": {"step": 7},
}


class Kernel(NamedTuple):
    """A kernel and its size."""

    kind: str
    shape: tuple[int, ...]

    @property
    def label(self) -> str:
        """``"conv (128, 13, 13, 32 -> 64)"``"""
        *inputs, last = (f"{size:,}" if size >= 10_000 else str(size) for size in self.shape)
        arrow = ", " if self.kind in PASSES or self.kind == "depthwise" else " -> "
        return f"{self.kind} ({', '.join(inputs)}{arrow}{last})" if inputs else f"{self.kind} ({last})"

    @property
    def unit(self) -> str:
        return "GB/s" if self.kind in PASSES else "GFLOP/s"

    @property
    def size(self) -> int | None:
        """Bytes of an array of this shape; None for products, which have several."""
        return 4 * math.prod(self.shape) if self.kind in PASSES else None

    def amounts(self) -> dict[str, float]:
        """Returns, for each direction, its operations or the bytes that it must read and write."""
        if self.kind == "conv":
            n, height, width, channels, filters = self.shape
            operations = 2 * n * (height - 2) * (width - 2) * 9 * channels * filters
        elif self.kind in ("depthwise", "transposed"):
            operations = 2 * math.prod(self.shape) * 9
        elif self.kind == "conv3d":
            n, *sizes, channels, filters = self.shape
            operations = 2 * n * math.prod(size - 2 for size in sizes) * 27 * channels * filters
        elif self.kind == "dense":
            rows, inputs, units = self.shape
            operations = 2 * rows * inputs * units
        else:
            return {direction: passes * self.size for direction, passes in PASSES[self.kind].items()}
        return dict.fromkeys(("forward", "dx", "dw"), operations)


KERNELS = (
    # (batch, height, width, channels, filters) of convolutions 3 x 3, "valid"
    Kernel("conv", (128, 13, 13, 32, 64)),
    Kernel("conv", (32, 56, 56, 64, 64)),
    Kernel("conv", (32, 28, 28, 128, 128)),
    Kernel("conv", (32, 14, 14, 256, 256)),
    Kernel("conv", (32, 32, 32, 3, 64)),
    # (batch, height, width, channels) of 3 x 3 windows for each channel, "same"
    Kernel("depthwise", (16, 112, 112, 32)),
    Kernel("depthwise", (16, 28, 28, 128)),
    # (batch, height, width, channels, filters), 3 x 3 with strides of 2, "same"
    Kernel("transposed", (32, 14, 14, 64, 32)),
    Kernel("transposed", (32, 28, 28, 32, 16)),
    # (batch, depth, height, width, channels, filters), 3 x 3 x 3, "valid"
    Kernel("conv3d", (4, 16, 16, 16, 8, 16)),
    # (rows, inputs, units)
    Kernel("dense", (128, 784, 512)),
    Kernel("dense", (1024, 1024, 1024)),
    # (batch, height, width, channels)
    Kernel("max-pool", (128, 26, 26, 32)),
    Kernel("average-pool", (128, 26, 26, 32)),
    Kernel("batch-norm", (128, 26, 26, 32)),
    # (rows, classes)
    Kernel("softmax", (4096, 1000)),
    # numbers
    Kernel("dropout", (4_000_000,)),
    Kernel("adam", (10_000_000,)),
)
KINDS = tuple(dict.fromkeys(kernel.kind for kernel in KERNELS))
