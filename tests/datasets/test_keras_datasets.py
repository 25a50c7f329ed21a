"""The data sets that come as Keras's files: small stand-ins, and what Keras makes of them.

The script golden/make_datasets.py makes the stand-ins and froze Keras's arrays.
"""

import hashlib
import io
import json
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
from make_datasets import stand_ins

from kerasnp import config, datasets
from kerasnp.datasets import archives, store
from kerasnp.utils import downloads

FROZEN = json.loads((Path(__file__).parents[1] / "golden" / "datasets.json").read_text())
NAMES = sorted(stand_ins())


@pytest.fixture(autouse=True)
def offline(monkeypatch, quiet):
    def unreachable(origin, target):
        raise downloads.DownloadError(f"no network for {origin}")

    monkeypatch.setattr(downloads, "_fetch", unreachable)


def cached(name: str, which: int = 0) -> Path:
    folder = store.cache_folders()[which]
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


@pytest.mark.parametrize(("name", "settings", "expected"), FROZEN["cases"])
def test_arrays_are_those_of_keras(name, settings, expected):
    np.savez(cached(f"{name}.npz", 1), **stand_ins()[name])
    (x_train, y_train), (x_test, y_test) = getattr(datasets, name).load_data(**settings)
    parts = [x_train, y_train, x_test, y_test]
    assert [part.tolist() for part in parts] == expected
    given = stand_ins()[name]
    kinds = [given[next(iter(given))].dtype, given["y" if "y" in given else "y_train"].dtype] * 2
    assert [part.dtype for part in parts] == kinds


@pytest.mark.parametrize("protocol", [2, 3, 5])
def test_files_of_older_pythons(protocol, tmp_path):
    arrays = stand_ins()["reuters"]
    whole = cached("reuters.npz")
    np.savez(whole, **arrays)
    (expected, _), _ = datasets.reuters.load_data()
    member = io.BytesIO()
    np.lib.format.write_array_header_1_0(member, {"descr": "|O", "fortran_order": False, "shape": arrays["x"].shape})
    member.write(pickle.dumps(arrays["x"], protocol))
    write_zip(whole, {"x.npy": member.getvalue(), "y.npy": npy(arrays["y"])})
    (found, _), _ = datasets.reuters.load_data()
    assert found.tolist() == expected.tolist()


def npy(array) -> bytes:
    member = io.BytesIO()
    np.lib.format.write_array(member, array)
    return member.getvalue()


def write_zip(path, members):
    import zipfile

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("name", NAMES)
def test_offline_the_error_says_what_to_do(name):
    with pytest.raises(store.DatasetUnavailableError, match=rf"no network.*\(1\).*\(2\) copy '{name}\.npz'.*https://"):
        getattr(datasets, name).load_data()


def test_a_download_is_checked_and_kept(monkeypatch, tmp_path):
    whole = io.BytesIO()
    np.savez(whole, **stand_ins()["boston_housing"])
    asked = []

    def answer(origin, target):
        asked.append(origin)
        Path(target).write_bytes(whole.getvalue())

    monkeypatch.setattr(downloads, "_fetch", answer)
    with pytest.raises(store.DatasetUnavailableError, match="is not what was expected: sha256"):
        datasets.boston_housing.load_data()
    assert list(store.cache_folders()[0].iterdir()) == []
    digest = hashlib.sha256(whole.getvalue()).hexdigest()
    path = archives.find("Boston", ("boston_housing.npz",), archives.KERAS + "boston_housing.npz", digest)
    assert path.parent == store.cache_folders()[0]
    datasets.boston_housing.load_data()
    assert asked == ["https://storage.googleapis.com/tensorflow/tf-keras-datasets/boston_housing.npz"] * 2


def test_an_absolute_path_and_our_cache_before_keras(tmp_path):
    arrays = stand_ins()["boston_housing"]
    for place, path in enumerate(
        (cached("boston_housing.npz", 0), cached("boston_housing.npz", 1), tmp_path / "a.npz")
    ):
        np.savez(path, x=arrays["x"], y=arrays["y"] * 0 + place)
    assert datasets.boston_housing.load_data()[0][1][0] == 0
    assert datasets.boston_housing.load_data(str(tmp_path / "a.npz"))[0][1][0] == 2


