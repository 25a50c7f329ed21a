"""What a file of Keras is and what it holds, whether or not a model can be made of it."""

import itertools
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kerasnp.models import model_from_json
from kerasnp.registry import snake_case
from kerasnp.saving import FileFormatError, load_model
from kerasnp.saving.model_file import Kind, ModelFile, open_model_file
from kerasnp.saving.stored import Stored

_LONGEST = 60  # characters of a name, or of shapes
_LONGEST_NAME = 1000  # that is looked at
_MOST_ROWS = 2000  # of the table
_OLD_LAYERS = "/_layer_checkpoint_dependencies/"


class Row(NamedTuple):
    """A layer as the config of a file has it.

    Attributes:
        names: its name, behind those of the models that it lies in.
        class_name: what it is.
        place: the group of its weights.
        shape: the shape that it declares, an InputLayer alone.
    """

    names: tuple[str, ...]
    class_name: str
    place: str
    shape: str


def inspect(path: str | os.PathLike) -> tuple[bool, list[str]]:
    """Tells what a file is.

    The file is read as :func:`kerasnp.saving.load_model` and ``load_weights`` read it, with the same limits.

    Returns:
        Whether it can be loaded, and lines of text. What the file holds is quoted in them as it is.

    Raises:
        FileFormatError: it is no file of Keras, damaged or unsafe.
        FileNotFoundError: there is no such file.
    """
    with open_model_file(path) as stored:
        arrays = stored.weights.arrays()
        lines = [*_heading(stored), *_state(stored, arrays)]
        if stored.config is None:
            lines += ["", *_table([("place in the file", "weights"), *_by_group(arrays)]), ""]
            return True, [*lines, "It holds weights alone: make the model, then model.load_weights(FILE)."]
        rows = list(itertools.islice(_rows(stored.config, stored.kind), _MOST_ROWS))
        model, verdict = _try(path, stored.kind)
        shapes = {} if model is None else dict(_output_shapes(model))
        table = [("layer", "class", "output", "weights")]
        by_place = _by_place(arrays, {row.place for row in rows})
        for row in rows:
            shape = shapes.get(row.names, row.shape)
            table.append(("  " * (len(row.names) - 1) + row.names[-1], row.class_name, str(shape), by_place[row.place]))
        return model is not None, [*lines, "", *_table(table), "", *verdict]


def _try(path: str | os.PathLike, kind: Kind):
    """Returns the loaded model, or None, and what there is to say."""
    bare = kind is Kind.ARCHITECTURE
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model = model_from_json(Path(path).read_text(encoding="utf-8")) if bare else load_model(path)
            verdict = "kerasnp can make it: models.model_from_json(TEXT)." if bare else "kerasnp can load it."
        except FileFormatError as error:
            model, verdict = None, f"kerasnp cannot load it: {error}"
    return model, [*(str(warning.message) for warning in caught), verdict]


def _heading(stored: ModelFile) -> Iterator[str]:
    size = _size(stored.path)
    yield f"{stored.path}: {stored.kind.value}, {size:,} bytes"
    if stored.keras_version or stored.writer:
        version = f"Keras {stored.keras_version}" if stored.keras_version else "an unknown Keras"
        yield f"  written by  {_cut(version)}{f', {_cut(stored.writer)}' if stored.writer else ''}"


def _size(path: str) -> int:
    if os.path.isdir(path):
        return sum(entry.stat(follow_symlinks=False).st_size for entry in os.scandir(path))
    return os.path.getsize(path)


def _state(stored: ModelFile, arrays: list[Stored]) -> Iterator[str]:
    """Tells how the model was compiled and how far it was trained."""
    config = stored.compile_config or {}
    if config:
        yield f"  loss        {_short(config.get('loss'))}"
        yield f"  metrics     {_short(config.get('metrics'))}"
    state = [array for _, array in stored.weights.optimizer_state() or ()]
    optimizer = config.get("optimizer", config.get("optimizer_config"))
    if optimizer or state:
        steps = next((int(array.__array__()) for array in state if _is_count(array)), None)
        counted = "" if steps is None else f", at step {steps:,}"
        size = f"{len(state)} arrays of state" if state else "no state"
        yield f"  optimizer   {_short(optimizer) if optimizer else 'unknown'}{counted}, {size}"
    yield f"  weights     {sum(array.size for array in arrays):,} numbers in {len(arrays)} arrays"


