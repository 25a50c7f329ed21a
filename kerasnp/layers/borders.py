"""Layers that add zeros around a sequence, an image or a volume, or cut its borders off: each other's inverses.

What one does forward, the other does backward: padding copies x into the middle of y, cropping the middle of x into y.
"""

import numpy as np

from kerasnp import config
from kerasnp.layers.base import Layer, Shape, Workspace, register, require_rank
from kerasnp.utils.shapes import integers

Borders = tuple[tuple[int, int], ...]

_AXES = {1: "steps", 2: "height, width", 3: "depth, height, width"}


class _BorderLayer(Layer):
    """What padding and cropping share: borders, one pair of sizes for each axis between batch and channels.

    A subclass sets ``dimensions``, the number of these axes, and an attribute with the borders that Keras calls
    ``argument``.
    """

    backward_uses = ()
    data_format = "channels_last"
    dimensions: int
    argument: str

    def _middle(self, shape: tuple[int, ...]) -> tuple[slice, ...]:
        """Returns which part of an array of ``shape``, the larger one, the borders leave."""
        inner = [slice(before, size - after) for (before, after), size in zip(self.all_borders(), shape, strict=True)]
        return tuple(inner)

    def all_borders(self) -> Borders:
        """Returns the borders of every axis: none for batch and channels."""
        borders, nothing = getattr(self, self.argument), (0, 0)
        if self.dimensions == 1:
            borders = (borders,)
        return (nothing, nothing, *borders) if self.data_format == "channels_first" else (nothing, *borders, nothing)

    def _clear_borders(self, array: np.ndarray) -> None:
        """Writes zeros to all that the borders of ``array`` take up."""
        for axis, (before, after) in enumerate(self.all_borders()):
            along = np.moveaxis(array, axis, 0)
            along[:before] = 0
            along[len(along) - after :] = 0

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)

    def _require_rank(self, input_shape: Shape) -> None:
        axes = _AXES[self.dimensions]
        axes = f"channels, {axes}" if self.data_format == "channels_first" else f"{axes}, channels"
        require_rank(self, input_shape, self.dimensions + 2, f"batch, {axes}")

    def get_config(self) -> dict:
        return {**super().get_config(), self.argument: getattr(self, self.argument), "data_format": self.data_format}


class ZeroPadding(_BorderLayer):
    """What zero padding has in all dimensions."""

    argument = "padding"

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the input's shape, larger by the zeros.

        Raises:
            ValueError: wrong number of axes.
        """
        self._require_rank(input_shape)
        pairs = zip(input_shape, self.all_borders(), strict=True)
        return tuple(None if size is None else before + size + after for size, (before, after) in pairs)

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        self._clear_borders(y)
        y[self._middle(y.shape)] = x

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            dx[...] = dy[self._middle(dy.shape)]


class Cropping(_BorderLayer):
    """What cropping has in all dimensions."""

    argument = "cropping"

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the input's shape, smaller by what is cut off.

        Raises:
            ValueError: wrong number of axes, or nothing would be left.
        """
        self._require_rank(input_shape)
        pairs = list(zip(input_shape, self.all_borders(), strict=True))
        if any(size is not None and 0 < sum(border) >= size for size, border in pairs):
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r}: values in `cropping` must be smaller than the "
                f"corresponding dimension of the input. Received: input_shape={tuple(input_shape)}, "
                f"cropping={self.cropping}"
            )
        return tuple(None if size is None else size - before - after for size, (before, after) in pairs)

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        y[...] = x[self._middle(x.shape)]

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            self._clear_borders(dx)
            dx[self._middle(dx.shape)] = dy


