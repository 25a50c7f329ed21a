"""Nadam: Adam with Nesterov momentum."""

import math

from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import register


@register()
class Nadam(Optimizer):
    """Nadam (Dozat 2016).

    At step t = 1, 2, ...: ``m += (1 - beta_1) (g - m)``; ``v += (1 - beta_2) (g^2 - v)``;
    ``u_t = beta_1 (1 - 0.96^t / 2)``; ``p_t = u_1 u_2 ... u_t``;
    ``mean = u_(t+1) m / (1 - p_(t+1)) + (1 - u_t) g / (1 - p_t)``;
    ``w -= lr mean / (sqrt(v / (1 - beta_2^t)) + epsilon)``. The product p follows from t; it is a variable because
    Keras's files have it.

    Args:
        learning_rate: float, schedule or function.
        beta_1: how much of the past the mean of the gradient keeps.
        beta_2: how much of the past the mean of its square keeps.
        epsilon: keeps the division finite.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see :class:`Optimizer`.
    """

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

    def add_own_variables(self):
        self._product = self.add_variable((), "ones", self.parameters.dtype.name, name="product")
        self._total, self._multiplied = 1.0, 0

    def _share(self, step: int) -> float:
        return self.beta_1 * (1 - 0.5 * 0.96**step)

    def begin_update(self):
        t = self._updates() + 1
        if self._multiplied != t - 1:  # a state that was loaded; older files have no product
            self._total, self._multiplied = math.prod(map(self._share, range(1, t))), t - 1
        self._total *= self._share(t)
        self._multiplied = t
        self._product.assign(self._total)

    def update(self, values, gradients, slots, learning_rate, decay):
        t, product = self._updates() + 1, self._total
        now, next_one = self._share(t), self._share(t + 1)
        self._kernels.nadam(
            gradients,
            learning_rate * next_one / (1 - product * next_one),
            learning_rate * (1 - now) / (1 - product),
            1 / (1 - self.beta_2**t),
            decay,
            self.beta_1,
            self.beta_2,
            self.epsilon,
            slots["momentum"],
            slots["velocity"],
            values,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
