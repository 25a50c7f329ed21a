"""ScheduleFreeAdamW: no schedule of rates, an average of weights instead."""

from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import register


@register()
class ScheduleFreeAdamW(Optimizer):
    """Schedule-free AdamW (Defazio et al. 2024).

    Gradients are taken at ``y = (1 - beta_1) z + beta_1 x``, the weights of the model. At step t = 1, 2, ...:
    ``v += (1 - beta_2) (g^2 - v)``; ``z -= lr g / (sqrt(v / (1 - beta_2^t)) + epsilon)``; ``x += (z - x) / t``, the
    average, which is worked out from y and z. As in Keras z is stored as "momentum", and the weight decay acts on y.

    Args:
        learning_rate: float, schedule or function.
        beta_1: the share of the average in y; not 0.
        beta_2: how much of the past the mean of the squared gradient keeps.
        epsilon: keeps the division finite.
        warmup_steps: the rate grows linearly over so many steps; 0 for none.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see :class:`Optimizer`.
    """

    def __init__(
        self,
        learning_rate=0.0025,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        warmup_steps=0,
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
        self.warmup_steps = warmup_steps

    def slot_groups(self):
        return [("momentum", "velocity")]

    def slot_start(self, slot):
        return self.parameters.values if slot == "momentum" else 0.0

    def update(self, values, gradients, slots, learning_rate, decay):
        t = self._updates() + 1
        if self.warmup_steps > 0:
            learning_rate *= min(t / self.warmup_steps, 1.0)
        self._kernels.schedule_free(
            gradients,
            learning_rate,
            decay,
            1 / (1 - self.beta_2**t),
            self.beta_1,
            self.beta_2,
            self.epsilon,
            1 / t,
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
            "warmup_steps": self.warmup_steps,
        }
