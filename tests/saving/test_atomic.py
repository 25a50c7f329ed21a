"""A file is the old one or the new one, whatever happens while it is written."""

import os
import stat

import pytest

from kerasnp.saving.atomic import atomic_write


def write(path, text):
    with atomic_write(path) as temporary:
        temporary.write_text(text)


def test_new_and_replaced(tmp_path):
    path = tmp_path / "file.txt"
    write(path, "first")
    assert path.read_text() == "first"
    write(str(path), "second")
    assert path.read_text() == "second"
    assert os.listdir(tmp_path) == ["file.txt"]


def test_nothing_is_seen_before_the_end(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with atomic_write(path) as temporary:
        temporary.write_text("new")
        assert temporary.parent == path.parent
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_failure_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def interrupted():
        with atomic_write(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        interrupted()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.txt"]


def test_failed_rename_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def full(*_):
        raise OSError("no space")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.txt"]


def test_permissions(tmp_path):
    plain, path = tmp_path / "plain.txt", tmp_path / "file.txt"
    plain.write_text("")
    write(path, "first")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    path.chmod(0o640)
    write(path, "second")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_link_stays(tmp_path):
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "target.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    write(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"folder '.*nowhere' does not exist"):
        write(tmp_path / "nowhere" / "file.txt", "text")


def test_folder_of_that_name(tmp_path):
    with pytest.raises(IsADirectoryError, match="a folder of that name"):
        write(tmp_path, "text")
