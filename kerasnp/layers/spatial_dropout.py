"""Dropout of whole channels: neighbouring steps or pixels say much the same, so dropping one alone does little."""

from kerasnp import config
from kerasnp.layers.base import Shape, register, require_rank
from kerasnp.layers.regularization import Dropout

_AXES = {1: "steps", 2: "height, width", 3: "depth, height, width"}


class _SpatialDropout(Dropout):
    """Dropout with one draw for each sample and channel: ``noise_shape`` is 1 on the axes between.

    A subclass sets ``dimensions``, the number of these axes.
    """

    dimensions: int

    def _drop_channels(self, data_format: str) -> None:
        self.data_format = data_format
        ones = (1,) * self.dimensions
        self.noise_shape = (None, None, *ones) if data_format == "channels_first" else (None, *ones, None)

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        axes = _AXES[self.dimensions]
        axes = f"channels, {axes}" if self.data_format == "channels_first" else f"{axes}, channels"
        require_rank(self, input_shape, self.dimensions + 2, f"batch, {axes}")
        return input_shape

    def get_config(self) -> dict:
        settings = {"rate": self.rate, "seed": self.seed, "name": self.name, "dtype": self.dtype}
        return settings if self.dimensions == 1 else {**settings, "data_format": self.data_format}


@register()
class SpatialDropout1D(_SpatialDropout):
    """Drops whole channels of sequences in training: ``Dropout`` with ``noise_shape = (None, 1, None)``.

    With ``kept[n, c]`` 1 with probability ``1 - rate`` and else 0 (Tompson et al. 2015, arXiv 1411.4280):

        y[n, t, c] = x[n, t, c] kept[n, c] / (1 - rate),    dx[n, t, c] = dy[n, t, c] kept[n, c] / (1 - rate)

    Args:
        rate: probability of dropping a channel, from 0 to 1.
        seed: an integer makes the layer draw the same numbers in each run.
        name, dtype, **kwargs: see :class:`Layer`.

    Input shape: (batch, steps, channels).

    Raises:
        ValueError: ``rate`` outside 0 to 1.
    """

    dimensions = 1

    def __init__(self, rate, seed=None, name=None, dtype=None, **kwargs):
        super().__init__(rate, seed=seed, name=name, dtype=dtype, **kwargs)
        self._drop_channels("channels_last")


@register()
class SpatialDropout2D(_SpatialDropout):
    """Drops whole channels of images in training: one draw for all pixels, as :class:`SpatialDropout1D`.

    Args:
        rate: probability of dropping a channel, from 0 to 1.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        seed: an integer makes the layer draw the same numbers in each run.
        name, dtype, **kwargs: see :class:`Layer`.

    Input shape: (batch, height, width, channels) or (batch, channels, height, width).

    Raises:
        ValueError: ``rate`` outside 0 to 1.
    """

    dimensions = 2

    def __init__(self, rate, data_format=None, seed=None, name=None, dtype=None, **kwargs):
        super().__init__(rate, seed=seed, name=name, dtype=dtype, **kwargs)
        self._drop_channels(config.standardize_data_format(data_format))


@register()
class SpatialDropout3D(_SpatialDropout):
    """Drops whole channels of volumes in training: one draw for all voxels, as :class:`SpatialDropout1D`.

    Args:
        rate: probability of dropping a channel, from 0 to 1.
        data_format: ``"channels_last"`` or ``"channels_first"``; None means ``config.image_data_format()``.
        seed: an integer makes the layer draw the same numbers in each run.
        name, dtype, **kwargs: see :class:`Layer`.

    Input shape: (batch, depth, height, width, channels) or (batch, channels, depth, height, width).

    Raises:
        ValueError: ``rate`` outside 0 to 1.
    """

    dimensions = 3

    def __init__(self, rate, data_format=None, seed=None, name=None, dtype=None, **kwargs):
        super().__init__(rate, seed=seed, name=name, dtype=dtype, **kwargs)
        self._drop_channels(config.standardize_data_format(data_format))
