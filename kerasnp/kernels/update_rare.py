"""Updates of the optimizers that are used less: reference kernels. See also :mod:`update`."""

import numpy as np

__all__ = ["adamax", "add_scaled", "ftrl", "lamb_direction", "lion", "nadam", "schedule_free"]


def nadam(
    gradients, of_momentum, of_gradient, correction, decay, beta_1, beta_2, epsilon, momentums, velocities, values
):
    """Adam with Nesterov momentum (Dozat 2016).

    ``m += (1 - beta_1) (g - m)``; ``v += (1 - beta_2) (g^2 - v)``;
    ``w -= (of_momentum m + of_gradient g) / (sqrt(correction v) + epsilon)``.

    Args:
        gradients: g.
        of_momentum, of_gradient: scalars, the learning rate with the shares of both in the step.
        correction: ``1 / (1 - beta_2^t)``.
        decay, beta_1, beta_2, epsilon: scalars.
        momentums: m, updated.
        velocities: v, updated.
        values: w, updated.
    """
    values -= decay * values
    momentums += (1 - beta_1) * (gradients - momentums)
    velocities += (1 - beta_2) * (gradients * gradients - velocities)
    values -= (of_momentum * momentums + of_gradient * gradients) / (np.sqrt(correction * velocities) + epsilon)


def adamax(gradients, alpha, decay, beta_1, beta_2, epsilon, momentums, norms, values):
    """Adam with the largest gradient, fading, in place of the mean square (Kingma and Ba 2014, section 7.1).

    ``m += (1 - beta_1) (g - m)``; ``u = max(beta_2 u, |g|)``; ``w -= alpha m / (u + epsilon)``.

    Args:
        gradients: g.
        alpha: ``lr / (1 - beta_1^t)`` at step t >= 1.
        decay, beta_1, beta_2, epsilon: scalars.
        momentums: m, updated.
        norms: u, updated.
        values: w, updated.
    """
    values -= decay * values
    momentums += (1 - beta_1) * (gradients - momentums)
    np.maximum(beta_2 * norms, np.abs(gradients), out=norms)
    values -= alpha * momentums / (norms + epsilon)


def ftrl(gradients, learning_rate, decay, power, l1, l2, shrinkage, accumulators, linears, values):
    """Follow the regularized leader (McMahan et al. 2013).

    With ``n' = n + g^2``: ``z += g + 2 shrinkage w - (n'^power - n^power) / lr w``; ``n = n'``;
    ``w = (clip(z, -l1, l1) - z) / (n^power / lr + 2 l2)``, and zero where that is 0 / 0.

    Args:
        gradients: g.
        learning_rate, decay, power, l1, l2, shrinkage: scalars.
        accumulators: n, updated.
        linears: z, updated.
        values: w, updated.
    """
    values -= decay * values
    sums = accumulators + gradients * gradients
    reached = np.sqrt(sums) if power == 0.5 else sums**power
    before = np.sqrt(accumulators) if power == 0.5 else accumulators**power
    linears += gradients + 2 * shrinkage * values - (reached - before) / learning_rate * values
    accumulators[:] = sums
    curvature = reached / learning_rate + 2 * l2
    leader = np.clip(linears, -l1, l1) - linears
    values[:] = np.divide(leader, curvature, out=np.zeros_like(values), where=(curvature != 0) | (leader != 0))


def lion(gradients, learning_rate, decay, beta_1, beta_2, momentums, values):
    """Lion (Chen et al. 2023): steps of one size, in the direction of the sign.

    ``w -= lr sign(beta_1 m + (1 - beta_1) g)``; ``m = beta_2 m + (1 - beta_2) g``.

    Args:
        gradients: g.
        learning_rate, decay, beta_1, beta_2: scalars.
        momentums: m, updated.
        values: w, updated.
    """
    values -= decay * values
    values -= learning_rate * np.sign(beta_1 * momentums + (1 - beta_1) * gradients)
    momentums[:] = beta_2 * momentums + (1 - beta_2) * gradients


def schedule_free(
    gradients, learning_rate, decay, correction, beta_1, beta_2, epsilon, share, sequence, velocities, values
):
    """Schedule-free AdamW (Defazio et al. 2024), in terms of the weights y at which gradients are taken.

    ``v += (1 - beta_2) (g^2 - v)``; ``z' = z - lr g / (sqrt(correction v) + epsilon)``. The average x has
    ``x' = (1 - share) x + share z'`` and is not kept: from ``y = (1 - beta_1) z + beta_1 x`` follows
    ``y' = (1 - share) (y - (1 - beta_1) z) + (1 - beta_1 + beta_1 share) z'``.

    Args:
        gradients: g.
        learning_rate: scalar, with the warm-up.
        decay: scalar.
        correction: ``1 / (1 - beta_2^t)``.
        beta_1, beta_2, epsilon: scalars.
        share: what the newest z counts in the average, ``1 / t``.
        sequence: z, updated.
        velocities: v, updated.
        values: y, updated.
    """
    values -= decay * values
    velocities += (1 - beta_2) * (gradients * gradients - velocities)
    step = learning_rate * gradients / (np.sqrt(correction * velocities) + epsilon)
    values -= (1 - beta_1) * sequence
    sequence -= step
    values[:] = (1 - share) * values + (1 - beta_1 + beta_1 * share) * sequence


def lamb_direction(of_momentum, of_velocity, decay, beta_1, beta_2, epsilon, momentums, velocities, values, gradients):
    """The first half of LAMB (You et al. 2019): Adam's direction, before it gets the length of the weight.

    ``m += (1 - beta_1) (g - m)``; ``v += (1 - beta_2) (g^2 - v)``;
    ``g = of_momentum m / (sqrt(of_velocity v) + epsilon)``.

    Args:
        of_momentum: ``1 / (1 - beta_1^t)``.
        of_velocity: ``1 / (1 - beta_2^t)``.
        decay, beta_1, beta_2, epsilon: scalars.
        momentums: m, updated.
        velocities: v, updated.
        values: w, updated by the decay.
        gradients: g, replaced by the direction.
    """
    values -= decay * values
    momentums += (1 - beta_1) * (gradients - momentums)
    velocities += (1 - beta_2) * (gradients * gradients - velocities)
    gradients[:] = of_momentum * momentums / (np.sqrt(of_velocity * velocities) + epsilon)


def add_scaled(factor, addend, vector):
    """Adds ``factor * addend`` to ``vector`` in place."""
    vector += factor * addend
