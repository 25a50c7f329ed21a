"""Crossentropy over classes, one value a row, and its gradient, in one pass: reference kernels.

As in loss.py, every kernel fills ``values[i]`` with the unscaled value of row i and, unless ``gradient`` is None,
``gradient[i, j]`` with ``scale[i]`` times its derivative.
"""

import numpy as np

from kerasnp.kernels.loss import outside, silent

__all__ = ["categorical_crossentropy", "sparse_categorical_crossentropy"]

# What a crossentropy gets as predictions: probabilities, logits, or probabilities made by a softmax whose logits are to
# receive the gradient.
PROBABILITIES = 0
LOGITS = 1
SOFTMAX = 2

NO_CLASS = np.iinfo(np.int64).min  # the `ignore_class` that ignores none


@silent
def categorical_crossentropy(y_true, y_pred, scale, source, smoothing, epsilon, values, gradient):
    """values[i] = -sum over j of t[i, j] log(q[i, j]), where q is made of the predictions p according to ``source``.

    PROBABILITIES: q = p / sum(p), clipped to [epsilon, 1 - epsilon]. The derivative by p[j] is A / sum(p) - t[j] / p[j]
    where A sums the t of those outputs that were not clipped; for one that was, the second term is missing.

    LOGITS: q = softmax(p). The derivative is T q[j] - t[j], where T is the sum of t.

    SOFTMAX: p = softmax(z), and q as for probabilities. The derivative by z[j] is T p[j] - t[j].

    Where t is zero its term is zero, whatever q is.

    Args:
        y_true, y_pred: (rows, classes).
        scale: (rows,) factors of the gradient.
        source: see the table.
        smoothing: targets become (1 - smoothing) t + smoothing / classes.
        epsilon: where q is clipped.
        values: output (rows,).
        gradient: output (rows, classes) or None.
    """
    kind = y_pred.dtype.type
    targets = y_true * kind(1 - smoothing) + kind(smoothing / y_true.shape[1])
    total = targets.sum(axis=1, keepdims=True)
    if source == LOGITS:
        shifted = y_pred - y_pred.max(axis=1, keepdims=True)
        log_q = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        slope = np.exp(log_q) * total - targets
    else:
        norm = y_pred.sum(axis=1, keepdims=True)
        ratio = y_pred / norm
        low, high = kind(epsilon), 1 - kind(epsilon)
        q = np.clip(ratio, low, high)
        log_q = np.log(q)
        if source == SOFTMAX:
            slope = y_pred * total - targets
        else:
            kept = np.where(outside(ratio, low, high), 0, targets)
            slope = kept.sum(axis=1, keepdims=True) / norm - np.where(kept != 0, kept / y_pred, 0)
    values[...] = -np.where(targets != 0, targets * log_q, 0).sum(axis=1)
    if gradient is not None:
        gradient[...] = slope * scale[:, None]


@silent
def sparse_categorical_crossentropy(y_true, y_pred, scale, source, ignore_class, epsilon, values, gradient):
    """values[i] = -log(q[i, y_true[i]]); as :func:`categorical_crossentropy` with one-hot targets.

    Args:
        y_true: class of each row (rows,), int64. A row of the class ``ignore_class`` has value and gradient zero; one
            outside [0, classes) has NaN in both.
        y_pred: (rows, classes).
        scale: (rows,) factors of the gradient.
        source: PROBABILITIES, LOGITS or SOFTMAX.
        ignore_class: NO_CLASS for none.
        epsilon: where q is clipped.
        values: output (rows,).
        gradient: output (rows, classes) or None.
    """
    classes = y_pred.shape[1]
    one_hot = (y_true[:, None] == np.arange(classes)).astype(y_pred.dtype)
    categorical_crossentropy(one_hot, y_pred, scale, source, 0.0, epsilon, values, gradient)
    nowhere = (y_true < 0) | (y_true >= classes)
    ignored = y_true == ignore_class
    values[nowhere] = np.nan
    values[ignored] = 0
    if gradient is not None:
        gradient[nowhere] = np.nan
        gradient[ignored] = 0
