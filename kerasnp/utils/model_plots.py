"""Models as drawings: a box for each layer, as SVG, PNG or text for Graphviz."""

import itertools
import os

from kerasnp.utils.drawing import Box, Drawing


class Dot:
    """A model as text for Graphviz's ``dot``.

    Attributes:
        source: the text.
    """

    def __init__(self, source: str):
        self.source = source

    def to_string(self) -> str:
        """Returns the text."""
        return self.source

    __str__ = to_string

    def write(self, path: str | os.PathLike) -> None:
        """Writes the text to a file."""
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(self.source)


def model_to_dot(
    model,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs,
) -> Dot:
    """Returns a model as text in Graphviz's language; nothing needs to be installed for that.

    Args:
        model: a built or an unbuilt model.
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable: what is told of each layer.
        rankdir: ``"TB"`` from top to bottom, ``"LR"`` from left to right.
        expand_nested: whether the layers within an inner model are drawn, too.
        dpi: dots per inch.
        subgraph: whether to return a part of another graph.
        splines: how Graphviz draws lines.
        **kwargs: none.

    Returns:
        :class:`Dot`, with the text as ``source`` and ``to_string()``.
    """
    _no_more("model_to_dot", kwargs)
    boxes = _boxes(
        model, show_shapes, show_dtype, show_layer_names, expand_nested, show_layer_activations, show_trainable
    )
    kind = f"subgraph {_quoted('cluster_' + model.name)}" if subgraph else "digraph G"
    lines = [f"{kind} {{", f"  graph [rankdir={rankdir}, dpi={int(dpi)}, splines={splines}];"]
    lines.append('  node [shape=box, style=filled, fillcolor="#eef3f8", fontname=Helvetica];')
    nodes: list[str] = []
    _dot_lines(boxes, lines, nodes, "  ")
    lines += [f"  {_quoted(above)} -> {_quoted(below)};" for above, below in itertools.pairwise(nodes)]
    return Dot("\n".join([*lines, "}"]) + "\n")


def plot_model(
    model,
    to_file: str | os.PathLike = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs,
):
    """Draws a model into a file. Graphviz is not needed.

    Args:
        model: a built or an unbuilt model.
        to_file: path; by its end ``.svg``, ``.dot`` or, by matplotlib, which must be installed, ``.png`` or ``.pdf``.
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable, expand_nested, rankdir, dpi,
            splines: see :func:`model_to_dot`.
        **kwargs: none.

    Returns:
        An object that shows the picture in a notebook.

    Raises:
        ImportError: matplotlib is needed and not installed.
        ValueError: a file of another kind.
    """
    _no_more("plot_model", kwargs)
    if rankdir not in ("TB", "LR"):
        raise ValueError(f'`rankdir` must be "TB" or "LR"; received {rankdir!r}.')
    boxes = _boxes(
        model, show_shapes, show_dtype, show_layer_names, expand_nested, show_layer_activations, show_trainable
    )
    drawing = Drawing(boxes, rankdir)
    path = os.fspath(to_file)
    ending = os.path.splitext(path)[1].lower()
    if ending == ".svg":
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(drawing.svg())
    elif ending == ".dot":
        model_to_dot(
            model,
            show_shapes,
            show_dtype,
            show_layer_names,
            rankdir,
            expand_nested,
            dpi,
            show_layer_activations=show_layer_activations,
            show_trainable=show_trainable,
            splines=splines,
        ).write(path)
    elif ending in (".png", ".pdf"):
        drawing.paint(path, dpi)
    else:
        raise ValueError(f"plot_model writes .svg, .png, .pdf and .dot files; received to_file={path!r}.")
    return drawing


def _no_more(function: str, kwargs: dict) -> None:
    kwargs.pop("layer_range", None)
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments passed to {function}: {kwargs}")


def _boxes(model, shapes, dtype, names, expand, activations, trainable, place="") -> list[Box]:
    """Returns a box for each layer of a model."""
    boxes = []
    for number, layer in enumerate(model.layers):
        name = f"{place}{number}"
        kind = type(layer).__name__
        lines = [f"{layer.name} ({kind})" if names else kind]
        activation = getattr(layer, "activation", None)
        if activations and activation is not None:
            lines.append(f"Activation: {getattr(activation, 'name', None) or getattr(activation, '__name__', '?')}")
        if shapes:
            given = layer._build_input_shape
            made = None if given is None else tuple(layer.compute_output_shape(given))
            lines += [f"Input shape: {_shape(given)}", f"Output shape: {_shape(made)}"]
        if dtype:
            lines.append(f"Output dtype: {layer.dtype}")
        if trainable and layer.weights:
            lines.append(f"Trainable: {bool(layer.trainable)}")
        inner = ()
        if expand and getattr(layer, "layers", None):
            inner = tuple(_boxes(layer, shapes, dtype, names, expand, activations, trainable, name + "."))
        boxes.append(Box(name, tuple(lines), inner))
    return boxes


def _shape(shape) -> str:
    return "?" if shape is None else str(tuple(shape))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _dot_lines(boxes, lines: list[str], nodes: list[str], indent: str) -> None:
    """Adds the boxes to ``lines``, and the names of those without others in them to ``nodes``."""
    for box in boxes:
        if box.inner:
            lines.append(f"{indent}subgraph {_quoted('cluster_' + box.name)} {{")
            lines.append(f"{indent}  label={_quoted(' | '.join(box.lines))};")
            _dot_lines(box.inner, lines, nodes, indent + "  ")
            lines.append(f"{indent}}}")
        else:
            label = "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in box.lines)
            lines.append(f'{indent}{_quoted(box.name)} [label="{label}"];')
            nodes.append(box.name)
