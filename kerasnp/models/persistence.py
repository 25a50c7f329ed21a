"""A model's way to files, JSON and pickles, and back."""

import json
import os

from kerasnp import exporting, saving
from kerasnp.layers.symbolic import remember_model
from kerasnp.saving.config_writing import write_model_config
from kerasnp.saving.training_config import read_compile_config, write_compile_config
from kerasnp.utils.console import print_msg


class Persistence:
    """The part of a model that is kept."""

    def save(self, filepath: str | os.PathLike, overwrite: bool = True, zipped: bool | None = None, **kwargs) -> None:
        """Writes the whole model to a ``.keras`` or ``.h5`` file; see :func:`kerasnp.saving.save_model`.

        The file is replaced in one move: whatever happens on the way, the old or the new one is there, whole.
        """
        saving.save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(self, filepath: str | os.PathLike, overwrite: bool = True, max_shard_size=None) -> None:
        """Writes all weights, and the state of the training if there is one, to a ``.weights.h5`` file as Keras 3 does.

        The file is replaced in one move: whatever happens on the way, the old or the new one is there, whole.
        """
        saving.save_weights(self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def load_weights(
        self, filepath: str | os.PathLike, skip_mismatch: bool = False, by_name: bool | None = None
    ) -> None:
        """Reads weights from a file of any Keras, all of them or none; see :func:`kerasnp.saving.load_weights`.

        Raises:
            ValueError: the file does not fit; nothing was changed, and the message lists each difference.
        """
        saving.load_weights(self, filepath, skip_mismatch=skip_mismatch, by_name=by_name)

    def export(
        self,
        filepath: str | os.PathLike,
        format: str = "tf_saved_model",
        verbose: bool | None = None,
        input_signature=None,
        **kwargs,
    ) -> None:
        """Writes the model for other runtimes: ``model.export("model.onnx", format="onnx")``.

        The file holds what the model predicts, without its training. It needs the package ``onnx``:
        ``pip install 'kerasnp[onnx]'``. Its input has the name of the model's, its output that of the last layer;
        layers that take integers make the input int64.

        Args:
            filepath: the file; it is replaced in one move.
            format: ``"onnx"``. Keras's default and its other formats belong to TensorFlow and PyTorch.
            verbose: whether to say where the file is; None means yes.
            input_signature: the input's shape and perhaps name, as an ``InputSpec``, alone or in a list; None means
                those of the model.
            **kwargs: ``opset_version``: version of the operators, 18 unless given.

        Raises:
            ImportError: the package ``onnx`` is missing.
            NotImplementedError: a layer has no translation; the message names it.
            ValueError: another format, a model that is not built, or a shape that does not fit it.
        """
        if format != "onnx":
            raise ValueError(
                f"kerasnp exports to format='onnx' alone; received format={format!r}. Keras exports to its other "
                "formats: save the model as a .keras file and load it there."
            )
        shape, name = self._signature(input_signature)
        opset_version = kwargs.pop("opset_version", None)
        if kwargs:
            raise TypeError(f"export() got unexpected keyword arguments for format='onnx': {sorted(kwargs)}")
        exporting.export_onnx(self.leaf_layers(), shape, name, filepath, opset_version)
        if verbose is None or verbose:
            print_msg(f"Saved artifact at '{os.fspath(filepath)}'.")

    def _signature(self, given) -> tuple[tuple, str]:
        """Returns shape and name of the input: what the user gave, else the model's."""
        if not self.built:
            raise ValueError(f"Model {self.name!r} is not built: give it an Input, call it on data or build it first.")
        shape, name = tuple(self.input_shape), self.input_name
        if given is None:
            return shape, name
        while isinstance(given, (list, tuple)) and len(given) == 1:
            given = given[0]
        wanted = getattr(given, "shape", None)
        fits = wanted is not None and len(wanted) == len(shape)
        if not fits or any(None not in pair and pair[0] != pair[1] for pair in zip(wanted, shape, strict=True)):
            raise ValueError(
                f"input_signature must be an InputSpec with a shape that fits {shape}; received {given!r}."
            )
        merged = tuple(size if new is None else new for new, size in zip(wanted, shape, strict=True))
        return merged, getattr(given, "name", None) or name

    def to_json(self, **kwargs) -> str:
        """Returns the structure as JSON, without the weights; :func:`kerasnp.models.model_from_json` takes it back.

        Args:
            **kwargs: go to ``json.dumps``, such as ``indent=2``.
        """
        return json.dumps({**write_model_config(self), "compile_config": self.get_compile_config()}, **kwargs)

    def get_compile_config(self) -> dict:
        """Returns the arguments of ``compile`` as plain data; ``{}`` if the model was never compiled."""
        return write_compile_config(self)

    def compile_from_config(self, config: dict) -> None:
        """Compiles the model as :meth:`get_compile_config` of another one, of any Keras, says."""
        arguments = read_compile_config(config)
        if arguments is not None:
            self.compile(**arguments)

    def __getstate__(self):
        # Plans and flat vectors are made anew where they are used.
        return {**self.__dict__, "_executor": None}

    def __setstate__(self, state):
        self.__dict__.update(state)
        for layer in self.layers:
            remember_model(layer, self)
        if self.history is not None:
            self.history.set_model(self)
        if self.optimizer is not None and self.optimizer.is_copy:
            self.ensure_optimizer_built()
