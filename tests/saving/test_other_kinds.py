"""What the command line and the loaders say of files that are none of Keras's, and of Keras's in other orders."""

import gzip
import pickle
import re

import h5py
import pytest

import kerasnp as keras
from kerasnp.__main__ import main
from kerasnp.saving import load_model


@pytest.mark.parametrize(
    ("content", "about"),
    [
        (b"", "It is empty."),
        (b"PK\x03\x04", "as if the file were cut short."),
        (b"\x89HDF\r\n\x1a\n", "damaged HDF5 file"),
        (b"something else", "so it is no file of Keras."),
        (b"{}", "neither a list of sharded weights"),
        (b"\0" * 100, "It begins with zeros"),
        (gzip.compress(b"model", mtime=0), "It is compressed"),
        (pickle.dumps({}), "It is a pickle"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"<!DOCTYPE html>", "It is a web page"),
        (b"\x93NUMPY\x01\0", "It is an array of NumPy."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_inspect_what_is_no_file_of_keras(tmp_path, capsys, content, about):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert main(["inspect", str(path)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("kerasnp: ")
    assert str(path) in printed.err
    assert about in printed.err


def test_files_of_tensorflow_are_called_so(tmp_path, capsys):
    (tmp_path / "saved_model.pb").touch()
    assert main(["inspect", str(tmp_path)]) == 1
    assert "It is a SavedModel of TensorFlow" in capsys.readouterr().err
    (tmp_path / "ckpt.index").touch()
    with pytest.raises(FileNotFoundError, match="a checkpoint of TensorFlow"):
        load_model(tmp_path / "ckpt")
    with pytest.raises(FileNotFoundError, match="reads local files only"):
        load_model("https://example.org/model.keras")


@pytest.mark.parametrize("name", ["m.h5", "m.weights.h5"])
def test_inspect_lists_arrays_in_the_order_of_the_model(tmp_path, capsys, name):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(5, name="z"), keras.layers.Dense(2, name="a")])
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as source, h5py.File(tmp_path / "m.weights.h5", "w") as target:
        for child in source["model_weights"]:
            source["model_weights"].copy(child, target)
        target.attrs["layer_names"] = source["model_weights"].attrs["layer_names"]
    assert main(["inspect", str(tmp_path / name)]) == 0
    assert re.search(r"(?s)  z[^\n]+\(3, 5\), \(5,\)\n  a[^\n]+\(5, 2\), \(2,\)\n", capsys.readouterr().out)
