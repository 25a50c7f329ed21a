"""Two hash functions of texts that TensorFlow uses, and so Keras: numbers in files depend on them bit by bit."""

import struct
from collections.abc import Callable, Iterable

import numpy as np

_MASK = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_CAT = 0xC6A4A7935BD1E995
CROSSING_KEY = 0xDECAFCAFFE  # the first fingerprint of a crossing


def _fetch(text: bytes, place: int, size: int = 8) -> int:
    return int.from_bytes(text[place : place + size], "little")


def _right(value: int, shift: int) -> int:
    """Rotates 64 bits to the right."""
    value &= _MASK
    return (value >> shift | value << 64 - shift) & _MASK


def _mix(value: int) -> int:
    value &= _MASK
    return value ^ value >> 47


def _joined(u: int, v: int, factor: int) -> int:
    a = _mix((u ^ v) * factor)
    return _mix(((v & _MASK) ^ a) * factor) * factor & _MASK


def _weak(text: bytes, place: int, a: int, b: int) -> tuple[int, int]:
    w, x, y, z = struct.unpack_from("<4Q", text, place)
    a += w
    b = _right(b + a + z, 21)
    c = a
    a += x + y
    b += _right(a, 44)
    return (a + z) & _MASK, (b + c) & _MASK


def fingerprint(text: bytes) -> int:
    """Returns FarmHash's 64-bit fingerprint of a text (Pike 2014, https://github.com/google/farmhash, `farmhashna`)."""
    size = len(text)
    if size > 64:
        return _of_long(text)
    factor = _K2 + 2 * size
    if size > 32:
        a, b = _fetch(text, 0) * _K2, _fetch(text, 8)
        c, d = _fetch(text, size - 8) * factor, _fetch(text, size - 16) * _K2
        y = _right(a + b, 43) + _right(c, 30) + d
        z = _joined(y & _MASK, (a + _right(b + _K2, 18) + c) & _MASK, factor)
        e, f = _fetch(text, 16) * factor, _fetch(text, 24)
        g, h = (y + _fetch(text, size - 32)) * factor, (z + _fetch(text, size - 24)) * factor
        last = (e + _right(f + a, 18) + g) & _MASK
        return _joined((_right(e + f, 43) + _right(g, 30) + h) & _MASK, last, factor)
    if size > 16:
        a, b = _fetch(text, 0) * _K1, _fetch(text, 8)
        c, d = _fetch(text, size - 8) * factor, _fetch(text, size - 16) * _K2
        first = (_right(a + b, 43) + _right(c, 30) + d) & _MASK
        return _joined(first, (a + _right(b + _K2, 18) + c) & _MASK, factor)
    if size >= 8:
        a, b = _fetch(text, 0) + _K2, _fetch(text, size - 8)
        c = _right(b, 37) * factor + a
        d = (_right(a, 25) + b) * factor
        return _joined(c & _MASK, d & _MASK, factor)
    if size >= 4:
        return _joined(size + (_fetch(text, 0, 4) << 3), _fetch(text, size - 4, 4), factor)
    if size:
        y = text[0] + (text[size >> 1] << 8)
        z = size + (text[-1] << 2)
        return _mix(y * _K2 ^ z * _K0) * _K2 & _MASK
    return _K2


def _of_long(text: bytes) -> int:
    x, y = 81, (81 * _K1 + 113) & _MASK
    z = _mix(y * _K2 + 113) * _K2 & _MASK
    v, w = (0, 0), (0, 0)
    x = (x * _K2 + _fetch(text, 0)) & _MASK

    def step(place: int, factor: int, end: bool) -> None:
        nonlocal x, y, z, v, w
        nine = 9 if end else 1
        x = _right(x + y + v[0] + _fetch(text, place + 8), 37) * factor & _MASK
        y = _right(y + v[1] + _fetch(text, place + 48), 42) * factor & _MASK
        x ^= w[1] * nine & _MASK
        y = (y + v[0] * nine + _fetch(text, place + 40)) & _MASK
        z = _right(z + w[0], 33) * factor & _MASK
        v = _weak(text, place, v[1] * factor, x + w[0])
        w = _weak(text, place + 32, z + w[1], y + _fetch(text, place + 16))
        x, z = z, x

    size = len(text)
    for place in range(0, (size - 1) // 64 * 64, 64):
        step(place, _K1, False)
    factor = _K1 + ((z & 0xFF) << 1)
    w = ((w[0] + ((size - 1) & 63)) & _MASK, w[1])
    v = ((v[0] + w[0]) & _MASK, v[1])
    w = ((w[0] + v[0]) & _MASK, w[1])
    step(size - 64, factor, True)
    first = (_joined(v[0], w[0], factor) + _mix(y) * _K0 + z) & _MASK
    return _joined(first, (_joined(v[1], w[1], factor) + x) & _MASK, factor)


def joined_fingerprints(first: int, second: int) -> int:
    """Returns the fingerprint of two fingerprints, one after the other (``FingerprintCat64`` of TensorFlow)."""
    result = first ^ _CAT
    result ^= _mix(second * _CAT) * _CAT & _MASK
    result = _mix(result * _CAT) * _CAT
    return _mix(result)


def siphash(text: bytes, key: tuple[int, int]) -> int:
    """Returns the 64-bit SipHash-2-4 of a text (Aumasson and Bernstein 2012)."""
    k0, k1 = (part & _MASK for part in key)
    state = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def rounds(count: int) -> None:
        a, b, c, d = state
        for _ in range(count):
            a = (a + b) & _MASK
            b = _right(b, 51) ^ a
            a = _right(a, 32)
            c = (c + d) & _MASK
            d = _right(d, 48) ^ c
            a = (a + d) & _MASK
            d = _right(d, 43) ^ a
            c = (c + b) & _MASK
            b = _right(b, 47) ^ c
            c = _right(c, 32)
        state[:] = a, b, c, d

    whole = len(text) // 8 * 8
    last = int.from_bytes(text[whole:], "little") | (len(text) & 0xFF) << 56
    for word in (*struct.unpack_from(f"<{whole // 8}Q", text), last):
        state[3] ^= word
        rounds(2)
        state[0] ^= word
    state[2] ^= 0xFF
    rounds(4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def buckets(texts: Iterable[bytes], count: int, key: tuple[int, int] | None = None) -> np.ndarray:
    """Returns the number of a bucket, from 0 to ``count - 1``, for each text.

    Args:
        texts: as bytes.
        count: number of buckets.
        key: makes them by :func:`siphash` with this key; None by :func:`fingerprint`.
    """
    hashed: Callable[[bytes], int] = fingerprint if key is None else lambda text: siphash(text, key)
    known: dict[bytes, int] = {}
    numbers = []
    for text in texts:
        if text not in known:
            known[text] = hashed(text) % count
        numbers.append(known[text])
    return np.array(numbers, np.int64)
