"""Operations of ``keras.ops`` that NumPy lacks or calls by other arguments."""

import numpy as np

from kerasnp import activations, config
from kerasnp.ops.arrays import convert_to_tensor

__all__ = [
    "arange",
    "array",
    "clip",
    "elu",
    "empty",
    "erf",
    "eye",
    "full",
    "full_like",
    "gelu",
    "hard_sigmoid",
    "identity",
    "leaky_relu",
    "linspace",
    "log_softmax",
    "logsumexp",
    "moments",
    "norm",
    "normalize",
    "one_hot",
    "ones",
    "pad",
    "quantile",
    "relu",
    "relu6",
    "reshape",
    "round",
    "rsqrt",
    "scatter_update",
    "selu",
    "sigmoid",
    "silu",
    "slice",
    "slice_update",
    "softmax",
    "softplus",
    "softsign",
    "sparsemax",
    "split",
    "swish",
    "take",
    "take_along_axis",
    "top_k",
    "unstack",
    "zeros",
]

# The activations have the arguments of Keras's operations.
elu, hard_sigmoid, leaky_relu = activations.elu, activations.hard_sigmoid, activations.leaky_relu
log_softmax, relu, relu6, selu = activations.log_softmax, activations.relu, activations.relu6, activations.selu
sigmoid, silu, swish, softmax = activations.sigmoid, activations.silu, activations.silu, activations.softmax
sparsemax = activations.sparsemax
softplus, softsign = activations.softplus, activations.softsign


def gelu(x, approximate=True) -> np.ndarray:
    """Returns gelu, by tanh unless ``approximate`` is False (the activation of that name is exact unless told)."""
    return activations.gelu(x, approximate=approximate)


def array(x, dtype=None) -> np.ndarray:
    """Returns ``x`` as a new array; the number type is that of :func:`convert_to_tensor`."""
    return np.array(convert_to_tensor(x, dtype))


def arange(start, stop=None, step=None, dtype=None) -> np.ndarray:
    """Returns evenly spaced numbers, int32 unless one of the arguments is a fraction."""
    start, stop = (0, start) if stop is None else (start, stop)
    step = 1 if step is None else step
    if dtype is None:
        dtype = config.floatx() if any(isinstance(item, float) for item in (start, stop, step)) else "int32"
    return np.arange(start, stop, step, dtype)


def clip(x, x_min, x_max) -> np.ndarray:
    """Returns the numbers moved into the range from ``x_min`` to ``x_max``."""
    return np.clip(convert_to_tensor(x), x_min, x_max)


def empty(shape, dtype=None) -> np.ndarray:
    """Returns an array whose numbers are not set."""
    return np.empty(shape, dtype or config.floatx())


def zeros(shape, dtype=None) -> np.ndarray:
    """Returns an array of zeros."""
    return np.zeros(shape, dtype or config.floatx())


def ones(shape, dtype=None) -> np.ndarray:
    """Returns an array of ones."""
    return np.ones(shape, dtype or config.floatx())


def full(shape, fill_value, dtype=None) -> np.ndarray:
    """Returns an array of one number."""
    return np.full(shape, fill_value, dtype or config.floatx())


def full_like(x, fill_value, dtype=None) -> np.ndarray:
    """Returns an array of one number, in the shape of ``x``."""
    return np.full_like(convert_to_tensor(x), fill_value, dtype)


def eye(N, M=None, k=0, dtype=None) -> np.ndarray:
    """Returns ones on a diagonal and zeros elsewhere."""
    return np.eye(N, M, k, dtype or config.floatx())


def identity(n, dtype=None) -> np.ndarray:
    """Returns the identity matrix."""
    return eye(n, dtype=dtype)


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """Returns ``num`` evenly spaced numbers."""
    return np.linspace(start, stop, num, endpoint, retstep, dtype or config.floatx(), axis)


def reshape(x, newshape) -> np.ndarray:
    """Returns the numbers in another shape."""
    return np.reshape(convert_to_tensor(x), newshape)


def round(x, decimals=0) -> np.ndarray:
    """Returns the numbers rounded."""
    return np.round(convert_to_tensor(x), decimals)


def rsqrt(x) -> np.ndarray:
    """Returns one by the square root."""
    return 1 / np.sqrt(convert_to_tensor(x))


