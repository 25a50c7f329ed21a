"""Model configs of every generation of Keras, turned into a Sequential in the form that the registry deserializes."""

import warnings

from kerasnp.saving.errors import FileFormatError
from kerasnp.saving.functional_chains import chain, layer_name
from kerasnp.saving.object_reading import ObjectReader
from kerasnp.saving.places import WAS_FUNCTIONAL

MOST_LAYERS = 10_000
_MODEL_KEYS = {"name", "trainable", "dtype", "layers", "build_input_shape", "input_layers", "output_layers"}


def read_model_config(config: dict, place: str, keras_version: str | None = None) -> dict:
    """Returns the config of a model in the form that the registry deserializes.

    The user's own classes are those that are registered and those of the open ``custom_object_scope``; their configs
    are handed on as they are.

    Args:
        config: a model: Sequential, or Functional if it is a plain chain, of any generation of Keras.
        place: where it stands, such as ``"config.json"``, for messages.
        keras_version: what the file says of the version of Keras that wrote it; None if it does not.

    Raises:
        FileFormatError: the message names the layer, the argument and the reason.
    """
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        raise FileFormatError(f"{place} is no model: expected the keys 'class_name' and 'config'.")
    reader = ModelReader(major_version(config, keras_version))
    result = reader.object(config, place, "keras")
    if reader.half:
        warnings.warn(
            f"{place}: {reader.half} layer(s) computed in half or mixed precision; kerasnp computes them in float32.",
            stacklevel=2,
        )
    return result


def functional_models(config: dict) -> frozenset[str]:
    """Returns the names of the Functional models within a model, which :func:`read_model_config` makes Sequentials.

    ``.weights.h5`` files name an inner model's place after its class: ``layers/functional_1/...``.

    Args:
        config: what :func:`read_model_config` has read.
    """
    names, waiting = set(), [config]
    while waiting:
        settings = waiting.pop().get("config")
        layers = settings.get("layers") if isinstance(settings, dict) else settings
        for layer in layers if isinstance(layers, list) else ():
            waiting.append(layer)
            if isinstance(layer.get("config"), dict) and "input_layers" in layer["config"]:
                names.add(layer_name(layer))
    return frozenset(names)


def mark_functional_models(model, config: dict) -> None:
    """Has the inner models of a model remember whether its config has them as Functional ones.

    Args:
        model: what was made of the config.
        config: what :func:`read_model_config` has read.
    """
    names, waiting = functional_models(config), [model]
    while waiting:
        for layer in waiting.pop().layers:
            if hasattr(layer, "layers"):
                setattr(layer, WAS_FUNCTIONAL, layer.name in names)
                waiting.append(layer)


def major_version(config: dict, version: str | None) -> int:
    """Returns 1, 2 or 3; where the file does not say it, by the form of its first layer."""
    version = version or config.get("keras_version")
    if version:
        return int(str(version).partition(".")[0])
    settings = config.get("config")
    layers = settings.get("layers") if isinstance(settings, dict) else settings
    first = layers[0].get("config") if isinstance(layers, list) and layers and isinstance(layers[0], dict) else None
    return 2 if isinstance(settings, list) or (isinstance(first, dict) and "batch_input_shape" in first) else 3


class ModelReader(ObjectReader):
    """Translates the models of one file, and the objects in them; see :class:`ObjectReader`."""

    def __init__(self, keras: int = 3):
        super().__init__(keras)
        self._layers = 0
        self._shared: dict[object, str] = {}

    def model(self, tagged: dict, place: str) -> dict:
        """Returns a Sequential, or a Functional that is a plain chain, as a Sequential."""
        settings = tagged.get("config")
        if isinstance(settings, list):  # Keras 1, and Keras 2 up to 2.2.2
            settings = {"layers": settings}
        if not isinstance(settings, dict):
            raise FileFormatError(f"{place}: 'config' must be a dictionary; received {settings!r}.")
        unknown = sorted(set(settings) - _MODEL_KEYS)
        if unknown:
            raise FileFormatError(f"{place}: unknown key(s) {unknown} in the config of the model.")
        layers = settings.get("layers")
        if not isinstance(layers, list):
            raise FileFormatError(f"{place}: 'layers' must be a list; received {layers!r}.")
        self._layers += len(layers)
        if self._layers > MOST_LAYERS:
            raise FileFormatError(f"{place}: more than {MOST_LAYERS:,} layers.")
        if "input_layers" in settings:
            layers = chain(settings, place)
        result = {key: settings[key] for key in ("name", "trainable") if settings.get(key) is not None}
        result["layers"] = [self._layer(layer, index, place) for index, layer in enumerate(layers)]
        shape = settings.get("build_input_shape") or (tagged.get("build_config") or {}).get("input_shape")
        if shape is not None:
            result["build_input_shape"] = self.value(shape, place)
        return {"module": "keras", "class_name": "Sequential", "config": result, "registered_name": None}

    def _layer(self, tagged, index: int, place: str) -> dict:
        if not isinstance(tagged, dict) or not isinstance(tagged.get("class_name"), str):
            raise FileFormatError(f"{place}, layer {index}: expected the keys 'class_name' and 'config'.")
        name = layer_name(tagged)
        place = f"{place}, layer {index}{'' if name is None else f' {name!r:.60}'} ({tagged['class_name']:.60})"
        shared = tagged.get("shared_object_id")
        if shared is not None and self._shared.setdefault(shared, place) is not place:
            raise FileFormatError(f"{place} is the same layer as {self._shared[shared]}; kerasnp shares no layers.")
        tagged = {key: item for key, item in tagged.items() if key not in ("inbound_nodes", "name", "shared_object_id")}
        result = self.value(tagged, place, "keras.layers")
        if not isinstance(result, dict):
            raise FileFormatError(f"{place} is no layer.")
        settings = tagged.get("config")
        if index == 0 and isinstance(settings, dict) and "batch_shape" not in result["config"]:
            shape = settings.get("batch_input_shape")
            if shape is not None:  # a first layer that says the model's input, where no InputLayer does
                result = {**result, "config": {**result["config"], "batch_input_shape": self.value(shape, place)}}
        return result
