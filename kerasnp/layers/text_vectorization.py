"""Texts to rows of numbers of their words."""

import string

import numpy as np

from kerasnp import registry
from kerasnp.layers.base import Shape, register
from kerasnp.layers.encoding import one_of, refuse_sparse
from kerasnp.layers.host import TEXT_TYPES, HostLayer, as_texts, batches_of
from kerasnp.layers.lookups import StringLookup
from kerasnp.layers.vocabulary import refuse_path

_STANDARDIZE = ("lower_and_strip_punctuation", "lower", "strip_punctuation", None)
_SPLIT = ("whitespace", "character", None)
# Letters beyond ASCII stay as they are, as in Keras.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
_SPACES = str.maketrans("\t\n\x0b\x0c\r", "     ")


@register()
class TextVectorization(HostLayer):
    """Turns texts into rows of the numbers of their words, or into one row of counts each.

    A text is standardized and split into words, these are joined to n-grams if asked for, and looked up in a vocabulary
    that is given or taken from texts by :meth:`adapt`. 0 is padding, 1 an unknown word.

    Args:
        max_tokens: the most that the vocabulary may have, padding and unknown included; None: any number.
        standardize: ``"lower_and_strip_punctuation"``, ``"lower"``, ``"strip_punctuation"``, None, or a function that
            takes an array of texts and returns one.
        split: ``"whitespace"``, ``"character"``, None: each text is a word, or a function that takes an array of texts
            and returns a list of words for each.
        ngrams: an integer n for all runs of up to n words, joined by spaces, or a tuple of lengths; None: only words.
        output_mode: ``"int"`` numbers; ``"multi_hot"`` ones for the words in a text, ``"count"`` how often they occur,
            ``"tf_idf"`` that times their weights.
        output_sequence_length: numbers a text, for ``"int"``; longer ones are cut off, shorter ones padded with 0. None
            means the longest in the batch.
        pad_to_max_tokens, vocabulary, idf_weights, encoding: see :class:`StringLookup`.
        sparse, ragged: only False.
        name, **kwargs: see :class:`Layer`; ``dtype`` may also be ``"string"`` or an integer type, without effect.

    Input shape: (batch,) or (batch, 1), of texts. Output shape: (batch, words) of int64 for ``"int"``, else
    (batch, vocabulary).

    Raises:
        ValueError: a wrong argument.
    """

    other_types = TEXT_TYPES

    def __init__(
        self,
        max_tokens=None,
        standardize="lower_and_strip_punctuation",
        split="whitespace",
        ngrams=None,
        output_mode="int",
        output_sequence_length=None,
        pad_to_max_tokens=False,
        vocabulary=None,
        idf_weights=None,
        sparse=False,
        ragged=False,
        encoding="utf-8",
        name=None,
        vocabulary_size=None,
        has_input_vocabulary=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        for argument, value, allowed in (("standardize", standardize, _STANDARDIZE), ("split", split, _SPLIT)):
            if not callable(value):
                one_of(self, argument, value, allowed)
        if not (ngrams is None or isinstance(ngrams, int) or _all_integers(ngrams)):
            raise ValueError(f"`ngrams` must be None, an integer, or a tuple of integers. Received: ngrams={ngrams}")
        refuse_sparse(self, sparse)
        if ragged:
            raise ValueError(f"TextVectorization: kerasnp has no ragged arrays. Received: ragged={ragged}")
        lookup = StringLookup(
            max_tokens=max_tokens,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            pad_to_max_tokens=pad_to_max_tokens,
            mask_token="",
            output_mode=output_mode,
            encoding=encoding,
            name=self.name,
        )
        if lookup.output_mode == "int":
            if not (output_sequence_length is None or isinstance(output_sequence_length, int)):
                raise ValueError(
                    "`output_sequence_length` must be either None or an integer when `output_mode` is 'int'. Received: "
                    f"output_sequence_length={output_sequence_length}"
                )
        elif output_sequence_length is not None:
            raise ValueError(
                "`output_sequence_length` must not be set if `output_mode` is not 'int'. Received "
                f"output_sequence_length={output_sequence_length}."
            )
        if lookup.output_mode == "one_hot" and split is not None:
            raise ValueError('TextVectorization: output_mode="one_hot" is for single words, with `split=None`.')
        self.standardize, self.split, self.ngrams = standardize, split, ngrams
        self.output_mode, self.output_sequence_length = lookup.output_mode, output_sequence_length
        self._lookup = (lookup,)  # hidden in a tuple of one: it has no place of its own in files
        self.dtype = lookup.dtype

    @property
    def input_dtype(self) -> str:
        return "string"

    def adapt(self, data, batch_size: int | None = None, steps: int | None = None) -> None:
        """Makes the vocabulary of the words in ``data``: the most frequent first, of equals the last in order first.

        Args:
            data: texts, an array or a list, or an iterable of batches.
            batch_size: without effect.
            steps: batches to take of an iterable; None means all.

        Raises:
            ValueError: the layer was made with a vocabulary.
        """
        batches = batches_of(data, steps, (list, tuple))
        self._lookup[0].adapt_to(words for batch in batches for words in self._words(as_texts(batch)))

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """Returns the vocabulary; see :meth:`StringLookup.get_vocabulary`."""
        return self._lookup[0].get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """Returns the number of words, padding and unknown included."""
        return self._lookup[0].vocabulary_size()

    def set_vocabulary(self, vocabulary, idf_weights=None) -> None:
        """Replaces the vocabulary; see :meth:`StringLookup.set_vocabulary`."""
        self._lookup[0].set_vocabulary(vocabulary, idf_weights)

    def as_input(self, x) -> np.ndarray:
        return as_texts(x)

    def convert(self, x: np.ndarray) -> np.ndarray:
        lookup, words = self._lookup[0], self._words(x)
        numbers = lookup.numbers_of([word for row in words for word in row])
        lengths = np.array([len(row) for row in words], np.int64)
        if self.output_mode == "int":
            rows = _padded(numbers, lengths, self.output_sequence_length, 0)
        else:
            rows = lookup.encoded(_padded(numbers, lengths, None, -1))
        return rows.reshape(*x.shape[: x.ndim - 1], *rows.shape[1:]) if not x.ndim else rows

    def _words(self, x: np.ndarray) -> list[list[str]]:
        """Returns the words of each text."""
        if x.ndim > 1 and x.shape[1:] != (1,):
            if self.split is not None or x.ndim > 2:
                raise ValueError(
                    "When using `TextVectorization` to tokenize strings, the input rank must be 1 or the last shape "
                    f"dimension must be 1. Received: inputs.shape={x.shape} with rank={x.ndim}"
                )
        elif x.ndim != 1 and self.split is not None:
            x = x.reshape(-1)
        texts = self._standardized(x)
        if self.split is None:
            words = texts.reshape(len(texts), -1).tolist() if texts.ndim else [[texts.item()]]
        elif self.split == "whitespace":
            # Only the spaces of ASCII separate words; str.split() knows many more.
            words = [[word for word in text.translate(_SPACES).split(" ") if word] for text in texts.tolist()]
        elif self.split == "character":
            words = list(map(list, texts.tolist()))
        else:
            words = [list(map(str, row)) for row in self.split(texts)]
        if self.ngrams is None:
            return words
        lengths = range(1, self.ngrams + 1) if isinstance(self.ngrams, int) else self.ngrams
        return [
            [" ".join(row[start : start + size]) for size in lengths for start in range(len(row) - size + 1)]
            for row in words
        ]

    def _standardized(self, x: np.ndarray) -> np.ndarray:
        if callable(self.standardize):
            return as_texts(self.standardize(x.astype(np.str_)))
        steps = {
            "lower_and_strip_punctuation": (_LOWER, _NO_PUNCTUATION),
            "lower": (_LOWER,),
            "strip_punctuation": (_NO_PUNCTUATION,),
        }.get(self.standardize, ())
        for table in steps:
            result = np.empty(x.shape, object)
            result.ravel()[...] = [text.translate(table) for text in x.ravel().tolist()]
            x = result
        return x

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        if self.output_mode == "int":
            return (input_shape[0] if input_shape else None, self.output_sequence_length)
        return self._lookup[0].compute_output_shape((*input_shape[:1], None))

    def get_config(self) -> dict:
        lookup = self._lookup[0].get_config()
        shared = ("max_tokens", "pad_to_max_tokens", "sparse", "vocabulary", "idf_weights", "encoding")
        return {
            **super().get_config(),
            "dtype": self._float_type,
            **{name: lookup[name] for name in shared},
            "standardize": registry.serialize_keras_object(self.standardize),
            "split": registry.serialize_keras_object(self.split),
            "ngrams": self.ngrams,
            "output_mode": self.output_mode,
            "output_sequence_length": self.output_sequence_length,
            "ragged": False,
            "vocabulary_size": self.vocabulary_size(),
        }

    @classmethod
    def from_config(cls, config: dict) -> "TextVectorization":
        """Makes a layer; a vocabulary that is the path of a file is refused.

        Raises:
            ValueError: such a path.
        """
        refuse_path(cls, config)
        config = dict(config)
        for name in ("standardize", "split"):
            if isinstance(config.get(name), dict):
                config[name] = registry.deserialize_keras_object(config[name])
        if isinstance(config.get("ngrams"), list):
            config["ngrams"] = tuple(config["ngrams"])
        return cls(**config)


def _all_integers(value) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, int) for item in value)


def _padded(numbers: np.ndarray, lengths: np.ndarray, size: int | None, filling: int) -> np.ndarray:
    """Returns rows of the next ``lengths`` numbers each, cut off or filled up to ``size``."""
    size = int(lengths.max(initial=0)) if size is None else size
    rows = np.full((len(lengths), size), filling, np.int64)
    starts = np.cumsum(lengths) - lengths
    places = np.arange(size)
    inside = places < lengths[:, None]
    rows[inside] = numbers[(starts[:, None] + places)[inside]]
    return rows
