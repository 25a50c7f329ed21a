"""Embedding: a vector for each number of a word."""

import math
import warnings

import numpy as np

from kerasnp import constraints, initializers, regularizers
from kerasnp.layers.base import Buffer, Layer, Shape, Workspace, register
from kerasnp.utils.arrays import rows_of
from kerasnp.variables import Variable


@register()
class Embedding(Layer):
    """Turns integers into vectors, the rows of a table that is trained: ``y[..., :] = table[x[...], :]``.

    Backward, each row of the table gets the sum of the gradients of the places where it was used:
    ``dtable[k, :] = sum over the places p with x[p] = k of dy[p, :]``. The places are added in their order, so the
    number of threads changes no bit. Integers have no gradient: ``dx = 0``.

    The input travels as int64, so every integer is exact.

    Args:
        input_dim: rows of the table: the integers are from 0 to ``input_dim - 1``.
        output_dim: size of the vectors.
        embeddings_initializer: what the table starts with.
        embeddings_regularizer: penalty on the table.
        embeddings_constraint: projection of the table after each step.
        mask_zero: whether 0 marks padding: the mask of the output is then ``x != 0``.
        weights: the table to start with, an array or a list of one.
        lora_rank, lora_alpha, quantization_config: names that Keras's configs may hold; only None is accepted.
        **kwargs: see :class:`Layer`; and ``input_length``, which says nothing any more.

    Input shape: (batch, ...), of integers. Output: (batch, ..., output_dim). Weights: ``embeddings`` (input_dim,
    output_dim).

    Raises:
        ValueError: a wrong argument; in a call, an integer that the table has no row for.
    """

    backward_uses = ("x",)

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        weights=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        for name, value in (("input_dim", input_dim), ("output_dim", output_dim)):
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value <= 0:
                raise ValueError(
                    f"`{name}` must be a positive integer. Received: {name}={value} (of type {type(value).__name__})."
                )
        if kwargs.pop("input_length", None) is not None:
            warnings.warn("Argument `input_length` is deprecated. Just remove it.", stacklevel=2)
        super().__init__(**kwargs)
        if not (lora_rank is None and lora_alpha is None and quantization_config is None):
            raise ValueError(
                f"Embedding layer {self.name!r}: kerasnp has neither LoRA nor quantization. Received: "
                f"lora_rank={lora_rank}, lora_alpha={lora_alpha}, quantization_config={quantization_config}"
            )
        self.input_dim = int(input_dim)
        self.output_dim = int(output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = bool(mask_zero)
        self.supports_masking = self.mask_zero
        self.embeddings: Variable | None = None
        if weights is not None:
            self._make_table()
            self.set_weights(weights if isinstance(weights, list) and len(weights) == 1 else [weights])

    @property
    def input_dtype(self) -> str:
        return "int64"

    def build(self, input_shape: Shape) -> None:
        if self.embeddings is None:
            self._make_table()

    def _make_table(self) -> None:
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
            name="embeddings",
        )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape, self.output_dim)

    def compute_mask(self, inputs, mask=None) -> np.ndarray | None:
        """Returns which integers are not 0, if ``mask_zero``; else None."""
        return np.not_equal(inputs, 0) if self.mask_zero else None

    def fill_mask(self, x: np.ndarray, mask: np.ndarray | None, out: np.ndarray, buf: Workspace) -> None:
        np.not_equal(x, 0, out=out)

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        count = math.prod(input_shape)
        return {"index": Buffer((count,), "forward", "int64"), "used": Buffer((count,), "backward", "int64")}

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        index = _as_index(x, buf.index)
        self._check(index)
        buf.kernels.gather_rows(self.embeddings.value, index, rows_of(y))

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if self.embeddings.gradient is not None:
            buf.kernels.scatter_rows(rows_of(dy), _as_index(buf.x, buf.used), self.embeddings.gradient)
        if dx is not None:
            dx.fill(0)

    def _check(self, index: np.ndarray) -> None:
        if index.size and not (index.min() >= 0 and index.max() < self.input_dim):
            place = int(np.argmax((index < 0) | (index >= self.input_dim)))
            raise ValueError(
                f"Embedding layer {self.name!r} has rows for the integers from 0 to {self.input_dim - 1} "
                f"(input_dim={self.input_dim}); received {index[place]}."
            )

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": initializers.serialize(self.embeddings_initializer),
            "embeddings_regularizer": regularizers.serialize(self.embeddings_regularizer),
            "embeddings_constraint": constraints.serialize(self.embeddings_constraint),
            "mask_zero": self.mask_zero,
        }


def _as_index(x: np.ndarray, scratch: np.ndarray) -> np.ndarray:
    """Returns the integers as a vector; where a layer below gave floats, in ``scratch``, cut to whole numbers."""
    if x.dtype == scratch.dtype:
        return x.reshape(-1)
    np.copyto(scratch, x.reshape(-1), casting="unsafe")
    return scratch
