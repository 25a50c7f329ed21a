"""The input of a model, the layer that does nothing, and the fully connected layer."""

import numpy as np

from kerasnp import config
from kerasnp.kernels import dense
from kerasnp.layers.affine import AffineLayer
from kerasnp.layers.base import Buffer, Layer, Shape, Workspace, register
from kerasnp.symbols import KerasTensor
from kerasnp.utils.arrays import rows_of
from kerasnp.utils.shapes import positive_integer


@register()
class InputLayer(Layer):
    """Says the shape of a model's input; computes nothing.

    Args:
        shape: shape without the batch axis, None where any size will do.
        batch_size: fixed size of the batches; None means any.
        dtype: number type of the data, any that NumPy knows, or ``"string"``; None means ``config.floatx()``. The
            model converts.
        sparse, ragged, optional: names that Keras's configs may hold; only False and None are accepted.
        batch_shape: shape with the batch axis, instead of ``shape`` and ``batch_size``.
        name, **kwargs: see :class:`Layer`.

    Attributes:
        batch_shape: the shape, batch axis first.

    Raises:
        ValueError: no shape, two of them, or one that is none.
    """

    def __init__(
        self,
        shape=None,
        batch_size=None,
        dtype=None,
        sparse=None,
        ragged=None,
        batch_shape=None,
        optional=False,
        name=None,
        **kwargs,
    ):
        if shape is not None and (batch_shape is not None or "batch_input_shape" in kwargs):
            raise ValueError("You cannot pass both `shape` and `batch_shape` at the same time.")
        if sparse or ragged or optional:
            raise ValueError(
                "kerasnp takes one dense array as input; "
                f"received sparse={sparse}, ragged={ragged}, optional={optional}."
            )
        super().__init__(name=name, **kwargs)
        if dtype is not None:
            if isinstance(dtype, dict):
                self.dtype = config.standardize_dtype(dtype)
            else:
                self.dtype = dtype if dtype == "string" else np.dtype(dtype).name
        if self.batch_input_shape is not None:
            batch_shape = self.batch_input_shape
        if shape is not None:
            batch_shape = (batch_size, *_checked_shape(shape))
        if batch_shape is None:
            raise ValueError("You must pass a `shape` argument.")
        self.batch_shape = self.batch_input_shape = _checked_shape(batch_shape)
        self.ensure_built(self.batch_shape)

    def as_symbol(self) -> KerasTensor:
        return KerasTensor.of_input(self)

    @property
    def shape(self) -> Shape:
        """The shape, batch axis first, as Keras's symbolic inputs have it."""
        return self.batch_shape

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.batch_shape

    def passes_through(self, training: bool) -> bool:
        return True

    def get_config(self) -> dict:
        return {"batch_shape": self.batch_shape, "dtype": self.dtype, "sparse": False, "name": self.name}


def Input(  # noqa: N802
    shape=None,
    batch_size=None,
    dtype=None,
    sparse=None,
    ragged=None,
    batch_shape=None,
    name=None,
    tensor=None,
    optional=False,
):
    """Returns an :class:`InputLayer`: the first entry of a ``Sequential``, or what the first layer is called on.

    Args:
        shape, batch_size, dtype, sparse, ragged, batch_shape, name, optional: see :class:`InputLayer`.
        tensor: only None.
    """
    if tensor is not None:
        raise ValueError(f"Input takes no tensor: pass arrays to the model. Received tensor={tensor!r}.")
    return InputLayer(shape, batch_size, dtype, sparse, ragged, batch_shape, optional, name)


def _checked_shape(shape) -> Shape:
    """Returns ``shape`` as a tuple of sizes and None."""
    try:
        sizes = tuple(None if size is None else int(size) for size in shape)
    except (TypeError, ValueError):
        sizes = (-1,)
    if any(size is not None and size < 0 for size in sizes):
        raise ValueError(f"Cannot convert {shape!r} to a shape: expected a tuple of sizes, with None for unknown ones.")
    return sizes


@register()
class Identity(Layer):
    """Hands its input on: ``y = x``, ``dx = dy``.

    Args:
        **kwargs: see :class:`Layer`.
    """

    supports_masking = True
    backward_uses = ()

    def passes_through(self, training: bool) -> bool:
        return True

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        np.copyto(y, x)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            np.copyto(dx, dy)


@register()
class Dense(AffineLayer):
    """Multiplies the last axis of its input by a matrix, adds a bias and applies an activation (as Keras 3).

    With x seen as rows: ``z = x w + b, y = f(z)``. Backward, with dz = dy f'(z): ``dw = x^T dz``, ``db`` is the sum of
    dz over the rows, ``dx = dz w^T``. :mod:`kerasnp.nn.dense` derives it.

    Args:
        units: size of the output's last axis.
        activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            kernel_constraint, bias_constraint: see :class:`AffineLayer`.
        lora_rank, lora_alpha, quantization_config: names that Keras's configs may hold; only None is accepted.
        activity_regularizer, **kwargs: see :class:`Layer`.

    Input shape: (batch, ..., inputs), of two axes or more. Weights: ``kernel`` (inputs, units), ``bias`` (units,).

    Raises:
        ValueError: a wrong argument, or an input of another size than the weights were built for.
    """

    supports_masking = True

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        super().__init__(
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        self.units = positive_integer(units, "units", f"Dense layer {self.name!r}")
        if not (lora_rank is None and lora_alpha is None and quantization_config is None):
            raise ValueError(
                f"Dense layer {self.name!r}: kerasnp has neither LoRA nor quantization. Received: "
                f"lora_rank={lora_rank}, lora_alpha={lora_alpha}, quantization_config={quantization_config}"
            )

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)
        self.require_channels(input_shape, None)
        self.add_affine_weights((input_shape[-1], self.units))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) < 2:
            raise ValueError(
                f"Input 0 of layer {self.name!r} (Dense) is incompatible with the layer: expected min_ndim=2, found "
                f"ndim={len(input_shape)}. Full shape received: {tuple(input_shape)}"
            )
        if self.kernel is not None:
            self.require_channels(input_shape, self.kernel.shape[0])
        return (*input_shape[:-1], self.units)

    def buffers_last(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        return {
            "forward_scratch": Buffer((dense.forward_scratch(*self.kernel.shape),), "forward"),
            "backward_scratch": Buffer((dense.backward_scratch(*self.kernel.shape),), "backward"),
        }

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        buf.kernels.dense_forward(
            rows_of(x), self.kernel.value, self.bias_value, self.fused_relu, rows_of(y), buf.forward_scratch
        )

    def backward_last(self, dz: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        dz = rows_of(dz)
        dw, db = self.weight_gradients()
        if dw is not None or db is not None:
            buf.kernels.dense_backward_weights(dz, rows_of(buf.x), dw, db, buf.backward_scratch)
        if dx is not None:
            buf.kernels.dense_backward_input(dz, self.kernel.value, rows_of(dx), buf.backward_scratch)

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units}
