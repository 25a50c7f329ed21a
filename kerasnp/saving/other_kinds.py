"""What a file may be that is none of Keras's, to tell the user who takes it for one."""

import os

_PACKED = "It is compressed; unpack it first."
_STARTS = {
    b"\x1f\x8b": _PACKED,
    b"BZh": _PACKED,
    b"\xfd7zXZ": _PACKED,
    b"\x28\xb5\x2f\xfd": _PACKED,
    b"7z\xbc\xaf": _PACKED,
    b"version https://git-lfs": "It is a pointer of Git LFS; `git lfs pull` brings the file itself.",
    b"<": "It is a web page, perhaps what a failed download left.",
    b"\x93NUMPY": "It is an array of NumPy.",
    b"\x80": "It is a pickle, which kerasnp never opens, as it could run code.",
}
_OF_TENSORFLOW = "load it with the Keras that wrote it, and save it as `.keras`, `.weights.h5` or `.h5`."
LONGEST_START = max(map(len, _STARTS))


def about_start(start: bytes) -> str:
    """Tells what a file is that starts so, as a sentence behind another one; empty if that is not known."""
    if not start:
        return " It is empty."
    if not start.strip(b"\0"):
        return " It begins with zeros, as files do that were never written to the end."
    return next((f" {text}" for sign, text in _STARTS.items() if start.startswith(sign)), "")


def about_folder(path: str) -> str:
    """Tells what a folder is, as :func:`about_start`."""
    if os.path.lexists(os.path.join(path, "saved_model.pb")):
        return f" It is a SavedModel of TensorFlow; {_OF_TENSORFLOW}"
    return ""


def about_missing(path: str) -> str:
    """Tells what there is in place of a missing file, as :func:`about_start`."""
    if "://" in path:
        return " kerasnp reads local files only."
    if os.path.lexists(f"{path}.index"):
        return f" There is {path + '.index'!r}, a checkpoint of TensorFlow; {_OF_TENSORFLOW}"
    return ""
