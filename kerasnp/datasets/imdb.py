"""IMDB: 50,000 film reviews, for or against (Maas et al. 2011)."""

import numpy as np

from kerasnp.datasets import word_sequences
from kerasnp.datasets.store import Split


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> tuple[Split, Split]:
    """Loads the IMDB reviews as lists of word numbers, as ``keras.datasets.imdb.load_data`` does.

    The most frequent word has the number 1, to which ``index_from`` is added.

    Args:
        path: name of the file in the caches, or an absolute path; see :func:`kerasnp.datasets.mnist.load_data`.
        num_words: only numbers below this are kept; None means all.
        skip_top: numbers below this are not kept.
        maxlen: longer reviews, and those as long, are left out; None means none.
        seed: of the shuffle.
        start_char: number in front of each review; None means none.
        oov_char: number in the place of a word that is not kept; None leaves it out.
        index_from: see above.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: arrays (25000,) of lists of integers and of int64 labels, 1 for and 0
        against.

    Raises:
        DatasetUnavailableError: it is in no cache, and there is no network; the message says how to get it.
        ValueError: the file is damaged, or no review is short enough.
    """
    x_train, y_train, x_test, y_test = word_sequences.load(
        "IMDB",
        "imdb.npz",
        path,
        "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
        ("x_train", "y_train", "x_test", "y_test"),
    )
    generator = np.random.RandomState(seed)
    x_train, y_train = word_sequences.shuffled(x_train, y_train, generator)
    x_test, y_test = word_sequences.shuffled(x_test, y_test, generator)
    train, test = (word_sequences.numbered(texts, start_char, index_from) for texts in (x_train, x_test))
    if maxlen:
        train, y_train = word_sequences.short_ones(train, y_train, maxlen)
        test, y_test = word_sequences.short_ones(test, y_test, maxlen)
        if not train or not test:
            raise ValueError(
                f"After filtering for sequences shorter than maxlen={maxlen}, no sequence was kept. Increase maxlen."
            )
    texts = word_sequences.limited(train + test, num_words, skip_top, oov_char)
    cut = len(train)
    return (word_sequences.as_array(texts[:cut]), y_train), (word_sequences.as_array(texts[cut:]), y_test)


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """Returns the number of each word of the reviews, to which :func:`load_data` adds ``index_from``.

    Args:
        path: name of the file in the caches, or an absolute path.

    Raises:
        DatasetUnavailableError: it is in no cache, and there is no network; the message says how to get it.
        ValueError: the file is damaged.
    """
    return word_sequences.word_index(
        "The word index of IMDB", "imdb_word_index.json", path, "bfafd718b763782e994055a2d397834f"
    )
