"""One batch at a time: forward, loss, backward and update, over cached plans."""

import warnings
from collections import OrderedDict

import numpy as np

from kerasnp import config, kernels
from kerasnp.activations.base import UserActivation
from kerasnp.engine.data import Batch, Column
from kerasnp.engine.lead_in import LeadIn
from kerasnp.engine.memory import Arena
from kerasnp.engine.objective import Objective
from kerasnp.engine.plan import Plan
from kerasnp.layers.base import Layer, Shape, is_built_in
from kerasnp.variables import FlatParameters, Variable

MOST_PLANS = 8  # batch sizes whose plans are kept: a full batch, a short last one, and some to spare
# Predict joins batches while a layer reads and writes no more than this: a good part of a shared cache.
JOINED_BYTES = 16 << 20
# Smaller batches run as they are: where rows are few, kernels choose by their number how to add them up.
SMALLEST_JOINED = 32


class _Bound:
    """A plan with the objectives that were bound to it."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self.objectives: dict = {}


class PlanCache:
    """The plans of one user at a time, for several batch shapes, over one arena."""

    def __init__(self, layers: list[Layer], training: bool):
        self.layers = layers
        self.training = training
        self.arena = Arena()
        self.bound: OrderedDict = OrderedDict()

    def get(self, input_shape: tuple[int, ...]) -> _Bound:
        """Returns the plan for batches of ``input_shape``, made now or earlier."""
        key = (input_shape, config.kernel_mode())
        found = self.bound.get(key)
        if found is not None:
            self.bound.move_to_end(key)
            return found
        before = self.arena.memory.size
        found = _Bound(Plan(self.layers, input_shape, self.training, self.arena))
        if before < self.arena.memory.size or len(self.bound) >= MOST_PLANS:
            # After growth the earlier plans would keep the smaller arena alive.
            self.bound.clear()
        self.bound[key] = found
        return found


class Executor:
    """Runs batches through a chain of layers.

    ``predict`` may be called from many threads at once: each call takes a plan of its own from a pool.

    Args:
        layers: the built leaf layers, in order.
        input_shape: what the first one takes, batch axis first, None where any size will do.

    Attributes:
        lead_in: the layers that run before the plan; ``layers`` are the others.
        only_ours: whether all layers are the library's own, so that nobody sees how the rows are cut into batches.
        parameters: the flat vectors of the trainable weights, once a training step has run.
    """

    def __init__(self, layers: list[Layer], input_shape: Shape):
        self.lead_in = LeadIn(layers, tuple(input_shape))
        self._regularized: list[Variable] = [
            variable for layer in layers for variable in layer.weights if variable.regularizer is not None
        ]
        self._raw_shape = tuple(input_shape)
        self.layers = layers = layers[len(self.lead_in.layers) :]
        self.input_shape = self.lead_in.output_shape
        self._row_shapes: dict[Shape, Shape] = {}
        self.only_ours = all(map(_is_ours, layers))
        self.parameters: FlatParameters | None = None
        self._constrained: list[Variable] = []
        self._training = PlanCache(layers, training=True)
        self._idle: list[PlanCache] = []
        _warn_of_lone_softmax(layers, self.input_shape)

    # -- weights -----------------------------------------------------------------------------------

    def prepare_training(self, optimizer, trainable: list[Variable]) -> None:
        """Packs the ``trainable`` weights and builds the optimizer, again whenever that list has changed."""
        self.lead_in.require_untrained()
        if self.parameters is None or not self.parameters.holds(trainable):
            if self.parameters is not None:
                self.parameters.release()
            self.parameters = FlatParameters(trainable)
            self._training = PlanCache(self.layers, training=True)
            self._constrained = [variable for variable in trainable if variable.constraint is not None]
        if getattr(optimizer, "parameters", None) is not self.parameters:
            optimizer.build(self.parameters)

    def weight_penalty(self) -> float:
        """Returns the sum of the weight regularizers' penalties."""
        return sum(float(variable.regularizer(variable.value)) for variable in self._regularized)

    # -- steps -------------------------------------------------------------------------------------

    def predict(self, x: Column, index: slice, size: int, out: np.ndarray | None = None) -> np.ndarray:
        """Returns the output for one batch, some rows of ``x`` (in ``out`` if given)."""
        if self.lead_in.layers:
            x, index = self._led_in(x, index, training=False)
            if not self.layers:
                return x.source
        cache = self._take_plans()
        try:
            plan = cache.get(self._batch_shape(x, size)).plan
            if out is None:
                out = np.empty(plan.y.shape, plan.y.dtype)
            plan.forward(self._load(x, index, plan), out)
            return out
        finally:
            self._idle.append(cache)

    def predict_all(self, x: Column, batch_size: int) -> np.ndarray:
        """Returns the output for all rows of ``x``, with the bits that batches of ``batch_size`` give."""
        count = len(x)
        if self.lead_in.layers and count:
            starts = range(0, count, batch_size)
            parts = [slice(start, min(start + batch_size, count)) for start in starts]
            return np.concatenate([self.predict(x, part, part.stop - part.start) for part in parts])
        if count <= batch_size:
            return self.predict(x, slice(0, count), count) if count else self.output_for(x)
        whole = self.output_for(x)
        start, last = 0, count - count % batch_size  # a short last batch stays alone
        step = batch_size * self._batches_at_once(x, batch_size)
        while start < count:
            stop = min(start + step, last if start < last else count)
            self.predict(x, slice(start, stop), stop - start, whole[start:stop])
            start = stop
        return whole

    def output_for(self, x: Column) -> np.ndarray | None:
        """Returns an array for the output of all rows of ``x``; None where its shape is known in the end only."""
        if self.lead_in.layers:
            return None
        shape = self._batch_shape(x, len(x))
        for layer in self.layers:
            shape = layer.compute_output_shape(shape)
        return np.empty(shape, self.layers[-1].dtype)

    def _batches_at_once(self, x: Column, batch_size: int) -> int:
        """Returns how many batches to join: as many as fit into a cache, if nothing can tell the difference."""
        if not self.only_ours or batch_size < SMALLEST_JOINED:
            return 1
        cache = self._take_plans()
        try:
            plan = cache.get(self._batch_shape(x, batch_size)).plan
        finally:
            self._idle.append(cache)
        return max(1, JOINED_BYTES // plan.widest_step)

    def test(self, batch: Batch, loss, metrics) -> None:
        """Judges one batch and updates ``metrics``."""
        x, index = self._led_in(batch.x, batch.index, training=False)
        cache = self._take_plans()
        try:
            bound = cache.get(self._batch_shape(x, batch.size))
            plan, objective = bound.plan, self._objective(bound, batch, loss)
            objective.load(batch)
            plan.forward(self._load(x, index, plan))
            value = objective.evaluate(with_gradient=False) + plan.penalty() + self.weight_penalty()
            metrics.update(value, batch.size, objective.targets, plan.y, objective.weights_for)
        finally:
            self._idle.append(cache)

    def train(self, batch: Batch, loss, optimizer, metrics) -> None:
        """Runs one step of training on a batch and updates ``metrics``; :meth:`prepare_training` comes before.

        The weights change only after the whole gradient is known: an error or Ctrl-C before leaves them as they were.
        """
        x, index = self._led_in(batch.x, batch.index, training=True)
        bound = self._training.get(self._batch_shape(x, batch.size))
        plan, objective = bound.plan, self._objective(bound, batch, loss)
        x.fill(index, plan.x)
        objective.load(batch)
        plan.forward()
        value = objective.evaluate(with_gradient=plan.dy is not None) + plan.penalty()
        plan.backward(objective.from_logits)
        for variable in self._regularized:
            value += float(variable.regularizer(variable.value))
            if variable.gradient is not None:
                variable.regularizer.add_gradient(variable.value, variable.gradient)
        if config.distribution() is not None:
            config.distribution().reduce(self.parameters.gradients)
        optimizer.observe(value)
        optimizer.step(self.parameters)
        for variable in self._constrained:
            variable.value[...] = variable.constraint(variable.value)
        metrics.update(value, batch.size, objective.targets, plan.y, objective.weights_for)

    # -- parts of a step ---------------------------------------------------------------------------

    def _take_plans(self) -> PlanCache:
        # list.pop and list.append are atomic: no lock is needed.
        try:
            return self._idle.pop()
        except IndexError:
            return PlanCache(self.layers, training=False)

    def _load(self, x: Column, index: slice, plan: Plan) -> np.ndarray | None:
        """Returns rows of ``x`` if a plan without backward may read them where they lie; else copies them into it."""
        rows = x.in_place(index, plan.x) if self.only_ours else None
        if rows is None:
            x.fill(index, plan.x)
        return rows

    def _led_in(self, x: Column, index, training: bool) -> tuple[Column, slice | np.ndarray]:
        """Returns the rows of ``x`` as the plan takes them, and which rows of that they are."""
        if not self.lead_in.layers:
            return x, index
        rows = x.rows(index)
        shape = self._row_shape(rows.shape[1:], self._raw_shape)
        return self.lead_in.run(rows.reshape(len(rows), *shape), training), slice(0, len(rows))

    def _objective(self, bound: _Bound, batch: Batch, loss) -> Objective:
        if batch.y is None:
            raise ValueError("Training and evaluation need targets: pass `y`, or batches of (x, y).")
        weight_shape = None if batch.weight is None else (batch.size, *batch.weight.shape[1:])
        key = (loss, (batch.size, *batch.y.shape[1:]), weight_shape)
        found = bound.objectives.get(key)
        if found is None:
            table = kernels.table(bound.plan.y.dtype)
            bound.objectives.clear()
            found = bound.objectives[key] = Objective(loss, bound.plan, key[1], weight_shape, table)
        return found

    def _batch_shape(self, x: Column, size: int) -> tuple[int, ...]:
        """Returns the plan's input shape for ``size`` rows of ``x``; a last axis of one may be absent or extra."""
        given = x.shape[1:]
        row = self._row_shapes.get(given)
        if row is None:
            row = self._row_shapes[given] = self._row_shape(given, self.input_shape)
        return (size, *row)

    def _row_shape(self, given: Shape, input_shape: Shape) -> Shape:
        expected = input_shape[1:]
        for shape in (given, (*given, 1), given[:-1] if given[-1:] == (1,) else given):
            if len(shape) == len(expected) and all(
                want in (None, have) for want, have in zip(expected, shape, strict=True)
            ):
                return shape
        first = (self.lead_in.layers or self.layers)[0]
        raise ValueError(
            f"Input 0 of the model (its first layer is {first.name!r}) has the wrong shape: expected {input_shape}, "
            f"received {(None, *given)}."
        )


def _is_ours(layer: Layer) -> bool:
    """Tells whether a layer is the library's own, with no function of a user in it.

    It then leaves its input as it is and, but in training, treats each sample of each batch alone.
    """
    if layer.stateful or not is_built_in(layer) or isinstance(getattr(layer, "activation", None), UserActivation):
        return False
    return all(map(_is_ours, layer.inner_layers()))


def _warn_of_lone_softmax(layers: list[Layer], shape: Shape) -> None:
    """Warns of a softmax over an axis of size one: whatever goes in, ones come out, and nothing can be learnt."""
    for layer in layers:
        shape = layer.compute_output_shape(shape)
        activation = layer.output_activation
        if activation is not None and activation.name == "softmax" and shape[-1] == 1:
            warnings.warn(
                f"Layer {layer.name!r} applies softmax to an axis of size 1 (output shape {tuple(shape)}): its output "
                "is always 1. Did you mean sigmoid?",
                stacklevel=2,
            )
