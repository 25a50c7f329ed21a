"""Files from the network, kept for the next time."""

import hashlib
import hmac
import os
import urllib.parse
from pathlib import Path

from kerasnp.utils.console import print_msg

TIMEOUT = 8.0  # seconds without an answer from the network
_BLOCK = 1 << 20
_ALGORITHMS = {32: "md5", 64: "sha256"}  # by the length of the hexadecimal hash


class DownloadError(OSError):
    """A file could not be had from the network, or is not what was expected."""


def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | None = "auto",
    cache_dir: str | os.PathLike | None = None,
    force_download: bool = False,
) -> str:
    """Returns the path of a file that is downloaded unless it is there, as ``keras.utils.get_file``.

    Unlike Keras it never unpacks an archive: one from elsewhere can write anywhere and fill the disk.

    Args:
        fname: its name in the cache, or an absolute path; None means the last part of ``origin``.
        origin: the URL, ``https://...``, ``http://...`` or ``file://...``.
        untar, extract, archive_format: False; see above.
        md5_hash: the older way to give ``file_hash``.
        file_hash: hexadecimal hash that the file must have. One in the cache that has another is downloaded anew.
        cache_subdir: folder within the cache.
        hash_algorithm: ``"md5"``, ``"sha256"`` or ``"auto"``, by the length of the hash.
        cache_dir: the cache; None means ``$KERASNP_HOME``, ``~/.kerasnp`` unless set.
        force_download: whether to download it again.

    Raises:
        DownloadError: no network, or a file with another hash, which is not kept.
        ValueError: a wrong argument, or an archive to be unpacked.
    """
    if origin is None:
        raise ValueError('Please specify the "origin" argument (URL of the file to download).')
    if untar or extract:
        raise ValueError(
            "get_file does not unpack archives. Leave `extract` and `untar` out and unpack the file yourself, such as "
            "by `tarfile.open(path).extractall(folder, filter='data')`."
        )
    scheme = urllib.parse.urlsplit(origin).scheme
    if scheme not in ("https", "http", "file"):
        raise ValueError(f"`origin` must be an https, http or file URL; received {origin!r}.")
    file_hash = file_hash or md5_hash
    name = fname or os.path.basename(urllib.parse.unquote(urllib.parse.urlsplit(origin).path))
    if not os.path.basename(name):
        raise ValueError(f"Can't parse the file name from the origin provided: {origin!r}. Please specify the `fname`.")
    path = Path(cache_dir or home(), cache_subdir, name)
    algorithm = _algorithm(file_hash, hash_algorithm)
    if path.is_file() and not force_download:
        if not file_hash or _same(hash_of(path, algorithm), file_hash):
            return str(path)
        print_msg(f"{path} has not the hash {file_hash}; it is downloaded again.")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
    try:
        _fetch(origin, temporary)
        if file_hash and not _same(found := hash_of(temporary, algorithm), file_hash):
            raise DownloadError(
                f"What came from {origin} is not what was expected: {algorithm} {found}, expected {file_hash}. It was "
                "not kept."
            )
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return str(path)


def home() -> Path:
    """Returns the folder in which data are kept: ``$KERASNP_HOME``, or ``~/.kerasnp``."""
    return Path(os.path.expanduser(os.environ.get("KERASNP_HOME") or os.path.join("~", ".kerasnp")))


def hash_of(path: str | os.PathLike, algorithm: str = "sha256") -> str:
    """Returns the hexadecimal hash of a file."""
    with open(path, "rb") as stream:
        digest = hashlib.new(algorithm, usedforsecurity=False)
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _fetch(origin: str, target: Path) -> None:
    """Writes what is at ``origin`` to a file."""
    from http.client import HTTPException  # these take long to import
    from urllib.request import urlopen

    print_msg(f"Downloading data from {origin}")
    try:
        with urlopen(origin, timeout=TIMEOUT) as answer, open(target, "wb") as stream:
            while block := answer.read(_BLOCK):
                stream.write(block)
    except (OSError, HTTPException) as error:
        raise DownloadError(f"URL fetch failure on {origin}: {error}") from error


def _algorithm(file_hash: str | None, name: str) -> str:
    if name not in ("auto", "md5", "sha256"):
        raise ValueError(f"`hash_algorithm` must be 'auto', 'md5' or 'sha256'; received {name!r}.")
    if not file_hash:
        return "sha256"
    name = _ALGORITHMS.get(len(file_hash)) if name == "auto" else name
    if name is None:
        raise ValueError(f"`file_hash` must be a hexadecimal MD5 or SHA-256; received {file_hash!r}.")
    return name


def _same(found: str, expected: str) -> bool:
    return hmac.compare_digest(found, expected.lower())
