"""Weights that older Keras, or another backend, stored in another form.

Which layers that concerns is in tables by the name of the class, and what is read off a layer are its public settings
and the shapes of its weights; so a layer added to the library later is converted from the day it has its name.

The sources of the forms are Keras 2.2.4's own conversions. Theano convolves where all others correlate, so its kernels
are mirrored. Keras 1 had other axes for kernels and a weight for each gate. The CuDNN layers had kernels turned over,
gate by gate, and two biases that are added.
"""

from collections.abc import Callable, Sequence

import numpy as np

Arrays = list[np.ndarray]

# Layers whose kernels, the first so many arrays, are mirrored in Theano's files.
_MIRRORED = {"Conv1D": 1, "Conv2D": 1, "Conv3D": 1, "Conv2DTranspose": 1, "ConvLSTM2D": 2}
# In Keras 1: for kernel, recurrent kernel and bias, the places of its parts in the order of today's gates.
_GATES = {
    "GRU": [(0, 3, 6), (1, 4, 7), (2, 5, 8)],
    "LSTM": [(0, 6, 3, 9), (1, 7, 4, 10), (2, 8, 5, 11)],
    "ConvLSTM2D": [(0, 6, 3, 9), (1, 7, 4, 10), (2, 8, 5, 11)],
}


def convert_layer_weights(layer, arrays: Sequence[np.ndarray], keras_version: str, backend: str) -> Arrays:
    """Returns the arrays of a layer in the form that it expects, those that have it already as they are.

    Args:
        layer: the layer, built; an inner model or a wrapper stands for the layers in it.
        arrays: as the file lists them: what trains first, then the rest.
        keras_version: of the Keras that wrote them; one that starts with 1 means Keras 1.
        backend: the backend that wrote them.
    """
    arrays = list(arrays)
    for attributes in (("forward_layer", "backward_layer"), ("layer",)):
        if all(hasattr(layer, name) for name in attributes):
            parts = [getattr(layer, name) for name in attributes]
            share = len(arrays) // len(parts)
            pieces = [arrays[index * share : (index + 1) * share] for index in range(len(parts))]
            pairs = zip(parts, pieces, strict=True)
            converted = [convert_layer_weights(part, piece, keras_version, backend) for part, piece in pairs]
            return [array for piece in converted for array in piece] + arrays[share * len(parts) :]
    if hasattr(layer, "layers"):
        return _convert_model(layer, arrays, keras_version, backend)
    name = type(layer).__name__
    if str(keras_version).startswith(("0", "1")):
        arrays = _from_keras_1(layer, name, arrays)
    if backend == "theano":
        count = _MIRRORED.get(name, 0)
        arrays = [_mirrored(array) if index < count else array for index, array in enumerate(arrays)]
    return _from_cudnn(name, arrays)


def _convert_model(model, arrays: Arrays, keras_version: str, backend: str) -> Arrays:
    """Converts the layers of an inner model: what trains in all of them comes before what does not in any."""
    counts = [(len(layer.trainable_weights), len(layer.non_trainable_weights)) for layer in model.layers]
    if sum(map(sum, counts)) != len(arrays):
        return arrays
    trained, rest = 0, sum(first for first, _ in counts)
    parts = []
    for layer, (first, second) in zip(model.layers, counts, strict=True):
        own = arrays[trained : trained + first] + arrays[rest : rest + second]
        parts.append(convert_layer_weights(layer, own, keras_version, backend))
        trained, rest = trained + first, rest + second
    before = [array for part, (first, _) in zip(parts, counts, strict=True) for array in part[:first]]
    return before + [array for part, (first, _) in zip(parts, counts, strict=True) for array in part[first:]]


# -- Keras 1 ---------------------------------------------------------------------------------------


def _from_keras_1(layer, name: str, arrays: Arrays) -> Arrays:
    gates = _GATES.get(name)
    if gates and len(arrays) == sum(map(len, gates)):
        arrays = [np.concatenate([arrays[place] for place in places], axis=-1) for places in gates]
    turn = _KERNELS.get(name)
    if turn and arrays:
        kernels = 2 if name == "ConvLSTM2D" else 1
        arrays = [turn(layer, array) if index < kernels else array for index, array in enumerate(arrays)]
    return arrays


def _conv1d_kernel(layer, kernel: np.ndarray) -> np.ndarray:
    """Takes (window, 1, in, filters), or (filters, in, window, 1) before 1.2, to (window, in, filters)."""
    if kernel.ndim != 4:
        return kernel
    window = layer.kernel_size[0]
    if kernel.shape[:2] != (window, 1) or kernel.shape[3] != layer.filters:
        kernel = kernel.transpose(2, 3, 1, 0)
    return kernel[:, 0]


def _kernel(layer, kernel: np.ndarray) -> np.ndarray:
    """Takes (filters, in, window...), the form for channels first, to (window..., in, filters)."""
    if layer.data_format != "channels_first":
        return kernel
    return kernel.transpose(*range(2, kernel.ndim), 1, 0)


def _transposed_kernel(layer, kernel: np.ndarray) -> np.ndarray:
    """Takes the form of Keras 1 to (window..., filters, in)."""
    if layer.data_format == "channels_first":
        return kernel.transpose(2, 3, 0, 1)
    return kernel.transpose(0, 1, 3, 2)


_KERNELS: dict[str, Callable] = {
    "Conv1D": _conv1d_kernel,
    "Conv2D": _kernel,
    "Conv3D": _kernel,
    "ConvLSTM2D": _kernel,
    "Conv2DTranspose": _transposed_kernel,
}


# -- backends --------------------------------------------------------------------------------------


def _mirrored(kernel: np.ndarray) -> np.ndarray:
    return kernel[(slice(None, None, -1),) * (kernel.ndim - 2)]


def _from_cudnn(name: str, arrays: Arrays) -> Arrays:
    """Converts CuDNNLSTM and CuDNNGRU, which have two biases in one vector."""
    gates = {"LSTM": 4, "GRU": 3}.get(name)
    if gates is None or len(arrays) != 3 or arrays[2].ndim != 1 or arrays[1].ndim != 2:
        return arrays
    kernel, recurrent, bias = arrays
    if bias.size != 2 * gates * len(recurrent):
        return arrays
    kernel = _by_gate(kernel, gates, lambda gate: gate.T.reshape(gate.shape, order="F"))
    recurrent = _by_gate(recurrent, gates, lambda gate: gate.T)
    return [kernel, recurrent, bias.reshape(2, -1).sum(axis=0) if name == "LSTM" else bias.reshape(2, -1)]


def _by_gate(array: np.ndarray, gates: int, turn: Callable) -> np.ndarray:
    return np.hstack([turn(gate) for gate in np.hsplit(array, gates)])
