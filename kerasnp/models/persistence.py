"""A model's way to files, JSON and pickles, and back."""

import json
import os

from kerasnp import saving
from kerasnp.saving.config_writing import write_model_config
from kerasnp.saving.training_config import read_compile_config, write_compile_config


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
        if self.history is not None:
            self.history.set_model(self)
        if self.optimizer is not None and self.optimizer.is_copy:
            self.ensure_optimizer_built()
