"""Metrics that losses do not give, whether predictions hit the target, one value a row: reference kernels."""

import numpy as np

__all__ = ["binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy", "top_k_accuracy"]


def binary_accuracy(y_true, y_pred, threshold, values):
    """values[i] = part of the outputs j with t[i, j] = (1 if p[i, j] > threshold else 0).

    Args:
        y_true, y_pred: (rows, outputs).
        threshold: above it a prediction means 1.
        values: output (rows,).
    """
    values[...] = ((y_pred > y_pred.dtype.type(threshold)) == y_true).mean(axis=1)


def categorical_accuracy(y_true, y_pred, values):
    """values[i] = 1 if the largest target and the largest prediction of row i (the first, if several) coincide, else 0.

    Args:
        y_true, y_pred: (rows, classes). NaN counts as the largest.
        values: output (rows,).
    """
    values[...] = y_true.argmax(axis=1) == y_pred.argmax(axis=1)


def sparse_categorical_accuracy(y_true, y_pred, values):
    """values[i] = 1 if the largest prediction of row i is that of class y_true[i], else 0.

    Args:
        y_true: class of each row (rows,), int64.
        y_pred: (rows, classes). NaN counts as the largest.
        values: output (rows,).
    """
    values[...] = y_true == y_pred.argmax(axis=1)


def top_k_accuracy(y_true, y_pred, k, values):
    """values[i] = 1 if fewer than k predictions of row i are larger than that of class y_true[i], else 0.

    Args:
        y_true: class of each row (rows,), int64; one outside [0, classes) is never hit.
        y_pred: (rows, classes). A class predicted NaN is never hit, nor does it count as larger.
        k: how many guesses are allowed.
        values: output (rows,).
    """
    classes = y_pred.shape[1]
    inside = (y_true >= 0) & (y_true < classes)
    wanted = np.take_along_axis(y_pred, np.where(inside, y_true, 0)[:, None], axis=1)
    values[...] = inside & ~np.isnan(wanted[:, 0]) & ((y_pred > wanted).sum(axis=1) < k)
