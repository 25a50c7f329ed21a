"""Models for estimators: made by a function or copied, and compiled."""

import copy

from kerasnp import optimizers
from kerasnp.models import Model, clone_model


def make_model(source, X, y, arguments: dict | None) -> Model:
    """Returns a model for the data, with fresh weights.

    Args:
        source: a model, to be copied with its compile arguments, or a function ``source(X, y, **arguments)``.
        X, y: the data, for the function to see their shapes.
        arguments: more arguments of the function.

    Raises:
        TypeError: ``source`` is neither, or its function returns no model.
    """
    if isinstance(source, Model):
        model = clone_model(source)
        if source.compiled:
            compile_as(model, source)
        return model
    if not callable(source):
        raise TypeError(
            f"`model` must be a compiled model, or a function model(X, y, **model_kwargs) that returns one; received "
            f"{source!r}."
        )
    model = source(X=X, y=y, **(arguments or {}))
    if not isinstance(model, Model):
        raise TypeError(f"The function `model` must return a model; it returned a {type(model).__name__}.")
    return model


def compile_as(model: Model, other: Model, **changes) -> None:
    """Compiles a model with copies of the arguments of another one, some of them changed."""
    arguments = {name: value for name, value in other._compile_arguments.items() if name != "optimizer"}
    arguments = {**copy.deepcopy(arguments), "optimizer": fresh_optimizer(other.optimizer), **changes}
    model.compile(**arguments)


def fresh_optimizer(optimizer, settings: dict | None = None):
    """Returns an optimizer like the given one (or its name), without its state and with some settings changed.

    Raises:
        ValueError: the optimizer has no such setting.
    """
    optimizer = optimizers.get(optimizer)
    config = {**optimizer.get_config(), **(settings or {})}
    try:
        return type(optimizer).from_config(config)
    except (TypeError, ValueError) as error:
        raise ValueError(f"`optimizer_kwargs` {settings!r} do not fit {type(optimizer).__name__}: {error}") from error


def finish_model(model: Model, data_shape, optimizer, optimizer_kwargs: dict | None, loss, metrics) -> None:
    """Compiles a model as an estimator's parameters say, where they say anything, and builds it.

    Raises:
        RuntimeError: there is no loss, neither in the model nor among the parameters.
    """
    changes = {name: value for name, value in (("loss", loss), ("metrics", metrics)) if value is not None}
    if optimizer is not None or optimizer_kwargs:
        source = optimizer if optimizer is not None else (model.optimizer or "rmsprop")
        changes["optimizer"] = fresh_optimizer(source, optimizer_kwargs)
    if not model.compiled:
        model.compile(**copy.deepcopy(changes))
    elif changes:
        compile_as(model, model, **copy.deepcopy(changes))
    if model.loss_object is None:
        raise RuntimeError("Given model needs to be compiled, and have a loss and an optimizer.")
    model.ensure_built_for(data_shape)
