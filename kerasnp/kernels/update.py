"""Optimizer updates, one pass over the flat vectors of all weights, and vector helpers: reference kernels.

All arguments but the scalars are vectors of one length. ``decay`` is learning rate times weight decay; every rule
first does ``w -= decay * w`` (decoupled weight decay, Loshchilov and Hutter 2017, as Keras 3). The rules are
elementwise, with the formulas and the places of epsilon of Keras 3. Padding between weights (w = g = slot = 0) stays
zero as long as epsilon is positive.
"""

import numpy as np

__all__ = [
    "adadelta",
    "adagrad",
    "adam",
    "clip",
    "decay",
    "moving_average",
    "rmsprop",
    "scale",
    "sgd",
    "squared_norm",
]


def sgd(gradients, learning_rate, decay, momentum, nesterov, momentums, values):
    """Stochastic gradient descent, with momentum unless ``momentums`` is None.

    Plain: ``w -= lr g``. Momentum: ``m = momentum m - lr g; w += m``. Nesterov: the same m, then
    ``w += momentum m - lr g``.

    Args:
        gradients: g.
        learning_rate, decay, momentum: scalars.
        nesterov: whether to look ahead along the momentum.
        momentums: m, updated; or None.
        values: w, updated.
    """
    values -= decay * values
    step = learning_rate * gradients
    if momentums is None:
        values -= step
        return
    momentums[:] = momentum * momentums - step
    values += momentum * momentums - step if nesterov else momentums


def adagrad(gradients, learning_rate, decay, epsilon, accumulators, values):
    """Adagrad (Duchi et al. 2011): ``a += g^2; w -= lr g / sqrt(a + epsilon)``.

    Args:
        gradients: g.
        learning_rate, decay, epsilon: scalars.
        accumulators: a, updated.
        values: w, updated.
    """
    values -= decay * values
    accumulators += gradients * gradients
    values -= learning_rate * gradients / np.sqrt(accumulators + epsilon)


def rmsprop(gradients, learning_rate, decay, rho, momentum, epsilon, velocities, momentums, averages, values):
    """RMSprop (Hinton 2012), with plain momentum unless ``momentums`` is None, centered unless ``averages`` is None.

    ``v = rho v + (1 - rho) g^2``; centered: ``a = rho a + (1 - rho) g`` and v - a^2 stands for v below.
    ``step = lr g / sqrt(v + epsilon)``; ``w -= step``, or with momentum ``m = momentum m + step; w -= m``.

    Args:
        gradients: g.
        learning_rate, decay, rho, momentum, epsilon: scalars.
        velocities: v, updated.
        momentums: m, updated; or None.
        averages: a, updated; or None.
        values: w, updated.
    """
    values -= decay * values
    velocities[:] = rho * velocities + (1 - rho) * (gradients * gradients)
    variances = velocities
    if averages is not None:
        averages[:] = rho * averages + (1 - rho) * gradients
        variances = velocities - averages * averages
    step = learning_rate * gradients / np.sqrt(variances + epsilon)
    if momentums is not None:
        momentums[:] = momentum * momentums + step
        step = momentums
    values -= step


def adadelta(gradients, learning_rate, decay, rho, epsilon, accumulated_gradients, accumulated_deltas, values):
    """Adadelta (Zeiler 2012): the step is scaled by the ratio of two running root mean squares.

    ``a = rho a + (1 - rho) g^2``; ``step = g sqrt(d + epsilon) / sqrt(a + epsilon)``;
    ``d = rho d + (1 - rho) step^2``; ``w -= lr step``.

    Args:
        gradients: g.
        learning_rate, decay, rho, epsilon: scalars.
        accumulated_gradients: a, updated.
        accumulated_deltas: d, updated.
        values: w, updated.
    """
    values -= decay * values
    accumulated_gradients[:] = rho * accumulated_gradients + (1 - rho) * (gradients * gradients)
    step = np.sqrt(accumulated_deltas + epsilon) * gradients / np.sqrt(accumulated_gradients + epsilon)
    accumulated_deltas[:] = rho * accumulated_deltas + (1 - rho) * (step * step)
    values -= learning_rate * step


def adam(gradients, alpha, decay, beta_1, beta_2, epsilon, momentums, velocities, velocity_hats, values):
    """Adam (Kingma and Ba 2014, the form before its section 2.1), AMSGrad unless ``velocity_hats`` is None.

    ``m += (1 - beta_1) (g - m)``; ``v += (1 - beta_2) (g^2 - v)``; ``w -= alpha m / (sqrt(v) + epsilon)``.
    AMSGrad (Reddi et al. 2018): ``h = max(h, v)`` stands for v in the last formula.

    Args:
        gradients: g.
        alpha: learning rate with both bias corrections, ``lr sqrt(1 - beta_2^t) / (1 - beta_1^t)`` at step t >= 1.
        decay, beta_1, beta_2, epsilon: scalars.
        momentums: m, updated.
        velocities: v, updated.
        velocity_hats: h, updated; or None.
        values: w, updated.
    """
    values -= decay * values
    momentums += (1 - beta_1) * (gradients - momentums)
    velocities += (1 - beta_2) * (gradients * gradients - velocities)
    if velocity_hats is not None:
        np.maximum(velocity_hats, velocities, out=velocity_hats)
        velocities = velocity_hats
    values -= alpha * momentums / (np.sqrt(velocities) + epsilon)


def moving_average(values, momentum, averages):
    """Moves averages towards values: ``a = momentum a + (1 - momentum) w``; ``averages`` (a) is updated."""
    averages[:] = momentum * averages + (1 - momentum) * values


def decay(rate, vector):
    """Shrinks ``vector`` in place: ``w -= rate w``."""
    vector -= rate * vector


def scale(factor, vector):
    """Multiplies ``vector`` by ``factor`` in place."""
    vector *= factor


def clip(limit, vector):
    """Limits ``vector`` to -limit ... limit in place; NaN stays NaN."""
    np.clip(vector, -limit, limit, out=vector)


def squared_norm(vector, total, partials):
    """Sums the squares of ``vector`` in double precision, in an order that depends on the sizes alone.

    Args:
        vector: (n,).
        total: (1,) float64, gets the sum.
        partials: (p,) float64, scratch: entry k gets the sum of the k-th of p blocks.
    """
    block = -(-vector.size // partials.size)
    for index in range(partials.size):
        part = vector[index * block : (index + 1) * block].astype(np.float64)
        partials[index] = part @ part
    total[0] = partials.sum()
