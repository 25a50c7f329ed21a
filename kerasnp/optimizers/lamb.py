"""Lamb: Adam whose step on a weight is as long as that weight."""

import math
from typing import ClassVar

from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import register


@register()
class Lamb(Optimizer):
    """LAMB (You et al. 2019), for large batches.

    At step t = 1, 2, ...: ``m += (1 - beta_1) (g - m)``; ``v += (1 - beta_2) (g^2 - v)``;
    ``d = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon)``; for each weight (a kernel, a bias ...)
    ``w -= lr |w| / |d| d`` with Euclidean norms, and ``w -= lr d`` where one of them is zero. As in Keras the weight
    decay is not part of d.

    Args:
        learning_rate: float, schedule or function.
        beta_1: how much of the past the mean of the gradient keeps.
        beta_2: how much of the past the mean of its square keeps.
        epsilon: keeps the division finite.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see :class:`Optimizer`.
    """

    by_weight: ClassVar[bool] = True

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        **kwargs,
    ):
        super().__init__(
            learning_rate,
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
            name=name,
            **kwargs,
        )
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def slot_groups(self):
        return [("momentum", "velocity")]

    def update(self, values, gradients, slots, learning_rate, decay):
        t = self._updates() + 1
        self._kernels.lamb_direction(
            1 / (1 - self.beta_1**t),
            1 / (1 - self.beta_2**t),
            decay,
            self.beta_1,
            self.beta_2,
            self.epsilon,
            slots["momentum"],
            slots["velocity"],
            values,
            gradients,
        )
        length, stride = self._length(values), self._length(gradients)
        ratio = length / stride if length > 0 and stride > 0 else 1.0
        self._kernels.add_scaled(-learning_rate * ratio, gradients, values)

    def _length(self, vector) -> float:
        self._kernels.squared_norm(vector, self._norm, self._partials)
        return math.sqrt(self._norm[0])

    def get_config(self):
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
