"""Normalization to unit length."""

import numpy as np

from kerasnp.layers.base import Buffer, Layer, Shape, Workspace, register
from kerasnp.layers.standardizing import axis_argument, standard_axes

SHORTEST = 1e-12  # what is divided by in place of a smaller length


@register()
class UnitNormalization(Layer):
    """Divides by the Euclidean length along an axis.

        l  = max(sqrt(sum of x^2), 1e-12),    y = x / l
        dx = (dy - y (sum of dy y)) / l

    Backward takes from dy its part along y, since making x longer changes nothing. Where the length is below 1e-12 it
    is divided by a constant, and dx is dy / l.

    Args:
        axis: the axis, or a list of axes, to sum over.
        **kwargs: see :class:`Layer`.

    Raises:
        TypeError: ``axis`` is neither an integer nor several.
    """

    supports_masking = True
    backward_uses = ("y",)

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis_argument(axis, f"UnitNormalization layer {self.name!r}")

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the input's shape.

        Raises:
            ValueError: it lacks an axis.
        """
        standard_axes(self, self.axis, input_shape)
        return input_shape

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        axes = standard_axes(self, self.axis, input_shape)
        lengths = tuple(1 if axis in axes else size for axis, size in enumerate(input_shape))
        return {
            "length": Buffer(lengths, "step"),
            "length_scratch": Buffer(lengths, "forward"),
            "sums": Buffer(lengths, "backward"),
        }

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        length = buf.length_scratch if buf.length is None else buf.length
        np.square(x, out=y)
        self._sum(y, length)
        np.sqrt(length, out=length)
        np.maximum(length, SHORTEST, out=length)
        np.divide(x, length, out=y)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is None:
            return
        np.multiply(dy, buf.y, out=dx)
        self._sum(dx, buf.sums)
        np.multiply(buf.sums, buf.length > SHORTEST, out=buf.sums)
        np.multiply(buf.y, buf.sums, out=dx)
        np.subtract(dy, dx, out=dx)
        np.divide(dx, buf.length, out=dx)

    def _sum(self, values: np.ndarray, result: np.ndarray) -> None:
        axes = standard_axes(self, self.axis, values.shape)
        np.add.reduce(values, axis=axes, dtype=np.float64, out=result, keepdims=True)

    def get_config(self) -> dict:
        return {**super().get_config(), "axis": self.axis}
