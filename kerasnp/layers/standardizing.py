"""The equations of layers that standardize groups of numbers within each sample, and train a scale and a shift.

A group is what one mean is taken over: with m numbers x_i in it

    mean = sum of x_i / m,    variance = sum of (x_i - mean)^2 / m,    s = 1 / sqrt(variance + epsilon),
    n_i = (x_i - mean) s,     y_i = gamma n_i + beta.

Backward, as derived for batch normalization at the top of ``normalization.py``, but with gamma inside the group: with
g_i = gamma dy_i

    dx_i = s (g_i - (sum of g) / m - n_i (sum of g n) / m),

and dgamma, dbeta are the sums of dy n and dy over all numbers that gamma and beta were used for. Without the mean (root
mean square: mean is 0 in all of these) the term (sum of g) / m falls away.
"""

import math
from typing import ClassVar, NamedTuple

import numpy as np

from kerasnp import constraints, initializers, regularizers
from kerasnp.layers.base import Buffer, Layer, Shape, Workspace
from kerasnp.variables import Variable


class Groups(NamedTuple):
    """How an array falls into groups.

    Attributes:
        shape: of the view of the array in which a group is all of some axes.
        within: these axes.
        weights: shape of gamma and beta as they are broadcast against the view.
    """

    shape: tuple[int, ...]
    within: tuple[int, ...]
    weights: tuple[int, ...]

    @property
    def statistics(self) -> tuple[int, ...]:
        """The shape of one number a group, broadcast against the view."""
        return tuple(1 if axis in self.within else size for axis, size in enumerate(self.shape))


class StandardizingLayer(Layer):
    """A layer whose equations are those at the top of this file.

    A subclass makes the weights ``gamma`` and ``beta``, or leaves them None, and writes :meth:`grouping`.
    """

    backward_uses = ("x",)
    subtracts_mean: ClassVar[bool] = True
    epsilon: float
    gamma: Variable | None = None
    beta: Variable | None = None

    def grouping(self, input_shape: tuple[int, ...]) -> Groups:
        """Returns the groups in a batch of ``input_shape``."""
        raise NotImplementedError(f"{type(self).__name__} defines no grouping(input_shape).")

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        groups = self.grouping(input_shape)
        return {
            # Mean and s of each group are read again by backward; in a plan that only predicts they are scratch.
            "statistics": Buffer((2, *groups.statistics), "step"),
            "statistics_scratch": Buffer((2, *groups.statistics), "forward"),
            "squares": Buffer(groups.shape, "forward"),
            "normal": Buffer(groups.shape, "backward"),
            "product": Buffer(groups.shape, "backward"),
            "part": Buffer(groups.statistics, "backward"),
        }

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        groups = self.grouping(x.shape)
        x, y = x.reshape(groups.shape), y.reshape(groups.shape)
        mean, s = buf.statistics_scratch if buf.statistics is None else buf.statistics
        mean[...] = 0
        if self.subtracts_mean:
            _mean(x, groups.within, mean)
        np.subtract(x, mean, out=y)
        np.square(y, out=buf.squares)
        _mean(buf.squares, groups.within, s)
        np.add(s, self.epsilon, out=s)
        np.sqrt(s, out=s)
        np.divide(1, s, out=s)
        np.multiply(y, s, out=y)
        if self.gamma is not None:
            np.multiply(y, self.gamma.value.reshape(groups.weights), out=y)
        if self.beta is not None:
            np.add(y, self.beta.value.reshape(groups.weights), out=y)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        groups = self.grouping(dy.shape)
        (mean, s), normal, product = buf.statistics, buf.normal, buf.product
        dy = dy.reshape(groups.shape)
        np.subtract(buf.x.reshape(groups.shape), mean, out=normal)
        np.multiply(normal, s, out=normal)
        np.multiply(dy, normal, out=product)
        for weight, values in ((self.gamma, product), (self.beta, dy)):
            if weight is not None and weight.gradient is not None:
                _sum_to(values, groups.weights, weight.gradient)
        if dx is None:
            return
        if self.gamma is not None:
            gamma = self.gamma.value.reshape(groups.weights)
            np.multiply(dy, gamma, out=dy)
            np.multiply(product, gamma, out=product)
        dx = dx.reshape(groups.shape)
        _mean(product, groups.within, buf.part)
        np.multiply(normal, buf.part, out=normal)
        np.subtract(dy, normal, out=dx)
        if self.subtracts_mean:
            _mean(dy, groups.within, buf.part)
            np.subtract(dx, buf.part, out=dx)
        np.multiply(dx, s, out=dx)


