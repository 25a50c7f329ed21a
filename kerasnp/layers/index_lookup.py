"""What the layers share that look words up in a vocabulary."""

import numpy as np

from kerasnp import config
from kerasnp.layers.base import Shape
from kerasnp.layers.encoding import encode, encoded_shape, one_of, refuse_sparse
from kerasnp.layers.hashing import standardize_salt
from kerasnp.layers.vocabulary import Vocabulary, refuse_path
from kerasnp.utils.hashing import buckets

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
_OLDER_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


class IndexLookup(Vocabulary):
    """A layer with a vocabulary: tokens to their numbers, or back.

    The first numbers are special: that of the mask token, for ``output_mode="int"`` and if there is one; then
    ``num_oov_indices`` for tokens that are not in the vocabulary; then the vocabulary's.

    Args:
        max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert, output_mode, sparse,
            pad_to_max_tokens, oov_method, salt: see :class:`kerasnp.layers.StringLookup`.
        **kwargs: see :class:`Layer`; ``vocabulary_size`` and ``has_input_vocabulary``, which Keras's configs hold, are
            taken and mean nothing.
    """

    def __init__(
        self,
        *,
        max_tokens,
        num_oov_indices,
        mask_token,
        oov_token,
        vocabulary,
        idf_weights,
        invert,
        output_mode,
        sparse,
        pad_to_max_tokens,
        oov_method="floormod",
        salt=None,
        vocabulary_size=None,
        has_input_vocabulary=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if max_tokens is not None and max_tokens <= 1:
            raise ValueError(f"If set, `max_tokens` must be greater than 1. Received: max_tokens={max_tokens}")
        if pad_to_max_tokens and max_tokens is None:
            raise ValueError(f"If pad_to_max_tokens is True, must set `max_tokens`. Received: max_tokens={max_tokens}")
        if num_oov_indices < 0:
            raise ValueError(
                f"`num_oov_indices` must be greater than or equal to 0. Received: num_oov_indices={num_oov_indices}"
            )
        output_mode = _OLDER_MODES.get(output_mode, output_mode)
        one_of(self, "output_mode", output_mode, MODES)
        one_of(self, "oov_method", oov_method, ("floormod", "farmhash"))
        refuse_sparse(self, sparse)
        if invert and output_mode != "int":
            raise ValueError(
                f"`output_mode` must be `'int'` when `invert` is true. Received: output_mode={output_mode}"
            )
        if idf_weights is not None and output_mode != "tf_idf":
            raise ValueError(
                "`idf_weights` should only be set if `output_mode` is `'tf_idf'`. Received: "
                f"idf_weights={idf_weights} and output_mode={output_mode}"
            )
        if output_mode == "tf_idf" and vocabulary is not None and idf_weights is None:
            raise ValueError(
                "When specifying the `vocabulary` argument, in TF-IDF output mode, the `idf_weights` argument must "
                "also be provided."
            )
        self.max_tokens, self.num_oov_indices = max_tokens, num_oov_indices
        self.mask_token, self.oov_token = mask_token, oov_token
        self.invert, self.output_mode, self.sparse = invert, output_mode, sparse
        self.pad_to_max_tokens, self.oov_method = pad_to_max_tokens, oov_method
        self.salt = standardize_salt(salt, type(self).__name__)
        self.idf_weights: np.ndarray | None = None
        self.dtype = config.floatx() if output_mode == "tf_idf" else "int64"
        self._tokens: list = []
        self._numbers: dict | None = None  # until there is a vocabulary
        self._fixed = vocabulary is not None
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    # -- use ---------------------------------------------------------------------------------------

    def convert(self, x: np.ndarray) -> np.ndarray:
        if self.invert:
            return self.inverted(x)
        return self.encoded(self.numbers_of(self.tokens_of(x)).reshape(x.shape))

    def encoded(self, numbers: np.ndarray) -> np.ndarray:
        """Returns numbers of tokens in the form of ``output_mode``; -1 counts for nothing."""
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        if mode != "int" and not self._tokens and not self.pad_to_max_tokens:
            raise RuntimeError(
                f"When using `output_mode={self.output_mode}` and `pad_to_max_tokens=False`, you must set the layer's "
                "vocabulary before calling it. Either pass a `vocabulary` argument to the layer, or call `adapt` with "
                "some sample data."
            )
        rows = encode(numbers, mode, self.depth, self.dtype)
        return rows * self.idf_weights if self.output_mode == "tf_idf" else rows

    def numbers_of(self, tokens: list) -> np.ndarray:
        """Returns the number of each token."""
        unknown = self._first_oov if self.num_oov_indices == 1 else -2
        find = self._known_numbers().get
        numbers = np.array([find(token, unknown) for token in tokens], np.int64)
        if self.mask_token is not None:
            masked = np.array([token == self.mask_token for token in tokens], bool)
            numbers[masked] = 0 if self.output_mode == "int" else -1
        lost = np.flatnonzero(numbers == -2)
        if lost.size and not self.num_oov_indices:
            found = [tokens[place] for place in lost[:20]]
            raise ValueError(
                f"When `num_oov_indices=0` all inputs should be in vocabulary, found OOV values {found}, consider "
                "setting `num_oov_indices=1`."
            )
        if lost.size:
            tokens = [tokens[place] for place in lost]
            hashed = self.hashable(tokens)
            if hashed is None:
                places = np.array(tokens, np.int64) % self.num_oov_indices
            else:
                places = buckets(hashed, self.num_oov_indices, self.salt and tuple(self.salt))
            numbers[lost] = self._first_oov + places
        return numbers

    def inverted(self, x: np.ndarray) -> np.ndarray:
        """Returns the tokens of numbers."""
        table = {number: token for token, number in self._known_numbers().items()}
        if self._first_oov:
            table[0] = self.mask_token
        found = [table.get(number, self.oov_token) for number in x.astype(np.int64).ravel().tolist()]
        result = np.empty(len(found), object)
        result[:] = found
        return result.reshape(x.shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return encoded_shape(input_shape, self.output_mode, self.depth)

    def get_config(self) -> dict:
        settings = {**super().get_config(), "dtype": self._float_type}
        # The weights of the special tokens may be the user's own: then these are told, too.
        vocabulary = self.get_vocabulary(self.output_mode == "tf_idf") if self._tokens else None
        return {
            **settings,
            "invert": self.invert,
            "max_tokens": self.max_tokens,
            "num_oov_indices": self.num_oov_indices,
            "oov_token": self.oov_token,
            "mask_token": self.mask_token,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "pad_to_max_tokens": self.pad_to_max_tokens,
            "idf_weights": None if self.idf_weights is None else self.idf_weights[: len(vocabulary)].tolist(),
            "vocabulary": vocabulary,
            "vocabulary_size": self.vocabulary_size() if self._tokens else None,
            "oov_method": self.oov_method,
            "salt": self.salt,
        }

    @classmethod
    def from_config(cls, config: dict) -> "IndexLookup":
        """Makes a layer; a vocabulary that is the path of a file is refused.

        Raises:
            ValueError: such a path.
        """
        refuse_path(cls, config)
        return cls(**config)
