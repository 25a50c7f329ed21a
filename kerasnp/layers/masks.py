"""Masks: which steps of a sequence count, and what a layer makes of that.

A mask is an array of booleans with the first axes of a layer's input, mostly (batch, steps): False marks a step that is
padding. ``Embedding(mask_zero=True)`` and ``Masking`` make one. It then goes up the stack beside the data: a layer that
supports masks hands it on, or makes another one of it, as its ``compute_mask`` says; a layer that does not destroys it,
with a warning. A layer that has a use for the mask of its input is given it. Where a mask reaches the end of a model,
losses and metrics leave the masked steps out.
"""

import inspect
import warnings

import numpy as np


class Masked:
    """The part of a layer that deals with masks.

    A layer of one's own that is to hand masks on sets ``self.supports_masking = True``, or defines ``compute_mask``.
    One that uses them takes ``mask`` as an argument of ``call`` (and of ``gradient``, if it needs it there); in the
    full form it sets ``uses_mask = True`` and finds the mask, or None, as ``buf.mask``.
    """

    name: str
    supports_masking: bool = False
    uses_mask: bool = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        own = vars(cls)
        if "compute_mask" in own:
            cls.supports_masking = own.get("supports_masking", True)
        if "call" in own:
            cls.uses_mask = own.get("uses_mask", "mask" in inspect.signature(own["call"]).parameters)

    def compute_mask(self, inputs, mask=None):
        """Returns the mask of the output, or None: that of the input, unless a layer says otherwise.

        Args:
            inputs: the input (batch, ...).
            mask: its mask, booleans, or None.
        """
        return mask

    def fill_mask(self, x: np.ndarray, mask: np.ndarray | None, out: np.ndarray, buf) -> None:
        """Writes the mask of the output into ``out``; a plan calls it after ``forward``, where there is a new one.

        Args:
            x: the input.
            mask: its mask, or None.
            out: booleans, of the shape that ``compute_mask`` returns.
            buf: the workspace that ``forward`` had.
        """
        out[...] = self.compute_mask(x, mask)

    @property
    def hands_mask_on(self) -> bool:
        """Whether the mask of the output is that of the input."""
        return self.supports_masking and type(self).compute_mask is Masked.compute_mask

    def mask_shape(self, input_shape: tuple[int, ...], mask_shape: tuple[int, ...] | None) -> tuple[int, ...] | None:
        """Returns the shape of the output's mask, or None if it has none: ``compute_mask`` is tried on zeros.

        Args:
            input_shape: shape of the input, without unknown sizes.
            mask_shape: shape of its mask, or None.
        """
        if not self.supports_masking:
            return None
        if self.hands_mask_on:
            return mask_shape
        mask = None if mask_shape is None else np.ones((1, *mask_shape[1:]), np.bool_)
        made = self.compute_mask(np.zeros((1, *input_shape[1:]), self.input_dtype), mask)
        return None if made is None else (input_shape[0], *np.shape(made)[1:])

    def warn_of_lost_mask(self) -> None:
        """Says that the mask of the input goes no further."""
        warnings.warn(
            f"Layer {self.name!r} (of type {type(self).__name__}) was passed an input with a mask attached to it. "
            "However, this layer does not support masking and will therefore destroy the mask information. Downstream "
            "layers will not see the mask.",
            stacklevel=3,
        )


def mask_after(layer: Masked, inputs: np.ndarray, mask: np.ndarray | None) -> np.ndarray | None:
    """Returns the mask that goes with a layer's output, or None.

    Args:
        layer: the layer.
        inputs, mask: its input, and the mask of that or None.
    """
    if layer.supports_masking:
        return layer.compute_mask(inputs, mask)
    if mask is not None:
        layer.warn_of_lost_mask()
    return None
