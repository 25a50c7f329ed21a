"""Curves as SVG, drawn without a library: what a notebook shows of a run."""

import html
import math
from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _EDGE = 360, 180, 56, 12, 24  # pixels
_MOST_POINTS = 300  # of a curve; more are not told apart
_COLORS = ("#4a6785", "#c96a3b", "#5b8c5a", "#8a5a8c", "#a08a2c", "#444444")


Points = Sequence[tuple[float, float]]


def draw_curves(title: str, curves: Mapping[str, Points]) -> str:
    """Returns an SVG with one chart: a curve for each name, its least and greatest value on the left.

    Args:
        title: what stands above.
        curves: name to points (x, y) with rising x; those whose y is no finite number leave gaps.
    """
    finite = [float(y) for points in curves.values() for _, y in points if _is_finite(y)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    places = [x for points in curves.values() for x, _ in points] or [0, 1]
    start, end = min(places), max(places)
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _EDGE

    def place(at: float, value: float) -> str:
        across = (at - start) / ((end - start) or 1)
        up = (float(value) - low) / (high - low) if high > low else 0.5
        return f"{_LEFT + across * (right - _LEFT):.1f},{bottom - up * (bottom - _EDGE):.1f}"

    def text(left: float, top: float, words: str, anchor: str, color: str = "#444444") -> str:
        return f'<text x="{left}" y="{top}" text-anchor="{anchor}" fill="{color}">{html.escape(words)}</text>'

    height = _HEIGHT + 16 * len(curves)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="11">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<path d="M{_LEFT},{_EDGE} V{bottom} H{right}" fill="none" stroke="#999999"/>',
        text((_LEFT + right) / 2, 14, title, "middle"),
        text(_LEFT - 4, _EDGE + 4, f"{high:.4g}", "end"),
        text(_LEFT - 4, bottom, f"{low:.4g}", "end"),
        text(_LEFT, bottom + 14, f"{start:g}", "middle"),
        text(right, bottom + 14, f"{end:g}", "middle"),
    ]
    for number, (name, pairs) in enumerate(curves.items()):
        color = _COLORS[number % len(_COLORS)]
        for run in _runs(pairs):
            points = [place(at, value) for at, value in run]
            if len(points) == 1:
                left, top = points[0].split(",")
                parts.append(f'<circle cx="{left}" cy="{top}" r="2.5" fill="{color}"/>')
            else:
                parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{color}" stroke-width="1.5"/>')
        parts.append(text(_LEFT, _HEIGHT + 16 * number + 10, name, "start", color))
    return "\n".join([*parts, "</svg>"])


def _runs(points: Points) -> list[list[tuple[float, float]]]:
    """Returns the points between gaps; of a long curve every so many and the last."""
    step = math.ceil(len(points) / _MOST_POINTS)
    runs: list[list] = [[]]
    for index, (at, value) in enumerate(points):
        if not _is_finite(value):
            runs.append([])
        elif index % step == 0 or index == len(points) - 1:
            runs[-1].append((at, value))
    return [run for run in runs if run]


def _is_finite(value) -> bool:
    try:
        return math.isfinite(value)
    except TypeError:  # a user's log may be anything
        return False
