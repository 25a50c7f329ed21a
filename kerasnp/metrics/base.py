"""The base of all metrics: numbers gathered over batches."""

from kerasnp import config, initializers, registry
from kerasnp.utils.naming import auto_name
from kerasnp.variables import Variable

metrics = registry.namespace("keras.metrics", "metric")
register, serialize, deserialize, get = metrics.register, metrics.serialize, metrics.deserialize, metrics.get

# The functions apart: in the namespace above, "binary_accuracy" is the class.
functions = registry.namespace("keras.metrics.functions", "metric function", snake=False)


@register()
class Metric:
    """A number over all batches since the last :meth:`reset_state`.

    A subclass makes its variables with :meth:`add_variable`, changes them in :meth:`update_state` and reads them in
    :meth:`result`.

    Args:
        dtype: number type of the variables, unless they say otherwise; None means ``config.floatx()``.
        name: the key in logs; None makes one from the class name.
    """

    # Whether steps that a mask marks as padding are left out. Keras does so for means of a function of two arguments.
    uses_mask: bool = False
    _direction: str  # "up" or "down", absent if unknown: which way is better, for callbacks with mode="auto"

    def __init__(self, dtype=None, name=None):
        self.name = name or auto_name(type(self))
        self.dtype = config.standardize_dtype(dtype)
        self._variables: list[Variable] = []

    def add_variable(self, shape, initializer, dtype=None, aggregation="sum", name=None) -> Variable:
        """Makes a variable and adds it to :attr:`variables`.

        Args:
            shape: ``()`` for a scalar.
            initializer: object, name or config.
            dtype: None means the metric's.
            aggregation: as in Keras, without effect here.
            name: short name.
        """
        name = name or f"variable_{len(self._variables)}"
        dtype = dtype or self.dtype
        value = initializers.get(initializer or "zeros")(tuple(shape), dtype=dtype)
        variable = Variable(value, dtype=dtype, trainable=False, name=name, path=f"{self.name}/{name}")
        self._variables.append(variable)
        return variable

    def add_weight(self, shape=(), initializer=None, dtype=None, name=None) -> Variable:
        """The older name of :meth:`add_variable`."""
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def variables(self) -> list[Variable]:
        """The variables of this metric and of the metrics that are its attributes."""
        parts = [part for part in vars(self).values() if isinstance(part, Metric)]
        return self._variables + [variable for part in parts for variable in part.variables]

    def update_state(self, *args, **kwargs) -> None:
        """Adds one batch."""
        raise NotImplementedError(f"{type(self).__name__} must define update_state.")

    def result(self):
        """Returns the number: a Python float for all built-in metrics."""
        raise NotImplementedError(f"{type(self).__name__} must define result.")

    def reset_state(self) -> None:
        """Sets all variables to zero."""
        for variable in self.variables:
            variable.value.fill(0)

    def __call__(self, *args, **kwargs):
        """Adds one batch and returns the number over all batches."""
        self.update_state(*args, **kwargs)
        return self.result()

    def get_config(self) -> dict:
        """Returns the arguments that make this metric again, as plain data."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict) -> "Metric":
        """Makes a metric from what :meth:`get_config` returned."""
        return cls(**config)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


def scalar(variable: Variable) -> float:
    """Returns the value of a variable of shape ``()`` as a Python float."""
    return float(variable.value.item())


def increase(variable: Variable, amount: float) -> None:
    """Adds to a variable of shape ``()``; by way of Python's numbers, which is ten times quicker than NumPy's."""
    variable.value[()] = variable.value.item() + float(amount)
