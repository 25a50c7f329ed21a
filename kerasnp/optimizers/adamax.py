"""Adamax: Adam measured by the largest gradient."""

from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import register


@register()
class Adamax(Optimizer):
    """Adamax (Kingma and Ba 2014, section 7.1).

    At step t = 1, 2, ...: ``m += (1 - beta_1) (g - m)``; ``u = max(beta_2 u, |g|)``;
    ``w -= lr / (1 - beta_1^t) m / (u + epsilon)``.

    Args:
        learning_rate: float, schedule or function.
        beta_1: how much of the past the mean of the gradient keeps.
        beta_2: how much of the past the largest gradient keeps.
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
        return [("momentum", "norm")]

    def update(self, values, gradients, slots, learning_rate, decay):
        self._kernels.adamax(
            gradients,
            learning_rate / (1 - self.beta_1 ** (self._updates() + 1)),
            decay,
            self.beta_1,
            self.beta_2,
            self.epsilon,
            slots["momentum"],
            slots["norm"],
            values,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
