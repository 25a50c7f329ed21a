"""Saving models and weights, in the format that the file's name asks for; a file is replaced in one step."""

import json
import os
import re
import warnings

import h5py

from kerasnp.saving import archive, hdf5_writing, legacy_h5, weights_h5
from kerasnp.saving.atomic import atomic_folder, atomic_write
from kerasnp.saving.config_writing import write_legacy_model_config, write_model_config
from kerasnp.saving.places import Model
from kerasnp.saving.training_config import write_compile_config, write_training_config

_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def save_model(
    model: Model, filepath: str | os.PathLike, overwrite: bool = True, zipped: bool | None = None, **kwargs
) -> None:
    """Writes a whole model: its config, its weights, the arguments of ``compile`` and the state of its training.

    Whatever happens on the way, ``filepath`` holds the old model or the new one, whole. Every Keras 3 that has the
    layers and arguments in it opens the file; up to 3.9 one that was trained with Nadam needs ``compile=False``,
    because its state was in another order then.

    Training goes on from the file bit by bit, the streams of dropout included, which Keras does not keep. No file holds
    what belongs to no model: the stream that shuffles (see :func:`kerasnp.utils.set_random_seed`), the metrics of a
    pass that is under way, and callbacks.

    Args:
        model: the model; one that is not built has no weights to save, which a warning says.
        filepath: where to; the name ends in ``.keras``, or in ``.h5`` or ``.hdf5`` for Keras's older format.
        overwrite: whether an existing file may be replaced. Keras asks at the terminal where this is False; we raise.
        zipped: False writes the parts of a ``.keras`` file into a folder called ``filepath``.
        **kwargs: ``include_optimizer=False`` leaves out the arguments of ``compile`` and the state of the training.
            ``save_format`` is deprecated; the name says it.

    Raises:
        ValueError: another ending, an unknown argument, or a class or function in the model that is not registered.
        FileExistsError: the file exists and ``overwrite`` is False.
        FileNotFoundError: the folder does not exist.
    """
    path = _local_path(filepath)
    include_optimizer = bool(kwargs.pop("include_optimizer", True))
    write = _writer(path, zipped, kwargs.pop("save_format", None))
    if kwargs:
        raise ValueError(f"The following argument(s) are not supported: {list(kwargs)}")
    _require_overwrite(path, overwrite)
    if not model.built:
        warnings.warn(
            "You are saving a model that has not yet been built. It might not contain any weights yet. Consider "
            "building the model first by calling it on some data.",
            stacklevel=3,
        )
    write(path, model, include_optimizer)


def save_weights(model: Model, filepath: str | os.PathLike, overwrite: bool = True, max_shard_size=None) -> None:
    """Writes all weights of a model, and the state of its training if there is one, to a ``.weights.h5`` file.

    The file is replaced in one step: whatever happens, ``filepath`` holds the old weights or the new ones.

    Args:
        model: a built model.
        filepath: where to write; the name must end in ``.weights.h5``.
        overwrite: whether an existing file may be replaced. Keras asks at the terminal where this is False; we raise.
        max_shard_size: only None: all weights go into one file. Files that Keras has split are read.

    Raises:
        ValueError: another ending, or the model is not built.
        FileExistsError: the file exists and ``overwrite`` is False.
        FileNotFoundError: the folder does not exist.
    """
    path = _local_path(filepath)
    if max_shard_size is not None:
        raise ValueError(f"kerasnp writes weights into one file; received max_shard_size={max_shard_size!r}.")
    if not path.endswith(".weights.h5"):
        raise ValueError(f"The filename must end in `.weights.h5`. Received: filepath={path}")
    if not model.built:
        raise ValueError(
            f"Cannot save weights: model {model.name!r} has not yet been built and has none. Build it first, by "
            "calling it on some data or by using `build()`."
        )
    _require_overwrite(path, overwrite)
    content = hdf5_writing.in_memory(lambda file: weights_h5.write(file, model))
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)


def _local_path(filepath: str | os.PathLike) -> str:
    path = os.fsdecode(filepath)
    if _REMOTE.match(path):
        raise ValueError(f"kerasnp writes local files only. Received: filepath={path}")
    return path


def _require_overwrite(path: str, overwrite: bool) -> None:
    if not overwrite and os.path.lexists(path):
        raise FileExistsError(f"{path!r} exists already. Pass overwrite=True to replace it.")


def _writer(path: str, zipped: bool | None, save_format: str | None):
    """Returns the function that writes the format which the name asks for."""
    named = path.endswith((".keras", ".h5", ".hdf5"))
    if save_format:
        advice = "The `save_format` argument is deprecated in Keras 3. "
        if not named:
            raise ValueError(
                f"{advice}Please remove this argument and pass a file path with either `.keras` or `.h5` extension. "
                f"Received: save_format={save_format}"
            )
        warnings.warn(
            f"{advice}We recommend removing this argument as it can be inferred from the file path. "
            f"Received: save_format={save_format}",
            stacklevel=4,
        )
    if zipped is False:
        if path.endswith(".keras"):
            raise ValueError(
                "When using `zipped=False`, the `filepath` argument should not end in `.keras`. "
                f"Received: filepath={path}"
            )
        return _write_folder
    if not named:
        raise ValueError(
            "Invalid filepath extension for saving. Please add either a `.keras` extension for the native Keras format "
            f"(recommended) or a `.h5` extension. Received: filepath={path}."
        )
    return _write_archive if path.endswith(".keras") else _write_legacy


def _write_archive(path: str, model: Model, include_optimizer: bool) -> None:
    contents = _members(model, include_optimizer)
    with atomic_write(path) as temporary:
        archive.write_zip(temporary, contents)


def _write_folder(path: str, model: Model, include_optimizer: bool) -> None:
    contents = _members(model, include_optimizer)
    with atomic_folder(path, contents) as temporary:
        archive.write_folder(temporary, contents)


def _members(model: Model, include_optimizer: bool) -> dict:
    config = write_model_config(model)
    config["compile_config"] = write_compile_config(model) if include_optimizer else {}
    return archive.members(config, lambda file: weights_h5.write(file, model, include_optimizer))


def _write_legacy(path: str, model: Model, include_optimizer: bool) -> None:
    attributes = {"model_config": write_legacy_model_config(model)}
    training_config = write_training_config(model) if include_optimizer else {}
    if training_config:
        attributes["training_config"] = training_config

    def write(file: h5py.File) -> None:
        for name, value in attributes.items():
            file.attrs[name] = json.dumps(value).encode()
        legacy_h5.write(file, model, archive.KERAS_VERSION, include_optimizer)

    content = hdf5_writing.in_memory(write)
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)
