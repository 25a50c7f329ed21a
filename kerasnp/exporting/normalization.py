"""Layers that shift and scale: by constants when predicting, or by the statistics of each sample."""

import numpy as np

from kerasnp import config
from kerasnp.exporting.translation import TranslationError, known, refusal, reshaped, translate
from kerasnp.layers.masking import Masking
from kerasnp.layers.normalization import BatchNormalization
from kerasnp.layers.scaling import Normalization, Rescaling
from kerasnp.layers.standardizing import StandardizingLayer
from kerasnp.layers.unit_normalization import SHORTEST, UnitNormalization


def _scaled(graph, x, scale: np.ndarray, shift: np.ndarray):
    return graph.node("Add", graph.node("Mul", x, scale), shift)


@translate.register
def _(layer: BatchNormalization, graph, x, shape):
    deviation = np.sqrt(np.asarray(layer.moving_variance.value, np.float64) + layer.epsilon)
    scale = (1.0 if layer.gamma is None else layer.gamma.value) / deviation
    shift = (0.0 if layer.beta is None else layer.beta.value) - layer.moving_mean.value * scale
    sizes = [1] * len(shape)
    sizes[layer.axis] = -1
    return _scaled(graph, x, scale.reshape(sizes), shift.reshape(sizes))


@translate.register
def _(layer: Rescaling, graph, x, shape):
    return _scaled(graph, x, np.asarray(layer.scale, np.float64), np.asarray(layer.offset, np.float64))


@translate.register
def _(layer: Normalization, graph, x, shape):
    deviation = np.maximum(np.sqrt(layer.variance), config.epsilon())
    if layer.invert:
        return _scaled(graph, x, deviation, layer.mean)
    return graph.node("Div", graph.node("Sub", x, layer.mean), deviation)


@translate.register
def _(layer: StandardizingLayer, graph, x, shape):
    sizes = known(shape)
    groups = layer.grouping(sizes)
    grouped = groups.shape != sizes
    if grouped and None in shape[1:]:
        raise TranslationError(refusal(layer, f"sizes of its input {tuple(shape)} are unknown"))
    y = graph.reshape(x, (-1, *groups.shape[1:])) if grouped else x
    within = np.array(groups.within)
    if layer.subtracts_mean:
        y = graph.node("Sub", y, graph.node("ReduceMean", y, within, keepdims=1))
    variance = graph.node("ReduceMean", graph.node("Mul", y, y), within, keepdims=1)
    y = graph.node("Div", y, graph.node("Sqrt", graph.node("Add", variance, float(layer.epsilon))))
    if layer.gamma is not None:
        y = graph.node("Mul", y, layer.gamma.value.reshape(groups.weights))
    if layer.beta is not None:
        y = graph.node("Add", y, layer.beta.value.reshape(groups.weights))
    return reshaped(layer, graph, y, shape) if grouped else y


@translate.register
def _(layer: UnitNormalization, graph, x, shape):
    axes = np.array(layer.axis if isinstance(layer.axis, (list, tuple)) else [layer.axis])
    length = graph.node("Sqrt", graph.node("ReduceSum", graph.node("Mul", x, x), axes, keepdims=1))
    return graph.node("Div", x, graph.node("Max", length, float(SHORTEST)))


@translate.register
def _(layer: Masking, graph, x, shape):
    differs = graph.node("Not", graph.node("Equal", x, float(layer.mask_value)))
    numbers = graph.node("Where", differs, 1.0, 0.0)
    kept = graph.node("Greater", graph.node("ReduceMax", numbers, np.array([-1]), keepdims=1), 0.0)
    return graph.node("Where", kept, x, 0.0)
