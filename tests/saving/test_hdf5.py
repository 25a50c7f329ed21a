"""What is read of HDF5 files of every form, without the HDF5 library, and what is not."""

import io

import h5py
import numpy as np
import pytest

from kerasnp.saving import FileFormatError, hdf5
from kerasnp.saving.attributes import Attributes

FORMS = pytest.mark.parametrize("form", ["earliest", "v108", "v110", "latest"])


def opened(write, form="earliest", before=b"", **options):
    """Returns the root of a file that ``write`` fills."""
    content = io.BytesIO()
    with h5py.File(content, "w", libver=form, **options) as file:
        write(file)
    return hdf5.Tree(io.BytesIO(before + content.getvalue())).root


def written(**values):
    def write(file):
        for name, value in values.items():
            file[name.replace("__", "/")] = value

    return write


def copied(group):
    """Returns all arrays by their names."""
    return {array.name: np.asarray(array) for array in hdf5.all_arrays(group)}


# -- places ----------------------------------------------------------------------------------------


@FORMS
def test_groups_and_arrays(form):
    file = opened(written(a__b__0=np.arange(3.0), a__b__1=np.float32(2)), form)
    assert hdf5.subgroup(file, "a/b").name == "/a/b"
    assert hdf5.subgroup(file, "").name == "/"
    assert hdf5.subgroup(file, "a/c") is None
    assert [np.asarray(each).tolist() for each in hdf5.numbered_arrays(hdf5.subgroup(file, "a/b"))] == [[0, 1, 2], 2]
    assert hdf5.numbered_arrays(None) == []
    assert hdf5.numbered_arrays(hdf5.subgroup(file, "a")) is None
    assert hdf5.array(file, "a/b/1").shape == ()
    assert hdf5.array(file, "a/b") is None
    assert hdf5.array(file, "x/y") is None
    assert list(copied(file)) == ["/a/b/0", "/a/b/1"]
    assert hdf5.holds_data(hdf5.subgroup(file, "a"))
    with pytest.raises(FileFormatError, match="'/a/b/0' must be a group"):
        hdf5.subgroup(file, "a/b/0/c")


@FORMS
@pytest.mark.parametrize("count", [0, 1, 8, 9, 45, 46, 400, 2000])
def test_groups_of_any_size(form, count):
    """Where there are more members than a few, newer files keep them in a heap of growing blocks, with a tree."""
    names = {f"{'long ' * (index % 7)}name {index}" for index in range(count)}

    def write(file):
        for name in names:
            file.create_group(name)

    assert set(opened(write, form)) == names


@FORMS
@pytest.mark.parametrize("link", [h5py.SoftLink("/a"), h5py.ExternalLink("other.h5", "/a")])
def test_links_are_refused(form, link):
    file = opened(written(a__0=np.arange(3.0), link=link), form)
    for look in (
        lambda: hdf5.subgroup(file, "link/b"),
        lambda: hdf5.array(file, "link"),
        lambda: hdf5.child(file, "link"),
    ):
        with pytest.raises(FileFormatError, match="/link is a link to another place"):
            look()
    assert len(hdf5.all_arrays(file)) == 1


def test_an_object_has_one_place():
    def write(file):
        file["a"] = np.arange(3.0)
        file["b"] = file["a"]

    with pytest.raises(FileFormatError, match="/b is the same object as /a"):
        hdf5.all_arrays(opened(write))


@pytest.mark.parametrize("size", [512, 1024, 8192])
def test_what_stands_before_the_file(size):
    assert copied(opened(written(a=np.arange(3)), before=bytes(size)))["/a"].tolist() == [0, 1, 2]
    assert copied(opened(written(a=np.arange(3)), userblock_size=size))["/a"].tolist() == [0, 1, 2]
    with pytest.raises(FileFormatError, match="damaged HDF5 file: its signature is missing"):
        opened(written(a=1), before=bytes(size + 1))


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

