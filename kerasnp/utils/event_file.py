"""TensorBoard's event files: records of protocol buffers, written by hand.

A record is its length (8 bytes), a check sum of that, the data, and a check sum of those, as TFRecord files have it.
The data are the fields of TensorFlow's messages ``Event``, ``Summary``, ``SummaryMetadata`` and ``TensorProto``; a
field is ``number * 8 + kind`` and its value, where kind 0 is a whole number in groups of seven bits, 1 eight bytes, 2 a
length and bytes, and 5 four bytes.
"""

import os
import platform
import struct
import time

FLOAT = 1  # DT_FLOAT
SCALARS = 1  # DATA_CLASS_SCALAR


def _crc32c_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc32c_table()


def crc32c(data: bytes) -> int:
    """Returns the check sum by Castagnoli's polynomial (RFC 3720, appendix B.4)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def masked_crc32c(data: bytes) -> int:
    """Returns the check sum as TFRecord files have it: turned by 15 bits, plus a constant."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """Returns ``data`` framed as one record."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked_crc32c(length)) + data + struct.pack("<I", masked_crc32c(data))


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1  # negative numbers as in two's complement
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value) if value else b""


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _event(wall_time: float, step: int, what: bytes) -> bytes:
    return _varint(1 << 3 | 1) + struct.pack("<d", wall_time) + _number(2, step) + what


def version_event(wall_time: float) -> bytes:
    """Returns the event that every file begins with."""
    return _event(wall_time, 0, _bytes(3, b"brain.Event:2"))


def scalar_event(tag: str, value: float, step: int, wall_time: float) -> bytes:
    """Returns the event for one point of a curve."""
    plugin = _bytes(1, b"scalars")
    metadata = _bytes(1, plugin) + _number(4, SCALARS)
    tensor = _number(1, FLOAT) + _bytes(2, b"") + _bytes(5, struct.pack("<f", value))
    entry = _bytes(1, tag.encode()) + _bytes(8, tensor) + _bytes(9, metadata)
    return _event(wall_time, step, _bytes(5, _bytes(1, entry)))


class EventFile:
    """An event file that is written to while it is open.

    Args:
        folder: where it lies; made if need be.

    Attributes:
        path: the file, named by time, machine and process as TensorFlow names them.
    """

    _count = 0

    def __init__(self, folder: str):
        os.makedirs(folder, exist_ok=True)
        now = time.time()
        name = f"events.out.tfevents.{int(now)}.{platform.node()}.{os.getpid()}.{EventFile._count}.v2"
        EventFile._count += 1
        self.path = os.path.join(folder, name)
        self._file = open(self.path, "wb")  # noqa: SIM115 (see close)
        self._file.write(record(version_event(now)))
        self._file.flush()

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        """Adds one point to the curve ``tag``."""
        self._file.write(record(scalar_event(tag, value, step, time.time())))

    def flush(self) -> None:
        """Lets readers see all that was added."""
        self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
