"""Fashion-MNIST from the caches and from the system's package."""

import dataclasses
import gzip

import numpy as np
import pytest

from kerasnp.datasets import fashion_mnist, files, store


@pytest.fixture(autouse=True)
def system_folder(monkeypatch, tmp_path):
    folder = tmp_path / "system"
    changed = dataclasses.replace(fashion_mnist._FASHION_MNIST, system_folder=str(folder))
    monkeypatch.setattr(fashion_mnist, "_FASHION_MNIST", changed)
    return folder


def write_idx_files(folder, arrays):
    folder.mkdir(parents=True)
    for key, name in files.IDX_NAMES.items():
        array = arrays[key]
        header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        (folder / name).write_bytes(gzip.compress(header + array.tobytes()))


def test_order_of_the_places(arrays, system_folder):
    ours, keras = store.cache_folders()

    def numbered(label):
        return {**arrays, "y_test": np.full(3, label, np.uint8)}

    for label, folder in enumerate((system_folder, keras / "fashion-mnist", ours / "fashion-mnist")):
        write_idx_files(folder, numbered(label))
        assert fashion_mnist.load_data()[1][1][0] == label
    for label, folder in enumerate((keras, ours), start=3):
        files.write_npz(folder / "fashion_mnist.npz", numbered(label))
        assert fashion_mnist.load_data()[1][1][0] == label


def test_arrays(arrays, system_folder):
    write_idx_files(system_folder, arrays)
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    for array, key in ((x_train, "x_train"), (y_train, "y_train"), (x_test, "x_test"), (y_test, "y_test")):
        assert array.dtype == np.uint8
        assert np.array_equal(array, arrays[key])


def test_without_anything_the_error_names_three_ways(quiet):
    with pytest.raises(
        store.DatasetUnavailableError, match=r"Fashion-MNIST.*\(1\).*\(2\).*\(3\).*apt install dataset-fashion-mnist"
    ):
        fashion_mnist.load_data()
