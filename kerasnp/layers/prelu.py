"""PReLU: a rectified linear unit whose slopes are learned."""

import math

import numpy as np

from kerasnp import constraints, initializers, regularizers
from kerasnp.layers.base import Buffer, Layer, Shape, Workspace, register
from kerasnp.utils.arrays import samples_of


@register()
class PReLU(Layer):
    """Rectified linear unit with learned slopes (He et al., 2015).

    y = x where x > 0, else alpha x. dx = dy where x > 0, alpha dy where x < 0, 0 at zero; the gradient by alpha is the
    sum of dy min(x, 0) over the batch and the shared axes.

    Args:
        alpha_initializer, alpha_regularizer, alpha_constraint: of the slopes.
        shared_axes: input axes, counted with the batch axis, along which one slope serves: ``[1, 2]`` gives one slope
            a channel for images (batch, height, width, channels).
        **kwargs: see :class:`Layer`.
    """

    supports_masking = True
    backward_uses = ("x",)

    def __init__(
        self, alpha_initializer="Zeros", alpha_regularizer=None, alpha_constraint=None, shared_axes=None, **kwargs
    ):
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        if shared_axes is not None:
            shared_axes = list(shared_axes) if isinstance(shared_axes, (list, tuple)) else [shared_axes]
        self.shared_axes = shared_axes

    def build(self, input_shape: Shape) -> None:
        shape = list(input_shape)
        for axis in self.shared_axes or ():
            if not 1 <= axis < len(shape):
                raise ValueError(
                    f"shared_axes of layer {self.name!r} (PReLU) must be between 1 and {len(shape) - 1} for an input "
                    f"of shape {tuple(input_shape)}. Received: shared_axes={self.shared_axes}"
                )
            shape[axis] = 1
        if None in shape[1:]:
            raise ValueError(
                f"Layer {self.name!r} (PReLU) needs to know every axis that is not in shared_axes={self.shared_axes}. "
                f"Received: input shape {tuple(input_shape)}"
            )
        self.alpha = self.add_weight(
            shape=shape[1:],
            name="alpha",
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        if self.built:
            expected = self.alpha.shape
            fits = len(input_shape) == len(expected) + 1 and all(
                axis in (self.shared_axes or ()) or input_shape[axis] in (None, size)
                for axis, size in enumerate(expected, 1)
            )
            if not fits:
                raise ValueError(
                    f"Input 0 of layer {self.name!r} (PReLU) is incompatible with the layer: its slopes have shape "
                    f"{expected}, with shared_axes={self.shared_axes}. Full shape received: {tuple(input_shape)}"
                )
        return input_shape

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        """Shared slopes are written out for each feature: the kernels know only rows of features."""
        if not self.shared_axes:
            return {}
        features = (math.prod(input_shape[1:]),)
        return {
            "forward_slopes": Buffer(features, "forward"),
            "backward_slopes": Buffer(features, "backward"),
            "slope_gradient": Buffer(features, "backward"),
        }

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        slopes = self._slopes(x, buf.forward_slopes if self.shared_axes else None)
        buf.kernels.prelu_forward(samples_of(x), slopes, samples_of(y))

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        x, gradient = buf.x, self.alpha.gradient
        slopes = self._slopes(x, buf.backward_slopes if self.shared_axes else None)
        slope_gradient = None
        if gradient is not None:
            slope_gradient = buf.slope_gradient if self.shared_axes else gradient.reshape(-1)
        buf.kernels.prelu_backward(
            samples_of(dy), samples_of(x), slopes, None if dx is None else samples_of(dx), slope_gradient
        )
        if gradient is not None and self.shared_axes:
            axes = tuple(axis - 1 for axis in self.shared_axes)
            np.sum(slope_gradient.reshape(x.shape[1:]), axis=axes, keepdims=True, out=gradient)

    def _slopes(self, x: np.ndarray, buffer: np.ndarray | None) -> np.ndarray:
        if buffer is None:
            return self.alpha.value.reshape(-1)
        np.copyto(buffer.reshape(x.shape[1:]), self.alpha.value)
        return buffer

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "alpha_initializer": initializers.serialize(self.alpha_initializer),
            "alpha_regularizer": regularizers.serialize(self.alpha_regularizer),
            "alpha_constraint": constraints.serialize(self.alpha_constraint),
            "shared_axes": self.shared_axes,
        }
