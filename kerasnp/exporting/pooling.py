"""Pooling."""

import numpy as np

from kerasnp.exporting.translation import as_layer_has_it, channels_first, image_axes, translate
from kerasnp.layers.pooling_base import (
    AveragePooling,
    GlobalAveragePooling,
    GlobalMaxPooling,
    MaxPooling,
)


def _pooled(operator: str, layer, graph, x, shape, **attributes):
    same = {"auto_pad": "SAME_UPPER"} if layer.padding == "same" else {}
    y = graph.node(
        operator,
        channels_first(layer, graph, x, len(shape)),
        kernel_shape=list(layer.pool_size),
        strides=list(layer.strides),
        **same,
        **attributes,
    )
    return as_layer_has_it(layer, graph, y, len(shape))


@translate.register
def _(layer: MaxPooling, graph, x, shape):
    return _pooled("MaxPool", layer, graph, x, shape)


@translate.register
def _(layer: AveragePooling, graph, x, shape):
    return _pooled("AveragePool", layer, graph, x, shape, count_include_pad=0)


@translate.register
def _(layer: GlobalMaxPooling, graph, x, shape):
    return graph.node("ReduceMax", x, np.array(image_axes(layer, len(shape))), keepdims=int(layer.keepdims))


@translate.register
def _(layer: GlobalAveragePooling, graph, x, shape):
    return graph.node("ReduceMean", x, np.array(image_axes(layer, len(shape))), keepdims=int(layer.keepdims))
