"""HDF5 content that leads elsewhere, claims absurd sizes or has a strange form."""

import os
import struct
import zlib

import h5py
import numpy as np
from hostile_files import WEIGHTS, Draft, Sample, Spot

SAMPLES: list[Sample] = []


def sample(name: str, containers=WEIGHTS, harmless: bool = False):
    """Enters the decorated function, which changes an open HDF5 file, as a sample."""

    def enter(change):
        def spoil(draft: Draft) -> None:
            draft.change_hdf5 = lambda spot: change(spot, draft)

        SAMPLES.append(Sample(f"HDF5: {name}", containers, spoil, harmless))
        return change

    return enter


# -- elsewhere -------------------------------------------------------------------------------------


@sample("CVE-2026-1669 external storage")
def _(spot, draft):
    spot.replace(shape=(4, 5), dtype="f4", external=[(str(draft.outside / "secret.bin"), 0, 80)])


@sample("CVE-2026-1669 external storage with a relative name")
def _(spot, draft):
    name = os.path.relpath(draft.outside / "secret.bin", draft.folder)
    spot.replace(shape=(4, 5), dtype="f4", external=[(name, 0, 80)])


@sample("PR 22899 virtual dataset in another file")
def _(spot, draft):
    layout = h5py.VirtualLayout(shape=(4, 5), dtype="f4")
    layout[:] = h5py.VirtualSource(str(draft.outside / "secret.h5"), "0", shape=(4, 5))
    del spot.file[spot.kernel]
    spot.file.create_virtual_dataset(spot.kernel, layout)


@sample("PR 22899 virtual dataset in the same file")
def _(spot, draft):
    spot.file.move(spot.kernel, "moved")
    layout = h5py.VirtualLayout(shape=(4, 5), dtype="f4")
    layout[:] = h5py.VirtualSource(".", "moved", shape=(4, 5))
    spot.file.create_virtual_dataset(spot.kernel, layout)


@sample("PR 22899 virtual dataset that grows with one in another file")
def _(spot, draft):
    with h5py.File(draft.outside / "growing.h5", "w") as file:
        file.create_dataset("0", data=np.ones((4, 5), np.float32), maxshape=(None, 5))
    spaces = [h5py.h5s.create_simple((4, 5), (h5py.h5s.UNLIMITED, 5)) for _ in range(2)]
    for space in spaces:
        space.select_hyperslab((0, 0), (1, 1), None, (h5py.h5s.UNLIMITED, 5))
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_virtual(spaces[0], str(draft.outside / "growing.h5").encode(), b"0", spaces[1])
    _create(spot, h5py.h5t.IEEE_F32LE, spaces[0], settings)


def _create(spot: Spot, number_type, space=None, settings=None):
    """Declares the kernel anew with HDF5's own types."""
    del spot.file[spot.kernel]
    parent, _, name = spot.kernel.rpartition("/")
    space = h5py.h5s.create_simple((4, 5)) if space is None else space
    return h5py.h5d.create(spot.file[parent].id, name.encode(), number_type, space, settings)


def _link(name: str, at, to) -> None:
    @sample(f"PR 22900 {name}")
    def change(spot: Spot, draft: Draft):
        place = at(spot)
        spot.file.move(place, "moved")
        spot.file[place] = to(draft)


for _at, _where in {
    "a kernel": lambda spot: spot.kernel,
    "a layer": lambda spot: spot.layer,
    "all layers": lambda spot: spot.owner if spot.owner != "/" else spot.layer,
}.items():
    _link(f"soft link at {_at}", _where, lambda draft: h5py.SoftLink("/moved"))
    _link(f"dangling soft link at {_at}", _where, lambda draft: h5py.SoftLink("/nowhere"))
    _link(
        f"external link at {_at}", _where, lambda draft: h5py.ExternalLink(str(draft.outside / "secret.h5"), "/layers")
    )
    _link(
        f"external link to a dataset at {_at}",
        _where,
        lambda draft: h5py.ExternalLink(str(draft.outside / "secret.h5"), "/0"),
    )
    _link(f"external link to nothing at {_at}", _where, lambda draft: h5py.ExternalLink("/nowhere/at/all.h5", "/"))


