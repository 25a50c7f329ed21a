"""RMSprop: gradients divided by their running root mean square."""

from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import register


@register()
class RMSprop(Optimizer):
    """RMSprop (Hinton 2012), with plain momentum, not Nesterov's.

    ``v = rho v + (1 - rho) g^2``; ``step = lr g / sqrt(v + epsilon)``; ``w -= step``, or with momentum
    ``m = momentum m + step; w -= m``. Centered: ``a = rho a + (1 - rho) g``, and v - a^2, the variance, takes the place
    of v under the root.

    Args:
        learning_rate: float, schedule or function.
        rho: how much of the past the running means keep.
        momentum: float.
        epsilon: keeps the division finite; it stands under the root.
        centered: whether to divide by the standard deviation.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see :class:`Optimizer`.
    """

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.9,
        momentum=0.0,
        epsilon=1e-7,
        centered=False,
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
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def slot_groups(self):
        groups = [("velocity",)]
        if self.momentum > 0:
            groups.append(("momentum",))
        if self.centered:
            groups.append(("average_gradient",))
        return groups

    def update(self, values, gradients, slots, learning_rate, decay):
        self._kernels.rmsprop(
            gradients,
            learning_rate,
            decay,
            self.rho,
            self.momentum,
            self.epsilon,
            slots["velocity"],
            slots.get("momentum"),
            slots.get("average_gradient"),
            values,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }
