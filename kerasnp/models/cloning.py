"""Models from other models and from JSON, with fresh weights."""

from collections.abc import Callable

from kerasnp import registry
from kerasnp.layers.base import Layer
from kerasnp.layers.core import InputLayer
from kerasnp.models.model import Model
from kerasnp.models.sequential import Sequential
from kerasnp.saving import FileFormatError, bounded_json
from kerasnp.saving.config_reading import mark_functional_models, read_model_config
from kerasnp.saving.errors import reading


def clone_model(
    model: Sequential,
    input_tensors=None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function=None,
    recursive: bool = False,
) -> Sequential:
    """Returns a model of the same structure with new layers and fresh weights; it is not compiled.

    Args:
        model: a Sequential.
        input_tensors: an ``Input`` to take the place of the model's; None keeps that.
        clone_function: makes the new layer from the old one, for every layer but the input; None copies its config.
        call_function: only None, as Keras has it for Sequential.
        recursive: whether ``clone_function`` is used for the layers of inner models, too, rather than for each inner
            model as a whole.

    Raises:
        ValueError: no Sequential, or an argument that is none of these.
    """
    if not isinstance(model, Sequential):
        raise ValueError(f"Expected `model` argument to be a `Sequential` model instance. Received: model={model}")
    if call_function is not None:
        raise ValueError(
            "`call_function` argument is not supported with Sequential models. "
            f"Received model of type {type(model).__name__!r}, with call_function={call_function}"
        )
    if clone_function is not None and not callable(clone_function):
        raise ValueError(
            f"Expected `clone_function` argument to be a callable. Received: clone_function={clone_function}"
        )
    clones: dict[int, Layer] = {}

    def clone(layer: Layer) -> Layer:
        if id(layer) not in clones:
            if recursive and isinstance(layer, Sequential):
                clones[id(layer)] = clone_model(layer, clone_function=clone_function, recursive=True)
            else:
                clones[id(layer)] = (clone_function or _from_config)(layer)
        return clones[id(layer)]

    layers = [clone(layer) for layer in model.layers]
    source = model._input if input_tensors is None else _only_input(input_tensors)
    if source is not None:
        layers.insert(0, InputLayer.from_config(source.get_config()))
    return Sequential(layers, trainable=model.trainable, name=model.name)


def _from_config(layer: Layer) -> Layer:
    return type(layer).from_config(layer.get_config())


def _only_input(tensors) -> InputLayer:
    [tensor] = tensors if isinstance(tensors, (list, tuple)) and len(tensors) == 1 else [tensors]
    if not isinstance(tensor, InputLayer):
        raise ValueError(f"Argument `input_tensors` must be one `Input`. Received invalid value: {tensors!r}")
    return tensor


def model_from_json(json_string: str, custom_objects: dict | None = None) -> Model:
    """Returns the model of a ``to_json`` of any Keras, with fresh weights; compiled if that model was.

    Args:
        json_string: the JSON.
        custom_objects: the user's own classes and functions by name, besides the registered ones.

    Raises:
        FileFormatError: no JSON, no model, or something that kerasnp lacks; the message says where.
    """
    with reading("json_string"), registry.custom_object_scope(custom_objects):
        config = bounded_json.parse(json_string, "json_string")
        model = registry.deserialize_keras_object(read_model_config(config, "json_string"))
        if not isinstance(model, Model):
            raise FileFormatError(f"json_string has a {type(model).__name__}, which is no model.")
        mark_functional_models(model, config)
        if config.get("compile_config"):
            model.compile_from_config(config["compile_config"])
    return model
