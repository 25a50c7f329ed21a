"""The vocabulary of layers that look words up: given, read or taken from data."""

import math
import os
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from kerasnp import config
from kerasnp.layers.host import TEXT_TYPES, HostLayer, batches_of


class Vocabulary(HostLayer):
    """A layer with tokens that have numbers; see :class:`kerasnp.layers.index_lookup.IndexLookup` for the arguments."""

    other_types = TEXT_TYPES
    max_tokens: int | None
    num_oov_indices: int
    output_mode: str
    invert: bool
    pad_to_max_tokens: bool
    idf_weights: np.ndarray | None
    _tokens: list
    _numbers: dict | None

    # -- what a subclass writes --------------------------------------------------------------------

    def tokens_of(self, x: np.ndarray) -> list:
        """Returns the entries of an array as tokens."""
        raise NotImplementedError

    def hashable(self, tokens: Iterable) -> list[bytes] | None:
        """Returns what is hashed of tokens outside the vocabulary; None where they are divided instead."""
        raise NotImplementedError

    def read_token(self, line: str):
        """Returns the token in a line of a file."""
        raise NotImplementedError

    # -- vocabulary --------------------------------------------------------------------------------

    @property
    def _first_oov(self) -> int:
        return 1 if self.mask_token is not None and self.output_mode == "int" else 0

    @property
    def _first_token(self) -> int:
        return self._first_oov + self.num_oov_indices

    def vocabulary_size(self) -> int:
        """Returns the number of tokens, the special ones included."""
        return len(self._tokens) + self._first_token

    def get_vocabulary(self, include_special_tokens: bool = True) -> list:
        """Returns the vocabulary, in the order of the numbers.

        Args:
            include_special_tokens: whether the mask token and the tokens for what is unknown are in it.
        """
        if not include_special_tokens:
            return list(self._tokens)
        return [self.mask_token] * self._first_oov + [self.oov_token] * self.num_oov_indices + self._tokens

    def set_vocabulary(self, vocabulary, idf_weights=None) -> None:
        """Replaces the vocabulary.

        Args:
            vocabulary: tokens, each once: a list or an array, with the special tokens in front or without; or the path
                of a file with a token a line.
            idf_weights: for ``output_mode="tf_idf"``, the weight of each entry of ``vocabulary``.

        Raises:
            ValueError: tokens that occur twice or are reserved, too many, or weights that are missing or of no use.
        """
        if (self.output_mode == "tf_idf") != (idf_weights is not None):
            need = (
                "must be set if output_mode is 'tf_idf'."
                if idf_weights is None
                else (
                    f"should only be set if output_mode is `'tf_idf'`. Received: output_mode={self.output_mode} and "
                    f"idf_weights={idf_weights}"
                )
            )
            raise ValueError(f"`idf_weights` {need}")
        if isinstance(vocabulary, (str, os.PathLike)):
            vocabulary = self._read_vocabulary(vocabulary)
        given = self.tokens_of(np.asarray(vocabulary, object))
        if not given:
            raise ValueError(f"Cannot set an empty vocabulary. Received: vocabulary={vocabulary}")
        special = [self.mask_token] * self._first_oov + [self.oov_token] * self.num_oov_indices
        has_special = bool(special) and given[: len(special)] == special
        tokens = given[len(special) :] if has_special else given
        self._check_tokens(tokens, special)
        self._take(tokens)
        if idf_weights is not None:
            self._set_weights(np.asarray(idf_weights, np.float64), len(given), has_special)

    def _read_vocabulary(self, path) -> list:
        if not os.path.exists(path):
            raise ValueError(f"Vocabulary file {path} does not exist.")
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        while lines and not lines[-1]:
            lines.pop()
        return [self.read_token(line) for line in lines]

    def _check_tokens(self, tokens: list, special: list) -> None:
        twice = [token for token, count in Counter(tokens).items() if count > 1]
        if twice:
            raise ValueError(
                "The passed vocabulary has at least one repeated term. Please uniquify your dataset. The repeated "
                f"terms are: {twice[:20]}"
            )
        for kind, token, reserved in (("mask", self.mask_token, True), ("oov", self.oov_token, self.invert)):
            if reserved and token is not None and token in tokens:
                raise ValueError(
                    f"Found reserved {kind.upper() if kind == 'oov' else kind} token at unexpected location in "
                    "`vocabulary`. Note that passed `vocabulary` does not need to include the OOV and mask tokens. "
                    "Either remove all mask and OOV tokens, or include them only at the start of the vocabulary in "
                    f"precisely this order: {special}. Received: {kind}_token={token} at vocabulary index "
                    f"{tokens.index(token)}"
                )
        size = self._first_token + len(tokens)
        if self.max_tokens is not None and size > self.max_tokens:
            raise ValueError(
                "Attempted to set a vocabulary larger than the maximum vocab size. Received vocabulary size is "
                f"{size}; `max_tokens` is {self.max_tokens}."
            )

    def _take(self, tokens: list) -> None:
        self._tokens = tokens
        self._numbers = {token: number for number, token in enumerate(tokens, self._first_token)}

    def _known_numbers(self) -> dict:
        """Returns the tokens with their numbers.

        Raises:
            RuntimeError: there are none yet: all that comes would be unknown.
        """
        if self._numbers is None:
            raise RuntimeError(
                f"Layer {self.name!r} has no vocabulary yet: you must set the layer's vocabulary before calling it. "
                "Either pass a `vocabulary` argument to the layer, or call `adapt` with some sample data."
            )
        return self._numbers

    def _set_weights(self, weights: np.ndarray, count: int, has_special: bool) -> None:
        if weights.shape != (count,):
            raise ValueError(
                "`idf_weights` must be the same length as vocabulary. "
                f"len(idf_weights) is {len(weights)}; len(vocabulary) is {count}"
            )
        if not has_special:  # what is unknown weighs as much as the others do on average
            weights = np.concatenate([np.full(self._first_token, weights.mean()), weights])
        self.idf_weights = np.zeros(self.depth, config.floatx())
        self.idf_weights[: len(weights)] = weights

    @property
    def depth(self) -> int:
        """The size of an encoded row."""
        return self.max_tokens if self.pad_to_max_tokens else self.vocabulary_size()

    def adapt(self, data, steps: int | None = None) -> None:
        """Makes the vocabulary of the tokens in ``data``: the most frequent first, of equals the last in order first.

        Args:
            data: an array or a list, or an iterable of batches.
            steps: batches to take of an iterable; None means all.

        Raises:
            ValueError: the layer was made with a vocabulary.
        """
        documents = (self._documents(np.asarray(batch)) for batch in batches_of(data, steps, (list, tuple)))
        self.adapt_to(document for batch in documents for document in batch)

    def _documents(self, batch: np.ndarray) -> list[list]:
        """Returns the tokens of each sample."""
        tokens = self.tokens_of(batch)
        size = batch.shape[-1] if batch.ndim > 1 else 1
        return [tokens[start : start + size] for start in range(0, len(tokens), size)]

    def adapt_to(self, documents: Iterable[Sequence]) -> None:
        """Makes the vocabulary of documents, lists of tokens."""
        if self._fixed:
            raise ValueError(
                f"Cannot adapt layer '{self.name}' after setting a static vocabulary via `vocabulary` argument or "
                "`set_vocabulary()` method."
            )
        counts: Counter = Counter()
        within: Counter = Counter()
        total = 0
        for document in documents:
            counts.update(document)
            if self.output_mode == "tf_idf":
                within.update(set(document))
                total += 1
        for token in (self.mask_token, self.oov_token):
            counts.pop(token, None)
        if not counts and self.output_mode == "tf_idf":
            return  # there is nothing to take weights from
        tokens = sorted(counts, key=lambda token: (counts[token], token), reverse=True)
        if self.max_tokens:
            tokens = tokens[: self.max_tokens - self._first_token]
        self._take(tokens)
        if self.output_mode == "tf_idf":
            weights = np.array([math.log(1 + total / (1 + within[token])) for token in tokens])
            self._set_weights(weights, len(tokens), False)


def refuse_path(cls: type, config: dict) -> None:
    """Raises a ValueError if the vocabulary in a config is the path of a file: a config may come from anywhere."""
    if isinstance(config.get("vocabulary"), str):
        raise ValueError(
            f"{cls.__name__}: the config names the file {config['vocabulary']!r:.100} as vocabulary. Files that a "
            "config names are not read; pass the vocabulary as a list, or call set_vocabulary() yourself."
        )
