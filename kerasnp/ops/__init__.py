"""The operations of ``keras.ops`` that layers, losses and metrics of one's own use, on NumPy arrays."""

from kerasnp.ops import arrays, further
from kerasnp.ops.arrays import *  # noqa: F403
from kerasnp.ops.further import *  # noqa: F403

__all__ = sorted([*arrays.__all__, *further.__all__])


def __getattr__(name: str):
    raise AttributeError(
        f"kerasnp.ops.{name} of Keras is not in kerasnp: arrays are NumPy's, so use numpy or scipy.special for it."
    )
