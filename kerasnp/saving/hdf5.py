"""Reading HDF5 files that somebody else wrote: what they may contain, and what they may not make us do.

A file gives us numbers and nothing else. It cannot point at other files (links, external storage, virtual datasets),
and what it claims about its size is compared with the model before anything is allocated.
"""

import contextlib
import math
import os
import re
from collections.abc import Iterator

import h5py
import numpy as np

# Where Keras 2.12 put the list of layers.
OLD_LAYERS = "_layer_checkpoint_dependencies"
_LARGEST_CHUNK = 64 << 20  # bytes; writers choose 1 MiB or less


@contextlib.contextmanager
def open_weights(path: str | os.PathLike) -> Iterator[h5py.File]:
    """Opens a weights file in the layout of Keras 3 for reading.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file is of another kind, which the message names, or it is damaged.
    """
    name = os.fspath(path)
    if os.path.isdir(name):
        raise ValueError(f"Cannot read weights from {name!r}: it is a folder.")
    if not os.path.exists(name):
        raise FileNotFoundError(f"No weights file at {name!r}.")
    if not h5py.is_hdf5(name):
        with open(name, "rb") as file:
            zipped = file.read(2) == b"PK"
        kind = "a zip archive, such as a `.keras` model" if zipped else "not an HDF5 file"
        raise ValueError(f"{name!r} is {kind}; {_WANTED}")
    try:
        file = h5py.File(name, "r")
    except OSError as error:
        raise ValueError(f"{name!r} is a damaged HDF5 file: {error}") from error
    with file:
        kind = _other_kind(file)
        if kind:
            raise ValueError(f"{name!r} is {kind}; {_WANTED}")
        yield file


_WANTED = "load_weights reads weights in the layout of Keras 3 (`.weights.h5`)."


def _other_kind(file: h5py.File) -> str | None:
    """Names what an HDF5 file is if it does not have the layout of Keras 3, else returns None."""
    if "model_config" in file.attrs or _has(file, "model_weights"):
        return "a whole model in Keras's older `.h5` format"
    if "layer_names" in file.attrs or "layer_names0" in file.attrs:
        return "a weights file in Keras's older `.h5` format"
    if not any(_has(file, root) for root in ("layers", OLD_LAYERS, "optimizer", "vars")):
        return "an HDF5 file, but it holds no Keras weights"
    return None


def find_group(file: h5py.File, path: str) -> h5py.Group | None:
    """Returns the group at ``path``, a place in the layout of Keras 3, or None if there is none.

    Raises:
        ValueError: the way leads over a soft or an external link, or to something that is not a group.
    """
    group, in_old_list = file, False
    for part in path.split("/"):
        name = _renumbered(group, part) if in_old_list else part
        in_old_list = part == "layers" and not _has(group, part) and _has(group, OLD_LAYERS)
        child = _child(group, OLD_LAYERS if in_old_list else name)
        if child is None:
            return None
        if not isinstance(child, h5py.Group):
            raise ValueError(f"{file.filename!r} is refused: {child.name!r} must be a group.")
        group = child
    return group


def _renumbered(group: h5py.Group, key: str) -> str:
    """Returns the key in a Keras 2.12 list, where the numbers within a class grow but have gaps."""
    base, number = re.fullmatch(r"(.*?)(?:_(\d+))?", key).groups()
    same_class = (re.fullmatch(rf"{re.escape(base)}(?:_(\d+))?", name) for name in group)
    found = sorted((int(match[1] or 0), match[0]) for match in same_class if match)
    position = int(number or 0)
    return found[position][1] if position < len(found) else key


def _has(group: h5py.Group, name: str) -> bool:
    """Tells whether a group has a member, or a link, of this name. Unlike ``in`` it never looks behind a link."""
    return group.id.links.exists(_encoded(name))


def _child(group: h5py.Group, name: str):
    """Returns a group's member, or None; links out of the tree are refused."""
    if not _has(group, name):
        return None
    if group.id.links.get_info(_encoded(name)).type != h5py.h5l.TYPE_HARD:
        raise ValueError(
            f"{group.file.filename!r} is refused: {group.name.rstrip('/')}/{name} is a link to another place, which "
            "weights files never contain."
        )
    return group[name]


def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def datasets(group: h5py.Group | None) -> list[h5py.Dataset] | None:
    """Returns the datasets ``0``, ``1``, ... of a group (none where there is no group); None if it has other members.

    Raises:
        ValueError: a dataset takes its content from elsewhere, or is laid out to exhaust the memory.
    """
    members = [] if group is None else [_child(group, str(index)) for index in range(len(group))]
    if not all(isinstance(member, h5py.Dataset) for member in members):
        return None
    for member in members:
        _check_storage(member)
    return members


def _check_storage(dataset: h5py.Dataset) -> None:
    problem = None
    if dataset.external:
        problem = "takes its content from another file"
    elif dataset.is_virtual:
        problem = "is a view of other datasets"
    elif dataset.chunks and math.prod(dataset.chunks) * dataset.dtype.itemsize > max(dataset.nbytes, _LARGEST_CHUNK):
        problem = f"is stored in chunks of {dataset.chunks}"
    if problem:
        raise ValueError(f"{dataset.file.filename!r} is refused: the dataset {dataset.name!r} {problem}.")


def fits(dataset: h5py.Dataset, shape: tuple[int, ...], dtype: str) -> bool:
    """Tells whether a variable of this shape and type can take the dataset: integers only from integers."""
    kinds = "fiu" if np.dtype(dtype).kind == "f" else "iu"
    return dataset.shape == shape and dataset.dtype.kind in kinds and not _unwritten(dataset)


def _unwritten(dataset: h5py.Dataset) -> bool:
    """Tells whether a size was declared but no bytes stored: HDF5 would read such a dataset as zeros."""
    return bool(dataset.size) and dataset.id.get_storage_size() == 0


def describe(dataset: h5py.Dataset) -> str:
    """Returns shape and type for a table of mismatches, such as ``"(3, 3, 1, 8) float32"``."""
    if dataset.shape is None:
        return "an empty dataset"
    return f"{dataset.shape} {dataset.dtype}{', without content' if _unwritten(dataset) else ''}"


def other_layers(file: h5py.File, owners: list[str]) -> list[str]:
    """Returns the layers in the lists of ``owners`` that hold data and are not among the owners themselves.

    Args:
        file: the weights file.
        owners: the paths of the model (the empty one) and of its layers.
    """
    groups = [find_group(file, owner) for owner in owners if owner]
    known = {group.name for group in groups if group is not None}
    lists = [find_group(file, f"{owner}/layers".lstrip("/")) for owner in owners]
    members = [_child(group, name) for group in lists if group is not None for name in group]
    return [
        member.name.lstrip("/")
        for member in members
        if isinstance(member, h5py.Group) and member.name not in known and _holds_data(member)
    ]


def _holds_data(group: h5py.Group) -> bool:
    """Tells whether there is a dataset anywhere below; links are not followed."""
    return bool(group.visititems(lambda _, member: isinstance(member, h5py.Dataset) or None))
