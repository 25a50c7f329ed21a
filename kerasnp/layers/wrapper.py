"""Layers around one other layer: Wrapper, and TimeDistributed, which runs it at every step of a sequence."""

from typing import ClassVar

import numpy as np

from kerasnp.layers.base import Buffer, Layer, Shape, Workspace, deserialize, register, serialize
from kerasnp.layers.composite import Composite


@register()
class Wrapper(Composite):
    """The base of layers around another one.

    Args:
        layer: the layer.
        **kwargs: see :class:`Layer`.

    Raises:
        ValueError: ``layer`` is no layer, or a model where the wrapper takes none.
    """

    takes_models: ClassVar[bool] = False

    def __init__(self, layer, **kwargs):
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Layer {layer} supplied to Wrapper isn't a supported layer type. Please ensure wrapped layer is a "
                "valid Keras layer."
            )
        if hasattr(layer, "layers") and not self.takes_models:
            raise ValueError(
                f"{type(self).__name__} takes a layer, not a model: put it around each layer of {layer.name!r}."
            )
        super().__init__(**kwargs)
        self.layer = layer

    def inner_layers(self) -> list[Layer]:
        return [self.layer]

    def build(self, input_shape: Shape) -> None:
        self.build_inner(self.layer, input_shape)

    def get_config(self) -> dict:
        return {**super().get_config(), "layer": serialize(self.layer)}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "Wrapper":
        """Makes a layer from what :meth:`get_config` returned."""
        return cls(**{**config, "layer": deserialize(config["layer"], custom_objects)})


@register()
class TimeDistributed(Wrapper):
    """Runs a layer at every step: ``y[:, t] = layer(x[:, t])``, and backward ``dx[:, t]`` from ``dy[:, t]``.

    The steps count as samples of one large batch; so a model at every step is each of its layers at every step. Only a
    layer that keeps statistics of its batches, such as BatchNormalization, sees one step after the other. The gradients
    by the weights are sums over the steps.

    Args:
        layer: the layer, or a model.
        **kwargs: see :class:`Layer`.

    Input shape: (batch, steps, ...), of three axes or more. Output: (batch, steps, ...).
    """

    supports_masking = uses_mask = True
    takes_models = True

    def leaf_layers(self) -> list[Layer]:
        if not hasattr(self.layer, "layers"):
            return [self]
        leaves = [TimeDistributed(leaf, dtype=leaf.dtype, name=leaf.name) for leaf in self.layer.leaf_layers()]
        shape = self._build_input_shape
        for leaf in leaves:
            leaf.ensure_built(shape)
            shape = leaf.compute_output_shape(shape)
        return leaves

    def __call__(self, x, training: bool | None = None, mask=None) -> np.ndarray:
        if not hasattr(self.layer, "layers"):
            return super().__call__(x, training, mask)
        if (symbol := self.symbolic(x, training=training, mask=mask)) is not None:
            return symbol
        self.ensure_built((None, *np.shape(x)[1:]))
        for leaf in self.leaf_layers():
            x = leaf(x, training, mask)
        return x

    @property
    def backward_uses(self) -> tuple[str, ...]:
        return () if self._step_by_step else self.layer.backward_uses

    @property
    def logits_uses(self) -> tuple[str, ...]:
        return self.layer.logits_uses

    @property
    def input_dtype(self) -> str:
        return self.layer.input_dtype

    @property
    def _step_by_step(self) -> bool:
        return not all(variable.trainable for variable in self.layer.weights)

    @property
    def output_activation(self):
        return None if self._step_by_step else self.layer.output_activation

    def build(self, input_shape: Shape) -> None:
        super().build(self._inner_shape(input_shape))

    def _inner_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) < 3 and self.input_dtype == self.dtype:
            raise ValueError(
                "`TimeDistributed` Layer should be passed an `input_shape` with at least 3 dimensions, received: "
                f"{tuple(input_shape)}"
            )
        return (input_shape[0], *input_shape[2:])

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        batch, *rest = self.layer.compute_output_shape(self._inner_shape(input_shape))
        return (batch, input_shape[1], *rest)

    def passes_through(self, training: bool) -> bool:
        return self.layer.passes_through(training)

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        batch, steps, *rest = input_shape
        if not self._step_by_step:
            return self.inner_buffers("layer", self.layer, (batch * steps, *rest))
        x_shape = (batch, *rest)
        y_shape = self.layer.compute_output_shape(x_shape)
        buffers = {
            "inputs": Buffer((steps, *x_shape), "kept", self.input_dtype),
            "outputs": Buffer((steps, *y_shape), "kept"),
            "doutput": Buffer(y_shape, "backward"),
            "dinput": Buffer(x_shape, "backward"),
        }
        for t in range(steps):
            buffers |= self.inner_buffers(f"layer{t}", self.layer, x_shape)
        for number, weight in enumerate(self.layer.weights):
            buffers[f"sum{number}"] = Buffer(weight.shape, "backward")
        return buffers

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        # A mask (batch, steps) says nothing about what is within a step.
        mask = buf.mask if buf.mask is not None and buf.mask.ndim > 2 else None
        if not self._step_by_step:
            x, y = _merged(x), _merged(y)
            inner_mask = None if mask is None else _merged(mask)
            self.layer.forward(x, y, self.inner_workspace("layer", self.layer, x, y, buf, inner_mask), training)
            return
        for t in range(x.shape[1]):
            np.copyto(buf.inputs[t], x[:, t])
            step_mask = None if mask is None else np.ascontiguousarray(mask[:, t])
            inner = self.inner_workspace(f"layer{t}", self.layer, buf.inputs[t], buf.outputs[t], buf, step_mask)
            self.layer.forward(buf.inputs[t], buf.outputs[t], inner, training)
            np.copyto(y[:, t], buf.outputs[t])

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if not self._step_by_step:
            self._merged_backward(self.layer.backward, dy, dx, buf)
            return
        learning = [(w.gradient, getattr(buf, f"sum{k}")) for k, w in enumerate(self.layer.weights)]
        learning = [(gradient, total) for gradient, total in learning if gradient is not None]
        for _, total in learning:
            total.fill(0)
        for t in range(dy.shape[1]):
            np.copyto(buf.doutput, dy[:, t])
            self.layer.backward(buf.doutput, None if dx is None else buf.dinput, getattr(buf, f"layer{t}_workspace"))
            for gradient, total in learning:
                total += gradient
            if dx is not None:
                np.copyto(dx[:, t], buf.dinput)
        for gradient, total in learning:
            np.copyto(gradient, total)

    def backward_from_logits(self, dz: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        self._merged_backward(self.layer.backward_from_logits, dz, dx, buf)

    def _merged_backward(self, equation, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        equation(_merged(dy), None if dx is None else _merged(dx), buf.layer_workspace)


def _merged(array: np.ndarray) -> np.ndarray:
    """Returns a view with the first two axes as one."""
    batch, steps, *rest = array.shape
    return array.reshape(batch * steps, *rest)
