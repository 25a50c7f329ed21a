"""Muon: momentum made orthogonal, for the matrices of a model."""

import math
import re

import numpy as np

from kerasnp import nn
from kerasnp.optimizers.base import Optimizer
from kerasnp.optimizers.registration import register


@register()
class Muon(Optimizer):
    """Muon (Jordan et al. 2024), with AdamW for what is no matrix.

    A weight of two axes: ``m = momentum m + g``; ``u = g + momentum m`` (Nesterov) or m, divided by its Frobenius norm;
    then ``ns_steps`` times ``u = a u + (b u u^T + c (u u^T)^2) u`` (Newton-Schulz), which makes the singular values
    about 1; ``w -= lr rms_rate sqrt(longest axis) u`` (Liu et al. 2025). All others take Adam's step.

    As in Keras, weights whose path contains "embedding" are left to AdamW, and the last layer should be.

    Args:
        learning_rate: float, schedule or function.
        adam_beta_1, adam_beta_2, epsilon: see :class:`Adam`.
        adam_weight_decay: weight decay where AdamW works; None for none.
        weight_decay: weight decay where Muon works; None for none.
        exclude_layers: regular expressions; weights whose path has a match are left to AdamW.
        exclude_embeddings: whether embeddings are left to AdamW.
        muon_a, muon_b, muon_c: a, b and c.
        adam_lr_ratio: AdamW's learning rate in units of Muon's.
        momentum: how much of the past the momentum keeps.
        ns_steps: steps of Newton and Schulz.
        nesterov: whether to look ahead along the momentum.
        rms_rate: see the formula; None for ``w -= lr u``.
        clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor,
            gradient_accumulation_steps, name: see :class:`Optimizer`.
    """

    def __init__(
        self,
        learning_rate=0.001,
        adam_beta_1=0.9,
        adam_beta_2=0.999,
        adam_weight_decay=0.004,
        epsilon=1e-7,
        weight_decay=0.004,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        exclude_layers=None,
        exclude_embeddings=True,
        muon_a=3.4445,
        muon_b=-4.7750,
        muon_c=2.0315,
        adam_lr_ratio=1,
        momentum=0.95,
        ns_steps=5,
        nesterov=True,
        rms_rate=0.2,
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
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = epsilon
        self.exclude_layers = exclude_layers or []
        self.exclude_embeddings = exclude_embeddings
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.rms_rate = rms_rate

    def add_own_variables(self):
        self._momentums, self._velocities = [], []
        for weight in self._trainable_variables:
            self._momentums.append(self.add_variable_from_reference(weight, name="momentum"))
            adams = self._is_for_adam(weight)
            self._velocities.append(self.add_variable_from_reference(weight, name="velocity") if adams else None)

    def _is_for_adam(self, weight) -> bool:
        excluded = ["(?i:embedding)"] if self.exclude_embeddings else []
        excluded += self.exclude_layers
        return weight.ndim != 2 or any(re.search(pattern, weight.path) for pattern in excluded)

    def _update_one(self, index, rate, decay):
        weight_decay = self.weight_decay if self._velocities[index] is None else self.adam_weight_decay
        super()._update_one(index, rate, rate * (weight_decay or 0.0))

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        momentum, velocity = self._momentums[index].value, self._velocities[index]
        if velocity is not None:
            self._take_adams_step(
                gradient, variable.value, learning_rate * self.adam_lr_ratio, momentum, velocity.value
            )
            return
        momentum *= self.momentum
        momentum += gradient
        step = self._orthogonal(gradient + self.momentum * momentum if self.nesterov else momentum)
        if self.rms_rate is not None:
            learning_rate *= self.rms_rate * math.sqrt(max(variable.shape))
        variable.value -= learning_rate * step

    def _take_adams_step(self, gradient, value, learning_rate, momentum, velocity) -> None:
        t = self._updates() + 1
        self._kernels.adam(
            gradient.reshape(-1),
            learning_rate * math.sqrt(1 - self.adam_beta_2**t) / (1 - self.adam_beta_1**t),
            0.0,
            self.adam_beta_1,
            self.adam_beta_2,
            self.epsilon,
            momentum.reshape(-1),
            velocity.reshape(-1),
            None,
            value.reshape(-1),
        )

    def _orthogonal(self, matrix: np.ndarray) -> np.ndarray:
        """Returns a matrix of the same singular vectors with singular values about 1."""
        rows, columns = matrix.shape
        x = matrix.T if rows > columns else matrix
        x = np.ascontiguousarray(x / (np.sqrt(np.square(x).sum()) + 1e-7))
        for _ in range(self.ns_steps):
            # The library's own products: the same bits for any number of threads.
            gram = nn.dense_forward(x, np.ascontiguousarray(x.T))
            polynomial = self.muon_b * gram + self.muon_c * nn.dense_forward(gram, gram)
            x = self.muon_a * x + nn.dense_forward(polynomial, x)
        return x.T if rows > columns else x

    def get_config(self):
        return {
            **super().get_config(),
            "adam_beta_1": self.adam_beta_1,
            "adam_beta_2": self.adam_beta_2,
            "adam_weight_decay": self.adam_weight_decay,
            "epsilon": self.epsilon,
            "exclude_layers": self.exclude_layers,
            "exclude_embeddings": self.exclude_embeddings,
            "muon_a": self.muon_a,
            "muon_b": self.muon_b,
            "muon_c": self.muon_c,
            "adam_lr_ratio": self.adam_lr_ratio,
            "momentum": self.momentum,
            "ns_steps": self.ns_steps,
            "nesterov": self.nesterov,
            "rms_rate": self.rms_rate,
        }
