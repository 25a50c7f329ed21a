"""Two layers as one step of a plan, a few samples at a time: what goes between them never leaves the cache.

A convolution writes its images to memory and the maximum pooling after it reads them once; backward, it is the other
way round. For a whole batch that takes longer than the arithmetic of a first layer. So the batch is cut into slabs, and
each goes through both layers before the next one does. The array between them is as large as one slab.
"""

import math

import numpy as np

from kerasnp.layers.base import Buffer, Layer, Workspace

WORTH_IT = 4 << 20  # bytes between the two layers that would not stay in the caches of the processor's cores
SLAB = 3 << 19  # bytes between the two layers that do


class Slabs:
    """A pair of layers, to a plan one layer.

    The derivative of the first one's activation is taken after the second by its output, so the output of the first is
    not needed any more (see ``picks_inputs`` of :class:`~kerasnp.layers.base.Layer`).

    Args:
        first, second: built layers that go together, as :func:`samples_in_slab` tells.
        samples: how many samples make a slab.
    """

    picks_inputs = False
    output_activation = None
    activity_regularizer = None
    supports_masking = uses_mask = False

    def __init__(self, first: Layer, second: Layer, samples: int):
        self.first, self.second, self.samples = first, second, samples
        self.name = f"{first.name}, {second.name}"
        self.weights = first.weights
        self.dtype, self.input_dtype = second.dtype, first.input_dtype
        self.backward_uses = (*first.logits_uses, "y")

    def compute_output_shape(self, input_shape):
        return self.second.compute_output_shape(self.first.compute_output_shape(input_shape))

    def mask_shape(self, input_shape, mask_shape) -> None:
        return None

    def warn_of_lost_mask(self) -> None:
        (self.second if self.first.supports_masking else self.first).warn_of_lost_mask()

    def passes_through(self, training: bool) -> bool:
        return False

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        slab = (min(self.samples, input_shape[0]), *input_shape[1:])
        between = self.first.compute_output_shape(slab)
        buffers = {"between": Buffer(between, "forward"), "gradient": Buffer(between, "backward")}
        for i, variable in enumerate(self.first.weights):
            buffers[f"sum_{i}"] = Buffer(variable.shape, "backward")
        for which, layer, shape in (("first", self.first, slab), ("second", self.second, between)):
            whole = layer.buffers((input_shape[0], *shape[1:]))
            for name, buffer in layer.buffers(shape).items():
                # What forward leaves for backward it leaves for all samples.
                buffers[f"{which}_{name}"] = whole[name] if buffer.reaches_backward else buffer
        return buffers

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        for rows, between, first, second in self._slabs(x.shape, buf, "forward"):
            self.first.forward(x[rows], between, first, training)
            self.second.forward(between, y[rows], second, training)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        learning = [(w.gradient, getattr(buf, f"sum_{i}")) for i, w in enumerate(self.first.weights)]
        learning = [(gradient, total) for gradient, total in learning if gradient is not None]
        for rows, between, first, second in self._slabs(buf.x.shape, buf, "backward"):
            slopes = dy[rows]
            self.first.output_activation.backward(slopes, None, buf.y[rows], slopes, buf.kernels)
            self.second.backward(slopes, between, second)
            self.first.backward_from_logits(between, None if dx is None else dx[rows], first)
            for gradient, total in learning:
                if rows.start == 0:
                    np.copyto(total, gradient)
                else:
                    np.add(total, gradient, out=total)
        for gradient, total in learning:
            np.copyto(gradient, total)

    def _slabs(self, input_shape: tuple[int, ...], buf: Workspace, direction: str) -> list[tuple]:
        """Returns, for each slab, its rows, the array between the layers, and both layers' workspaces; made once."""
        made = f"{direction}_slabs"
        if not hasattr(buf, made):
            slabs = []
            for start in range(0, input_shape[0], self.samples):
                rows = slice(start, min(start + self.samples, input_shape[0]))
                shape = (rows.stop - start, *input_shape[1:])
                middle = self.first.compute_output_shape(shape)
                between = _start_of(buf.between if direction == "forward" else buf.gradient, middle)
                first = _part(self.first, "first", shape, rows, buf)
                first.x = None if buf.x is None else buf.x[rows]
                slabs.append((rows, between, first, _part(self.second, "second", middle, rows, buf)))
            setattr(buf, made, slabs)
        return getattr(buf, made)


def samples_in_slab(first: Layer, second: Layer, input_shape: tuple[int, ...]) -> int | None:
    """Returns how many samples a slab of these two layers should have; None where slabs are of no use.

    It must not depend on anything but the shapes, as the gradient's bits do on it.
    """
    if not first.may_be_cut(input_shape):
        return None
    shape = first.compute_output_shape(input_shape)
    per_sample = math.prod(shape[1:]) * np.dtype(first.dtype).itemsize
    if shape[0] * per_sample < WORTH_IT:
        return None
    slabs = math.ceil(shape[0] / max(1, SLAB // per_sample))
    return math.ceil(shape[0] / slabs)


def _part(layer: Layer, which: str, shape: tuple[int, ...], rows: slice, buf: Workspace) -> Workspace:
    """Returns the workspace of one layer for one slab: parts of the arrays that the whole step has."""
    part = Workspace(kernels=buf.kernels, x=None, y=None, mask=None)
    for name, buffer in layer.buffers(shape).items():
        array = getattr(buf, f"{which}_{name}")
        if array is not None:
            array = array[rows] if buffer.reaches_backward else _start_of(array, buffer.shape)
        setattr(part, name, array)
    return part


def _start_of(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Returns the first numbers of an array, as one of ``shape``."""
    return array.reshape(-1)[: math.prod(shape)].reshape(shape)
