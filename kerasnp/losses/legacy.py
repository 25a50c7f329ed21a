"""What Keras 3 dropped of its losses; each name tells what to use."""

from kerasnp import absent

__all__: list[str] = []
__getattr__ = absent.finder(__name__)
