"""The table that ``model.summary()`` prints: the text is Keras 3's, to the character."""

import itertools
import math
import re
import shutil
from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from kerasnp.layers.base import Layer
from kerasnp.utils.console import print_msg
from kerasnp.utils.html_tables import html_table

HEADER = ("Layer (type)", "Output Shape", "Param #", "Trainable")
ALIGNMENTS = (str.ljust, str.ljust, str.rjust, str.center)
POSITIONS = (0.45, 0.80, 1.0)  # where each column ends, as a part of the line
LINE_LENGTH = 88
NARROWEST_LINE = 40


def summary(
    model,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn=None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: tuple[str, str] | None = None,
) -> None:
    """Prints the layers of a model, their output shapes and their numbers of weights.

    Args:
        model: the model; it need not be built.
        line_length: width of the table; None means 88, or less where the terminal is narrower.
        positions: where each column ends, as increasing parts of the line, such as ``[0.45, 0.8, 1.0]``.
        print_fn: gets the whole text; None means standard output.
        expand_nested: whether the layers of inner models are listed too.
        show_trainable: whether a column tells which layers train.
        layer_range: names, or regular expressions, of the first and the last layer to list.

    Raises:
        ValueError: a column would be narrower than four characters, or no layer matches ``layer_range``.
    """
    positions = list(positions or POSITIONS)
    if show_trainable:
        positions = [0.9 * position for position in positions[:3]] + [1.0]
    if line_length is None:
        line_length = LINE_LENGTH + 12 * show_trainable
        line_length = max(min(line_length, shutil.get_terminal_size().columns - 4), NARROWEST_LINE)
    rows = [
        row[: 4 if show_trainable else 3]
        for layer in _selected(model.listed_layers, layer_range)
        for row in _rows(layer, expand_nested)
    ]
    widths = _column_widths(line_length, positions[: 4 if show_trainable else 3])
    text = "\n".join([f'Model: "{model.name}"', *_table(rows, widths), *_totals(model)])
    if print_fn is None:
        print_msg(text)
    else:
        print_fn(text + "\n")


def html(model) -> str:
    """Returns the summary of a model, the layers of inner models included, as HTML."""
    rows = [row[:3] for layer in model.listed_layers for row in _rows(layer, expand_nested=True)]
    totals = "<br>".join(escape(line.strip()) for line in _totals(model))
    return f"<p>Model: <b>{escape(model.name)}</b></p>{html_table(HEADER[:3], rows)}<p>{totals}</p>"


def _selected(layers: list[Layer], layer_range: tuple[str, str] | None) -> list[Layer]:
    """Returns the layers from the first that matches one end of the range to the last that matches the other."""
    if layer_range is None:
        return layers
    if len(layer_range) != 2 or not all(isinstance(pattern, str) for pattern in layer_range):
        raise ValueError(f"`layer_range` must be two strings, the first and the last layer; received {layer_range!r}.")
    first, last = (
        [index for index, layer in enumerate(layers) if re.match(pattern, layer.name)] for pattern in layer_range
    )
    if not first or not last:
        names = [layer.name for layer in layers]
        raise ValueError(f"`layer_range` does not match the layers: received {layer_range!r}, the layers are {names}.")
    if min(first) > max(last):
        first, last = last, first
    return layers[min(first) : max(last) + 1]


def _rows(layer: Layer, expand_nested: bool, level: int = 0) -> Iterator[tuple[str, str, str, str]]:
    """Yields the cells for a layer, and for the layers in it."""
    mark = "   " * level + "└ " if level else ""
    parameters = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
    trains = "-"
    if layer.weights:
        trains = "Y" if layer.trainable else "N"
    yield f"{mark}{layer.name} ({type(layer).__name__})", _output_shape(layer), parameters, trains
    if expand_nested:
        for inner in getattr(layer, "listed_layers", ()):
            yield from _rows(inner, expand_nested, level + 1)


def _output_shape(layer: Layer) -> str:
    if layer._build_input_shape is None:
        return "?"
    return f"({', '.join(map(str, layer.compute_output_shape(layer._build_input_shape)))})"


def _column_widths(line_length: int, positions: list[float]) -> list[int]:
    """Returns the width of each column with its padding, such that borders and columns fill the line.

    Each position gives the width of a column's text. What the borders and the padding take on top is then taken from
    all columns alike (or what is left over given to them, the wider the more).
    """
    ends = [0, *(int(position * line_length) for position in positions)]
    widths = [end - start + 2 for start, end in itertools.pairwise(ends)]
    if len(widths) < 3 or min(widths) < 6:
        raise ValueError(
            f"Insufficient console width to print summary: line_length={line_length} and positions={positions} give "
            f"columns of {[width - 2 for width in widths]} characters; each needs at least 4."
        )
    spare = line_length - (len(widths) + 1) - sum(widths)
    total = sum(widths)
    for index, width in enumerate(widths):
        share = -round(-spare / (len(widths) - index)) if spare < 0 else math.ceil(spare * width / total)
        widths[index] += share
        spare -= share
        total -= width
    return widths


def _table(rows: list[tuple[str, ...]], widths: list[int]) -> Iterator[str]:
    """Yields the lines of the table, with a heavy frame around the header."""

    def rule(left: str, line: str, middle: str, right: str) -> str:
        return left + middle.join(line * width for width in widths) + right

    yield rule("┏", "━", "┳", "┓")
    yield from _row(HEADER[: len(widths)], widths, "┃", bottom=True)
    yield rule("┡", "━", "╇", "┩")
    for index, row in enumerate(rows):
        if index:
            yield rule("├", "─", "┼", "┤")
        yield from _row(row, widths, "│")
    yield rule("└", "─", "┴", "┘")


def _row(cells: Sequence[str], widths: list[int], border: str, bottom: bool = False) -> Iterator[str]:
    """Yields the lines of one row; shorter cells stand at its top, or at its bottom."""
    columns = [_wrap(cell, width - 2) for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, columns))
    for column in columns:
        blank = [""] * (height - len(column))
        column[:] = blank + column if bottom else column + blank
    for line in zip(*columns, strict=True):
        aligned = (align(text, width - 2) for align, text, width in zip(ALIGNMENTS, line, widths, strict=False))
        yield f"{border} {f' {border} '.join(aligned)} {border}"


def _wrap(text: str, width: int) -> list[str]:
    """Breaks a text between words; a word that is wider than a line ends in an ellipsis."""
    lines = [""]
    for word in re.findall(r"\s*\S+\s*", text):
        if lines[-1] and len(lines[-1]) + len(word.rstrip()) > width:
            lines.append("")
        lines[-1] += word
    lines = [line.rstrip() for line in lines]
    return [line if len(line) <= width else line[: max(width - 1, 0)] + "…" for line in lines]


def _totals(model) -> Iterator[str]:
    """Yields the lines below the table."""
    optimizer = getattr(model, "optimizer", None)
    state = optimizer.variables if optimizer is not None and optimizer.built else []
    trainable, frozen = model.trainable_weights, model.non_trainable_weights
    yield _total("Total", [*trainable, *frozen, *state])
    yield _total("Trainable", trainable)
    yield _total("Non-trainable", frozen)
    if state:
        yield _total("Optimizer", state)


def _total(what: str, variables: list) -> str:
    count = sum(math.prod(variable.shape) for variable in variables)
    size = sum(math.prod(variable.shape) * np.dtype(variable.dtype).itemsize for variable in variables)
    return f" {what} params: {count:,} ({_readable(size)})"


def _readable(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} PB"