@sample("PR 22899 external link beside the weights", harmless=True)
def _(spot, draft):
    spot.file["extra"] = h5py.ExternalLink(str(draft.outside / "secret.h5"), "/")
    spot.file[f"{spot.owner}/another"] = h5py.ExternalLink(str(draft.outside / "secret.h5"), "/layers")
    spot.file[f"{spot.layer}/extra"] = h5py.ExternalLink(str(draft.outside / "secret.h5"), "/0")


@sample("link to the optimizer's state", ("keras", "h5", "weights.h5"))
def _(spot, draft):
    name = "optimizer_weights" if "optimizer_weights" in spot.file else "optimizer"
    del spot.file[name]
    spot.file[name] = h5py.ExternalLink(str(draft.outside / "secret.h5"), "/optimizer")


@sample("filter that has to be loaded from a library")
def _(spot, draft):
    _chunked(spot, filter_id=32_123)


@sample("filter that has to be loaded, for the optimizer's state", ("keras", "h5", "weights.h5"))
def _(spot, draft):
    name = "optimizer_weights/adam" if "optimizer_weights" in spot.file else "optimizer/vars"
    _chunked(Spot(spot.file, spot.layer, f"{name}/2", spot.owner), filter_id=32_123)


# -- sizes -----------------------------------------------------------------------------------------


def _declare(name: str, harmless: bool = False, **declared) -> None:
    @sample(f"CVE-2026-0897 {name}", harmless=harmless)
    def change(spot, draft):
        spot.replace(**declared)


_declare("a terabyte", shape=(1 << 19, 1 << 19), dtype="f4")
_declare("a terabyte in chunks", shape=(1 << 19, 1 << 19), dtype="f4", chunks=(1 << 10, 1 << 10))
_declare("a terabyte in compressed chunks", shape=(1 << 19, 1 << 19), dtype="f4", chunks=(64, 64), compression=9)
_declare("2 to the power 62 rows", shape=(1 << 62,), dtype="i1", chunks=(1 << 20,))
_declare("no axes too many", shape=(1,) * 32, dtype="f4")
_declare("no content", shape=(4, 5), dtype="f4")
_declare("no content, in chunks", shape=(4, 5), dtype="f4", chunks=(4, 5))
_declare("no content but a value to fill it with", shape=(4, 5), dtype="f4", fillvalue=3)
_declare("chunks of 512 MB for 80 bytes", shape=(4, 5), dtype="f4", maxshape=(None, None), chunks=(1 << 13, 1 << 14))
_declare("an element of a gigabyte", shape=(4, 5), dtype="S1000000000", chunks=(1, 1))
_declare("rows of variable length", shape=(4, 5), dtype=h5py.vlen_dtype("f4"))
_declare("arrays as elements", shape=(4,), dtype=np.dtype(("f4", (5,))))
_declare("an empty dataspace", data=h5py.Empty("f4"))
_declare("no rows", shape=(0, 5), dtype="f4")


@sample("PR 23010 compressed zeros")
def _(spot, draft):
    spot.replace(data=np.zeros((1 << 12, 1 << 12), np.float32), chunks=(1 << 10, 1 << 10), compression=1)


@sample("compressed zeros instead of the optimizer's state", ("keras", "h5", "weights.h5"), harmless=True)
def _(spot, draft):
    name = "optimizer_weights/adam/2" if "optimizer_weights" in spot.file else "optimizer/vars/2"
    del spot.file[name]
    zeros = np.zeros((1 << 12, 1 << 12), np.float32)
    spot.file.create_dataset(name, data=zeros, chunks=(1 << 10, 1 << 10), compression=1)


