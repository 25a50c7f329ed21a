"""Reading npz and IDX files, whole and damaged."""

import gzip
import struct
import zipfile

import numpy as np
import pytest

from kerasnp.datasets import files


def same(first, second):
    return set(first) == set(second) and all(np.array_equal(first[key], second[key]) for key in first)


def write_idx(path, array, shape=None):
    shape = array.shape if shape is None else shape
    header = bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
    path.write_bytes(gzip.compress(header + array.tobytes()))


@pytest.fixture
def idx_folder(tmp_path, arrays):
    for key, name in files.IDX_NAMES.items():
        write_idx(tmp_path / name, arrays[key])
    return tmp_path


def test_npz_round_trip(tmp_path, arrays):
    files.write_npz(tmp_path / "a.npz", arrays)
    read = files.read_npz(tmp_path / "a.npz")
    assert same(read, arrays)
    assert all(array.dtype == np.uint8 and array.flags.writeable for array in read.values())


def test_broken_npz_is_named_and_left_alone(tmp_path, arrays):
    path = tmp_path / "a.npz"
    files.write_npz(path, arrays)
    content = path.read_bytes()
    turned = bytearray(content)
    turned[200] ^= 255
    for broken in (b"", content[:100], bytes(turned), b"<html>not found</html>"):
        path.write_bytes(broken)
        with pytest.raises(ValueError, match=r"a\.npz.*is not a usable data set.*delete it"):
            files.read_npz(path)
        assert path.read_bytes() == broken


def test_npz_with_pickled_arrays_is_refused(tmp_path, arrays):
    np.savez(tmp_path / "a.npz", **{**arrays, "y_test": np.array([1, "a", None], dtype=object)})
    with pytest.raises(ValueError, match="allow_pickle=False"):
        files.read_npz(tmp_path / "a.npz")


def test_npz_that_unpacks_to_gigabytes_is_refused(tmp_path, monkeypatch, arrays):
    files.write_npz(tmp_path / "a.npz", arrays)
    monkeypatch.setattr(files, "_LARGEST", 4000)
    with pytest.raises(ValueError, match="unpacks to more than 4000 bytes"):
        files.read_npz(tmp_path / "a.npz")


def test_npz_with_a_huge_declared_shape_is_refused(tmp_path, arrays):
    path = tmp_path / "a.npz"
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000000,), }\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x_train.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
    with pytest.raises(ValueError, match="is not a usable data set"):
        files.read_npz(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x_train": np.zeros((5, 28, 28), np.float32)}, "must be of uint8, not float32"),
        ({"x_train": np.zeros((5, 784), np.uint8)}, r"not \(5, 784\) and \(5,\)"),
        ({"y_test": np.zeros(4, np.uint8)}, r"not \(3, 28, 28\) and \(4,\)"),
    ],
)
def test_npz_with_other_arrays_is_refused(tmp_path, arrays, change, message):
    files.write_npz(tmp_path / "a.npz", {**arrays, **change})
    with pytest.raises(ValueError, match=message):
        files.read_npz(tmp_path / "a.npz")


def test_npz_without_an_array_is_refused(tmp_path, arrays):
    del arrays["x_test"]
    files.write_npz(tmp_path / "a.npz", arrays)
    with pytest.raises(ValueError, match="x_test"):
        files.read_npz(tmp_path / "a.npz")


def test_idx_files(idx_folder, arrays):
    assert files.has_idx(idx_folder)
    read = files.read_idx(idx_folder)
    assert same(read, arrays)
    assert all(array.flags.writeable for array in read.values())
    (idx_folder / files.IDX_NAMES["y_test"]).unlink()
    assert not files.has_idx(idx_folder)


def test_broken_idx_is_named(idx_folder, arrays):
    path = idx_folder / files.IDX_NAMES["x_test"]
    whole = path.read_bytes()
    plain = gzip.decompress(whole)
    wrong_type = bytes([0, 0, 13, 3]) + plain[4:]
    for broken in (
        b"",
        whole[:-20],
        b"no gzip",
        *map(gzip.compress, (b"", plain[:3], plain[:9], plain[:-1], wrong_type)),
    ):
        path.write_bytes(broken)
        with pytest.raises(ValueError, match=r"t10k-images-idx3-ubyte\.gz' is not a usable data set"):
            files.read_idx(idx_folder)


def test_idx_with_a_huge_declared_shape_is_refused(idx_folder, arrays):
    write_idx(idx_folder / files.IDX_NAMES["x_test"], arrays["x_test"], shape=(2**32 - 1, 2**32 - 1, 2**32 - 1))
    with pytest.raises(ValueError, match="it declares the shape"):
        files.read_idx(idx_folder)


def test_idx_files_that_do_not_belong_together(idx_folder, arrays):
    write_idx(idx_folder / files.IDX_NAMES["y_train"], arrays["y_train"][:4])
    with pytest.raises(ValueError, match=r"not \(5, 28, 28\) and \(4,\)"):
        files.read_idx(idx_folder)


def test_checksum_depends_on_every_array(arrays):
    first = files.checksum(arrays)
    for key in files.KEYS:
        changed = {**arrays, key: arrays[key] ^ np.uint8(1)}
        assert files.checksum(changed) != first
    assert files.checksum({key: np.asfortranarray(array) for key, array in arrays.items()}) == first
