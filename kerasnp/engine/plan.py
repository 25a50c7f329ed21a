"""The plan: a chain of layers bound to one batch shape, over one arena.

Time is counted in ticks. With n layers, layer i runs forward at tick i, the loss at tick n, and layer i backward at
tick 2n - i. Every array has a first and a last tick; :mod:`kerasnp.engine.memory` turns those into places in the arena.
After that a step allocates nothing and looks nothing up.
"""

from collections.abc import Sequence

import numpy as np

from kerasnp import kernels
from kerasnp.activations.base import Elementwise
from kerasnp.engine.masks import forward_with_mask, lay_masks
from kerasnp.engine.memory import Arena, Placed, lay_out
from kerasnp.engine.slabs import Slabs, samples_in_slab
from kerasnp.layers.added_losses import one_batch
from kerasnp.layers.base import Buffer, Layer, Workspace, is_built_in


class Plan:
    """The bound steps of one batch shape.

    Args:
        layers: built layers, none of them an InputLayer or a model.
        input_shape: shape of the batch, batch axis included.
        training: whether backward follows forward.
        arena: where the arrays go.
        kernel_mode: see :func:`kerasnp.config.kernel_mode`.

    Attributes:
        x: the input array, to be filled before :meth:`forward`.
        y: the output array, valid after :meth:`forward`.
        mask: which steps of the output count, booleans with its first axes, valid after :meth:`forward`, or None.
        dy: the gradient by the output, to be filled before :meth:`backward`; None in a plan that only predicts.
        nbytes: size of the arena that the plan uses.
        widest_step: bytes of the input and the output of the layer that has most of them.
    """

    def __init__(self, layers: Sequence[Layer], input_shape, training: bool, arena: Arena, kernel_mode=None):
        self.training = training
        self.layers: list[Layer | Slabs] = list(layers)
        self._with_users_code = [layer for layer in layers if has_users_code(layer)]
        self._check_dtypes()
        self._check_inputs(tuple(input_shape))
        self._join_in_slabs(tuple(input_shape))
        count = len(self.layers)
        # Backward stops at the first layer that has something to learn.
        learning = [i for i, layer in enumerate(self.layers) if any(w.gradient is not None for w in layer.weights)]
        self._lowest = learning[0] if training and learning else count
        self._postponed = {i for i in range(self._lowest, count - 1) if _can_postpone(*self.layers[i : i + 2])}

        values, scratch = self._declare(tuple(input_shape))
        gradients = self._declare_gradients(values)
        masks = lay_masks(self.layers, self._shapes(tuple(input_shape)), self._lowest)
        placed = [*values, *gradients, *masks, *scratch.values()]
        wanted = list({id(array): array for array in placed if array}.values())
        offsets, self.nbytes = lay_out([array.request() for array in wanted])
        memory = arena.reserve(self.nbytes)
        bound = {id(array): array.bind(memory, offset) for array, offset in zip(wanted, offsets, strict=True)}

        shapes = self._shapes(tuple(input_shape))
        x = [bound[id(array)].reshape(shape) for array, shape in zip(values, shapes, strict=True)]
        dx = [
            None if array is None else bound[id(array)].reshape(shape)
            for array, shape in zip(gradients, shapes, strict=True)
        ]
        mask = [None if array is None else bound[id(array)] for array in masks]
        self.x, self.y, self.dy, self.mask = x[0], x[-1], dx[-1], mask[-1]
        self._forward_steps, self._backward_steps, self._penalised = [], [], []
        self._last_from_logits = None
        for i, layer in enumerate(self.layers):
            regularizer = layer.activity_regularizer
            if regularizer is not None:
                self._penalised.append((regularizer, x[i + 1]))
            if not layer.passes_through(training):
                buf = Workspace(kernels=kernels.table(layer.dtype, kernel_mode), x=None, y=None, mask=None)
                if layer.uses_mask:
                    buf.mask = mask[i]
                for name, buffer in layer.buffers(shapes[i]).items():
                    setattr(buf, name, bound[id(scratch[i, name])] if self._kept(buffer) else None)
                for name in self._backward_uses(i) if training else ():
                    setattr(buf, name, {"x": x[i], "y": x[i + 1]}[name])
                forward = layer.forward
                if mask[i + 1] is not None and mask[i + 1] is not mask[i]:
                    forward = forward_with_mask(layer, mask[i], mask[i + 1])
                self._forward_steps.append((forward, x[i], x[i + 1], buf))
                if i >= self._lowest:
                    below = dx[i] if i > self._lowest else None
                    backward = layer.backward_from_logits if i in self._postponed else layer.backward
                    self._backward_steps.append((backward, dx[i + 1], below, buf))
                    if i - 1 in self._postponed:
                        derivative = self.layers[i - 1].output_activation, buf.kernels
                        self._backward_steps.append((_apply_derivative, dx[i + 1], x[i + 1], derivative))
                    if i == count - 1 and regularizer is None:
                        self._last_from_logits = layer
            if i >= self._lowest and regularizer is not None:
                self._backward_steps.append((_add_penalty_gradient, dx[i + 1], x[i + 1], regularizer))
        self._backward_steps.reverse()
        self.widest_step = max((x.nbytes + y.nbytes for _, x, y, _ in self._forward_steps), default=self.x.nbytes)

    def forward(self, x: np.ndarray | None = None, y: np.ndarray | None = None) -> None:
        """Computes :attr:`y` from :attr:`x`.

        Args:
            x: read in place of :attr:`x`, an array of its size and type; not where backward follows.
            y: written in place of :attr:`y`, likewise.
        """
        training = self.training
        steps = self._forward_steps if x is None and y is None else self._redirected(x, y)
        if self._with_users_code:
            with one_batch(self._with_users_code):
                for forward, x, y, buf in steps:
                    forward(x, y, buf, training)
            return
        for forward, x, y, buf in steps:
            forward(x, y, buf, training)

    def _redirected(self, x: np.ndarray | None, y: np.ndarray | None) -> list:
        """Returns the forward steps, the first reading ``x`` and the last writing ``y`` where these are given."""
        steps = list(self._forward_steps) or [(_copy, self.x, self.y, None)]
        if x is not None:
            forward, own, result, buf = steps[0]
            steps[0] = (forward, x.reshape(own.shape), result, buf)
        if y is not None:
            forward, source, own, buf = steps[-1]
            steps[-1] = (forward, source, y.reshape(own.shape), buf)
        return steps

    def backward(self, from_logits: bool = False) -> None:
        """Computes the gradients of all weights from ``dy``.

        Args:
            from_logits: ``dy`` is the gradient before the last layer's activation.
        """
        steps = iter(self._backward_steps)
        if from_logits:
            _, dy, dx, buf = next(steps)
            self._last_from_logits.backward_from_logits(dy, dx, buf)
        for backward, dy, dx, buf in steps:
            backward(dy, dx, buf)

    def penalty(self) -> float:
        """Returns what layers add to the loss, after :meth:`forward`.

        That is the sum of the activity regularizers' penalties, means over the batch, and of all ``add_loss``.
        """
        penalties = sum(float(regularizer(y)) / len(y) for regularizer, y in self._penalised)
        return penalties + sum(sum(layer.added_losses()) for layer in self._with_users_code)

    @property
    def output_activation(self):
        """The activation that a loss may be fused with, or None."""
        # Where the last layer only reshapes, or its output is penalised, the gradient by the output itself is needed.
        return None if self._last_from_logits is None else self._last_from_logits.output_activation

    # -- making ------------------------------------------------------------------------------------

    def _check_dtypes(self) -> None:
        for before, after in zip(self.layers, self.layers[1:], strict=False):
            takes_integers = np.dtype(after.input_dtype).kind == "i"  # such a layer converts what it gets
            if after.input_dtype != before.dtype and not takes_integers:
                raise ValueError(
                    f"All layers of a model must compute in one dtype: layer {after.name!r} takes {after.input_dtype}, "
                    f"layer {before.name!r} before it gives {before.dtype}."
                )

    def _check_inputs(self, shape: tuple[int, ...]) -> None:
        for layer in self.layers:
            layer.require_input(shape)
            shape = tuple(layer.compute_output_shape(shape))

    def _join_in_slabs(self, shape: tuple[int, ...]) -> None:
        """Makes one step of two layers where a batch had better go through both in slabs."""
        joined: list[Layer | Slabs] = []
        for layer in self.layers:
            if not joined:
                joined.append(layer)
                continue
            before = joined[-1]  # to which `shape` goes
            samples = samples_in_slab(before, layer, shape) if _can_postpone(before, layer) else None
            if samples is not None and layer.activity_regularizer is None:
                joined[-1] = Slabs(before, layer, samples)
            else:
                shape = before.compute_output_shape(shape)
                joined.append(layer)
        self.layers = joined

    def _shapes(self, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
        shapes = [shape]
        for layer in self.layers:
            shapes.append(tuple(layer.compute_output_shape(shapes[-1])))
        return shapes

    def _backward_uses(self, i: int) -> tuple[str, ...]:
        """Returns which of "x" and "y" layer ``i`` must keep for the backward steps."""
        uses = self.layers[i].logits_uses if i in self._postponed else self.layers[i].backward_uses
        return (*uses, "y") if i - 1 in self._postponed else uses

    def _kept(self, buffer: Buffer) -> bool:
        return self.training or buffer.in_prediction

    def _declare(self, input_shape) -> tuple[list[Placed], dict]:
        """Lists the arrays between the layers (the input first) and the layers' own, with their lives."""
        count = len(self.layers)
        shapes = self._shapes(input_shape)
        input_dtype = self.layers[0].input_dtype if self.layers else "float32"
        values = [Placed(shapes[0], input_dtype, 0)]
        scratch: dict[tuple[int, str], Placed] = {}
        for i, layer in enumerate(self.layers):
            x = values[-1]
            if layer.passes_through(self.training):
                values.append(x)
                continue
            x.used_at(i)
            y = Placed(shapes[i + 1], layer.dtype, i)
            values.append(y)
            backward = 2 * count - i
            if i >= self._lowest:
                for name in self._backward_uses(i):
                    {"x": x, "y": y}[name].used_at(backward)
            for name, buffer in layer.buffers(shapes[i]).items():
                if not self._kept(buffer):
                    continue
                array = Placed(buffer.shape, buffer.dtype or layer.dtype, backward if buffer.life == "backward" else i)
                if buffer.reaches_backward and i >= self._lowest:
                    array.used_at(backward)
                scratch[i, name] = array
        for layer, y in zip(self.layers, values[1:], strict=True):
            if layer.activity_regularizer is not None:
                y.used_at(2 * count if self.training else count)
        if self.training:
            # Metrics read the output after the step. From the first tick on, it lies below all that comes and goes.
            values[-1].used_at(0)
            values[-1].used_at(2 * count + 1)
        return values, scratch

    def _declare_gradients(self, values: list[Placed]) -> list[Placed | None]:
        """Lists the gradients by the arrays of ``values``; None where backward does not go."""
        count = len(self.layers)
        gradients: list[Placed | None] = [None] * (count + 1)
        if self._lowest == count:
            return gradients
        gradients[count] = Placed(values[count].shape, values[count].dtype, count)
        for i in reversed(range(self._lowest, count)):
            dy, tick = gradients[i + 1], 2 * count - i
            dy.used_at(tick)
            if i > self._lowest:
                through = self.layers[i].passes_through(self.training)
                gradients[i] = dy if through else Placed(values[i].shape, values[i].dtype, tick)
        return gradients


def has_users_code(layer: Layer) -> bool:
    """Tells whether a user wrote the layer or one within it."""
    return not is_built_in(layer) or any(map(has_users_code, layer.inner_layers()))


def _can_postpone(layer: Layer | Slabs, above: Layer) -> bool:
    """Tells whether the derivative of the layer's activation can be taken by the output of the layer above.

    Maximum pooling hands a gradient to the pixel it picked, and the derivative there follows from that pixel's value,
    which is the pool's output as well. So there are fewer numbers to multiply, and those below need not be kept.
    """
    if not (above.picks_inputs and is_built_in(above) and is_built_in(layer)) or layer.activity_regularizer:
        return False
    return isinstance(layer.output_activation, Elementwise) and not layer.output_activation.uses_input


def _copy(x, y, _buf, _training) -> None:
    """The forward step of layers that do nothing."""
    np.copyto(y, x.reshape(y.shape))


def _apply_derivative(dy, y, bound) -> None:
    """A backward step: multiplies the gradient by an activation's derivative, which follows from ``y``."""
    activation, table = bound
    activation.backward(dy, None, y, dy, table)


def _add_penalty_gradient(dy, y, regularizer) -> None:
    """A backward step: adds an activity regularizer's gradient to the gradient by the output it penalises."""
    regularizer.add_gradient(y, dy, 1.0 / len(y))
