"""Loading models and weights: what a file is shows in its content, not in its name."""

import os
import warnings

import numpy as np

from kerasnp import registry, variables
from kerasnp.saving.config_reading import mark_functional_models, read_model_config
from kerasnp.saving.errors import FileFormatError, UnusableStateError
from kerasnp.saving.model_file import Kind, ModelFile, open_model_file
from kerasnp.saving.optimizer_state import read_optimizer_state
from kerasnp.saving.places import Model
from kerasnp.saving.plan import Plan
from kerasnp.saving.stored import Stored
from kerasnp.saving.training_config import read_compile_config
from kerasnp.saving.weights_h5 import seed_generators
from kerasnp.variables import Variable

Assignments = list[tuple[Variable, np.ndarray]]


def load_model(
    filepath: str | os.PathLike, custom_objects: dict | None = None, compile: bool = True, safe_mode: bool = True
) -> Model:
    """Returns the model in a file that kerasnp or any Keras wrote: ``.keras`` (or its folder), or the older ``.h5``.

    The model predicts and trains on as the one that was saved. No file can run code, whatever it holds: names in it
    find only what the library has, what the user registered and ``custom_objects``.

    Args:
        filepath: the file, whatever its name.
        custom_objects: the user's own classes and functions by name, besides the registered ones.
        compile: whether to compile the model if the saved one was, and to take up the state of its training.
        safe_mode: without effect; what Keras's safe mode forbids is never possible.

    Raises:
        FileNotFoundError: no such file.
        FileFormatError: the file is damaged, unsafe, or has something that kerasnp lacks; the message says where.
    """
    remarks: list[str] = []
    with open_model_file(filepath) as stored, registry.custom_object_scope(custom_objects):
        if stored.config is None:
            raise FileFormatError("it has weights alone. Make the model and call its load_weights().")
        _require_weights(stored)
        model = _make_model(stored)
        if model.built:
            remarks += _fill(model, stored)
        elif stored.weights.arrays():
            raise FileFormatError("it has weights, but does not say for inputs of which shape.")
        if compile and _compile(model, stored) and model.built:
            state, unusable = _read_state(model, stored)
            remarks += unusable
            for variable, value in state:
                variable.assign(value)
    for remark in remarks:
        warnings.warn(remark, stacklevel=2)
    return model


def load_weights(
    model: Model, filepath: str | os.PathLike, skip_mismatch: bool = False, by_name: bool | None = None
) -> None:
    """Reads weights into a model from a file that kerasnp or any Keras wrote, one of weights or of a whole model.

    Every place is checked first; either all weights are loaded or none is changed. The optimizer's state comes along if
    the model is compiled and the file has a state that fits; otherwise the optimizer stays as it is, with a warning if
    the file has one that does not fit. Layers of the file that the model lacks cause a warning.

    Args:
        model: a built model.
        filepath: the file, whatever its name: ``.weights.h5``, ``.weights.json``, ``.keras`` or ``.h5``.
        skip_mismatch: loads the layers that fit, each whole or not at all, and warns about the others.
        by_name: takes the weights of layers that have the same name; only for the older ``.h5``.

    Raises:
        FileFormatError: the file does not fit the model (the message is a table of what was expected and what was
            found), is of another kind or damaged, or contains something that weights files never do.
        ValueError: the model is not built.
        FileNotFoundError: no such file.
    """
    if not model.built:
        raise ValueError(
            f"Cannot load weights: model {model.name!r} has not yet been built and has none. Build it first, by "
            "calling it on some data or by using `build()`."
        )
    remarks: list[str] = []
    with open_model_file(filepath, "weights") as stored:
        _require_weights(stored)
        plan = stored.weights.plan(model, bool(by_name))
        if plan.mismatches and not skip_mismatch:
            raise _misfit(model, stored, plan)
        if plan.mismatches:
            remarks.append(f"Skipped what does not fit model {model.name!r} in {stored.path!r}.\n{plan.table()}")
        if plan.unknown:
            remarks.append(f"{stored.path!r} has layers that model {model.name!r} lacks: {', '.join(plan.unknown)}.")
        values = plan.read()
        state = _read_seeds(model, stored)
        if model.optimizer is not None:
            optimizer_state, unusable = _read_state(model, stored)
            state += optimizer_state
            remarks += unusable
    plan.assign(values)
    for variable, value in state:
        variable.assign(value)
    for remark in remarks:
        warnings.warn(remark, stacklevel=3)


