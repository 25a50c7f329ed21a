"""A small good model in every container that Keras has, in parts that a sample can spoil before they are written.

Containers are written from the description of the formats with json, zipfile and h5py alone, not with the code under
test. Run as a program it writes all hostile samples into a folder, to try other readers on:

    python tests/saving/hostile_files.py FOLDER
"""

import copy
import dataclasses
import json
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

# The containers, by the endings of their names.
MODELS = ("keras", "folder", "h5")  # with a config
ARCHIVES = ("keras", "folder")
WEIGHTS = ("keras", "folder", "h5", "weights.h5", "old.h5")  # with HDF5 content
CONFIGS = ("keras", "h5", "json")  # a folder differs from a `.keras` in nothing that concerns the config


def _layer(class_name: str, **settings) -> dict:
    return {"module": "keras.layers", "class_name": class_name, "config": settings, "registered_name": None}


CONFIG = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {
        "name": "victim",
        "trainable": True,
        "dtype": "float32",
        "layers": [
            _layer("InputLayer", batch_shape=[None, 4], dtype="float32", sparse=False, name="input"),
            _layer("Dense", name="hidden", units=5, activation="relu"),
            _layer("Dropout", name="drop", rate=0.5),
            _layer("Dense", name="out", units=3, activation="linear"),
        ],
        "build_input_shape": [None, 4],
    },
    "registered_name": None,
    "build_config": {"input_shape": [None, 4]},
}
COMPILED = {
    "optimizer": {
        "module": "keras.optimizers",
        "class_name": "Adam",
        "config": {"name": "adam", "learning_rate": 0.001},
        "registered_name": None,
    },
    "loss": "mse",
    "loss_weights": None,
    "metrics": ["mae"],
    "weighted_metrics": None,
    "run_eagerly": False,
    "steps_per_execution": 1,
    "jit_compile": False,
}
SHAPES = {"hidden": [(4, 5), (5,)], "out": [(5, 3), (3,)]}


@dataclasses.dataclass
class Spot:
    """The HDF5 part of a container, for a sample to change.

    Attributes:
        file: the file, open for writing.
        layer: the group of the first layer's weights.
        kernel: the dataset of its kernel; both as paths.
        owner: the group that lists the layers.
    """

    file: h5py.File
    layer: str
    kernel: str
    owner: str

    def replace(self, **declared) -> None:
        """Declares the kernel anew, with the arguments of ``create_dataset``."""
        del self.file[self.kernel]
        self.file.create_dataset(self.kernel, **declared)


class Draft:
    """The good model, in parts.

    Attributes:
        outside: a folder that no reader has business with; payloads point there.
        folder: where the file will be.
        config, compiled, metadata: what the JSON parts say.
        texts: texts of JSON parts to be written instead of those, by "config", "compiled" and "metadata".
        change_hdf5: called with the :class:`Spot` when all else is written.
        change_hdf5_bytes: called with the bytes of the HDF5 part, returns others.
        change_members: called with the dictionary of an archive's members.
        write_zip: called with a path and that dictionary to write the archive in a way of its own.
    """

    def __init__(self, outside: Path, folder: Path):
        self.outside, self.folder = outside, folder
        self.config, self.compiled = copy.deepcopy(CONFIG), copy.deepcopy(COMPILED)
        self.metadata = {"keras_version": "3.6.0", "date_saved": "2025-01-01@00:00:00"}
        self.texts: dict[str, str | bytes] = {}
        self.change_hdf5: Callable[[Spot], None] | None = None
        self.change_hdf5_bytes: Callable[[bytes], bytes] | None = None
        self.change_members: Callable[[dict], None] | None = None
        self.write_zip: Callable[[Path, dict], None] = _write_zip

    @property
    def layers(self) -> list:
        return self.config["config"]["layers"]

    def write(self, container: str) -> Path:
        """Writes one container and returns its path."""
        path = self.folder / f"sample.{container}"
        if container == "json":
            path.write_bytes(self._text("config"))
        elif container == "keras":
            self.write_zip(path, self._members())
        elif container == "folder":
            path.mkdir()
            for name, content in self._members().items():
                if "/" not in name and "\\" not in name and "\0" not in name:
                    (path / name).write_bytes(content)
        else:
            self._write_hdf5(path, container)
        return path

    def _members(self) -> dict[str, bytes]:
        weights = self.folder / "member.weights.h5"
        self._write_hdf5(weights, "keras")
        config = {**self.config, "compile_config": self.compiled}
        members = {
            "metadata.json": self._text("metadata"),
            "config.json": self._text("config", config),
            "model.weights.h5": weights.read_bytes(),
        }
        weights.unlink()
        if self.change_members:
            self.change_members(members)
        return members

    def _text(self, part: str, value=None) -> bytes:
        text = self.texts.get(part, json.dumps(getattr(self, part) if value is None else value))
        return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text

    def _write_hdf5(self, path: Path, container: str) -> None:
        with h5py.File(path, "w") as file:
            legacy = container in ("h5", "old.h5")
            spot = self._write_legacy(file, container) if legacy else _write_keras_3(file)
            if self.change_hdf5:
                self.change_hdf5(spot)
        if self.change_hdf5_bytes:
            path.write_bytes(self.change_hdf5_bytes(path.read_bytes()))

    def _write_legacy(self, file: h5py.File, container: str) -> Spot:
        owner = file
        if container == "h5":
            file.attrs["model_config"] = _attribute(self._text("config"))
            training = {key: value for key, value in self.compiled.items() if key != "optimizer"}
            training["optimizer_config"] = self.compiled.get("optimizer")
            file.attrs["training_config"] = _attribute(self._text("compiled", training))
            owner = file.create_group("model_weights")
        for group in {file, owner}:
            group.attrs["keras_version"], group.attrs["backend"] = b"3.6.0", b"tensorflow"
        owner.attrs["layer_names"] = [b"hidden", b"drop", b"out"]
        for name in ("hidden", "drop", "out"):
            layer = owner.create_group(name)
            weights = [f"victim/{name}/{weight}" for weight in ("kernel", "bias")][: len(SHAPES.get(name, ()))]
            layer.attrs["weight_names"] = [weight.encode() for weight in weights]
            for weight, shape in zip(weights, SHAPES.get(name, ()), strict=True):
                layer[weight] = np.full(shape, 0.5, np.float32)
        if container == "h5":
            slots = file.create_group("optimizer_weights")
            slots.attrs["weight_names"] = [f"adam/{index}".encode() for index in range(10)]
            for index, value in enumerate(_adam()):
                slots[f"adam/{index}"] = value
        layer = f"{owner.name.rstrip('/')}/hidden"
        return Spot(file, layer, f"{layer}/victim/hidden/kernel", owner.name)


