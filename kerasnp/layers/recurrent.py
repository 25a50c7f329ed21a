"""RNN: runs a cell along a sequence.

A cell computes one step: from the step's input and the states that the step before left, an output and new states. The
library's cells do that for a whole sequence at once, with the steps on the first axis, because much of their work is
one product of matrices for all steps; :mod:`kerasnp.layers.cells` says how. What is the same for every cell is here:
order, masks, states and what becomes of the outputs.
"""

import numpy as np

from kerasnp.layers.base import Buffer, Layer, Shape, Workspace, deserialize, register, serialize
from kerasnp.layers.cells import as_sequence_cell, output_size, state_sizes
from kerasnp.layers.composite import Composite
from kerasnp.layers.stacked_cells import StackedRNNCells


@register()
class RNN(Composite):
    """Runs a cell along the steps of a sequence.

    With s[0] the initial states and s[t+1], o[t] = cell(x[t], s[t]) the output is o of the last step, or all of them.
    A step that the mask leaves out changes no state: s[t+1] = s[t], and its output is the one before it (zeros at the
    beginning, or with ``zero_output_for_mask`` everywhere). Backward runs through the steps in reverse, from the last
    one to the first (backpropagation through time); the cell has the formulas.

    Args:
        cell: a cell, or a list of cells that are run on top of each other. One of your own is a :class:`Layer` with
            ``call(x, states)``, which returns the output (batch, size) and the new states, and with ``state_size``, a
            size or a list of them; perhaps ``output_size``, else the first state's. To be trained it needs
            ``gradient(x, states, dy, dstates)``, which returns dx, a list with the gradients by ``states``, and the
            gradient by each trainable weight; dy and dstates are those by what ``call`` returned.
        return_sequences: whether the output is that of all steps, or of the last one.
        return_state: whether a call returns the last states too; not in a Sequential.
        go_backwards: whether to run from the last step to the first; the outputs are then in that order.
        stateful: whether each batch starts with the states that the one before left, sample by sample; the size of the
            batches must be known when the layer is built. :meth:`reset_state` forgets them.
        unroll: accepted for Keras's sake, without effect.
        zero_output_for_mask: see above.
        **kwargs: see :class:`Layer`.

    Input shape: (batch, steps, features). Output: (batch, size), or (batch, steps, size).

    Raises:
        ValueError: no cell, or a batch of another size than a stateful layer was built for.
    """

    backward_uses = ()
    uses_mask = True

    def __init__(
        self,
        cell,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        zero_output_for_mask=False,
        **kwargs,
    ):
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell, dtype=kwargs.get("dtype"))
        if not isinstance(cell, Layer):
            raise ValueError(f"Argument `cell` should be a layer with a `call` method. Received: cell={cell}")
        if not hasattr(cell, "state_size"):
            raise ValueError(
                "The RNN cell should have a `state_size` attribute (single integer or list of integers, one integer "
                f"per RNN state). Received: cell={cell}"
            )
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences = bool(return_sequences)
        self.return_state = bool(return_state)
        self.go_backwards = bool(go_backwards)
        self.stateful = bool(stateful)
        self.unroll = bool(unroll)
        self.zero_output_for_mask = bool(zero_output_for_mask)
        self.states: list[np.ndarray] | None = None

    def inner_layers(self) -> list[Layer]:
        return [self.cell]

    @property
    def state_size(self) -> list:
        """The sizes of the cell's states."""
        return state_sizes(self.cell)

    def build(self, input_shape: Shape) -> None:
        self.output_shape_of(input_shape)
        if self.stateful and input_shape[0] is None:
            raise ValueError(
                "When using `stateful=True` in a RNN, the batch size must be static. Found dynamic batch size: "
                f"sequence.shape={tuple(input_shape)}"
            )
        self.build_inner(self.cell, (input_shape[0], *input_shape[2:]))
        if self.stateful:
            self.states = [np.zeros((input_shape[0], size), self.dtype) for size in self.state_size]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the output's shape; with ``return_state`` a tuple of that and the states' shapes."""
        shape = self.output_shape_of(input_shape)
        if self.return_state:
            return (shape, *((input_shape[0], size) for size in self.state_size))
        return shape

    def output_shape_of(self, input_shape: Shape) -> Shape:
        """Returns the shape of the output alone.

        Raises:
            ValueError: the input is no sequence.
        """
        if len(input_shape) < 3:
            raise ValueError(
                f"Input 0 of layer {self.name!r} ({type(self).__name__}) is incompatible with the layer: expected "
                f"ndim=3 (batch, steps, features), found ndim={len(input_shape)}. Full shape received: "
                f"{tuple(input_shape)}"
            )
        size = output_size(self.cell)
        return (*input_shape[:2], size) if self.return_sequences else (input_shape[0], size)

    def compute_mask(self, inputs, mask=None):
        """Returns the mask of the input if the output has its steps; else None."""
        mask = mask if self.return_sequences else None
        return [mask, *(None for _ in self.state_size)] if self.return_state else mask

    def fill_mask(self, x: np.ndarray, mask: np.ndarray | None, out: np.ndarray, buf: Workspace) -> None:
        np.copyto(out, mask)

    # -- equations ---------------------------------------------------------------------------------

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        batch, steps, *features = input_shape
        inputs = (steps, batch, *features)
        buffers = {
            "inputs": Buffer(inputs, "kept"),
            "mask_steps": Buffer((steps, batch), "kept", "uint8"),
            "dinputs": Buffer(inputs, "backward"),
            **self.inner_buffers("cell", as_sequence_cell(self.cell), inputs),
        }
        if self.return_sequences:
            buffers["doutputs"] = Buffer((steps, batch, output_size(self.cell)), "backward")
        return buffers

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        self._require_batch(x)
        cell = as_sequence_cell(self.cell)
        np.copyto(buf.inputs, self._in_order(x.swapaxes(0, 1)))
        mask = None
        if buf.mask is not None:
            mask = buf.mask_steps
            np.copyto(mask, self._in_order(buf.mask.swapaxes(0, 1)))
        initial = getattr(buf, "initial_state", None) or self.states
        inner = self.inner_workspace("cell", cell, buf.inputs, y, buf)
        outputs, states = cell.sequence_forward(buf.inputs, initial, mask, inner, training)
        y_steps = y.swapaxes(0, 1) if self.return_sequences else y[None]
        np.copyto(y_steps, outputs if self.return_sequences else outputs[-1:])
        self._clear_masked(y_steps, mask, buf)
        if self.stateful:
            for kept, state in zip(self.states, states, strict=True):
                np.copyto(kept, state)
        buf.last_states = states

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        cell = as_sequence_cell(self.cell)
        doutputs = dy[None]
        if self.return_sequences:
            doutputs = buf.doutputs
            np.copyto(doutputs, dy.swapaxes(0, 1))
        mask = None if buf.mask is None else buf.mask_steps
        self._clear_masked(doutputs, mask, buf)
        dinputs = None if dx is None else buf.dinputs
        cell.sequence_backward(doutputs, mask, dinputs, buf.cell_workspace)
        if dx is not None:
            np.copyto(dx.swapaxes(0, 1), self._in_order(dinputs))

    def _in_order(self, steps: np.ndarray) -> np.ndarray:
        """Returns a view of an array, steps first, in the order in which the cell runs; or back from that order."""
        return steps[::-1] if self.go_backwards else steps

    def _clear_masked(self, outputs: np.ndarray, mask: np.ndarray | None, buf: Workspace) -> None:
        """Sets outputs, or gradients by them, to zero where the output is none of the cell's.

        Args:
            outputs: (steps, batch, size), or (1, batch, size) of the last step alone.
            mask: (steps, batch), or None.
            buf: the workspace.
        """
        if mask is None or not len(mask):
            return
        if self.zero_output_for_mask and self.return_sequences:
            counts = mask
        elif self.states is not None or hasattr(buf, "initial_state"):
            counts = np.maximum.accumulate(mask)  # up to the first step that counts there is no output yet
        else:
            return  # these outputs are the initial states, zeros
        np.copyto(outputs, 0, where=(counts[-len(outputs) :] == 0)[..., None])

    def _require_batch(self, x: np.ndarray) -> None:
        if self.stateful and len(x) != len(self.states[0]):
            raise ValueError(
                "If an RNN is stateful, the batch size of the input sequences must be the same as the batch size of "
                f"the initial state. \n- Expected batch size: {len(self.states[0])}\n- Received batch size: {len(x)}"
            )

    # -- use ---------------------------------------------------------------------------------------

    def __call__(self, x, training: bool | None = None, mask=None, initial_state=None):
        """Returns the output; with ``return_state`` a tuple of it and the last states.

        Args:
            x, training, mask: see :class:`Layer`.
            initial_state: an array (batch, size), or a list of one for each state; None means zeros, or for a stateful
                layer what the last batch left.
        """
        symbol = self.symbolic(x, training=training, mask=mask, initial_state=initial_state)
        if symbol is not None:
            return symbol
        training = bool(training)
        x = np.ascontiguousarray(x, dtype=self.input_dtype)
        mask = None if mask is None else np.ascontiguousarray(mask, dtype=np.bool_)
        self.ensure_built(x.shape if self.stateful else (None, *x.shape[1:]))
        y = np.empty(self.output_shape_of(x.shape), self.dtype)
        buf = self.workspace(x, y, training, mask=mask)
        if initial_state is not None:
            buf.initial_state = self._checked_states(initial_state, len(x))
        self.forward(x, y, buf, training)
        return (y, *(state.copy() for state in buf.last_states)) if self.return_state else y

    def _checked_states(self, states, batch: int) -> list[np.ndarray]:
        states = list(states) if isinstance(states, (list, tuple)) else [states]
        arrays = [np.ascontiguousarray(state, self.dtype) for state in states]
        expected = [(batch, size) for size in self.state_size]
        if [array.shape for array in arrays] != expected:
            raise ValueError(
                f"Layer {self.name!r}: expected initial states of the shapes {expected}; received "
                f"{[array.shape for array in arrays]}."
            )
        return arrays

    def reset_state(self) -> None:
        """Sets the states of a stateful layer to zero."""
        for state in self.states or ():
            state.fill(0)

    # -- configuration -----------------------------------------------------------------------------

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
            "cell": serialize(self.cell),
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "RNN":
        """Makes a layer from what :meth:`get_config` returned."""
        return cls(**{**config, "cell": deserialize(config["cell"], custom_objects)})
