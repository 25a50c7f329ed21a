"""Ftrl: follow the regularized leader, for sparse weights."""

import math

from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import register


@register()
class Ftrl(Optimizer):
    """Ftrl-proximal (McMahan et al. 2013, algorithm 1), with shrinkage.

    With ``n' = n + g^2`` and power = -learning_rate_power:
    ``z += g + 2 shrinkage w - (n'^power - n^power) / lr w``; ``n = n'``;
    ``w = (clip(z, -l1, l1) - z) / (n^power / lr + 2 l2 + beta / lr)``. A weight whose z is within l1 is exactly zero.

    Args:
        learning_rate: float, schedule or function.
        learning_rate_power: how fast the rate of a weight falls with its gradients; 0 for not at all.
        initial_accumulator_value: what n starts at; not negative.
        l1_regularization_strength: l1, not negative.
        l2_regularization_strength: l2, not negative.
        l2_shrinkage_regularization_strength: shrinkage, an L2 penalty on the weights as they are; not negative.
        beta: see the formula.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see :class:`Optimizer`.

    Raises:
        ValueError: a number has the wrong sign.
    """

    def __init__(
        self,
        learning_rate=0.001,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        l2_shrinkage_regularization_strength=0.0,
        beta=0.0,
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
        if learning_rate_power > 0:
            raise ValueError(
                "`learning_rate_power` needs to be negative or zero. "
                f"Received: learning_rate_power={learning_rate_power}."
            )
        for setting, value in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if value < 0:
                raise ValueError(f"`{setting}` needs to be positive or zero. Received: {setting}={value}.")
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def slot_groups(self):
        return [("accumulator", "linear")]

    def slot_start(self, slot):
        return self.initial_accumulator_value if slot == "accumulator" else 0.0

    def update(self, values, gradients, slots, learning_rate, decay):
        flattening = 0.0
        if self.beta:
            flattening = self.beta / (2 * learning_rate) if learning_rate else math.inf
        self._kernels.ftrl(
            gradients,
            learning_rate,
            decay,
            -self.learning_rate_power,
            self.l1_regularization_strength,
            self.l2_regularization_strength + flattening,
            self.l2_shrinkage_regularization_strength,
            slots["accumulator"],
            slots["linear"],
            values,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "learning_rate_power": self.learning_rate_power,
            "initial_accumulator_value": self.initial_accumulator_value,
            "l1_regularization_strength": self.l1_regularization_strength,
            "l2_regularization_strength": self.l2_regularization_strength,
            "l2_shrinkage_regularization_strength": self.l2_shrinkage_regularization_strength,
            "beta": self.beta,
        }
