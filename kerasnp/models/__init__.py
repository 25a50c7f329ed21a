"""Models: Sequential and its base class."""

from kerasnp.models.model import Model
from kerasnp.models.sequential import Sequential

__all__ = ["Model", "Sequential"]
