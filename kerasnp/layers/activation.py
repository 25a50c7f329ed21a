"""Layers that apply an activation and have no weights."""

import math
import warnings

import numpy as np

from kerasnp import activations
from kerasnp.layers.base import Buffer, Layer, Shape, Workspace, register


class ActivationLayer(Layer):
    """A layer that is an activation function and nothing else.

    Args:
        activation: the :class:`~kerasnp.activations.ActivationFunction`.
        **kwargs: see :class:`Layer`.
    """

    supports_masking = True

    def __init__(self, activation: activations.ActivationFunction, **kwargs):
        super().__init__(**kwargs)
        self.activation = activation
        self.backward_uses = ("x",) if activation.uses_input else ("y",)

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        self.activation.forward(x, y, buf.kernels)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            self.activation.backward(dy, buf.x, buf.y, dx, buf.kernels)

    def gradient(self, x: np.ndarray, y: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """Returns the gradient by the input: another layer may have this one as its activation."""
        return self.activation.gradient(x, y, dy)


@register()
class Activation(ActivationLayer):
    """Applies an activation function.

    y = f(x), dx = dy f'(x).

    Args:
        activation: name, function or config, see :mod:`kerasnp.activations`; None means linear.
        **kwargs: see :class:`Layer`.
    """

    def __init__(self, activation, **kwargs):
        super().__init__(activations.get(activation), **kwargs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.activation.output_shape(input_shape)

    def passes_through(self, training: bool) -> bool:
        return self.activation is activations.linear

    @property
    def output_activation(self) -> activations.ActivationFunction:
        return self.activation

    def backward_from_logits(self, dz: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            np.copyto(dx, dz)

    def get_config(self) -> dict:
        return {**super().get_config(), "activation": activations.serialize(self.activation)}


@register()
class ReLU(ActivationLayer):
    """Rectified linear unit, see :func:`kerasnp.activations.relu`.

    y = min(x, max_value) where x > threshold, else negative_slope (x - threshold); dx = dy times the slope there, and 0
    at the two kinks.

    Args:
        max_value: greatest output; None means no limit.
        negative_slope: slope below the threshold.
        threshold: where the function leaves zero.
        **kwargs: see :class:`Layer`.

    Raises:
        ValueError: an argument is negative.
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        if max_value is not None and max_value < 0:
            raise ValueError(f"max_value of a ReLU layer cannot be a negative value. Received: max_value={max_value}")
        for name, value in (("negative_slope", negative_slope), ("threshold", threshold)):
            if value is None or value < 0:
                raise ValueError(f"{name} of a ReLU layer cannot be None or a negative value. Received: {name}={value}")
        super().__init__(activations.relu.with_parameters(negative_slope, max_value, threshold), **kwargs)
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }


@register()
class LeakyReLU(ActivationLayer):
    """Leaky rectified linear unit.

    y = x where x > 0, else negative_slope x; dx = dy, else negative_slope dy.

    Args:
        negative_slope: slope for negative inputs. Its old name ``alpha`` is taken too, with a warning.
        **kwargs: see :class:`Layer`.

    Raises:
        ValueError: ``negative_slope`` is negative.
    """

    def __init__(self, negative_slope=0.3, **kwargs):
        if "alpha" in kwargs:
            negative_slope = kwargs.pop("alpha")
            warnings.warn("Argument `alpha` is deprecated. Use `negative_slope` instead.", stacklevel=2)
        if negative_slope is None or negative_slope < 0:
            raise ValueError(
                "The negative_slope value of a Leaky ReLU layer cannot be None or negative value. Expected a float. "
                f"Received: negative_slope={negative_slope}"
            )
        super().__init__(activations.leaky_relu.with_parameters(negative_slope), **kwargs)
        self.negative_slope = negative_slope

    def get_config(self) -> dict:
        return {**super().get_config(), "negative_slope": self.negative_slope}


@register()
class ELU(ActivationLayer):
    """Exponential linear unit.

    y = x where x > 0, else alpha (exp(x) - 1); dx = dy, else (y + alpha) dy.

    Args:
        alpha: minus the limit at minus infinity, not negative.
        **kwargs: see :class:`Layer`.
    """

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(activations.elu.with_parameters(alpha), **kwargs)
        self.alpha = alpha

    def get_config(self) -> dict:
        return {**super().get_config(), "alpha": self.alpha}


@register()
class Softmax(Layer):
    """Softmax over one axis or several.

    y_i = exp(x_i) / sum over k of exp(x_k), dx_i = y_i (dy_i - sum over k of dy_k y_k).

    Args:
        axis: the axis of the sums, or a list of axes.
        **kwargs: see :class:`Layer`.
    """

    supports_masking = True
    backward_uses = ("y",)

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        self._axes(len(input_shape))
        return input_shape

    def _axes(self, rank: int) -> tuple[int, ...]:
        """Returns the axes of the sums, counted from the front."""
        axes = self.axis if isinstance(self.axis, list) else [self.axis]
        if not axes or not all(-rank <= axis < rank for axis in axes):
            raise ValueError(
                f"axis of layer {self.name!r} (Softmax) must name axes of its input, which has {rank}. "
                f"Received: axis={self.axis}"
            )
        return tuple(sorted({axis % rank for axis in axes}))

    def _order(self, rank: int) -> tuple[int, ...] | None:
        """Returns the axes with those of the sums last, or None if they are last already."""
        axes = self._axes(rank)
        order = (*(axis for axis in range(rank) if axis not in axes), *axes)
        return None if order == tuple(range(rank)) else order

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        order = self._order(len(input_shape))
        if order is None:
            return {}
        shape = tuple(input_shape[axis] for axis in order)
        return {
            "moved": Buffer(shape, "forward"),
            "moved_y": Buffer(shape, "backward"),
            "moved_dy": Buffer(shape, "backward"),
        }

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        order = self._order(x.ndim)
        if order is None:
            buf.kernels.softmax_forward(self._rows(x), self._rows(y))
            return
        np.copyto(buf.moved, x.transpose(order))
        moved = self._rows(buf.moved)
        buf.kernels.softmax_forward(moved, moved)
        np.copyto(y.transpose(order), buf.moved)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is None:
            return
        order = self._order(dy.ndim)
        if order is None:
            buf.kernels.softmax_backward(self._rows(dy), self._rows(buf.y), self._rows(dx))
            return
        np.copyto(buf.moved_y, buf.y.transpose(order))
        np.copyto(buf.moved_dy, dy.transpose(order))
        moved_dy = self._rows(buf.moved_dy)
        buf.kernels.softmax_backward(moved_dy, self._rows(buf.moved_y), moved_dy)
        np.copyto(dx.transpose(order), buf.moved_dy)

    def _rows(self, array: np.ndarray) -> np.ndarray:
        """Returns a view (rows, elements of one sum) of an array with the axes of the sums last."""
        leading = array.ndim - len(self._axes(array.ndim))
        return array.reshape(math.prod(array.shape[:leading]), math.prod(array.shape[leading:]))

    @property
    def output_activation(self) -> activations.ActivationFunction | None:
        return activations.softmax if self.axis in (-1, [-1]) else None

    def backward_from_logits(self, dz: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            np.copyto(dx, dz)

    def get_config(self) -> dict:
        return {**super().get_config(), "axis": self.axis}