def _is_count(array: Stored) -> bool:
    return array.shape == () and array.is_number and array.dtype.kind in "iu"


def _short(value) -> str:
    """Returns what a config names: names as they are, objects by their classes."""
    if isinstance(value, dict) and "class_name" in value:
        settings = value.get("config")
        inner = settings.get("fn", settings.get("name")) if isinstance(settings, dict) else settings
        name = inner if value["class_name"] in ("function", "MeanMetricWrapper") else value["class_name"]
        return str(name).rpartition(">")[2]
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_short(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_short, value)) or "none"
    return "none" if value is None else str(value)


# -- layers ----------------------------------------------------------------------------------------


def _rows(tagged, kind: Kind) -> Iterator[Row]:
    """Returns the layers in a model's config, of which nothing is sure; those of inner models behind the model."""
    legacy = kind is Kind.LEGACY_MODEL

    def walk(tagged, names: tuple[str, ...], place: str) -> Iterator[Row]:
        settings = tagged.get("config")
        layers = settings.get("layers") if isinstance(settings, dict) else settings
        counts: dict[str, int] = {}
        for layer in layers if isinstance(layers, list) else ():
            if not isinstance(layer, dict):
                continue
            settings = layer.get("config") if isinstance(layer.get("config"), dict) else {}
            name = str(settings.get("name", layer.get("name")))[:_LONGEST_NAME]
            shape = settings.get("batch_shape", settings.get("batch_input_shape"))
            class_name = str(layer.get("class_name"))[:_LONGEST_NAME].rpartition(">")[2]
            key = snake_case(class_name)
            number = counts[key] = counts.get(key, -1) + 1
            inner = f"{place}/{name}" if legacy else f"{place}/layers/{key}{f'_{number}' if number else ''}"
            text = str(tuple(shape[:_LONGEST])) if isinstance(shape, list) and class_name == "InputLayer" else ""
            row = Row((*names, name), class_name, inner, text)
            yield row
            yield from walk(layer, row.names, inner)

    yield from walk(tagged, (), "/model_weights" if legacy else "")


def _output_shapes(model, names: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], tuple]]:
    """Returns the shape that comes out of each layer, by the layer's names."""
    if not model.built:
        return
    shape = model.input_shape
    for layer in model.layers:
        shape = tuple(layer.compute_output_shape(shape))
        yield (*names, layer.name), shape
        if hasattr(layer, "layers"):
            yield from _output_shapes(layer, (*names, layer.name))


# -- arrays ----------------------------------------------------------------------------------------


def _by_place(arrays: list[Stored], places: set[str]) -> dict[str, str]:
    """Returns the shapes of the arrays at or below each place, but not below a longer one."""
    found: dict[str, list[Stored]] = {place: [] for place in places}
    for array in arrays:
        place = array.name.replace(_OLD_LAYERS, "/layers/")
        while place and place not in found:
            place = place.rpartition("/")[0]
        if place:
            found[place].append(array)
    return {place: _shapes(members) for place, members in found.items()}


def _by_group(arrays: list[Stored]) -> Iterator[tuple[str, str]]:
    groups: dict[str, list[Stored]] = {}
    for array in arrays:
        groups.setdefault(array.name.rpartition("/")[0], []).append(array)
    return ((group.lstrip("/"), _shapes(members)) for group, members in groups.items())


def _shapes(arrays: list[Stored]) -> str:
    """Returns the shapes in short; the number type where it is not the usual one."""
    texts = [str(array).removesuffix(" float32") for array in arrays]
    if len(texts) > 4:
        texts[3:] = [f"and {len(texts) - 3} more"]
    return ", ".join(texts)


# -- text ------------------------------------------------------------------------------------------


def printable(text: str) -> str:
    """Shows what a terminal would take for commands as escapes; lines stay lines."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Sets rows in columns; names in files may be of any length."""
    cells = [[_cut(printable(cell)) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ("  ".join(["", *map(str.ljust, row, widths)]).rstrip() for row in cells)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
