"""What runs along a sequence: the library's cells, which take all steps at once, and those that a user wrote."""

import inspect

import numpy as np

from kerasnp.layers.base import Buffer, Layer, Workspace


def state_sizes(cell) -> list[int]:
    """Returns the sizes of a cell's states, those of stacked cells one after the other."""

    def flat(size):
        return [size] if isinstance(size, (int, np.integer)) else [one for part in size for one in flat(part)]

    return flat(cell.state_size)


def output_size(cell) -> int:
    """Returns the size of a cell's output: that of its first state, unless it says otherwise."""
    size = getattr(cell, "output_size", None)
    return state_sizes(cell)[0] if size is None else size


def as_sequence_cell(cell):
    """Returns what runs a cell along a sequence: the cell itself if it is one of the library's."""
    return cell if isinstance(cell, SequenceCell) else SteppedCell(cell)


def fill_first(states: list[np.ndarray], initial: list[np.ndarray] | None) -> None:
    """Writes the initial states, or zeros, into the first step of ``states``, each (steps + 1, batch, size)."""
    for number, state in enumerate(states):
        state[0] = 0 if initial is None else initial[number]


def hold(states: list[np.ndarray], t: int, counts: np.ndarray) -> None:
    """Where step ``t`` does not count, its states become those of the step before.

    Args:
        states: (steps + 1, batch, size) each; entry t + 1 is what step t made of entry t.
        t: the step.
        counts: (batch,), zero where it does not count.
    """
    for state in states:
        np.copyto(state[t + 1], state[t], where=(counts == 0)[:, None])


class SequenceCell(Layer):
    """A cell that runs along a whole sequence.

    A subclass has ``state_size``, ``output_size``, ``buffers``, which gets the shape (steps, batch, features), and the
    two equations below. ``buf.x`` holds the inputs in backward.
    """

    backward_uses = ("x",)

    def sequence_forward(
        self,
        inputs: np.ndarray,
        initial: list[np.ndarray] | None,
        mask: np.ndarray | None,
        buf: Workspace,
        training: bool,
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Runs all steps.

        Args:
            inputs: (steps, batch, features).
            initial: the initial states, (batch, size) each; None means zeros.
            mask: (steps, batch), zero where a step keeps the states and the output of the one before; None: nowhere.
            buf: the workspace.
            training: whether to compute as in training.

        Returns:
            outputs: (steps, batch, size); those before the first step that counts are the initial states.
            states: the last states, (batch, size) each.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no sequence_forward.")

    def sequence_backward(
        self, doutputs: np.ndarray, mask: np.ndarray | None, dinputs: np.ndarray | None, buf: Workspace
    ) -> None:
        """Computes the gradients by the inputs and the weights.

        Args:
            doutputs: gradient by the outputs (steps, batch, size), or (1, batch, size) if only the last one was used;
                may be overwritten.
            mask: as forward had it.
            dinputs: where the gradient by the inputs goes; None where nobody needs it.
            buf: the workspace that forward had.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no sequence_backward.")

    def get_initial_state(self, batch_size: int) -> list[np.ndarray]:
        """Returns zeros for each state."""
        return [np.zeros((batch_size, size), self.dtype) for size in state_sizes(self)]

    def __call__(self, x, states=None, training: bool = False):
        """Runs one step.

        Args:
            x: its input (batch, features).
            states: the states (batch, size), a list of them or, if there is only one, itself; None means zeros.
            training: whether to compute as in training.

        Returns:
            The output, and the new states in the form of ``states``.
        """
        x = np.ascontiguousarray(x, self.dtype)
        self.ensure_built((None, *x.shape[1:]))
        given = states if isinstance(states, (list, tuple)) or states is None else [states]
        initial = None if given is None else [np.ascontiguousarray(state, self.dtype) for state in given]
        inputs = x[None]
        outputs, new = self.sequence_forward(inputs, initial, None, self.workspace(inputs, None, training), training)
        new = [state.copy() for state in new]
        return outputs[0].copy(), new if given is states else new[0]


class SteppedCell:
    """Runs a cell that a user wrote, step by step.

    Args:
        cell: a layer with ``call(x, states)`` and ``gradient(x, states, dy, dstates)``, see
            :class:`~kerasnp.layers.recurrent.RNN`.
    """

    backward_uses = ("x",)
    uses_mask = False

    def __init__(self, cell: Layer):
        self.cell = cell
        self._training = "training" in inspect.signature(cell.call).parameters

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        steps, batch = input_shape[:2]
        states = {
            f"state_{number}": Buffer((steps + 1, batch, size), "kept", self.cell.dtype)
            for number, size in enumerate(state_sizes(self.cell))
        }
        return {**states, "outputs": Buffer((steps, batch, output_size(self.cell)), "kept", self.cell.dtype)}

    def _states(self, buf: Workspace) -> list[np.ndarray]:
        return [getattr(buf, f"state_{number}") for number in range(len(state_sizes(self.cell)))]

    def sequence_forward(self, inputs, initial, mask, buf, training):
        """As :meth:`SequenceCell.sequence_forward`, but outputs before the first step that counts are zeros."""
        states = self._states(buf)
        fill_first(states, initial)
        options = {"training": training} if self._training else {}
        for t, x in enumerate(inputs):
            output, new = self.cell.call(x, [state[t] for state in states], **options)
            buf.outputs[t] = output
            for state, value in zip(states, new if isinstance(new, (list, tuple)) else [new], strict=True):
                state[t + 1] = value
            if mask is not None:
                hold(states, t, mask[t])
                before = buf.outputs[t - 1] if t else np.zeros_like(buf.outputs[0])
                np.copyto(buf.outputs[t], before, where=(mask[t] == 0)[:, None])
        return buf.outputs, [state[-1] for state in states]

    def sequence_backward(self, doutputs, mask, dinputs, buf):
        """As :meth:`SequenceCell.sequence_backward`."""
        if type(self.cell).gradient is Layer.gradient:
            raise NotImplementedError(
                f"Cell {self.cell.name!r} ({type(self.cell).__name__}) cannot be trained: it defines no "
                "gradient(x, states, dy, dstates), returning dx, a list with the gradients by the states, and those of "
                "its trainable weights."
            )
        states = self._states(buf)
        last = len(buf.x) - 1
        dstates = [np.zeros_like(state[0]) for state in states]
        dheld = np.zeros_like(buf.outputs[0])  # gradient by an output that later, masked steps repeat
        weights = [weight for weight in self.cell.weights if weight.trainable]
        for weight in weights:
            if weight.gradient is not None:
                weight.gradient.fill(0)
        for t in range(last, -1, -1):
            dy = dheld + doutputs[t] if len(doutputs) > last else dheld + (doutputs[0] if t == last else 0)
            counts = np.ones(len(dy), bool) if mask is None else mask[t] != 0
            dheld, dkept = ((~counts)[:, None] * gradient for gradient in (dy, 1))
            dkept = [dkept * gradient for gradient in dstates]
            dy, *dnew = (counts[:, None] * gradient for gradient in (dy, *dstates))
            dx, dbefore, *gradients = self.cell.gradient(buf.x[t], [state[t] for state in states], dy, dnew)
            dbefore = dbefore if isinstance(dbefore, (list, tuple)) else [dbefore]
            dstates = [kept + gradient for kept, gradient in zip(dkept, dbefore, strict=True)]
            for weight, gradient in zip(weights, gradients, strict=True):
                if weight.gradient is not None:
                    weight.gradient += gradient
            if dinputs is not None:
                dinputs[t] = dx