def _chunked(spot: Spot, filter_id: int = 1, content: bytes | None = None, chunk=(4, 5)) -> None:
    """Declares the kernel with one chunk of the given content behind one filter."""
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_chunk(chunk)
    if filter_id == 1:
        settings.set_deflate(9)
    else:
        # Optional filters may be declared without the library that has them; the flag is taken away below.
        settings.set_filter(filter_id, h5py.h5z.FLAG_OPTIONAL, ())
    space = h5py.h5s.create_simple((4, 5), (h5py.h5s.UNLIMITED, h5py.h5s.UNLIMITED))
    made = _create(spot, h5py.h5t.IEEE_F32LE, space, settings)
    made.write_direct_chunk((0, 0), bytes(80) if content is None else content, 0)


_EXPLODING = zlib.compress(bytes(256 << 20), 1)


@sample("PR 23010 a chunk that unpacks to 256 MB")
def _(spot, draft):
    _chunked(spot, content=_EXPLODING)


@sample("PR 23010 a chunk of 3 MB that unpacks to 256 MB")
def _(spot, draft):
    _chunked(spot, content=_EXPLODING, chunk=(1 << 10, 768))


@sample("a chunk that is not compressed as declared")
def _(spot, draft):
    _chunked(spot, content=b"this is no gzip stream")


@sample("a chunk that unpacks to less than declared")
def _(spot, draft):
    _chunked(spot, content=zlib.compress(bytes(8)))


@sample("a chunk with a wrong checksum")
def _(spot, draft):
    spot.replace(data=np.ones((4, 5), np.float32), chunks=(4, 5), fletcher32=True)
    spot.file[spot.kernel].id.write_direct_chunk((0, 0), bytes(79) + b"\1" + bytes(4), 0)


@sample("PR 23010 compressed zeros in many arrays", harmless=True)
def _(spot, draft):
    for index in range(40):
        zeros = spot.file.create_dataset(f"{spot.layer}/more{index}", (1 << 11, 1 << 10), "f4", compression=9)
        zeros[0, 0] = 0


@sample("CVE-2026-0897 arrays that have their content in common", ("keras", "weights.h5"))
def _(spot, draft):
    spot.file["/layers/first"] = np.zeros((1 << 8, 1 << 10), np.float32)
    for index in range(100):  # none of them is written, so they have no address yet
        spot.file.create_dataset(f"/layers/more{index}", (1 << 8, 1 << 10), "f4")
    address = spot.file["/layers/first"].id.get_offset()
    layout = b"\3\1" + bytes([255] * 8) + struct.pack("<Q", 1 << 20)
    draft.change_hdf5_bytes = lambda content: content.replace(layout, b"\3\1" + struct.pack("<QQ", address, 1 << 20))


# -- strange forms ---------------------------------------------------------------------------------


def _form(name: str, value, harmless: bool = False, **options) -> None:
    @sample(name, harmless=harmless)
    def change(spot, draft):
        spot.replace(data=value, **options)


_form("text", np.full((4, 5), b"text"))
_form("text of variable length", [["a"] * 5] * 4, dtype=h5py.string_dtype())
_form("complex numbers", np.zeros((4, 5), np.complex64))
_form("records", np.zeros((4, 5), [("a", "f4")]))
_form("bytes without meaning", np.zeros((4, 5), "V4"))
_form("names for numbers", np.zeros((4, 5), "i4"), dtype=h5py.enum_dtype({"a": 0}, basetype="i4"), harmless=True)
_form("long floats", np.zeros((4, 5), np.longdouble), harmless=True)
_form("integers", np.zeros((4, 5), np.int64), harmless=True)
_form("the other byte order", np.zeros((4, 5), ">f8"), harmless=True)
_form("another shape of the same size", np.zeros((5, 4), np.float32))
_form("one axis", np.zeros(20, np.float32))
_form("a number", np.float32(1))


def _nested(name: str, wrap, depth: int) -> None:
    @sample(f"{depth} {name} within each other, of which the HDF5 library makes gigabytes")
    def change(spot, draft):
        inner = h5py.h5t.IEEE_F32LE
        for _ in range(depth):
            inner = wrap(inner)
        _create(spot, inner)


