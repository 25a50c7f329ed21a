"""Mean and variance of data that comes in batches."""

import math

import numpy as np


class Moments:
    """Mean and variance over some axes, joined batch by batch in float64.

    Of two sets with n and m numbers, with w = m / (n + m), the joined mean is ``(1 - w) mean1 + w mean2``, and the
    joined variance the mean of the variances plus that of the squares of what the means moved by: ``(1 - w) (variance1
    + (mean1 - mean)^2) + w (variance2 + (mean2 - mean)^2)`` (Chan, Golub and LeVeque 1979).

    Args:
        axes: the axes that are averaged over; the others are kept.
    """

    def __init__(self, axes: tuple[int, ...]):
        self.axes = axes
        self.count = 0
        self.mean = self.variance = np.float64(0)

    def add(self, batch: np.ndarray) -> None:
        """Takes the numbers of a batch in; an empty one changes nothing."""
        count = math.prod(batch.shape[axis] for axis in self.axes)
        if batch.size == 0:
            return
        own_mean = batch.mean(self.axes, dtype=np.float64)
        own_variance = batch.var(self.axes, dtype=np.float64)
        self.count += count
        weight = count / self.count
        mean = (1 - weight) * self.mean + weight * own_mean
        left = self.variance + (self.mean - mean) ** 2
        self.variance = (1 - weight) * left + weight * (own_variance + (own_mean - mean) ** 2)
        self.mean = mean
