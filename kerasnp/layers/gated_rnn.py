"""What SimpleRNN, LSTM and GRU share: a recurrent layer whose arguments are those of its cell."""

import inspect
from typing import ClassVar

from kerasnp.layers.base import Layer
from kerasnp.layers.gated_cell import GatedCell
from kerasnp.layers.recurrent import RNN


def options_of(names: dict) -> dict:
    """Returns the arguments of a constructor, of which ``names`` are the ``locals()`` at its beginning."""
    own = {name: value for name, value in names.items() if name not in ("self", "__class__", "kwargs")}
    return own | names["kwargs"]


def _of_cell(name: str) -> property:
    return property(lambda layer: getattr(layer.cell, name), doc=f"The cell's ``{name}``.")


class GatedRNN(RNN):
    """A recurrent layer with a cell of its own.

    Args:
        **options: the arguments of the cell, of :class:`RNN` and of :class:`Layer`.
    """

    cell_class: ClassVar[type[GatedCell]]
    cell_name: ClassVar[str]
    # What of the cell's config stands in the layer's own.
    hidden: ClassVar[tuple[str, ...]] = ()

    units = _of_cell("units")
    activation = _of_cell("activation")
    use_bias = _of_cell("use_bias")
    kernel_initializer = _of_cell("kernel_initializer")
    recurrent_initializer = _of_cell("recurrent_initializer")
    bias_initializer = _of_cell("bias_initializer")
    kernel_regularizer = _of_cell("kernel_regularizer")
    recurrent_regularizer = _of_cell("recurrent_regularizer")
    bias_regularizer = _of_cell("bias_regularizer")
    kernel_constraint = _of_cell("kernel_constraint")
    recurrent_constraint = _of_cell("recurrent_constraint")
    bias_constraint = _of_cell("bias_constraint")
    dropout = _of_cell("dropout")
    recurrent_dropout = _of_cell("recurrent_dropout")
    seed = _of_cell("seed")

    def __init__(self, **options):
        use_cudnn = options.pop("use_cudnn", "auto")
        if use_cudnn not in ("auto", True, False):
            raise ValueError(
                "Invalid valid received for argument `use_cudnn`. Expected one of {'auto', True, False}. "
                f"Received: use_cudnn={use_cudnn}"
            )
        self.use_cudnn = use_cudnn
        known = inspect.signature(self.cell_class).parameters.keys() - {"kwargs"}
        cell = self.cell_class(
            **{name: options.pop(name) for name in known & options.keys()},
            implementation=options.pop("implementation", 2),
            dtype=options.get("dtype"),
            trainable=options.get("trainable", True),
            name=self.cell_name,
        )
        super().__init__(cell, **options)

    def output_shape_of(self, input_shape):
        shape = super().output_shape_of(input_shape)
        if len(input_shape) != 3:
            raise ValueError(
                f"Input 0 of layer {self.name!r} ({type(self).__name__}) is incompatible with the layer: expected "
                f"ndim=3 (batch, steps, features), found ndim={len(input_shape)}. Full shape received: "
                f"{tuple(input_shape)}"
            )
        if self.cell.built and input_shape[2] not in (None, self.cell.kernel.shape[0]):
            raise ValueError(
                f"Input 0 of layer {self.name!r} ({type(self).__name__}) is incompatible with the layer: expected axis "
                f"-1 of input shape to have value {self.cell.kernel.shape[0]}, but received input with shape "
                f"{tuple(input_shape)}"
            )
        return shape

    def get_config(self) -> dict:
        settings = super().get_config()
        del settings["cell"]
        common = Layer.get_config(self.cell)
        own = {key: value for key, value in self.cell.get_config().items() if key not in (*common, *self.hidden)}
        return {**settings, **own}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "GatedRNN":
        """Makes a layer from what :meth:`get_config` returned."""
        return cls(**config)
