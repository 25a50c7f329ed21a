"""Vocabularies that Keras keeps beside the config in an archive: ``assets/layers/string_lookup/vocabulary.txt``.

They are those that a layer took from data. Here they are put into the config, where given vocabularies stand.
"""

import collections
from typing import Protocol

import numpy as np

from kerasnp.registry import snake_case
from kerasnp.saving import hdf5
from kerasnp.saving.errors import FileFormatError

LARGEST = 64 << 20  # bytes of one vocabulary
_LAYERS = ("StringLookup", "IntegerLookup", "TextVectorization")
_MOST_DIGITS = 20
_DEEPEST = 20  # models within models


class Members(Protocol):
    """An archive or the folder of one."""

    def __contains__(self, name: str) -> bool: ...

    def read(self, name: str, limit: int) -> bytes: ...


def add_vocabularies(config: dict, members: Members, weights: hdf5.Group, place: str = "", depth: int = 0) -> None:
    """Puts the vocabularies of an archive into the configs of the layers that they belong to.

    Args:
        config: of a model, as it stands in the file; changed in place.
        members: the archive.
        weights: its weights, among which are those of words.
        place: of the model in the archive, empty or with a slash at its end.
        depth: how many models it is in.

    Raises:
        FileFormatError: a vocabulary is damaged.
    """
    settings = config.get("config")
    layers = settings.get("layers") if isinstance(settings, dict) else None
    if not isinstance(layers, list) or depth > _DEEPEST:
        return
    counts: collections.Counter = collections.Counter()
    for layer in layers:
        if not isinstance(layer, dict) or not isinstance(layer.get("class_name"), str):
            continue
        name = layer["class_name"]
        if name == "InputLayer" and config.get("class_name") == "Sequential":
            continue
        key = snake_case(name[:100])
        own = f"{place}layers/{key}_{counts[key]}" if counts[key] else f"{place}layers/{key}"
        counts[key] += 1
        add_vocabularies(layer, members, weights, f"{own}/", depth + 1)
        arguments = layer.get("config")
        member = f"assets/{own}/vocabulary.txt"
        if (
            name in _LAYERS
            and isinstance(arguments, dict)
            and arguments.get("vocabulary") is None
            and member in members
        ):
            arguments["vocabulary"] = _tokens(members.read(member, LARGEST), name == "IntegerLookup", member)
            if arguments.get("output_mode") == "tf_idf":
                arguments["idf_weights"] = _weights(weights, f"{own}/vars", len(arguments["vocabulary"]))


def _tokens(content: bytes, integers: bool, member: str) -> list:
    try:
        lines = content.decode("utf-8").replace("\r\n", "\n").split("\n")
        while lines and not lines[-1]:
            lines.pop()
        if integers and max(map(len, lines), default=0) > _MOST_DIGITS:
            raise ValueError(f"a number of more than {_MOST_DIGITS} digits")
        return list(map(int, lines)) if integers else lines
    except ValueError as error:
        raise FileFormatError(f"{member} is no vocabulary: {error}") from error


def _weights(root: hdf5.Group, path: str, count: int) -> list[float]:
    """Returns the weights of the words, those of special tokens first and padding left out."""
    group: hdf5.Group | None = root
    for part in path.split("/"):
        group = None if group is None else hdf5.subgroup(group, part)
    stored = None if group is None or hdf5.WORD_WEIGHTS not in group else hdf5.array(group, hdf5.WORD_WEIGHTS)
    if stored is None or stored.shape is None or len(stored.shape) != 1 or stored.shape[0] < count:
        raise FileFormatError(f"it has no weights for the {count} words of {path.removesuffix('/vars')!r}.")
    return np.asarray(stored)[:count].tolist()
