"""Cells on top of each other."""

import numpy as np

from kerasnp.layers.base import Buffer, Layer, Shape, Workspace, deserialize, register, serialize
from kerasnp.layers.cells import SequenceCell, as_sequence_cell, output_size, state_sizes
from kerasnp.layers.composite import Composite


@register()
class StackedRNNCells(Composite, SequenceCell):
    """Several cells as one: each takes the output of the one below at the same step.

    As no cell reads what the ones above do, the lowest one runs along the whole sequence first, then the next.

    Args:
        cells: the cells, the lowest first.
        **kwargs: see :class:`Layer`.

    Raises:
        ValueError: something among ``cells`` is no cell.
    """

    def __init__(self, cells, **kwargs):
        super().__init__(**kwargs)
        for cell in cells:
            if not isinstance(cell, Layer):
                raise ValueError(f"All cells must have a `call` method. Received cell without a `call` method: {cell}")
            if not hasattr(cell, "state_size"):
                raise ValueError(
                    f"All cells must have a `state_size` attribute. Received cell without a `state_size`: {cell}"
                )
        self.cells = list(cells)

    def inner_layers(self) -> list[Layer]:
        return self.cells

    @property
    def state_size(self) -> list:
        """The sizes of the states of all cells."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> int:
        """The size of the highest cell's output."""
        return output_size(self.cells[-1])

    def build(self, input_shape: Shape) -> None:
        for cell in self.cells:
            self.build_inner(cell, input_shape)
            input_shape = (input_shape[0], output_size(cell))

    def _with_shapes(self, input_shape: tuple[int, ...]):
        """Yields the number of each cell, what runs it, and the shape of its inputs."""
        for number, cell in enumerate(self.cells):
            yield number, as_sequence_cell(cell), input_shape
            input_shape = (*input_shape[:2], output_size(cell))

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        buffers = {}
        for number, cell, shape in self._with_shapes(input_shape):
            buffers |= self.inner_buffers(f"cell{number}", cell, shape)
            if number:
                buffers[f"dinputs{number}"] = Buffer(shape, "backward")
        return buffers

    def sequence_forward(self, inputs, initial, mask, buf: Workspace, training: bool):
        last = []
        for number, cell, _ in self._with_shapes(inputs.shape):
            inner = self.inner_workspace(f"cell{number}", cell, inputs, None, buf)
            first = len(last)
            mine = None if initial is None else initial[first : first + len(state_sizes(self.cells[number]))]
            inputs, states = cell.sequence_forward(inputs, mine, mask, inner, training)
            last += states
        return inputs, last

    def sequence_backward(self, doutputs: np.ndarray, mask, dinputs, buf: Workspace) -> None:
        for number, cell, _ in reversed(list(self._with_shapes(buf.x.shape))):
            below = getattr(buf, f"dinputs{number}") if number else dinputs
            cell.sequence_backward(doutputs, mask, below, getattr(buf, f"cell{number}_workspace"))
            doutputs = below

    def get_config(self) -> dict:
        return {**super().get_config(), "cells": [serialize(cell) for cell in self.cells]}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "StackedRNNCells":
        """Makes cells from what :meth:`get_config` returned."""
        return cls(**{**config, "cells": [deserialize(cell, custom_objects) for cell in config["cells"]]})
