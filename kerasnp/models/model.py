"""The base of models: their layers, and building them."""

import numpy as np

from kerasnp.engine.executor import Executor
from kerasnp.layers.base import Layer, Shape
from kerasnp.layers.masks import mask_after
from kerasnp.models import summary
from kerasnp.models.between import model_between
from kerasnp.models.older import OlderMethods
from kerasnp.models.persistence import Persistence
from kerasnp.models.training import Training


class _ModelType(type):
    """The type of models: ``Model(inputs, outputs)`` makes a chain of layers, a Sequential."""

    def __call__(cls, *args, **kwargs):
        if cls is Model and (args or "inputs" in kwargs or "outputs" in kwargs):
            return model_between(*args, **kwargs)
        return super().__call__(*args, **kwargs)


class Model(Persistence, Training, OlderMethods, Layer, metaclass=_ModelType):
    """A chain of layers with a loss and an optimizer.

    ``Model(inputs, outputs)``, where ``outputs`` is what layers made of ``inputs = Input(...)``, returns a Sequential
    of these layers; see :func:`kerasnp.models.between.model_between`. Subclasses give :attr:`layers`. Building,
    training and the rest are the same for all.
    """

    def __init__(self, *tensors, trainable=True, name=None, dtype=None, **more):
        if tensors or more.keys() & {"inputs", "outputs"}:
            raise NotImplementedError(
                f"{type(self).__name__}(inputs, outputs) is for keras.Model itself: a class of one's own names its "
                "layers by the property `layers`, and training always goes by compile() and fit()."
            )
        if more:
            raise TypeError(f"{type(self).__name__}() got unexpected keyword arguments: {sorted(more)}")
        super().__init__(trainable=trainable, name=name, dtype=dtype)
        self._executor: Executor | None = None

    # -- structure ---------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say which layers it has: kerasnp's models are chains of layers. "
            "Use Sequential, or define the property `layers`."
        )

    def leaf_layers(self) -> list[Layer]:
        """Returns the layers in the order of computation, those of inner models included."""
        leaves = []
        for layer in self.layers:
            leaves.extend(layer.leaf_layers())
        return leaves

    def inner_layers(self) -> list[Layer]:
        return self.layers

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Returns the layer called ``name``, or the one at ``index``.

        Raises:
            ValueError: neither or both were given, or there is no such layer.
        """
        if (name is None) == (index is None):
            raise ValueError(f"get_layer needs a name or an index, one of the two; received {name!r} and {index!r}.")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(f"There is no layer {index}: model {self.name!r} has {len(self.layers)} layers.")
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self.layers]
        raise ValueError(f"No such layer: {name!r}. The layers of model {self.name!r} are {names}.")

    def ensure_built_for(self, data_shape: Shape) -> None:
        """Builds the model for rows like those of ``data_shape`` unless it is built."""
        if not self.built:
            self.build((None, *data_shape[1:]))

    @property
    def executor(self) -> Executor:
        """What runs this model's batches; made anew after the layers have changed."""
        if self._executor is None:
            if not self.built:
                raise ValueError(
                    f"Model {self.name!r} is not built: give its first layer an input shape, call it on data, or "
                    "call build(input_shape)."
                )
            self._executor = Executor(self.leaf_layers(), self.input_shape)
        return self._executor

    @property
    def input_shape(self) -> Shape:
        """Shape of the input, batch axis first; None where any size will do."""
        if self._build_input_shape is None:
            raise AttributeError(f"Model {self.name!r} is not built: its input shape is not known yet.")
        return self._build_input_shape

    @property
    def input_name(self) -> str:
        """Name of the input."""
        return "input"

    @property
    def listed_layers(self) -> list[Layer]:
        """The layers as a summary lists them."""
        return self.layers

    @property
    def output_shape(self) -> Shape:
        """Shape of the output, batch axis first."""
        return self.compute_output_shape(self.input_shape)

    @property
    def input_dtype(self) -> str:
        leaves = self.leaf_layers()
        return leaves[0].input_dtype if leaves else self.dtype

    def __call__(self, x, training: bool | None = None, mask=None) -> np.ndarray:
        """Returns the output for a batch ``x``.

        Args:
            x: the batch.
            training: whether the layers compute as in training; None means no, but for layers that change images at
                random, as Keras has it.
            mask: booleans with the first axes of ``x``: which steps count; None means all.
        """
        if (symbol := self.symbolic(x, training=training, mask=mask)) is not None:
            return symbol
        x = np.asarray(x)
        self.ensure_built_for(x.shape)
        layers = self.leaf_layers()
        random = training is None and any(layer.trains_alone for layer in layers)
        if not training and not random and mask is None and self.executor.only_ours:
            return self.predict(x, verbose=0)
        for layer in layers:
            y = layer(x, training=training, mask=mask)
            mask = mask_after(layer, x, mask)
            x = y
        return x

    # -- looking -----------------------------------------------------------------------------------

    def summary(
        self,
        line_length=None,
        positions=None,
        print_fn=None,
        expand_nested=False,
        show_trainable=False,
        layer_range=None,
    ) -> None:
        """Prints the layers, their output shapes and the numbers of weights."""
        summary.summary(self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range)

    def _repr_html_(self) -> str:
        """Returns what a notebook shows of the model: its summary, with inner models opened."""
        return summary.html(self)
