"""Using an optimizer by hand, as Keras allows it: gradients from anywhere, variables from anywhere."""

import warnings
from collections.abc import Iterable, MutableMapping

import numpy as np

from kerasnp.variables import Variable


class ManualUse:
    """The methods of Keras's optimizers that a training loop of your own calls."""

    def apply(self, grads, trainable_variables=None) -> None:
        """Changes variables by gradients: one step.

        Args:
            grads: one array for each variable; None leaves that variable as it is, with a warning.
            trainable_variables: the variables; they build the optimizer at the first call. None: all it was built for.

        Raises:
            ValueError: the optimizer is not built and no variables are given, a variable is unknown, the numbers of
                gradients and variables differ, or there is no gradient at all.
        """
        grads = list(grads)
        if not grads:
            return
        if trainable_variables is not None:
            variables = list(trainable_variables)
            if not self.built:
                self.build(variables)
        elif self.built:
            variables = self._trainable_variables
        else:
            raise ValueError(
                f"When passing `grads` without `variables`, the optimizer {self.name!r} must already be built on a "
                "list of variables. Call `optimizer.build(trainable_variables)` first."
            )
        if len(grads) != len(variables):
            raise ValueError(
                f"The gradients must match the variables one-to-one. Optimizer {self.name!r} received {len(grads)} "
                f"gradients for {len(variables)} variables."
            )
        found = [(variable, grad) for variable, grad in zip(variables, grads, strict=True) if grad is not None]
        if not found:
            raise ValueError(f"Optimizer {self.name!r}: no gradients provided for any variable.")
        if len(found) < len(grads):
            missing = [variable.path for variable, grad in zip(variables, grads, strict=True) if grad is None]
            warnings.warn(f"Gradients do not exist for variables {missing} when minimizing the loss.", stacklevel=2)
        self._apply({self._get_variable_index(variable): grad for variable, grad in found})

    def _apply(self, gradients: dict[int, np.ndarray]) -> None:
        """Runs one step on copies: the variables may live elsewhere than in ``self.parameters``."""
        owners = self._trainable_variables
        values = self.parameters.views(self.parameters.values)
        for owner, value in zip(owners, values, strict=True):
            value[...] = owner.value
        for index, view in enumerate(self.parameters.views(self.parameters.gradients)):
            gradient = np.asarray(gradients.get(index, 0.0))
            if index in gradients and gradient.shape != view.shape:
                raise ValueError(
                    f"The gradient of variable {owners[index].path!r} has the wrong shape: expected {view.shape}, "
                    f"received {gradient.shape}."
                )
            view[...] = gradient
        self._advance(sorted(gradients))
        for index, (owner, value) in enumerate(zip(owners, values, strict=True)):
            owner.value[...] = value
            if owner.constraint is not None and index in gradients:
                owner.value[...] = owner.constraint(owner.value)

    def apply_gradients(self, grads_and_vars: Iterable[tuple]) -> Variable:
        """As :meth:`apply`, from pairs (gradient, variable); returns the variable that counts steps."""
        grads, variables = zip(*grads_and_vars, strict=True)
        self.apply(grads, variables)
        return self._iterations

    def finalize_variable_values(self, var_list) -> None:
        """Ends training: with ``use_ema`` the variables get their moving averages."""
        if self.use_ema and self.built:
            averages = self.parameters.views(self._slots["average"])
            for variable in var_list:
                variable.assign(averages[self._get_variable_index(variable)])

    def swap_averages(self) -> None:
        """Exchanges the weights and their moving averages.

        Raises:
            ValueError: ``use_ema`` is not set, or the optimizer is not built.
        """
        averages = self._averages()
        weights = self.parameters.values.copy()
        self.parameters.values[...] = averages
        averages[...] = weights

    def restart_averages(self) -> None:
        """Sets the moving averages to the weights; see :meth:`swap_averages` for what is raised."""
        self._averages()[...] = self.parameters.values

    def _averages(self) -> np.ndarray:
        if not self.use_ema or not self.built:
            raise ValueError(
                f"The optimizer {self.name!r} has no moving averages of the weights: use_ema={self.use_ema}, "
                f"built={self.built}."
            )
        return self._slots["average"]

    def assign(self, variable: Variable, value) -> None:
        """Overwrites a variable in place."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value) -> None:
        """Adds to a variable in place."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value) -> None:
        """Subtracts from a variable in place."""
        variable.assign_sub(value)

    # -- state -------------------------------------------------------------------------------------

    @property
    def variables(self) -> list[Variable]:
        """The whole state, in the order of Keras's files.

        Iteration, learning rate (unless it is a schedule or a function), averages, gradient accumulators, slots. All
        may be assigned to.
        """
        rate = [self._learning_rate] if isinstance(self._learning_rate, Variable) else []
        return [self._iterations, *rate, *self._store.variables]

    @property
    def slots(self) -> list[str]:
        """What each of :attr:`variables` is, those after iteration and learning rate: "average", "momentum" ..."""
        return self._store.slots

    def set_weights(self, weights) -> None:
        """Overwrites the state with arrays in the order of :attr:`variables`.

        Raises:
            ValueError: the optimizer is not built, or number or shapes do not fit; then nothing was changed.
        """
        if not self.built:
            raise ValueError(
                f"set_weights() on the optimizer {self.name!r}, which is not built. Call "
                "`optimizer.build(trainable_variables)` first."
            )
        expected = [variable.shape for variable in self.variables]
        received = [np.shape(weight) for weight in weights]
        if expected != received:
            raise ValueError(f"set_weights() on the optimizer {self.name!r}: expected {expected}, received {received}.")
        for variable, weight in zip(self.variables, weights, strict=True):
            variable.assign(weight)

    def save_own_variables(self, store: MutableMapping) -> None:
        """Puts the state into ``store`` under "0", "1", ..."""
        for index, variable in enumerate(self.variables):
            store[str(index)] = variable.numpy()

    def load_own_variables(self, store: MutableMapping) -> None:
        """Takes the state from ``store``; if the number of arrays differs, warns and changes nothing."""
        variables = self.variables
        if len(store) != len(variables):
            warnings.warn(
                f"Skipping variable loading for optimizer {self.name!r}, because it has {len(variables)} variables "
                f"whereas the saved optimizer has {len(store)} variables.",
                stacklevel=2,
            )
            return
        for index, variable in enumerate(variables):
            variable.assign(store[str(index)])
