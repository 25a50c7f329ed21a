"""Layers that prepare data before a model computes: they take texts and integers, which a plan's arrays cannot hold.

A plan is one block of memory with numbers of one type, laid out for a batch shape. A text has no place in it. So these
layers, and those in front of them, run in Python on each batch before it goes into the plan (``engine/lead_in.py``).
Nothing flows back through them, so they stand in front of all layers that learn.
"""

from typing import ClassVar

import numpy as np

from kerasnp.layers.base import Layer, Workspace

# What may be the type of the output where it is a number of something.
INTEGER_TYPES = ("int32", "int64")
# What layers may be said to be of that look texts or integers up.
TEXT_TYPES = (*INTEGER_TYPES, "string")


def type_name(dtype) -> str | None:
    """Returns the name of a type that is a name, a type or a policy's config; None for None."""
    name = dtype.get("config", dtype).get("name") if isinstance(dtype, dict) else getattr(dtype, "name", dtype)
    return name if name is None or isinstance(name, str) else np.dtype(name).name


class HostLayer(Layer):
    """A layer that turns arrays of one kind into arrays of another; a subclass writes :meth:`convert`.

    Args:
        dtype: number type for computing, or one of :attr:`other_types`; None means ``config.floatx()``.
        **kwargs: see :class:`Layer`.
    """

    runs_before_plan: ClassVar[bool] = True
    backward_uses = ()
    # What dtype may name besides number types for computing, as Keras's files do; to most layers it means nothing.
    other_types: ClassVar[tuple[str, ...]] = INTEGER_TYPES

    def __init__(self, *, dtype=None, **kwargs):
        name = type_name(dtype)
        super().__init__(dtype=None if name in self.other_types else name, **kwargs)
        self._float_type = self.dtype

    def __call__(self, x, training: bool = False, mask=None) -> np.ndarray:
        """Returns the output for ``x``: an array, a list, or one value."""
        if (symbol := self.symbolic(x, mask=mask)) is not None:
            return symbol
        x = self.as_input(x)
        self.ensure_built((None, *x.shape[1:]))
        return self.convert(x)

    def as_input(self, x) -> np.ndarray:
        """Returns what the user passed as the array that :meth:`convert` takes."""
        return np.asarray(x)

    def convert(self, x: np.ndarray) -> np.ndarray:
        """Returns the output for an array."""
        raise NotImplementedError(f"{type(self).__name__} defines no convert(x).")

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        y[...] = self(x)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            raise ValueError(
                f"Nothing flows back through layer {self.name!r} ({type(self).__name__}): put it in front of the "
                "layers that are trained."
            )


def as_texts(x) -> np.ndarray:
    """Returns texts as an array of ``str`` objects; bytes are taken as UTF-8.

    Raises:
        ValueError: there is something else.
    """
    x = np.asarray(x)
    if x.dtype.kind == "U":
        return x.astype(object)
    if x.dtype.kind == "S":
        x = x.astype(object)
    if x.dtype.kind != "O":
        raise ValueError(f"Expected texts; received an array of {x.dtype} with shape {x.shape}.")
    result = np.empty(x.shape, object)
    result.ravel()[...] = [_text(item) for item in x.ravel()]
    return result


def _text(item) -> str:
    if isinstance(item, bytes):
        return item.decode("utf-8", errors="replace")
    if not isinstance(item, str):
        raise ValueError(f"Expected texts; received {item!r:.100}, a {type(item).__name__}.")
    return item


def batches_of(data, steps: int | None, whole: tuple[type, ...]):
    """Yields the batches in what ``adapt`` was given.

    Args:
        data: an array, or an iterable of batches.
        steps: batches to take of an iterable; None means all.
        whole: types that are one batch, besides arrays.
    """
    if hasattr(data, "__array__") or isinstance(data, (str, bytes, *whole)):
        yield data
        return
    if hasattr(data, "__getitem__") and hasattr(data, "num_batches"):
        data = (data[index] for index in range(len(data)))
    for number, batch in enumerate(data):
        if steps is not None and number >= steps:
            return
        yield batch[0] if isinstance(batch, tuple) else batch
