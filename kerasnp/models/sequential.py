"""Sequential: a plain stack of layers."""

from kerasnp import registry
from kerasnp.layers import base
from kerasnp.layers.base import Layer, Shape
from kerasnp.layers.core import InputLayer
from kerasnp.layers.symbolic import remember_model
from kerasnp.models.model import Model
from kerasnp.symbols import KerasTensor

models = registry.namespace("keras", "model")


@models.register()
@base.register()
class Sequential(Model):
    """A stack of layers, each taking the output of the one before.

    The model is built (its weights exist) as soon as the shape of its input is known: from an ``Input`` or an
    ``input_shape`` on the first layer, or from the first data it sees.

    Args:
        layers: the layers, more of which may be added later.
        trainable: whether training may change any weight.
        name: None makes one.
    """

    def __init__(self, layers=None, trainable=True, name=None):
        self._layers: list[Layer] = []
        self._names: set[str] = set()  # as the layers were called when they came
        self._shapes: list[Shape] = []  # of the layers' inputs, where the model's is known
        self._input: InputLayer | None = None
        self._lists_input = False
        super().__init__(trainable=trainable, name=name)
        for layer in layers or ():
            self.add(layer)

    @property
    def layers(self) -> list[Layer]:
        return list(self._layers)

    def add(self, layer: Layer, rebuild: bool = True) -> None:
        """Adds a layer on top.

        Raises:
            ValueError: not a layer, a second input, a name that is taken, or a shape that the layer cannot take; the
                model is then as it was.
        """
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Only instances of `kerasnp.Layer` can be added to a Sequential model. Received: {layer!r} "
                f"(of type {type(layer)})"
            )
        if isinstance(layer, InputLayer):
            if self._input is not None or self._layers:
                raise ValueError(f"Sequential model {self.name!r} already has an input; {layer.name!r} came too late.")
            self._input = layer
            return
        taken = layer.name in self._names and any(layer.name == other.name for other in self._layers)
        if layer is self or taken:
            raise ValueError(
                "All layers added to a Sequential model should have unique names. Name "
                f"{layer.name!r} is already the name of a layer in model {self.name!r}."
            )
        input_before = self._input
        if not self._layers and self._input is None:
            shape = _declared_input(layer)
            if shape is not None:
                self._input = InputLayer(batch_shape=shape, dtype=layer.input_dtype)
        self._layers.append(layer)
        try:
            self._extend(len(self._layers) - 1)
        except Exception:
            self._layers.pop()
            self._input = input_before
            raise
        self._names.add(layer.name)
        remember_model(layer, self)
        self._changed()

    def pop(self, rebuild: bool = True) -> Layer:
        """Removes and returns the topmost layer."""
        if not self._layers:
            raise ValueError(f"Sequential model {self.name!r} has no layer to remove.")
        layer = self._layers.pop()
        self._names.discard(layer.name)
        self._changed()
        return layer

    def build(self, input_shape: Shape | None = None) -> None:
        """Makes the weights for inputs of ``input_shape``, batch axis first."""
        if input_shape is None:
            if self._input is None:
                raise ValueError(f"Sequential model {self.name!r} needs an input_shape to be built.")
        elif self._input is None:
            self._input = InputLayer(batch_shape=(None, *tuple(input_shape)[1:]))
        if not self._layers:
            raise ValueError(
                f"Sequential model {self.name!r} cannot be built because it has no layers. Call `model.add(layer)`."
            )
        self._extend(0)
        self._changed()

    @property
    def input_name(self) -> str:
        """Name of the input; that of the model's ``Input``, if it has one."""
        return "input" if self._input is None else self._input.name

    @property
    def input(self) -> KerasTensor:
        """What stands for the model's input; layers may be called on it."""
        if self._input is None:
            raise AttributeError(f"Sequential model {self.name!r} has no defined input yet.")
        return self._input.as_symbol()

    @property
    def output(self) -> KerasTensor:
        """What stands for the model's output."""
        return self.output_of(None)

    @property
    def inputs(self) -> list[KerasTensor]:
        """A list of :attr:`input`."""
        return [self.input]

    @property
    def outputs(self) -> list[KerasTensor]:
        """A list of :attr:`output`."""
        return [self.output]

    def output_of(self, last: Layer | None) -> KerasTensor:
        """Returns what stands for the output of a layer; None means the last one."""
        tensor = self.input
        for layer in self._layers:
            tensor = tensor.through(layer)
            if layer is last:
                break
        return tensor

    def input_of(self, layer: Layer) -> KerasTensor:
        """Returns what stands for the input of a layer."""
        place = self._layers.index(layer)
        return self.output_of(self._layers[place - 1]) if place else self.input

    @property
    def listed_layers(self) -> list[Layer]:
        return [self._input, *self._layers] if self._lists_input else self.layers

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        shape = tuple(input_shape)
        for layer in self._layers:
            shape = tuple(layer.compute_output_shape(shape))
        return shape

    def ensure_built(self, input_shape: Shape) -> None:
        if not self.built:
            self.build(input_shape)

    def _extend(self, first: int) -> None:
        """Builds the layers from number ``first`` on that are not built yet, where the input is known."""
        if self._input is None:
            return
        shape = self._input.batch_shape
        if first:
            shape = tuple(self._layers[first - 1].compute_output_shape(self._shapes[first - 1]))
        del self._shapes[first:]
        for layer in self._layers[first:]:
            self._shapes.append(shape)
            if not layer.built:
                layer.ensure_built(shape)
                for variable in layer.variables:
                    variable.path = f"{self.name}/{variable.path}"
            shape = tuple(layer.compute_output_shape(shape))
            if any(isinstance(size, (tuple, list)) for size in shape):
                raise ValueError(
                    f"Layer {layer.name!r} ({type(layer).__name__}) has several outputs, of the shapes {shape}; a "
                    "Sequential model needs layers with one. (Recurrent layers: return_state=False; Bidirectional: a "
                    "merge_mode.)"
                )

    def _changed(self) -> None:
        self._executor = None
        self.built = self._input is not None and bool(self._layers)
        self._build_input_shape = self._input.batch_shape if self.built else None

    # -- configuration -----------------------------------------------------------------------------

    def get_config(self) -> dict:
        settings = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        layers = [*([] if self._input is None else [self._input]), *self._layers]
        settings["layers"] = [base.serialize(layer) for layer in layers]
        if self.built:
            settings["build_input_shape"] = list(self.input_shape)
        return settings

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "Sequential":
        """Makes a model from what :meth:`get_config` returned, with fresh weights."""
        model = cls(name=config.get("name"))
        for settings in config["layers"]:
            model.add(base.deserialize(settings, custom_objects))
        shape = config.get("build_input_shape")
        if shape and not model.built and model._layers:
            model.build(tuple(shape))
        if not config.get("trainable", True):
            model._trainable = False
        return model

    def __repr__(self):
        return f"<Sequential name={self.name}, built={self.built}>"


def _declared_input(layer: Layer) -> Shape | None:
    """Returns the input shape that a first layer was given, batch axis first, or None."""
    if layer.batch_input_shape is not None:
        return layer.batch_input_shape
    return layer._build_input_shape
