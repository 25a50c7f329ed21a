"""Layers of matrices: Dense, EinsumDense and Embedding."""

from kerasnp.exporting.activation import activate
from kerasnp.exporting.translation import translate
from kerasnp.layers.core import Dense
from kerasnp.layers.einsum_dense import EinsumDense
from kerasnp.layers.embedding import Embedding

INT64 = 7  # the number that ONNX has for the type


@translate.register
def _(layer: Dense, graph, x, shape):
    y = graph.node("MatMul", x, layer.kernel.value)
    if layer.bias is not None:
        y = graph.node("Add", y, layer.bias.value)
    return activate(layer, graph, y, layer.activation)


@translate.register
def _(layer: EinsumDense, graph, x, shape):
    # Letters stand for "..." too: not every runtime knows the dots.
    inputs, kernel, outputs = layer.letters(len(shape))
    y = graph.node("Einsum", x, layer.kernel.value, equation=f"{inputs},{kernel}->{outputs}")
    if layer.bias is not None:
        y = graph.node("Add", y, layer.bias.value)
    return activate(layer, graph, y, layer.activation)


@translate.register
def _(layer: Embedding, graph, x, shape):
    return graph.node("Gather", layer.embeddings.value, graph.node("Cast", x, to=INT64), axis=0)
