"""Layers that make sequences, images and volumes larger by whole factors.

*Nearest* repeats: with a factor s along an axis ``y[q s + r] = x[q]`` for r = 0 ... s - 1, and backward adds up what
the copies got, ``dx[q] = sum over r of dy[q s + r]``.

*Bilinear* interpolates along one axis after the other. The s outputs that x[q] became have their centres at
``q + o_r``, ``o_r = (r + 1/2) / s - 1/2``, measured in inputs. With d = -1 or 1, the sign of o_r, and w = |o_r|

    y[q s + r] = (1 - w) x[q] + w x[q + d] = x[q] + w (x[q + d] - x[q]),

where x[q + d] outside the image counts as x[q]. So backward, from each of the s parts ``g[q] = dy[q s + r]``:
``dx[q] += g[q] - w g[q]`` and ``dx[q + d] += w g[q]`` where q + d is inside, ``dx[q] += g[q]`` where it is not.
"""

import numpy as np

from kerasnp import config
from kerasnp.layers.base import Buffer, Layer, Shape, Workspace, register, require_rank
from kerasnp.utils.shapes import integers

_AXES = {1: "steps", 2: "height, width", 3: "depth, height, width"}
_METHODS = ("nearest", "bilinear")


class UpSampling(Layer):
    """What upsampling has in all dimensions: repeating.

    A subclass sets ``factors``, one number for each axis between batch and channels.
    """

    backward_uses = ()
    data_format = "channels_last"
    factors: tuple[int, ...]

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the input's shape with its sizes times the factors.

        Raises:
            ValueError: wrong number of axes.
        """
        axes = _AXES[len(self.factors)]
        axes = f"channels, {axes}" if self.data_format == "channels_first" else f"{axes}, channels"
        require_rank(self, input_shape, len(self.factors) + 2, f"batch, {axes}")
        sizes = list(input_shape)
        for axis, factor in enumerate(self.factors, self.first_axis):
            sizes[axis] = None if sizes[axis] is None else sizes[axis] * factor
        return tuple(sizes)

    @property
    def first_axis(self) -> int:
        """The first axis that grows."""
        return 2 if self.data_format == "channels_first" else 1

    def _with_copies(self, array: np.ndarray, count: int | None) -> np.ndarray:
        """Returns a view with an axis for the copies behind each axis that grows.

        Args:
            array: the small or the large array.
            count: 1 for the small one, None for the large one, which has as many as the factors say.
        """
        shape = list(array.shape)
        for axis, factor in reversed(list(enumerate(self.factors, self.first_axis))):
            copies = factor if count is None else count
            shape[axis : axis + 1] = [shape[axis] // copies, copies]
        return array.reshape(shape)

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        np.copyto(self._with_copies(y, None), self._with_copies(x, 1))

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            axes = tuple(self.first_axis + 2 * number + 1 for number in range(len(self.factors)))
            np.sum(self._with_copies(dy, None), axis=axes, out=dx)


@register()
class UpSampling1D(UpSampling):
    """Repeats each step of a sequence: ``y[n, t size + r, c] = x[n, t, c]``, ``dx[n, t, c] = sum of dy over r``.

    Args:
        size: how often.
        **kwargs: see :class:`Layer`.

    Input shape: (batch, steps, channels); output: ``steps * size`` steps.

    Raises:
        TypeError: ``size`` is no integer.
        ValueError: it is not positive.
    """

    def __init__(self, size=2, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(size, int) or isinstance(size, bool):
            raise TypeError(f"Expected an integer value for `size`, got {size!r}, a {type(size).__name__}.")
        if size <= 0:
            raise ValueError(f"Argument `size` should be a positive integer. Received: size={size}")
        self.size = size
        self.factors = (size,)

    def get_config(self) -> dict:
        return {**super().get_config(), "size": self.size}


@register()
class UpSampling2D(UpSampling):
    """Makes images larger by whole factors, by repeating pixels or interpolating; the formulas are atop the file.

    Args:
        size: factors for height and width; an integer stands for both.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        **kwargs: see :class:`Layer`.

    Input shape: (batch, height, width, channels) or (batch, channels, height, width); output the same, larger.

    Raises:
        ValueError: a wrong argument; Keras's other interpolations (bicubic, lanczos3, lanczos5) are among these.
    """

    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.size = self.factors = integers(size, 2, "size")
        self.interpolation = interpolation.lower() if isinstance(interpolation, str) else interpolation
        if self.interpolation not in _METHODS:
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r}: `interpolation` must be one of {_METHODS}; received "
                f"{interpolation!r}."
            )

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        if self.interpolation == "nearest":
            return {}
        taller = list(input_shape)
        taller[self.first_axis] *= self.factors[0]
        return {"taller": Buffer(tuple(taller), "forward"), "dtaller": Buffer(tuple(taller), "backward")}

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        if self.interpolation == "nearest":
            super().forward(x, y, buf, training)
            return
        rows, columns = self.first_axis, self.first_axis + 1
        _interpolate(np.moveaxis(x, rows, 0), np.moveaxis(buf.taller, rows, 0))
        _interpolate(np.moveaxis(buf.taller, columns, 0), np.moveaxis(y, columns, 0))

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if self.interpolation == "nearest" or dx is None:
            super().backward(dy, dx, buf)
            return
        rows, columns = self.first_axis, self.first_axis + 1
        _gather(np.moveaxis(dy, columns, 0), np.moveaxis(buf.dtaller, columns, 0))
        _gather(np.moveaxis(buf.dtaller, rows, 0), np.moveaxis(dx, rows, 0))

    def get_config(self) -> dict:
        settings = {"size": self.size, "data_format": self.data_format, "interpolation": self.interpolation}
        return {**super().get_config(), **settings}


@register()
class UpSampling3D(UpSampling):
    """Repeats the voxels of volumes along depth, height and width; the formula is at the top of the file.

    Args:
        size: factors for depth, height and width; an integer stands for all.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        **kwargs: see :class:`Layer`.

    Input shape: (batch, depth, height, width, channels) or (batch, channels, depth, height, width).
    """

    def __init__(self, size=(2, 2, 2), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.size = self.factors = integers(size, 3, "size")

    def get_config(self) -> dict:
        return {**super().get_config(), "size": self.size, "data_format": self.data_format}


def _parts(factor: int):
    """Yields, for each r, which inputs have a neighbour there, which inputs are that neighbour, and its weight w."""
    for r in range(factor):
        offset = (r + 0.5) / factor - 0.5
        here, there = (slice(1, None), slice(None, -1)) if offset < 0 else (slice(None, -1), slice(1, None))
        yield r, here, there, abs(offset)


def _interpolate(x: np.ndarray, y: np.ndarray) -> None:
    """Interpolates along the first axis; y is a whole number of times as long as x."""
    factor = len(y) // max(len(x), 1)
    for r, here, there, weight in _parts(factor):
        part = y[r::factor]
        part[...] = 0
        np.subtract(x[there], x[here], out=part[here])
        part *= weight
        part += x


def _gather(dy: np.ndarray, dx: np.ndarray) -> None:
    """The transpose of :func:`_interpolate`: from the gradient by y to that by x; overwrites dy."""
    factor = len(dy) // max(len(dx), 1)
    dx[...] = 0
    for r, here, there, weight in _parts(factor):
        part = dy[r::factor]
        dx += part
        part *= weight
        dx[here] -= part[here]
        dx[there] += part[here]
