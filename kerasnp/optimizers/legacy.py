"""The optimizers of Keras 2.10 and before, which Keras 3 dropped; each name tells what to use."""

from kerasnp import absent

__all__: list[str] = []
__getattr__ = absent.finder(__name__)
