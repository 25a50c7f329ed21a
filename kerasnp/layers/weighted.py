"""What owns weights: making them, listing them, reading and writing them."""

import numpy as np

from kerasnp import constraints, initializers, regularizers
from kerasnp.variables import Variable, first_value


class Weighted:
    """The part of a layer that deals with its weights.

    A subclass sets ``name``, ``dtype``, ``built``, ``_trainable`` and the list ``_variables``.
    """

    name: str
    dtype: str
    built: bool
    _trainable: bool
    _variables: list[Variable]

    def add_weight(
        self,
        shape=None,
        initializer=None,
        dtype=None,
        trainable=True,
        regularizer=None,
        constraint=None,
        name=None,
        **_ignored,
    ) -> Variable:
        """Makes a weight and adds it to the layer.

        Args:
            shape: its shape; ``()`` or None for a scalar.
            initializer: object, name or config; None means glorot_uniform.
            dtype: None means the layer's.
            trainable: False for statistics and counters that no optimizer touches.
            regularizer, constraint: objects, names or configs.
            name: short name.
        """
        shape = tuple(shape or ())
        initializer = initializers.get("glorot_uniform" if initializer is None else initializer)
        dtype = dtype or self.dtype
        name = name or f"variable_{len(self._variables)}"
        variable = Variable(
            np.broadcast_to(np.asarray(first_value(shape, dtype, initializer)), shape),
            dtype=dtype,
            trainable=trainable,
            name=name,
            path=f"{self.name}/{name}",
            regularizer=regularizers.get(regularizer),
            constraint=constraints.get(constraint),
        )
        self._variables.append(variable)
        return variable

    @property
    def trainable(self) -> bool:
        """Whether training may change the weights; read at each call of fit or train_on_batch."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)

    @property
    def weights(self) -> list[Variable]:
        """All weights: first those made trainable, then the others, each in the order of creation."""
        trained = [variable for variable in self._variables if variable.trainable]
        return trained + [variable for variable in self._variables if not variable.trainable]

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes now: none if the layer is frozen."""
        return [variable for variable in self.weights if variable.trainable] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training does not change now."""
        return [variable for variable in self.weights if not (variable.trainable and self.trainable)]

    @property
    def variables(self) -> list[Variable]:
        """All weights, and the states of random generators."""
        return self.weights + [generator.state for generator in self._seed_generators()]

    @property
    def trainable_variables(self) -> list[Variable]:
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Variable]:
        known = {id(variable) for variable in self.trainable_variables}
        return [variable for variable in self.variables if id(variable) not in known]

    def _seed_generators(self) -> list:
        generator = getattr(self, "seed_generator", None)
        return [] if generator is None else [generator]

    def get_weights(self) -> list[np.ndarray]:
        """Returns copies of all weights, in the order of :attr:`weights`."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, weights) -> None:
        """Overwrites all weights; ``weights`` is a list as :meth:`get_weights` returns.

        Raises:
            ValueError: wrong number of arrays or wrong shapes; then nothing was changed.
        """
        variables = self.weights
        weights = [np.asarray(weight) for weight in weights]
        if len(weights) != len(variables):
            raise ValueError(
                f"set_weights on {self.name!r}: expected {len(variables)} arrays, received {len(weights)}."
            )
        for variable, weight in zip(variables, weights, strict=True):
            if variable.shape != weight.shape:
                raise ValueError(
                    f"set_weights on {self.name!r}: {variable.path!r} has shape {variable.shape}, "
                    f"received {weight.shape}."
                )
        for variable, weight in zip(variables, weights, strict=True):
            variable.assign(weight)

    def count_params(self) -> int:
        """Returns the number of scalars in all weights.

        Raises:
            ValueError: the layer is not built.
        """
        if not self.built:
            raise ValueError(f"Layer {self.name!r} has no weights yet: build it, or call it on data, first.")
        return sum(variable.value.size for variable in self.weights)
