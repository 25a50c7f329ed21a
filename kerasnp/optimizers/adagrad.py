"""Adagrad: each weight has its own rate, which falls as its gradients add up."""

from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import register


@register()
class Adagrad(Optimizer):
    """Adagrad (Duchi, Hazan and Singer 2011): ``a += g^2; w -= lr g / sqrt(a + epsilon)``.

    Args:
        learning_rate: float, schedule or function; the paper's form has 1.0.
        initial_accumulator_value: what the accumulators a start at; not negative.
        epsilon: keeps the division finite.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see :class:`Optimizer`.

    Raises:
        ValueError: ``initial_accumulator_value`` is negative.
    """

    def __init__(
        self,
        learning_rate=0.001,
        initial_accumulator_value=0.1,
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
        if not initial_accumulator_value >= 0:
            raise ValueError(
                "Adagrad: `initial_accumulator_value` must not be negative. "
                f"Received: initial_accumulator_value={initial_accumulator_value}"
            )
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def slot_groups(self):
        return [("accumulator",)]

    def slot_start(self, slot):
        return self.initial_accumulator_value

    def update(self, values, gradients, slots, learning_rate, decay):
        self._kernels.adagrad(gradients, learning_rate, decay, self.epsilon, slots["accumulator"], values)

    def get_config(self):
        return {
            **super().get_config(),
            "initial_accumulator_value": self.initial_accumulator_value,
            "epsilon": self.epsilon,
        }
