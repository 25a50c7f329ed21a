"""Sequences of one length; see ``kerasnp.utils``."""

from kerasnp.utils.sequences import pad_sequences

__all__ = ["pad_sequences"]
