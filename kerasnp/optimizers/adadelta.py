"""Adadelta: steps in the units of the weights, without a rate to tune."""

from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import register


@register()
class Adadelta(Optimizer):
    """Adadelta (Zeiler 2012).

    ``a = rho a + (1 - rho) g^2``; ``step = g sqrt(d + epsilon) / sqrt(a + epsilon)``;
    ``d = rho d + (1 - rho) step^2``; ``w -= lr step``.

    Args:
        learning_rate: float, schedule or function; the paper's form has 1.0.
        rho: how much of the past the running means keep.
        epsilon: keeps the division finite, and starts the first steps.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see :class:`Optimizer`.
    """

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.95,
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
        self.rho = rho
        self.epsilon = epsilon

    def slot_groups(self):
        return [("accumulated_grad", "accumulated_delta_var")]

    def update(self, values, gradients, slots, learning_rate, decay):
        self._kernels.adadelta(
            gradients,
            learning_rate,
            decay,
            self.rho,
            self.epsilon,
            slots["accumulated_grad"],
            slots["accumulated_delta_var"],
            values,
        )

    def get_config(self):
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}
