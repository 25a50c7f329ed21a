"""The layers at the front of a model that run in Python, before the plan: they take texts and integers."""

from collections.abc import Sequence

import numpy as np

from kerasnp.engine.column import Column
from kerasnp.layers.base import Layer, Shape


class LeadIn:
    """All layers up to the last one that a plan cannot hold; see :mod:`kerasnp.layers.host`.

    Args:
        layers: of the model, in order; those of the lead-in are taken.
        input_shape: of the model.

    Attributes:
        layers: of the lead-in.
        output_shape: of the last of them.
    """

    def __init__(self, layers: Sequence[Layer], input_shape: Shape):
        count = max((place for place, layer in enumerate(layers, 1) if layer.runs_before_plan), default=0)
        self.layers = list(layers[:count])
        for layer in self.layers:
            input_shape = tuple(layer.compute_output_shape(input_shape))
        self.output_shape = input_shape

    def require_untrained(self) -> None:
        """Raises a ValueError if one of the layers has something to learn: nothing flows back to it."""
        for layer in self.layers:
            if layer.trainable_weights:
                last = self.layers[-1]
                raise ValueError(
                    f"Layer {layer.name!r} ({type(layer).__name__}) cannot be trained, since nothing flows back "
                    f"through layer {last.name!r} ({type(last).__name__}) after it. Put that one in front of it, or "
                    f"set {layer.name!r} to trainable=False."
                )

    def run(self, rows: np.ndarray, training: bool) -> Column:
        """Returns what the layers make of some rows."""
        for layer in self.layers:
            rows = layer(rows, training=training)
        return Column(rows, "x", any_kind=True)
