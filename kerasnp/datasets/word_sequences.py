"""What the two data sets of texts as lists of word numbers share."""

from pathlib import Path

import numpy as np

from kerasnp.datasets import archives


def load(title: str, file: str, path: str, file_hash: str, keys: tuple[str, ...]) -> list[np.ndarray]:
    """Returns arrays of lists of words, and arrays of labels, in turn."""
    found = archives.find(title, (path,), archives.KERAS + file, file_hash)
    arrays = archives.read_npz(found, keys)
    for texts, labels in zip(arrays[::2], arrays[1::2], strict=True):
        if texts.dtype != object or labels.dtype.kind not in "iu" or labels.shape != texts.shape:
            raise archives.damaged(Path(found), ValueError("it has not one label for each text"))
    return arrays


def word_index(title: str, file: str, path: str, file_hash: str) -> dict[str, int]:
    """Returns the number of each word."""
    return archives.read_json(archives.find(title, (path,), archives.KERAS + file, file_hash))


def shuffled(texts: np.ndarray, labels: np.ndarray, generator: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Returns texts and labels in the next order of the generator."""
    order = np.arange(len(texts))
    generator.shuffle(order)
    return texts[order], labels[order]


def numbered(texts, start_char: int | None, index_from: int | None) -> list[list[int]]:
    """Returns the texts with all numbers raised by ``index_from`` and ``start_char`` in front, as Keras does."""
    if start_char is None and not index_from:
        return [list(text) for text in texts]
    start = [] if start_char is None else [start_char]
    return [start + [word + index_from for word in text] for text in texts]


def short_ones(texts: list[list[int]], labels: np.ndarray, maxlen: int) -> tuple[list[list[int]], np.ndarray]:
    """Returns the texts of less than ``maxlen`` words."""
    kept = np.array([len(text) < maxlen for text in texts], bool)
    return [text for text, keep in zip(texts, kept, strict=True) if keep], labels[kept]


def limited(texts: list[list[int]], num_words: int | None, skip_top: int, oov_char: int | None) -> list[list[int]]:
    """Returns the texts with other words than ``skip_top ... num_words - 1`` replaced, or left out."""
    if not num_words:  # as Keras: the word with the largest number is then always replaced
        num_words = max(max(text) for text in texts)
    if oov_char is None:
        return [[word for word in text if skip_top <= word < num_words] for text in texts]
    return [[word if skip_top <= word < num_words else oov_char for word in text] for text in texts]


def as_array(texts: list[list[int]]) -> np.ndarray:
    """Returns an array (texts,) of lists."""
    array = np.empty(len(texts), object)
    array[:] = texts
    return array
