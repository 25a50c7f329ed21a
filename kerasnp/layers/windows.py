"""What all convolution layers share: windows over images, or with other ``image_axes`` over sequences or volumes."""

from typing import ClassVar

import numpy as np

from kerasnp import config
from kerasnp.layers.affine import AffineLayer
from kerasnp.layers.base import Shape, Workspace
from kerasnp.layers.correlation import Correlation
from kerasnp.utils.shapes import integers
from kerasnp.utils.windows import padding_before, standardize_padding, window_count


class WindowLayer(AffineLayer):
    """A layer whose outputs are sums over windows of its input, weighted by its kernel.

    Args:
        kernel_size, strides, padding, data_format, dilation_rate: the windows.
        **kwargs: see :class:`AffineLayer`.
    """

    causal: ClassVar[bool] = False  # whether the padding may be "causal"
    strided_dilation: ClassVar[bool] = False  # whether strides and dilation may both be above 1

    def __init__(self, kernel_size, strides, padding, data_format, dilation_rate, **kwargs):
        super().__init__(**kwargs)
        axes = len(self.image_axes)
        self.kernel_size = integers(kernel_size, axes, "kernel_size")
        self.strides = integers(strides, axes, "strides")
        self.padding = standardize_padding(padding, self.owner, self.causal)
        self.data_format = config.standardize_data_format(data_format)
        self.dilation_rate = integers(dilation_rate, axes, "dilation_rate")
        if not self.strided_dilation and max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{self.owner}: `strides > 1` not supported in conjunction with `dilation_rate > 1`. "
                f"Received: strides={self.strides} and dilation_rate={self.dilation_rate}"
            )

    @property
    def owner(self) -> str:
        """How messages name the layer."""
        return f"{type(self).__name__} layer {self.name!r}"

    @property
    def windows(self) -> tuple[int, ...]:
        """The extents of the window, with the gaps between its taps."""
        return tuple(
            (size - 1) * dilation + 1 for size, dilation in zip(self.kernel_size, self.dilation_rate, strict=True)
        )

    def count_windows(self, input_shape: Shape) -> list[int | None]:
        """Returns how many windows there are along each axis of an image of ``input_shape``.

        Raises:
            ValueError: no batch of images, or images smaller than the window.
        """
        image = self.split_images(input_shape)[1:-1]
        axes = zip(image, self.windows, self.strides, strict=True)
        output = [window_count(*axis, self.padding) for axis in axes]
        if any(count is not None and count < 1 for count in output):
            dilated = "" if max(self.dilation_rate) == 1 else f" with dilation_rate={self.dilation_rate}"
            raise ValueError(
                f"{self.owner}: its window, kernel_size={self.kernel_size}{dilated}, is larger than the "
                f"{self.what_it_sees}, {tuple(image)} (input shape {tuple(input_shape)}, padding={self.padding!r})."
            )
        return output

    def padding_before(self, image_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Returns how far before the image the first window begins, for images with channels last."""
        axes = zip(image_shape[1:-1], self.windows, self.strides, strict=True)
        return tuple(padding_before(*axis, self.padding) for axis in axes)

    def correlation(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...], squares: bool) -> Correlation:
        """Returns the correlation that the equations run, for shapes with channels last.

        Args:
            input_shape, output_shape: of the layer.
            squares: whether Winograd's method may be used.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no correlation(input_shape, output_shape, squares).")

    def planned_correlation(self, input_shape: tuple[int, ...]) -> Correlation:
        """Returns the correlation of a plan that is made now."""
        output_shape = self.split_images(self.compute_output_shape(self.join_images(*input_shape)))
        return self.correlation(input_shape, output_shape, self.dtype == "float32" and config.winograd())

    def correlation_in(self, buf: Workspace, x: np.ndarray, y: np.ndarray) -> Correlation:
        """Returns the correlation for which ``buf`` was made, from an input and an output; worked out only once."""
        if not hasattr(buf, "correlation"):
            # Whether it was to use Winograd's method shows in the buffers.
            buf.correlation = self.correlation(x.shape, y.shape, hasattr(buf, "forward_squares"))
        return buf.correlation

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
        }