@register()
class ZeroPadding1D(ZeroPadding):
    """Puts zeros before and after a sequence: ``y[n, before + t, c] = x[n, t, c]``, and dx is that part of dy.

    Args:
        padding: zeros before and after, (before, after); an integer stands for both.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        **kwargs: see :class:`Layer`.

    Input shape: (batch, steps, channels) or (batch, channels, steps); output: ``before + steps + after`` steps.
    """

    dimensions = 1

    def __init__(self, padding=1, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.padding = _standardize(padding, self.dimensions, "padding")


@register()
class ZeroPadding2D(ZeroPadding):
    """Puts zeros around images: ``y[n, top + i, left + j, c] = x[n, i, j, c]``, and dx is that part of dy.

    Args:
        padding: ``((top, bottom), (left, right))``; ``(a, b)`` for ``((a, a), (b, b))``, an integer for all four.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        **kwargs: see :class:`Layer`.

    Input shape: (batch, height, width, channels) or (batch, channels, height, width); output the same, larger.
    """

    dimensions = 2

    def __init__(self, padding=(1, 1), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.padding = _standardize(padding, self.dimensions, "padding")


@register()
class ZeroPadding3D(ZeroPadding):
    """Puts zeros around volumes, as :class:`ZeroPadding2D` around images.

    Args:
        padding: a pair of sizes for depth, height and width each; an integer in place of a pair stands for both, one
            integer for all.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        **kwargs: see :class:`Layer`.

    Input shape: (batch, depth, height, width, channels) or (batch, channels, depth, height, width).
    """

    dimensions = 3

    def __init__(self, padding=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.padding = _standardize(padding, self.dimensions, "padding")


@register()
class Cropping1D(Cropping):
    """Cuts steps off both ends of a sequence: ``y[n, t, c] = x[n, before + t, c]``; dx is zero where x was cut.

    Args:
        cropping: steps to cut, (before, after); an integer stands for both.
        **kwargs: see :class:`Layer`.

    Input shape: (batch, steps, channels); output: ``steps - before - after`` steps.
    """

    dimensions = 1

    def __init__(self, cropping=(1, 1), **kwargs):
        super().__init__(**kwargs)
        self.cropping = _standardize(cropping, self.dimensions, "cropping")

    def get_config(self) -> dict:
        return {key: value for key, value in super().get_config().items() if key != "data_format"}


@register()
class Cropping2D(Cropping):
    """Cuts the borders of images off: ``y[n, i, j, c] = x[n, top + i, left + j, c]``; dx is zero where x was cut.

    Args:
        cropping: ``((top, bottom), (left, right))``; ``(a, b)`` for ``((a, a), (b, b))``, an integer for all four.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        **kwargs: see :class:`Layer`.

    Input shape: (batch, height, width, channels) or (batch, channels, height, width); output the same, smaller.
    """

    dimensions = 2

    def __init__(self, cropping=((0, 0), (0, 0)), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.cropping = _standardize(cropping, self.dimensions, "cropping")


@register()
class Cropping3D(Cropping):
    """Cuts the borders of volumes off, as :class:`Cropping2D` those of images.

    Args:
        cropping: a pair of sizes for depth, height and width each; an integer in place of a pair stands for both, one
            integer for all.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        **kwargs: see :class:`Layer`.

    Input shape: (batch, depth, height, width, channels) or (batch, channels, depth, height, width).
    """

    dimensions = 3

    def __init__(self, cropping=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.cropping = _standardize(cropping, self.dimensions, "cropping")


def _standardize(value, dimensions: int, name: str) -> Borders | tuple[int, int]:
    """Returns a pair of sizes for sequences, else a pair for each dimension.

    Raises:
        ValueError: not an integer nor one entry a dimension, or a size that is no integer or negative.
    """
    if dimensions == 1:
        return integers(value, 2, name, least=0)
    if isinstance(value, int):
        value = (value,) * dimensions
    if not isinstance(value, (tuple, list)) or len(value) != dimensions:
        raise ValueError(
            f"The `{name}` argument must be an integer, a tuple of {dimensions} integers, or a tuple of {dimensions} "
            f"tuples of 2 integers; received {value!r}."
        )
    return tuple(integers(entry, 2, f"{name}[{axis}]", least=0) for axis, entry in enumerate(value))
