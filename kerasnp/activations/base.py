"""What an activation is: an object that is called as in Keras and that layers run forward and backward."""

import inspect

import numpy as np

from kerasnp import kernels, registry
from kerasnp.kernels.activation import CODES, FORMULAS
from kerasnp.utils.arrays import as_floats

activations = registry.namespace("keras.activations", "activation function")
register = activations.register


class ActivationFunction:
    """A function from an array to one of the same shape, unless it says otherwise, and its derivative.

    Called as in Keras, ``activation(x)`` returns a new array. Layers use :meth:`forward` and :meth:`backward`, which
    write into arrays that they are handed, all C-contiguous, of one shape and of the number type of the kernels.

    Attributes:
        name: the name in configs.
        uses_input: whether backward needs the input ``x``. If not, forward may run in place.
    """

    uses_input = False

    def __init__(self, name: str, doc: str | None = None):
        self.name = self.__name__ = name
        self.__doc__ = inspect.cleandoc(doc or "")

    def output_shape(self, input_shape: tuple) -> tuple:
        """Returns the shape of the output; the last axis may be None."""
        return input_shape

    def forward(self, x: np.ndarray, y: np.ndarray, kernels) -> None:
        """Writes f(x) into ``y``, which may be ``x`` unless :attr:`uses_input`.

        Args:
            x: the input.
            y: where the output goes.
            kernels: the table of kernels.
        """
        raise NotImplementedError(f"Activation {self.name!r} defines no forward(x, y, kernels).")

    def backward(self, dy: np.ndarray, x: np.ndarray | None, y: np.ndarray | None, dx: np.ndarray, kernels) -> None:
        """Writes the gradient by the input into ``dx``, which may be ``dy``.

        Args:
            dy: gradient by ``y``.
            x: what forward read; may be None unless :attr:`uses_input`.
            y: what forward wrote; may be None if :attr:`uses_input`.
            dx: where the gradient by ``x`` goes.
            kernels: the table of kernels.
        """
        raise NotImplementedError(f"Activation {self.name!r} defines no backward(dy, x, y, dx, kernels).")

    def __call__(self, x) -> np.ndarray:
        x = as_floats(x)
        y = np.empty_like(x)
        self.forward(x, y, kernels.table(x.dtype))
        return y

    def gradient(self, x: np.ndarray, y: np.ndarray, dy) -> np.ndarray:
        """Returns the gradient by the input as a new array; ``x`` or ``y`` may be None as in :meth:`backward`."""
        dy = as_floats(dy)
        dx = np.empty_like(dy)
        self.backward(dy, x, y, dx, kernels.table(dy.dtype))
        return dx

    def __reduce__(self):
        # Copied and unpickled, a built-in activation is the same object: layers look for some of them.
        return get, (self.name,)

    def __repr__(self):
        return f"<activation {self.name}>"


class Elementwise(ActivationFunction):
    """An activation that works on single elements.

    Args:
        parametrize: a function with the activation's name and parameters, that returns the name of a formula in
            :mod:`kerasnp.kernels.activation` and the formula's parameters ``a, b, c``.
        *args, **kwargs: its arguments.
    """

    def __init__(self, parametrize, *args, **kwargs):
        super().__init__(parametrize.__name__, parametrize.__doc__)
        self.__signature__ = _with_input(inspect.signature(parametrize))
        self.parametrize = parametrize
        self._given = args, kwargs
        formula, *parameters = parametrize(*args, **kwargs)
        self.uses_input = FORMULAS[formula].uses_input
        self._arguments = CODES[formula], *(parameters + [0.0] * 3)[:3]

    @property
    def formula(self) -> tuple:
        """The name of a formula in :mod:`kerasnp.kernels.activation`, and its parameters."""
        args, kwargs = self._given
        return self.parametrize(*args, **kwargs)

    def with_parameters(self, *args, **kwargs) -> "Elementwise":
        """Returns the activation with other parameters than the default ones."""
        return Elementwise(self.parametrize, *args, **kwargs) if args or kwargs else self

    def forward(self, x, y, kernels):
        kernels.activation_forward(x.reshape(-1), *self._arguments, y.reshape(-1))

    def backward(self, dy, x, y, dx, kernels):
        values = x if self.uses_input else y
        kernels.activation_backward(dy.reshape(-1), values.reshape(-1), *self._arguments, dx.reshape(-1))

    def __call__(self, x, *args, **kwargs) -> np.ndarray:
        activation = self.with_parameters(*args, **kwargs)
        return super(Elementwise, activation).__call__(x)

    def __reduce__(self):
        return _restore, (self.name, *self._given)


def _with_input(signature: inspect.Signature) -> inspect.Signature:
    x = inspect.Parameter("x", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return signature.replace(parameters=[x, *signature.parameters.values()])


def _restore(name: str, args: tuple, kwargs: dict) -> Elementwise:
    return get(name).with_parameters(*args, **kwargs)


class UserActivation(ActivationFunction):
    """A user's callable as an activation.

    Training needs its attribute ``gradient(x, y, dy)``, which returns the gradient by ``x``.

    Args:
        function: any callable that returns an array of its argument's shape.
    """

    uses_input = True

    def __init__(self, function):
        super().__init__(getattr(function, "__name__", type(function).__name__), inspect.getdoc(function))
        self.name = f"<{self.__name__}>"  # a user's softmax is not to be taken for the built-in one
        self.function = function

    def forward(self, x, y, kernels):
        result = np.asarray(self.function(x))
        if result.shape != x.shape:
            raise ValueError(
                f"The activation function {self.__name__!r} must return an array of its input's shape {x.shape}; "
                f"received {result.shape}."
            )
        y[...] = result

    def backward(self, dy, x, y, dx, kernels):
        gradient = getattr(self.function, "gradient", None)
        if gradient is None:
            raise NotImplementedError(
                f"The activation function {self.__name__!r} cannot be trained through: give it an attribute "
                "`gradient`, a function (x, y, dy) that returns the gradient of the loss by x."
            )
        dx[...] = gradient(x, self.function(x) if y is None else y, dy)

    def __reduce__(self):
        return UserActivation, (self.function,)


def get(identifier) -> ActivationFunction:
    """Resolves a name, a config, an activation or a user's callable, also a layer; None means ``linear``."""
    if isinstance(identifier, dict) and identifier.get("module") == "keras.layers":
        found = registry.deserialize_keras_object(identifier)
    else:
        found = activations.get("linear" if identifier is None else identifier)
    return found if isinstance(found, ActivationFunction) else UserActivation(found)


def serialize(activation):
    """Returns the config form: the bare name, or a dictionary for a user's registered function."""
    return activations.serialize(getattr(activation, "function", activation))


def deserialize(config, custom_objects: dict | None = None) -> ActivationFunction:
    """Makes an activation from its config form."""
    with registry.custom_object_scope(custom_objects):
        return get(config)
