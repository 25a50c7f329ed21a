"""Layers that change the shape and the order of numbers: where the order stays, a plan gives both one memory."""

import math

import numpy as np

from kerasnp import config
from kerasnp.layers.base import Layer, Shape, Workspace, register, require_rank
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


@register()
class Permute(Layer):
    """Reorders the axes of each sample: ``y = x.transpose(0, *dims)``, and dx is dy in the old order.

    Args:
        dims: for each axis of the output the axis of the input, from 1 on, that it is; the batch axis is not listed.
            ``(2, 1)`` exchanges the two axes of each sample.
        **kwargs: see :class:`Layer`.

    Raises:
        ValueError: ``dims`` is no order of 1, 2, ..., or the input has another number of axes.
    """

    backward_uses = ()

    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
        if any(not isinstance(dim, int) for dim in self.dims) or sorted(self.dims) != [*range(1, len(self.dims) + 1)]:
            raise ValueError(
                "Invalid permutation argument `dims` for Permute layer. The set of indices in `dims` must be "
                f"consecutive and start from 1. Received: dims={dims!r}"
            )

    def passes_through(self, training: bool) -> bool:
        return self.dims == tuple(sorted(self.dims))

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        require_rank(self, input_shape, len(self.dims) + 1, f"batch and one for each of dims={self.dims}")
        return input_shape[0], *(input_shape[dim] for dim in self.dims)

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        np.copyto(y, x.transpose(0, *self.dims))

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            np.copyto(dx.transpose(0, *self.dims), dy)

    def get_config(self) -> dict:
        return {**super().get_config(), "dims": self.dims}


@register()
class RepeatVector(Layer):
    """Makes a sequence of n equal steps: ``y[b, t] = x[b]`` for each t, and ``dx[b] = sum over t of dy[b, t]``.

    Args:
        n: number of steps.
        **kwargs: see :class:`Layer`.

    Input shape: (batch, features); output: (batch, n, features).

    Raises:
        TypeError: ``n`` is no integer.
        ValueError: it is not positive, or the input has not two axes.
    """

    backward_uses = ()

    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(n, int) or isinstance(n, bool):
            raise TypeError(f"Expected an integer value for `n`, got {n!r}, a {type(n).__name__}.")
        if n <= 0:
            raise ValueError(f"Argument `n` should be a positive integer. Received: n={n}")
        self.n = n

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        require_rank(self, input_shape, 2, "batch, features")
        batch, features = input_shape
        return batch, self.n, features

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        np.copyto(y, x[:, None])

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            np.sum(dy, axis=1, out=dx)

    def get_config(self) -> dict:
        return {**super().get_config(), "n": self.n}
