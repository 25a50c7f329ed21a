"""Losses that layers add to that of their model."""

import contextlib
import threading
from collections.abc import Iterator

import numpy as np

_running = threading.local()


class AddedLosses:
    """The part of a layer that deals with losses of its own.

    A subclass sets the list ``_added_losses`` and has ``weights`` and ``inner_layers``.
    """

    def add_loss(self, loss) -> None:
        """Adds a loss, from within ``call`` or ``forward``, to the one that training reports and minimises.

        Nothing is derived automatically: the layer's ``gradient`` or ``backward`` adds the derivative of what it added.

            def call(self, x):
                self.add_loss(0.01 * np.square(x).sum())
                return x

            def gradient(self, x, y, dy):
                return dy + 0.02 * x

        Args:
            loss: a number, an array, whose elements are added up, or a list of these.

        Raises:
            ValueError: something else.
        """
        values = loss if isinstance(loss, (list, tuple)) else [loss]
        for value in values:
            if isinstance(value, (dict, str)) or np.asarray(value).dtype.kind not in "fiu":
                raise ValueError(f"`add_loss()` takes numbers or arrays. Received invalid value: {value!r}")
        if not getattr(_running, "a_trial", False):
            self._added_losses.extend(float(np.sum(value)) for value in values)

    @property
    def losses(self) -> list[float]:
        """What the last batch added with :meth:`add_loss`, then the penalties of the weights' regularizers."""
        penalised = [variable for variable in self.weights if variable.regularizer is not None]
        return self.added_losses() + [float(variable.regularizer(variable.value)) for variable in penalised]

    def added_losses(self) -> list[float]:
        """Returns what this layer and those within it have added since the batch began."""
        inner = [loss for layer in self.inner_layers() for loss in layer.added_losses()]
        return [*self._added_losses, *inner]

    def clear_added_losses(self) -> None:
        """Forgets what the batch before added."""
        self._added_losses.clear()
        for layer in self.inner_layers():
            layer.clear_added_losses()


@contextlib.contextmanager
def a_trial() -> Iterator[None]:
    """A context for a pass that only finds out the shape of an output: what layers add in it does not count."""
    before = getattr(_running, "a_trial", False)
    _running.a_trial = True
    try:
        yield
    finally:
        _running.a_trial = before


@contextlib.contextmanager
def one_batch(layers) -> Iterator[None]:
    """A context for one forward pass: forgets the losses of the pass before, unless it lies within another pass."""
    if getattr(_running, "a_pass", False):
        yield
        return
    for layer in layers:
        layer.clear_added_losses()
    _running.a_pass = True
    try:
        yield
    finally:
        _running.a_pass = False
