"""Categories of any number to a fixed number of buckets, by hashing."""

import numpy as np

from kerasnp import config
from kerasnp.layers.base import Shape, register
from kerasnp.layers.encoding import MODES, encode, encoded_shape, one_of, refuse_sparse
from kerasnp.layers.host import INTEGER_TYPES, HostLayer, as_texts, type_name
from kerasnp.utils.hashing import CROSSING_KEY, buckets, fingerprint, joined_fingerprints


def standardize_salt(salt, owner: str) -> list[int] | None:
    """Returns the key of the salted hash as two integers.

    Raises:
        ValueError: neither one integer nor two.
    """
    if salt is None:
        return None
    pair = [salt, salt] if isinstance(salt, int) else list(salt) if isinstance(salt, (tuple, list)) else []
    if len(pair) != 2 or not all(isinstance(item, int) for item in pair):
        raise ValueError(
            f"The `salt` argument for `{owner}` can only be a tuple of size 2 integers, or a single integer. "
            f"Received: salt={salt}."
        )
    return pair


def as_bytes(x: np.ndarray) -> list[bytes]:
    """Returns what is hashed of each entry: a text as UTF-8, an integer in digits, a float without its fraction."""
    if x.dtype.kind in "OSU":
        return [text.encode("utf-8") for text in as_texts(x).ravel()]
    return [b"%d" % number for number in x.astype(np.int64).ravel().tolist()]


class _TypedByMode(HostLayer):
    """A layer whose output is of an integer type for ``output_mode="int"`` and of a float type else."""

    def __init__(self, output_mode, dtype=None, **kwargs):
        name = type_name(dtype)
        super().__init__(dtype=dtype, **kwargs)
        if output_mode == "int" and name not in (None, *INTEGER_TYPES):
            raise ValueError(
                "When `output_mode=\"int\"`, `dtype` should be an integer type, 'int32' or 'int64'. "
                f"Received: dtype={name}"
            )
        self.dtype = name or ("int64" if output_mode == "int" else config.floatx())
        self.output_mode = output_mode

    @property
    def input_dtype(self) -> str:
        return "string"


@register()
class Hashing(_TypedByMode):
    """Turns texts or integers into numbers of buckets, as Keras does, bit by bit: no vocabulary is needed.

    Args:
        num_bins: number of buckets, that for ``mask_value`` included.
        mask_value: what goes to bucket 0, which is then for it alone; None: nothing does.
        salt: one integer or two. The hash is then SipHash-2-4 with this key, instead of FarmHash's fingerprint.
        output_mode: ``"int"`` the number of the bucket; ``"one_hot"``, ``"multi_hot"``, ``"count"`` see
            :class:`CategoryEncoding`.
        sparse: only False.
        **kwargs: see :class:`Layer`; ``dtype`` is that of the output, int64 for ``"int"``.

    Input shape: any, of texts, integers, or floats, whose fractions do not count.

    Raises:
        ValueError: a wrong argument.
    """

    def __init__(self, num_bins, mask_value=None, salt=None, output_mode="int", sparse=False, **kwargs):
        if output_mode not in MODES:
            raise ValueError(
                "Invalid value for argument `output_mode`. Expected one of "
                f"{MODES}. Received: output_mode={output_mode}"
            )
        super().__init__(output_mode, **kwargs)
        if num_bins is None or num_bins <= 0:
            raise ValueError(
                f"The `num_bins` for `Hashing` cannot be `None` or non-positive values. Received: num_bins={num_bins}."
            )
        refuse_sparse(self, sparse)
        self.num_bins, self.mask_value, self.sparse = num_bins, mask_value, sparse
        self.salt = standardize_salt(salt, "Hashing")

    def convert(self, x: np.ndarray) -> np.ndarray:
        masked = self.mask_value is not None and self.num_bins > 1
        found = buckets(as_bytes(x), self.num_bins - masked, self.salt and tuple(self.salt)).reshape(x.shape)
        if masked:
            entries = as_texts(x) if x.dtype.kind in "OSU" else x
            found = np.where(entries == self.mask_value, 0, found + 1)
        return encode(found, self.output_mode, self.num_bins, self.dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return encoded_shape(input_shape, self.output_mode, self.num_bins)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_bins": self.num_bins,
            "salt": self.salt,
            "mask_value": self.mask_value,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
        }


@register()
class HashedCrossing(_TypedByMode):
    """Turns the combination of several categories into the number of a bucket, as Keras does, bit by bit.

    It takes several inputs, so that it cannot stand in a ``Sequential``; call it on a tuple of arrays.

    Args:
        num_bins: number of buckets.
        output_mode: ``"int"`` or ``"one_hot"``.
        sparse: only False.
        name, dtype, **kwargs: see :class:`Layer`; ``dtype`` is that of the output, int64 for ``"int"``.

    Input shape: two or more arrays (batch,) or (batch, 1), of texts or integers.

    Raises:
        ValueError: a wrong argument, or inputs of different shapes.
    """

    def __init__(self, num_bins, output_mode="int", sparse=False, name=None, dtype=None, **kwargs):
        super().__init__(output_mode, name=name, dtype=dtype, **kwargs)
        one_of(self, "output_mode", output_mode, MODES[:2])
        refuse_sparse(self, sparse)
        self.num_bins, self.sparse = num_bins, sparse

    def __call__(self, x, training: bool = False, mask=None) -> np.ndarray:
        if not isinstance(x, (list, tuple)) or len(x) < 2:
            raise ValueError(
                f"`HashedCrossing` should be called on a list or tuple of at least two inputs. Received: inputs={x}"
            )
        columns = [np.asarray(column) for column in x]
        shape = columns[0].shape
        if len(shape) > 2 or (len(shape) == 2 and shape[1] != 1) or any(item.shape != shape for item in columns):
            raise ValueError(
                "All `HashedCrossing` inputs should have equal shape, `()`, `(batch_size)` or `(batch_size, 1)`. "
                f"Received: shapes {[column.shape for column in columns]}"
            )
        if any(column.dtype.kind not in "iuOSU" for column in columns):
            raise ValueError(
                "All `HashedCrossing` inputs should have an integer or string dtype. Received: "
                f"{[column.dtype.name for column in columns]}"
            )
        rows = zip(*(self._fingerprints(column) for column in columns), strict=True)
        numbers = []
        for row in rows:
            crossed = CROSSING_KEY
            for part in row:
                crossed = joined_fingerprints(crossed, part)
            numbers.append(crossed % self.num_bins)
        return encode(np.array(numbers, np.int64).reshape(shape), self.output_mode, self.num_bins, self.dtype)

    def _fingerprints(self, column: np.ndarray) -> list[int]:
        if column.dtype.kind in "iu":
            return column.astype(np.int64).astype(np.uint64).ravel().tolist()
        return [fingerprint(text) for text in as_bytes(column)]

    def compute_output_shape(self, input_shape) -> Shape:
        """Returns the shape of the output for a list of the inputs' shapes."""
        if len(input_shape) < 2 or not all(isinstance(shape, (tuple, list)) for shape in input_shape):
            raise ValueError(
                f"HashedCrossing layer {self.name!r} takes two inputs or more, so that it cannot stand in a "
                f"Sequential; call it on a tuple of arrays. Received: input_shape={input_shape}"
            )
        return encoded_shape(tuple(input_shape[0]), self.output_mode, self.num_bins)

    def get_config(self) -> dict:
        return {
            "num_bins": self.num_bins,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "name": self.name,
            "dtype": self.dtype,
        }
