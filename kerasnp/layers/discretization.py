"""Numbers to the numbers of the ranges they lie in."""

import numpy as np

from kerasnp.layers.base import Shape, register
from kerasnp.layers.encoding import MODES, encode, encoded_shape, one_of, refuse_sparse
from kerasnp.layers.host import HostLayer, batches_of
from kerasnp.utils.quantiles import Quantiles


@register()
class Discretization(HostLayer):
    """Turns numbers into the numbers of the bins they lie in: bin i is ``boundary[i - 1] <= x < boundary[i]``.

    Args:
        bin_boundaries: the boundaries, increasing; n of them make n + 1 bins.
        num_bins: instead, how many bins :meth:`adapt` shall make, with about as many numbers in each.
        epsilon: how exact these boundaries are, as a part of the data; smaller takes more memory.
        output_mode: ``"int"`` the number of the bin; ``"one_hot"``, ``"multi_hot"``, ``"count"`` see
            :class:`CategoryEncoding`.
        sparse: only False.
        dtype, name: see :class:`Layer`. An integer type, which Keras 2 and the first versions of Keras 3 store, changes
            nothing.

    Input shape: any. Output shape: the same for ``"int"``, of int32; else see :class:`CategoryEncoding`.

    Raises:
        ValueError: both or none of the first two arguments, or an unknown mode.
    """

    def __init__(
        self,
        bin_boundaries=None,
        num_bins=None,
        epsilon=0.01,
        output_mode="int",
        sparse=False,
        dtype=None,
        name=None,
        **kwargs,
    ):
        super().__init__(dtype=dtype, name=name, **kwargs)
        refuse_sparse(self, sparse)
        one_of(self, "output_mode", output_mode, MODES)
        if num_bins is not None and num_bins < 0:
            raise ValueError(f"`num_bins` must be greater than or equal to 0. Received: `num_bins={num_bins}`")
        if num_bins is not None and bin_boundaries is not None:
            raise ValueError(
                "Both `num_bins` and `bin_boundaries` should not be set. Received: "
                f"`num_bins={num_bins}` and `bin_boundaries={bin_boundaries}`"
            )
        if num_bins is None and bin_boundaries is None:
            raise ValueError("You need to set either `num_bins` or `bin_boundaries`.")
        self.bin_boundaries = None if bin_boundaries is None else [float(value) for value in bin_boundaries]
        self.num_bins, self.epsilon, self.output_mode, self.sparse = num_bins, epsilon, output_mode, sparse
        if output_mode == "int":
            self.dtype = "int32"

    @property
    def input_dtype(self) -> str:
        return "float32"

    def adapt(self, data, steps: int | None = None) -> None:
        """Sets the boundaries such that the bins have about the same number of the numbers in ``data``.

        Args:
            data: an array, or an iterable of batches.
            steps: batches to take of an iterable; None means all.

        Raises:
            ValueError: the layer has boundaries of its own.
        """
        if self.num_bins is None:
            raise ValueError(
                "Cannot adapt a Discretization layer that has been initialized with `bin_boundaries`, use `num_bins` "
                "instead."
            )
        quantiles = Quantiles(self.epsilon)
        for batch in batches_of(data, steps, ()):
            quantiles.add(np.asarray(batch))
        self.bin_boundaries = quantiles.boundaries(self.num_bins).tolist()

    def convert(self, x: np.ndarray) -> np.ndarray:
        if self.bin_boundaries is None:
            raise ValueError(
                "You need to either pass the `bin_boundaries` argument at construction time or call `adapt(dataset)` "
                "before you can start using the `Discretization` layer."
            )
        bins = np.digitize(x.astype(np.float32), np.array(self.bin_boundaries, np.float32))
        return encode(bins, self.output_mode, len(self.bin_boundaries) + 1, self.dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        bins = self.num_bins if self.bin_boundaries is None else len(self.bin_boundaries) + 1
        return encoded_shape(input_shape, self.output_mode, bins)

    def get_config(self) -> dict:
        return {
            "bin_boundaries": self.bin_boundaries,
            "num_bins": self.num_bins,
            "epsilon": self.epsilon,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "name": self.name,
            "dtype": self._float_type,
        }

    @classmethod
    def from_config(cls, config: dict) -> "Discretization":
        """Makes a layer; one that was adapted has its boundaries."""
        if config.get("num_bins") is None or config.get("bin_boundaries") is None:
            return cls(**config)
        layer = cls(**{**config, "bin_boundaries": None})
        layer.bin_boundaries = [float(value) for value in config["bin_boundaries"]]
        return layer
