"""What owns weights: making them, listing them, reading and writing them."""

import numpy as np

from kerasnp import constraints, initializers, regularizers
from kerasnp.variables import Variable, first_value


class Weighted:
    """The part of a layer that deals with its weights.

    A subclass sets ``name``, ``dtype``, ``built``, ``_trainable`` and the list ``_variables``. The weights of the
    layers within it, as :meth:`inner_layers` lists them, are its own as well.
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

    def inner_layers(self) -> list:
        """Returns the layers that this one is made of, in the order in which their weights follow its own."""
        return []

    def leaf_layers(self) -> list:
        """Returns the layers whose equations compute this one's, in the order of computation: itself, or others."""
        return [self]

    @property
    def trainable(self) -> bool:
        """Whether training may change the weights; read at each call of fit or train_on_batch."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self.inner_layers():
            layer.trainable = value

    @property
    def weights(self) -> list[Variable]:
        """All weights: those made trainable, then the others, each in the order of creation; then those within."""
        trained = [variable for variable in self._variables if variable.trainable]
        fixed = [variable for variable in self._variables if not variable.trainable]
        return trained + fixed + [variable for layer in self.inner_layers() for variable in layer.weights]

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes now: none if the layer is frozen."""
        if not self.trainable:
            return []
        own = [variable for variable in self._variables if variable.trainable]
        return own + [variable for layer in self.inner_layers() for variable in layer.trainable_weights]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training does not change now."""
        if not self.trainable:
            return self.weights
        own = [variable for variable in self._variables if not variable.trainable]
        return own + [variable for layer in self.inner_layers() for variable in layer.non_trainable_weights]

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
        inner = [generator for layer in self.inner_layers() for generator in layer._seed_generators()]
        return inner if generator is None else [generator, *inner]

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
