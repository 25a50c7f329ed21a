"""Small conversions of labels and data."""

import numpy as np


def to_categorical(x, num_classes: int | None = None) -> np.ndarray:
    """Turns class indices into one-hot rows.

    Args:
        x: integers from 0 to ``num_classes - 1``, of any shape; a last axis of size 1 is dropped.
        num_classes: number of classes; None means the largest index plus one.

    Returns:
        float64 array of shape (..., num_classes), as Keras.

    Raises:
        ValueError: an entry is no class index.
    """
    given = np.asarray(x)
    if given.ndim > 1 and given.shape[-1] == 1:
        given = given[..., 0]
    if given.dtype.kind == "f" and not np.array_equal(given, np.floor(given)):
        raise ValueError(f"to_categorical expects integers; received an array of {given.dtype} with fractions or NaN.")
    labels = given.astype(np.int64)
    if not num_classes:
        if labels.size == 0:
            raise ValueError("to_categorical cannot count the classes of an empty array: pass `num_classes`.")
        num_classes = int(labels.max()) + 1
    if labels.size and not (labels.min() >= 0 and labels.max() < num_classes):
        raise ValueError(
            f"to_categorical expects class indices from 0 to {num_classes - 1}; "
            f"received values from {labels.min()} to {labels.max()}."
        )
    rows = np.zeros((labels.size, num_classes))
    rows[np.arange(labels.size), labels.ravel()] = 1
    return rows.reshape(*labels.shape, num_classes)


def normalize(x, axis: int = -1, order=2) -> np.ndarray:
    """Scales vectors to length one: ``x / norm(x)``, where vectors of length zero stay as they are.

    One vector (n,) becomes a matrix (1, n), as in Keras.

    Args:
        x: array-like.
        axis: axis along which the vectors lie.
        order: order of the norm, as in ``numpy.linalg.norm``.
    """
    x = np.asarray(x)
    norm = np.expand_dims(np.atleast_1d(np.linalg.norm(x, order, axis)), axis)
    return x / np.where(norm == 0, 1, norm)
