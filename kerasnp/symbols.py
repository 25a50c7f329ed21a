"""Small objects that scripts of Keras name: specifications of inputs, symbolic tensors, scopes."""

import contextlib
from collections.abc import Iterator

import numpy as np

from kerasnp import config

_NO_NUMBERS = (
    "models are chains of layers. Call layers on it, one after the other; write what is between them as a layer, such "
    "as Lambda; and give arrays to models."
)


class InputSpec:
    """What a layer expects of its input; a layer of one's own may check one by ``self.input_spec``.

    Args:
        dtype: number type.
        shape: shape with the batch axis, None where any size will do.
        ndim, max_ndim, min_ndim: number of axes: exactly, at most, at least.
        axes: dictionary of axis to size.
        allow_last_axis_squeeze: whether a last axis of size one may be missing or too many.
        name: name of the input.
        optional: whether there may be no input.
    """

    def __init__(
        self,
        dtype=None,
        shape=None,
        ndim=None,
        max_ndim=None,
        min_ndim=None,
        axes=None,
        allow_last_axis_squeeze=False,
        name=None,
        optional=False,
    ):
        self.dtype = dtype
        self.shape = None if shape is None else tuple(shape)
        self.ndim = ndim if self.shape is None else len(self.shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional
        known = self.ndim if self.ndim is not None else max_ndim
        if self.axes and known is not None and max(self.axes) >= known:
            raise ValueError(f"Axis {max(self.axes)} is greater than the maximum allowed value: {known - 1}")

    def __repr__(self):
        settings = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        given = (f"{name}={getattr(self, name)}" for name in settings if getattr(self, name) not in (None, {}))
        return f"InputSpec({', '.join(given)})"

    def require(self, shape: tuple, dtype: str, layer_name: str) -> None:
        """Checks an input of a layer.

        Args:
            shape: its shape with the batch axis, None where unknown.
            dtype: its number type.
            layer_name: name of the layer, for the message.

        Raises:
            ValueError: the input is not as specified.
        """
        wrong = self._difference(shape, dtype)
        if wrong:
            raise ValueError(
                f"Input 0 with name {str(self.name)!r} of layer {layer_name!r} is incompatible with the layer: "
                f"expected {wrong}"
            )

    def _difference(self, shape: tuple, dtype: str) -> str:
        """Returns what was expected and what came, or nothing if the input is as specified."""
        ndim, full = len(shape), f"Full shape received: {shape}"
        if self.ndim is not None and ndim != self.ndim and not self.allow_last_axis_squeeze:
            return f"ndim={self.ndim}, found ndim={ndim}. {full}"
        if self.max_ndim is not None and ndim > self.max_ndim:
            return f"max_ndim={self.max_ndim}, found ndim={ndim}"
        if self.min_ndim is not None and ndim < self.min_ndim:
            return f"min_ndim={self.min_ndim}, found ndim={ndim}. {full}"
        if self.dtype is not None and dtype != str(self.dtype):
            return f"dtype={self.dtype}, found dtype={dtype}"
        for axis, size in self.axes.items():
            if size is not None and (not -ndim <= axis < ndim or shape[axis] not in (size, None)):
                return f"axis {axis} of input shape to have value {size}, but received input with shape {shape}"
        found, wanted = shape, self.shape or ()
        if self.allow_last_axis_squeeze:
            found, wanted = (sizes[:-1] if sizes[-1:] == (1,) else sizes for sizes in (found, wanted))
        known = (pair for pair in zip(wanted, found, strict=False) if None not in pair)
        if any(want != have for want, have in known):
            return f"shape={self.shape}, found shape={shape}"
        return ""

    def get_config(self) -> dict:
        """Returns the arguments that make this object again."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        config = {name: getattr(self, name) for name in names}
        return {**config, "ndim": None} if self.shape is not None else config

    @classmethod
    def from_config(cls, config: dict) -> "InputSpec":
        """Makes an object from what :meth:`get_config` returned."""
        return cls(**config)


class KerasTensor(np.lib.mixins.NDArrayOperatorsMixin):
    """A shape and a number type without numbers: what a layer makes of a model's input when it is called on it.

    Args:
        shape: shape with the batch axis.
        dtype: number type.
        sparse, ragged, record_history: as Keras has them, without effect.
        name: name.

    Attributes:
        steps: the model's ``Input``, then the layers that lead from it to this; empty if it was not made so.
    """

    def __init__(self, shape, dtype="float32", sparse=False, ragged=False, record_history=True, name=None, **kwargs):
        self.shape = tuple(shape)
        self.dtype = config.standardize_dtype(dtype)
        self.name = name or "keras_tensor"
        self.steps: tuple = ()

    @classmethod
    def of_input(cls, layer) -> "KerasTensor":
        """Returns what stands for the data of an ``Input``."""
        tensor = cls(layer.batch_shape, name=layer.name)
        tensor.dtype, tensor.steps = layer.dtype, (layer,)
        return tensor

    def through(self, layer) -> "KerasTensor":
        """Returns what a layer makes of this, building the layer if need be."""
        layer.ensure_built(self.shape)
        shape = tuple(layer.compute_output_shape(self.shape))
        if any(isinstance(size, (tuple, list)) for size in shape):
            raise ValueError(
                f"Layer {layer.name!r} ({type(layer).__name__}) has several outputs, of the shapes {shape}; models "
                "here are chains of layers with one."
            )
        tensor = KerasTensor(shape)
        tensor.dtype, tensor.steps = layer.dtype, (*self.steps, layer)
        return tensor

    __hash__ = object.__hash__  # which the operators take away

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __array__(self, dtype=None, copy=None):
        raise ValueError(f"{self!r} has no numbers: {_NO_NUMBERS}")

    def __array_ufunc__(self, function, method, *inputs, **kwargs):
        raise TypeError(f"{function.__name__} cannot be computed with {self!r}: {_NO_NUMBERS}")

    def __repr__(self):
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"


class name_scope:  # noqa: N801 (Keras's name)
    """A context that prefixes the names of what is made in it, in Keras; here it does nothing.

    Args:
        name: the prefix.
        caller, deduplicate, override_parent: accepted for Keras's sake.
    """

    def __init__(self, name, caller=None, deduplicate=True, override_parent=None):
        if not isinstance(name, str) or "/" in name:
            raise ValueError(
                f"Argument `name` must be a string and cannot contain character `/`. Received: name={name}"
            )
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


@contextlib.contextmanager
def device(device_name: str) -> Iterator[None]:
    """A context that does nothing for ``"cpu"``, ``"cpu:0"`` and the like.

    Raises:
        ValueError: another device.
    """
    kind = str(device_name).lower().strip("/").removeprefix("device:").split(":")[0]
    if kind != "cpu":
        raise ValueError(f"kerasnp computes on the CPU alone; received device {device_name!r}.")
    yield
