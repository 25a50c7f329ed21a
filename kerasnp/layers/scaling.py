"""Layers that shift and scale their input by numbers that are not trained."""

from collections.abc import Iterable

import numpy as np

from kerasnp import config
from kerasnp.layers.base import Buffer, Layer, Shape, Workspace, register
from kerasnp.layers.standardizing import standard_axes
from kerasnp.utils.moments import Moments


@register()
class Rescaling(Layer):
    """Multiplies and adds: ``y = x scale + offset``, ``dx = dy scale``, as to bring bytes of images to 0 ... 1.

    Args:
        scale: a number, or one for each channel as a list or an array.
        offset: likewise.
        **kwargs: see :class:`Layer`.

    Channels are on the last axis or, where ``config.image_data_format()`` is ``"channels_first"`` when the layer is
    used on images, before the last two.

    Raises:
        ValueError: ``scale`` or ``offset`` are no numbers or do not fit the input.
    """

    supports_masking = True
    backward_uses = ()

    def __init__(self, scale, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = _plain(scale, "scale")
        self.offset = _plain(offset, "offset")

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the input's shape.

        Raises:
            ValueError: ``scale`` or ``offset`` cannot be broadcast to it.
        """
        for name in ("scale", "offset"):
            sizes = self._factor(name).shape
            behind = input_shape[len(input_shape) - len(sizes) :] if len(sizes) <= len(input_shape) else ()
            fits = [size == 1 or length in (None, size) for size, length in zip(sizes, behind, strict=False)]
            if not all(fits) or len(fits) != len(sizes):
                raise ValueError(
                    f"Rescaling layer {self.name!r}: `{name}` of shape {sizes} cannot be broadcast to the input, of "
                    f"shape {tuple(input_shape)}. Received: {name}={getattr(self, name)!r}"
                )
        return input_shape

    def _factor(self, name: str) -> np.ndarray:
        """Returns ``scale`` or ``offset`` as it multiplies or is added to an input."""
        value = np.asarray(getattr(self, name), self.dtype)
        if value.ndim and config.image_data_format() == "channels_first":
            value = value.reshape(*value.shape, *(1,) * (3 - value.ndim))
        return value

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        np.multiply(x, self._factor("scale"), out=y)
        np.add(y, self._factor("offset"), out=y)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            np.multiply(dy, self._factor("scale"), out=dx)

    def get_config(self) -> dict:
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}


@register()
class Normalization(Layer):
    """Shifts and scales data to mean 0 and variance 1, by statistics that are given or taken from data once.

    ``y = (x - mean) / d`` and ``dx = dy / d`` with ``d = max(sqrt(variance), config.epsilon())``; with ``invert``
    ``y = x d + mean`` and ``dx = dy d``.

    Args:
        axis: the axis, or several, whose entries have a mean and a variance of their own; None: one for everything.
        mean, variance: the statistics, both or none: numbers, or with as many axes as ``axis`` or fewer.
        invert: whether to undo the normalization instead.
        **kwargs: see :class:`Layer`.

    Weights, in order, unless the statistics are given: mean, variance, with the sizes of ``axis`` as shape, and
    ``count``, which is always 0 and kept for the files of Keras. None of them is trained; :meth:`adapt` sets them.

    Raises:
        ValueError: only one of mean and variance, or shapes that do not fit.
    """

    supports_masking = True
    backward_uses = ()

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **kwargs):
        super().__init__(**kwargs)
        self.axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        if (mean is None) != (variance is None):
            raise ValueError(
                "When setting values directly, both `mean` and `variance` must be set. "
                f"Received: mean={mean} and variance={variance}"
            )
        if np.shape(mean) != np.shape(variance):
            raise ValueError(
                "When setting values directly, `mean` and `variance` must have the same shape. "
                f"Received: mean shape {np.shape(mean)} and variance shape {np.shape(variance)}"
            )
        if np.ndim(mean) > len(self.axis):
            raise ValueError(
                f"The rank of `mean` must be less than or equal to the number of axes ({len(self.axis)}). "
                f"Received: mean shape {np.shape(mean)} for axis {self.axis}"
            )
        self.input_mean, self.input_variance = mean, variance
        self.invert = invert
        self.adapt_mean = self.adapt_variance = self.count = None

    def build(self, input_shape: Shape) -> None:
        self._kept = tuple(sorted(standard_axes(self, self.axis, input_shape)))
        if None in (sizes := tuple(input_shape[axis] for axis in self._kept)):
            raise ValueError(
                f"Normalization layer {self.name!r}: all `axis` values to be kept must have a known shape. "
                f"Received: axis={self.axis}, input shape {tuple(input_shape)}"
            )
        self._broadcast = tuple(size if axis in self._kept else 1 for axis, size in enumerate(input_shape))
        if self.input_mean is None:
            self.adapt_mean = self.add_weight(sizes, "zeros", trainable=False, name="mean")
            self.adapt_variance = self.add_weight(sizes, "ones", trainable=False, name="variance")
            self.count = self.add_weight((), "zeros", dtype="int32", trainable=False, name="count")
            return
        try:
            given = [np.broadcast_to(value, sizes) for value in (self.input_mean, self.input_variance)]
        except ValueError as error:
            raise ValueError(
                f"Normalization layer {self.name!r}: `mean` of shape {np.shape(self.input_mean)} does not fit the "
                f"sizes {sizes} of axis={self.axis} of the input, of shape {tuple(input_shape)}."
            ) from error
        self._given = [np.array(value, self.dtype).reshape(self._broadcast) for value in given]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the input's shape.

        Raises:
            ValueError: it lacks an axis, or an axis has not the size of the statistics.
        """
        kept = sorted(standard_axes(self, self.axis, input_shape))
        if self.built and any(input_shape[axis] not in (None, self._broadcast[axis]) for axis in kept):
            raise ValueError(
                f"Input 0 of layer {self.name!r} (Normalization) is incompatible with the layer: it was built for the "
                f"input shape {self._build_input_shape}, axis={self.axis}. Full shape received: {tuple(input_shape)}"
            )
        return input_shape

    @property
    def mean(self) -> np.ndarray | None:
        """The means in use, ready to be subtracted from an input; None before the layer is built."""
        return self._statistic(0)

    @property
    def variance(self) -> np.ndarray | None:
        """The variances in use, of the shape of :attr:`mean`."""
        return self._statistic(1)

    def _statistic(self, which: int) -> np.ndarray | None:
        if not self.built:
            return None
        if self.input_mean is not None:
            return self._given[which]
        return (self.adapt_mean, self.adapt_variance)[which].value.reshape(self._broadcast)

    def adapt(self, data) -> None:
        """Sets mean and variance to those of ``data``, building the layer for it if need be.

        Args:
            data: an array, batch axis first, or batches: a ``PyDataset`` or another iterable of arrays, or of tuples
                whose first entry is an array.

        Raises:
            TypeError: neither.
            ValueError: no batch, or shapes that differ from what the layer was built for.
        """
        moments = None
        for batch in self._batches(data):
            self.ensure_built((None, *batch.shape[1:]))
            self.compute_output_shape(batch.shape)
            if moments is None:
                moments = Moments(tuple(axis for axis in range(batch.ndim) if axis not in self._kept))
            moments.add(batch)
        if moments is None:
            raise ValueError(
                f"Normalization layer {self.name!r}: adapt() received an empty iterable (no batches); expected at "
                "least one batch."
            )
        if self.input_mean is None:
            self.adapt_mean.assign(moments.mean)
            self.adapt_variance.assign(moments.variance)

    def _batches(self, data) -> Iterable[np.ndarray]:
        if hasattr(data, "__array__"):
            yield np.asarray(data)
            return
        indexed = hasattr(data, "__getitem__") and hasattr(data, "__len__")
        if isinstance(data, (str, bytes, dict)) or not (indexed or hasattr(data, "__iter__")):
            raise TypeError(
                f"Normalization layer {self.name!r}: adapt() takes an array, a PyDataset or an iterable of batches; "
                f"received {data!r:.100}, a {type(data).__name__}."
            )
        for batch in (data[index] for index in range(len(data))) if indexed else data:
            batch = batch[0] if isinstance(batch, tuple) else batch
            if not hasattr(batch, "__array__") or not np.ndim(batch):
                raise TypeError(
                    f"Normalization layer {self.name!r}: adapt() takes an iterable of arrays; received one of "
                    f"{batch!r:.100}, a {type(batch).__name__}."
                )
            yield np.asarray(batch)

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        return {"forward_d": Buffer(self._broadcast, "forward"), "backward_d": Buffer(self._broadcast, "backward")}

    def _write_d(self, d: np.ndarray) -> None:
        np.sqrt(self.variance, out=d)
        np.maximum(d, config.epsilon(), out=d)

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        self._write_d(buf.forward_d)
        if self.invert:
            np.multiply(x, buf.forward_d, out=y)
            np.add(y, self.mean, out=y)
        else:
            np.subtract(x, self.mean, out=y)
            np.divide(y, buf.forward_d, out=y)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        if dx is not None:
            self._write_d(buf.backward_d)
            (np.multiply if self.invert else np.divide)(dy, buf.backward_d, out=dx)

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "axis": self.axis,
            "invert": self.invert,
            "mean": np.array(self.input_mean).tolist(),
            "variance": np.array(self.input_variance).tolist(),
        }


def _plain(value, name: str):
    """Returns a number as it is, arrays and lists of numbers as lists."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise ValueError(f"Rescaling: `{name}` must be a number or a list of numbers; received {value!r}.")
    return array.tolist()
