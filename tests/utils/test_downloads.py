"""get_file: what is kept, what is refused."""

import hashlib

import pytest

from kerasnp import config
from kerasnp.utils import get_file
from kerasnp.utils.downloads import DownloadError

CONTENT = b"thirteen bytes"
SHA, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASNP_HOME", str(tmp_path / "home"))
    config.disable_interactive_logging()
    yield tmp_path / "home"
    config.enable_interactive_logging()


@pytest.fixture
def origin(tmp_path):
    path = tmp_path / "source.bin"
    path.write_bytes(CONTENT)
    return path.as_uri()


@pytest.mark.parametrize("settings", [{}, {"file_hash": SHA}, {"md5_hash": MD5}, {"file_hash": MD5.upper()}])
def test_downloads_once(origin, home, tmp_path, settings):
    path = get_file(origin=origin, **settings)
    assert path == str(home / "datasets" / "source.bin")
    (tmp_path / "source.bin").unlink()
    assert get_file(origin=origin, **settings) == path
    assert [file.name for file in (home / "datasets").iterdir()] == ["source.bin"]


def test_places(origin, tmp_path):
    path = get_file("own.bin", origin, cache_dir=tmp_path / "cache", cache_subdir="sub", file_hash=SHA)
    assert path == str(tmp_path / "cache" / "sub" / "own.bin")


def test_another_hash_is_not_kept(origin, home):
    with pytest.raises(DownloadError, match=f"not what was expected: sha256 {SHA}, expected 0000"):
        get_file(origin=origin, file_hash="0" * 64)
    assert list((home / "datasets").iterdir()) == []


def test_a_damaged_copy_is_replaced(origin, home):
    path = get_file(origin=origin)
    for settings in ({"file_hash": SHA}, {"force_download": True}):
        with open(path, "wb") as stream:
            stream.write(b"damaged")
        get_file(origin=origin, **settings)
        with open(path, "rb") as stream:
            assert stream.read() == CONTENT


def test_a_failure_leaves_the_old_file(origin, home, tmp_path):
    path = get_file(origin=origin)
    (tmp_path / "source.bin").unlink()
    with pytest.raises(DownloadError, match="URL fetch failure"):
        get_file(origin=origin, force_download=True)
    with open(path, "rb") as stream:
        assert stream.read() == CONTENT


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"origin": None}, '"origin" argument'),
        ({"extract": True}, "does not unpack archives"),
        ({"untar": True}, "does not unpack archives"),
        ({"origin": "ftp://somewhere/file"}, "https, http or file URL"),
        ({"origin": "/etc/passwd"}, "https, http or file URL"),
        ({"origin": "https://somewhere.example/"}, "Can't parse the file name"),
        ({"file_hash": "abc"}, "must be a hexadecimal"),
        ({"hash_algorithm": "crc"}, "'auto', 'md5' or 'sha256'"),
    ],
)
def test_mistakes(origin, settings, message):
    with pytest.raises(ValueError, match=message):
        get_file(**{"origin": origin, **settings})
