"""``.keras`` archives: what we write, and what we make of archives that others wrote or packed again."""

import json
import os
import re
import zipfile

import numpy as np
import pytest

import kerasnp as keras
from kerasnp import layers, saving

MEMBERS = ["metadata.json", "config.json", "model.weights.h5"]


def mlp():
    return keras.Sequential([layers.Input((4,)), layers.Dense(5, activation="relu"), layers.Dense(3)], name="mlp")


@pytest.fixture
def path(tmp_path):
    mlp().save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


# -- writing ---------------------------------------------------------------------------------------


def test_layout(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == MEMBERS
        for member in archive.infolist():
            assert member.compress_type == zipfile.ZIP_STORED
            assert member.date_time == (1980, 1, 1, 0, 0, 0)
            assert member.external_attr >> 16 == 0o100600
        assert archive.testzip() is None


def test_metadata(path):
    metadata = json.loads(contents(path)["metadata.json"])
    assert re.fullmatch(r"3\.\d+\.\d+", metadata["keras_version"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d", metadata["date_saved"])
    assert metadata["kerasnp_version"] == keras.__version__


def test_the_config_has_no_more_than_every_keras_knows(path):
    config = json.loads(contents(path)["config.json"])
    assert sorted(config) == [
        "build_config",
        "class_name",
        "compile_config",
        "config",
        "module",
        "registered_name",
    ]
    assert config["compile_config"] == {}
    assert config["build_config"] == {"input_shape": [None, 4]}


def test_the_same_model_gives_the_same_bytes(tmp_path):
    model = mlp()
    for name in ("one.keras", "two.keras"):
        model.save(tmp_path / name)
    one, two = contents(tmp_path / "one.keras"), contents(tmp_path / "two.keras")
    assert [one[name] == two[name] for name in MEMBERS[1:]] == [True, True]


def test_the_folder_has_the_same_files(tmp_path):
    model = mlp()
    model.save(tmp_path / "model", zipped=False)
    model.save(tmp_path / "model.keras")
    assert sorted(os.listdir(tmp_path / "model")) == sorted(MEMBERS)
    for name in MEMBERS[1:]:
        assert (tmp_path / "model" / name).read_bytes() == contents(tmp_path / "model.keras")[name]


# -- reading ---------------------------------------------------------------------------------------


def test_packed_again(path):
    """With compression, in another order, with a folder and other files, behind something else."""
    expected = saving.load_model(path).get_weights()
    members = contents(path)
    pack(path, {"assets/": b"", "README.md": b"hello", **dict(reversed(members.items()))}, zipfile.ZIP_DEFLATED)
    assert all(map(np.array_equal, saving.load_model(path).get_weights(), expected))
    path.write_bytes(b"PK is how it must begin" + path.read_bytes())
    assert all(map(np.array_equal, saving.load_model(path).get_weights(), expected))


def test_without_metadata(path):
    members = contents(path)
    del members["metadata.json"]
    pack(path, members)
    assert saving.load_model(path).name == "mlp"


@pytest.mark.parametrize("name", MEMBERS[1:])
def test_a_missing_member_is_named(path, name):
    members = contents(path)
    pack(path, {key: value for key, value in members.items() if key != name} | {"model.weights.npz": b""})
    with pytest.raises(saving.FileFormatError, match=f"is a zip archive, .* but it has no member {name!r}"):
        saving.load_model(path)


def test_a_flipped_bit_is_found(path):
    """The checksums of the archive tell, even where the bit is one of a weight."""
    whole = bytearray(path.read_bytes())
    kernel = saving.load_model(path).get_weights()[0].tobytes()
    whole[whole.index(kernel) + 10] ^= 4
    path.write_bytes(whole)
    with pytest.raises(saving.FileFormatError, match=r"its member 'model\.weights\.h5' is damaged: .*CRC"):
        saving.load_model(path)


@pytest.mark.parametrize("left", [0.2, 0.9, 0.999])
def test_a_truncated_archive(path, left):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(left * len(whole))])
    with pytest.raises(saving.FileFormatError, match=f"'{re.escape(str(path))}'.*damaged zip archive"):
        saving.load_model(path)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("config.json", b"{", "config.json is no JSON"),
        ("config.json", b"[]", "config.json must be a JSON object"),
        ("config.json", b"{}", "config.json is no model"),
        ("config.json", b'{"class_name": "Model"}', "config.json"),
        ("config.json", b'{"a": 1, "a": 2}', "config.json has the name 'a' twice"),
        ("metadata.json", b"3.15.1", "metadata.json"),
        ("model.weights.h5", b"weights", "damaged HDF5 file"),
    ],
)
def test_members_that_are_not_what_they_should_be(path, name, content, reason):
    pack(path, contents(path) | {name: content})
    with pytest.raises(saving.FileFormatError, match=f"{re.escape(str(path))}.*{reason}"):
        saving.load_model(path)


def test_weights_of_another_model(path, tmp_path):
    wide = keras.Sequential([layers.Input((4,)), layers.Dense(6), layers.Dense(3)], name="wide")
    wide.save(tmp_path / "wide.keras")
    weights = contents(tmp_path / "wide.keras")["model.weights.h5"]
    pack(path, contents(path) | {"model.weights.h5": weights})
    with pytest.raises(saving.FileFormatError, match=r"(?s)do not fit model 'mlp'.*layers/dense/vars/0 .*\(4, 6\)"):
        saving.load_model(path)


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_links_in_a_folder_are_refused(tmp_path, name):
    mlp().save(tmp_path / "model", zipped=False)
    (tmp_path / "model" / name).rename(tmp_path / "elsewhere")
    (tmp_path / "model" / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(saving.FileFormatError, match=f"{name!r} is a link or something else that is no file"):
        saving.load_model(tmp_path / "model")


def test_other_folders(tmp_path):
    with pytest.raises(saving.FileFormatError, match=r"is a folder without 'config\.json'"):
        saving.load_model(tmp_path)
