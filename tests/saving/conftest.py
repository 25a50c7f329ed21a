"""Models as saving sees them: names, lists of layers and variables, nothing else."""

from types import SimpleNamespace

import numpy as np
import pytest

from kerasnp.saving import load_weights
from kerasnp.variables import Variable


class Leaf:
    """A layer with variables of the given shapes; a shape in a list stands for one that is not trained."""

    def __init__(self, name, *shapes, dtype="float32", **parts):
        self.name = name
        self._variables = [
            Variable(
                np.zeros(shape, dtype), trainable=isinstance(shape, tuple), name=f"v{index}", path=f"{name}/v{index}"
            )
            for index, shape in enumerate(shapes)
        ]
        vars(self).update(parts)


def leaf(class_name, name, *shapes, **parts):
    return type(class_name, (Leaf,), {})(name, *shapes, **parts)


class Optimizer:
    """An optimizer like Adam: a pair of slots for each shape."""

    name = "adam"

    def __init__(self, *shapes):
        self.built = False
        self.shapes = shapes
        self.variables = []
        self.slots = ["momentum", "velocity"] * len(shapes)
        self._trainable_variables = [Variable(np.zeros(shape, np.float32)) for shape in shapes]

    def build(self):
        self.built = True
        self.variables = [Variable(np.zeros((), np.int64), name="iteration")]
        self.variables.append(Variable(np.zeros((), np.float32), name="learning_rate"))
        for index, shape in enumerate(self.shapes):
            for slot in ("momentum", "velocity"):
                self.variables.append(Variable(np.zeros(shape, np.float32), name=f"v{index}_{slot}"))


class Chain:
    """A model."""

    def __init__(self, name, *layers, optimizer=None, built=True):
        self.name = name
        self.layers = list(layers)
        self._layers = [SimpleNamespace(name="input", _variables=[]), *layers]
        self.optimizer = optimizer
        self.built = built

    def ensure_optimizer_built(self):
        if not self.optimizer.built:
            self.optimizer.build()

    def load_weights(self, filepath):
        load_weights(self, filepath)


def variables_of(model):
    """Returns all variables, in any fixed order."""
    found = []
    for layer in model.layers:
        found += getattr(layer, "_variables", [])
        found += variables_of(layer) if hasattr(layer, "layers") else []
        found += [v for part in vars(layer).values() if hasattr(part, "_variables") for v in part._variables]
    return found + (model.optimizer.variables if getattr(model, "optimizer", None) else [])


@pytest.fixture
def make():
    """The classes above, and what the tests do with them."""

    def fill(model, start=1):
        for number, variable in enumerate(variables_of(model), start):
            variable.value[...] = number
        return model

    def values(model):
        return [variable.numpy() for variable in variables_of(model)]

    def mlp(units=3, optimizer=True):
        shapes = ((4, 5), (5,), (5, units), (units,))
        return Chain(
            "mlp",
            leaf("Dense", "hidden", *shapes[:2]),
            leaf("Dropout", "dropout"),
            leaf("Dense", "probs", *shapes[2:]),
            optimizer=Optimizer(*shapes) if optimizer else None,
        )

    return SimpleNamespace(
        leaf=leaf, Chain=Chain, Optimizer=Optimizer, fill=fill, values=values, variables_of=variables_of, mlp=mlp
    )
