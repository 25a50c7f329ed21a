"""Where data sets are found: the caches of this machine, then openml.org."""

import contextlib
import http.client
import importlib.util
import os
import socket
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasnp.datasets import files
from kerasnp.datasets.files import Arrays
from kerasnp.utils.console import print_msg

TIMEOUT = 8.0  # seconds without an answer from the network
Split = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Dataset:
    """What is known about a data set before having it.

    Attributes:
        title: its name in messages.
        openml: its name on openml.org, where version 1 holds the training rows and then the test rows.
        training_rows: how many of them are for training.
        checksum: SHA-256 of its arrays, see :func:`files.checksum`.
        idx_folder: name of the folder in a cache that may hold it as IDX files.
        system_folder: where a package of the operating system puts the IDX files.
        other_way: what else a user without a network can do, for the error message.
    """

    title: str
    openml: str
    training_rows: int
    checksum: str
    other_way: str
    idx_folder: str | None = None
    system_folder: str | None = None


class DatasetUnavailableError(OSError):
    """The data set is neither on this machine nor to be had from the network."""


def load(dataset: Dataset, path: str) -> Arrays:
    """Returns the arrays of a data set, from the first place that has it.

    Args:
        dataset: which one.
        path: its file name in the caches, or an absolute path.

    Raises:
        DatasetUnavailableError: no place has it.
        ValueError: a file is damaged, or the network sent something else.
    """
    for folder in cache_folders():
        if (folder / path).is_file():
            return files.read_npz(folder / path)
    for folder in _idx_folders(dataset):
        if files.has_idx(folder):
            return files.read_idx(folder)
    target = cache_folders()[0] / path
    arrays = _download(dataset, target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        files.write_npz(target, arrays)
    except OSError as error:
        print_msg(f"{dataset.title} could not be kept for the next time: {error}")
    return arrays


def cache_folders() -> list[Path]:
    """Returns our cache, in ``KERASNP_HOME`` or ``~/.kerasnp``, and Keras's, in ``KERAS_HOME`` or ``~/.keras``."""
    homes = [
        os.environ.get("KERASNP_HOME") or os.path.join("~", ".kerasnp"),
        os.environ.get("KERAS_HOME") or os.path.join("~", ".keras"),
    ]
    return [Path(os.path.expanduser(home), "datasets") for home in homes]


def _idx_folders(dataset: Dataset) -> list[Path]:
    folders = [folder / dataset.idx_folder for folder in cache_folders()] if dataset.idx_folder else []
    return folders + ([Path(dataset.system_folder)] if dataset.system_folder else [])


def _download(dataset: Dataset, target: Path) -> Arrays:
    print_msg(f"Downloading {dataset.title} from openml.org; the next time it comes from {target} ...")
    try:
        images, labels = fetch(dataset.openml)
    except (OSError, ValueError, http.client.HTTPException) as error:
        ours, keras = (str(folder) for folder in (target.parent, cache_folders()[1]))
        raise DatasetUnavailableError(
            f"{dataset.title} is not on this machine, and the download failed: {error}. Three ways to get it: (1) run "
            f"once with a network; (2) copy {target.name!r} from a machine that has it to {ours!r} or to {keras!r}; "
            f"(3) {dataset.other_way}."
        ) from error
    images, labels = np.asarray(images).astype(np.uint8).reshape(-1, 28, 28), np.asarray(labels).astype(np.uint8)
    rows = dataset.training_rows
    arrays = dict(zip(files.KEYS, (images[:rows], labels[:rows], images[rows:], labels[rows:]), strict=True))
    found = files.checksum(arrays)
    if found != dataset.checksum:
        raise ValueError(
            f"What openml.org sent as {dataset.openml!r} is not {dataset.title} as Keras has it: SHA-256 {found}, "
            f"expected {dataset.checksum}. It was not kept."
        )
    return arrays


def fetch(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns rows (n, 784) and labels (n,) of a data set of openml.org, through scikit-learn and its own cache."""
    from sklearn.datasets import fetch_openml  # importing kerasnp must not import scikit-learn

    # scikit-learn's faster reader of the format needs pandas.
    parser = "pandas" if importlib.util.find_spec("pandas") else "liac-arff"
    with _network_timeout(TIMEOUT), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it tries a second time
        bunch = fetch_openml(name, version=1, as_frame=False, parser=parser, n_retries=1)
    return bunch.data, bunch.target


@contextlib.contextmanager
def _network_timeout(seconds: float) -> Iterator[None]:
    """Limits each wait for the network; scikit-learn has no parameter for it, so the process's default changes."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def split(arrays: Arrays) -> tuple[Split, Split]:
    """Returns ``(x_train, y_train), (x_test, y_test)``."""
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
