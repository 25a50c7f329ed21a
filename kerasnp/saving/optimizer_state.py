"""The state of optimizers in the files of every generation of Keras, brought into the order of our variables.

What is stored is always the number of steps and some arrays, "slots", for each weight. Keras 3 stores, in this order,
iteration, learning rate (unless a schedule gives it), and the slots; Keras 2 has no learning rate. Where names are
stored they say the slot, and its arrays come in the order of the weights; so the names are enough:

    Keras 3                       adam/model_dense_kernel_velocity
    Keras 2, 2.11 and later       Adam/v/dense/kernel:0
    Keras 2 before, and legacy    Adam/dense/kernel/v:0

Without them the order tells: in ``.weights.h5`` files that of Keras 3, where momentum and velocity of one weight stand
side by side; in those of Keras on several backends (``training/Adam/Variable_7:0``) one slot after the other.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from kerasnp.saving.errors import UnusableStateError
from kerasnp.variables import Variable

# Slots as older optimizers called them; the first that the optimizer has is meant.
_SLOTS = {
    "m": ("momentum",),
    "v": ("velocity", "norm"),
    "u": ("norm",),
    "vhat": ("velocity_hat",),
    "v_hat": ("velocity_hat",),
    "rms": ("velocity",),
    "mg": ("average_gradient",),
    "accum_grad": ("accumulated_grad",),
    "accum_var": ("accumulated_delta_var",),
}
# A number of Nadam that follows from the iteration. Keras 3 gave it no name of its own, and put it before momentum and
# velocity until 3.9, behind them since; Keras 2 did not store it, or another one (momentum_cache).
_COMPUTED = "product"
# What every optimizer may have, before the slots of its own.
_COMMON = ("average", "gradient_accumulator")
_UNNAMED = re.compile(r"variable(_\d+)?")
_ITERATION = ("iteration", "iter", "iterations")
# The slot that files may have beyond what the optimizer needs.
_UNUSED = "momentum"
_OWN_SCALARS = 4  # of a LossScaleOptimizer, before the state of the optimizer in it


class Array(Protocol):
    """An array, or one in a file that ``np.asarray`` reads."""

    shape: tuple[int, ...] | None
    dtype: np.dtype


class Optimizer(Protocol):
    """What is seen of an optimizer: all its variables, the slot of each after iteration and rate, and the weights."""

    name: str
    variables: list[Variable]
    slots: list[str]
    _trainable_variables: list[Variable]


class _Entry(NamedTuple):
    name: str
    array: Array


class _Unused(NamedTuple):
    """An array in a file that no variable takes, of this shape; None: of any."""

    shape: tuple[int, ...] | None = None
    path: str = "an array without meaning"


_Order = list[Variable | _Unused]


def read_optimizer_state(entries: Sequence[tuple[str, Array]], optimizer: Optimizer, source: str) -> list[np.ndarray]:
    """Returns a value for each of an optimizer's variables.

    Nothing is read from the file before every shape is known to fit. A learning rate that the file lacks stays the
    optimizer's own.

    Args:
        entries: names and arrays in the order of the file: the numbers ``"0"``, ``"1"``, ... or the names in ``.h5``.
        optimizer: a built optimizer.
        source: where the state stands, for messages.

    Raises:
        UnusableStateError: the state is of another optimizer, or of other weights.
    """
    entries = [_Entry(str(name), array) for name, array in entries]
    problem = "it is empty"
    for candidate in (entries, entries[_OWN_SCALARS:]):
        wrapped = candidate is not entries
        if not candidate or (wrapped and any(entry.array.shape != () for entry in entries[:_OWN_SCALARS])):
            continue
        try:
            return _read(candidate, optimizer)
        except UnusableStateError as error:
            problem = problem if wrapped else str(error)
    raise UnusableStateError(f"{source}: {problem}")


def _read(entries: list[_Entry], optimizer: Optimizer) -> list[np.ndarray]:
    layout = _Layout(optimizer)
    tokens = [_token(entry.name, set(layout.slots)) for entry in entries]
    if all(entry.name.isdecimal() for entry in entries):
        orders = layout.numbered_orders()
    elif None in tokens:
        orders = layout.grouped_orders()
    else:
        orders = [layout.named_order(tokens)]
    problems = [_misfit(entries, order) for order in orders]
    if None not in problems:
        raise UnusableStateError(problems[0])
    order = orders[problems.index(None)]
    stored = {id(taker): entry.array for taker, entry in zip(order, entries, strict=True)}
    return [np.array(stored.get(id(each), each.value), each.dtype) for each in optimizer.variables]


def _misfit(entries: list[_Entry], order: _Order) -> str | None:
    """Returns what keeps the entries from being what ``order`` says, or None."""
    if len(entries) != len(order):
        return f"expected {len(order)} arrays, found {len(entries)}"
    for (name, array), taker in zip(entries, order, strict=True):
        kind = getattr(array.dtype, "kind", None)
        integer = isinstance(taker, Variable) and taker.dtype.startswith("int")
        if array.shape is None or kind is None or kind not in ("iu" if integer else "fiu"):
            return f"{name!r} holds no {'integers' if integer else 'numbers'}"
        if taker.shape is not None and array.shape != taker.shape:
            what = f"{taker.path!r} of shape" if isinstance(taker, Variable) else "shape"
            return f"expected {what} {taker.shape}, found {name!r} of shape {array.shape}"
    return None


# -- by name ---------------------------------------------------------------------------------------


def _token(name: str, slots: set[str]) -> str | None:
    """Returns what a stored name says: ``"iteration"``, ``"learning_rate"`` or a slot; None if it says nothing.

    A slot that the optimizer does not have is returned in the file's word.
    """
    parts = name.partition(":")[0].split("/")
    last = parts[-1].rstrip("_")  # which tell equal names apart in our files
    if last in _ITERATION:
        return "iteration"
    if last == "learning_rate":
        return last
    if _COMPUTED in slots and (last == "momentum_cache" or _UNNAMED.fullmatch(last)):
        return _COMPUTED
    words = [last, *parts[1:2]] if len(parts) > 2 else [last]
    for word in words:
        meant = [slot for slot in (word, *_SLOTS.get(word, ())) if slot in slots]
        if meant or word in _SLOTS or word == _UNUSED:
            return meant[0] if meant else _SLOTS.get(word, (word,))[0]
    endings = [slot for slot in {*slots, _UNUSED} if last.endswith(f"_{slot}")]
    return max(endings, key=len, default=None)


class _Layout:
    """The orders in which the variables of one optimizer may stand in a file."""

    def __init__(self, optimizer: Optimizer):
        self.slots = list(optimizer.slots)
        first = len(optimizer.variables) - len(self.slots)
        self.iteration, *self.rate = optimizer.variables[:first]
        # Adafactor's integers mean nothing; Keras stores them as numbers of one type or another.
        self.targets = [
            _Unused(each.shape, each.path) if each.dtype.startswith("int") else each
            for each in optimizer.variables[first:]
        ]
        # Keras 2 gave momentum to every SGD, and several optimizers of Keras on several backends dummies.
        self.unused = [] if _UNUSED in self.slots else [_Unused(each.shape) for each in optimizer._trainable_variables]
        self.dummies = [_Unused((1,)) for _ in optimizer._trainable_variables]

    def named_order(self, tokens: list[str]) -> _Order:
        """Returns the order that names say; what has the same token comes in the order of the variables."""
        waiting = {"iteration": [self.iteration], "learning_rate": list(self.rate)}
        for slot, variable in zip(self.slots, self.targets, strict=True):
            waiting.setdefault(slot, []).append(variable)
        spare = {"learning_rate": [_Unused(())], _UNUSED: list(self.unused)}
        order: _Order = []
        for token in tokens:
            takers = waiting.get(token) or spare.get(token)
            if not takers:
                raise UnusableStateError(f"it has more arrays {token!r} than the optimizer")
            order.append(takers.pop(0))
        missing = [
            left[0].path for token, left in waiting.items() if left and token not in ("learning_rate", _COMPUTED)
        ]
        if missing:
            raise UnusableStateError(f"it has no {missing[0]!r}")
        return order

    def numbered_orders(self) -> list[_Order]:
        """Returns the orders of ``.weights.h5``: Keras 3's, and without the learning rate or with what is unused."""
        orders = [
            [self.iteration, *self.rate, *self.targets],
            [self.iteration, *self.targets],
            [self.iteration, _Unused(()), *self.targets],
            [self.iteration, *self.targets, *self.unused],
        ]
        if _COMPUTED in self.slots:
            pairs = list(zip(self.slots, self.targets, strict=True))
            computed = [variable for slot, variable in pairs if slot == _COMPUTED]
            common = [variable for slot, variable in pairs if slot in _COMMON]
            own = [variable for slot, variable in pairs if slot not in (_COMPUTED, *_COMMON)]
            orders += [[self.iteration, *rate, *common, *computed, *own] for rate in (self.rate, [])]
            orders += [[self.iteration, *common, *own]]
        return orders

    def grouped_orders(self) -> list[_Order]:
        """Returns the orders of Keras on several backends, which stored one slot after the other.

        RMSprop, Adagrad and Adadelta had no iteration there.
        """
        pairs = list(zip(self.slots, self.targets, strict=True))
        grouped = [variable for slot in dict.fromkeys(self.slots) for own, variable in pairs if own == slot]
        return [
            [self.iteration, *grouped],
            grouped,
            [self.iteration, *grouped, *self.unused],
            [self.iteration, *grouped, *self.dummies],
        ]
