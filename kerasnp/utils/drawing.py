"""Chains of boxes, drawn as SVG or, by matplotlib, as PNG."""

import html
from typing import NamedTuple

_LINE, _PAD, _GAP, _MARGIN = 18, 10, 26, 12  # pixels
_LETTER = 7.3  # width of a letter of the font
_FRAME = "#4a6785"
_SHADES = ("#eef3f8", "#ffffff", "#e3ebf3")


class Box(NamedTuple):
    """What is drawn for a layer.

    Attributes:
        name: unique within the drawing.
        lines: its text.
        inner: the boxes of the layers within it; none unless nested models are expanded.
    """

    name: str
    lines: tuple[str, ...]
    inner: tuple = ()


class Drawing:
    """Where the boxes of a model lie.

    Args:
        boxes: from the first layer to the last.
        rankdir: ``"TB"`` or ``"LR"``.

    Attributes:
        width, height: of all, in pixels.
    """

    def __init__(self, boxes: list[Box], rankdir: str):
        self._down = rankdir == "TB"
        self._placed: list[tuple[Box, float, float, float, float, int]] = []
        self._arrows: list[tuple[float, float, float, float]] = []
        width, height = self._chain_size(boxes)
        self.width, self.height = width + 2 * _MARGIN, height + 2 * _MARGIN
        self._place(boxes, _MARGIN, _MARGIN, width, height, 0)

    def _size(self, box: Box) -> tuple[float, float]:
        width = max(map(len, box.lines)) * _LETTER + 2 * _PAD
        height = len(box.lines) * _LINE + 2 * _PAD
        if box.inner:
            inner_width, inner_height = self._chain_size(box.inner)
            width, height = max(width, inner_width + 2 * _PAD), height + inner_height + _PAD
        return width, height

    def _chain_size(self, boxes) -> tuple[float, float]:
        sizes = [self._size(box) for box in boxes] or [(0, 0)]
        along, across = (1, 0) if self._down else (0, 1)
        length = sum(size[along] for size in sizes) + _GAP * (len(sizes) - 1)
        breadth = max(size[across] for size in sizes)
        return (breadth, length) if self._down else (length, breadth)

    def _place(self, boxes, left, top, width, height, depth) -> None:
        """Puts boxes one after the other into a rectangle, across it in the middle."""
        before = None
        for box in boxes:
            box_width, box_height = self._size(box)
            x = left + (width - box_width) / 2 if self._down else left
            y = top if self._down else top + (height - box_height) / 2
            self._placed.append((box, x, y, box_width, box_height, depth))
            if box.inner:
                inner_width, inner_height = self._chain_size(box.inner)
                above = len(box.lines) * _LINE + 2 * _PAD
                self._place(
                    box.inner, x + (box_width - inner_width) / 2, y + above, inner_width, inner_height, depth + 1
                )
            if self._down:
                if before is not None:
                    self._arrows.append((x + box_width / 2, before, x + box_width / 2, y))
                before = top = y + box_height
                top += _GAP
            else:
                if before is not None:
                    self._arrows.append((before, y + box_height / 2, x, y + box_height / 2))
                before = left = x + box_width
                left += _GAP

    def svg(self) -> str:
        """Returns the drawing as SVG."""
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width:.0f}" height="{self.height:.0f}" '
            f'viewBox="0 0 {self.width:.0f} {self.height:.0f}" '
            'font-family="Helvetica, Arial, sans-serif" font-size="13">',
            f'<defs><marker id="head" markerWidth="9" markerHeight="8" refX="8" refY="4" orient="auto">'
            f'<path d="M0,0 L9,4 L0,8 z" fill="{_FRAME}"/></marker></defs>',
            f'<rect width="{self.width:.0f}" height="{self.height:.0f}" fill="#ffffff"/>',
        ]
        for box, x, y, width, height, depth in self._placed:
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="4" '
                f'fill="{_SHADES[depth % len(_SHADES)]}" stroke="{_FRAME}"/>'
            )
            for number, line in enumerate(box.lines):
                weight = ' font-weight="bold"' if number == 0 else ""
                parts.append(
                    f'<text x="{x + width / 2:.1f}" y="{y + _PAD + _LINE * (number + 0.75):.1f}" '
                    f'text-anchor="middle"{weight}>{html.escape(line)}</text>'
                )
        for x1, y1, x2, y2 in self._arrows:
            parts.append(
                f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{_FRAME}" '
                'marker-end="url(#head)"/>'
            )
        return "\n".join([*parts, "</svg>"]) + "\n"

    def paint(self, path: str, dpi: int) -> None:
        """Draws by matplotlib into a file."""
        try:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure
            from matplotlib.patches import FancyArrowPatch, Rectangle
        except ImportError as error:
            raise ImportError(
                "plot_model draws .png and .pdf files by matplotlib, which is not installed: `pip install matplotlib`, "
                "or give to_file a name that ends in .svg."
            ) from error
        figure = Figure(figsize=(self.width / 96, self.height / 96))
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, self.width), ylim=(self.height, 0))
        axes.axis("off")
        for box, x, y, width, height, depth in self._placed:
            axes.add_patch(Rectangle((x, y), width, height, facecolor=_SHADES[depth % len(_SHADES)], edgecolor=_FRAME))
            for number, line in enumerate(box.lines):
                axes.text(
                    x + width / 2,
                    y + _PAD + _LINE * (number + 0.5),
                    line,
                    ha="center",
                    va="center",
                    fontsize=9,
                    fontweight="bold" if number == 0 else "normal",
                )
        for x1, y1, x2, y2 in self._arrows:
            axes.add_patch(
                FancyArrowPatch(
                    (x1, y1), (x2, y2), arrowstyle="-|>", mutation_scale=9, shrinkA=0, shrinkB=0, color=_FRAME
                )
            )
        figure.savefig(path, dpi=dpi)

    _repr_svg_ = svg