def erf(x) -> np.ndarray:
    """Returns the error function, by the exact gelu: gelu(z) = z (1 + erf(z / sqrt 2)) / 2."""
    x = convert_to_tensor(x)
    z = np.where(x == 0, 1, x) * np.asarray(np.sqrt(2), x.dtype)
    return np.where(x == 0, 0, 2 * activations.gelu(z, approximate=False) / z - 1).astype(x.dtype)


def logsumexp(x, axis=None, keepdims=False) -> np.ndarray:
    """Returns the logarithm of the sum of exponentials, without overflow."""
    x = convert_to_tensor(x)
    top = np.max(x, axis=axis, keepdims=True)
    total = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axis=axis)


def moments(x, axes, keepdims=False, synchronized=False) -> tuple[np.ndarray, np.ndarray]:
    """Returns mean and variance."""
    x = convert_to_tensor(x)
    return np.mean(x, axis=axes, keepdims=keepdims), np.var(x, axis=axes, keepdims=keepdims)


def norm(x, ord=None, axis=None, keepdims=False) -> np.ndarray:
    """Returns a norm, as ``numpy.linalg.norm``."""
    return np.linalg.norm(convert_to_tensor(x), ord, axis, keepdims)


def normalize(x, axis=-1, order=2, epsilon=None) -> np.ndarray:
    """Returns the numbers divided by their norm over ``axis``, or by ``epsilon`` where that is greater."""
    x = convert_to_tensor(x)
    size = np.linalg.norm(x, order, axis, keepdims=True)
    return x / np.maximum(size, np.asarray(config.epsilon() if epsilon is None else epsilon, x.dtype))


def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False) -> np.ndarray:
    """Returns a one at the place of each index and zeros elsewhere; indices out of range give zeros alone."""
    x = np.asarray(x)
    hot = (x[..., None] == np.arange(num_classes)).astype(dtype or config.floatx())
    return hot if axis == -1 else np.moveaxis(hot, -1, axis)


def pad(x, pad_width, mode="constant", constant_values=None) -> np.ndarray:
    """Returns the array with more entries around it."""
    more = {"constant_values": constant_values} if constant_values is not None else {}
    return np.pad(convert_to_tensor(x), pad_width, mode, **more)


def quantile(x, q, axis=None, method="linear", keepdims=False) -> np.ndarray:
    """Returns quantiles."""
    x = convert_to_tensor(x)
    return np.quantile(x, np.asarray(q, x.dtype), axis=axis, method=method, keepdims=keepdims)


def slice(inputs, start_indices, shape) -> np.ndarray:
    """Returns the block of ``shape`` that begins at ``start_indices``."""
    return convert_to_tensor(inputs)[_block(start_indices, shape)]


def slice_update(inputs, start_indices, updates) -> np.ndarray:
    """Returns a copy with the block at ``start_indices`` overwritten."""
    result = np.array(inputs)
    result[_block(start_indices, np.shape(updates))] = updates
    return result


def scatter_update(inputs, indices, updates) -> np.ndarray:
    """Returns a copy with the entries at ``indices`` (updates, axes) overwritten."""
    result = np.array(inputs)
    result[tuple(np.moveaxis(np.asarray(indices), -1, 0))] = updates
    return result


def _block(start, shape) -> tuple:
    return tuple(np.s_[first : first + size] for first, size in zip(start, shape, strict=True))


def split(x, indices_or_sections, axis=0) -> list[np.ndarray]:
    """Returns the array in parts: a number of equal ones, or cut at the given places."""
    return np.split(convert_to_tensor(x), indices_or_sections, axis)


def unstack(x, num=None, axis=0) -> list[np.ndarray]:
    """Returns the arrays along an axis."""
    return list(np.moveaxis(convert_to_tensor(x), axis, 0))


def take(x, indices, axis=None) -> np.ndarray:
    """Returns entries by their place."""
    return np.take(convert_to_tensor(x), np.asarray(indices), axis)


def take_along_axis(x, indices, axis=None) -> np.ndarray:
    """Returns entries by their place along an axis, one index an entry."""
    return np.take_along_axis(convert_to_tensor(x), np.asarray(indices), axis)


def top_k(x, k, sorted=True) -> tuple[np.ndarray, np.ndarray]:
    """Returns the ``k`` greatest numbers of the last axis, greatest first, and their places."""
    x = convert_to_tensor(x)
    places = np.argsort(-x, axis=-1, kind="stable")[..., :k].astype("int32")
    return np.take_along_axis(x, places, -1), places
