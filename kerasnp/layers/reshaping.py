"""Layers that change the shape and nothing else: in a plan their output is their input's memory."""

import math

import numpy as np

from kerasnp import config
from kerasnp.layers.base import Layer, Shape, Workspace, register
from kerasnp.layers.channels import copy_from_last, copy_to_last, shape_to_last


@register()
class Flatten(Layer):
    """Makes one axis of all axes but the first: (batch, ...) becomes (batch, size).

    Args:
        data_format: order of the input's axes. ``"channels_first"`` moves the channels to the end before flattening,
            so that weights after this layer do not depend on the order. None means ``config.image_data_format()``.
        **kwargs: see :class:`Layer`.
    """

    backward_uses = ()

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)

    def passes_through(self, training: bool) -> bool:
        return self.data_format == "channels_last"

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        batch, *sizes = input_shape
        return batch, None if None in sizes else math.prod(sizes)

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        if self._moves_channels(x):
            copy_to_last(x, 1, y.reshape(shape_to_last(x.shape, 1)))
        else:
            np.copyto(y, x.reshape(y.shape))

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is None:
            return
        if self._moves_channels(dx):
            copy_from_last(dy.reshape(shape_to_last(dx.shape, 1)), 1, dx)
        else:
            np.copyto(dx, dy.reshape(dx.shape))

    def _moves_channels(self, x: np.ndarray) -> bool:
        return self.data_format == "channels_first" and x.ndim > 2

    def get_config(self) -> dict:
        return {**super().get_config(), "data_format": self.data_format}


@register()
class Reshape(Layer):
    """Gives each sample the shape ``target_shape``, in C order.

    Args:
        target_shape: the shape without batch axis; one entry may be -1, which stands for what is left.
        **kwargs: see :class:`Layer`.

    Raises:
        ValueError: more than one -1, an entry below -1, or, for an input shape, a different total size.
    """

    backward_uses = ()

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        self.target_shape = tuple(int(size) for size in target_shape)
        if self.target_shape.count(-1) > 1 or min(self.target_shape, default=0) < -1:
            raise ValueError(
                "There must be at most one unknown dimension (-1) in `target_shape`, and no other negative one. "
                f"Received: target_shape={self.target_shape}"
            )

    def passes_through(self, training: bool) -> bool:
        return True

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        batch, *sizes = input_shape
        if None in sizes:
            return batch, *(None if size == -1 else size for size in self.target_shape)
        total = math.prod(sizes)
        known = math.prod(size for size in self.target_shape if size != -1)
        whole = known > 0 and total % known == 0 if -1 in self.target_shape else total == known
        if not whole:
            raise ValueError(
                f"Reshape layer {self.name!r}: the total size must be unchanged. Received: input_shape={tuple(sizes)} "
                f"({total} numbers), target_shape={self.target_shape}, both without the batch axis."
            )
        return batch, *(total // known if size == -1 else size for size in self.target_shape)

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        np.copyto(y, x.reshape(y.shape))

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            np.copyto(dx, dy.reshape(dx.shape))

    def get_config(self) -> dict:
        return {**super().get_config(), "target_shape": self.target_shape}
