"""Where data sets are looked for, and what is kept."""

import logging
import os
import socket
import sys
import types

import numpy as np
import pytest

from kerasnp.datasets import files, store

fetch = store.fetch  # before the fixture takes the network away


@pytest.fixture
def dataset(arrays):
    return store.Dataset(
        title="Small digits",
        openml="small_3",
        training_rows=5,
        checksum=files.checksum(arrays),
        other_way="draw them",
        idx_folder="small",
    )


@pytest.fixture
def openml(monkeypatch, arrays):
    """Stands for openml.org: float rows and text labels, and the names asked for."""
    asked = []

    def answer(name):
        asked.append(name)
        images = np.concatenate([arrays["x_train"], arrays["x_test"]]).reshape(-1, 784).astype(float)
        labels = np.concatenate([arrays["y_train"], arrays["y_test"]]).astype(str).astype(object)
        return images, labels

    monkeypatch.setattr(store, "fetch", answer)
    return asked


def put(folder, arrays):
    folder.mkdir(parents=True)
    files.write_npz(folder / "small.npz", arrays)


def test_cache_folders(monkeypatch):
    ours, keras = store.cache_folders()
    assert str(ours) == os.path.join(os.environ["KERASNP_HOME"], "datasets")
    assert str(keras) == os.path.join(os.environ["KERAS_HOME"], "datasets")
    monkeypatch.delenv("KERASNP_HOME")
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", "/somebody")
    monkeypatch.setenv("USERPROFILE", "/somebody")
    ours, keras = store.cache_folders()
    assert str(ours) == os.path.join("/somebody", ".kerasnp", "datasets")
    assert str(keras) == os.path.join("/somebody", ".keras", "datasets")


def test_our_cache_goes_before_keras(dataset, arrays):
    ours, keras = store.cache_folders()
    other = {**arrays, "y_test": arrays["y_test"] ^ np.uint8(1)}
    put(keras, other)
    assert np.array_equal(store.load(dataset, "small.npz")["y_test"], other["y_test"])
    put(ours, arrays)
    assert np.array_equal(store.load(dataset, "small.npz")["y_test"], arrays["y_test"])


def test_absolute_path(dataset, arrays, tmp_path):
    put(tmp_path / "elsewhere", arrays)
    read = store.load(dataset, str(tmp_path / "elsewhere" / "small.npz"))
    assert np.array_equal(read["x_train"], arrays["x_train"])


def test_download_is_checked_and_kept(dataset, arrays, openml, capsys):
    first = store.load(dataset, "small.npz")
    again = store.load(dataset, "small.npz")
    assert openml == ["small_3"]
    for key, array in arrays.items():
        assert first[key].dtype == np.uint8
        assert np.array_equal(first[key], array)
        assert np.array_equal(again[key], array)
    ours, keras = store.cache_folders()
    assert [path.name for path in ours.iterdir()] == ["small.npz"]
    assert not keras.exists()
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1
    assert said[0].startswith("Downloading Small digits")


def test_other_data_from_the_network_are_refused(dataset, arrays, openml, quiet):
    arrays["x_train"][0, 0, 0] ^= 1
    with pytest.raises(ValueError, match=r"'small_3' is not Small digits as Keras has it: SHA-256 \w+, expected \w+"):
        store.load(dataset, "small.npz")
    assert not store.cache_folders()[0].exists()


def test_a_broken_cached_file_is_not_replaced(dataset, arrays, openml):
    ours, _ = store.cache_folders()
    ours.mkdir(parents=True)
    (ours / "small.npz").write_bytes(b"half a file")
    with pytest.raises(ValueError, match=r"small\.npz.*is not a usable data set"):
        store.load(dataset, "small.npz")
    assert (ours / "small.npz").read_bytes() == b"half a file"
    assert openml == []


def test_a_cache_that_cannot_be_written_is_no_obstacle(dataset, arrays, openml, monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERASNP_HOME", str(tmp_path / "file"))
    assert np.array_equal(store.load(dataset, "small.npz")["x_test"], arrays["x_test"])
    assert "Small digits could not be kept" in capsys.readouterr().out


def test_without_a_network_the_error_names_three_ways(dataset, quiet, caplog):
    with caplog.at_level(logging.INFO, "kerasnp"), pytest.raises(store.DatasetUnavailableError) as info:
        store.load(dataset, "small.npz")
    message = str(info.value)
    assert "no network for small_3" in message
    for way in ("(1) run once with a network;", "(2) copy 'small.npz'", os.environ["KERASNP_HOME"], "(3) draw them."):
        assert way in message
    assert "Downloading Small digits" in caplog.text


def test_fetch_limits_the_wait_and_restores_the_setting(monkeypatch):
    seen = {}

    def fetch_openml(name, **options):
        seen.update(options, name=name, timeout=socket.getdefaulttimeout())
        return types.SimpleNamespace(data="rows", target="labels")

    monkeypatch.setitem(sys.modules, "sklearn.datasets", types.SimpleNamespace(fetch_openml=fetch_openml))
    before = socket.getdefaulttimeout()
    assert fetch("small_3") == ("rows", "labels")
    assert socket.getdefaulttimeout() == before
    assert seen["name"] == "small_3"
    assert seen["timeout"] == store.TIMEOUT <= 10
    assert seen["version"] == 1
    assert seen["as_frame"] is False