@pytest.mark.parametrize(
    ("name", "arrays"),
    [
        ("imdb", {"x_train": np.arange(3)}),
        ("reuters", {"x": np.arange(3), "y": np.arange(3)}),
        ("reuters", {"x": np.array([[1], [2, 3]], object), "y": np.arange(3)}),
        ("reuters", {"x": np.array(["a", "b"], object), "y": np.arange(2)}),
        ("reuters", {"x": np.array([print, [1]], object), "y": np.arange(2)}),
        ("boston_housing", {"x": np.ones((3, 2)), "y": np.ones(2)}),
        ("boston_housing", {"x": np.array([[1], [2, 3]], object), "y": np.ones(2)}),
        ("california_housing", {"x": np.ones((3, 2), "M8[s]"), "y": np.ones(3)}),
    ],
)
def test_other_content_is_refused(name, arrays):
    np.savez(cached(f"{name}.npz"), **arrays)
    with pytest.raises(ValueError, match=r"is not a usable data set: .* It was left as it is"):
        getattr(datasets, name).load_data()


@pytest.mark.parametrize("content", [b"", b"half a file", b"PK\x03\x04"])
def test_damaged_files(content):
    cached("imdb.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"imdb\.npz' is not a usable data set"):
        datasets.imdb.load_data()


def test_claims_are_checked(monkeypatch):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**9, 13)})
    write_zip(cached("boston_housing.npz"), {"x.npy": header.getvalue(), "y.npy": npy(np.ones(2))})
    with pytest.raises(ValueError, match=r"claims the shape \(1000000000, 13\) of float64 and has 0 bytes"):
        datasets.boston_housing.load_data()
    monkeypatch.setattr(archives, "LARGEST", 1000)
    write_zip(cached("boston_housing.npz"), {"x.npy": npy(np.ones((100, 13))), "y.npy": npy(np.ones(100))})
    with pytest.raises(ValueError, match="more than 1000"):
        datasets.boston_housing.load_data()


def test_nothing_short_enough():
    for name in ("imdb", "reuters"):
        np.savez(cached(f"{name}.npz"), **stand_ins()[name])
        with pytest.raises(ValueError, match="Increase maxlen"):
            getattr(datasets, name).load_data(maxlen=1)


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("boston_housing", {"test_split": 1}, "Invalid `test_split` argument: 1"),
        ("california_housing", {"version": "tiny"}, "Argument `version` must be one of"),
        ("cifar100", {"label_mode": "medium"}, "`label_mode` must be one of"),
    ],
)
def test_wrong_arguments(name, settings, message):
    if name.endswith("housing"):
        np.savez(cached(f"{name}.npz"), **stand_ins()[name])
    with pytest.raises(ValueError, match=message):
        getattr(datasets, name).load_data(**settings)


# -- words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["imdb", "reuters"])
def test_word_index(name):
    module = getattr(datasets, name)
    cached(f"{name}_word_index.json").write_text(json.dumps({"the": 1, "naïve": 88584}))
    assert module.get_word_index() == {"the": 1, "naïve": 88584}
    for content in ("{", "[1]", '{"the": "1"}', '{"the": 1, "the": 2}'):
        cached(f"{name}_word_index.json").write_text(content)
        with pytest.raises(ValueError, match="is not a usable data set"):
            module.get_word_index()
    cached(f"{name}_word_index.json").unlink()
    with pytest.raises(store.DatasetUnavailableError, match="The word index of"):
        module.get_word_index()


def test_label_names():
    names = datasets.reuters.get_label_names()
    assert (len(names), len(set(names)), names[0], names[3], names[-1]) == (46, 46, "cocoa", "earn", "lead")


# -- CIFAR -----------------------------------------------------------------------------------------

CIFAR10 = ("cifar-10-python.tar.gz", "cifar-10-batches-py", [f"data_batch_{n}" for n in range(1, 6)] + ["test_batch"])
CIFAR100 = ("cifar-100-python.tar.gz", "cifar-100-python", ["train", "test"])


