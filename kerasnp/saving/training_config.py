"""Compile arguments in the files of every generation of Keras, both ways."""

import inspect
import warnings

from kerasnp import registry
from kerasnp.registry import find_namespace
from kerasnp.saving import older_names as older
from kerasnp.saving.config_writing import portable
from kerasnp.saving.errors import FileFormatError
from kerasnp.saving.object_reading import ObjectReader

_ARGUMENTS = {
    "loss": None,
    "loss_weights": None,
    "metrics": None,
    "weighted_metrics": None,
    "run_eagerly": False,
    "steps_per_execution": 1,
    "jit_compile": "auto",
}
_KNOWN = {*_ARGUMENTS, "optimizer", "optimizer_config", "sample_weight_mode", "auto_scale_loss", "from_serialized"}
_CHOSEN_BY_SHAPES = ("accuracy", "acc", "crossentropy", "ce")


def read_compile_config(config: dict | None, place: str = "compile_config", keras_version=None) -> dict | None:
    """Returns the arguments for ``compile`` in a file; None if the model was not compiled.

    They are names and configs in the form that the registry deserializes, and losses and metrics of the user's own as
    objects; ``compile(**arguments)`` belongs into the same ``custom_object_scope`` as this call.

    Args:
        config: the ``compile_config`` of a ``.keras`` file, or the ``training_config`` of an ``.h5`` file.
        place: where it stands, for messages.
        keras_version: unused so far: the forms tell themselves apart.

    Raises:
        FileFormatError: the message names the argument and the reason.
    """
    if not config:
        return None
    try:
        return _read(config, place)
    except FileFormatError as error:
        raise FileFormatError(f"{error} The model can be loaded without it, with compile=False.") from error


def _read(config: dict, place: str) -> dict:
    if not isinstance(config, dict):
        raise FileFormatError(f"{place} must be a dictionary; received {config!r}.")
    unknown = sorted(set(config) - _KNOWN)
    if unknown:
        raise FileFormatError(f"{place}: unknown key(s) {unknown}.")
    reader = ObjectReader()
    arguments = {key: default if config.get(key) is None else config[key] for key, default in _ARGUMENTS.items()}
    optimizer = config.get("optimizer", config.get("optimizer_config"))
    if optimizer is None:
        # Keras 3 forgets it in a `.keras` file that is saved after an `.h5` file.
        warnings.warn(f"{place} names no optimizer; the model gets Keras's default one, 'rmsprop'.", stacklevel=4)
        optimizer = "rmsprop"
    arguments["optimizer"] = _optimizer(reader, optimizer, f"{place}, 'optimizer'")
    arguments["loss"] = _loss(reader, _single(arguments["loss"], f"{place}, 'loss'"), f"{place}, 'loss'")
    arguments["loss_weights"] = _single(arguments["loss_weights"], f"{place}, 'loss_weights'")
    for key in ("metrics", "weighted_metrics"):
        if arguments[key] is not None:
            arguments[key] = list(_metrics(reader, arguments[key], f"{place}, {key!r}"))
    return arguments


def _optimizer(reader: ObjectReader, value, place: str):
    if isinstance(value, dict) and str(value.get("class_name")).startswith("LossScaleOptimizer"):
        # It keeps float16 gradients from vanishing; in float32 the inner one does the same steps.
        settings = value["config"]
        return _optimizer(reader, settings.get("inner_optimizer", settings.get("optimizer")), place)
    if isinstance(value, str):
        name = value.removeprefix("Custom>")
        _found(name, "keras.optimizers", place)
        return name
    if isinstance(value, dict) and isinstance(value.get("config"), dict):
        value = {**value, "config": _without_decay(value["config"], str(value.get("class_name")), place)}
    return reader.value(value, place, "keras.optimizers")


def _without_decay(settings: dict, class_name: str, place: str) -> dict:
    """Returns an optimizer's arguments as they are since 2.11, when ``decay`` went.

    Up to then ``decay`` made the learning rate ``rate / (1 + decay * iterations)``; Nadam had another use for it, which
    it still has under no name. And RMSprop without momentum and Adagrad divided by ``sqrt(v) + epsilon``, now it is
    ``sqrt(v + epsilon)``: with the square of epsilon the two agree but for v near that square.
    """
    settings = {key: value for key, value in settings.items() if not (key == "epsilon" and value is None)}
    if "decay" not in settings:
        return settings
    decay = settings.pop("decay")
    if class_name in ("RMSprop", "Adagrad") and not (settings.get("momentum") or settings.get("centered")):
        settings["epsilon"] = settings.get("epsilon", 1e-7) ** 2
    if decay and class_name != "Nadam":
        name = "lr" if "lr" in settings else "learning_rate"
        if not isinstance(settings.get(name), (int, float)):
            raise FileFormatError(f"{place}: decay={decay!r} goes with a number as rate, not {settings.get(name)!r}.")
        schedule = {"initial_learning_rate": settings[name], "decay_steps": 1, "decay_rate": decay}
        settings[name] = {"class_name": "InverseTimeDecay", "config": schedule}
    return settings


def _single(value, place: str):
    """Returns what is said of the only output, where Keras also takes a list or a dictionary of the outputs."""
    while isinstance(value, (list, dict)) and "class_name" not in value:
        if len(value) > 1:
            raise FileFormatError(f"{place} is said of {len(value)} outputs, {value!r}; kerasnp's models have one.")
        value = next(iter(value.values() if isinstance(value, dict) else value), None)
    return value


