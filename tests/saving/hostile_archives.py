"""Zip archives, folders and lists of shards that lie, explode or lead elsewhere."""

import io
import json
import os
import pickle
import stat
import struct
import zipfile
from pathlib import Path

import numpy as np
from hostile_files import Draft, Sample

SAMPLES: list[Sample] = []


def sample(name: str, containers=("keras",), harmless: bool = False):
    """Enters the decorated function, which spoils a draft, as a sample."""

    def enter(spoil):
        SAMPLES.append(Sample(f"archive: {name}", containers, spoil, harmless))
        return spoil

    return enter


def _zip(name: str, harmless: bool = False):
    """Enters a function that writes an archive with members of its own: ``write(archive, members, draft)``."""

    def enter(write):
        @sample(name, harmless=harmless)
        def spoil(draft: Draft):
            def write_zip(path: Path, members: dict):
                with zipfile.ZipFile(path, "w") as archive:
                    write(archive, members, draft)

            draft.write_zip = write_zip

        return write

    return enter


def _put(archive: zipfile.ZipFile, members: dict, but: str = "") -> None:
    for name, content in members.items():
        if name != but:
            archive.writestr(name, content)


def _bytes(name: str, harmless: bool = False):
    """Enters a function that changes the bytes of a good archive."""

    def enter(change):
        @sample(name, harmless=harmless)
        def spoil(draft: Draft):
            def write_zip(path: Path, members: dict):
                packed = io.BytesIO()
                with zipfile.ZipFile(packed, "w") as archive:
                    _put(archive, members)
                path.write_bytes(change(bytearray(packed.getvalue())))

            draft.write_zip = write_zip

        return change

    return enter


# -- members ---------------------------------------------------------------------------------------


@_zip("PR 23010 config of 256 MB, compressed")
def _(archive, members, draft):
    _put(archive, members, but="config.json")
    _deflated(archive, "config.json", 256 << 20)


@_zip("PR 23010 weights of 256 MB, compressed")
def _(archive, members, draft):
    _put(archive, members, but="model.weights.h5")
    _deflated(archive, "model.weights.h5", 256 << 20, start=members["model.weights.h5"])


@_zip("PR 23010 weights of 100 MB, compressed")
def _(archive, members, draft):
    _put(archive, members, but="model.weights.h5")
    _deflated(archive, "model.weights.h5", 100 << 20, start=members["model.weights.h5"])


@_zip("another member of 256 MB, compressed", harmless=True)
def _(archive, members, draft):
    _put(archive, members)
    _deflated(archive, "assets/more.txt", 256 << 20)


