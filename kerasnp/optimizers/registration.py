"""The names of the optimizers; upper and lower case do not matter."""

from kerasnp import registry
from kerasnp.optimizers.base import Optimizer

optimizers = registry.namespace("keras.optimizers", "optimizer", case_sensitive=False)
register, serialize, deserialize = optimizers.register, optimizers.serialize, optimizers.deserialize


def get(identifier, custom_objects: dict | None = None) -> Optimizer | None:
    """Resolves what a user may pass to ``compile``: a name, a config dictionary, a class, an Optimizer, or None.

    Raises:
        ValueError: none of these; a misspelt name gets suggestions.
    """
    found = identifier
    if not isinstance(identifier, Optimizer):
        found = optimizers.get(identifier, custom_objects)
    if found is not None and not isinstance(found, Optimizer):
        raise ValueError(f"Could not interpret optimizer identifier: {identifier!r}; it gives {found!r}.")
    return found
