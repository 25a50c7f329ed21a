"""The base of all layers: weights, buffers, and the two equations ``forward`` and ``backward``."""

from typing import ClassVar

import numpy as np

from kerasnp import config, kernels, registry, regularizers
from kerasnp.layers.added_losses import AddedLosses, one_batch
from kerasnp.layers.masks import Masked
from kerasnp.layers.simple_form import Shape, SimpleForm
from kerasnp.layers.symbolic import Symbolic
from kerasnp.layers.weighted import Weighted
from kerasnp.layers.workspace import Buffer, Workspace
from kerasnp.symbols import InputSpec
from kerasnp.utils.naming import auto_name
from kerasnp.variables import Variable

__all__ = [
    "Buffer",
    "Layer",
    "Shape",
    "Workspace",
    "deserialize",
    "get",
    "is_built_in",
    "layers",
    "register",
    "require_rank",
    "serialize",
]

layers = registry.namespace("keras.layers", "layer")
register, serialize, deserialize, get = layers.register, layers.serialize, layers.deserialize, layers.get


@register()
class Layer(SimpleForm, Symbolic, Weighted, Masked, AddedLosses):
    """One step of a model: a forward equation, a backward equation and the weights they share.

    A layer is written in one of two forms. The full form writes into arrays it is handed and allocates nothing:
    ``forward(x, y, buf, training)`` and ``backward(dy, dx, buf)``, with ``buffers`` for scratch. The simple form
    returns new arrays: ``call(x)`` and ``gradient(x, y, dy)``; :class:`SimpleForm` makes the full one of it.

    Args:
        activity_regularizer: penalty on the output, added to the loss.
        trainable: whether training may change the weights.
        dtype: number type of weights and computation; None means ``config.floatx()``.
        name: name within the model; None makes one.
        **kwargs: the older spellings of a first layer's input: ``input_shape`` (without batch axis), ``input_dim``,
            ``batch_input_shape``, ``batch_size``.
    """

    # Which of "x" and "y" backward reads, and backward_from_logits. The plan keeps only those.
    backward_uses: ClassVar[tuple[str, ...]] = ("x", "y")
    logits_uses: ClassVar[tuple[str, ...]] = ()
    # Whether each output is one of the inputs, to which backward hands its gradient: the derivative of an activation
    # before this layer may then be taken after it, by the output.
    picks_inputs: ClassVar[bool] = False
    # Whether the layer takes what no plan can hold; see kerasnp.layers.host.
    runs_before_plan: ClassVar[bool] = False
    # What `training` is where the layer is called by itself and nobody says it.
    trains_alone: ClassVar[bool] = False
    # Whether a user's function is at work in a layer of the library's own.
    runs_users_code: ClassVar[bool] = False
    # What the layer demands of its input, checked whenever a model is laid out for it.
    input_spec: InputSpec | list[InputSpec] | None = None
    # Whether something of one batch goes on to the next, also when predicting: see reset_state.
    stateful: bool = False

    def __init__(self, *, activity_regularizer=None, trainable=True, dtype=None, name=None, **kwargs):
        self.name = auto_name(type(self)) if name is None else name
        if not isinstance(self.name, str) or "/" in self.name:
            raise ValueError(f"A layer's name must be a string without '/'; received {name!r}.")
        self.dtype = config.standardize_dtype(dtype)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.built = False
        self.batch_input_shape: Shape | None = _input_shape_argument(kwargs, type(self).__name__)
        self._trainable = bool(trainable)
        self._variables: list[Variable] = []
        self._added_losses: list[float] = []
        self._build_input_shape: Shape | None = None
        self._tried_shapes: dict[Shape, Shape] = {}

    # -- what a subclass writes --------------------------------------------------------------------

    def build(self, input_shape: Shape) -> None:
        """Makes the weights for inputs of ``input_shape`` (batch axis first, None where unknown)."""

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        """Returns the arrays needed for a batch of ``input_shape``, by the name they get in ``buf``."""
        return {}

    def passes_through(self, training: bool) -> bool:
        """Tells whether the output is the input in another shape: the plan then calls neither equation."""
        return False

    def may_be_cut(self, input_shape: tuple[int, ...]) -> bool:
        """Tells whether a batch may run a few samples at a time, which costs no more and gives the same output."""
        return False

    @property
    def output_activation(self):
        """The activation that ends this layer, if :meth:`backward_from_logits` can leave it out; else None."""
        return None

    def backward_from_logits(self, dz: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        """As :meth:`backward`, from the gradient before ``output_activation``: for losses fused with it."""
        raise NotImplementedError(f"Layer {self.name!r} ({type(self).__name__}) has no output activation.")

    # -- use ---------------------------------------------------------------------------------------

    def ensure_built(self, input_shape: Shape) -> None:
        """Builds the layer unless it is built, and remembers the shape for its config."""
        if not self.built:
            input_shape = tuple(input_shape)
            self.require_input(input_shape)
            self.build(input_shape)
            self.built = True
            self._build_input_shape = input_shape

    def require_input(self, shape: Shape) -> None:
        """Raises a ValueError where an input of ``shape`` is not as :attr:`input_spec` demands."""
        if self.input_spec is not None:
            specs = self.input_spec if isinstance(self.input_spec, (list, tuple)) else [self.input_spec]
            if len(specs) > 1:
                raise ValueError(f"Layer {self.name!r} expects {len(specs)} input(s), but it received 1.")
            for spec in specs:
                spec.require(tuple(shape), self.input_dtype, self.name)

    def workspace(
        self, x: np.ndarray, y: np.ndarray, training: bool, kernel_mode: str | None = None, mask=None
    ) -> Workspace:
        """Allocates the buffers of one call outside a plan."""
        buf = Workspace(kernels=kernels.table(self.dtype, kernel_mode), x=None, y=None, mask=mask)
        for name in self.backward_uses:
            setattr(buf, name, {"x": x, "y": y}[name])
        for name, buffer in self.buffers(x.shape).items():
            made = training or buffer.in_prediction
            setattr(buf, name, np.empty(buffer.shape, buffer.dtype or self.dtype) if made else None)
        return buf

    def __call__(self, x, training: bool | None = None, mask=None) -> np.ndarray:
        """Returns the output for ``x``, building the layer if need be.

        Args:
            x: the input, an array or anything that makes one.
            training: whether to compute as in training; None means what the layer does when nobody says it.
            mask: booleans with the first axes of ``x``: which steps count; None means all.
        """
        if (symbol := self.symbolic(x, training=training, mask=mask)) is not None:
            return symbol
        training = self.trains_alone if training is None else training
        x = np.ascontiguousarray(x, dtype=self.input_dtype)
        mask = None if mask is None else np.ascontiguousarray(mask, dtype=np.bool_)
        self.require_input(x.shape)
        self.ensure_built(x.shape if self.stateful else (None, *x.shape[1:]))
        with one_batch([self]):
            y = np.empty(self.compute_output_shape(x.shape), self.dtype)
            if self.passes_through(training):
                return x.astype(self.dtype).reshape(y.shape)
            self.forward(x, y, self.workspace(x, y, training, mask=mask), training)
        return y

    def reset_state(self) -> None:
        """Forgets what one batch left for the next one, in this layer and those within it."""
        for layer in self.inner_layers():
            layer.reset_state()

    def reset_states(self) -> None:
        """The older name of :meth:`reset_state`."""
        self.reset_state()

    @property
    def input_dtype(self) -> str:
        """Number type of the input: the layer's, unless it takes integers."""
        return self.dtype

    # -- configuration -----------------------------------------------------------------------------

    def get_config(self) -> dict:
        """Returns the arguments that make this layer again, as plain data."""
        settings = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        if self.activity_regularizer is not None:
            settings["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return settings

    @classmethod
    def from_config(cls, config: dict) -> "Layer":
        """Makes a layer from what :meth:`get_config` returned."""
        return cls(**config)

    def get_build_config(self) -> dict | None:
        """Returns ``{"input_shape": ...}`` of a built layer, else None."""
        return None if self._build_input_shape is None else {"input_shape": self._build_input_shape}

    def build_from_config(self, config: dict) -> None:
        """Builds the layer for the shape in ``config``."""
        if config and config.get("input_shape") is not None:
            self.ensure_built(tuple(config["input_shape"]))

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def is_built_in(layer: Layer) -> bool:
    """Tells whether all that a layer does is the library's own, and nothing that a user wrote."""
    return layers.entries.get(type(layer).__name__) is type(layer) and not layer.runs_users_code


def require_rank(layer: Layer, shape: Shape, rank: int, axes: str) -> None:
    """Raises a ValueError that names the layer unless ``shape`` has ``rank`` axes."""
    if len(shape) != rank:
        raise ValueError(
            f"Input 0 of layer {layer.name!r} ({type(layer).__name__}) is incompatible with the layer: expected "
            f"ndim={rank} ({axes}), found ndim={len(shape)}. Full shape received: {tuple(shape)}"
        )


def _input_shape_argument(kwargs: dict, owner: str) -> Shape | None:
    """Takes the old ways to give a first layer its input shape out of ``kwargs``; anything else there is an error."""
    batch_size = kwargs.pop("batch_size", None)
    shape = kwargs.pop("batch_input_shape", None)
    if "input_shape" in kwargs:
        shape = (batch_size, *kwargs.pop("input_shape"))
    if "input_dim" in kwargs:
        shape = (batch_size, kwargs.pop("input_dim"))
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments passed to {owner}: {kwargs}")
    return None if shape is None else tuple(shape)
