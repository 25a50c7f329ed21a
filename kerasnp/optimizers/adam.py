"""Adam: running means of the gradient and of its square."""

import math

from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import register


@register()
class Adam(Optimizer):
    """Adam (Kingma and Ba 2014, the form before its section 2.1), or AMSGrad (Reddi, Kale and Kumar 2018).

    At step t = 1, 2, ...: ``m += (1 - beta_1) (g - m)``; ``v += (1 - beta_2) (g^2 - v)``;
    ``alpha = lr sqrt(1 - beta_2^t) / (1 - beta_1^t)``; ``w -= alpha m / (sqrt(v) + epsilon)``.
    AMSGrad: ``h = max(h, v)`` takes the place of v in the last formula.

    Args:
        learning_rate: float, schedule or function.
        beta_1: how much of the past the mean of the gradient keeps.
        beta_2: how much of the past the mean of its square keeps.
        epsilon: keeps the division finite.
        amsgrad: whether to use AMSGrad.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see :class:`Optimizer`.
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
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
        self.amsgrad = amsgrad

    def slot_groups(self):
        return [("momentum", "velocity"), ("velocity_hat",)] if self.amsgrad else [("momentum", "velocity")]

    def update(self, values, gradients, slots, learning_rate, decay):
        t = self._updates() + 1
        self._kernels.adam(
            gradients,
            learning_rate * math.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t),
            decay,
            self.beta_1,
            self.beta_2,
            self.epsilon,
            slots["momentum"],
            slots["velocity"],
            slots.get("velocity_hat"),
            values,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }
