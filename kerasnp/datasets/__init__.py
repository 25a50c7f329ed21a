"""Data sets to learn with, as ``keras.datasets``."""

from kerasnp.datasets import fashion_mnist, mnist

__all__ = ["fashion_mnist", "mnist"]