NUMBERS = [f"{order}{kind}" for order in "<>" for kind in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u4", "u8")]


@FORMS
def test_numbers(form):
    numbers = np.random.default_rng(0)
    shapes = [(), (3,), (2, 0), (4, 3, 2)]
    values = {f"{dtype}{shape}": numbers.integers(0, 99, shape).astype(dtype) for dtype in NUMBERS for shape in shapes}
    found = copied(opened(written(**values), form))
    for name, value in values.items():
        assert found[f"/{name}"].dtype == value.dtype.newbyteorder("=")
        assert np.array_equal(found[f"/{name}"], value)


CHUNKED = {
    "one chunk": ((6, 4), {"chunks": (6, 4)}),
    "a larger chunk": ((6, 4), {"chunks": (8, 8), "maxshape": (8, 8)}),
    "many": ((50, 30), {"chunks": (3, 4)}),
    "very many": ((40, 20), {"chunks": (1, 2)}),
    "of three axes": ((5, 6, 7), {"chunks": (2, 6, 3)}),
    "that may grow": ((50, 30), {"chunks": (7, 4), "maxshape": (None, None)}),
    "that may grow very much": ((40, 30), {"chunks": (1, 1), "maxshape": (None, None)}),
}


@FORMS
@pytest.mark.parametrize("case", CHUNKED)
@pytest.mark.parametrize(
    "filters",
    [{}, {"compression": "gzip"}, {"shuffle": True, "compression": "gzip", "fletcher32": True}],
    ids=["plain", "gzip", "all filters"],
)
def test_chunks(form, case, filters):
    shape, options = CHUNKED[case]
    value = np.random.default_rng(0).normal(size=shape).round(1)
    found = copied(opened(lambda file: file.create_dataset("x", data=value, **options, **filters), form))
    assert np.array_equal(found["/x"], value)


def test_other_forms_of_arrays():
    def write(file):
        settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        settings.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((3,))
        h5py.h5d.create(file.id, b"compact", h5py.h5t.NATIVE_DOUBLE, space, settings).write(
            space, space, np.arange(3.0)
        )
        settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        settings.set_chunk((2,))
        settings.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        h5py.h5d.create(file.id, b"in advance", h5py.h5t.NATIVE_DOUBLE, space, settings).write(
            space, space, np.arange(3.0)
        )

    for form in ("earliest", "latest"):
        assert all(array.tolist() == [0, 1, 2] for array in copied(opened(write, form)).values())


def test_chunks_that_grow_along_one_axis_in_the_newest_form():
    write = lambda file: file.create_dataset("x", data=np.ones(99), chunks=(2,), maxshape=(None,))  # noqa: E731
    assert copied(opened(write))["/x"].sum() == 99
    with pytest.raises(
        FileFormatError, match=r"'/x' is damaged.*cannot read arrays in chunks that grow along one axis"
    ):
        copied(opened(write, "latest"))


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
        (np.zeros((2, 3), np.longdouble), "float32", False),
        (np.zeros((2, 3), "S4"), "float32", False),
        (np.zeros((2, 3), bool), "float32", False),
    ],
)
def test_what_fits_a_variable(value, dtype, fits):
    assert hdf5.array(opened(written(x=value)), "x").fits((2, 3), dtype) is fits


def test_other_datasets():
    def write(file):
        file["nothing"] = h5py.Empty("f4")
        file.create_dataset("unwritten", (1000, 1000), "f4")
        file.create_dataset("chunks", (1000, 1000), "f4", chunks=(10, 10))

    file = opened(write)
    assert str(hdf5.array(file, "nothing")) == "an empty dataset"
    assert not hdf5.array(file, "nothing").is_number
    unwritten = hdf5.array(file, "unwritten")
    assert str(unwritten) == "(1000, 1000) float32, without content"
    assert not unwritten.is_number
    with pytest.raises(FileFormatError, match="'/unwritten' has no numbers, or less of them than it claims"):
        np.asarray(unwritten)
    with pytest.raises(FileFormatError, match=r"'/chunks' is damaged.* 0 of 10000 chunks"):
        np.asarray(hdf5.array(file, "chunks"))


def test_claims_of_compressed_arrays():
    zeros = np.zeros((1000, 1000), "f4")

    def write(file):
        file.create_dataset("small", data=zeros, compression="gzip")
        for index in range(20):
            file.create_dataset(f"claim {index:02}", (1000, 1000), "f4", compression="gzip")

    file = opened(write)
    assert hdf5.array(file, "small").fits((1000, 1000), "float32")
    with pytest.raises(FileFormatError, match=r"its compressed arrays claim 7.,000,000 bytes; it has"):
        hdf5.all_arrays(file)


# -- texts -----------------------------------------------------------------------------------------


@FORMS
def test_texts(form):
    def write(file):
        file.attrs["text"], file.attrs["bytes"], file.attrs["fixed"] = "words \u00fc", b"words", np.bytes_(b"words")
        file.attrs["list"], file.attrs["number"] = [b"one", b"two"], 3
        file.attrs["pieces0"], file.attrs["pieces1"] = np.array([b"one", b"two"]), [b"three"]

    file = opened(write, form)
    attributes = Attributes(file)
    assert attributes.text(file, "text") == "words \u00fc"
    assert attributes.text(file, "bytes") == attributes.text(file, "fixed") == "words"
    assert attributes.names(file, "list") == ["one", "two"]
    assert attributes.names(file, "pieces") == ["one", "two", "three"]
    assert attributes.text(file, "none") is attributes.names(file, "none") is None
    assert [attributes.has(file, name) for name in ("text", "pieces", "piece")] == [True, True, False]
    with pytest.raises(FileFormatError, match="'list' must be one text, not 2"):
        attributes.text(file, "list")
    with pytest.raises(FileFormatError, match="'number' of '/' is no text"):
        attributes.text(file, "number")
