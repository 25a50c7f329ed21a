"""Weights: named arrays, and the one flat vector they are views of.

All trainable weights of a model live in one vector and their gradients in another, so that an optimizer is one pass
over two vectors, clipping is one norm and a checkpoint is one copy.
"""

import contextlib
import contextvars
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

ALIGNMENT = 64  # bytes: a cache line, and the widest vector register
_room: contextvars.ContextVar[list[int] | None] = contextvars.ContextVar("room", default=None)


@contextlib.contextmanager
def unfilled(entries: int) -> Iterator[None]:
    """Has layers make their weights without values, as these come from a file, and no more than the file can fill.

    A config that claims a huge model is so found out before any memory is taken.

    Args:
        entries: how many numbers the file has.
    """
    token = _room.set([entries])
    try:
        yield
    finally:
        _room.reset(token)


def first_value(shape: tuple[int, ...], dtype, initializer: Callable) -> np.ndarray:
    """Returns what a new weight starts with: what ``initializer`` makes, or zeros within :func:`unfilled`.

    Raises:
        ValueError: the file has fewer numbers.
    """
    room = _room.get()
    if room is None:
        return initializer(shape, dtype=dtype)
    room[0] -= math.prod(shape)
    if room[0] < 0:
        raise ValueError(f"the file has not enough numbers for the weights of the model, such as one of shape {shape}")
    return np.zeros(shape, dtype)


def aligned_empty(count: int, dtype) -> np.ndarray:
    """Returns an uninitialised vector whose first element starts on a cache line."""
    dtype = np.dtype(dtype)
    raw = np.empty(count * dtype.itemsize + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + count * dtype.itemsize].view(dtype)


def _aligned(value, dtype=None) -> np.ndarray:
    """Returns a copy in C order that starts on a cache line: vectors then lie in one line, not across two."""
    value = np.asarray(value, dtype)
    copy = aligned_empty(value.size, value.dtype).reshape(value.shape)
    copy[...] = value
    return copy


class Variable(np.lib.mixins.NDArrayOperatorsMixin):
    """A named weight. In arithmetic and NumPy functions it stands for its value.

    Attributes:
        value: the array, C-contiguous; a view of the model's flat vector once the model trains.
        gradient: the array that ``backward`` fills, of the same shape; None while nobody trains this weight.
        name: short name, such as ``"kernel"``.
        path: full name, such as ``"sequential/dense/kernel"``.
        trainable: whether an optimizer may change it (a layer's own ``trainable`` comes on top).
        regularizer: penalty added to the loss, or None.
        constraint: projection applied after each optimizer step, or None.
    """

    def __init__(
        self, value, dtype=None, trainable=True, name="variable", path=None, regularizer=None, constraint=None
    ):
        self.value = _aligned(value, dtype)
        self.gradient: np.ndarray | None = None
        self.name = name
        self.path = path or name
        self.trainable = trainable
        self.regularizer = regularizer
        self.constraint = constraint

    def __getstate__(self):
        # The gradient belongs to the model that trains this weight, not to a copy of it.
        return {**self.__dict__, "gradient": None}

    def __setstate__(self, state):
        self.__dict__.update(state, value=_aligned(state["value"]))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def ndim(self) -> int:
        return self.value.ndim

    @property
    def dtype(self) -> str:
        return self.value.dtype.name

    def numpy(self) -> np.ndarray:
        """Returns a copy of the value."""
        return self.value.copy()

    def assign(self, value) -> "Variable":
        """Overwrites the value in place.

        Raises:
            ValueError: ``value`` has another shape.
        """
        value = np.asarray(value)
        if value.shape != self.shape:
            raise ValueError(
                f"The shape of the value does not fit variable {self.path!r}: expected {self.shape}, "
                f"received {value.shape}."
            )
        self.value[...] = value
        return self

    def assign_add(self, value) -> "Variable":
        """Adds to the value in place."""
        return self.assign(self.value + value)

    def assign_sub(self, value) -> "Variable":
        """Subtracts from the value in place."""
        return self.assign(self.value - value)

    # Arithmetic gives arrays, but two variables are equal only if they are the same one.
    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        inputs = [item.value if isinstance(item, Variable) else item for item in inputs]
        out = kwargs.get("out", ())
        if out:
            kwargs["out"] = tuple(item.value if isinstance(item, Variable) else item for item in out)
        result = getattr(ufunc, method)(*inputs, **kwargs)
        return out[0] if len(out) == 1 else result

    def __getitem__(self, index):
        return self.value[index]

    def __len__(self) -> int:
        return len(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __array__(self, dtype=None, copy=None):
        if dtype is None or np.dtype(dtype) == self.value.dtype:
            return self.value.copy() if copy or copy is None else self.value
        return self.value.astype(dtype)

    def __repr__(self):
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}, value={self.value}>"


class FlatParameters:
    """The trainable weights of a model as one vector, and their gradients as another.

    Making one moves the variables: their ``value`` and ``gradient`` become views. Each variable starts on a cache
    line; the gaps between them hold zeros in both vectors, which every optimizer leaves zero.

    Attributes:
        variables: the weights, in the model's order.
        values, gradients: the two vectors, of equal length and type.
        slices: where each variable lies in them.
    """

    def __init__(self, variables: Sequence[Variable]):
        self.variables = list(variables)
        dtypes = {variable.dtype for variable in self.variables} or {"float32"}
        if len(dtypes) > 1:
            listing = ", ".join(f"{variable.path} {variable.dtype}" for variable in self.variables)
            raise ValueError(f"All trainable weights of a model must have one dtype; received {listing}.")
        self.dtype = np.dtype(dtypes.pop())
        step = ALIGNMENT // self.dtype.itemsize
        self.slices: list[slice] = []
        stop = 0
        for variable in self.variables:
            start = -(-stop // step) * step
            stop = start + variable.value.size
            self.slices.append(slice(start, stop))
        self.values = self.zeros(stop)
        self.gradients = self.zeros(stop)
        self._homes = self.views(self.values)
        for variable, value, gradient in zip(self.variables, self._homes, self.views(self.gradients), strict=True):
            value[...] = variable.value
            variable.value, variable.gradient = value, gradient

    def __len__(self) -> int:
        return len(self.variables)

    def __iter__(self) -> Iterator[Variable]:
        return iter(self.variables)

    def zeros(self, size: int | None = None) -> np.ndarray:
        """Returns a new aligned vector of zeros, as long as ``values`` unless ``size`` is given."""
        vector = aligned_empty(self.values.size if size is None else size, self.dtype)
        vector.fill(0)
        return vector

    def views(self, vector: np.ndarray) -> list[np.ndarray]:
        """Returns one array per variable, of its shape, into a vector laid out as ``values`` is."""
        return [
            vector[place].reshape(variable.shape) for variable, place in zip(self.variables, self.slices, strict=True)
        ]

    def release(self) -> None:
        """Takes the gradients away: the variables keep their values and are no longer trained."""
        for variable in self.variables:
            variable.gradient = None

    def holds(self, variables: Sequence[Variable]) -> bool:
        """Tells whether exactly these variables, in this order, live here (another model may have moved them)."""
        return len(variables) == len(self.variables) and all(
            mine is theirs and mine.value is home and mine.gradient is not None
            for mine, home, theirs in zip(self.variables, self._homes, variables, strict=True)
        )
