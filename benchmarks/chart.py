"""A bar chart of ratios as a small SVG file, in colours that show on light pages and on dark ones."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, RIGHT = 760, 55  # of the picture; right of the bars, for the ratios
TOP, BAR, GAP = 58, 13, 14  # above the bars; of one bar; between groups
LETTER, LINE = 6.6, 15  # width of an average letter, height of a line
GREY = "#727b88"  # as far from white as from black
COLOURS = ("#e8553a", "#d99a1c", "#3f8ee0", "#35a05f", "#a06cd5")
TICKS = [digit * 10.0**power for power in range(-3, 7) for digit in (1, 2, 5)]

STYLE = f"text{{font:12px system-ui,sans-serif;fill:{GREY}}} .bold{{font-weight:600}} .small{{font-size:11px}}"


class Group(NamedTuple):
    """What stands beside one label: bars from 1 to the ratio with each series that has one."""

    label: str
    note: str  # in small print below the label
    ratios: dict[str, float]


class Scale:
    """The logarithmic axis: ratios from ``low`` to ``high`` lie between ``left`` and ``right``."""

    def __init__(self, low: float, high: float, left: float, right: float):
        self.left, self._low = left, math.log(low)
        self._pixels = (right - left) / (math.log(high) - self._low)
        self.ticks = [tick for tick in TICKS if low <= tick <= high]

    def __call__(self, ratio: float) -> float:
        return self.left + (math.log(ratio) - self._low) * self._pixels


def times(ratio: float) -> str:
    """Returns ``"2.5 x"`` or ``"1,200 x"``."""
    digits = 0 if ratio >= 9.95 else 1 if ratio >= 0.995 else 2
    return f"{ratio:,.{digits}f} x"


def text(x: float, y: float, words: str, anchor: str = "start", style: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{style}">{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" rx="2" fill="{colour}"/>'


def legend(colours: dict[str, str], x: float) -> Iterator[str]:
    for name, colour in colours.items():
        yield box(x, 29, 10, 10, colour)
        yield text(x + 15, 38.5, name)
        x += 35 + LETTER * len(name)


def grid(scale: Scale, bottom: float) -> Iterator[str]:
    for tick in scale.ticks:
        ends = f'x1="{scale(tick):.1f}" x2="{scale(tick):.1f}" y1="{TOP - 8}" y2="{bottom:.1f}"'
        yield f'<line {ends} stroke="{GREY}" stroke-width="{1.5 if tick == 1 else 0.5}" opacity="0.6"/>'
        if len(scale.ticks) < 9 or math.log10(tick).is_integer():
            yield text(scale(tick), bottom + 14, f"{tick:,g}", "middle", "small")


def bars(ratios: dict[str, float], colours: dict[str, str], scale: Scale, top: float) -> Iterator[str]:
    """A bar grows from 1, to the right where the ratio is above it, and has the ratio at its end."""
    for name, ratio in ratios.items():
        left, right = sorted((scale(1), scale(ratio)))
        at, anchor = (right + 5, "start") if ratio >= 1 else (left - 5, "end")
        yield box(left, top + 1, max(right - left, 1), BAR - 2, colours[name])
        yield text(at, top + BAR - 3, times(ratio), anchor, "bold small")
        top += BAR


def picture(title: str, groups: list[Group], caption: str) -> str:
    """Returns the SVG: one group below the other, then the axis and the caption."""
    colours = dict(zip(dict.fromkeys(name for group in groups for name in group.ratios), COLOURS, strict=False))
    every = [ratio for group in groups for ratio in group.ratios.values()]
    labels = 20 + LETTER * max((len(group.label) for group in groups), default=0)
    low, high = min([1.0, *every]), max([2.0, *every])
    scale = Scale(low, high, labels + (RIGHT - 10 if low < 1 else 5), WIDTH - RIGHT)
    parts, y = [], TOP
    for group in groups:
        height = BAR * max(len(group.ratios), 2)
        middle = y + height / 2
        parts += [text(labels - 12, middle - 2, group.label, "end")]
        parts += [text(labels - 12, middle + 11, group.note, "end", "small")]
        parts += bars(group.ratios, colours, scale, middle - BAR * len(group.ratios) / 2)
        y += height + GAP
    above = [text(labels, 18, title, style="bold"), *legend(colours, labels), *grid(scale, y - GAP / 2)]
    y += LINE
    for line in caption.splitlines():
        y += LINE
        parts.append(text(10, y, line, style="small"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 10:.0f}" width="{WIDTH}" role="img">'
    return "\n".join([head, f"<title>{escape(title)}</title><style>{STYLE}</style>", *above, *parts, "</svg>\n"])


def save(path: Path, title: str, groups: list[Group], caption: str) -> None:
    """Writes the picture into a file."""
    path.write_text(picture(title, groups, caption), encoding="utf-8")
