"""Models between an input and what layers made of it, in the way of Keras's Functional API.

Layers here take one input and have one output. So whatever was made of an input by calling layers is the end of a chain
of layers, and the model between the two is a Sequential.
"""

from kerasnp import registry
from kerasnp.layers.core import InputLayer
from kerasnp.symbols import KerasTensor
from kerasnp.utils.naming import auto_name


def model_between(inputs=None, outputs=None, name=None, trainable=True, **kwargs):
    """Returns the Sequential of the layers that lead from ``inputs`` to ``outputs``.

    Args:
        inputs: an ``Input``, what layers made of one, or a list of one of these.
        outputs: what layers made of ``inputs``; of a list, each is made: see :class:`Outputs`.
        name: None makes one.
        trainable: whether training may change any weight.

    Raises:
        TypeError: an unknown argument.
        ValueError: several inputs, or outputs that were not made of ``inputs``.
    """
    if kwargs:
        raise TypeError(f"Model() got unexpected keyword arguments: {sorted(kwargs)}")
    sources = _symbols(inputs, "inputs")
    if len(sources) != 1:
        raise ValueError(f"A model here has one input; received inputs={inputs!r}.")
    [source] = sources
    name = auto_name("functional") if name is None else name
    if not isinstance(outputs, (list, tuple, dict)):
        return _chain(source, *_symbols(outputs, "outputs"), name, trainable)
    ends = outputs if isinstance(outputs, dict) else dict(enumerate(outputs))
    parts = {key: _chain(source, *_symbols(end, "outputs"), f"{name}_{key}", trainable) for key, end in ends.items()}
    return Outputs(parts, isinstance(outputs, dict), name)


class Outputs:
    """Several chains of layers from one input, such as the outputs of all layers of a model. They only predict.

    Args:
        parts: the models by key.
        by_key: whether outputs come as a dictionary; else as a list.
        name: name.
    """

    def __init__(self, parts: dict, by_key: bool, name: str):
        self.name = name
        self._parts = parts
        self._by_key = by_key

    def _joined(self, results: list):
        return dict(zip(self._parts, results, strict=True)) if self._by_key else results

    def __call__(self, x, training: bool | None = None):
        """Returns the outputs for a batch ``x``, in a list, or in a dictionary."""
        return self._joined([part(x, training=training) for part in self._parts.values()])

    def predict(self, x, batch_size=None, verbose="auto", steps=None):
        """Returns the outputs for all samples of ``x``; see ``Sequential.predict``."""
        return self._joined([part.predict(x, batch_size, verbose, steps) for part in self._parts.values()])

    def __getattr__(self, method: str):
        raise AttributeError(
            f"A model with several outputs gives their values alone: call it, or its predict. It has no {method!r}; "
            "only models with one output train and are saved."
        )


def _symbols(given, argument: str) -> list[KerasTensor]:
    """Returns what stands for data in an argument: in one, in a list or in a dictionary."""
    items = list(given.values()) if isinstance(given, dict) else given
    items = items if isinstance(items, (list, tuple)) else [items]
    symbols = [item.as_symbol() if isinstance(item, InputLayer) else item for item in items]
    for item in symbols:
        if not isinstance(item, KerasTensor) or not item.steps:
            raise ValueError(
                f"Model(inputs, outputs) takes an Input and what layers made of it; received {argument}={given!r:.200}."
            )
    return symbols


def _chain(source: KerasTensor, end: KerasTensor, name: str, trainable: bool):
    """Returns the model of the layers from one symbol to another."""
    before = len(source.steps)
    if len(end.steps) < before or any(a is not b for a, b in zip(source.steps, end.steps, strict=False)):
        raise ValueError(f"`outputs` was not made of `inputs`: {end!r} does not come from {source!r}.")
    first = source.steps[0] if before == 1 else InputLayer(batch_shape=source.shape, dtype=source.dtype)
    sequential = registry.find_namespace("keras").find("Sequential")
    model = sequential([first, *end.steps[before:]], trainable=trainable, name=name)
    model._lists_input = True
    return model
