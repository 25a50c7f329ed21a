"""Looking into files of weights and changing what they hold."""

import os

import h5py
import numpy as np

from kerasnp.saving import hdf5, hdf5_writing
from kerasnp.saving.atomic import atomic_write
from kerasnp.saving.attributes import Attributes
from kerasnp.saving.model_file import open_model_file
from kerasnp.saving.places import model_places, optimizer_place
from kerasnp.saving.stored import Stored
from kerasnp.saving.weights_h5 import SEEDS, Weights
from kerasnp.utils.console import print_msg

_VARIABLES = "vars"  # the group with an object's own weights; in the tree they lie in the object itself
_RULE = "─" * 21

Tree = dict[str, "Tree | np.ndarray"]


class KerasFileEditor:
    """Shows what a file of weights holds, compares it with a model, and writes it anew with changes.

    The file is read once, whole, with all the checks of :func:`kerasnp.saving.load_model`, and never written to.
    Objects have paths such as ``"layers/dense_1"``, their weights the names ``"0"``, ``"1"`` and so on. Where only one
    place has a name, the name will do instead of the path. As Keras's class of this name, but for inner models, which
    that leaves out, and its counts of mismatches, some of which it counts twice.

    Args:
        filepath: a ``.keras`` or ``.weights.h5`` file of any Keras or of kerasnp.

    Attributes:
        weights_dict: the tree: dictionaries of objects, with arrays for their weights.
        object_metadata: path to what the file says of an object, such as ``{"name": "dense"}``.
        config: the model's config as it stands in the file; None in a file of weights.
        metadata: ``{"keras_version": ...}`` of a ``.keras`` file, else None.

    Raises:
        ValueError: it is an ``.h5`` file in the older format.
        FileFormatError: it is damaged, unsafe or no file of Keras.
        FileNotFoundError: there is no such file.
    """

    def __init__(self, filepath):
        self.filepath = os.fsdecode(filepath)
        self.weights_dict: Tree = {}
        self.object_metadata: dict[str, dict[str, str]] = {}
        with open_model_file(self.filepath) as stored:
            if not isinstance(stored.weights, Weights):
                raise ValueError(
                    f"Invalid file: expected a `.keras` or `.weights.h5` file. Received: filepath={self.filepath}, "
                    f"which is {stored.kind.value}. `python -m kerasnp convert IN OUT` turns it into another kind."
                )
            self.config = stored.config
            self.metadata = None if stored.config is None else {"keras_version": stored.keras_version}
            for root in stored.weights.roots:
                hdf5.all_arrays(root)  # refuses what lies too deep
                self._read(root, Attributes(root), self.weights_dict, "")
        print_msg(f"Keras model file {self.filepath!r}")
        if self.metadata is not None:
            print_msg(f"Saved with Keras {self.metadata['keras_version']}")

    def _read(self, group: hdf5.Group, attributes: Attributes, tree: Tree, path: str) -> None:
        name = attributes.text(group, "name")
        if name is not None:
            self.object_metadata[path] = {"name": name}
        for key in group:
            member = hdf5.child(group, key)
            if isinstance(member, Stored):
                if member.is_number:
                    tree[key] = np.asarray(member)
            elif key == _VARIABLES:
                self._read(member, attributes, tree, path)
            elif member is not None and hdf5.holds_data(member):
                inner = tree.setdefault(key, {})
                self._read(member, attributes, inner, f"{path}/{key}".lstrip("/"))

    # -- looking -----------------------------------------------------------------------------------

    def summary(self) -> None:
        """Prints the objects in the file and the shapes and types of their weights."""
        print_msg("\n".join(["Weights structure", *self._lines(self.weights_dict, "  ", "")]))

    def _lines(self, tree: Tree, prefix: str, path: str):
        for number, (key, value) in enumerate(tree.items()):
            last = number == len(tree) - 1
            start = f"{prefix}{'└─ ' if last else '├─ '}{key}"
            if not isinstance(value, dict):
                yield f"{start}: shape={value.shape}, dtype={value.dtype}"
                continue
            inner = f"{path}/{key}".lstrip("/")
            name = self.object_metadata.get(inner, {}).get("name")
            yield f"{start} ({name!r})" if name else start
            yield from self._lines(value, prefix + ("    " if last else "│   "), inner)

    def compare(self, reference_model) -> dict:
        """Prints where the file and a model differ: objects and weights that only one of them has, and shapes.

        Args:
            reference_model: a built model.

        Returns:
            ``status`` (``"success"`` or ``"error"``), ``error_count`` and ``match_count``, the number of equal weights.
        """
        print_msg("Running comparison")
        expected = _tree_of(reference_model)
        matches, problems = 0, []
        waiting = [("", expected, self.weights_dict)]
        while waiting:
            path, wanted, found = waiting.pop()
            for owner, here, other, there in (
                ("reference model", wanted, "saved file", found),
                ("saved file", found, "reference model", wanted),
            ):
                for key in here.keys() - there.keys():
                    problems.append(_missing(f"{path}/{key}", here[key], owner, other))
            for key in wanted.keys() & found.keys():
                first, second = wanted[key], found[key]
                if isinstance(first, dict) and isinstance(second, dict):
                    waiting.append((f"{path}/{key}", first, second))
                elif isinstance(first, dict) or isinstance(second, dict):
                    problems.append(f"...{path}/{key} is an object in one of them and a weight in the other")
                elif first.shape != second.shape:
                    problems.append(
                        f"...Weight shape mismatch for {path}/{key}\n    In reference model: shape={first.shape}\n"
                        f"    In saved file: shape={second.shape}"
                    )
                else:
                    matches += 1
        for problem in sorted(problems):
            print_msg(problem)
        print_msg(_RULE)
        if problems:
            print_msg(
                f"Found {_counted(len(problems), 'error')}: saved file is not compatible with the reference model"
            )
        else:
            print_msg("Comparison successful: saved file is compatible with the reference model")
            print_msg(f"    Found {_counted(matches, 'matching weight')}")
        return {"status": "error" if problems else "success", "error_count": len(problems), "match_count": matches}

    # -- changing ----------------------------------------------------------------------------------

    def rename_object(self, object_name: str, new_name: str) -> None:
        """Gives an object another key.

        Args:
            object_name: its path, or its key if no other one has that.
            new_name: the new key, without the path.

        Raises:
            ValueError: there is no such object, or there are several, or the new key is a path or taken.
        """
        if "/" in new_name or not new_name:
            raise ValueError(
                "Argument `target_name` should be a leaf name, not a full path name. "
                f"Received: target_name={new_name!r}"
            )
        owner, path = self._find(object_name)
        if new_name in owner:
            raise ValueError(f"Cannot rename {path!r} to {new_name!r}: there is an object of that name already.")
        front, _, key = path.rpartition("/")
        renamed = {new_name if name == key else name: value for name, value in owner.items()}
        owner.clear()
        owner.update(renamed)
        self._move_metadata(path, f"{front}/{new_name}".lstrip("/"))

    def delete_object(self, object_name: str) -> None:
        """Takes an object out, with all that is in it.

        Args:
            object_name: its path, or its key if no other one has that.

        Raises:
            ValueError: there is no such object, or there are several.
        """
        owner, path = self._find(object_name)
        del owner[path.rpartition("/")[2]]
        self._move_metadata(path, None)

    def add_object(self, object_path: str, weights: dict) -> None:
        """Adds an object.

        Args:
            object_path: its path; all but the last part are there already.
            weights: name to array, such as ``{"0": kernel, "1": bias}``.

        Raises:
            ValueError: there is no such place, it is taken, or the weights are not a dictionary of arrays of numbers.
        """
        weights = _checked(weights)
        front, _, key = object_path.rpartition("/")
        owner = self._object(front, f"Path {front!r} not found in model.")
        if key in owner or not key:
            raise ValueError(f"Cannot add an object at {object_path!r}: the place is taken, or it has no name.")
        owner[key] = weights

    def add_weights(self, object_name: str, weights: dict) -> None:
        """Adds weights to an object, or replaces those of the same names.

        Args:
            object_name: its path, or its key if no other one has that.
            weights: name to array.

        Raises:
            ValueError: there is no such object, or there are several, or the weights are no dictionary of arrays.
        """
        weights = _checked(weights)
        _, path = self._find(object_name)
        self._object(path, f"{path!r} is a weight and no object.").update(weights)

    def delete_weight(self, object_name: str, weight_name: str) -> None:
        """Takes one weight out of an object.

        Args:
            object_name: its path, or its key if no other one has that.
            weight_name: such as ``"0"``.

        Raises:
            ValueError: there is no such object or weight, or there are several.
        """
        _, path = self._find(object_name)
        owner = self._object(path, f"{path!r} is a weight and no object.")
        if weight_name not in owner:
            raise ValueError(f"Weight {weight_name} not found in object {object_name}. Weights found: {list(owner)}")
        del owner[weight_name]

    def save(self, filepath) -> None:
        """Writes all weights, as they are now, to a ``.weights.h5`` file; it is replaced in one step.

        Raises:
            ValueError: another ending.
        """
        path = os.fsdecode(filepath)
        if not path.endswith(".weights.h5"):
            raise ValueError(
                f"Invalid `filepath` argument: expected a `.weights.h5` extension. Received: filepath={path}"
            )
        content = hdf5_writing.in_memory(lambda file: self._write(file, self.weights_dict, ""))
        with atomic_write(path) as temporary:
            temporary.write_bytes(content)

    def resave_weights(self, filepath) -> None:
        """The same as :meth:`save`."""
        self.save(filepath)

    def _write(self, root: h5py.Group, tree: Tree, path: str) -> None:
        arrays = {key: value for key, value in tree.items() if not isinstance(value, dict)}
        if arrays:
            group = root.require_group(path if path == SEEDS else f"{path}/{_VARIABLES}")
            for key, value in arrays.items():
                group.create_dataset(key, data=value)
            if path in self.object_metadata:
                group.attrs["name"] = self.object_metadata[path]["name"]
        for key, value in tree.items():
            if isinstance(value, dict):
                self._write(root, value, f"{path}/{key}".lstrip("/"))

    # -- finding -----------------------------------------------------------------------------------

    def _object(self, path: str, problem: str) -> Tree:
        """Returns the object at a path."""
        tree = self.weights_dict
        for key in filter(None, path.split("/")):
            tree = tree.get(key)
            if not isinstance(tree, dict):
                raise ValueError(problem)
        return tree

    def _find(self, name: str) -> tuple[Tree, str]:
        """Returns what holds the object with a path or key, and its path."""
        if "/" in name:
            front, _, key = name.strip("/").rpartition("/")
            owner = self._object(front, f"Path '{name}' not found in model.")
            if key not in owner:
                raise ValueError(f"Path '{name}' not found in model.")
            return owner, f"{front}/{key}".lstrip("/")
        found = list(_places(self.weights_dict, name, ""))
        if len(found) > 1:
            raise ValueError(
                f"Name '{name}' occurs more than once in the model; try passing a complete path: "
                f"{[path for _, path in found]}"
            )
        if not found:
            raise ValueError(
                f"Source name '{name}' does not appear in the model. Use `editor.summary()` to list all objects."
            )
        return found[0]

    def _move_metadata(self, path: str, target: str | None) -> None:
        for old in [key for key in self.object_metadata if f"{key}/".startswith(f"{path}/")]:
            known = self.object_metadata.pop(old)
            if target is not None:
                self.object_metadata[target + old[len(path) :]] = known