def _attribute(text: bytes) -> bytes | np.bytes_:
    """Returns what h5py takes for a text of variable length, as Keras has it; zero bytes need one of fixed length."""
    return np.bytes_(text) if b"\0" in text else text


def _write_keras_3(file: h5py.File) -> Spot:
    for place, arrays in {
        "vars": [],
        "layers/dense/vars": [np.full(shape, 0.5, np.float32) for shape in SHAPES["hidden"]],
        "layers/dropout/vars": [],
        "layers/dense_1/vars": [np.full(shape, 0.5, np.float32) for shape in SHAPES["out"]],
        "optimizer/vars": _adam(),
    }.items():
        group = file.create_group(place)
        for index, array in enumerate(arrays):
            group[str(index)] = array
    return Spot(file, "/layers/dense", "/layers/dense/vars/0", "/layers")


def _adam() -> list[np.ndarray]:
    """Returns Adam's variables: step, rate and two slots for each weight."""
    slots = [np.full(shape, 0.25, np.float32) for shapes in SHAPES.values() for shape in shapes for _ in range(2)]
    return [np.int64(3), np.float32(0.001), *slots]


def _write_zip(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@dataclasses.dataclass(frozen=True)
class Sample:
    """One way to do harm.

    Attributes:
        name: the advisory, or in short what is wrong.
        containers: where it can appear.
        spoil: changes a draft.
        harmless: whether a reader may also ignore what is wrong, if it then has no effect.
        of_config: whether only the config is spoiled, which loading weights does not need.
    """

    name: str
    containers: tuple[str, ...]
    spoil: Callable[[Draft], None]
    harmless: bool = False
    of_config: bool = False

    def write(self, container: str, folder: Path, outside: Path) -> Path:
        draft = Draft(outside, folder)
        self.spoil(draft)
        return draft.write(container)


def fill_outside(folder: Path) -> None:
    """Puts files into a folder that samples point at."""
    folder.mkdir()
    (folder / "secret.bin").write_bytes(bytes(80))
    (folder / "secret.txt").write_text("one\ntwo\n")
    with h5py.File(folder / "secret.h5", "w") as file:
        _write_keras_3(file)
        file["0"] = np.ones((4, 5), np.float32)
    for name in ("sample_00000.weights.h5", "model.weights.h5"):
        (folder / name).write_bytes((folder / "secret.h5").read_bytes())


def main(folder: str) -> None:
    from hostile_samples import SAMPLES  # it imports this module

    target = Path(folder)
    target.mkdir(parents=True)
    fill_outside(target / "outside")
    for number, sample in enumerate(SAMPLES):
        for container in sample.containers:
            place = target / f"{number:03} {re.sub('[^A-Za-z0-9 .-]+', '_', sample.name)}"
            place.mkdir(exist_ok=True)
            print(sample.write(container, place, target / "outside"))


if __name__ == "__main__":
    main(*sys.argv[1:])
