"""Models: Sequential and its base class, and their ways to files, copies and JSON."""

from kerasnp import absent, saving
from kerasnp.models.cloning import clone_model, model_from_json
from kerasnp.models.model import Model
from kerasnp.models.sequential import Sequential

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]

# These need h5py, which takes longer to import than all of kerasnp: they come when they are first named.
_LAZY = ("load_model", "save_model")


def _load(name: str):
    if name in _LAZY:
        return getattr(saving, name)
    raise KeyError(name)


__getattr__ = absent.finder(__name__, _load)


def __dir__():
    return __all__
