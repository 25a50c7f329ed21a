"""What a file is, found by its content, and its parts under one name whatever it is."""

import contextlib
import enum
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kerasnp.saving import archive, assets, bounded_json, hdf5, other_kinds, shards
from kerasnp.saving.attributes import Attributes
from kerasnp.saving.errors import FileFormatError, reading
from kerasnp.saving.hdf5_bytes import find_superblock
from kerasnp.saving.legacy_h5 import MODEL_WEIGHTS, LegacyWeights
from kerasnp.saving.weights_h5 import OLD_LAYERS, Weights


class Kind(enum.Enum):
    """The kinds of files; the value describes one."""

    ARCHIVE = "a `.keras` archive"
    FOLDER = "a folder with an unpacked `.keras` archive"
    LEGACY_MODEL = "a whole model in Keras's older `.h5` format"
    LEGACY_WEIGHTS = "a weights file in Keras's older `.h5` format"
    WEIGHTS = "a weights file in the layout of Keras 3 (`.weights.h5`)"
    SHARDS = "a list of sharded weights (`.weights.json`)"
    ARCHITECTURE = "the architecture of a model as JSON, without weights"

    @property
    def has_model(self) -> bool:
        """Whether such a file has a model with its weights."""
        return self in (Kind.ARCHIVE, Kind.FOLDER, Kind.LEGACY_MODEL)


@dataclass
class ModelFile:
    """A file that is open for reading.

    Attributes:
        path: its name.
        kind: what it is.
        weights: its weights, of whichever layout.
        keras_version: of the Keras that wrote it; None if it does not say.
        writer: the backend, or another library that wrote it; None if it does not say.
        config: the config of the model as it stands in the file; None in a file of weights.
        compile_config: the arguments of ``compile`` as they stand in the file; None if the model was not compiled.
        config_place, compile_place: where they stand, for messages.
    """

    path: str
    kind: Kind
    weights: Weights | LegacyWeights
    keras_version: str | None = None
    writer: str | None = None
    config: dict | None = None
    compile_config: dict | None = None
    config_place: str = ""
    compile_place: str = ""


@contextlib.contextmanager
def open_model_file(path: str | os.PathLike, what: str = "model") -> Iterator[ModelFile]:
    """Opens a file of any kind for reading.

    Args:
        path: a file or a folder, whatever its name.
        what: what is looked for, for the message if there is no file.

    Raises:
        FileNotFoundError: no such file.
        FileFormatError: it is damaged, unsafe or of none of the kinds; also anything else that is wrong in the body.
    """
    path = os.fsdecode(path)
    with reading(path):
        if not os.path.exists(path):
            raise FileNotFoundError(f"No {what} file at {path!r}.{other_kinds.about_missing(path)}")
        opener = _opener(path)
        with opener(path) as model_file, reading(path, model_file.kind.value):
            yield model_file


def _opener(path: str) -> Callable[[str], contextlib.AbstractContextManager[ModelFile]]:
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        if not os.path.lexists(os.path.join(path, archive.CONFIG)):
            what = f"{path!r} is a folder without {archive.CONFIG!r}, so no unpacked model."
            raise FileFormatError(what + other_kinds.about_folder(path), path)
        return _open_folder
    if not stat.S_ISREG(mode):
        raise FileFormatError(f"{path!r} is no plain file.", path)
    with open(path, "rb") as file:
        start = file.read(other_kinds.LONGEST_START)
        is_hdf5 = find_superblock(file) is not None
    if start.startswith(b"PK"):
        return _open_archive
    if is_hdf5:
        return _open_hdf5
    if start.lstrip()[:1] == b"{":
        return _open_json
    what = f"{path!r} is not an HDF5 file and not a zip archive, so it is no file of Keras."
    raise FileFormatError(what + other_kinds.about_start(start), path)


