"""Masking: marks the steps of a sequence that are padding."""

import numpy as np

from kerasnp import registry
from kerasnp.layers.base import Buffer, Layer, Workspace, register


@register()
class Masking(Layer):
    """Masks the steps in which every feature equals a value, and sets them to zero.

    With ``m[..., t] = 1`` where some feature of ``x[..., t, :]`` differs from ``mask_value``, else 0:

        y  = m x
        dx = m dy

    Args:
        mask_value: the value.
        **kwargs: see :class:`Layer`.

    Input shape: (batch, steps, features); output: the same. Mask: (batch, steps).
    """

    backward_uses = ()

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        if isinstance(mask_value, dict) and mask_value.get("config"):
            mask_value = registry.deserialize_keras_object(mask_value)
        self.mask_value = mask_value

    def compute_mask(self, inputs, mask=None) -> np.ndarray:
        """Returns booleans: False for the steps that are masked."""
        return np.any(np.not_equal(inputs, self.mask_value), axis=-1)

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        return {
            "differs": Buffer(input_shape, "forward", "bool"),
            "kept": Buffer((*input_shape[:-1], 1), "kept", "bool"),
        }

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        np.not_equal(x, self.mask_value, out=buf.differs)
        np.any(buf.differs, axis=-1, keepdims=True, out=buf.kept)
        _copy_where(x, buf.kept, y)

    def fill_mask(self, x: np.ndarray, mask: np.ndarray | None, out: np.ndarray, buf: Workspace) -> None:
        np.copyto(out, buf.kept[..., 0])

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            _copy_where(dy, buf.kept, dx)

    def get_config(self) -> dict:
        return {**super().get_config(), "mask_value": self.mask_value}


def _copy_where(source: np.ndarray, kept: np.ndarray, target: np.ndarray) -> None:
    """Copies what is kept and sets the rest to zero, also where it is NaN."""
    target.fill(0)
    np.copyto(target, source, where=kept)
