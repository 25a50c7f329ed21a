"""Weights split into several files, ``<name>_00000.weights.h5`` and so on, listed in ``<name>.weights.json``."""

import contextlib
import os
import re
import stat
from collections.abc import Iterator

from kerasnp.saving import hdf5
from kerasnp.saving.errors import FileFormatError

_ENDING = ".weights.json"
_MOST_SHARDS = 1000


def read_index(path: str, content: dict) -> list[str]:
    """Returns the names of the shards.

    They are files beside the index whose names Keras makes from its name; a file cannot name any other.

    Args:
        path: the index.
        content: what it says.

    Raises:
        FileFormatError: no such index, or it names other files.
    """
    weight_map = content.get("weight_map")
    if not isinstance(weight_map, dict):
        raise FileFormatError(
            "it is JSON, but neither a list of sharded weights, with the key 'weight_map', nor the architecture of a "
            "model, with the key 'class_name'."
        )
    shards: set[str] = set()
    expected = re.compile(re.escape(os.path.basename(path).removesuffix(_ENDING)) + r"_\d{5}\.weights\.h5")
    for names in weight_map.values():
        for name in names if isinstance(names, list) else [names]:
            if not isinstance(name, str) or not expected.fullmatch(name):
                raise FileFormatError(f"it is refused: it names the file {name!r}, which is none of its shards.")
            shards.add(name)
    if len(shards) > _MOST_SHARDS:
        raise FileFormatError(f"it is refused: {len(shards)} shards.")
    return sorted(shards)


@contextlib.contextmanager
def open_shards(path: str, content: dict) -> Iterator[list[hdf5.Group]]:
    """Opens all shards of an index for reading.

    Args:
        path: the index.
        content: what it says.

    Raises:
        FileFormatError: one is missing, damaged, or a link.
    """
    with contextlib.ExitStack() as stack:
        files = []
        for name in read_index(path, content):
            shard = os.path.join(os.path.dirname(path), name)
            if not os.path.lexists(shard) or not stat.S_ISREG(os.lstat(shard).st_mode):
                raise FileFormatError(f"its shard {name!r} is missing, or no plain file.")
            files.append(stack.enter_context(hdf5.open_hdf5(shard)))
        yield files
