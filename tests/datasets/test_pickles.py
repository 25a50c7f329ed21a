"""The reader of pickles: data of the data sets come through, and nothing else does."""

import os
import pickle
import pickletools
import subprocess
import time
import tracemalloc

import numpy as np
import pytest

from kerasnp.datasets.pickles import PickleError, read_pickle


def ragged(*rows):
    array = np.empty(len(rows), object)
    array[:] = rows
    return array


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_arrays_of_lists(protocol):
    rows = [[], [1], [255, 256, 65535, 65536, -1, 2**31, -(2**40)], list(range(3000))]
    found = read_pickle(pickle.dumps(ragged(*rows), protocol))
    assert found.dtype == object
    assert found.tolist() == rows
    assert {type(word) for row in found for word in row} == {int}


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("dtype", ["u1", "<i4", ">i8", "f4", "<f8"])
def test_dictionaries_of_arrays(protocol, dtype):
    data = np.arange(6).reshape(2, 3).astype(dtype)
    given = {"data": data, b"labels": [1, 2], "name": "a", "rest": [1.5, None, True, False]}
    found = read_pickle(pickle.dumps(given, protocol))
    assert np.array_equal(found.pop("data"), data)
    assert found[b"labels"] == [1, 2]
    assert found["rest"] == [1.5, None, True, False]


def test_pickles_of_python_2():
    """As Python 2 wrote the files of CIFAR: texts are bytes."""
    reconstruct = (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85q\x03U\x01bq\x04\x87q\x05Rq\x06"
    )
    dtype = b"cnumpy\ndtype\nq\x07U\x02u1q\x08K\x00K\x01\x87q\tRq\n(K\x03U\x01|q\x0bNNN"
    dtype += b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x0cb"
    array = reconstruct + b"(K\x01K\x02K\x03\x86q\r" + dtype + b"\x89T\x06\x00\x00\x00abcdefq\x0etq\x0fb"
    found = read_pickle(b"\x80\x02}q\x10(U\x04dataq\x11" + array + b"U\x06labelsq\x12]q\x13(K\x06K\x09eu.")
    assert found[b"data"].tobytes() == b"abcdef"
    assert found[b"data"].shape == (2, 3)
    assert found[b"labels"] == [6, 9]


