"""From layers to operators: the table of translations and what all of them use.

A translation is a function ``(layer, graph, x, shape)``: it adds to the graph what the layer does to the array ``x``
when predicting, and returns the name of the result. The modules of this package register one for each class of layers;
:func:`functools.singledispatch` finds it for subclasses too.
"""

import functools

from kerasnp.exporting.graph import Graph, Value
from kerasnp.layers.base import Layer, Shape, is_built_in

SOME_SIZE = 16  # stands for an unknown one where a layer is asked what it makes of a shape


class TranslationError(NotImplementedError):
    """A layer does what cannot be said in ONNX, or what is not translated yet."""


@functools.singledispatch
def translate(layer: Layer, graph: Graph, x: Value, shape: Shape) -> Value:
    """Adds what a layer does to the graph.

    Args:
        layer: the layer, built.
        graph: what to add to.
        x: the layer's input.
        shape: its shape, batch axis first, None where any size will do.

    Returns:
        The layer's output.

    Raises:
        TranslationError: there is no translation.
    """
    raise TranslationError(refusal(layer, "there is no translation of its class"))


def translate_layer(layer: Layer, graph: Graph, x: Value, shape: Shape) -> Value:
    """As :func:`translate`, for any layer: those that only hand on their input, or reshape it, need no table."""
    if not is_built_in(layer):
        raise TranslationError(refusal(layer, "what its Python code does is not known"))
    if layer.passes_through(False):
        output = layer.compute_output_shape(shape)
        return x if tuple(output) == tuple(shape) else reshaped(layer, graph, x, output)
    return translate(layer, graph, x, shape)


def refusal(layer: Layer, reason: str) -> str:
    """Returns the message of an error that names a layer."""
    return f"Layer {layer.name!r} ({type(layer).__name__}) cannot be exported to ONNX: {reason}."


def reshaped(layer: Layer, graph: Graph, x: Value, shape: Shape) -> Value:
    """Returns ``x`` in a shape of which one size may be unknown, besides the batch's where that stays in front."""
    unknown = [axis for axis, size in enumerate(shape) if size is None]
    if len(unknown) > 2 or (len(unknown) == 2 and unknown[0] != 0):
        raise TranslationError(refusal(layer, f"more than one size of its output {tuple(shape)} is unknown"))
    sizes = [-1 if size is None else size for size in shape]
    if len(unknown) == 2:
        sizes[0] = 0
    return graph.reshape(x, sizes)


def known(shape: Shape) -> tuple[int, ...]:
    """Returns a shape with some size for the unknown ones; the batch's is 1."""
    return (1, *(SOME_SIZE if size is None else size for size in shape[1:]))


def channels_first(layer: Layer, graph: Graph, x: Value, rank: int) -> Value:
    """Returns a layer's input with the channels behind the batch axis, where ONNX has them."""
    return x if layer.data_format == "channels_first" else graph.transpose(x, (0, rank - 1, *range(1, rank - 1)))


def as_layer_has_it(layer: Layer, graph: Graph, y: Value, rank: int) -> Value:
    """Undoes :func:`channels_first` for the output."""
    return y if layer.data_format == "channels_first" else graph.transpose(y, (0, *range(2, rank), 1))


def image_axes(layer: Layer, rank: int) -> list[int]:
    """Returns the axes between batch and channels."""
    return list(range(2, rank) if layer.data_format == "channels_first" else range(1, rank - 1))
