"""Several preparing layers as one."""

import numpy as np

from kerasnp import registry
from kerasnp.layers.base import Layer, Shape, register
from kerasnp.layers.host import HostLayer


@register()
class Pipeline(HostLayer):
    """Applies layers one after the other, such as random changes to images.

    It runs before a model computes, so that none of its layers can be trained; a ``Sequential`` in a model can.

    Args:
        layers: the layers.
        name, **kwargs: see :class:`Layer`.

    Raises:
        ValueError: something is no layer.
    """

    def __init__(self, layers, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        layers = list(layers)
        for layer in layers:
            if not isinstance(layer, Layer):
                raise ValueError(f"Pipeline layer {self.name!r}: expected layers; received {layer!r:.100}.")
        self._pipeline_layers = layers
        if layers:
            self.dtype = layers[-1].dtype

    @property
    def layers(self) -> list[Layer]:
        """The layers."""
        return list(self._pipeline_layers)

    @property
    def input_dtype(self) -> str:
        return self._pipeline_layers[0].input_dtype if self._pipeline_layers else self.dtype

    @property
    def weights(self) -> list:
        return [variable for layer in self._pipeline_layers for variable in layer.weights]

    def _seed_generators(self) -> list:
        return [generator for layer in self._pipeline_layers for generator in layer._seed_generators()]

    def build(self, input_shape: Shape) -> None:
        for layer in self._pipeline_layers:
            layer.ensure_built(input_shape)
            input_shape = layer.compute_output_shape(input_shape)

    def __call__(self, x, training: bool = True, mask=None) -> np.ndarray:
        """Returns the output of the last layer."""
        if (symbol := self.symbolic(x, mask=mask)) is not None:
            return symbol
        self.ensure_built((None, *np.shape(x)[1:]))
        for layer in self._pipeline_layers:
            x = layer(x, training=training)
        return np.asarray(x)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        for layer in self._pipeline_layers:
            input_shape = layer.compute_output_shape(input_shape)
        return tuple(input_shape)

    def get_config(self) -> dict:
        return {"name": self.name, "layers": [registry.serialize_keras_object(layer) for layer in self.layers]}

    @classmethod
    def from_config(cls, config: dict) -> "Pipeline":
        """Makes a layer from what :meth:`get_config` returned.

        Raises:
            ValueError: the config has no list of layers.
        """
        if not isinstance(config.get("layers"), (list, tuple)):
            raise ValueError(
                "`Pipeline` config must contain a `layers` key mapping to a list of serialized layers. Received config "
                f"with layers={config.get('layers')}."
            )
        layers = [registry.deserialize_keras_object(layer) for layer in config["layers"]]
        return cls(**{**config, "layers": layers})
