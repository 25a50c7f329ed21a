"""Files that appear whole or not at all, even if the process is killed or the power fails while writing."""

import contextlib
import os
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike) -> Iterator[Path]:
    """Gives the body a temporary path to write to; when the body ends well, that file takes the place of ``path``.

    The temporary file lies in the same folder, so the last step is one rename on one file system: a reader sees the old
    file or the new one, never a part. The content is on the disk before the rename. If the body raises, the temporary
    file goes away and ``path`` is as it was. Only a killed process can leave one behind, ``.<name>.<random>.tmp``.
    A symbolic link at ``path`` stays and its target is replaced; the permissions of an existing file are kept.

    Raises:
        FileNotFoundError: the folder does not exist.
        IsADirectoryError: ``path`` is a folder.
    """
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(f"Cannot write {os.fspath(path)!r}: the folder {str(target.parent)!r} does not exist.")
    if target.is_dir():
        raise IsADirectoryError(f"Cannot write {os.fspath(path)!r}: there is a folder of that name.")
    temporary = target.with_name(f".{target.name}.{os.urandom(6).hex()}.tmp")
    temporary.touch(exist_ok=False)
    try:
        if target.exists():
            shutil.copymode(target, temporary)
        yield temporary
        _flush(temporary)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _flush_folder(target.parent)


@contextlib.contextmanager
def atomic_folder(path: str | os.PathLike, names: Collection[str]) -> Iterator[Path]:
    """Gives the body a temporary folder to fill; when the body ends well, it takes the place of the folder ``path``.

    As :func:`atomic_write`, but no system replaces a full folder in one step: a process that is killed between two
    renames leaves the old folder whole as ``.<name>.<random>.old`` and none at ``path``.

    Args:
        path: the folder; one that is there may hold nothing but ``names``.
        names: the files that the body writes.

    Raises:
        FileNotFoundError: the folder around it does not exist.
        FileExistsError: there is a file of that name, or a folder with other files, which would be lost.
    """
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(f"Cannot write {os.fspath(path)!r}: the folder {str(target.parent)!r} does not exist.")
    if target.exists() and not target.is_dir():
        raise FileExistsError(f"Cannot write the folder {os.fspath(path)!r}: there is a file of that name.")
    others = sorted(set(os.listdir(target)) - set(names)) if target.exists() else []
    if others:
        raise FileExistsError(f"Cannot replace the folder {os.fspath(path)!r}: it has another file, {others[0]!r}.")
    temporary, old = (target.with_name(f".{target.name}.{os.urandom(6).hex()}.{end}") for end in ("tmp", "old"))
    temporary.mkdir()
    try:
        yield temporary
        _flush_folder(temporary)
        if target.exists():
            os.rename(target, old)
        try:
            os.rename(temporary, target)
        except BaseException:
            if old.exists():
                os.rename(old, target)
            raise
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)
    _flush_folder(target.parent)


def _flush(path: Path) -> None:
    with open(path, "rb+") as stream:
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    """Puts the rename itself on the disk, where the system lets folders be opened."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems cannot flush a folder; the file itself is whole all the same.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