def _loss(reader: ObjectReader, value, place: str):
    if isinstance(value, str):
        return _named(value, "keras.losses", place)
    if isinstance(value, dict) and isinstance(value.get("config"), dict):
        settings = {key: item for key, item in value["config"].items() if (key, item) != ("reduction", "auto")}
        value = _unwrapped({**value, "config": settings}, "LossFunctionWrapper", "keras.losses", place)
    return _users_made(reader.value(value, place, "keras.losses"), "keras.losses")


def _metrics(reader: ObjectReader, value, place: str):
    """Yields the metrics of the only output."""
    if isinstance(value, dict) and "class_name" not in value:
        if len(value) > 1:
            raise FileFormatError(f"{place} is said of {len(value)} outputs, {value!r}; kerasnp's models have one.")
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _metrics(reader, item, place)
    elif isinstance(value, str):
        yield value if value.lower() in _CHOSEN_BY_SHAPES else _named(value, "keras.metrics", place)
    elif value is not None:
        value = _unwrapped(value, "MeanMetricWrapper", "keras.metrics", place)
        yield _users_made(reader.value(value, place, "keras.metrics"), "keras.metrics")


def _named(name: str, home: str, place: str):
    """Returns what a name means: for the library's own that name as it is today, for the user's the object.

    Metrics are made when the first data come; ``custom_objects`` are no longer known by then.
    """
    name = older.NAMES.get(home, {}).get(name, name)
    found = _found(name, home, place)
    return found if registry.get_registered_object(name) is found else name


def _found(name: str, home: str, place: str):
    try:
        return find_namespace(home).find(name)
    except ValueError as error:
        raise FileFormatError(f"{place}: {error}") from error


def _users_made(value, home: str):
    """Makes what the user's code takes part in; the rest stays a config."""
    settings = value.get("config") if isinstance(value, dict) else None
    users = settings is not None and (value.get("module") is None or "fn" in settings)
    return find_namespace(home).deserialize(value) if users else value


def _unwrapped(value: dict, wrapper: str, home: str, place: str) -> dict:
    """Returns a function in a wrapper as the class of the same name, which every Keras knows; a user's as it is."""
    settings = value.get("config")
    if value.get("class_name") != wrapper or not isinstance(settings, dict) or "fn" not in settings:
        return value
    function = settings["fn"]
    name = function.get("config") if isinstance(function, dict) else function
    if not isinstance(name, str):
        raise FileFormatError(f"{place}: a function is known by its name; received {function!r}.")
    rest = {key: item for key, item in settings.items() if key != "fn"}
    name = older.NAMES.get(home, {}).get(name, name)
    found = _found(name, home, place)
    found = getattr(found, "loss_class", found)
    if inspect.isclass(found) and registry.get_registered_object(name) is None:
        return {"module": home, "class_name": found.__name__, "config": rest, "registered_name": None}
    function = {"module": None, "class_name": "function", "config": name, "registered_name": name}
    return {**value, "config": {**rest, "fn": function}}


def write_compile_config(model) -> dict:
    """Returns the compile arguments of a model as ``.keras`` files have them; ``{}`` if it was never compiled.

    A loss or metric that has no name to be found by is left out, with a warning.
    """
    arguments = model._compile_arguments
    if arguments is None:
        return {}
    written = {"optimizer": portable(registry.serialize_keras_object(model.optimizer))}
    for key in _ARGUMENTS:
        written[key] = _written(arguments.get(key), key, model.name)
    return written


def write_training_config(model) -> dict:
    """Returns the compile arguments of a model as ``.h5`` files have them; ``{}`` if it was never compiled."""
    written = write_compile_config(model)
    if written:
        optimizer = written.pop("optimizer")
        written["optimizer_config"] = {key: optimizer[key] for key in ("class_name", "config")}
        written["loss"] = _spelled_out(written["loss"])
    return written


def _spelled_out(loss):
    """Returns a loss with its long name: of the short ones, such as "mse", no Keras 3 finds a loss in `.h5` files."""
    if isinstance(loss, str):
        return getattr(_found(loss, "keras.losses", "loss"), "__name__", loss)
    if isinstance(loss, dict) and "class_name" not in loss:
        return {output: _spelled_out(item) for output, item in loss.items()}
    return [_spelled_out(item) for item in loss] if isinstance(loss, list) else loss


def _written(value, key: str, model: str):
    if isinstance(value, (list, tuple)):
        return [_written(item, key, model) for item in value]
    if isinstance(value, dict) and "class_name" not in value:
        return {name: _written(item, key, model) for name, item in value.items()}
    if inspect.isclass(value):
        value = value()
    try:
        return portable(registry.serialize_keras_object(value))
    except ValueError:
        function = getattr(value, "_fn", getattr(value, "fn", value))  # of a wrapper as MeanMetricWrapper
        name = getattr(function, "__name__", "")
        if name.isidentifier():  # custom_objects can say again what it is
            return {"module": None, "class_name": "function", "config": name, "registered_name": name}
        warnings.warn(
            f"{key}={value!r} of model {model!r} has no name and is not written; compile again after loading.",
            stacklevel=2,
        )
        return None
