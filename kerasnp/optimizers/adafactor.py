"""Adafactor: second moments of a matrix from its rows and columns."""

import numpy as np

from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import register


@register()
class Adafactor(Optimizer):
    """Adafactor (Shazeer and Stern 2018), without momentum.

    At step t = 1, 2, ...: ``b = 1 - t^beta_2_decay``; ``s = g^2 + epsilon_1``; for a weight of two or more axes
    ``r = b r + (1 - b) mean(s over the last axis)``, ``c = b c + (1 - b) mean(s over the last but one)`` and
    ``v = r c / mean(r)``, else ``v = b v + (1 - b) s``; ``u = g / sqrt(v)``;
    ``w -= max(epsilon_2, rms(w)) min(lr, 1 / sqrt(t)) u / max(1, rms(u) / clip_threshold)``.
    Keras stores v too, and so does this class; so it saves no memory. It works in plain NumPy.

    Args:
        learning_rate: float, schedule or function.
        beta_2_decay: how fast b comes near to 1; negative.
        epsilon_1: keeps the division finite.
        epsilon_2: least length of a step, in units of the weight.
        clip_threshold: greatest root mean square of u.
        relative_step: as in Keras, where ``min(lr, 1 / sqrt(t))`` holds anyhow: without effect.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see :class:`Optimizer`.
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_2_decay=-0.8,
        epsilon_1=1e-30,
        epsilon_2=0.001,
        clip_threshold=1.0,
        relative_step=True,
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
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def add_own_variables(self):
        self._moments = []
        for weight in self._trainable_variables:
            # Keras's files hold two integers for a weight that has no rows and columns.
            matrix, dtype = weight.ndim >= 2, weight.dtype if weight.ndim >= 2 else "int32"
            rows = np.zeros(weight.shape[:-1] if matrix else (), dtype)
            columns = np.zeros(weight.shape[:-2] + weight.shape[-1:] if matrix else (), dtype)
            values = {"row": rows, "column": columns, "velocity": np.zeros(weight.shape, weight.dtype)}
            self._moments.append([self._store.add(slot, value, weight) for slot, value in values.items()])

    def update_step(self, gradient, variable, learning_rate):
        t = self._updates() + 1
        rows, columns, velocity = (moment.value for moment in self._moments[self._get_variable_index(variable)])
        kept = 1 - t**self.beta_2_decay
        squares = gradient * gradient
        squares += self.epsilon_1
        if gradient.ndim >= 2:
            rows[...] = kept * rows + (1 - kept) * squares.mean(axis=-1)
            columns[...] = kept * columns + (1 - kept) * squares.mean(axis=-2)
            shares = rows / rows.mean(axis=-1, keepdims=True)
            np.multiply(shares[..., None], columns[..., None, :], out=velocity)
        else:
            velocity[...] = kept * velocity + (1 - kept) * squares
        step = gradient / np.sqrt(velocity)
        length = max(self.epsilon_2, _rms(variable.value)) * min(learning_rate, t**-0.5)
        step *= length / max(1.0, _rms(step) / self.clip_threshold)
        variable.value -= step

    def get_config(self):
        return {
            **super().get_config(),
            "beta_2_decay": self.beta_2_decay,
            "epsilon_1": self.epsilon_1,
            "epsilon_2": self.epsilon_2,
            "clip_threshold": self.clip_threshold,
            "relative_step": self.relative_step,
        }


def _rms(values: np.ndarray) -> float:
    """Returns the root mean square."""
    return float(np.sqrt(np.square(values).mean()))
