"""Stochastic gradient descent."""

from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import register


@register()
class SGD(Optimizer):
    """Gradient descent, with momentum or Nesterov momentum.

    Plain: ``w -= lr g``. With momentum: ``m = momentum m - lr g; w += m``; with ``nesterov``:
    ``w += momentum m - lr g`` after the same m (Sutskever et al. 2013; signs as Keras 3).

    Args:
        learning_rate: float, schedule or function.
        momentum: float from 0 to 1.
        nesterov: whether to look ahead along the momentum.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see :class:`Optimizer`.

    Raises:
        ValueError: ``momentum`` is not from 0 to 1.
    """

    def __init__(
        self,
        learning_rate=0.01,
        momentum=0.0,
        nesterov=False,
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
        if not 0 <= momentum <= 1:
            raise ValueError(f"SGD: `momentum` must be a float between [0, 1]. Received: momentum={momentum}")
        self.momentum = momentum
        self.nesterov = nesterov

    def slot_groups(self):
        return [("momentum",)] if self.momentum else []

    def update(self, values, gradients, slots, learning_rate, decay):
        self._kernels.sgd(gradients, learning_rate, decay, self.momentum, self.nesterov, slots.get("momentum"), values)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
