"""A dense layer over any axes, told by an equation."""

import copy
import re

import numpy as np

from kerasnp import initializers
from kerasnp.layers.affine import AffineLayer
from kerasnp.layers.base import Shape, Workspace, register

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@register()
class EinsumDense(AffineLayer):
    """Multiplies and adds up as an equation of ``numpy.einsum`` says, adds a bias and applies an activation.

    ``z = einsum(equation, x, w) + b, y = f(z)``. The gradients exchange the operands: with the equation ``I,W->O``,
    ``dx = einsum("O,W->I", dz, w)`` and ``dw = einsum("I,O->W", x, dz)``; ``db`` is the sum of dz over the axes that b
    lacks. For a product with the last axis alone :class:`Dense` is faster.

    Args:
        equation: such as ``"abc,cd->abd"``, ``"...x,xy->...y"`` or ``"ab...,bc->ac..."``; the batch is the first axis.
        output_shape: shape of the output without the batch axis and those that "..." stands for; None where the input
            says it.
        bias_axes: letters of the output's axes that the bias has; None for no bias.
        activation, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, kernel_constraint,
            bias_constraint: see :class:`AffineLayer`.
        lora_rank, lora_alpha, gptq_unpacked_column_size, quantization_config: only None.
        **kwargs: see :class:`Layer`.

    Raises:
        ValueError: an equation of another form, or one that does not fit the shapes.
    """

    def __init__(
        self,
        equation,
        output_shape,
        activation=None,
        bias_axes=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        gptq_unpacked_column_size=None,
        quantization_config=None,
        **kwargs,
    ):
        super().__init__(
            activation=activation,
            use_bias=bias_axes is not None,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        if any(item is not None for item in (lora_rank, lora_alpha, gptq_unpacked_column_size, quantization_config)):
            raise ValueError(f"EinsumDense layer {self.name!r}: kerasnp has neither LoRA nor quantization.")
        self.equation = equation
        self.partial_output_shape = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        self.bias_axes = bias_axes
        if _parts(equation) is None:
            raise ValueError(
                f"Invalid einsum equation '{equation}'. Equations must be in the form "
                "[X],[Y]->[Z], ...[X],[Y]->...[Z], or [X]...,[Y]->[Z]...."
            )

    # -- shapes ------------------------------------------------------------------------------------

    def letters(self, rank: int) -> tuple[str, str, str]:
        """Returns the letters of the input's, the kernel's and the output's axes, with letters for "..."."""
        left, inputs, kernel, outputs, right = _parts(self.equation)
        spare = [letter for letter in _LETTERS if letter not in self.equation]
        more = "".join(spare[: max(rank - len(inputs), 0)])
        if rank != len(inputs) + len(more) * bool(left or right):
            raise ValueError(
                f"Input 0 of layer {self.name!r} (EinsumDense) is incompatible with the layer: the equation "
                f"'{self.equation}' has {len(inputs)} axes of the input, found ndim={rank}."
            )
        if left:
            return more + inputs, kernel, more + outputs
        return inputs + more, kernel, outputs + more

    def _sizes(self, input_shape: Shape) -> dict[str, int | None]:
        """Returns the size of each axis by its letter."""
        inputs, kernel, outputs = self.letters(len(input_shape))
        sizes = dict(zip(inputs, input_shape, strict=True))
        *_, named, right = _parts(self.equation)
        # What output_shape says: all but the batch, and but what "..." stands for.
        told = (outputs if right else outputs[len(outputs) - len(named) :])[: len(named)]
        told = told[1:] if told[0] == outputs[0] else told
        if len(told) != len(self.partial_output_shape):
            raise ValueError(
                f"Layer {self.name!r}: output_shape={self.partial_output_shape} does not fit the equation "
                f"'{self.equation}', which leaves the axes {', '.join(told)} to it."
            )
        for letter, size in zip(told, self.partial_output_shape, strict=True):
            if letter in inputs and size is not None and sizes[letter] != size:
                raise ValueError(
                    f"Input shape and output shape do not match at shared dimension '{letter}'. Input shape is "
                    f"{sizes[letter]}, and output shape is {size}."
                )
            sizes.setdefault(letter, size)
        for letter in outputs + kernel:
            if letter not in sizes or (letter in outputs and letter not in inputs + kernel):
                raise ValueError(f"Layer {self.name!r}: '{self.equation}' does not say what axis '{letter}' is.")
        return sizes

    def _bias_shape(self, rank: int, sizes: dict) -> tuple[int, ...]:
        outputs = self.letters(rank)[2]
        missing = sorted(set(self.bias_axes) - set(outputs))
        if missing:
            raise ValueError(
                f"Bias dimension '{missing[0]}' was requested, but is not part of the output spec '{outputs}'"
            )
        first = min(map(outputs.find, self.bias_axes))
        return tuple(sizes[letter] if letter in self.bias_axes else 1 for letter in outputs[first:])

    def build(self, input_shape: Shape) -> None:
        sizes = self._sizes(input_shape)
        shape = tuple(sizes[letter] for letter in self.letters(len(input_shape))[1])
        bias_shape = self._bias_shape(len(input_shape), sizes) if self.bias_axes is not None else ()
        if None in shape + bias_shape:
            raise ValueError(
                f"Layer {self.name!r}: the weights need known sizes; received an input of shape {tuple(input_shape)}."
            )
        self.kernel = self.add_weight(
            shape,
            self._initializer(*self.letters(len(input_shape))),
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        if self.bias_axes is not None:
            self.bias = self.add_weight(
                bias_shape,
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )

    def _initializer(self, inputs: str, kernel: str, outputs: str):
        """Returns the kernel's initializer, told which of its axes are inputs and which outputs, as Keras does."""
        initializer = self.kernel_initializer
        if not isinstance(initializer, initializers.VarianceScaling) or initializer.input_axes is not None:
            return initializer
        initializer = copy.copy(initializer)
        initializer.output_axes = [axis for axis, letter in enumerate(kernel) if letter in outputs]
        initializer.input_axes = [axis for axis, letter in enumerate(kernel) if letter not in outputs]
        return initializer

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        sizes = self._sizes(input_shape)
        return tuple(sizes[letter] for letter in self.letters(len(input_shape))[2])

    # -- equations ---------------------------------------------------------------------------------

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        inputs, kernel, outputs = self.letters(x.ndim)
        np.einsum(f"{inputs},{kernel}->{outputs}", x, self.kernel.value, out=y)
        if self.bias is not None:
            y += self.bias.value
        if self.fused_relu:
            np.maximum(y, 0, out=y)

    def backward_last(self, dz: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        inputs, kernel, outputs = self.letters(buf.x.ndim)
        kernel_gradient, bias_gradient = self.weight_gradients()
        if kernel_gradient is not None:
            np.einsum(f"{inputs},{outputs}->{kernel}", buf.x, dz, out=kernel_gradient)
        if bias_gradient is not None:
            target = bias_gradient.reshape((1,) * (dz.ndim - bias_gradient.ndim) + bias_gradient.shape)
            axes = tuple(axis for axis, size in enumerate(target.shape) if size == 1)
            np.sum(dz, axis=axes, keepdims=True, out=target)
        if dx is not None:
            # An axis that the equation only adds up gets the same gradient all along it.
            kept = "".join(letter for letter in inputs if letter in kernel + outputs)
            target = dx if kept == inputs else None
            found = np.einsum(f"{outputs},{kernel}->{kept}", dz, self.kernel.value, out=target)
            if target is None:
                dx[...] = found[tuple(np.s_[:] if letter in kept else None for letter in inputs)]

    def get_config(self) -> dict:
        config = super().get_config()
        del config["use_bias"]
        told = {"equation": self.equation, "output_shape": self.partial_output_shape, "bias_axes": self.bias_axes}
        return {**config, **told}


def _parts(equation: str) -> tuple[str, str, str, str, str] | None:
    """Returns the dots on the left, the three operands and the dots on the right; None for another form."""
    dots = r"\.\.\."
    plain = re.fullmatch(r"([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)", equation)
    left = re.fullmatch(rf"{dots}([a-zA-Z]+),([a-zA-Z]+)->{dots}([a-zA-Z]+)", equation)
    right = re.fullmatch(rf"([a-zA-Z]{{2,}}){dots},([a-zA-Z]+)->([a-zA-Z]+){dots}", equation)
    for match, before, after in ((plain, "", ""), (left, "...", ""), (right, "", "...")):
        if match:
            return before, *match.groups(), after
    return None