class Runs:
    """A pickle that runs a command."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def hostile():
    """Yields names and bytes of pickles that must be refused."""
    for protocol in (0, 1, 2, 4, 5):
        for function, argument in (
            (os.system, "touch owned"),
            (eval, "1"),
            (exec, "1"),
            (open, "owned"),
            (subprocess.Popen, "touch owned"),
            (getattr, "owned"),
        ):
            yield f"{function.__name__} in protocol {protocol}", pickle.dumps(Runs(function, argument), protocol)
            inside = {"data": [Runs(function, argument)]}
            yield f"{function.__name__} inside, protocol {protocol}", pickle.dumps(inside, protocol)
    yield "object array with a call", pickle.dumps(ragged([1], Runs(os.system, "touch owned")), 4)
    yield "numpy's loader", pickle.dumps(Runs(np.load, "file"), 4)
    yield "numpy's memory map", b"\x80\x02cnumpy\nmemmap\nX\x01\x00\x00\x00a\x85R."
    yield "hidden name", b"\x80\x04\x8c\x05numpy\x8c\x11ndarray.__class__\x93."
    yield "name of a module of ours", b"\x80\x04\x8c\x02os\x8c\x06system\x93."
    yield "class by INST", b"\x80\x02(ios\nsystem\n."
    yield "class by OBJ", b"\x80\x02(cnumpy\nndarray\no."
    yield "class by NEWOBJ", b"\x80\x02cnumpy\nndarray\n)\x81."
    yield "extension code", b"\x80\x02\x82\x01."
    yield "persistent id", b"\x80\x02U\x01aQ."
    yield "array type with objects in it", b"\x80\x02cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R."
    yield "endless name", b"\x80\x02c" + b"a" * 100_000
    yield "long integer", b"\x80\x02\x8b\xff\xff\xff\x7f" + b"1" * 100 + b"."
    yield "digits", b"\x80\x02I" + b"9" * 100_000 + b"\n."
    yield "8 bytes of size", b"\x80\x04\x8e" + b"\xff" * 7 + b"\x0f."
    yield "4 bytes of size", b"\x80\x02B\xff\xff\xff\xff."
    yield "text of 4 bytes of size", b"\x80\x02X\xff\xff\xff\xff."
    yield "bytes that may change", b"\x80\x05\x96" + b"\xff" * 7 + b"\x0f."
    yield "far place in memory", b"\x80\x02K\x01r\xff\xff\xff\xff0."
    yield "list taken twice", b"\x80\x02]q\x00(" + b"h\x00" * 10 + b"e."
    yield "lists of lists taken twice", laughs()
    yield "list in itself", b"\x80\x02]q\x00h\x00a."
    yield "tuple taken twice", b"\x80\x02K\x01\x85q\x00h\x00\x86."
    yield "array in an array", b"\x80\x02]" + pickle.dumps(np.arange(3), 2)[2:-1] + b"a."
    yield "no stop", b"\x80\x02K\x01"
    yield "nothing", b""
    yield "only a stop", b"\x80\x02."
    yield "two values", b"\x80\x02K\x01K\x01."
    yield "no mark", b"\x80\x02K\x01t."
    yield "empty stack", b"\x80\x02\x85."
    yield "mark as a value", b"\x80\x02(."
    yield "mark in a tuple", b"\x80\x02(\x85."
    yield "mark in memory", b"\x80\x02(q\x00."
    yield "append to a number", b"\x80\x02K\x01K\x01a."
    yield "item of a list", b"\x80\x02]K\x01K\x01s."
    yield "odd items", b"\x80\x02}(K\x01u."
    yield "list as a key", b"\x80\x02}(]K\x01u."
    yield "name alone", b"\x80\x02cnumpy\nndarray\n."
    yield (
        "array without content",
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R.",
    )
    yield "text that is none", b"\x80\x04\x8c\x01\xff."
    whole = pickle.dumps(np.arange(1000), 4)
    yield "array cut short", whole[:-100] + b"."
    yield "huge shape", pickle.dumps(np.zeros(2, "u1"), 2).replace(b"K\x02\x85", b"J\xff\xff\xff\x7f\x85")
    yield "negative shape", pickle.dumps(np.zeros(2, "u1"), 2).replace(b"K\x02\x85", b"J\xff\xff\xff\xff\x85")
    yield "texts in lists", pickle.dumps(ragged(["a"]), 4)
    yield "truths in lists", pickle.dumps(ragged([True]), 4)
    yield "deep lists", pickle.dumps(ragged([[1]]), 4)
    yield "column order", pickle.dumps(np.asfortranarray(np.ones((2, 3))), 2)
    yield "dates", pickle.dumps(np.zeros(2, "M8[s]"), 4)
    yield "records", pickle.dumps(np.zeros(2, [("a", "i4")]), 4)


def laughs():
    """A pickle of 90 bytes that stands for 10**20 numbers."""
    data = b"\x80\x02](K\x01K\x01eq\x00"
    for level in range(20):
        data += b"0](" + bytes([ord("h"), level]) * 10 + b"eq" + bytes([level + 1])
    return data + b"."


HOSTILE = dict(hostile())


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pickles_are_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = HOSTILE[name]
    tracemalloc.start()
    start = time.perf_counter()
    try:
        with pytest.raises(PickleError):
            read_pickle(data)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000 + 10 * len(data)
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - start < 20
    assert list(tmp_path.iterdir()) == []


def test_damaged_pickles_end_in_one_error_or_in_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    whole = [pickle.dumps(ragged([1, 300], [70000], []), protocol) for protocol in (2, 4)]
    whole.append(pickle.dumps({"data": np.zeros((2, 3), "u1"), "labels": [1, 2]}, 2))
    refused = 0
    for round_ in range(3000):
        data = bytearray(whole[round_ % len(whole)])
        for _ in range(generator.integers(1, 4)):
            data[generator.integers(len(data))] = generator.integers(256)
        if round_ % 5 == 0:
            del data[generator.integers(len(data)) :]
        try:
            read_pickle(bytes(data))
        except PickleError:
            refused += 1
    assert refused > 1000
    assert list(tmp_path.iterdir()) == []


def test_no_instruction_is_known_that_looks_up_or_calls_anything_else():
    names = {op.name for op in pickletools.opcodes if op.code not in ".KMJ"}
    refused = {
        "INST",
        "OBJ",
        "NEWOBJ",
        "NEWOBJ_EX",
        "EXT1",
        "EXT2",
        "EXT4",
        "PERSID",
        "BINPERSID",
        "LONG4",
        "LONG",
        "INT",
    }
    assert refused <= names
    for op in pickletools.opcodes:
        if op.name in refused:
            with pytest.raises(PickleError, match="which data do not need"):
                read_pickle(b"\x80\x02" + op.code.encode("latin1") + b"\x01\n.")
