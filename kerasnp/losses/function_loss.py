"""A user's function as a loss, and what ``compile(loss=...)`` makes of its argument."""

import numpy as np

from kerasnp import registry
from kerasnp.losses.base import Loss, get, register
from kerasnp.losses.probabilistic import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy


@register()
class LossFunctionWrapper(Loss):
    """A function ``fn(y_true, y_pred, **kwargs)``, returning one value a sample, as a loss.

    A model can be trained with it if the function has an attribute ``gradient``: a function of the same arguments that
    returns the derivative of each value by its predictions.

    Args:
        fn: the function.
        reduction, name, dtype: see :class:`~kerasnp.losses.base.Loss`.
        **kwargs: further arguments for ``fn``.
    """

    def __init__(self, fn, reduction="sum_over_batch_size", name=None, dtype=None, **kwargs):
        super().__init__(name, reduction, dtype)
        self.fn = fn
        self.settings = kwargs

    def call(self, y_true, y_pred) -> np.ndarray:
        return self.fn(y_true, y_pred, **self.settings)

    def gradient(self, y_true, y_pred) -> np.ndarray:
        gradient = getattr(self.fn, "gradient", None)
        if gradient is None:
            raise NotImplementedError(
                f"Loss {self.name!r} can be evaluated but not trained with: give the function an attribute `gradient`, "
                "a function (y_true, y_pred) that returns the derivative of each sample's value by its predictions, or "
                "write a subclass of Loss."
            )
        return gradient(y_true, y_pred, **self.settings)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "fn": registry.serialize_keras_object(self.fn),
            **registry.serialize_keras_object(self.settings),
        }

    @classmethod
    def from_config(cls, config: dict) -> "LossFunctionWrapper":
        return cls(**{**config, "fn": get(config["fn"])})


class ChosenCrossentropy(Loss):
    """The crossentropy that fits the shapes of targets and predictions, once they are known."""

    def for_shapes(self, y_shape, y_pred_shape) -> Loss:
        kinds = {
            "binary": BinaryCrossentropy,
            "sparse": SparseCategoricalCrossentropy,
            "categorical": CategoricalCrossentropy,
        }
        return kinds[kind_of_targets(y_shape, y_pred_shape)](name=self.name)

    def call(self, y_true, y_pred) -> np.ndarray:
        return self.for_shapes(np.shape(y_true), np.shape(y_pred)).call(y_true, y_pred)


def resolve(identifier) -> Loss | None:
    """Returns the :class:`Loss` that a user's ``loss`` argument means, where :func:`get` may return a function.

    Args:
        identifier: None, a name, a config dictionary, a class, a loss, or a function. ``"crossentropy"`` and ``"ce"``
            are chosen by the shapes, see :func:`kind_of_targets`.
    """
    named = isinstance(identifier, str)
    if named and identifier.lower() in ("crossentropy", "ce"):
        return ChosenCrossentropy(name=identifier)
    found = get(identifier)
    if found is None or isinstance(found, Loss):
        return found
    name = identifier if named else getattr(found, "__name__", None)
    if hasattr(found, "loss_class"):
        return found.loss_class(name=name)
    return LossFunctionWrapper(found, name=name)


def kind_of_targets(y_shape: tuple[int, ...], y_pred_shape: tuple[int, ...]) -> str:
    """Tells which sort of labels goes with predictions, as Keras does for ``"accuracy"`` and ``"crossentropy"``.

    Args:
        y_shape, y_pred_shape: shapes of targets and predictions, batch axis included.

    Returns:
        ``"binary"`` if there is one output; ``"sparse"`` if the targets have fewer axes than the predictions, or one
        column where those have several; else ``"categorical"``.
    """
    if y_pred_shape[-1] == 1:
        return "binary"
    if len(y_shape) < len(y_pred_shape) or y_shape[-1] == 1:
        return "sparse"
    return "categorical"