class ScaledAndShifted(StandardizingLayer):
    """A layer with Keras's arguments about ``gamma`` and ``beta``.

    Args:
        epsilon: keeps the square root away from zero.
        center, scale: whether there is a ``beta``, a ``gamma``.
        beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint:
            names, objects or configs.
        **kwargs: see :class:`Layer`.
    """

    def __init__(
        self,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def add_scale_and_shift(self, shape: tuple[int, ...]) -> None:
        """Makes gamma and beta, as far as they are wanted."""
        for name, wanted in (("gamma", self.scale), ("beta", self.center)):
            if wanted:
                weight = self.add_weight(
                    shape,
                    getattr(self, f"{name}_initializer"),
                    regularizer=getattr(self, f"{name}_regularizer"),
                    constraint=getattr(self, f"{name}_constraint"),
                    name=name,
                )
                setattr(self, name, weight)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
        }


def standard_axes(layer: Layer, axis, input_shape: Shape) -> tuple[int, ...]:
    """Returns one axis or several as numbers from 0 on, in the order given.

    Raises:
        ValueError: one is no axis of the input, or the same as another.
    """
    axes, rank = tuple(axis) if isinstance(axis, (list, tuple)) else (axis,), len(input_shape)
    for each in axes:
        if not -rank <= each < rank:
            raise ValueError(
                f"{type(layer).__name__} layer {layer.name!r}: axis {each} is out of bounds for input shape "
                f"{tuple(input_shape)}. Received: axis={axis}"
            )
    result = tuple(each % rank for each in axes)
    if len(set(result)) != len(result):
        raise ValueError(
            f"{type(layer).__name__} layer {layer.name!r}: the same axis of input shape {tuple(input_shape)} is named "
            f"twice. Received: axis={axis}"
        )
    return result


def axis_argument(axis, owner: str):
    """Returns an axis as an integer, several as a list.

    Raises:
        TypeError: neither.
    """
    if isinstance(axis, (list, tuple)) and all(isinstance(each, int) for each in axis):
        return list(axis)
    if isinstance(axis, int):
        return axis
    raise TypeError(f"{owner}: expected an int or a list/tuple of ints for the argument `axis`; received {axis!r}.")


def sizes_of(layer: Layer, axes: tuple[int, ...], input_shape: Shape) -> tuple[int, ...]:
    """Returns the sizes of the axes that weights have.

    Raises:
        ValueError: one is not known, or not the one that the weights were made for.
    """
    sizes = tuple(input_shape[axis] for axis in axes)
    if None in sizes:
        raise ValueError(
            f"{type(layer).__name__} layer {layer.name!r}: the axes {axes} of the input must have known sizes; input "
            f"shape {tuple(input_shape)}."
        )
    return sizes


def require_sizes(layer: StandardizingLayer, axes: tuple[int, ...], input_shape: Shape) -> None:
    """Raises a ValueError unless the weights of a built layer fit the input."""
    for weight in (weight for weight in (layer.gamma, layer.beta) if weight is not None):
        found = tuple(input_shape[axis] for axis in axes)
        if any(size not in (None, mine) for size, mine in zip(found, weight.shape, strict=True)):
            raise ValueError(
                f"Input 0 of layer {layer.name!r} ({type(layer).__name__}) is incompatible with the layer: expected "
                f"sizes {weight.shape} of axes {axes}, found {found}. Full shape received: {tuple(input_shape)}"
            )


def _mean(values: np.ndarray, axes: tuple[int, ...], result: np.ndarray) -> None:
    """Writes the means over ``axes`` into ``result``, which has these axes with size 1."""
    np.add.reduce(values, axis=axes, dtype=np.float64, out=result, keepdims=True)
    np.divide(result, max(math.prod(values.shape[axis] for axis in axes), 1), out=result)


def _sum_to(values: np.ndarray, shape: tuple[int, ...], result: np.ndarray) -> None:
    """Writes the sums over the axes that have size 1 in ``shape`` into ``result``, an array with that many numbers."""
    axes = tuple(axis for axis, size in enumerate(shape) if size == 1)
    np.add.reduce(values, axis=axes, dtype=np.float64, out=result.reshape(shape), keepdims=True)