def _places(tree: Tree, name: str, path: str):
    if name in tree:
        yield tree, f"{path}/{name}".lstrip("/")
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _places(value, name, f"{path}/{key}")


def _tree_of(model) -> Tree:
    """Returns a model's weights, and the state of its training, as they would lie in a file."""
    places = model_places(model)
    if model.optimizer is not None and model.optimizer.built:
        places.append(optimizer_place(model.optimizer))
    tree: Tree = {}
    for place in places:
        owner = tree
        for key in place.path.split("/")[:-1] if place.variables else ():
            owner = owner.setdefault(key, {})
        for index, variable in enumerate(place.variables):
            owner[str(index)] = variable.value
    return tree


def _missing(path: str, value, owner: str, other: str) -> str:
    if not isinstance(value, dict):
        return f"...Weight {path} present in {owner}, missing from {other}"
    return (
        f"...Object {path} present in {owner}, missing from {other}\n"
        f"    In {owner}, {path} contains the following keys: {list(value)}"
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _checked(weights) -> Tree:
    """Returns weights that a user gave as arrays of numbers."""
    if not isinstance(weights, dict):
        raise ValueError(
            "Argument `weights` should be a dict where keys are weight names (usually '0', '1', etc.) and values are "
            f"NumPy arrays. Received: type(weights)={type(weights)}"
        )
    arrays = {str(name): np.asarray(value) for name, value in weights.items()}
    for name, value in arrays.items():
        if value.dtype.kind not in "biuf" or "/" in name or not name:
            raise ValueError(
                f"Weight {name!r} must be an array of numbers, by a name without '/'; received {value!r:.80}."
            )
    return arrays
