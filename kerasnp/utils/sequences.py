"""Sequences of different lengths, made one array."""

from collections.abc import Sequence

import numpy as np


def pad_sequences(
    sequences: Sequence, maxlen: int | None = None, dtype="int32", padding="pre", truncating="pre", value=0.0
) -> np.ndarray:
    """Brings sequences to one length, filling short ones up and cutting long ones off.

    Args:
        sequences: a list of lists or arrays; their entries may themselves be arrays of one shape.
        maxlen: the length; None means that of the longest.
        dtype: type of the result, ``object`` for strings of any length.
        padding: ``"pre"`` or ``"post"``: where the filling goes.
        truncating: ``"pre"`` or ``"post"``: where entries are cut off.
        value: what is filled in.

    Returns:
        Array (sequences, maxlen, ...).

    Raises:
        ValueError: an entry is no sequence, shapes of entries differ, or an argument is unknown.
    """
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    for name, place in (("Padding", padding), ("Truncating", truncating)):
        if place not in ("pre", "post"):
            raise ValueError(f'{name} type "{place}" not understood')
    for item in sequences:
        if not hasattr(item, "__len__"):
            raise ValueError(f"`sequences` must be a list of iterables. Found non-iterable: {item}")
    kind = np.dtype(dtype).kind
    if isinstance(value, str) and kind not in "OUS":
        raise ValueError(
            f"`dtype` {dtype} is not compatible with `value`'s type: {type(value)}\n"
            "You should set `dtype=object` for variable length strings."
        )
    if maxlen is None:
        maxlen = max(map(len, sequences), default=0)
    entry = next((np.shape(item)[1:] for item in sequences if len(item)), ())
    padded = np.full((len(sequences), maxlen, *entry), value, dtype)
    for place, item in enumerate(sequences):
        count = min(len(item), maxlen)
        if not count:
            continue
        kept = np.asarray(item[-count:] if truncating == "pre" else item[:count], dtype)
        if kept.shape[1:] != entry:
            raise ValueError(
                f"Shape of sample {kept.shape[1:]} of sequence at position {place} is different from expected shape "
                f"{entry}"
            )
        padded[place, slice(count) if padding == "post" else slice(maxlen - count, None)] = kept
    return padded
