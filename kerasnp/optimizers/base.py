"""The base of all optimizers: building slots, and one step over the flat vectors."""

import math
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import numpy as np

from kerasnp import config, initializers, kernels
from kerasnp.optimizers.manual import ManualUse
from kerasnp.optimizers.settings import Settings
from kerasnp.optimizers.store import VariableStore
from kerasnp.variables import FlatParameters, Variable

_PARTIAL_SUMS = 64  # of a squared norm: fixed, so that its bits do not depend on the number of threads


class _Piece(NamedTuple):
    """A stretch of the flat vectors that the rule runs over in one go."""

    values: np.ndarray
    gradients: np.ndarray
    slots: dict[str, np.ndarray]
    decays: bool


class Optimizer(Settings, ManualUse):
    """Changes weights against their gradients.

    A step clips the gradients, shrinks the weights (``w -= learning_rate * weight_decay * w``), runs the rule, updates
    the moving averages and counts itself. A rule is written in one of two forms. The fast form runs over flat vectors,
    any stretch of them at a time: :meth:`slot_groups` and :meth:`update`. Keras's form runs over one weight at a time:
    ``update_step(gradient, variable, learning_rate)``, with variables made in ``build``; where a class has both, this
    one runs.

    Args:
        learning_rate: float, :class:`~kerasnp.optimizers.schedules.LearningRateSchedule`, or a function without
            arguments that returns the rate.
        weight_decay: float; None for no decay.
        clipnorm: greatest norm of each weight's gradient; longer ones are scaled down.
        clipvalue: greatest absolute value of each entry of the gradients.
        global_clipnorm: greatest norm of all gradients together. At most one of the three may be given.
        use_ema: whether to keep exponential moving averages of the weights: after each step
            ``average = ema_momentum * average + (1 - ema_momentum) * weight``.
        ema_momentum: float from 0 to 1.
        ema_overwrite_frequency: copy the averages into the weights every so many steps; None: only at the end of fit.
        loss_scale_factor: only None.
        gradient_accumulation_steps: change the weights only every so many steps, by the mean of their gradients.
        name: None makes one.
    """

    def __init__(self, learning_rate, *args, **kwargs):
        super().__init__(learning_rate, *args, **kwargs)
        self._forget()

    def _forget(self) -> None:
        """Sets the state of an optimizer that is not built."""
        self.built = False
        self.parameters: FlatParameters | None = None
        self._store = VariableStore(self.name)
        self._kernels = None
        self._trainable_variables: list[Variable] = []
        self._indices: dict[int, int] = {}
        self._slots: dict[str, np.ndarray] = {}
        self._pieces: list[_Piece] = []
        self._each: list[_Piece] = []
        self._norm, self._partials = np.empty(1), np.empty(_PARTIAL_SUMS)
        self._copied: list[np.ndarray] | None = None

    def __getstate__(self):
        # Slots are known by the identity of weights and lie in their vectors. A copy has their values and takes them up
        # when it is built.
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._forget()
        copy._copied = [variable.numpy() for variable in self._store.variables] if self.built else self._copied
        return copy.__dict__

    @property
    def is_copy(self) -> bool:
        """Whether this is a copy of a built optimizer that is not built yet, but has the values for it."""
        return self._copied is not None

    # -- what a subclass writes --------------------------------------------------------------------

    def slot_groups(self) -> list[tuple[str, ...]]:
        """Returns the names of the flat vectors that :meth:`update` needs, in the order of Keras's files.

        The slots of one group are stored weight by weight (momentum and velocity of the first weight, then of the
        second ...), the groups one after the other.
        """
        return []

    by_weight: ClassVar[bool] = False  # whether a stretch that :meth:`update` gets is always exactly one weight

    def slot_start(self, slot: str):
        """Returns what a slot is filled with at first: a number, or a vector laid out as ``self.parameters.values``."""
        return 0.0

    def add_own_variables(self) -> None:
        """Makes the variables that come after the slots; called while building."""

    def observe(self, loss: float) -> None:
        """Called before each step of training with the loss that the gradients belong to."""

    def begin_update(self) -> None:
        """Called once for each update of the weights, before the rule runs over them."""

    def update(
        self,
        values: np.ndarray,
        gradients: np.ndarray,
        slots: dict[str, np.ndarray],
        learning_rate: float,
        decay: float,
    ) -> None:
        """Runs the rule over a stretch of the flat vectors; all are changed in place.

        Args:
            values: weights, (n,).
            gradients: (n,); may be overwritten.
            slots: the vectors of :meth:`slot_groups` by name, each (n,).
            learning_rate: the rate of this step.
            decay: learning rate times weight decay; the rule begins with ``values -= decay * values``.
        """
        raise NotImplementedError(
            f"Optimizer {self.name!r} ({type(self).__name__}) defines neither update_step(gradient, variable, "
            "learning_rate) nor update(values, gradients, slots, learning_rate, decay)."
        )

    def update_step(self, gradient: np.ndarray, variable: Variable, learning_rate: float) -> None:
        """Runs the rule for one weight; an override is called for every weight at every step."""
        piece = self._each[self._get_variable_index(variable)]
        piece.gradients[...] = np.ravel(gradient)
        self.update(piece.values, piece.gradients, piece.slots, learning_rate, 0.0)

    # -- building ----------------------------------------------------------------------------------

    def build(self, variables: FlatParameters | Sequence[Variable]) -> None:
        """Makes the slots. Built again for other weights, it keeps the slots of those that stay.

        Args:
            variables: the flat vectors of a model, or a list of Variables. Variables of a list stay where they are;
                :meth:`apply` copies them in and out.
        """
        self._trainable_variables = list(variables)
        if isinstance(variables, FlatParameters):
            parameters = variables
        else:
            copies = [Variable(item.value, name=item.name, path=item.path) for item in self._trainable_variables]
            parameters = FlatParameters(copies)
        self.parameters = parameters
        self._indices = {id(variable): index for index, variable in enumerate(parameters.variables)}
        self._indices |= {id(variable): index for index, variable in enumerate(self._trainable_variables)}
        self._kernels = kernels.table(parameters.dtype)

        groups = list(self.slot_groups())
        starts = {slot: self.slot_start(slot) for group in groups for slot in group}
        if self.gradient_accumulation_steps:
            groups.insert(0, ("gradient_accumulator",))
        if self.use_ema:
            groups.insert(0, ("average",))
            starts["average"] = parameters.values
        self._store.restart()
        self._slots = {}
        for group in groups:
            group_starts = [starts.get(slot, 0.0) for slot in group]
            self._slots |= self._store.add_flat(group, group_starts, parameters, self._trainable_variables)

        decays = [self._decays(variable) for variable in self._trainable_variables]
        self._each = [self._piece(place, decay) for place, decay in zip(parameters.slices, decays, strict=True)]
        self._pieces = self._each
        if not self._has_own_step() and not self.by_weight and (not self.weight_decay or all(decays)):
            self._pieces = [self._piece(slice(None), True)]
        self.add_own_variables()
        self.built = True
        self._take_copied()

    def _take_copied(self) -> None:
        """Gives a copy the state it was made with, if it is built for weights like those of the original."""
        variables, copied = self._store.variables, self._copied
        self._copied = None
        if copied is not None and [value.shape for value in copied] == [variable.shape for variable in variables]:
            for variable, value in zip(variables, copied, strict=True):
                variable.assign(value)

    def _piece(self, place: slice, decays: bool) -> _Piece:
        slots = {name: vector[place] for name, vector in self._slots.items()}
        return _Piece(self.parameters.values[place], self.parameters.gradients[place], slots, decays)

    def _has_own_step(self) -> bool:
        return type(self).update_step is not Optimizer.update_step

    def _get_variable_index(self, variable: Variable) -> int:
        """Returns the position of a weight among those the optimizer was built with."""
        try:
            return self._indices[id(variable)]
        except KeyError:
            raise ValueError(
                f"Unknown variable: {variable}. The optimizer {self.name!r} can only be called for the variables it "
                "was built with. For a new set of variables call its build() again."
            ) from None

    def add_variable(self, shape, initializer="zeros", dtype=None, name=None, **_ignored) -> Variable:
        """Makes a variable of the optimizer, one that is stored with it."""
        value = initializers.get(initializer)(tuple(shape), dtype=dtype or config.floatx())
        return self._store.add(name or "variable", value)

    def add_variable_from_reference(self, reference_variable, name=None, initializer="zeros") -> Variable:
        """Makes a variable of the shape and type of a weight, such as its momentum."""
        value = initializers.get(initializer)(reference_variable.shape, dtype=reference_variable.dtype)
        return self._store.add(name or "var", value, reference_variable)

    # -- a step ------------------------------------------------------------------------------------

    def step(self, parameters: FlatParameters) -> None:
        """Changes the weights once, by ``parameters.gradients``; the gradients are used up."""
        if parameters is not self.parameters:
            self.built = False
            self.build(parameters)
        self._advance(range(len(self._each)))

    def _advance(self, indices: Sequence[int]) -> None:
        """One step in which the weights numbered ``indices`` have a gradient."""
        iteration = self._iterations.value.item()
        updates = self._updates()
        if self._gradients_complete(iteration):
            self._clip_gradients()
            rate = self._current_rate()
            decay = rate * (self.weight_decay or 0.0)
            self.begin_update()
            if self._has_own_step():
                for index in indices:
                    self._update_one(index, rate, decay)
            else:
                pieces = self._pieces if len(indices) == len(self._each) else [self._each[index] for index in indices]
                for piece in pieces:
                    self.update(piece.values, piece.gradients, piece.slots, rate, decay if piece.decays else 0.0)
        if self.use_ema:
            self._average(updates)
        self._iterations.value[...] = iteration + 1

    def _update_one(self, index: int, rate: float, decay: float) -> None:
        piece, variable = self._each[index], self.parameters.variables[index]
        if decay and piece.decays:
            self._kernels.decay(decay, piece.values)
        self.update_step(piece.gradients.reshape(variable.shape), variable, rate)

    def _gradients_complete(self, iteration: int) -> bool:
        """With gradient accumulation: adds the gradients up, and turns them into their mean when it is time."""
        steps = self.gradient_accumulation_steps
        if not steps:
            return True
        gradients, sums = self.parameters.gradients, self._slots["gradient_accumulator"]
        if (iteration + 1) % steps:
            sums += gradients
            return False
        gradients += sums
        gradients /= steps
        sums.fill(0)
        return True

    def _clip_gradients(self) -> None:
        if self.clipnorm:
            for piece in self._each:
                self._limit_norm(piece.gradients, self.clipnorm)
        elif self.global_clipnorm:
            self._limit_norm(self.parameters.gradients, self.global_clipnorm)
        elif self.clipvalue:
            self._kernels.clip(self.clipvalue, self.parameters.gradients)

    def _limit_norm(self, gradients: np.ndarray, limit: float) -> None:
        """Scales gradients whose norm is above ``limit`` down to it; if the norm is not finite they become NaN."""
        self._kernels.squared_norm(gradients, self._norm, self._partials)
        norm = math.sqrt(self._norm[0])
        if not norm <= limit:
            self._kernels.scale(limit / norm if math.isfinite(norm) else math.nan, gradients)

    def _average(self, updates: int) -> None:
        values, averages = self.parameters.values, self._slots["average"]
        self._kernels.moving_average(values, self.ema_momentum if updates else 0.0, averages)
        if self.ema_overwrite_frequency and (updates + 1) % self.ema_overwrite_frequency == 0:
            np.copyto(values, averages)
