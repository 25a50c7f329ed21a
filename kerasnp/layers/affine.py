"""What dense and convolution layers share: ``z = linear(x) + b``, ``y = activation(z)``, and the weights' settings."""

from typing import ClassVar

import numpy as np

from kerasnp import activations, constraints, initializers, regularizers
from kerasnp.layers.base import Buffer, Shape, Workspace
from kerasnp.layers.channels import ChannelsLastLayer
from kerasnp.variables import Variable

# What a weight's settings are called behind its own name, with the module whose get and serialize they go through.
_SETTINGS = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}


class AffineLayer(ChannelsLastLayer):
    """A layer that is linear in its input and its ``kernel``, adds a ``bias`` and applies an activation.

    Forward: ``y = f(z)``, ``z = linear(x, kernel) + bias``. Backward: ``dz = dy f'(z)``, then from dz the gradients by
    kernel, bias and x. A subclass writes ``build`` (with :meth:`add_affine_weights`), ``forward_last``, which computes
    z and makes it ``max(z, 0)`` where :attr:`fused_relu` says so, and ``backward_last``, which starts from dz and reads
    x alone.

    Args:
        activation: f: name, function or config; None means linear.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: initial values of the weights; glorot_uniform and zeros if not given.
        kernel_regularizer, bias_regularizer: penalties on the weights.
        kernel_constraint, bias_constraint: projections of the weights after each step.
        **kwargs: see :class:`Layer`.
    """

    backward_last_uses = logits_uses = ("x",)
    # What the names of the settings begin with; a layer with other kernels names them here.
    weight_settings: ClassVar[tuple[str, ...]] = ("kernel", "bias")

    def __init__(self, activation=None, use_bias=True, **kwargs):
        given = {name: kwargs.pop(name) for name in self._settings() if name in kwargs}
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        defaults = {f"{weight}_initializer": "glorot_uniform" for weight in self.weight_settings}
        given = {**defaults, "bias_initializer": "zeros", **given}
        for name, module in self._settings().items():
            setattr(self, name, module.get(given.get(name)))
        self.kernel: Variable | None = None
        self.bias: Variable | None = None
        keeps_output = not (self.activation is activations.linear or self.activation.uses_input)
        self.backward_uses = ("x", "y") if keeps_output else ("x",)

    @classmethod
    def _settings(cls) -> dict:
        """Returns the names of the weights' settings, each with the module for it."""
        return {
            f"{weight}_{setting}": module for weight in cls.weight_settings for setting, module in _SETTINGS.items()
        }

    def add_affine_weight(self, shape: tuple[int, ...], settings: str, name: str) -> Variable:
        """Makes a weight with the initializer, regularizer and constraint whose names begin with ``settings``."""
        chosen = {setting: getattr(self, f"{settings}_{setting}") for setting in _SETTINGS}
        return self.add_weight(shape, name=name, **chosen)

    def add_affine_weights(self, kernel_shape: tuple[int, ...]) -> None:
        """Makes the kernel, and a bias with one number for each entry of the kernel's last axis."""
        self.kernel = self.add_affine_weight(kernel_shape, "kernel", "kernel")
        self.add_bias(kernel_shape[-1])

    def add_bias(self, size: int) -> None:
        """Makes the bias, if there is to be one."""
        if self.use_bias:
            self.bias = self.add_affine_weight((size,), "bias", "bias")

    def require_channels(self, input_shape: Shape, channels: int | None) -> None:
        """Raises a ValueError unless the input has ``channels`` of them; None: any known number.

        Args:
            input_shape: shape of the input, in the order the layer was made for.
            channels: what the weights were built for.
        """
        axis = self.channel_axis
        if input_shape[axis] is None or channels not in (None, input_shape[axis]):
            expected = "a known value" if channels is None else f"value {channels}"
            raise ValueError(
                f"Input 0 of layer {self.name!r} ({type(self).__name__}) is incompatible with the layer: expected axis "
                f"{axis} of input shape to have {expected}, but received input with shape {tuple(input_shape)}"
            )

    # -- equations ---------------------------------------------------------------------------------

    @property
    def fused_relu(self) -> bool:
        """Whether ``forward_last`` applies the activation itself: it is then max(z, 0)."""
        return self.activation is activations.relu

    @property
    def bias_value(self) -> np.ndarray | None:
        """The bias as the kernels take it."""
        return None if self.bias is None else self.bias.value

    def weight_gradients(self) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Returns where the gradients by kernel and bias go, None for one that nobody trains."""
        return self.kernel.gradient, None if self.bias is None else self.bias.gradient

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        buffers = super().buffers(input_shape)
        if self.activation.uses_input:
            shape = self.compute_output_shape(input_shape)
            # z is read again by backward; in a plan that only predicts it is scratch.
            buffers["z"] = Buffer(shape, "step")
            buffers["z_scratch"] = Buffer(shape, "forward")
        return buffers

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        z = y
        if self.activation.uses_input:
            z = buf.z_scratch if buf.z is None else buf.z
        super().forward(x, z, buf, training)
        if self.activation is not activations.linear and not self.fused_relu:
            self.activation.forward(z, y, buf.kernels)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if self.activation is not activations.linear:
            self.activation.backward(dy, getattr(buf, "z", None), buf.y, dy, buf.kernels)
        self.backward_from_logits(dy, dx, buf)

    @property
    def output_activation(self):
        return self.activation

    def backward_from_logits(self, dz: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        self.run_backward(self.backward_last, dz, dx, buf)

    # -- configuration -----------------------------------------------------------------------------

    def get_config(self) -> dict:
        settings = {"activation": activations.serialize(self.activation), "use_bias": self.use_bias}
        settings |= {name: module.serialize(getattr(self, name)) for name, module in self._settings().items()}
        return {**super().get_config(), **settings}
