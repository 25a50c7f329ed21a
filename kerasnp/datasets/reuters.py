"""Reuters: 11,228 news in 46 topics (Reuters-21578)."""

import numpy as np

from kerasnp.datasets import word_sequences
from kerasnp.datasets.store import Split

_LABELS = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass "
    "crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi "
    "iron-steel rubber heat jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead"
)


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> tuple[Split, Split]:
    """Loads the Reuters news as lists of word numbers, as ``keras.datasets.reuters.load_data`` does.

    Args:
        path, num_words, skip_top, maxlen, seed, start_char, oov_char, index_from: see
            :func:`kerasnp.datasets.imdb.load_data`.
        test_split: part of the news for the test.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: arrays (8982,) and (2246,) of lists of integers, and of int64 labels
        from 0 to 45, which :func:`get_label_names` names.

    Raises:
        DatasetUnavailableError: it is in no cache, and there is no network; the message says how to get it.
        ValueError: the file is damaged.
    """
    texts, labels = word_sequences.load(
        "Reuters",
        "reuters.npz",
        path,
        "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
        ("x", "y"),
    )
    texts, labels = word_sequences.shuffled(texts, labels, np.random.RandomState(seed))
    texts = word_sequences.numbered(texts, start_char, index_from)
    if maxlen:
        texts, labels = word_sequences.short_ones(texts, labels, maxlen)
        if not texts:
            raise ValueError(
                f"After filtering for sequences shorter than maxlen={maxlen}, no sequence was kept. Increase maxlen."
            )
    texts = word_sequences.limited(texts, num_words, skip_top, oov_char)
    cut = int(len(texts) * (1 - test_split))
    return (
        (word_sequences.as_array(texts[:cut]), labels[:cut]),
        (word_sequences.as_array(texts[cut:]), labels[cut:]),
    )


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """Returns the number of each word of the news, to which :func:`load_data` adds ``index_from``.

    Args:
        path: name of the file in the caches, or an absolute path.

    Raises:
        DatasetUnavailableError: it is in no cache, and there is no network; the message says how to get it.
        ValueError: the file is damaged.
    """
    return word_sequences.word_index(
        "The word index of Reuters", "reuters_word_index.json", path, "4d44cc38712099c9e383dc6e5f11a921"
    )


def get_label_names() -> tuple[str, ...]:
    """Returns the names of the 46 topics, in the order of the labels."""
    return tuple(_LABELS.split())
