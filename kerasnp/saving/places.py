"""Where each variable of a model lies in a weights file: Keras 3's layout.

A model has the place ``vars`` and its layers ``layers/<key>/vars``; a layer held by another one, in an attribute
``cell``, has ``layers/<key>/cell/vars``, one in a nested model ``layers/<key>/layers/<key>/vars``; the optimizer has
``optimizer/vars``. A key is the snake-case name of the class, with ``_1``, ``_2`` for the next ones of that class in
the same list; so the names that a user or the automatic counter gave have no influence.
"""

import collections
from collections.abc import Collection, Iterator
from typing import NamedTuple, Protocol

from kerasnp.registry import snake_case
from kerasnp.variables import Variable

FUNCTIONAL = "functional"  # the key of inner models of that class
WAS_FUNCTIONAL = "_was_functional"  # an attribute of inner models that are made of the config of a file


class Optimizer(Protocol):
    """What saving needs to see of an optimizer."""

    name: str
    built: bool
    variables: list[Variable]


class Model(Protocol):
    """What saving needs to see of a model."""

    name: str
    built: bool
    layers: list
    optimizer: Optimizer | None

    def ensure_optimizer_built(self) -> None:
        """Makes the optimizer's variables for the model's trainable weights, unless they are there."""


class Place(NamedTuple):
    """The variables of one layer, model or optimizer, and the group that holds them.

    Attributes:
        path: the group, such as ``"layers/dense_1/vars"``; the i-th variable is its dataset ``str(i)``.
        name: the owner's name, for messages and for the group's attribute ``name``.
        variables: the owner's own variables, those of the layers inside it left out.
    """

    path: str
    name: str
    variables: list[Variable]


def model_places(model: Model, functional: Collection[str] = ()) -> list[Place]:
    """Returns the places of a model's weights, each layer once, a weightless one with no variables.

    Args:
        model: the model.
        functional: the names of inner models that are Functional ones for the Keras that wrote the file.
    """
    return list(_walk(model, "", set(), functional))


def optimizer_place(optimizer: Optimizer) -> Place:
    """Returns the place of a built optimizer's state."""
    return Place("optimizer/vars", optimizer.name, list(optimizer.variables))


def _walk(owner, path: str, seen: set[int], functional: Collection[str]) -> Iterator[Place]:
    if id(owner) in seen:
        return
    seen.add(id(owner))
    own = getattr(owner, "_variables", [])
    # Trainable ones first, by how they were made: freezing a layer changes no order.
    yield Place(f"{path}vars", owner.name, sorted(own, key=lambda variable: not variable.trainable))
    for attribute, child in _children(owner):
        if _is_layer(child):
            yield from _walk(child, f"{path}{attribute}/", seen, functional)
        elif isinstance(child, (list, tuple, dict)):
            for key, item in keyed(child.values() if isinstance(child, dict) else child, functional):
                yield from _walk(item, f"{path}{attribute}/{key}/", seen, functional)


def _children(owner) -> list[tuple[str, object]]:
    """Returns the attributes that may hold layers: of a model its ``layers``, of a layer all, in Keras's order."""
    if hasattr(owner, "layers"):
        return [("layers", owner.layers)]
    return sorted(vars(owner).items(), key=lambda item: (item[0].startswith("_"), item[0]))


def _is_layer(value) -> bool:
    return hasattr(value, "name") and (hasattr(value, "_variables") or hasattr(value, "layers"))


def keyed(items, functional: Collection[str] = ()) -> Iterator[tuple[str, object]]:
    """Yields the layers in a list with their keys; ``functional`` as for :func:`model_places`."""
    counts: collections.Counter = collections.Counter()
    for item in filter(_is_layer, items):
        is_functional = item.name in functional and hasattr(item, "layers")
        key = FUNCTIONAL if is_functional else snake_case(type(item).__name__)
        yield (f"{key}_{counts[key]}" if counts[key] else key), item
        counts[key] += 1
