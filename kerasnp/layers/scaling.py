"""Layers that shift and scale their input by numbers that are not trained."""

import numpy as np

from kerasnp import config
from kerasnp.layers.base import Layer, Shape, Workspace, register


@register()
class Rescaling(Layer):
    """Multiplies and adds: ``y = x scale + offset``, ``dx = dy scale``, as to bring bytes of images to 0 ... 1.

    Args:
        scale: a number, or one for each channel as a list or an array.
        offset: likewise.
        **kwargs: see :class:`Layer`.

    Channels are on the last axis or, where ``config.image_data_format()`` is ``"channels_first"`` when the layer is
    used on images, before the last two.

    Raises:
        ValueError: ``scale`` or ``offset`` are no numbers or do not fit the input.
    """

    backward_uses = ()

    def __init__(self, scale, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = _plain(scale, "scale")
        self.offset = _plain(offset, "offset")

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the input's shape.

        Raises:
            ValueError: ``scale`` or ``offset`` cannot be broadcast to it.
        """
        for name in ("scale", "offset"):
            sizes = self._factor(name).shape
            behind = input_shape[len(input_shape) - len(sizes) :] if len(sizes) <= len(input_shape) else ()
            fits = [size == 1 or length in (None, size) for size, length in zip(sizes, behind, strict=False)]
            if not all(fits) or len(fits) != len(sizes):
                raise ValueError(
                    f"Rescaling layer {self.name!r}: `{name}` of shape {sizes} cannot be broadcast to the input, of "
                    f"shape {tuple(input_shape)}. Received: {name}={getattr(self, name)!r}"
                )
        return input_shape

    def _factor(self, name: str) -> np.ndarray:
        """Returns ``scale`` or ``offset`` as it multiplies or is added to an input."""
        value = np.asarray(getattr(self, name), self.dtype)
        if value.ndim and config.image_data_format() == "channels_first":
            value = value.reshape(*value.shape, *(1,) * (3 - value.ndim))
        return value

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        np.multiply(x, self._factor("scale"), out=y)
        np.add(y, self._factor("offset"), out=y)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            np.multiply(dy, self._factor("scale"), out=dx)

    def get_config(self) -> dict:
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}


def _plain(value, name: str):
    """Returns a number as it is, arrays and lists of numbers as lists."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise ValueError(f"Rescaling: `{name}` must be a number or a list of numbers; received {value!r}.")
    return array.tolist()
