"""The simple form of a layer, ``call(x)`` and ``gradient(x, y, dy)``, turned into the full one."""

import inspect

import numpy as np

from kerasnp.layers.added_losses import a_trial
from kerasnp.layers.workspace import Workspace
from kerasnp.variables import Variable

Shape = tuple[int | None, ...]


class SimpleForm:
    """The part of a layer that computes; by default with the equations in the simple form, which return new arrays.

    A subclass sets ``name``, ``built``, ``input_dtype``, the list ``_variables`` and the dictionary ``_tried_shapes``.
    """

    name: str
    built: bool
    input_dtype: str
    _variables: list[Variable]
    _tried_shapes: dict[Shape, Shape]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the output's shape; the input's, unless a layer says otherwise.

        A layer in the simple form need not say it: its ``call`` is tried on one row of zeros.
        """
        if type(self).call is SimpleForm.call or not self.built:
            return input_shape
        return (input_shape[0], *self._tried_shape(tuple(input_shape[1:])))

    def _tried_shape(self, row: Shape) -> Shape:
        """Returns the shape that ``call`` makes of one row; unknown sizes are those that follow an unknown one."""
        if row not in self._tried_shapes:
            with a_trial():
                shapes = [
                    np.shape(self._call(np.zeros((1, *(size or unknown for size in row)), self.input_dtype)))[1:]
                    for unknown in ((16, 24) if None in row else (1,))
                ]
            self._tried_shapes[row] = tuple(
                sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*shapes, strict=True)
            )
        return self._tried_shapes[row]

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        """Writes the output for input ``x`` into ``y``; both are C-contiguous and of the layer's number type."""
        y[...] = self._call(x, training, buf.mask)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        """Turns the loss gradient by the output into that by the input and by the weights.

        Args:
            dy: gradient by the output; may be overwritten.
            dx: where the gradient by the input goes; None where nobody needs it.
            buf: the workspace that ``forward`` had.

        The gradient by a weight ``w`` is written to ``w.gradient``, unless that is None (a frozen weight).
        """
        if type(self).gradient is SimpleForm.gradient:
            raise NotImplementedError(
                f"Layer {self.name!r} ({type(self).__name__}) cannot be trained: it defines neither "
                "gradient(x, y, dy), returning dx and the gradients of its trainable weights, nor "
                "backward(dy, dx, buf)."
            )
        masked = "mask" in inspect.signature(self.gradient).parameters
        result = self.gradient(buf.x, buf.y, dy, **({"mask": buf.mask} if masked else {}))
        input_gradient, *weight_gradients = result if isinstance(result, tuple) else (result,)
        wanted = [variable for variable in self._variables if variable.trainable]
        if len(weight_gradients) != len(wanted):
            raise ValueError(
                f"{type(self).__name__}.gradient of layer {self.name!r} must return dx and one gradient for each of "
                f"its {len(wanted)} trainable weights; received {len(weight_gradients)} weight gradients."
            )
        for variable, value in zip(wanted, weight_gradients, strict=True):
            if variable.gradient is not None:
                variable.gradient[...] = value
        if dx is not None:
            dx[...] = input_gradient

    def call(self, x: np.ndarray) -> np.ndarray:
        """Simple form of :meth:`forward`: returns the output. It may take ``training`` and ``mask`` as well."""
        raise NotImplementedError(
            f"Layer {self.name!r} ({type(self).__name__}) defines neither call(x) nor forward(x, y, buf, training)."
        )

    def gradient(self, x: np.ndarray, y: np.ndarray, dy: np.ndarray):
        """Simple form of :meth:`backward`: returns dx, or a tuple of dx and each trainable weight's gradient."""
        raise NotImplementedError(f"Layer {self.name!r} ({type(self).__name__}) defines no gradient.")

    def _call(self, x: np.ndarray, training: bool = False, mask: np.ndarray | None = None) -> np.ndarray:
        known = inspect.signature(self.call).parameters
        return self.call(x, **{k: v for k, v in (("training", training), ("mask", mask)) if k in known})
