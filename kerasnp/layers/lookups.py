"""Texts and integers to their numbers in a vocabulary."""

from collections.abc import Iterable

import numpy as np

from kerasnp.layers.base import register
from kerasnp.layers.host import as_texts
from kerasnp.layers.index_lookup import IndexLookup


@register()
class StringLookup(IndexLookup):
    """Turns texts into their numbers in a vocabulary, or numbers back into texts.

    The vocabulary is given, or taken from data by :meth:`adapt`. Texts that are not in it become 0, or 1 where there is
    a mask token.

    Args:
        max_tokens: the most that the vocabulary may have, special tokens included; None: any number.
        num_oov_indices: how many numbers there are for texts that are not in the vocabulary, to which they go by their
            hash; 0 makes them an error.
        mask_token: text that becomes 0 for ``output_mode="int"``, and is left out for the others; None: there is none.
        oov_token: what unknown numbers become with ``invert``.
        vocabulary: the texts, a list or an array, or the path of a file with one a line.
        idf_weights: for ``"tf_idf"``, the weight of each of them.
        invert: whether to turn numbers into texts.
        output_mode: ``"int"`` the number; ``"one_hot"``, ``"multi_hot"``, ``"count"`` rows of int64 as
            :class:`CategoryEncoding` makes them; ``"tf_idf"`` counts times the weights.
        pad_to_max_tokens: whether rows have ``max_tokens`` entries even if the vocabulary has less.
        sparse: only False.
        encoding: kept for the files of Keras; texts are Unicode.
        name, **kwargs: see :class:`Layer`; ``dtype`` may also be ``"string"`` or an integer type, without effect.
        salt: one integer or two, see :class:`Hashing`.

    Input shape: any, of texts. Output shape: the same, of int64, for ``"int"``; else see :class:`CategoryEncoding`.

    Raises:
        ValueError: a wrong argument, or a vocabulary with a text twice.
    """

    def __init__(
        self,
        max_tokens=None,
        num_oov_indices=1,
        mask_token=None,
        oov_token="[UNK]",
        vocabulary=None,
        idf_weights=None,
        invert=False,
        output_mode="int",
        pad_to_max_tokens=False,
        sparse=False,
        encoding="utf-8",
        name=None,
        salt=None,
        **kwargs,
    ):
        self.encoding = encoding
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            sparse=sparse,
            salt=salt,
            name=name,
            **kwargs,
        )

    @property
    def input_dtype(self) -> str:
        return "int64" if self.invert else "string"

    def tokens_of(self, x: np.ndarray) -> list[str]:
        return as_texts(x).ravel().tolist()

    def hashable(self, tokens: Iterable[str]) -> list[bytes]:
        return [token.encode("utf-8") for token in tokens]

    def read_token(self, line: str) -> str:
        return line

    def get_config(self) -> dict:
        return {**super().get_config(), "encoding": self.encoding}


@register()
class IntegerLookup(IndexLookup):
    """Turns integers into their numbers in a vocabulary, or back; see :class:`StringLookup`.

    Args:
        max_tokens, num_oov_indices, vocabulary, idf_weights, invert, output_mode, sparse, pad_to_max_tokens, salt,
            name, **kwargs: see :class:`StringLookup`.
        mask_token, oov_token: as there, integers.
        vocabulary_dtype: only ``"int64"``.
        oov_method: with several ``num_oov_indices``, ``"floormod"`` sends integers that are not in the vocabulary to
            their remainder, ``"farmhash"`` to the hash of their digits.

    Input shape: any, of integers. Output shape: see :class:`StringLookup`.

    Raises:
        ValueError: a wrong argument, or a vocabulary with an integer twice.
    """

    def __init__(
        self,
        max_tokens=None,
        num_oov_indices=1,
        mask_token=None,
        oov_token=-1,
        vocabulary=None,
        vocabulary_dtype="int64",
        idf_weights=None,
        invert=False,
        output_mode="int",
        sparse=False,
        pad_to_max_tokens=False,
        oov_method="floormod",
        salt=None,
        name=None,
        **kwargs,
    ):
        if vocabulary_dtype != "int64":
            raise ValueError(
                "Only `vocabulary_dtype='int64'` is supported at this time. Received: "
                f"vocabulary_dtype={vocabulary_dtype}"
            )
        if salt is not None and oov_method != "farmhash":
            raise ValueError(f"`salt` can only be used when `oov_method='farmhash'`. Received: oov_method={oov_method}")
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            sparse=sparse,
            pad_to_max_tokens=pad_to_max_tokens,
            oov_method=oov_method,
            salt=salt,
            name=name,
            **kwargs,
        )

    @property
    def input_dtype(self) -> str:
        return "int64"

    def tokens_of(self, x: np.ndarray) -> list[int]:
        if x.dtype.kind not in "biufO":
            raise ValueError(f"IntegerLookup layer {self.name!r} takes integers; received an array of {x.dtype}.")
        return x.astype(np.int64).ravel().tolist()

    def hashable(self, tokens: Iterable[int]) -> list[bytes] | None:
        return [b"%d" % token for token in tokens] if self.oov_method == "farmhash" else None

    def read_token(self, line: str) -> int:
        return int(line)

    def inverted(self, x: np.ndarray) -> np.ndarray:
        return super().inverted(x).astype(np.int64)

    def get_config(self) -> dict:
        return {**super().get_config(), "vocabulary_dtype": "int64"}
