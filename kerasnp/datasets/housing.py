"""What the two data sets of house prices share."""

from pathlib import Path

import numpy as np

from kerasnp.datasets import archives
from kerasnp.datasets.store import Split


def load(title: str, file: str, path: str, file_hash: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns the features and the prices of all houses."""
    found = archives.find(title, (path,), archives.KERAS + file, file_hash)
    x, y = archives.read_npz(found, ("x", "y"))
    if x.ndim != 2 or y.shape != x.shape[:1] or x.dtype.kind != "f":
        raise archives.damaged(Path(found), ValueError(f"it has arrays of shape {x.shape} and {y.shape}"))
    return x, y


def split(x: np.ndarray, y: np.ndarray, test_split: float, seed: int) -> tuple[Split, Split]:
    """Returns training and test after the shuffle that Keras makes with this seed."""
    if not 0 <= test_split < 1:
        raise ValueError(f"Invalid `test_split` argument: {test_split}. It must be between 0 and 1 (exclusive of 1).")
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    cut = int(len(x) * (1 - test_split))
    return (x[order[:cut]], y[order[:cut]]), (x[order[cut:]], y[order[cut:]])
