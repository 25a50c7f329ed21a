"""The layout of weights in Keras 3, in ``.weights.h5`` files and within ``.keras`` archives.

:mod:`kerasnp.saving.places` says where everything lies. Keras stores no streams of random numbers; we add them as
``seed_generators/0``, ``1`` and so on, which Keras does not look at, so that training goes on bit by bit.
"""

import re
from collections.abc import Sequence

import h5py

from kerasnp.saving import hdf5
from kerasnp.saving.attributes import Attributes
from kerasnp.saving.errors import FileFormatError, UnusableStateError
from kerasnp.saving.places import WAS_FUNCTIONAL, Model, keyed, model_places, optimizer_place
from kerasnp.saving.plan import Plan
from kerasnp.saving.stored import Stored

OPTIMIZER = "optimizer/vars"
SEEDS = "seed_generators"
# Where Keras 2.12 put the list of layers.
OLD_LAYERS = "_layer_checkpoint_dependencies"
_MODEL_PARTS = ("layers", OLD_LAYERS, "vars")


def write(root: h5py.Group, model: Model, include_optimizer: bool = True) -> None:
    """Writes the weights of a model, and unless told otherwise the state of its training."""
    places = model_places(model)
    if include_optimizer:
        if model.optimizer is not None and model.optimizer.built:
            places.append(optimizer_place(model.optimizer))
        write_seeds(root, model)
    for place in places:
        group = root.create_group(place.path)
        group.attrs["name"] = place.name
        for index, variable in enumerate(place.variables):
            group.create_dataset(str(index), data=variable.value)


def write_seeds(root: h5py.Group, model: Model) -> None:
    """Writes where the model's streams of random numbers are."""
    for index, generator in enumerate(seed_generators(model)):
        root.create_dataset(f"{SEEDS}/{index}", data=generator.state.value)


def seed_generators(model: Model) -> list:
    """Returns what draws random numbers in a model, in the order of its layers."""
    generators = getattr(model, "_seed_generators", list)()
    return list({id(generator): generator for generator in generators}.values())


