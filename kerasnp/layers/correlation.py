"""Correlations of sequences, images and volumes with windows, in all three directions, by the kernels for images.

A sequence is an image with a height of one. A volume becomes a batch of images, one for each place of the window along
the depth: the frames that the window sees from there lie side by side, as channels, and so do the window's weights.
"""

import numpy as np

from kerasnp.kernels import conv2d, winograd
from kerasnp.layers.base import Buffer, Workspace
from kerasnp.utils.arrays import rows_of


class Correlation:
    """A correlation of given shapes: how it is laid out for the kernels, the buffers it needs, and its equations.

    With x zero outside the image, and for as many axes as there are,

        y[n, i, d] = b[d] + sum over u, c of x[n, i stride + u dilation - before, c] w[u, c, d].

    Buffers are named after the ``life`` they have, so that a layer can have one set for forward and one for backward.

    Args:
        image_shape: of x, (n, sizes, c).
        result_shape: of y, (n, sizes, d).
        kernel_shape: of w, (window, c / groups, d).
        strides, dilation, before: an entry for each axis.
        squares: whether Winograd's method may be used.
    """

    def __init__(self, image_shape, result_shape, kernel_shape, strides, dilation, before, squares: bool):
        n, *sizes, channels = image_shape
        *window, share, filters = kernel_shape
        missing = 3 - len(sizes)
        depth, height, width = *(1,) * missing, *sizes
        places, *result = *(1,) * missing, *result_shape[1:-1]
        frames, *window = *(1,) * missing, *window
        step, *strides = *(1,) * missing, *strides
        gap, *dilation = *(1,) * missing, *dilation
        first, *corner = *(0,) * missing, *before

        self._are_images = missing == 1  # then all shapes are the kernels' own
        self.geometry = (*strides, *dilation)
        self.results = (n * places, *result, filters)
        self.kernel = (*window, frames * share, filters)
        self.groups = channels // share
        self.square = None
        if squares and missing < 2 and self.groups == 1 and self.geometry == (1, 1, 1, 1):
            self.square = winograd.square_size(self.results, self.kernel)
        padded = [height, width]
        if self.square is None:
            spans = [
                (count - 1) * stride + (size - 1) * dilated + 1
                for count, stride, size, dilated in zip(result, strides, window, dilation, strict=True)
            ]
            padded = [max(begin + size, span) for begin, size, span in zip(corner, padded, spans, strict=True)]
        self.corner = tuple(corner)  # where the image begins within the windows' reach
        self.images = (n * places, *padded, frames * channels)
        # A volume whose window has several frames, or skips some, goes through a copy, an image with padding too.
        self._copied = (frames, step, first, places, *padded) != (1, 1, 0, depth, height, width)
        self._image = (n, depth, height, width, self.groups, share)
        self._copy = (n, places, *padded, self.groups, frames, share)
        self._layout = (step, gap, first, *((0, 0) if self.square else self.corner))
        self._turned = (frames, *window, share, filters)  # the weights as the layer has them

    def buffers(self, life: str, *directions: str) -> dict[str, Buffer]:
        """Returns what these directions need, "forward", "weights" or "input", run one after the other."""
        scratch = max(self._scratch(direction) for direction in directions)
        buffers = {f"{life}_{'squares' if self.square else 'scratch'}": Buffer((scratch,), life)}
        if self._copied:
            buffers[f"{life}_padded"] = Buffer(self.images, life)
        if self._turned[0] > 1:
            buffers[f"{life}_kernel"] = Buffer(self.kernel, life)
        return buffers

    def _scratch(self, direction: str) -> int:
        if self.square is None:
            size = conv2d.forward_scratch if direction == "forward" else conv2d.backward_scratch
            return size(self.kernel, self.groups)
        count = winograd.count_squares(self.square, self.results)
        channels, filters = self.kernel[2:]
        if direction == "weights":
            return winograd.weights_scratch(self.square, count, channels, filters)
        order = (channels, filters) if direction == "forward" else (filters, channels)
        return winograd.product_scratch(self.square, count, *order)

    # -- equations ---------------------------------------------------------------------------------

    def seen(self, x: np.ndarray, buf: Workspace, life: str) -> np.ndarray:
        """Returns the images that the kernels take: x itself, or its frames, with zeros around them, in a buffer."""
        if not self._copied:
            return x if self._are_images else x.reshape(self.images)
        padded = getattr(buf, f"{life}_padded")
        buf.kernels.frames_forward(x.reshape(self._image), *self._layout, padded.reshape(self._copy))
        return padded

    def forward(self, seen, w, b, relu: bool, y, buf: Workspace, life: str) -> None:
        """Writes y, perhaps through relu, from what :meth:`seen` returned; b may be None."""
        if not self._are_images:
            y, w = y.reshape(self.results), self._weights(w, buf, life)
        if self.square is None:
            scratch = getattr(buf, f"{life}_scratch")
            buf.kernels.conv2d_forward(seen, w, b, *self.geometry, relu, y, scratch)
        else:
            scratch = getattr(buf, f"{life}_squares")
            buf.kernels.winograd_forward(seen, w, b, self.square, *self.corner, relu, y, scratch)

    def backward_weights(self, dy, seen, dw, db, buf: Workspace, life: str) -> None:
        """Writes the gradients by w and b from that by y; both may be None."""
        dy = dy if self._are_images else dy.reshape(self.results)
        turned = dw is not None and self._turned[0] > 1
        kernel = getattr(buf, f"{life}_kernel") if turned else None if dw is None else dw.reshape(self.kernel)
        if self.square is None:
            scratch = getattr(buf, f"{life}_scratch")
            buf.kernels.conv2d_backward_weights(dy, seen, *self.geometry, kernel, db, scratch)
        elif kernel is None:
            bias_gradient(dy, db, buf.kernels, getattr(buf, f"{life}_squares"))
        else:
            scratch = getattr(buf, f"{life}_squares")
            buf.kernels.winograd_backward_weights(dy, seen, self.square, *self.corner, kernel, db, scratch)
        if turned:
            np.copyto(dw.reshape(self._turned), self._by_frames(kernel))

    def backward_input(self, dy, w, dx, buf: Workspace, life: str) -> None:
        """Writes the gradient by x from that by y; the buffer of :meth:`seen` is written over."""
        if not self._are_images:
            dy, w = dy.reshape(self.results), self._weights(w, buf, life)
        images = getattr(buf, f"{life}_padded") if self._copied else dx.reshape(self.images)
        if self.square is None:
            scratch = getattr(buf, f"{life}_scratch")
            buf.kernels.conv2d_backward_input(dy, w, *self.geometry, images, scratch)
        else:
            scratch = getattr(buf, f"{life}_squares")
            buf.kernels.winograd_backward_input(dy, w, self.square, *self.corner, images, scratch)
        if self._copied:
            buf.kernels.frames_backward(images.reshape(self._copy), *self._layout, dx.reshape(self._image))

    def _weights(self, w: np.ndarray, buf: Workspace, life: str) -> np.ndarray:
        """Returns w as the kernels take it."""
        if self._turned[0] == 1:
            return w.reshape(self.kernel)
        kernel = getattr(buf, f"{life}_kernel")
        np.copyto(self._by_frames(kernel), w.reshape(self._turned))
        return kernel

    def _by_frames(self, kernel: np.ndarray) -> np.ndarray:
        """Returns a view of the kernels' weights in the order of the layer's: (frames, kh, kw, c / groups, d)."""
        frames, *window, share, filters = self._turned
        return np.moveaxis(kernel.reshape(*window, frames, share, filters), 2, 0)


def bias_gradient(dy: np.ndarray, db: np.ndarray, table, scratch: np.ndarray) -> None:
    """Writes db = sum of dy over all axes but the last; ``scratch`` is ``conv2d.gradient_scratch(0, d)`` long."""
    rows = rows_of(dy)
    table.dense_backward_weights(rows, rows, None, db, scratch)
