"""Lion: steps of one size, by the sign of the momentum."""

from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import register


@register()
class Lion(Optimizer):
    """Lion (Chen et al. 2023).

    ``w -= lr sign(beta_1 m + (1 - beta_1) g)``; ``m = beta_2 m + (1 - beta_2) g``. As every step has full size, the
    rate should be 3 to 10 times smaller than Adam's, and the weight decay as much larger.

    Args:
        learning_rate: float, schedule or function.
        beta_1: how much the past counts in a step, in (0, 1].
        beta_2: how much of the past the momentum keeps.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see :class:`Optimizer`.

    Raises:
        ValueError: ``beta_1`` is not in (0, 1].
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.99,
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
        if not 0 < beta_1 <= 1:
            raise ValueError(
                "Argument `beta_1` must be in the [0, 1] range. Otherwise, the optimizer degenerates to SignSGD. "
                f"Received: beta_1={beta_1}."
            )
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def slot_groups(self):
        return [("momentum",)]

    def update(self, values, gradients, slots, learning_rate, decay):
        self._kernels.lion(gradients, learning_rate, decay, self.beta_1, self.beta_2, slots["momentum"], values)

    def get_config(self):
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
        }
