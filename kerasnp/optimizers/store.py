"""The variables of an optimizer besides its iteration and learning rate."""

import collections
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kerasnp.variables import FlatParameters, Variable


class _Entry(NamedTuple):
    weight: Variable | None
    slot: str
    variable: Variable


class VariableStore:
    """The variables in the order of Keras's files, each known by its weight (identity, not name) and its own name.

    When the optimizer is built again for another set of weights, a weight that stays finds its variables again, with
    their values; the others are dropped.

    Args:
        owner: name of the optimizer, the first part of every path.
    """

    def __init__(self, owner: str):
        self._owner = owner
        self._entries: list[_Entry] = []
        # By weight and slot. An entry keeps its weight, so that no other gets its id.
        self._former: dict[tuple[int, str], list[_Entry]] = collections.defaultdict(list)
        self._before_build: int | None = None

    @property
    def variables(self) -> list[Variable]:
        return [entry.variable for entry in self._entries]

    @property
    def slots(self) -> list[str]:
        """The own name of each variable, such as "momentum"."""
        return [entry.slot for entry in self._entries]

    def restart(self) -> None:
        """Empties the store, but remembers what was in it. Variables made before the first build stay."""
        if self._before_build is None:
            self._before_build = len(self._entries)
        self._former = collections.defaultdict(list)
        for entry in self._entries[self._before_build :]:
            self._former[id(entry.weight), entry.slot].append(entry)
        del self._entries[self._before_build :]

    def add(self, slot: str, value: np.ndarray, weight: Variable | None = None) -> Variable:
        """Adds the variable ``slot`` of ``weight``: the former one if it fits, else one that starts at ``value``."""
        value = np.asarray(value)
        variable = self._take_former(slot, value, weight)
        if variable is None:
            name = slot if weight is None else f"{weight.path.replace('/', '_')}_{slot}"
            variable = Variable(value, trainable=False, name=name, path=f"{self._owner}/{name}")
        self._entries.append(_Entry(weight, slot, variable))
        return variable

    def add_flat(
        self, slots: Sequence[str], starts: Sequence, parameters: FlatParameters, weights: Sequence[Variable]
    ) -> dict[str, np.ndarray]:
        """Adds several variables for each weight, as views of one flat vector a slot.

        Args:
            slots: the names; the variables come weight by weight, each with all of these.
            starts: for each slot the number it starts at, or a vector laid out as ``parameters.values``.
            parameters: the layout.
            weights: whose variables they are, in the order of ``parameters``.

        Returns:
            The vectors by name.
        """
        vectors = {slot: parameters.zeros() for slot in slots}
        for vector, start in zip(vectors.values(), starts, strict=True):
            vector[...] = start
        views = [parameters.views(vector) for vector in vectors.values()]
        for weight, *places in zip(weights, *views, strict=True):
            for slot, place in zip(slots, places, strict=True):
                variable = self.add(slot, place, weight)
                place[...] = variable.value
                variable.value = place
        return vectors

    def _take_former(self, slot: str, value: np.ndarray, weight: Variable | None) -> Variable | None:
        entries = self._former[id(weight), slot]
        for position, entry in enumerate(entries):
            if entry.variable.shape == value.shape:
                return entries.pop(position).variable
        return None
