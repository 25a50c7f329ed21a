"""Dropout within recurrent cells: the same numbers are dropped at every step of a sequence."""

import numpy as np

from kerasnp.layers.base import Buffer, Workspace


class CellDropout:
    """The part of a cell that drops.

    A subclass has ``gates``, ``units``, ``dropout``, ``recurrent_dropout``, ``implementation`` and, where anything is
    dropped, ``seed_generator``.
    """

    def _count(self) -> int:
        """How many gates drop numbers of their own."""
        return self.gates if self.implementation == 1 else 1

    def dropout_buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        """Returns the buffers for inputs of the shape (steps, batch, features)."""
        steps, batch, features = input_shape
        buffers = {}
        for rate, name, size in (
            (self.dropout, "input", features),
            (self.recurrent_dropout, "state", self.units),
        ):
            if rate:
                shape = (self._count(), batch, size)
                buffers[f"{name}_factors"] = Buffer(shape, "kept")
                buffers[f"{name}_drawn"] = Buffer(shape, "forward", "uint8")
        if self.dropout:
            buffers["dropped"] = Buffer(input_shape, "forward")
            buffers["ddropped"] = Buffer(input_shape, "backward")
        if self.recurrent_dropout:
            buffers["dropped_h"] = Buffer((batch, self.units), "forward")
            buffers["ddropped_h"] = Buffer((steps, batch, self.units), "backward")
        return buffers

    def draw_dropout(self, buf: Workspace, training: bool) -> None:
        """Draws what one sequence is multiplied by: 0, or 1 / (1 - rate)."""
        # A rate of 1 drops nothing, as in Keras.
        buf.drops_inputs = training and 0 < self.dropout < 1
        buf.drops_states = training and 0 < self.recurrent_dropout < 1
        for drops, rate, name in (
            (buf.drops_inputs, self.dropout, "input"),
            (buf.drops_states, self.recurrent_dropout, "state"),
        ):
            if drops:
                factors, drawn = getattr(buf, f"{name}_factors"), getattr(buf, f"{name}_drawn")
                factors.fill(1)
                seed = self.seed_generator.next_seed()
                flat = factors.reshape(-1)
                buf.kernels.dropout_forward(flat, rate, seed, flat, drawn.reshape(-1))

    def dropped_inputs(self, inputs: np.ndarray, gate: int, buf: Workspace, name: str) -> np.ndarray:
        """Returns the inputs as a gate sees them, in the buffer ``name`` if any are dropped."""
        if not buf.drops_inputs:
            return inputs
        return np.multiply(inputs, buf.input_factors[gate % self._count()], out=getattr(buf, name))

    def drop_gradient(self, dinputs: np.ndarray, gate: int, buf: Workspace) -> None:
        """Turns the gradient by what a gate saw into that by the inputs."""
        if buf.drops_inputs:
            dinputs *= buf.input_factors[gate % self._count()]

    def dropped_states(self, h: np.ndarray, gate: int, buf: Workspace) -> np.ndarray:
        """Returns h of all steps as a gate sees it."""
        if not buf.drops_states:
            return h
        return np.multiply(h, buf.state_factors[gate], out=buf.ddropped_h)
