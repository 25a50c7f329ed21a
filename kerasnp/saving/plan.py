"""Which array of a file goes to which weight: worked out and checked as a whole before the first weight changes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kerasnp.saving.stored import Stored
from kerasnp.variables import Variable

_LONGEST_TABLE = 40  # rows


class Mismatch(NamedTuple):
    """One line of the table that an error shows."""

    layer: str
    place: str
    expected: str
    found: str


class Plan:
    """What a file has for a model.

    Attributes:
        pairs: each weight with its array, which is read when it is assigned.
        mismatches: what does not fit; of those layers no weight is among the pairs.
        unknown: places in the file of layers that the model lacks.
    """

    def __init__(self):
        self.pairs: list[tuple[Variable, Stored | np.ndarray]] = []
        self.mismatches: list[Mismatch] = []
        self.unknown: list[str] = []

    def add(self, layer: str, place: str, variables: Sequence[Variable], stored: Sequence[Stored] | None) -> None:
        """Pairs the variables of one owner with arrays, all of them or none.

        Args:
            layer: the owner's name.
            place: where the arrays are; None instead of them: that place holds something else.
            variables, stored: k-th goes to k-th.
        """
        if stored is None or len(stored) != len(variables):
            found = "names other than 0, 1, ..." if stored is None else arrays(len(stored))
            self.mismatches.append(Mismatch(layer, place, arrays(len(variables)), found))
            return
        pairs = list(zip(variables, stored, strict=True))
        problems = [
            Mismatch(layer, array.name.lstrip("/"), f"{variable.shape} {variable.dtype}", str(array))
            for variable, array in pairs
            if not array.fits(variable.shape, variable.dtype)
        ]
        self.mismatches += problems
        self.pairs += [] if problems else pairs

    def missing(self, variables: Sequence[Variable]) -> list[str]:
        """Returns the paths of those variables that get no array."""
        planned = {id(variable) for variable, _ in self.pairs}
        return [variable.path for variable in variables if id(variable) not in planned]

    def read(self) -> list[np.ndarray]:
        """Reads every array, in the order of the pairs and of the weight's number type.

        Raises:
            FileFormatError: one is damaged.
        """
        return [np.asarray(stored, variable.dtype) for variable, stored in self.pairs]

    def assign(self, values: Sequence[np.ndarray]) -> None:
        """Overwrites the weights with what :meth:`read` returned."""
        for (variable, _), value in zip(self.pairs, values, strict=True):
            variable.assign(value)

    def read_and_assign(self) -> None:
        """Reads array after array into the weights: for a model that nobody else has yet."""
        for variable, stored in self.pairs:
            variable.assign(np.asarray(stored))

    def table(self) -> str:
        """Sets the mismatches in columns under a heading."""
        rows = [Mismatch("layer", "place in the file", "expected", "found"), *self.mismatches[:_LONGEST_TABLE]]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        if len(self.mismatches) > _LONGEST_TABLE:
            lines.append(f"... and {len(self.mismatches) - _LONGEST_TABLE} more")
        return "\n".join(lines)


def arrays(count: int) -> str:
    """Returns ``"1 array"``, ``"2 arrays"`` and so on."""
    return f"{count} array{'' if count == 1 else 's'}"
