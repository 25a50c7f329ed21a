"""Layers that move, repeat, add and cut off elements."""

import numpy as np

from kerasnp.exporting.translation import (
    TranslationError,
    as_layer_has_it,
    channels_first,
    refusal,
    reshaped,
    translate,
)
from kerasnp.layers.borders import Cropping, ZeroPadding
from kerasnp.layers.reshaping import Flatten, Permute, RepeatVector
from kerasnp.layers.resizing import CenterCrop, Resizing
from kerasnp.layers.upsampling import UpSampling


@translate.register
def _(layer: Flatten, graph, x, shape):
    moved = graph.transpose(x, (0, *range(2, len(shape)), 1))
    return reshaped(layer, graph, moved, layer.compute_output_shape(shape))


@translate.register
def _(layer: Permute, graph, x, shape):
    return graph.transpose(x, (0, *layer.dims))


@translate.register
def _(layer: RepeatVector, graph, x, shape):
    return graph.node("Tile", graph.node("Unsqueeze", x, np.array([1])), np.array([1, layer.n, 1]))


@translate.register
def _(layer: ZeroPadding, graph, x, shape):
    before, behind = zip(*layer.all_borders(), strict=True)
    return graph.node("Pad", x, np.array(before + behind))


@translate.register
def _(layer: Cropping, graph, x, shape):
    return graph.cut(x, dict(enumerate(layer.all_borders())))


@translate.register
def _(layer: CenterCrop, graph, x, shape):
    sizes = layer.size_of(shape)
    if None in sizes or sizes[0] < layer.height or sizes[1] < layer.width:
        raise TranslationError(refusal(layer, f"the images, of shape {tuple(shape)}, must be known to be large enough"))
    parts = {}
    for axis, size, kept in zip(layer.axes, sizes, (layer.height, layer.width), strict=True):
        front = (size - kept) // 2
        parts[axis % len(shape)] = (front, size - kept - front)
    return graph.cut(x, parts)


@translate.register
def _(layer: UpSampling, graph, x, shape):
    interpolation = getattr(layer, "interpolation", "nearest")
    factors = np.array([1, 1, *layer.factors], np.float32)
    return _resized(layer, graph, x, shape, interpolation, factors=factors)


@translate.register
def _(layer: Resizing, graph, x, shape):
    plain = not (layer.crop_to_aspect_ratio or layer.pad_to_aspect_ratio or layer.antialias)
    if layer.interpolation != "bilinear" or not plain:
        raise TranslationError(refusal(layer, "only bilinear interpolation to a size is translated"))
    moved = channels_first(layer, graph, x, len(shape))
    batch_and_channels = graph.node("Shape", moved, start=0, end=2)
    sizes = graph.node("Concat", batch_and_channels, np.array([layer.height, layer.width]), axis=0)
    return _resized(layer, graph, x, shape, "bilinear", sizes=sizes)


def _resized(layer, graph, x, shape, interpolation: str, factors=None, sizes=None):
    x = channels_first(layer, graph, x, len(shape))
    factors = None if factors is None else graph.constant_of(factors, np.float32)  # whatever the model computes in
    if interpolation == "nearest":
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    y = graph.node("Resize", x, None, factors, sizes, **how)
    return as_layer_has_it(layer, graph, y, len(shape))
