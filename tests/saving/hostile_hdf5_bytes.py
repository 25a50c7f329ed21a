"""HDF5 content whose lists of names, texts or bytes are wrong; the rest is in :mod:`hostile_hdf5`."""

import struct

import h5py
import numpy as np
from hostile_files import WEIGHTS, Draft, Sample
from hostile_hdf5 import SAMPLES, sample

# -- lists of names --------------------------------------------------------------------------------


def _names(name: str, harmless: bool = False, layers=None, weights=None) -> None:
    @sample(f"list of layers or weights with {name}", ("h5", "old.h5"), harmless)
    def change(spot, draft):
        if layers is not None:
            spot.file[spot.owner].attrs["layer_names"] = layers
        if weights is not None:
            spot.file[spot.layer].attrs["weight_names"] = weights


_KERNEL, _BIAS = b"victim/hidden/kernel", b"victim/hidden/bias"
_names("a way out", layers=[b"../hidden", b"drop", b"out"])
_names("an absolute way", layers=[b"/optimizer_weights", b"drop", b"out"])
_names("a dot", layers=[b".", b"drop", b"out"])
_names("nothing", layers=[b"", b"drop", b"out"])
_names("the same twice", layers=[b"hidden", b"hidden", b"out"])
_names("an unknown one", layers=[b"hidden", b"drop", b"none"])
_names("numbers", layers=[1.0, 2.0, 3.0])
_names("no text", layers=np.zeros(3, np.complex64))
_names("a text that is not UTF-8", layers=[b"\xff\xfe", b"drop", b"out"])
_names("a million empty names", layers=np.zeros(60_000, "S1"))
_names("a weight on a way out", weights=[b"../out/victim/out/kernel", _BIAS])
_names("a weight on an absolute way", weights=[b"/optimizer_weights/adam/2", _BIAS])
_names("a weight of nothing", weights=[b"", _BIAS])
_names("a weight twice", weights=[_KERNEL, _KERNEL])
_names("a weight that is a group", weights=[b"victim/hidden", _BIAS])
_names("a weight too many", weights=[_KERNEL, _BIAS, _BIAS])
_names("a weight too few", weights=[_KERNEL])
_names("weights in disorder", weights=[_BIAS, _KERNEL])


@sample("list of layers in pieces with 600,000 names", ("h5", "old.h5"))
def _(spot, draft):
    attributes = spot.file[spot.owner].attrs
    del attributes["layer_names"]
    for index in range(10):
        attributes[f"layer_names{index}"] = np.full(60_000, b"a")


@sample("list of layers with a hundred million texts", ("h5", "old.h5"))
def _(spot, draft):
    owner = spot.file[spot.owner].id
    h5py.h5a.delete(owner, b"layer_names")
    scalar_text = h5py.h5t.C_S1.copy()
    scalar_text.set_size(60_000)
    h5py.h5a.create(owner, b"layer_names", scalar_text, h5py.h5s.create_simple((1,)))

    def grow(content: bytes) -> bytes:
        # The size of the texts, and of what is stored of them, is declared anew.
        return content.replace(struct.pack("<I", 60_000), struct.pack("<I", 0x7FFFFFF8))

    draft.change_hdf5_bytes = grow


@sample("config that is a list of texts", ("h5",))
def _(spot, draft):
    spot.file.attrs["model_config"] = [b"{}", b"{}"]


@sample("config that is a number", ("h5",))
def _(spot, draft):
    spot.file.attrs["model_config"] = 3.0


@sample("config of a reference", ("h5",))
def _(spot, draft):
    spot.file.attrs.create("model_config", spot.file.ref, dtype=h5py.ref_dtype)


@sample("version that is a number", ("h5", "old.h5"))
def _(spot, draft):
    for group in (spot.file, spot.file[spot.owner]):
        group.attrs["keras_version"] = np.arange(3)


# -- bytes -----------------------------------------------------------------------------------------


def _bytes(name: str, containers=WEIGHTS, harmless: bool = False):
    def enter(change):
        def spoil(draft: Draft) -> None:
            draft.change_hdf5_bytes = change

        SAMPLES.append(Sample(f"HDF5 bytes: {name}", containers, spoil, harmless))
        return change

    return enter


def _heap(content: bytes) -> int:
    """Returns where the first object of the first heap of texts begins."""
    return content.index(b"GCOL") + 16


@_bytes("a text whose size is zero, over which the HDF5 library hangs", ("h5", "old.h5"))
def _(content):
    at = _heap(content)
    return content[:at] + bytes(16) + content[at + 16 :]


@_bytes("a text of 2 to the power 63 bytes", ("h5", "old.h5"))
def _(content):
    at = _heap(content) + 8
    return content[:at] + struct.pack("<Q", 1 << 63) + content[at + 8 :]


@_bytes("a text whose size leads back", ("h5", "old.h5"))
def _(content):
    at = _heap(content) + 8
    return content[:at] + struct.pack("<q", -16) + content[at + 8 :]


@_bytes("a heap of texts of 2 to the power 40 bytes", ("h5", "old.h5"))
def _(content):
    at = _heap(content) - 8
    return content[:at] + struct.pack("<Q", 1 << 40) + content[at + 8 :]


def _claimed(size: int):
    """Returns what claims another size for the first text, of which the right one stays stored."""

    def change(content: bytes) -> bytes:
        heap = content.index(b"GCOL")
        (stored,) = struct.unpack_from("<Q", content, heap + 24)
        right = struct.pack("<IQI", stored, heap, 1)
        assert right in content
        return content.replace(right, struct.pack("<IQI", size, heap, 1))

    return change


_bytes("a text that claims to be longer than it is", ("h5", "old.h5"))(_claimed(1 << 20))
_bytes("a text that claims 4 GB, which the HDF5 library allocates", ("h5", "old.h5"))(_claimed(0xFFFFFFFF))
_bytes("a text that claims less, so that older HDF5 libraries overrun their memory", ("h5", "old.h5"))(_claimed(1))


@_bytes("a table of members that is its own child", harmless=True)
def _(content):
    at = content.index(b"TREE")
    child = struct.pack("<Q", at)
    return content[: at + 5] + b"\1" + content[at + 6 : at + 32] + child + content[at + 40 :]


@sample("a tree of chunks that is its own child, over which the HDF5 library crashes")
def _(spot, draft):
    spot.replace(data=np.ones((4, 5), np.float32), chunks=(1, 1), compression=1)

    def change(content: bytes) -> bytes:
        at = content.index(b"TREE\x01")
        child = at + 24 + 32  # behind the node's head and its first key
        return content[: at + 5] + b"\x01" + content[at + 6 : child] + struct.pack("<Q", at) + content[child + 8 :]

    draft.change_hdf5_bytes = change


@_bytes("half of it")
def _(content):
    return content[: len(content) // 2]


@_bytes("only the signature")
def _(content):
    return content[:8]


@_bytes("signature of another version")
def _(content):
    return content[:8] + b"\x09" + content[9:]


@_bytes("an end of file beyond the end")
def _(content):
    return content[:40] + struct.pack("<Q", 1 << 50) + content[48:]


@_bytes("a base address elsewhere")
def _(content):
    return content[:24] + struct.pack("<Q", 1 << 12) + content[32:]


@_bytes("a block before it, as HDF5 allows", harmless=True)
def _(content):
    return bytes(512) + content
