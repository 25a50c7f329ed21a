"""Bidirectional: one layer along a sequence, and one back."""

import numpy as np

from kerasnp.layers.base import Buffer, Layer, Shape, Workspace, deserialize, register, serialize
from kerasnp.layers.composite import Composite

MERGE_MODES = ("sum", "mul", "ave", "concat", None)


@register()
class Bidirectional(Composite):
    """Runs a recurrent layer from the first step to the last, and another one back (Schuster and Paliwal 1997).

    With a the output of the first and b that of the second, its steps turned round again, y is ``[a, b]`` beside each
    other ("concat"), ``a + b`` ("sum"), ``(a + b) / 2`` ("ave") or ``a b`` ("mul"). Backward, da and db are the halves
    of dy, dy itself, dy / 2, or ``dy b`` and ``dy a``; dx is the sum of what the two layers make of them.

    Args:
        layer: the recurrent layer; the two are made of its config.
        merge_mode: see above; None gives both outputs, which a Sequential cannot take.
        weights: values for the weights of the first layer and then of the second.
        backward_layer: the second one, if it is not to be like the first.
        **kwargs: see :class:`Layer`.

    Raises:
        ValueError: no layer, an unknown mode, or layers that do not go together.
    """

    uses_mask = True

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        for name, given in (("layer", layer), ("backward_layer", backward_layer)):
            if not isinstance(given, Layer) and not (name == "backward_layer" and given is None):
                raise ValueError(
                    f"Please initialize `Bidirectional` layer with a `keras.layers.Layer` instance as `{name}`. "
                    f"Received: {given}"
                )
        if merge_mode not in MERGE_MODES:
            raise ValueError(
                f"Invalid merge mode. Received: {merge_mode}. Merge mode should be one of "
                '{"sum", "mul", "ave", "concat", None}'
            )
        super().__init__(**kwargs)
        self.merge_mode = merge_mode
        self.forward_layer = _copy_of(layer, "forward_")
        self.backward_layer = backward_layer or _copy_of(layer, "backward_", go_backwards=True)
        self._verify()
        for part in (self.forward_layer, self.backward_layer):
            if hasattr(part, "zero_output_for_mask"):
                # Held outputs of the one would be added to those of the other.
                part.zero_output_for_mask = part.return_sequences
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self._first_weights = weights

    def _verify(self) -> None:
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError(
                "Forward layer and backward layer should have different `go_backwards` value. Received: "
                f"forward_layer.go_backwards {forward.go_backwards}, "
                f"backward_layer.go_backwards={backward.go_backwards}"
            )
        for name in ("stateful", "return_sequences", "return_state"):
            if getattr(forward, name) != getattr(backward, name):
                raise ValueError(
                    "Forward layer and backward layer are expected to have the same value for attribute "
                    f'"{name}", got "{getattr(forward, name)}" for forward layer and '
                    f'"{getattr(backward, name)}" for backward layer'
                )

    def inner_layers(self) -> list[Layer]:
        return [self.forward_layer, self.backward_layer]

    @property
    def backward_uses(self) -> tuple[str, ...]:
        return ("x",) if any("x" in layer.backward_uses for layer in self.inner_layers()) else ()

    @property
    def states(self) -> list[np.ndarray] | None:
        """The states of both layers, if they are stateful."""
        found = [layer.states for layer in self.inner_layers()]
        return None if None in found else found[0] + found[1]

    def build(self, input_shape: Shape) -> None:
        for layer in self.inner_layers():
            self.build_inner(layer, input_shape)
        if self.merge_mode not in (None, "concat"):
            one, other = (self._part_shape(layer, input_shape) for layer in self.inner_layers())
            if one != other:
                raise ValueError(
                    f"Bidirectional layer {self.name!r}: merge_mode={self.merge_mode!r} needs outputs of one shape; "
                    f"those of its layers are {one} and {other}."
                )
        if self._first_weights:
            self.set_weights(self._first_weights)

    def _part_shape(self, layer: Layer, input_shape: Shape) -> Shape:
        shape = layer.compute_output_shape(input_shape)
        return tuple(shape[0] if self.return_state else shape)

    def _merged_shape(self, input_shape: Shape) -> Shape:
        one, other = (self._part_shape(layer, input_shape) for layer in self.inner_layers())
        return (*one[:-1], one[-1] + other[-1]) if self.merge_mode == "concat" else one

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the output's shape; several where there are several outputs."""
        if self.merge_mode is None:
            shapes = [self._part_shape(layer, input_shape) for layer in self.inner_layers()]
        else:
            shapes = [self._merged_shape(input_shape)]
        if self.return_state:
            shapes += [shape for layer in self.inner_layers() for shape in layer.compute_output_shape(input_shape)[1:]]
        return shapes[0] if len(shapes) == 1 else tuple(shapes)

    def compute_mask(self, inputs, mask=None):
        """Returns the mask of the input if the output has its steps; else None."""
        return mask if self.return_sequences else None

    def fill_mask(self, x: np.ndarray, mask: np.ndarray | None, out: np.ndarray, buf: Workspace) -> None:
        np.copyto(out, mask)

    # -- equations ---------------------------------------------------------------------------------

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        one, other = (self._part_shape(layer, input_shape) for layer in self.inner_layers())
        return {
            **self.inner_buffers("one", self.forward_layer, input_shape),
            **self.inner_buffers("other", self.backward_layer, input_shape),
            "a": Buffer(one, "kept"),
            "b": Buffer(other, "kept"),
            "da": Buffer(one, "backward"),
            "db": Buffer(other, "backward"),
            "dx_other": Buffer(input_shape, "backward"),
        }

    def _turned(self, array: np.ndarray) -> np.ndarray:
        """Returns a view with the steps in the other order."""
        return array[:, ::-1] if self.return_sequences else array

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        self._run(x, buf, training)
        a, b = buf.a, self._turned(buf.b)
        if self.merge_mode == "concat":
            np.copyto(y[..., : a.shape[-1]], a)
            np.copyto(y[..., a.shape[-1] :], b)
        elif self.merge_mode == "mul":
            np.multiply(a, b, out=y)
        else:
            np.add(a, b, out=y)
            if self.merge_mode == "ave":
                y *= 0.5

    def _run(self, x: np.ndarray, buf: Workspace, training: bool) -> None:
        for name, layer, y in (("one", self.forward_layer, buf.a), ("other", self.backward_layer, buf.b)):
            inner = self.inner_workspace(name, layer, x, y, buf, buf.mask)
            if hasattr(buf, "initial_state"):
                inner.initial_state = buf.initial_state[name]
            layer.forward(x, y, inner, training)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        da, db = buf.da, self._turned(buf.db)
        if self.merge_mode == "concat":
            np.copyto(da, dy[..., : da.shape[-1]])
            np.copyto(db, dy[..., da.shape[-1] :])
        elif self.merge_mode == "mul":
            np.multiply(dy, self._turned(buf.b), out=da)
            np.multiply(dy, buf.a, out=db)
        else:
            factor = 0.5 if self.merge_mode == "ave" else 1.0
            np.multiply(dy, factor, out=da)
            np.multiply(dy, factor, out=db)
        self.forward_layer.backward(buf.da, dx, buf.one_workspace)
        self.backward_layer.backward(buf.db, None if dx is None else buf.dx_other, buf.other_workspace)
        if dx is not None:
            dx += buf.dx_other

    def __call__(self, x, training: bool | None = None, mask=None, initial_state=None):
        """Returns the output, or a tuple of the outputs and last states where there are several.

        Args:
            x, training, mask: see :class:`Layer`.
            initial_state: the states of the first layer, then those of the second; None means zeros.
        """
        symbol = self.symbolic(x, training=training, mask=mask, initial_state=initial_state)
        if symbol is not None:
            return symbol
        training = bool(training)
        x = np.ascontiguousarray(x, dtype=self.input_dtype)
        mask = None if mask is None else np.ascontiguousarray(mask, dtype=np.bool_)
        self.ensure_built(x.shape if self.stateful else (None, *x.shape[1:]))
        y = np.empty(self._merged_shape(x.shape), self.dtype)
        buf = self.workspace(x, y, training, mask=mask)
        if initial_state is not None:
            half = len(initial_state) // 2
            parts = (("one", initial_state[:half]), ("other", initial_state[half:]))
            buf.initial_state = {
                name: layer._checked_states(states, len(x))
                for (name, states), layer in zip(parts, self.inner_layers(), strict=True)
            }
        if self.merge_mode is None:
            self._run(x, buf, training)
            outputs = [buf.a, self._turned(buf.b)]
        else:
            self.forward(x, y, buf, training)
            outputs = [y]
        if self.return_state:
            spaces = (buf.one_workspace, buf.other_workspace)
            outputs += [state.copy() for space in spaces for state in space.last_states]
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    # -- configuration -----------------------------------------------------------------------------

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "merge_mode": self.merge_mode,
            "layer": serialize(self.forward_layer),
            "backward_layer": serialize(self.backward_layer),
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "Bidirectional":
        """Makes a layer from what :meth:`get_config` returned."""
        parts = {name: config.get(name) for name in ("layer", "backward_layer")}
        made = {name: deserialize(part, custom_objects) for name, part in parts.items() if part is not None}
        return cls(**{**config, **made})


def _copy_of(layer: Layer, prefix: str, **changes) -> Layer:
    """Returns a new layer with the config of another one, its name with the prefix."""
    config = serialize(layer)
    config["config"] = {**config["config"], "name": prefix + layer.name.removeprefix(prefix), **changes}
    return deserialize(config, {type(layer).__name__: type(layer)})
