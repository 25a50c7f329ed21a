"""Keras's older ``.h5``: weights by the names of layers, in files of their own or with the whole model.

A group has the attribute ``layer_names`` and one group a layer, with the attribute ``weight_names`` and an array for
each of those names. In a whole model that group is ``model_weights``, beside it is ``optimizer_weights``, and the
configs are attributes of the file, as JSON.
"""

from collections.abc import Sequence

import h5py
import numpy as np

from kerasnp.saving import hdf5, hdf5_writing
from kerasnp.saving.attributes import Attributes
from kerasnp.saving.errors import FileFormatError
from kerasnp.saving.places import Model
from kerasnp.saving.plan import Mismatch, Plan, arrays
from kerasnp.saving.stored import Stored
from kerasnp.saving.weight_conversion import convert_layer_weights
from kerasnp.saving.weights_h5 import SEEDS, write_seeds
from kerasnp.variables import Variable

MODEL_WEIGHTS = "model_weights"
OPTIMIZER_WEIGHTS = "optimizer_weights"
_OWN = "top_level_model_weights"
_LONGEST_LIST = 8  # names that an error lists


def ordered_weights(layer) -> list[Variable]:
    """Returns the weights of a layer or an inner model in the order of these files: those that train now come first."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


# -- writing ---------------------------------------------------------------------------------------


def write(file: h5py.File, model: Model, keras_version: str, include_optimizer: bool = True) -> None:
    """Writes the weights of a model, and unless told otherwise the state of its training."""
    group = file.create_group(MODEL_WEIGHTS)
    for owner in (file, group):
        owner.attrs["backend"] = b"tensorflow"  # says that kernels are not mirrored, as Theano's were
        owner.attrs["keras_version"] = keras_version.encode()
    hdf5_writing.write_names(group, "layer_names", [layer.name for layer in model.layers])
    for layer in model.layers:
        _write_variables(group.create_group(layer.name), ordered_weights(layer))
    _write_variables(group.create_group(_OWN), [])
    if include_optimizer:
        if model.optimizer is not None and model.optimizer.built:
            _write_variables(file.create_group(OPTIMIZER_WEIGHTS), model.optimizer.variables)
        write_seeds(file, model)


def _write_variables(group: h5py.Group, variables: Sequence[Variable]) -> None:
    paths: dict[str, Variable] = {}
    for variable in variables:
        path = variable.path
        while path in paths:
            path += "_"
        paths[path] = variable
        group.create_dataset(path, data=variable.value)
    hdf5_writing.write_names(group, "weight_names", list(paths))


# -- reading ---------------------------------------------------------------------------------------


class LegacyWeights:
    """Weights by the names of layers.

    Args:
        group: the group with the attribute ``layer_names``.
        root: the file.
        attributes: the texts in its attributes.
    """

    def __init__(self, group: hdf5.Group, root: hdf5.Group, attributes: Attributes):
        self._group, self._root, self._attributes = group, root, attributes
        self.keras_version = attributes.text(group, "keras_version") or attributes.text(root, "keras_version") or "1"
        self.backend = attributes.text(group, "backend") or attributes.text(root, "backend") or ""

    def plan(self, model: Model, by_name: bool = False) -> Plan:
        """Returns which array goes to which weight of a model.

        Args:
            model: a built model.
            by_name: pairs layers of the same name, and leaves out those without a partner. Otherwise the k-th layer
                that has weights is paired with the k-th in the file.
        """
        plan = Plan()
        stored = self._layers()
        if by_name:
            layers = {layer.name: layer for layer in model.layers}
            pairs = [(layers[name], name) for name in stored if name in layers]
        else:
            layers = [layer for layer in model.layers if layer.weights]
            named = [name for name, members in stored.items() if members]
            if len(layers) != len(named):
                raise FileFormatError(
                    "Layer count mismatch when loading weights from file. "
                    f"Model {model.name!r} expected {len(layers)} layers with weights ({_listed(layers)}), found "
                    f"{len(named)} saved layers ({_listed(named)}). by_name=True loads layers of the same name."
                )
            pairs = list(zip(layers, named, strict=True))
        for layer, name in pairs:
            self._add(plan, layer, f"{self._group.name.strip('/')}/{name}".lstrip("/"), stored[name])
        own = self._members(_OWN) or []
        if own:
            plan.mismatches.append(Mismatch(model.name, _OWN, arrays(0), arrays(len(own))))
        return plan

    def _layers(self) -> dict[str, list[Stored]]:
        """Returns the arrays of every layer in the file, by its name, in the order of the model."""
        listed = self._attributes.names(self._group, "layer_names")
        if listed is None:
            raise FileFormatError("it has no list of layers: the attribute 'layer_names' is missing.")
        layers = {}
        for name in listed:
            members = self._members(name)
            if members is None or name in layers:
                problem = "twice" if name in layers else "but there is no group of that name"
                raise FileFormatError(f"its list of layers has {name!r} {problem}.")
            layers[name] = members
        return layers

    def _members(self, name: str) -> list[Stored] | None:
        group = hdf5.subgroup(self._group, name)
        return None if group is None else [stored for _, stored in self._named_arrays(group)]

    def _add(self, plan: Plan, layer, place: str, stored: list[Stored]) -> None:
        """Pairs one layer, converting what an older Keras or another backend stored in another form."""
        variables = ordered_weights(layer)
        if hasattr(layer, "layers"):
            stored = _reordered(variables, stored)
        as_they_are = [array.shape for array in stored] == [variable.shape for variable in variables]
        older = self.keras_version.startswith(("0", "1")) or self.backend == "theano"
        # A conversion joins, turns or adds arrays up, so these cannot be larger than about twice the weights.
        plausible = sum(array.size for array in stored) <= 2 * sum(variable.value.size for variable in variables)
        if not plausible or (as_they_are and not older) or not all(array.is_number for array in stored):
            plan.add(layer.name, place, variables, stored)
            return
        values = [np.asarray(array) for array in stored]
        converted = convert_layer_weights(layer, values, self.keras_version, self.backend)
        if [np.shape(value) for value in converted] == [variable.shape for variable in variables]:
            plan.pairs += zip(variables, converted, strict=True)
        else:
            plan.add(layer.name, place, variables, stored)

    def optimizer_state(self) -> list[tuple[str, Stored]] | None:
        """Returns the names and arrays of the optimizer's state, or None if there is none."""
        group = hdf5.subgroup(self._root, OPTIMIZER_WEIGHTS)
        return None if group is None else self._named_arrays(group)

    def seeds(self) -> list[Stored]:
        """Returns the state of the streams of random numbers; none in files of Keras."""
        return hdf5.numbered_arrays(hdf5.subgroup(self._root, SEEDS)) or []

    def arrays(self) -> list[Stored]:
        """Returns all weights, without the optimizer's state, in the order of the model if the lists are whole."""
        found = hdf5.all_arrays(self._group)
        try:
            listed = [array.name for members in self._layers().values() for array in members]
        except FileFormatError:
            return found
        places = {name: index for index, name in enumerate(listed)}
        return sorted(found, key=lambda array: places.get(array.name, len(places)))

    def _named_arrays(self, group: hdf5.Group) -> list[tuple[str, Stored]]:
        """Returns the names in ``weight_names`` with their arrays.

        Raises:
            FileFormatError: there is no array of such a name.
        """
        found = []
        for name in self._attributes.names(group, "weight_names") or []:
            stored = hdf5.array(group, name)
            if stored is None:
                raise FileFormatError(f"{group.name!r} lists the weight {name!r}, but there is no array of that name.")
            found.append((name, stored))
        return found


def _listed(layers: Sequence) -> str:
    names = [getattr(layer, "name", layer) for layer in layers]
    return ", ".join(names[:_LONGEST_LIST] + ["..."] * (len(names) > _LONGEST_LIST)) or "none"


def _reordered(variables: Sequence[Variable], stored: list[Stored]) -> list[Stored]:
    """Returns the arrays of an inner model in the order of its weights, if the names tell that it has changed.

    What trains comes first, so freezing a layer moves its arrays; Keras then loads them into weights of other layers.
    """
    by_name = {_own_name(array.name): array for array in stored}
    names = [_own_name(variable.path) for variable in variables]
    if len(by_name) == len(stored) and sorted(by_name) == sorted(names):
        return [by_name[name] for name in names]
    return stored


def _own_name(path: str) -> str:
    """Returns the names of layer and weight, ``"dense/kernel"`` of ``"inner/dense/kernel:0"``."""
    return "/".join(path.partition(":")[0].split("/")[-2:])
