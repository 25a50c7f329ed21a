"""Damaged files: thousands of mutations end in the documented error or in a load, never in a crash or a hang.

A few hundred run each time, always the same ones. More, with other seeds:

    KERASNP_FUZZ=20000 KERASNP_FUZZ_SEED=7 python -m pytest tests/saving/test_fuzz_files.py

A failure names the seed; ``mutated(container, seed)`` makes that file again.
"""

import io
import os
import random
import struct
import zipfile

import h5py
import numpy as np
import pytest

pytest.importorskip("resource")  # the worker limits itself

from hostile_files import MODELS, Draft, Spot
from hostile_worker import Report, Worker

COUNT = int(os.environ.get("KERASNP_FUZZ", "120"))  # of each container
FIRST = int(os.environ.get("KERASNP_FUZZ_SEED", "0")) * 1_000_000
ALLOWANCE = 24 << 20  # bytes that reading may take besides twice the file
SLOWEST = 5  # seconds


# -- good files ------------------------------------------------------------------------------------


def _compress(spot: Spot) -> None:
    """Rewrites the kernel as users do who want smaller files."""
    del spot.file[spot.kernel]
    spot.file.create_dataset(
        spot.kernel,
        data=np.full((4, 5), 0.5, np.float32),
        chunks=(3, 2),
        compression="gzip",
        shuffle=True,
        fletcher32=True,
    )


def _newest(content: bytes) -> bytes:
    """Copies an HDF5 file into the newest version of the format."""
    copy = io.BytesIO()
    with h5py.File(io.BytesIO(content)) as source, h5py.File(copy, "w", libver="latest") as target:
        for name in source:
            source.copy(name, target)
        for name, value in source.attrs.items():
            target.attrs[name] = value
    return copy.getvalue()


CONTAINERS = {
    "keras": ("keras", None, None),
    "h5": ("h5", None, None),
    "weights.h5": ("weights.h5", None, None),
    "old.h5": ("old.h5", None, None),
    "compressed h5": ("h5", _compress, None),
    "compressed weights.h5": ("weights.h5", _compress, None),
    "newest h5": ("h5", None, _newest),
    "newest weights.h5": ("weights.h5", None, _newest),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> dict[str, bytes]:
    """The content of one good file of each container."""
    contents = {}
    for name, (container, change, convert) in CONTAINERS.items():
        folder = tmp_path_factory.mktemp("good")
        draft = Draft(folder, folder)
        draft.change_hdf5, draft.change_hdf5_bytes = change, convert
        contents[name] = draft.write(container).read_bytes()
    return contents


# -- mutations -------------------------------------------------------------------------------------


def _flip(data: bytearray, source: random.Random, _) -> None:
    data[source.randrange(len(data))] ^= 1 << source.randrange(8)


def _byte(data: bytearray, source: random.Random, _) -> None:
    data[source.randrange(len(data))] = source.choice([0, 1, 0x7F, 0x80, 0xFF, source.randrange(256)])


def _number(data: bytearray, source: random.Random, _) -> None:
    """Overwrites a number with one that readers get wrong."""
    form, bits = source.choice([("<H", 16), ("<I", 32), ("<Q", 64), (">I", 32)])
    value = source.choice([0, 1, 1 << bits - 1, (1 << bits - 1) - 1, (1 << bits) - 1, source.randrange(len(data))])
    struct.pack_into(form, data, source.randrange(max(1, len(data) - 8)) // 2 * 2, value % (1 << bits))


def _nudge(data: bytearray, source: random.Random, _) -> None:
    place = source.randrange(len(data))
    data[place] = (data[place] + source.choice([-8, -1, 1, 8])) % 256


def _cut(data: bytearray, source: random.Random, _) -> None:
    del data[source.randrange(len(data)) :]


def _remove(data: bytearray, source: random.Random, _) -> None:
    place = source.randrange(len(data))
    del data[place : place + source.randrange(1, 64)]


def _erase(data: bytearray, source: random.Random, _) -> None:
    place = source.randrange(len(data))
    part = data[place : place + source.randrange(1, 256)]
    data[place : place + len(part)] = bytes([source.choice([0, 0xFF])]) * len(part)


def _splice(data: bytearray, source: random.Random, other: bytes) -> None:
    """Puts a piece of another file, or of another place, here."""
    donor = other if source.random() < 0.5 else bytes(data)
    start, place = source.randrange(len(donor)), source.randrange(len(data))
    part = donor[start : start + source.randrange(1, 512)]
    if source.random() < 0.8:
        data[place : place + len(part)] = part
    else:
        data[place:place] = part


def _random(data: bytearray, source: random.Random, _) -> None:
    """Leaves the beginning alone, by which files are recognised."""
    start = min(len(data), source.choice([0, 8, 64, len(data) // 2]))
    data[start:] = source.randbytes(len(data) - start)


MUTATIONS = (
    [_flip] * 4 + [_byte] * 2 + [_number] * 4 + [_nudge] * 2 + [_cut, _remove, _erase, _splice, _splice, _random]
)


def mutate(data: bytes, source: random.Random, other: bytes) -> bytes:
    changed = bytearray(data)
    mutation = source.choice(MUTATIONS)
    for _ in range(1 if mutation in (_cut, _random) else source.choice([1, 1, 1, 2, 4])):
        if changed:
            mutation(changed, source, other)
    return bytes(changed)


def mutated(good: dict[str, bytes], container: str, seed: int) -> bytes:
    """Returns a damaged file."""
    source = random.Random(seed)
    data, other = good[container], good[source.choice(list(good))]
    if container != "keras" or source.random() < 0.3:
        return mutate(data, source, other)
    # Within an archive, whose checksums would give any change away.
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = source.choice(list(members))
    members[name] = mutate(members[name], source, other)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", source.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


# -- the test --------------------------------------------------------------------------------------


def problem(report: Report, size: int) -> str | None:
    """Tells what was wrong about reading a file of ``size`` bytes."""
    if not report.clean:
        return f"{report.outcome} {report.error}: {report.message}{', weights changed' if report.changed else ''}"
    if report.grown > 2 * size + ALLOWANCE:
        return f"took {report.grown:,} bytes"
    if report.seconds > SLOWEST:
        return f"took {report.seconds:.1f} seconds"
    return f"did {report.events}" if report.events else None


@pytest.fixture(scope="module")
def worker():
    worker = Worker()
    yield worker
    worker.close()


@pytest.mark.parametrize("container", CONTAINERS)
def test_damaged_files_do_no_harm(worker, good, tmp_path, container):
    actions = ["load_weights", "inspect"]
    if CONTAINERS[container][0] in MODELS:
        actions.append("load_model")
    path, problems, read = tmp_path / "damaged", [], 0
    for seed in range(FIRST, FIRST + COUNT):
        content = mutated(good, container, seed)
        path.write_bytes(content)
        for action in actions:
            report = worker.run(action, path)
            found = problem(report, len(content))
            if report.outcome == "done" and action == "load_weights" and not found:
                read += 1
                again = worker.run(action, path)
                found = None if again.output == report.output else "read other values the second time"
            if found:
                problems.append(f"seed {seed}, {action}: {found}")
    assert not problems, "\n".join([f"{len(problems)} problems", *problems[:20]])
    assert 0 < read < COUNT  # some mutations hit numbers alone, others make the file useless
