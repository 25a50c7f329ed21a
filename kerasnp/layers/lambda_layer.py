"""Lambda: a layer made of a function."""

import inspect
from typing import ClassVar

import numpy as np

from kerasnp import registry
from kerasnp.activations.base import activations
from kerasnp.layers.base import Layer, Shape, register


@register()
class Lambda(Layer):
    """Applies a function: ``y = function(x, **arguments)``.

    Nothing is derived automatically. To train layers below this one, the function needs an attribute ``gradient``, a
    function ``(x, y, dy, **arguments)`` that returns ``dx``, the gradient of the loss by ``x``; as all
    :mod:`kerasnp.activations` have it. Where nothing below learns, such as in front of the first layer with weights,
    none is needed.

    A model with this layer is saved, and loaded, if the function has a name: register it with
    ``@kerasnp.saving.register_keras_serializable()``. Python code is never written to a file, nor read from one.

    Args:
        function: called with arrays (batch, ...), returns arrays (batch, ...). It is also given ``mask`` and
            ``training`` if it has arguments of these names.
        output_shape: shape of the output without the batch axis, or a function from the input's shape, batch axis
            included, to the output's; None tries the function on one row of zeros.
        mask: what ``compute_mask(inputs, mask)`` of this layer does, or the mask itself; None means that there is none.
        arguments: further keyword arguments of the function.
        **kwargs: see :class:`Layer`.

    Raises:
        ValueError: ``function`` cannot be called.
    """

    runs_users_code: ClassVar[bool] = True
    supports_masking = False

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        if not callable(function) or inspect.isclass(function):
            raise ValueError(f"Lambda layer {self.name!r} needs a function; received {function!r}.")
        self.function = function
        self.arguments = dict(arguments or {})
        self.mask = mask
        self.supports_masking = mask is not None
        self._output_shape = output_shape
        self._told = {"mask", "training"} & _arguments_of(function)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        if callable(self._output_shape):
            return tuple(self._output_shape(tuple(input_shape)))
        if self._output_shape is not None:
            return (input_shape[0], *self._output_shape)
        return (input_shape[0], *self._tried_shape(tuple(input_shape[1:])))

    def call(self, x: np.ndarray, training: bool, mask: np.ndarray | None) -> np.ndarray:
        told = {"training": training, "mask": mask}
        y = np.asarray(self.function(x, **self.arguments, **{name: told[name] for name in self._told}))
        if y.shape[:1] != x.shape[:1]:
            raise ValueError(
                f"The function of Lambda layer {self.name!r} must return one row for each of its input's, shape "
                f"{x.shape}; received shape {y.shape}."
            )
        return y

    def gradient(self, x: np.ndarray, y: np.ndarray, dy: np.ndarray) -> np.ndarray:
        gradient = getattr(self.function, "gradient", None)
        if gradient is None:
            raise NotImplementedError(
                f"Lambda layer {self.name!r} cannot be trained through: give its function an attribute `gradient`, a "
                "function (x, y, dy) that returns the gradient of the loss by x, or write a layer of your own with "
                "call(x) and gradient(x, y, dy)."
            )
        return gradient(x, y, dy, **self.arguments)

    def compute_mask(self, inputs, mask=None):
        """Returns what the argument ``mask`` says."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict:
        settings = {**super().get_config(), "function": self._named(self.function)}
        if self._output_shape is not None:
            settings["output_shape"] = self._named(self._output_shape)
        if self.mask is not None:
            settings["mask"] = self._named(self.mask) if callable(self.mask) else np.asarray(self.mask).tolist()
        return {**settings, "arguments": registry.serialize_keras_object(self.arguments)}

    def _named(self, value):
        if getattr(value, "__name__", None) == "<lambda>":
            raise ValueError(
                f"Lambda layer {self.name!r} has a function without a name, which no config can hold: write it with "
                "`def`, and register it with @kerasnp.saving.register_keras_serializable()."
            )
        return registry.serialize_keras_object(value)

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None, safe_mode: bool | None = None) -> "Lambda":
        """Makes a layer from what :meth:`get_config` returned.

        Args:
            config: the configuration; a function stands in it by its name.
            custom_objects: the user's functions by name.
            safe_mode: as Keras has it; code is refused in any case.

        Raises:
            ValueError: there is code in place of a name, or an unknown name.
        """
        with registry.custom_object_scope(custom_objects):
            functions = {key: _found(config[key]) for key in ("function", "output_shape", "mask") if key in config}
        return cls(**{**config, **functions})


def _arguments_of(function) -> set[str]:
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # a function written in C need not say
        return set()


def _found(value):
    """Returns the function that a part of a config names: a user's, or an activation; other parts as they are."""
    name = value
    if isinstance(value, dict):
        if value.get("class_name") != "function":
            raise ValueError(
                f"A Lambda layer's config names its functions, and kerasnp never runs code; received {value!r:.100}."
            )
        name = value["config"]
    return activations.find(name) if isinstance(name, str) else value
