"""Vocabularies in archives that real Keras wrote, and damaged ones.

The script make_vocabulary_files.py made the files.
"""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from kerasnp import saving

FILES = Path(__file__).parent / "files"
EXPECTED = json.loads((FILES / "vocabularies.json").read_text())
NAMES = sorted(set(EXPECTED) - {"keras_version"})


def path_of(name):
    return FILES / f"{name}.keras3.vocabulary.keras"


def changed(name, target, member, content):
    """Copies an archive with the content of the members that end in ``member`` replaced."""
    with zipfile.ZipFile(path_of(name)) as source, zipfile.ZipFile(target, "w") as archive:
        for each in source.namelist():
            archive.writestr(each, content if each.endswith(member) else source.read(each))
    return target


@pytest.mark.parametrize("name", NAMES)
def test_predicts_as_keras(name, tmp_path):
    expected = EXPECTED[name]
    model = saving.load_model(path_of(name))
    assert list(map(str, model.layers[0].layers[0].get_vocabulary())) == expected["vocabulary"]
    np.testing.assert_allclose(model.predict(np.array(expected["x"]), verbose=0), expected["y"], rtol=1e-5, atol=1e-7)
    model.save(tmp_path / "again.keras")
    again = saving.load_model(tmp_path / "again.keras")
    np.testing.assert_allclose(again.predict(np.array(expected["x"]), verbose=0), expected["y"], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("texts", b"\xff\xfe", "is no vocabulary"),
        ("integers", b"-1\nseven\n5", "is no vocabulary"),
        ("integers", b"-1\n" + b"9" * 5000, "a number of more than 20 digits"),
        ("words", b"[UNK]\ngood\ngood", "repeated term"),
        ("words", b"", "empty vocabulary|do not fit|known value"),
        ("weighted_words", b"\n".join(b"%d" % n for n in range(50)), "no weights for the 50 words"),
    ],
)
def test_damaged_vocabularies(name, content, message, tmp_path):
    with pytest.raises(saving.FileFormatError, match=message):
        saving.load_model(changed(name, tmp_path / "a.keras", "vocabulary.txt", content))


def test_without_the_vocabulary_nothing_fits(tmp_path):
    with zipfile.ZipFile(path_of("texts")) as source, zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
        for each in source.namelist():
            if not each.endswith(".txt"):
                archive.writestr(each, source.read(each))
    with pytest.raises(saving.FileFormatError):
        saving.load_model(tmp_path / "a.keras")


def test_a_path_in_a_config_is_refused(tmp_path):
    with zipfile.ZipFile(path_of("texts")) as source:
        config = source.read("config.json").replace(b'"vocabulary": null', b'"vocabulary": "/etc/passwd"')
    with pytest.raises(saving.FileFormatError, match="Files that a config names are not read"):
        saving.load_model(changed("texts", tmp_path / "a.keras", "config.json", config))