@contextlib.contextmanager
def _open_archive(path: str) -> Iterator[ModelFile]:
    with open(path, "rb") as file:
        members = archive.ZipArchive(file)
        for name in (archive.CONFIG, archive.WEIGHTS):
            if name not in members:
                raise FileFormatError(
                    f"{path!r} is a zip archive, such as a `.keras` model, but it has no member {name!r}.", path
                )
        with _open_parts(path, Kind.ARCHIVE, members) as model_file:
            yield model_file


def _open_folder(path: str) -> contextlib.AbstractContextManager[ModelFile]:
    return _open_parts(path, Kind.FOLDER, archive.Folder(path))


@contextlib.contextmanager
def _open_parts(path: str, kind: Kind, parts: archive.ZipArchive | archive.Folder) -> Iterator[ModelFile]:
    metadata, config = archive.read_config(parts)
    writer = metadata.get("kerasnp_version")
    with parts.open(archive.WEIGHTS) as member, hdf5.open_hdf5(member) as file:
        assets.add_vocabularies(config, parts, file)
        yield ModelFile(
            path,
            kind,
            Weights([file]),
            keras_version=metadata.get("keras_version"),
            writer=f"kerasnp {writer}" if writer else None,
            config=config,
            compile_config=config.get("compile_config") or None,
            config_place=archive.CONFIG,
            compile_place=f"{archive.CONFIG}, compile_config",
        )


@contextlib.contextmanager
def _open_hdf5(path: str) -> Iterator[ModelFile]:
    with hdf5.open_hdf5(path) as root:
        yield _identify(path, root, Attributes(root))


@contextlib.contextmanager
def _open_json(path: str) -> Iterator[ModelFile]:
    with open(path, "rb") as file:
        content = bounded_json.parse(file.read(bounded_json.LARGEST + 1), "its content")
    if "class_name" in content:
        yield ModelFile(
            path,
            Kind.ARCHITECTURE,
            Weights([]),
            keras_version=content.get("keras_version"),
            writer=content.get("backend"),
            config=content,
            compile_config=content.get("compile_config"),
            config_place="its content",
            compile_place="compile_config",
        )
        return
    with shards.open_shards(path, content) as files:
        yield ModelFile(path, Kind.SHARDS, Weights(files))


def _identify(path: str, file: hdf5.Group, attributes: Attributes) -> ModelFile:
    """Tells the kinds of HDF5 files apart."""
    listed = attributes.has(file, "layer_names")
    if attributes.has(file, "model_config") or (MODEL_WEIGHTS in file and not listed):
        group = hdf5.subgroup(file, MODEL_WEIGHTS)
        if group is None:
            raise FileFormatError(f"{path!r} is {Kind.LEGACY_MODEL.value}, but it has no group {MODEL_WEIGHTS!r}.")
        weights = LegacyWeights(group, file, attributes)
        return ModelFile(
            path,
            Kind.LEGACY_MODEL,
            weights,
            keras_version=weights.keras_version,
            writer=weights.backend,
            config=_json_attribute(file, attributes, "model_config"),
            compile_config=_json_attribute(file, attributes, "training_config"),
            config_place="model_config",
            compile_place="training_config",
        )
    if listed:
        weights = LegacyWeights(file, file, attributes)
        return ModelFile(
            path, Kind.LEGACY_WEIGHTS, weights, keras_version=weights.keras_version, writer=weights.backend
        )
    if any(root in file for root in ("layers", OLD_LAYERS, "optimizer", "vars")):
        return ModelFile(path, Kind.WEIGHTS, Weights([file]))
    raise FileFormatError(f"{path!r} is an HDF5 file, but it holds no Keras weights.", path)


def _json_attribute(file: hdf5.Group, attributes: Attributes, name: str) -> dict | None:
    content = attributes.text(file, name)
    value = None if content is None else bounded_json.parse(content, name)
    if value is not None and not isinstance(value, dict):
        raise FileFormatError(f"{name} must be a JSON object.")
    return value