def _deflated(archive: zipfile.ZipFile, name: str, size: int, start: bytes = b"") -> None:
    """Writes a member of zeros behind some other content."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    info._compresslevel = 1
    block = bytes(16 << 20)
    with archive.open(info, "w", force_zip64=True) as member:
        member.write(start)
        for _ in range((size - len(start)) // len(block)):
            member.write(block)


@sample("PR 23016 weights as pickled arrays", ("keras", "folder"))
def _(draft):
    class Payload:
        def __reduce__(self):
            return (open, (str(draft.outside / "executed"), "w"))

    def change(members):
        packed = io.BytesIO()
        np.savez(packed, layers=np.array({"dense": pickle.dumps(Payload())}, dtype=object))
        del members["model.weights.h5"]
        members["model.weights.npz"] = packed.getvalue()

    draft.change_members = change


@sample("a pickle as the weights", ("keras", "folder"))
def _(draft):
    class Payload:
        def __reduce__(self):
            return (open, (str(draft.outside / "executed"), "w"))

    draft.change_members = lambda members: members.update({"model.weights.h5": pickle.dumps(Payload())})


@sample("a zip as the weights", ("keras", "folder"))
def _(draft):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("model.weights.h5", b"")
    draft.change_members = lambda members: members.update({"model.weights.h5": packed.getvalue()})


for _name in ("config.json", "model.weights.h5"):

    @sample(f"no {_name}", ("keras", "folder"))
    def _(draft, name=_name):
        draft.change_members = lambda members: members.pop(name)

    @sample(f"empty {_name}", ("keras", "folder"))
    def _(draft, name=_name):
        draft.change_members = lambda members: members.update({name: b""})


@sample("no metadata", ("keras", "folder"), harmless=True)
def _(draft):
    draft.change_members = lambda members: members.pop("metadata.json")


for _odd in (
    "../escaped.txt",
    "/tmp/escaped.txt",
    "assets/../../escaped.txt",
    "assets\\..\\escaped.txt",
    "C:\\escaped.txt",
    "C:escaped.txt",
    "assets//escaped.txt",
    "./config.json",
    "a\x1b[2J",
    "nul\x01",
):

    @sample(f"CVE-2025-12060 member {_odd!r}")
    def _(draft, name=_odd):
        draft.change_members = lambda members: members.update({name: b"x"})


@_zip("PR 22973 member that is a symbolic link")
def _(archive, members, draft):
    _put(archive, members, but="model.weights.h5")
    link = zipfile.ZipInfo("model.weights.h5")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(link, str(draft.outside / "secret.h5"))


@_zip("members twice, with different content")
def _(archive, members, draft):
    _put(archive, members)
    for name in members:
        archive.NameToInfo.pop(name)  # or it would warn
        archive.writestr(name, members[name][:-1])


@_zip("members whose names differ in case alone", harmless=True)
def _(archive, members, draft):
    _put(archive, members)
    archive.writestr("CONFIG.JSON", b"{}")


@_zip("100,000 members")
def _(archive, members, draft):
    _put(archive, members)
    for index in range(20_000):
        archive.writestr(f"assets/{index}", b"")


@_zip("weights packed by bzip2")
def _(archive, members, draft):
    _put(archive, members, but="model.weights.h5")
    archive.writestr("model.weights.h5", members["model.weights.h5"], zipfile.ZIP_BZIP2)


@_zip("weights packed by LZMA")
def _(archive, members, draft):
    _put(archive, members, but="model.weights.h5")
    archive.writestr("model.weights.h5", members["model.weights.h5"], zipfile.ZIP_LZMA)


@_zip("weights packed as usual", harmless=True)
def _(archive, members, draft):
    for name, content in members.items():
        archive.writestr(name, content, zipfile.ZIP_DEFLATED)


# -- bytes -----------------------------------------------------------------------------------------

_DIRECTORY = b"PK\x01\x02"


def _entry(content: bytearray, name: bytes) -> int:
    """Returns where the entry of a member begins in the directory at the end."""
    at = content.index(_DIRECTORY)
    while content[at + 46 : at + 46 + len(name)] != name:
        at = content.index(_DIRECTORY, at + 1)
    return at


def _declare_size(name: bytes, size: int):
    def change(content):
        struct.pack_into("<II", content, _entry(content, name) + 20, size, size)
        return content

    return change


_bytes("weights of 4 GB, declared only")(_declare_size(b"model.weights.h5", 0xFFFFFFF0))
_bytes("config of 4 GB, declared only")(_declare_size(b"config.json", 0xFFFFFFF0))
_bytes("weights of no bytes, declared only")(_declare_size(b"model.weights.h5", 0))


@_bytes("weights at the place of the config")
def _(content):
    source, target = _entry(content, b"config.json"), _entry(content, b"model.weights.h5")
    content[target + 42 : target + 46] = content[source + 42 : source + 46]
    return content


@_bytes("a member beyond the end")
def _(content):
    struct.pack_into("<I", content, _entry(content, b"model.weights.h5") + 42, 0x7FFFFFFF)
    return content


@_bytes("a wrong checksum of the weights")
def _(content):
    struct.pack_into("<I", content, _entry(content, b"model.weights.h5") + 16, 12345)
    return content


@_bytes("an encrypted member")
def _(content):
    at = _entry(content, b"config.json")
    content[at + 8] |= 1
    return content


@_bytes("another name in front of the member than in the directory")
def _(content):
    at = content.index(b"model.weights.h5")
    content[at : at + 16] = b"other.weights.h5"
    return content


@_bytes("no directory")
def _(content):
    return content[: content.index(_DIRECTORY)]


@_bytes("a directory that counts too many", harmless=True)
def _(content):
    struct.pack_into("<HH", content, content.rindex(b"PK\x05\x06") + 8, 0xFFF0, 0xFFF0)
    return content


@_bytes("a list of 300,000 members")
def _(content):
    start, end = content.index(_DIRECTORY), content.rindex(b"PK\x05\x06")
    entry = bytearray(content[start : start + 46])
    struct.pack_into("<HHH", entry, 28, 0, 0, 0)  # without a name
    members = content[start:end] + entry * 300_000
    struct.pack_into("<II", content, end + 12, len(members), start)
    return content[:start] + members + content[end:]


@_bytes("only the signature")
def _(content):
    return b"PK\x03\x04"


@_bytes("something before it", harmless=True)
def _(content):
    return b"PK" + bytes(100) + content


@_bytes("a long comment", harmless=True)
def _(content):
    struct.pack_into("<H", content, len(content) - 2, 0xFFFF)
    return content + b"x" * 0xFFFF


@_bytes("an HDF5 file behind it", harmless=True)
def _(content):
    return content + b"\x89HDF\r\n\x1a\n" + bytes(1000)


# -- folders ---------------------------------------------------------------------------------------


def _in_folder(name: str):
    """Enters a function that changes the folder of an unpacked archive: ``change(folder, draft)``."""

    def enter(change):
        def spoil(draft: Draft) -> None:
            write = draft.write

            def write_and_change(container: str) -> Path:
                path = write(container)
                change(path, draft)
                return path

            draft.write = write_and_change

        SAMPLES.append(Sample(f"folder: {name}", ("folder",), spoil))
        return change

    return enter


for _name in ("config.json", "model.weights.h5", "metadata.json"):

    @_in_folder(f"{_name} that is a link")
    def _(folder, draft, name=_name):
        (folder / name).rename(draft.outside.parent / name)
        (folder / name).symlink_to(draft.outside / "secret.h5")

    @_in_folder(f"{_name} that is a pipe")
    def _(folder, draft, name=_name):
        (folder / name).unlink()
        os.mkfifo(folder / name)

    @_in_folder(f"{_name} that is a folder")
    def _(folder, draft, name=_name):
        (folder / name).unlink()
        (folder / name).mkdir()


# -- shards ----------------------------------------------------------------------------------------


def _shards(name: str, value, harmless: bool = False) -> None:
    def spoil(draft: Draft) -> None:
        def write(container: str) -> Path:
            path = draft.folder / "sample.weights.json"
            weight_map = value(draft) if callable(value) else value
            path.write_text(json.dumps({"metadata": {"total_size": 1.0}, "weight_map": weight_map}))
            return path

        draft.write = write

    SAMPLES.append(Sample(f"shards: {name}", ("weights.json",), spoil, harmless))


def _linked_shard(draft: Draft) -> dict:
    (draft.folder / "sample_00000.weights.h5").symlink_to(draft.outside / "sample_00000.weights.h5")
    return {"/layers/dense/vars": "sample_00000.weights.h5"}


def _piped_shard(draft: Draft) -> dict:
    os.mkfifo(draft.folder / "sample_00000.weights.h5")
    return {"/layers/dense/vars": "sample_00000.weights.h5"}


_shards("a way out", {"/layers/dense/vars": "../outside/sample_00000.weights.h5"})
_shards("an absolute path", lambda draft: {"/layers/dense/vars": str(draft.outside / "sample_00000.weights.h5")})
_shards("an address", {"/layers/dense/vars": "http://127.0.0.1:9/sample_00000.weights.h5"})
_shards("a list with a way out", {"/layers/dense/vars": ["sample_00000.weights.h5", "../outside/secret.h5"]})
_shards("another file", {"/layers/dense/vars": "sample.weights.json"})
_shards("a shard that is missing", {"/layers/dense/vars": "sample_00000.weights.h5"})
_shards("a shard that is a link", _linked_shard)
_shards("a shard that is a pipe", _piped_shard)
_shards("no names", {"/layers/dense/vars": {"a": 1}})
_shards("a text", "sample_00000.weights.h5")
_shards("numbers", {"/layers/dense/vars": 3})
_shards("nothing", {})
_shards("100,000 shards", {f"/layers/{index}/vars": f"sample_{index:05}.weights.h5" for index in range(100_000)})
