"""What can be wrong with a file, as one class of errors."""

import contextlib
from collections.abc import Iterator

_LONGEST = 8000  # characters of a message


class FileFormatError(ValueError):
    """A model or weights file cannot be read: it is damaged, of another kind, unsafe, or does not fit.

    The message names the file, the place in it and the reason. A missing file is a FileNotFoundError instead.

    Attributes:
        path: the file, once it is known.
    """

    def __init__(self, message: str, path: str | None = None):
        super().__init__(message)
        self.path = path


class UnusableStateError(ValueError):
    """The optimizer's state in a file does not fit the optimizer; the message says why.

    No error for the user: the model is loaded without it, and a warning gives the reason.
    """


@contextlib.contextmanager
def reading(path: str, kind: str | None = None) -> Iterator[None]:
    """Makes every error of the body a :class:`FileFormatError` that names the file.

    A file can make any line of the readers fail, those of a layer's constructor included, in ways that
    nobody foresees. What the operating system says about the file itself passes as it is, and so do warnings.

    Args:
        path: the file.
        kind: what it is, once that is known.
    """
    about = f"Cannot read {path!r}" if kind is None else f"{path!r} is {kind}, but cannot be read"
    try:
        yield
    except FileFormatError as error:
        if error.path is not None:
            raise
        raise FileFormatError(f"{about}: {_cut(str(error))}", path) from error.__cause__
    except (FileNotFoundError, PermissionError, Warning):
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise FileFormatError(f"{about}: {_cut(what)}", path) from error


def _cut(text: str) -> str:
    """Keeps a message readable that quotes what a file has."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"
