"""Quantiles of data that come in batches, without keeping the data."""

import numpy as np


class Quantiles:
    """Numbers and how many each stands for, so few that their share is known within ``epsilon``.

    A batch is sorted and every k-th number kept, standing for k of them. Where there get too many, they are replaced by
    those at shares ``epsilon``, ``2 epsilon`` ... of the total, found by interpolation. The steps are Keras's, number
    for number.

    Args:
        epsilon: the part of the data that one number stands for.
    """

    def __init__(self, epsilon: float):
        self.epsilon = epsilon
        self.values = np.empty(0, np.float32)
        self.weights = np.empty(0, np.float32)

    def add(self, batch: np.ndarray) -> None:
        """Takes the numbers of a batch in."""
        ordered = np.sort(batch.astype(np.float32), axis=None)
        step = max(ordered.size / (1.0 / self.epsilon), 1)
        chosen = ordered[int(step - 1) :: int(step)]
        values = np.concatenate([chosen, self.values])
        weights = np.concatenate([np.ones_like(chosen) * step, self.weights])
        order = np.argsort(values)
        self.values, self.weights = _compressed(values[order], weights[order], self.epsilon)

    def boundaries(self, bins: int) -> np.ndarray:
        """Returns the numbers between ``bins`` equal parts."""
        return _compressed(self.values, self.weights, 1.0 / bins)[0][:-1]


def _compressed(values: np.ndarray, weights: np.ndarray, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    if len(values) * epsilon < 1:
        return values, weights
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    below = weights.cumsum()
    kept = np.interp(shares, below / below[-1], values)
    below = np.interp(shares, below / below[-1], below)
    return kept.astype(np.float32), np.diff(below, prepend=0).astype(np.float32)
