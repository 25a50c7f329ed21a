"""The weights of a file or a model as a tree of dictionaries, in Keras 3's layout without its groups ``vars``."""

from collections.abc import Iterator

import h5py
import numpy as np

from kerasnp.saving import hdf5
from kerasnp.saving.attributes import Attributes
from kerasnp.saving.errors import FileFormatError
from kerasnp.saving.places import model_places, optimizer_place
from kerasnp.saving.stored import Stored
from kerasnp.saving.weights_h5 import SEEDS

_VARIABLES = "vars"  # the group with an object's own weights; in the tree they lie in the object itself

Tree = dict[str, "Tree | np.ndarray"]
Metadata = dict[str, dict[str, str]]  # path to what a file says of an object


def read_tree(group: hdf5.Group, attributes: Attributes, tree: Tree, metadata: Metadata, path: str = "") -> None:
    """Adds what lies below a group to a tree.

    Raises:
        FileFormatError: a link, damage, or an object and a weight of one name.
    """
    name = attributes.text(group, "name")
    if name is not None:
        metadata[path] = {"name": name}
    for key in group:
        member = hdf5.child(group, key)
        if isinstance(member, hdf5.Group) and key == _VARIABLES:
            read_tree(member, attributes, tree, metadata, path)
            continue
        is_object = isinstance(member, hdf5.Group) and hdf5.holds_data(member)
        if not is_object and not (isinstance(member, Stored) and member.is_number):
            continue
        if key in tree and not (is_object and isinstance(tree[key], dict)):
            raise FileFormatError(f"it is refused: there are two members {key!r} at {path!r}.")
        if is_object:
            read_tree(member, attributes, tree.setdefault(key, {}), metadata, f"{path}/{key}".lstrip("/"))
        else:
            tree[key] = np.asarray(member)


def write_tree(root: h5py.Group, tree: Tree, metadata: Metadata, path: str = "") -> None:
    """Writes a tree as Keras lays it out."""
    arrays = {key: value for key, value in tree.items() if not isinstance(value, dict)}
    if arrays:
        group = root.require_group(path if path == SEEDS else f"{path}/{_VARIABLES}")
        for key, value in arrays.items():
            group.create_dataset(key, data=value)
        if path in metadata:
            group.attrs["name"] = metadata[path]["name"]
    for key, value in tree.items():
        if isinstance(value, dict):
            write_tree(root, value, metadata, f"{path}/{key}".lstrip("/"))


def tree_of(model) -> Tree:
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


def tree_lines(tree: Tree, metadata: Metadata, prefix: str, path: str = "") -> Iterator[str]:
    """Yields the lines of a drawing of a tree."""
    for number, (key, value) in enumerate(tree.items()):
        last = number == len(tree) - 1
        start = f"{prefix}{'└─ ' if last else '├─ '}{key}"
        if not isinstance(value, dict):
            yield f"{start}: shape={value.shape}, dtype={value.dtype}"
            continue
        inner = f"{path}/{key}".lstrip("/")
        name = metadata.get(inner, {}).get("name")
        yield f"{start} ({name!r})" if name else start
        yield from tree_lines(value, metadata, prefix + ("    " if last else "│   "), inner)


def differences(expected: Tree, stored: Tree) -> tuple[int, list[str]]:
    """Returns how many weights of a model and a file are equal in shape, and what is not, in sorted order."""
    matches, problems = 0, []
    waiting = [("", expected, stored)]
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
    return matches, sorted(problems)


def _missing(path: str, value, owner: str, other: str) -> str:
    if not isinstance(value, dict):
        return f"...Weight {path} present in {owner}, missing from {other}"
    return (
        f"...Object {path} present in {owner}, missing from {other}\n"
        f"    In {owner}, {path} contains the following keys: {list(value)}"
    )


def places_of(tree: Tree, name: str, path: str = "") -> Iterator[tuple[Tree, str]]:
    """Yields each tree that has a member of this name, with the path of the member."""
    if name in tree:
        yield tree, f"{path}/{name}".lstrip("/")
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from places_of(value, name, f"{path}/{key}")


def checked_weights(weights) -> Tree:
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
