"""L-BFGS: Newton's method with a curvature that is learnt from the last steps, for small data in one batch."""

import numpy as np

from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import register

SUFFICIENT, CURVATURE = 1e-4, 0.9  # Wolfe's two constants, as Nocedal and Wright recommend them for this method
# Where the state of the line search lies in its variable.
LOSS, SLOPE, STEP, LOW, HIGH, TRIALS, PAIRS, AT_BASE, STARTED, DONE = range(10)


@register()
class LBFGS(Optimizer):
    """Limited-memory BFGS (Nocedal 1980; Nocedal and Wright 2006, algorithm 7.5); Keras has no such optimizer.

    From a point w with loss f and gradient g it looks along ``d = -H g``, where H follows from the last pairs of steps
    and changes of the gradient. It accepts ``w + a d`` if Wolfe's conditions hold:
    ``f(w + a d) <= f + 1e-4 a g.d`` and ``g(w + a d).d >= 0.9 g.d``; else it tries another a, doubling or halving it.

    Every step of training is one trial, at the loss of its batch: so let a batch be all rows
    (``batch_size=len(x)``; or accumulate gradients over batches of equal size), without dropout. Logs are then those of
    the points tried; the model ends at the best point accepted. Double precision (``dtype="float64"``) brings it
    closer to the minimum.

    Args:
        learning_rate: the first a to try along every direction but the first.
        history_size: pairs that are remembered.
        tolerance: where no gradient is greater in size, training stays as it is.
        max_trials: points tried along one direction; after that it starts anew along the gradient.
        gradient_accumulation_steps, name: see :class:`Optimizer`.
    """

    def __init__(
        self,
        learning_rate=1.0,
        history_size=10,
        tolerance=1e-6,
        max_trials=20,
        gradient_accumulation_steps=None,
        name=None,
    ):
        super().__init__(learning_rate, gradient_accumulation_steps=gradient_accumulation_steps, name=name)
        if isinstance(history_size, bool) or not isinstance(history_size, int) or history_size < 1:
            raise ValueError(f"LBFGS: `history_size` must be a positive integer. Received: history_size={history_size}")
        self.history_size = history_size
        self.tolerance = tolerance
        self.max_trials = max_trials
        self._losses: list[float] = []

    def slot_groups(self):
        history = [(f"step_{number}", f"change_{number}") for number in range(self.history_size)]
        return [("base", "base_gradient", "direction"), *history]

    def add_own_variables(self):
        self._search = self.add_variable((10,), name="line_search", dtype="float64")
        self._search.value.fill(0)  # also where the optimizer is built again, for other weights

    @property
    def converged(self) -> bool:
        """Whether the gradient has fallen below ``tolerance``."""
        return self.built and bool(self._search.value[DONE])

    def observe(self, loss):
        self._losses.append(loss)

    def begin_update(self):
        """Judges the point at which loss and gradients were computed, and goes to the next."""
        if not self._losses:
            raise ValueError(f"The optimizer {self.name!r} (LBFGS) needs the loss besides the gradients: use fit.")
        loss = sum(self._losses) / len(self._losses)
        self._losses.clear()
        search, slots = self._search.value, self._slots
        values, gradients = self.parameters.values, self.parameters.gradients
        if search[DONE]:
            return
        if not search[STARTED]:
            search[STARTED], search[PAIRS] = 1, 0
            self._accept(loss, values, gradients, first=True)
        elif search[AT_BASE]:  # fit ended there; the trial that was to come comes now
            search[AT_BASE] = 0
        elif not np.isfinite(loss) or loss > search[LOSS] + SUFFICIENT * search[STEP] * search[SLOPE]:
            search[HIGH] = search[STEP]
            self._next_trial()
        elif _dot(gradients, slots["direction"]) < CURVATURE * search[SLOPE]:
            search[LOW] = search[STEP]
            self._next_trial()
        else:
            self._accept(loss, values, gradients)
        if search[DONE]:
            values[...] = slots["base"]
        else:
            np.multiply(slots["direction"], values.dtype.type(search[STEP]), out=values)
            values += slots["base"]

    def update(self, values, gradients, slots, learning_rate, decay):
        """Nothing is left to do: :meth:`begin_update` works on all weights at once."""

    def finalize_variable_values(self, var_list):
        if self.built and self._search.value[STARTED] and not self._search.value[DONE]:
            self.parameters.values[...] = self._slots["base"]
            self._search.value[AT_BASE] = 1

    def _next_trial(self) -> None:
        search = self._search.value
        search[TRIALS] += 1
        if search[TRIALS] >= self.max_trials:
            if search[PAIRS] == 0:  # not even the gradient leads down: the loss is as low as its rounding lets it be
                search[DONE] = 1
                return
            search[PAIRS] = 0
            self._turn(first=True)
            return
        low, high = search[LOW], search[HIGH]
        search[STEP] = 2 * low if np.isinf(high) else (low + high) / 2

    def _accept(self, loss: float, values: np.ndarray, gradients: np.ndarray, first: bool = False) -> None:
        search, slots = self._search.value, self._slots
        if not first:
            self._remember(values - slots["base"], gradients - slots["base_gradient"])
        slots["base"][...] = values
        slots["base_gradient"][...] = gradients
        search[LOSS] = loss
        if np.abs(gradients).max(initial=0) <= self.tolerance:
            search[DONE] = 1
            return
        self._turn(first)

    def _remember(self, step: np.ndarray, change: np.ndarray) -> None:
        """Adds a pair at the end of the history, unless the loss curves the wrong way along it."""
        if not _dot(step, change) > np.finfo(step.dtype).eps * _dot(change, change):
            return
        search, slots = self._search.value, self._slots
        if search[PAIRS] == self.history_size:
            for number in range(1, self.history_size):
                slots[f"step_{number - 1}"][...] = slots[f"step_{number}"]
                slots[f"change_{number - 1}"][...] = slots[f"change_{number}"]
        else:
            search[PAIRS] += 1
        last = int(search[PAIRS]) - 1
        slots[f"step_{last}"][...], slots[f"change_{last}"][...] = step, change

    def _turn(self, first: bool = False) -> None:
        """Begins a line search along a new direction."""
        search, slots = self._search.value, self._slots
        gradients, direction = slots["base_gradient"], slots["direction"]
        pairs = [(slots[f"step_{number}"], slots[f"change_{number}"]) for number in range(int(search[PAIRS]))]
        direction[...] = -gradients
        shares = []
        for step, change in reversed(pairs):
            shares.append(_dot(step, direction) / _dot(step, change))
            direction -= direction.dtype.type(shares[-1]) * change
        if pairs:
            step, change = pairs[-1]
            direction *= direction.dtype.type(_dot(step, change) / _dot(change, change))
        for (step, change), share in zip(pairs, reversed(shares), strict=True):
            direction += direction.dtype.type(share - _dot(change, direction) / _dot(step, change)) * step
        search[SLOPE] = _dot(gradients, direction)
        search[LOW], search[HIGH], search[TRIALS] = 0, np.inf, 0
        size = np.abs(gradients).sum(dtype=np.float64)
        search[STEP] = min(1.0, 1.0 / size) if first and size else self._current_rate()

    def get_config(self):
        config = super().get_config()
        kept = {key: config[key] for key in ("name", "learning_rate", "gradient_accumulation_steps")}
        own = {"history_size": self.history_size, "tolerance": self.tolerance, "max_trials": self.max_trials}
        return {**kept, **own}


def _dot(left: np.ndarray, right: np.ndarray) -> float:
    """Returns the product in double precision; a product of BLAS would depend on the number of threads."""
    return float(np.multiply(left, right, dtype=np.float64).sum())