class Weights:
    """Weights in the layout of Keras 3.

    Args:
        roots: the files that have them; several if they were split into shards.

    Attributes:
        roots: these.
    """

    def __init__(self, roots: Sequence[hdf5.Group]):
        self.roots = list(roots)
        self._by_class: dict[hdf5.Group, dict[str, list[tuple[int, str]]]] = {}

    def plan(self, model: Model, by_name: bool = False) -> Plan:
        """Returns which array goes to which weight of a model."""
        if by_name:
            raise FileFormatError("`by_name` only supports loading legacy '.h5' or '.hdf5' files.")
        plan = Plan()
        places = model_places(model, self._functional_models(model, ""))
        for place in places:
            plan.add(place.name, place.path, place.variables, self._arrays(place.path))
        plan.unknown = self._other_layers([place.path.rpartition("/")[0] for place in places])
        return plan

    def optimizer_state(self) -> list[tuple[str, Stored]] | None:
        """Returns the names and arrays of the optimizer's state, or None if there is none.

        Raises:
            UnusableStateError: there is something else in its place.
        """
        if all(hdf5.subgroup(root, OPTIMIZER) is None for root in self.roots):
            return None
        stored = self._arrays(OPTIMIZER)
        if stored is None:
            raise UnusableStateError(f"{OPTIMIZER} must hold arrays with the names 0, 1, ...")
        return [(str(index), array) for index, array in enumerate(stored)]

    def seeds(self) -> list[Stored]:
        """Returns the state of the streams of random numbers; none in files of Keras."""
        return self._arrays(SEEDS) or []

    def arrays(self) -> list[Stored]:
        """Returns all weights, without the optimizer's state, in no particular order."""
        parts = (hdf5.subgroup(root, part) for root in self.roots for part in _MODEL_PARTS)
        return [array for part in parts if part is not None for array in hdf5.all_arrays(part)]

    def _arrays(self, path: str) -> list[Stored] | None:
        """Returns the arrays ``0``, ``1``, ... at a place; None if something else is there."""
        groups = [group for root in self.roots if (group := self._find(root, path)) is not None]
        if len(groups) <= 1:
            return hdf5.numbered_arrays(next(iter(groups), None))
        members = {name: hdf5.array(group, name) for group in groups for name in group}
        ordered = [members.get(str(index)) for index in range(sum(map(len, groups)))]
        return None if None in ordered else ordered

    def _functional_models(self, model, path: str) -> set[str]:
        """Returns the names of the inner models that the file has as Functional ones, which are Sequential here.

        The key of a Sequential and that of a Functional count on their own; so where a list has both, the shapes of
        the weights tell which is which.

        Args:
            model: the model, or one within it.
            path: where it is, empty or with a slash at its end.
        """
        found: set[str] = set()
        for layer in model.layers:
            if not hasattr(layer, "layers"):
                continue
            places = {}
            for name in (None, layer.name):
                keys = keyed(model.layers, found | {name})
                places[name] = f"{path}layers/{next(key for key, item in keys if item is layer)}"
            fitting = [name for name, place in places.items() if self._fits(layer, place)]
            if len(fitting) == 2:
                fitting = [name for name in fitting if self._name(places[name]) == layer.name]
                if len(fitting) != 1 and not hasattr(layer, WAS_FUNCTIONAL):
                    raise FileFormatError(
                        f"{places[None]} and {places[layer.name]} are of the same shapes, and nothing says which of "
                        f"them is {layer.name!r}. Load a file with the whole model, or make it by model_from_json()."
                    )
                if len(fitting) != 1:
                    fitting = [layer.name if getattr(layer, WAS_FUNCTIONAL) else None]
            if fitting and fitting[0]:
                found.add(layer.name)
            found |= self._functional_models(layer, places[layer.name if layer.name in found else None] + "/")
        return found

    def _fits(self, layer, path: str) -> bool:
        """Tells whether the arrays at a place have the shapes of a layer's weights, in any order."""
        groups = [group for root in self.roots if (group := self._find(root, path)) is not None]
        shapes = [array.shape or () for group in groups for array in hdf5.all_arrays(group)]
        return bool(groups) and sorted(shapes) == sorted(
            variable.shape for place in model_places(layer) for variable in place.variables
        )

    def _name(self, path: str) -> str | None:
        """Returns the name that the file gives the owner of a place, as Keras does since 3.6."""
        for root in self.roots:
            group = self._find(root, f"{path}/vars")
            if group is not None:
                return Attributes(root).text(group, "name")
        return None

    def _other_layers(self, owners: list[str]) -> list[str]:
        """Returns the layers in the lists of ``owners`` that hold data and are not among the owners themselves.

        Args:
            owners: the paths of the model (the empty one) and of its layers.
        """
        unknown: dict[str, None] = {}
        for root in self.roots:
            groups = [self._find(root, owner) for owner in owners if owner]
            known = {group.name for group in groups if group is not None}
            lists = [self._find(root, f"{owner}/layers".lstrip("/")) for owner in owners]
            members = [hdf5.child(group, name) for group in lists if group is not None for name in group]
            for member in members:
                if isinstance(member, hdf5.Group) and member.name not in known and hdf5.holds_data(member):
                    unknown[member.name.lstrip("/")] = None
        return list(unknown)

    def _find(self, root: hdf5.Group, path: str) -> hdf5.Group | None:
        """Returns the group at ``path``, a place in the layout of Keras 3, or None if there is none."""
        group, in_old_list = root, False
        for part in path.split("/"):
            name = self._renumbered(group, part) if in_old_list else part
            in_old_list = part == "layers" and part not in group and OLD_LAYERS in group
            group = hdf5.subgroup(group, OLD_LAYERS if in_old_list else name)
            if group is None:
                return None
        return group

    def _renumbered(self, group: hdf5.Group, key: str) -> str:
        """Returns the key in a Keras 2.12 list, where the numbers within a class grow but have gaps."""
        if group not in self._by_class:
            found: dict[str, list[tuple[int, str]]] = {}
            for name in group:
                base, number = _split(name)
                found.setdefault(base, []).append((number, name))
            self._by_class[group] = {base: sorted(names) for base, names in found.items()}
        base, position = _split(key)
        names = self._by_class[group].get(base, [])
        return names[position][1] if position < len(names) else key


def _split(key: str) -> tuple[str, int]:
    """Returns the class in a key and its number: "dense" and 2 of "dense_2", and 0 of "dense"."""
    base, _, number = key.rpartition("_")
    return (base, int(number)) if base and re.fullmatch("[0-9]{1,9}", number) else (key, 0)
