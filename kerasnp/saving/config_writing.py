"""Model configs as we write them: the keys that every Keras 3 knows, and no others."""

import numpy as np

from kerasnp import registry

# Arguments and names that the first versions of Keras 3 do not know, with the values that are today's defaults.
_RECENT = {"loss_scale_factor": None, "gradient_accumulation_steps": None, "ignore_class": None}
_RECENT_OF = {
    **{name: {"axis": None} for name in ("Dice", "Tversky")},
    **{name: {"data_format": "channels_last"} for name in ("ZeroPadding1D", "RandomFlip", "RandomBrightness")},
    "Resizing": {"antialias": False},
    "RandomContrast": {"value_range": [0, 255], "data_format": "channels_last"},
    # They know "dtype", but cut fractions off predictions before they compare them with a threshold.
    **{name: {"dtype": "int32"} for name in ("IoU", "BinaryIoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU")},
}
_OLD_SHAPE = {"batch_shape": "batch_input_shape"}
_OLDEST_NAMES = {"Orthogonal": "OrthogonalInitializer"}


def write_model_config(model) -> dict:
    """Returns the config of a model as ``.keras`` files have it, with ``build_config`` and without compile arguments.

    Raises:
        ValueError: a class or function in it is not registered.
    """
    tagged = registry.serialize_keras_object(model)
    _add_build_config(model, tagged)
    return portable(tagged)


def write_legacy_model_config(model) -> dict:
    """Returns the config of a model as ``.h5`` files have it: no ``build_config``, and ``module`` where needed."""
    return _untagged(portable(registry.serialize_keras_object(model)))


def portable(value):
    """Returns data as JSON and every Keras 3 know it.

    Tuples and arrays become lists, NumPy's numbers Python's and seed generators their seeds; of built-in objects,
    recent arguments with their defaults are left out.
    """
    if isinstance(value, (list, tuple)):
        return [portable(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return portable(value.tolist())
    if not isinstance(value, dict):
        return value
    result = {str(key): portable(item) for key, item in value.items()}
    if "registered_name" in result and result["registered_name"] is None and isinstance(result.get("config"), dict):
        if result["class_name"] == "SeedGenerator":
            return result["config"]["seed"]  # Keras 3.3 takes no other seed from a file
        recent = {**_RECENT, **_RECENT_OF.get(result["class_name"], {})}.items()
        result["config"] = {key: item for key, item in result["config"].items() if (key, item) not in recent}
        result["class_name"] = _OLDEST_NAMES.get(result["class_name"], result["class_name"])
    return result


def _add_build_config(layer, tagged: dict) -> None:
    """Adds what the layer, and the layers in it, were built for."""
    shapes = layer.get_build_config()
    if shapes is not None:
        tagged["build_config"] = shapes
    inner = {child.name: child for child in getattr(layer, "layers", ())}
    entries = tagged["config"].get("layers") if isinstance(tagged.get("config"), dict) else None
    for entry in entries or () if inner else ():
        child = inner.get(entry["config"].get("name"))
        if child is not None:
            _add_build_config(child, entry)


def _untagged(tagged: dict) -> dict:
    settings = tagged["config"]
    if isinstance(settings, dict) and "layers" in settings:
        settings = {**settings, "layers": [_untagged(layer) for layer in settings["layers"]]}
    # The module says that it is no built-in class. Of layers without one Keras drops the axis: any number up to 3.8,
    # several axes and None since.
    if tagged["registered_name"] is not None or settings.get("axis", -1) not in (-1, [-1]):
        return {**tagged, "config": settings}
    if tagged["class_name"] == "InputLayer":  # Keras 2 knows this name alone, and Keras 3 both
        settings = {_OLD_SHAPE.get(key, key): value for key, value in settings.items()}
    return {"class_name": tagged["class_name"], "config": settings}
