"""Numbers of categories as rows of zeros and ones."""

import numpy as np

from kerasnp.layers.base import Layer, Shape, register
from kerasnp.layers.host import INTEGER_TYPES, HostLayer, type_name

MODES = ("int", "one_hot", "multi_hot", "count")


def one_of(layer: Layer, name: str, value, allowed: tuple) -> None:
    """Raises a ValueError unless an argument of a layer has one of the ``allowed`` values."""
    if value not in allowed:
        raise ValueError(
            f"Unknown value for argument `{name}` of layer {type(layer).__name__}. Expected one of {allowed}. "
            f"Received: {name}={value}"
        )


def refuse_sparse(layer: Layer, sparse: bool) -> None:
    """Raises a ValueError if ``sparse`` was asked for: outputs are dense arrays."""
    if sparse:
        raise ValueError(f"Layer {type(layer).__name__}: kerasnp has no sparse arrays. Received: sparse={sparse}")


def encode(indices: np.ndarray, mode: str, depth: int, dtype: str, weights: np.ndarray | None = None) -> np.ndarray:
    """Returns category numbers encoded; numbers outside 0 ... ``depth - 1`` count for nothing.

    Args:
        indices: integers of any shape.
        mode: ``"int"``: as they are; ``"one_hot"``: a row for each, on a last axis that takes the place of one of size
            1; ``"multi_hot"``: ones for what stands on the last axis; ``"count"``: how often it stands there.
        depth: the number of categories.
        dtype: type of the result.
        weights: what each one counts; like ``indices``.
    """
    if mode == "int":
        return indices.astype(dtype)
    if indices.ndim == 0:
        indices = indices[None]
    if mode == "one_hot":
        if indices.ndim > 1 and indices.shape[-1] == 1:
            indices = indices[..., 0]
        samples, rows = indices.reshape(-1, 1), indices.size
        shape = (*indices.shape, depth)
    else:
        if indices.ndim > 2:
            raise ValueError(
                f"output_mode={mode!r} takes inputs of one or two axes (samples, entries); received an input of shape "
                f"{indices.shape}."
            )
        samples = indices.reshape(-1, indices.shape[-1])
        rows, shape = len(samples), (*indices.shape[:-1], depth)
    known = (samples >= 0) & (samples < depth)
    places = (np.arange(rows)[:, None] * depth + samples)[known]
    if mode == "count":
        factors = None if weights is None else np.broadcast_to(weights, indices.shape).reshape(samples.shape)[known]
        return np.bincount(places, factors, rows * depth).astype(dtype).reshape(shape)
    result = np.zeros(rows * depth, dtype)
    result[places] = 1
    return result.reshape(shape)


def encoded_shape(shape: Shape, mode: str, depth: int | None) -> Shape:
    """Returns the shape of :func:`encode`'s result."""
    if mode == "int":
        return tuple(shape)
    if mode == "one_hot" and not (len(shape) > 1 and shape[-1] == 1):
        return (*shape, depth)
    return (*shape[:-1], depth)


@register()
class CategoryEncoding(HostLayer):
    """Turns category numbers into rows of zeros and ones, or of counts.

    Args:
        num_tokens: number of categories; numbers from 0 to ``num_tokens - 1`` are known, others count for nothing.
        output_mode: ``"multi_hot"``: for a sample (entries,) one row with ones where an entry stands; ``"count"``: how
            often it stands there; ``"one_hot"``: a row for each entry.
        sparse: only False.
        dtype: that of the output; it may also be an integer type.
        **kwargs: see :class:`Layer`.

    Input shape: (batch, entries). Output shape: (batch, num_tokens); for ``"one_hot"`` (batch, entries, num_tokens), or
    (batch, num_tokens) if there is one entry.

    Raises:
        ValueError: no ``num_tokens``, or an unknown mode.
    """

    def __init__(self, num_tokens=None, output_mode="multi_hot", sparse=False, dtype=None, **kwargs):
        super().__init__(dtype=dtype, **kwargs)
        if type_name(dtype) in INTEGER_TYPES:
            self.dtype = type_name(dtype)
        output_mode = "multi_hot" if output_mode == "binary" else output_mode
        if output_mode not in MODES[1:]:
            raise ValueError(f"Unknown arg for output_mode: {output_mode}")
        if num_tokens is None:
            raise ValueError(
                "num_tokens must be set to use this layer. If the number of tokens is not known beforehand, use the "
                "IntegerLookup layer instead."
            )
        if num_tokens < 1:
            raise ValueError(f"`num_tokens` must be >= 1. Received: num_tokens={num_tokens}.")
        refuse_sparse(self, sparse)
        self.num_tokens, self.output_mode, self.sparse = num_tokens, output_mode, sparse

    @property
    def input_dtype(self) -> str:
        return "int64"

    def __call__(self, x, count_weights=None, training: bool = False) -> np.ndarray:
        """Returns the rows.

        Args:
            x: category numbers.
            count_weights: for ``"count"``, what each entry counts; like ``x``.
            training: without effect.
        """
        if count_weights is None:
            return super().__call__(x)
        if self.output_mode != "count":
            raise ValueError(
                "`count_weights` is not used when `output_mode` is not `'count'`. Received "
                f"`count_weights={count_weights}`."
            )
        return encode(self.as_input(x), "count", self.num_tokens, self.dtype, np.asarray(count_weights))

    def as_input(self, x) -> np.ndarray:
        x = np.asarray(x)
        if x.dtype.kind not in "biuf":
            raise ValueError(
                f"CategoryEncoding layer {self.name!r} takes category numbers; received an array of {x.dtype}."
            )
        return x.astype(np.int64)

    def convert(self, x: np.ndarray) -> np.ndarray:
        return encode(x, self.output_mode, self.num_tokens, self.dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return encoded_shape(input_shape, self.output_mode, self.num_tokens)

    def get_config(self) -> dict:
        return {**super().get_config(), "num_tokens": self.num_tokens, "output_mode": self.output_mode}