def _record(inner):
    outer = h5py.h5t.create(h5py.h5t.COMPOUND, 4)
    outer.insert(b"a", 0, inner)
    return outer


_nested("lists", h5py.h5t.vlen_create, 1500)
_nested("arrays", lambda inner: h5py.h5t.array_create(inner, (1,)), 1000)
_nested("records", _record, 500)


@sample("references")
def _(spot, draft):
    spot.replace(shape=(4, 5), dtype=h5py.ref_dtype)
    spot.file[spot.kernel][0, 0] = spot.file.ref


@sample("a named type", harmless=True)
def _(spot, draft):
    spot.file["type"] = np.dtype("f4")
    spot.replace(data=np.ones((4, 5), np.float32), dtype=spot.file["type"])


@sample("a type in the place of a dataset")
def _(spot, draft):
    del spot.file[spot.kernel]
    spot.file[spot.kernel] = np.dtype("f4")


@sample("a group in the place of a dataset")
def _(spot, draft):
    del spot.file[spot.kernel]
    spot.file.create_group(spot.kernel)


@sample("a dataset in the place of a layer")
def _(spot, draft):
    del spot.file[spot.layer]
    spot.file[spot.layer] = np.zeros((4, 5), np.float32)


@sample("nothing")
def _(spot, draft):
    spot.file.clear()
    spot.file.attrs.clear()


@sample("no layers")
def _(spot, draft):
    del spot.file[spot.layer]


@sample("a group that contains the file", harmless=True)
def _(spot, draft):
    spot.file[f"{spot.owner}/again"] = spot.file["/"]
    spot.file[f"{spot.layer}/again"] = spot.file["/"]


@sample("a layer that is the file")
def _(spot, draft):
    del spot.file[spot.layer]
    spot.file[spot.layer] = spot.file["/"]


@sample("20,000 groups within each other", harmless=True)
def _(spot, draft):
    group = spot.file.create_group(f"{spot.owner}/deep").id
    for _ in range(20_000):
        group = h5py.h5g.create(group, b"g")


@sample("one array with 3,000 names", harmless=True)
def _(spot, draft):
    place = "optimizer/vars" if "optimizer" in spot.file else spot.layer
    for index in range(3000):
        h5py.h5o.link(spot.file[spot.kernel].id, spot.file[place].id, str(index + 10).encode())


@sample("1,000 layers with the same 1,000 groups in them", harmless=True)
def _(spot, draft):
    many = spot.file.create_group("many")
    for index in range(1000):
        many.create_group(str(index))
        h5py.h5o.link(many.id, spot.file.create_group(f"{spot.owner}/dense_{index + 10}").id, b"many")


@sample("2,000 attributes", harmless=True)
def _(spot, draft):
    for index in range(2000):
        spot.file[spot.owner].attrs[f"attribute {index}"] = index


@sample("link of a kind that has to be loaded from a library", ("keras", "weights.h5"))
def _(spot, draft):
    spot.file.move(spot.layer, "moved")
    spot.file[spot.layer] = h5py.ExternalLink("name of a file", "/moved")
    # The kind of the link stands before its name; 64 is an external one, and what is above is defined by users.
    name = spot.layer.rpartition("/")[2].encode()
    kinds = [b"\x01\x08%c", b"\x01\x18%c\x01"]  # without and with the character set
    olds, news = ([kind % number + bytes([len(name)]) + name for kind in kinds] for number in (64, 200))

    def change(content: bytes) -> bytes:
        assert any(old in content for old in olds)
        for old, new in zip(olds, news, strict=True):
            content = content.replace(old, new)
        return content

    draft.change_hdf5_bytes = change


@sample("names of numbers with zeros before them", ("keras", "folder", "weights.h5"))
def _(spot, draft):
    spot.file.move(spot.kernel, spot.kernel[:-1] + "00")


@sample("a gap in the numbers", ("keras", "folder", "weights.h5"))
def _(spot, draft):
    spot.file.move(spot.kernel, spot.kernel[:-1] + "7")
