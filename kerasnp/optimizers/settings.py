"""What the user sets on an optimizer: the arguments that all have in common, the learning rate, the config."""

import numbers
import re
import warnings
from collections.abc import Callable

import numpy as np

from kerasnp import config, registry
from kerasnp.optimizers import schedules
from kerasnp.optimizers.schedules import LearningRateSchedule
from kerasnp.utils.naming import auto_name
from kerasnp.variables import Variable

_FIXED_RATE = (
    "This optimizer instance was created with a {} as its `learning_rate`, hence its learning rate is not settable. If "
    "you need the learning rate to be settable, instantiate the optimizer with a float `learning_rate` argument."
)


class CurrentRate(float):
    """The learning rate now: a float that also has the methods scripts call on Keras's learning-rate variable."""

    def __new__(cls, value: float, optimizer: "Settings"):
        rate = super().__new__(cls, value)
        rate._optimizer = optimizer
        return rate

    def numpy(self) -> np.ndarray:
        """Returns the rate as a scalar array of the type it is kept in."""
        return np.asarray(float(self), config.floatx())

    def assign(self, value) -> None:
        """Sets the optimizer's learning rate."""
        self._optimizer.learning_rate = value

    def __reduce__(self):
        return float, (float(self),)


class Settings:
    """The arguments, the learning rate and the config that all optimizers share; see :class:`Optimizer`."""

    def __init__(
        self,
        learning_rate,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        **kwargs,
    ):
        learning_rate = _older_arguments(type(self).__name__, learning_rate, kwargs)
        self.name = auto_name(type(self)) if name is None else name
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self._check()
        self._iterations = Variable(0, "int64", trainable=False, name="iteration", path=f"{self.name}/iteration")
        self._learning_rate: Variable | Callable = self._rate_source(learning_rate)
        self._excluded: list[Variable] = []
        self._excluded_names: re.Pattern | None = None

    def _check(self) -> None:
        owner = type(self).__name__
        clips = {name: getattr(self, name) for name in ("clipnorm", "clipvalue", "global_clipnorm")}
        if sum(value is not None for value in clips.values()) > 1:
            received = ", ".join(f"{name}={value}" for name, value in clips.items())
            raise ValueError(
                f"{owner}: only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: {received}"
            )
        for name, value in clips.items():
            if value is not None and not value >= 0:
                raise ValueError(f"{owner}: `{name}` must not be negative. Received: {name}={value}")
        if self.loss_scale_factor is not None:
            raise ValueError(
                f"{owner}: `loss_scale_factor` serves float16 training, which kerasnp does not have: expected None, "
                f"received loss_scale_factor={self.loss_scale_factor}"
            )
        for name, least, wanted in (
            ("gradient_accumulation_steps", 2, True),
            ("ema_overwrite_frequency", 1, self.use_ema),
        ):
            value = getattr(self, name)
            if wanted and value and (not isinstance(value, numbers.Integral) or value < least):
                raise ValueError(f"{owner}: `{name}` must be an integer >= {least} or None. Received: {name}={value}")
        if self.use_ema and not 0 <= self.ema_momentum <= 1:
            raise ValueError(
                f"{owner}: `ema_momentum` must be in the range [0, 1]. Received: ema_momentum={self.ema_momentum}"
            )

    def _rate_source(self, rate) -> Variable | Callable:
        """Returns what the learning rate is read from: a variable for a number, else the schedule or function."""
        if callable(rate):
            return rate
        if isinstance(rate, bool) or not isinstance(rate, numbers.Real):
            raise ValueError(
                f"{type(self).__name__}: argument `learning_rate` should be float, or an instance of "
                "LearningRateSchedule, or a callable (that takes no arguments and returns the learning rate). "
                f"Received instead: learning_rate={rate!r}"
            )
        return Variable(
            float(rate), config.floatx(), trainable=False, name="learning_rate", path=f"{self.name}/learning_rate"
        )

    # -- learning rate and steps -------------------------------------------------------------------

    @property
    def iterations(self):
        """The number of steps taken: the variable ``iteration``, or with gradient accumulation the number of updates.

        Returns:
            A Variable (int64 scalar); an int if ``gradient_accumulation_steps`` is set.
        """
        if self.gradient_accumulation_steps:
            return self._updates()
        return self._iterations

    def _updates(self) -> int:
        """The number of updates of the weights so far."""
        return self._iterations.value.item() // (self.gradient_accumulation_steps or 1)

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step.

        It can be set to a number, unless it comes from a schedule or a function (then a TypeError), and to a schedule.
        """
        return CurrentRate(self._current_rate(), self)

    @learning_rate.setter
    def learning_rate(self, value) -> None:
        if callable(value):
            self._learning_rate = value
        elif isinstance(self._learning_rate, Variable):
            self._learning_rate.assign(value)
        else:
            schedule = isinstance(self._learning_rate, LearningRateSchedule)
            raise TypeError(_FIXED_RATE.format("`LearningRateSchedule` object" if schedule else "function"))

    def _current_rate(self) -> float:
        source = self._learning_rate
        if isinstance(source, Variable):
            return source.value.item()
        if isinstance(source, LearningRateSchedule):
            return float(np.asarray(source(self._iterations.value.item())))
        return float(np.asarray(source()))

    @property
    def lr(self) -> float:
        """Old name of :attr:`learning_rate`."""
        _warn_renamed(f"{type(self).__name__}.lr", stacklevel=3)
        return self.learning_rate

    @lr.setter
    def lr(self, value) -> None:
        _warn_renamed(f"{type(self).__name__}.lr", stacklevel=3)
        self.learning_rate = value

    # -- weight decay ------------------------------------------------------------------------------

    def exclude_from_weight_decay(self, var_list=None, var_names=None) -> None:
        """Spares some weights the weight decay; call it before the optimizer is built.

        Args:
            var_list: Variables to spare.
            var_names: regular expressions; a weight whose name has a match is spared: ``["bias"]`` spares all biases.

        Raises:
            ValueError: the optimizer is built.
        """
        if self.built:
            raise ValueError(
                f"`exclude_from_weight_decay()` of {self.name!r} can only be called before the optimizer is built."
            )
        self._excluded = list(var_list or ())
        self._excluded_names = re.compile("|".join(var_names)) if var_names else None

    def _decays(self, variable: Variable) -> bool:
        """Tells whether weight decay touches this weight."""
        named = self._excluded_names is not None and self._excluded_names.search(variable.name)
        return not named and not any(variable is excluded for excluded in self._excluded)

    # -- configuration -----------------------------------------------------------------------------

    def get_config(self) -> dict:
        """Returns the arguments that make this optimizer again, without its state, as plain data."""
        source = self._learning_rate
        if isinstance(source, Variable):
            rate = source.value.item()
        elif isinstance(source, LearningRateSchedule):
            rate = schedules.serialize(source)
        else:
            rate = registry.serialize_keras_object(source)
        return {
            "name": self.name,
            "learning_rate": rate,
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None):
        """Makes an optimizer from what :meth:`get_config` returned, or from the config of an older Keras."""
        config = {key: value for key, value in config.items() if key not in ("jit_compile", "is_legacy_optimizer")}
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = schedules.deserialize(config["learning_rate"], custom_objects)
        return cls(**config)


def _older_arguments(owner: str, learning_rate, kwargs: dict):
    """Takes ``lr`` and ``decay`` out of ``kwargs``, rejects anything else there, and returns the learning rate."""
    if "lr" in kwargs:
        _warn_renamed(f"{owner}(lr=...)", stacklevel=6)  # the line that calls the constructor of a rule
        learning_rate = kwargs.pop("lr")
    decay = kwargs.pop("decay", None)
    if decay:
        raise ValueError(
            f"{owner}: argument `decay` is no longer supported. For the same learning rates pass learning_rate="
            f"schedules.InverseTimeDecay({learning_rate}, decay_steps=1, decay_rate={decay}). Received: decay={decay}"
        )
    if kwargs:
        raise ValueError(f"{owner}: argument(s) not recognized: {kwargs}")
    return learning_rate


def _warn_renamed(old: str, stacklevel: int) -> None:
    warnings.warn(f"{old} is deprecated; use `learning_rate` instead.", UserWarning, stacklevel=stacklevel)