def batches(names, keys, rows=2):
    generator = np.random.default_rng(1)
    for name in names:
        pixels = generator.integers(0, 256, (rows, 3072), np.uint8)
        labels = {key: generator.integers(0, 10, rows).tolist() for key in keys}
        yield name, {b"data": pixels, b"batch_label": b"a", **{key.encode(): value for key, value in labels.items()}}


def write_tar(path, folder, files, **more):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in [*((f"{folder}/{name}", pickle.dumps(item, 2)) for name, item in files), *more.items()]:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


@pytest.mark.parametrize(
    ("load", "kind", "keys", "used"),
    [
        (datasets.cifar10.load_data, CIFAR10, ["labels"], "labels"),
        (datasets.cifar100.load_data, CIFAR100, ["fine_labels", "coarse_labels"], "fine_labels"),
        (lambda: datasets.cifar100.load_data("coarse"), CIFAR100, ["fine_labels", "coarse_labels"], "coarse_labels"),
    ],
)
@pytest.mark.parametrize("packed", [True, False])
def test_cifar(load, kind, keys, used, packed):
    archive, folder, names = kind
    files = dict(batches(names, keys))
    if packed:
        write_tar(cached(archive), folder, files.items(), **{"../outside": b"", f"{folder}/readme.html": b"hello"})
    else:
        inner = cached(f"{folder}-target", 1) / folder  # as Keras unpacks it
        inner.mkdir(parents=True)
        for name, content in files.items():
            (inner / name).write_bytes(pickle.dumps(content, 2))
    (x_train, y_train), (x_test, y_test) = load()
    *training, test = names
    assert x_train.shape == (2 * len(training), 32, 32, 3)
    assert {part.dtype for part in (x_train, y_train, x_test, y_test)} == {np.dtype("uint8")}
    first, last = files[training[0]], files[test]
    assert np.array_equal(x_train[0], first[b"data"][0].reshape(3, 32, 32).transpose(1, 2, 0))
    assert np.array_equal(x_test[1], last[b"data"][1].reshape(3, 32, 32).transpose(1, 2, 0))
    assert y_train[:2].tolist() == [[label] for label in first[used.encode()]]
    assert y_test.tolist() == [[label] for label in last[used.encode()]]


def test_cifar_with_channels_first():
    write_tar(cached(CIFAR100[0]), CIFAR100[1], batches(CIFAR100[2], ["fine_labels"]))
    config.set_image_data_format("channels_first")
    try:
        assert datasets.cifar100.load_data()[0][0].shape == (2, 3, 32, 32)
    finally:
        config.set_image_data_format("channels_last")


class Runs:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize(
    "change",
    [
        {b"data": np.zeros((2, 10), "u1")},
        {b"data": np.zeros((2, 3072), "i4")},
        {b"data": [1, 2]},
        {b"fine_labels": [1]},
        {b"fine_labels": [1, "a"]},
        {b"fine_labels": [1, 300]},
        {b"fine_labels": [1, Runs()]},
    ],
)
def test_cifar_of_another_kind_is_refused(change, capsys):
    files = [(name, {**content, **change}) for name, content in batches(CIFAR100[2], ["fine_labels"])]
    write_tar(cached(CIFAR100[0]), CIFAR100[1], files)
    with pytest.raises(ValueError, match="is not a usable data set"):
        datasets.cifar100.load_data()
    assert "run" not in capsys.readouterr().out


def test_cifar_damaged_or_missing():
    cached(CIFAR10[0]).write_bytes(b"no archive")
    with pytest.raises(ValueError, match="is not a usable data set"):
        datasets.cifar10.load_data()
    write_tar(cached(CIFAR10[0]), CIFAR10[1], batches(CIFAR10[2][:-1], ["labels"]))
    with pytest.raises(ValueError, match="is not a usable data set: 'test_batch'"):
        datasets.cifar10.load_data()
    with pytest.raises(store.DatasetUnavailableError, match=r"CIFAR-100 .*copy 'cifar-100-python\.tar\.gz'"):
        datasets.cifar100.load_data()
