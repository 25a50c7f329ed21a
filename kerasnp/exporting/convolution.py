"""Convolutions of all kinds: ONNX has the channels behind the batch axis, and filters in front of their windows."""

import numpy as np

from kerasnp.exporting.activation import activate
from kerasnp.exporting.graph import Graph, Value
from kerasnp.exporting.translation import as_layer_has_it, channels_first, known, translate
from kerasnp.layers.convolutional import Convolution
from kerasnp.layers.depthwise import DepthwiseConvolution
from kerasnp.layers.separable import SeparableConvolution
from kerasnp.layers.transposed import TransposedConvolution


def _windows(layer) -> dict:
    """Returns the attributes that say how windows lie on an image."""
    attributes = {"strides": list(layer.strides), "dilations": list(layer.dilation_rate)}
    if layer.padding == "same":
        return {**attributes, "auto_pad": "SAME_UPPER"}
    if layer.padding == "causal":
        return {**attributes, "pads": [layer.dilation_rate[0] * (layer.kernel_size[0] - 1), 0]}
    return attributes


def _filters_first(kernel: np.ndarray) -> np.ndarray:
    """Returns weights (window, channels, filters) as (filters, channels, window)."""
    rank = kernel.ndim
    return kernel.transpose(rank - 1, rank - 2, *range(rank - 2))


def _by_channel(kernel: np.ndarray) -> np.ndarray:
    """Returns weights (window, channels, filters a channel) as (channels filters, 1, window)."""
    rank = kernel.ndim
    moved = kernel.transpose(rank - 2, rank - 1, *range(rank - 2))
    return moved.reshape(-1, 1, *moved.shape[2:])


def _finished(layer, graph: Graph, y: Value, rank: int) -> Value:
    """Returns the output with its activation, which single elements take in either order of the axes."""
    if layer.activation.name in ("softmax", "log_softmax"):
        return activate(layer, graph, as_layer_has_it(layer, graph, y, rank), layer.activation)
    return as_layer_has_it(layer, graph, activate(layer, graph, y, layer.activation), rank)


def _bias(layer):
    return None if layer.bias is None else layer.bias.value


@translate.register
def _(layer: Convolution, graph, x, shape):
    x = channels_first(layer, graph, x, len(shape))
    kernel = _filters_first(layer.kernel.value)
    y = graph.node("Conv", x, kernel, _bias(layer), group=layer.groups, **_windows(layer))
    return _finished(layer, graph, y, len(shape))


@translate.register
def _(layer: DepthwiseConvolution, graph, x, shape):
    x = channels_first(layer, graph, x, len(shape))
    kernel = layer.kernel.value
    y = graph.node("Conv", x, _by_channel(kernel), _bias(layer), group=kernel.shape[-2], **_windows(layer))
    return _finished(layer, graph, y, len(shape))


@translate.register
def _(layer: SeparableConvolution, graph, x, shape):
    x = channels_first(layer, graph, x, len(shape))
    kernel = layer.depthwise_kernel.value
    y = graph.node("Conv", x, _by_channel(kernel), group=kernel.shape[-2], **_windows(layer))
    y = graph.node("Conv", y, _filters_first(layer.pointwise_kernel.value), _bias(layer))
    return _finished(layer, graph, y, len(shape))


@translate.register
def _(layer: TransposedConvolution, graph, x, shape):
    # What is cut off, or added behind, is the same for images of any size.
    image, output = (
        layer.split_images(sizes)[1:-1] for sizes in (known(shape), layer.compute_output_shape(known(shape)))
    )
    before = layer.cut_before(image, output)
    axes = zip(image, output, layer.windows, layer.strides, before, strict=True)
    behind = [(count - 1) * stride + window - front - size for count, size, window, stride, front in axes]
    rank = len(shape)
    # (window, filters, channels) as (channels, filters, window)
    kernel = _filters_first(layer.kernel.value)
    y = graph.node(
        "ConvTranspose",
        channels_first(layer, graph, x, rank),
        kernel,
        _bias(layer),
        strides=list(layer.strides),
        dilations=list(layer.dilation_rate),
        pads=before + [max(cut, 0) for cut in behind],
        output_padding=[max(-cut, 0) for cut in behind],
    )
    return _finished(layer, graph, y, rank)
