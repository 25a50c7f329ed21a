"""Layers called on an ``Input``: what they make of it stands for data that is still to come."""

import weakref

from kerasnp.symbols import KerasTensor
from kerasnp.variables import Variable

# The Sequential that a layer was last added to. It is no attribute of the layer, which may be copied and pickled alone.
_models: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def remember_model(layer: "Symbolic", model) -> None:
    """Keeps in mind where a layer stands, for :attr:`Symbolic.output`."""
    _models[layer] = weakref.ref(model)


class Symbolic:
    """The part of a layer that is called on symbols.

    A subclass sets ``name`` and has ``trainable``, ``weights`` and ``_seed_generators``.
    """

    name: str
    trainable: bool
    weights: list[Variable]

    def symbolic(self, x, **told) -> KerasTensor | None:
        """Returns what a call makes of an ``Input``, or of what other layers made of one; None if ``x`` is data.

        Args:
            x: what the layer was called on.
            **told: the other arguments of the call.

        Raises:
            TypeError: ``x`` is a layer.
            ValueError: an argument that would hold for this call alone.
        """
        if isinstance(x, Symbolic):
            x = x.as_symbol()
        if not isinstance(x, KerasTensor):
            return None
        made = x.through(self)
        if told.get("training") is False and self.predicts_in_training:
            del told["training"]
        if given := [name for name, value in told.items() if value is not None]:
            raise ValueError(
                f"Layer {self.name!r} was called on {x!r} with {given[0]}={told[given[0]]!r}: within a model, layers "
                "are not told that for a single call. Freeze layers that are not to train with trainable=False."
            )
        return made

    def as_symbol(self) -> KerasTensor:
        """Returns what stands for the data of an ``Input``; other layers raise a TypeError."""
        raise TypeError(f"A layer was called on {self!r}, a layer; expected data, an Input or what layers made of one.")

    @property
    def predicts_in_training(self) -> bool:
        """Whether the layer computes in training what it predicts: it draws no numbers and updates no statistics."""
        statistics = self.trainable and any(not variable.trainable for variable in self.weights)
        return not statistics and not self._seed_generators()

    @property
    def output(self) -> KerasTensor:
        """What stands for the layer's output in the model that it was last added to."""
        return self._model_of("output").output_of(self)

    @property
    def input(self) -> KerasTensor:
        """What stands for the layer's input in the model that it was last added to."""
        return self._model_of("input").input_of(self)

    def _model_of(self, what: str):
        model = _models.get(self, lambda: None)()
        if model is None:
            raise AttributeError(f"The layer {self.name!r} is in no model and has no defined {what}.")
        return model
