"""Tables, JSON and axes: how all benchmarks show what they measured."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path


def add_options(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Adds the options that all benchmarks have; ``names`` is what ``--only`` picks from."""
    parser.add_argument(
        "--only", nargs="+", choices=names, default=list(names), metavar="NAME", help=f"some of {', '.join(names)}"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to keep the numbers")
    parser.add_argument("--figure", type=Path, metavar="FILE", help="where to draw them")


def number(value: float | None) -> str:
    """Returns three digits of a number, all of an integer or a large one; a dash for None."""
    if value is None:
        return "-"
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".")


def print_table(header: list[str], rows: list[list], labels: int = 1) -> None:
    """Prints a table in Markdown; the first ``labels`` columns hold words, the others numbers or words."""
    cells = [header, *([cell if isinstance(cell, str) else number(cell) for cell in row] for row in rows)]
    sides = ["<" if column < labels else ">" for column in range(len(header))]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [[f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True)] for row in cells]
    rule = ["-" * width if side == "<" else "-" * (width - 1) + ":" for side, width in zip(sides, widths, strict=True)]
    for line in (lines[0], rule, *lines[1:]):
        print(f"| {' | '.join(line)} |")


def describe(machine: dict, versions: dict[str, str]) -> str:
    """Returns one line on the machine and one on the versions."""
    which = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"{machine['cpu']}, {machine['cores']} cores, {machine['threads']} threads\n{which}\n"


def save_json(path: Path, content: dict) -> None:
    """Writes a file that people can read and compare, too."""
    path.write_text(json.dumps(content, indent=1) + "\n")


def new_figure(rows: int, columns: int, size: tuple[float, float], **options):
    """Returns a figure and its axes, for a file; matplotlib comes with ``pip install kerasnp[examples]``."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot.subplots(rows, columns, figsize=size, layout="constrained", **options)
