"""The arrays that a layer works in besides its input and output: what it asks for, and what it gets."""

from types import SimpleNamespace
from typing import NamedTuple


class Buffer(NamedTuple):
    """An array that a layer needs for one batch.

    Attributes:
        shape: its shape, batch axis included.
        life: when its content must survive. ``"forward"``: scratch of one forward call. ``"backward"``: scratch of one
            backward call. ``"step"``: written by forward, read by backward; None in a plan that only predicts.
            ``"kept"``: the same, but there in every plan, as forward itself needs it.
        dtype: its type; None means the layer's.
    """

    shape: tuple[int, ...]
    life: str
    dtype: str | None = None

    @property
    def in_prediction(self) -> bool:
        """Whether a plan that only predicts has it."""
        return self.life in ("forward", "kept")

    @property
    def reaches_backward(self) -> bool:
        """Whether backward reads what forward left there."""
        return self.life in ("step", "kept")


class Workspace(SimpleNamespace):
    """What ``forward`` and ``backward`` get as ``buf``.

    Attributes:
        kernels: the table of kernels of the layer's number type.
        x, y: the layer's input and output, in backward, if the class names them in ``backward_uses``; else None.
        mask: the mask of the input, if the layer uses masks and there is one; else None.
        the layer's own buffers by the names that :meth:`Layer.buffers` gave them.
    """