def _require_weights(stored: ModelFile) -> None:
    if stored.kind is Kind.ARCHITECTURE:
        what = f"{stored.path!r} is {stored.kind.value}"
        raise FileFormatError(f"{what}; models.model_from_json() makes the model of such a text.", stored.path)


def _make_model(stored: ModelFile) -> Model:
    """Makes the model of a config, its weights without values: they come from the file and are not larger than it."""
    config = read_model_config(stored.config, stored.config_place, stored.keras_version)
    with variables.unfilled(sum(array.size for array in stored.weights.arrays())):
        model = registry.deserialize_keras_object(config)
    if not all(hasattr(model, name) for name in ("layers", "compile", "ensure_optimizer_built")):
        raise FileFormatError(f"{stored.config_place} has a {type(model).__name__}, which is no model.")
    mark_functional_models(model, stored.config)
    return model


def _fill(model: Model, stored: ModelFile) -> list[str]:
    """Gives a new model its weights, array by array: if one is damaged, nobody has seen the model yet."""
    plan = stored.weights.plan(model)
    if plan.mismatches:
        raise _misfit(model, stored, plan)
    missing = plan.missing(model.weights)
    if missing:
        raise FileFormatError(f"it has no values for {', '.join(missing)}.")
    plan.read_and_assign()
    for variable, value in _read_seeds(model, stored):
        variable.assign(value)
    return [f"{stored.path!r} has layers that its model lacks: {', '.join(plan.unknown)}."] if plan.unknown else []


def _compile(model: Model, stored: ModelFile) -> bool:
    """Compiles a model as the saved one was, if it was; tells which."""
    try:
        arguments = read_compile_config(stored.compile_config, stored.compile_place)
        if arguments is None:
            return False
        model.compile(**arguments)
    except FileFormatError:
        raise
    except (ValueError, TypeError) as error:
        advice = "The model can be loaded without it, with compile=False."
        raise FileFormatError(f"{stored.compile_place}: {error} {advice}") from error
    return True


def _misfit(model: Model, stored: ModelFile, plan: Plan) -> FileFormatError:
    return FileFormatError(
        f"{stored.path!r} is {stored.kind.value}; its weights do not fit model {model.name!r}; none was loaded.\n"
        f"{plan.table()}",
        stored.path,
    )


def _read_state(model: Model, stored: ModelFile) -> tuple[Assignments, list[str]]:
    """Returns the optimizer's variables with their values, if the file has such that fit, and what there is to say."""
    entries = None
    try:
        entries = stored.weights.optimizer_state()
        if entries is None:
            return [], []
        model.ensure_optimizer_built()
        values = read_optimizer_state(entries, model.optimizer, "the state")
    except UnusableStateError as error:
        if entries is not None and _is_fresh(entries):
            return [], []
        remark = (
            f"The optimizer state in {stored.path!r} does not fit the optimizer {model.optimizer.name!r} of model "
            f"{model.name!r}, which stays as it is ({error})"
        )
        return [], [remark]
    return list(zip(model.optimizer.variables, values, strict=True)), []


def _is_fresh(entries: list[tuple[str, Stored]]) -> bool:
    """Tells whether all there is are iteration and learning rate: Keras saves no more of a model that never trained."""
    return len(entries) <= 2 and all(array.shape == () for _, array in entries)


def _read_seeds(model: Model, stored: ModelFile) -> Assignments:
    """Returns the state of the model's streams of random numbers, where the file has it."""
    states = [generator.state for generator in seed_generators(model)]
    found = stored.weights.seeds()
    if [array.shape for array in found] != [state.shape for state in states]:
        return []
    return [
        (state, np.asarray(array))
        for state, array in zip(states, found, strict=True)
        if array.fits(state.shape, state.dtype)
    ]
