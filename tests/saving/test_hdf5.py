"""What is read of HDF5 files: places, arrays, and the heaps over which the HDF5 library can hang."""

import io
import struct

import h5py
import numpy as np
import pytest

from kerasnp.saving import FileFormatError, hdf5
from kerasnp.saving.heaps import check_heaps
from kerasnp.saving.stored import Stored


@pytest.fixture
def file(tmp_path):
    with h5py.File(tmp_path / "file.h5", "w") as file:
        yield file


# -- places ----------------------------------------------------------------------------------------


def test_groups_and_arrays(file):
    file["a/b/0"] = np.arange(3.0)
    file["a/b/1"] = np.float32(2)
    assert hdf5.subgroup(file, "a/b").name == "/a/b"
    assert hdf5.subgroup(file, "").name == "/"
    assert hdf5.subgroup(file, "a/c") is None
    assert [np.asarray(each).tolist() for each in hdf5.numbered_arrays(file["a/b"])] == [[0, 1, 2], 2]
    assert hdf5.numbered_arrays(None) == []
    assert hdf5.numbered_arrays(file["a"]) is None
    assert hdf5.array(file, "a/b/1").shape == ()
    assert hdf5.array(file, "a/b") is None
    assert hdf5.array(file, "x/y") is None
    assert len(hdf5.all_arrays(file)) == 2
    assert hdf5.holds_data(file["a"])
    with pytest.raises(FileFormatError, match="'/a/b/0' must be a group"):
        hdf5.subgroup(file, "a/b/0/c")


@pytest.mark.parametrize("link", [h5py.SoftLink("/a"), h5py.ExternalLink("other.h5", "/a")])
def test_links_are_refused(file, link):
    file["a/0"] = np.arange(3.0)
    file["link"] = link
    for look in (
        lambda: hdf5.subgroup(file, "link/b"),
        lambda: hdf5.array(file, "link"),
        lambda: hdf5.child(file, "link"),
    ):
        with pytest.raises(FileFormatError, match="/link is a link to another place"):
            look()
    assert len(hdf5.all_arrays(file)) == 1


def test_a_window_is_a_file_of_its_own():
    window = hdf5.Window(io.BytesIO(b"..0123456789.."), 2, 10)
    assert window.read() == b"0123456789"
    assert window.seek(-3, io.SEEK_END) == 7
    assert window.read(2) == b"78"
    assert window.seek(-1, io.SEEK_CUR) == 8
    assert window.read(99) == b"89"
    assert window.read(1) == b""
    assert window.seek(-5) == 0


# -- arrays ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "dtype", "fits"),
    [
        (np.zeros((2, 3), np.float16), "float32", True),
        (np.zeros((2, 3), np.float64), "float32", True),
        (np.zeros((2, 3), np.uint8), "float32", True),
        (np.zeros((2, 3), np.int32), "int64", True),
        (np.zeros((2, 3), np.float32), "int64", False),
        (np.zeros((3, 2), np.float32), "float32", False),
        (np.zeros((2, 3), np.complex64), "float32", False),
        (np.zeros((2, 3), "S4"), "float32", False),
        (np.zeros((2, 3), bool), "float32", False),
    ],
)
def test_what_fits_a_variable(file, value, dtype, fits):
    file["x"] = value
    assert Stored(file["x"]).fits((2, 3), dtype) is fits


def test_other_datasets(file):
    file["nothing"] = h5py.Empty("f4")
    file.create_dataset("unwritten", (1000, 1000), "f4")
    file.create_dataset("chunks", (1000, 1000), "f4", chunks=(10, 10))
    for name, text in (
        ("nothing", "an empty dataset"),
        ("unwritten", "(1000, 1000) float32, without content"),
        ("chunks", "(1000, 1000) float32, without content"),
    ):
        stored = Stored(file[name])
        assert str(stored) == text
        assert not stored.is_number
    with pytest.raises(FileFormatError, match="'/unwritten' has no numbers, or less of them than it claims"):
        np.asarray(Stored(file["unwritten"]))


def test_claims_of_compressed_arrays(file):
    file.create_dataset("small", (1000, 1000), "f4", compression="gzip", data=np.zeros((1000, 1000), "f4"))
    assert Stored(file["small"]).fits((1000, 1000), "float32")
    huge = file.create_dataset("huge", (1 << 20, 1 << 20), "f4", chunks=(1000, 1000), compression="gzip")
    huge[0, 0] = 1
    with pytest.raises(FileFormatError, match="'/huge' claims 4398046511104 bytes, of which"):
        Stored(huge)


# -- heaps -----------------------------------------------------------------------------------------


def heap(*objects, size=4096, rest=None):
    content = b"".join(struct.pack("<HHIQ", *head) + data for *head, data in objects)
    left = size - 16 - len(content)
    free = struct.pack("<HHIQ", 0, 0, 0, left if rest is None else rest)
    return (b"GCOL\x01\0\0\0" + struct.pack("<Q", size) + content + free).ljust(size, b"\0")


def check(content, block=1000):
    check_heaps((content[start : start + block] for start in range(0, len(content), block)), io.BytesIO(content))


TEXT = (1, 1, 0, 5, b"words\0\0\0")


@pytest.mark.parametrize("block", [1, 7, 100_000])
def test_good_heaps(block):
    check(b"", block)
    check(b"GCOL is no heap", block)
    check(b"..." + heap(TEXT, (2, 1, 0, 16, bytes(16))) + b"...." + heap(), block)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (heap(TEXT, rest=0), "object 0 of the heap at byte 0 has an impossible size, 0"),
        (heap((1, 1, 0, 2**64 - 16, b"")), "impossible size, 18446744073709551600"),
        (heap((1, 1, 0, 5000, b"")), "impossible size, 5000"),
        (heap()[:4000], "the heap at byte 0 has an impossible size, 4096"),
        (heap(size=4096)[:8] + bytes(4088), "the heap at byte 0 has an impossible size, 0"),
        (b"GCOL\x01", "impossible size"),
        (
            heap((1, 1, 0, 24, b"GCOL\x01".ljust(24, b"\0"))),
            "a heap at byte 32 lies within another one",
        ),
    ],
)
def test_damaged_heaps(content, reason):
    with pytest.raises(FileFormatError, match=reason):
        check(content)


def test_a_file_over_which_the_library_hangs(tmp_path):
    """The free rest of a heap with size 0: HDF5 2.0 never comes back from reading this attribute."""
    path = tmp_path / "file.h5"
    with h5py.File(path, "w") as file:
        file.attrs["text"] = "hello"
    content = path.read_bytes()
    start = content.index(b"GCOL") + 16 + 24
    assert content[start : start + 2] == b"\0\0"
    path.write_bytes(content[: start + 8] + bytes(8) + content[start + 16 :])
    with pytest.raises(FileFormatError, match="impossible size, 0"), hdf5.open_hdf5(str(path)):
        pass
