"""A graph of ONNX operators in the making, as plain data: no ONNX library is needed for it."""

from typing import NamedTuple

import numpy as np

Value = str  # the name of an array in the graph


class Node(NamedTuple):
    """One operator."""

    operator: str
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    attributes: dict


class Graph:
    """Operators in the order of computation, and the constants they use.

    Args:
        dtype: number type that the model computes in; numbers among the inputs of an operator become constants of it.

    Attributes:
        nodes: the operators.
        constants: arrays by name.
        scope: prefix of the names to come: that of the layer being translated.
    """

    def __init__(self, dtype: str):
        self.dtype = np.dtype(dtype)
        self.nodes: list[Node] = []
        self.constants: dict[str, np.ndarray] = {}
        self.scope = ""
        self._made_by: dict[Value, Node] = {}

    def _name(self, what: str) -> str:
        return f"{self.scope}/{what}_{len(self.nodes) + len(self.constants)}"

    def constant(self, value) -> Value:
        """Returns the name of a constant: floats become the graph's type, integers int64."""
        array = np.asarray(value)
        return self.constant_of(array, self.dtype if array.dtype.kind == "f" else np.int64)

    def constant_of(self, value, dtype) -> Value:
        """Returns the name of a constant of a number type."""
        name = self._name("constant")
        self.constants[name] = np.ascontiguousarray(value, dtype).reshape(np.shape(value))
        return name

    def node(self, operator: str, *inputs, count: int = 1, **attributes):
        """Adds an operator and returns the name of its output, or a list of names if ``count`` is above one.

        Args:
            operator: its name in ONNX.
            *inputs: names; arrays and numbers become constants; None is an input left out.
            count: number of outputs.
            **attributes: of the operator.
        """
        names = tuple("" if item is None else item if isinstance(item, str) else self.constant(item) for item in inputs)
        outputs = tuple(f"{self._name(operator)}{f'_{number}' if number else ''}" for number in range(count))
        node = Node(operator, names, outputs, attributes)
        self.nodes.append(node)
        self._made_by.update(dict.fromkeys(outputs, node))
        return outputs[0] if count == 1 else list(outputs)

    def transpose(self, x: Value, order) -> Value:
        """Returns ``x`` with its axes in another order; two of these that undo each other leave nothing."""
        order = list(order)
        made_by = self._made_by.get(x)
        if made_by is not None and made_by.operator == "Transpose":
            before = made_by.attributes["perm"]
            if [before[axis] for axis in order] == list(range(len(order))):
                return made_by.inputs[0]
        return x if order == list(range(len(order))) else self.node("Transpose", x, perm=order)

    def reshape(self, x: Value, sizes) -> Value:
        """Returns ``x`` in another shape; -1 stands for what is left over, 0 for the size it had on that axis."""
        return self.node("Reshape", x, np.array(sizes, np.int64))

    def cut(self, x: Value, parts: dict[int, tuple[int, int]]) -> Value:
        """Returns a part of ``x``: by axis, how much goes in front and behind."""
        parts = {axis: ends for axis, ends in parts.items() if any(ends)}
        if not parts:
            return x
        starts = [front for front, _ in parts.values()]
        stops = [-behind if behind else np.iinfo(np.int64).max for _, behind in parts.values()]
        return self.node("Slice", x, np.array(starts), np.array(stops), np.array(list(parts)))

    def needed(self, output: Value) -> list[Node]:
        """Returns the operators that ``output`` depends on, in their order."""
        wanted, kept = {output}, []
        for node in reversed(self.nodes):
            if wanted.intersection(node.outputs):
                wanted.update(node.inputs)
                kept.append(node)
        return kept[::-1]
