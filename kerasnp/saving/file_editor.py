"""Looking into files of weights and changing what they hold."""

import os

from kerasnp.saving import hdf5, hdf5_writing
from kerasnp.saving.atomic import atomic_write
from kerasnp.saving.attributes import Attributes
from kerasnp.saving.model_file import open_model_file
from kerasnp.saving.weight_trees import (
    Metadata,
    Tree,
    checked_weights,
    differences,
    places_of,
    read_tree,
    tree_lines,
    tree_of,
    write_tree,
)
from kerasnp.saving.weights_h5 import Weights
from kerasnp.utils.console import print_msg

_RULE = "─" * 21


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
        self.object_metadata: Metadata = {}
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
                read_tree(root, Attributes(root), self.weights_dict, self.object_metadata)
        print_msg(f"Keras model file {self.filepath!r}")
        if self.metadata is not None:
            print_msg(f"Saved with Keras {self.metadata['keras_version']}")

    # -- looking -----------------------------------------------------------------------------------

    def summary(self) -> None:
        """Prints the objects in the file and the shapes and types of their weights."""
        print_msg("\n".join(["Weights structure", *tree_lines(self.weights_dict, self.object_metadata, "  ")]))

    def compare(self, reference_model) -> dict:
        """Prints where the file and a model differ: objects and weights that only one of them has, and shapes.

        Args:
            reference_model: a built model.

        Returns:
            ``status`` (``"success"`` or ``"error"``), ``error_count`` and ``match_count``, the number of equal weights.
        """
        print_msg("Running comparison")
        matches, problems = differences(tree_of(reference_model), self.weights_dict)
        for problem in problems:
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
        weights = checked_weights(weights)
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
        weights = checked_weights(weights)
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
        content = hdf5_writing.in_memory(lambda file: write_tree(file, self.weights_dict, self.object_metadata))
        with atomic_write(path) as temporary:
            temporary.write_bytes(content)

    def resave_weights(self, filepath) -> None:
        """The same as :meth:`save`."""
        self.save(filepath)

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
        found = list(places_of(self.weights_dict, name))
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


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
