"""Channels on another axis than the last: layers written for channels last serve them through copies."""

from typing import ClassVar

import numpy as np

from kerasnp.layers.base import Buffer, Layer, Shape, Workspace, require_rank


def shape_to_last(shape: Shape, axis: int) -> Shape:
    """Returns ``shape`` with the entry at ``axis`` moved to the end: ``(n, c, h, w), 1`` gives ``(n, h, w, c)``."""
    axis %= len(shape)
    return (*shape[:axis], *shape[axis + 1 :], shape[axis])


def copy_to_last(source: np.ndarray, axis: int, target: np.ndarray) -> None:
    """Writes ``source``, with ``axis`` moved to the end, into ``target``."""
    np.copyto(target, np.moveaxis(source, axis, -1))


def copy_from_last(source: np.ndarray, axis: int, target: np.ndarray) -> None:
    """The inverse of :func:`copy_to_last`: the last axis of ``source`` becomes ``axis`` of ``target``."""
    np.copyto(np.moveaxis(target, axis, -1), source)


class ChannelsLastLayer(Layer):
    """A layer whose equations are written for channels last, whatever axis its input has them on.

    A subclass writes ``buffers_last``, ``forward_last`` and ``backward_last``. They are :class:`Layer`'s methods of
    those names without ``_last``, but see shapes and arrays with the channels on the last axis, in the workspace too.
    Where that is the input's own order nothing is copied. Otherwise inputs and gradients pass through scratch buffers.

    Input and output need not have the same rank; ``channel_axis`` is looked up in each.
    """

    data_format = "channels_last"

    @property
    def backward_last_uses(self) -> tuple[str, ...]:
        """Which of "x" and "y" ``backward_last`` reads: those of ``backward_uses``, unless a subclass says less."""
        return self.backward_uses

    @property
    def channel_axis(self) -> int:
        """The axis with the channels: 1 or -1 after ``data_format``."""
        return 1 if self.data_format == "channels_first" else -1

    def buffers_last(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        """As :meth:`buffers`, for a shape with channels last."""
        return {}

    def forward_last(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        """As :meth:`forward`, for arrays with channels last."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward_last(x, y, buf, training).")

    def backward_last(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        """As :meth:`backward`, for arrays with channels last."""
        raise NotImplementedError(f"{type(self).__name__} defines no backward_last(dy, dx, buf).")

    def buffers(self, input_shape: tuple[int, ...]) -> dict[str, Buffer]:
        if self._is_last(len(input_shape)):
            return self.buffers_last(input_shape)
        x_shape = shape_to_last(input_shape, self.channel_axis)
        y_shape = shape_to_last(self.compute_output_shape(input_shape), self.channel_axis)
        buffers = {
            **self.buffers_last(x_shape),
            "x_last": Buffer(x_shape, "forward"),
            "y_last": Buffer(y_shape, "forward"),
            "dx_last": Buffer(x_shape, "backward"),
            "dy_last": Buffer(y_shape, "backward"),
        }
        # Backward copies x and y once more: cheaper than keeping the copies of forward for the whole step.
        for name in self.backward_last_uses:
            buffers[f"{name}_used"] = Buffer({"x": x_shape, "y": y_shape}[name], "backward")
        return buffers

    def forward(self, x: np.ndarray, y: np.ndarray, buf: Workspace, training: bool) -> None:
        if not hasattr(buf, "x_last"):
            self.forward_last(x, y, buf, training)
            return
        copy_to_last(x, self.channel_axis, buf.x_last)
        self.forward_last(buf.x_last, buf.y_last, buf, training)
        copy_from_last(buf.y_last, self.channel_axis, y)

    def backward(self, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        self.run_backward(self.backward_last, dy, dx, buf)

    def run_backward(self, equation, dy: np.ndarray, dx: np.ndarray | None, buf: Workspace) -> None:
        """Calls ``equation(dy, dx, buf)`` with channels last in all three."""
        if not hasattr(buf, "dy_last"):
            equation(dy, dx, buf)
            return
        copy_to_last(dy, self.channel_axis, buf.dy_last)
        inner = Workspace(**vars(buf))
        for name in self.backward_last_uses:
            used = getattr(buf, f"{name}_used")
            copy_to_last(getattr(buf, name), self.channel_axis, used)
            setattr(inner, name, used)
        equation(buf.dy_last, None if dx is None else buf.dx_last, inner)
        if dx is not None:
            copy_from_last(buf.dx_last, self.channel_axis, dx)

    def _is_last(self, rank: int) -> bool:
        return self.channel_axis in (-1, rank - 1)

    # -- for layers on images ----------------------------------------------------------------------

    # The axes between batch and channels: those of images, unless a subclass says otherwise.
    image_axes: ClassVar[tuple[str, ...]] = ("height", "width")

    @property
    def what_it_sees(self) -> str:
        """What messages call the input of one sample."""
        return ("sequence", "image", "volume")[len(self.image_axes) - 1]

    def split_images(self, input_shape: Shape) -> Shape:
        """Returns (batch, height, width, channels) for a shape in the order of ``data_format``.

        Raises:
            ValueError: the shape has not four axes; with other ``image_axes``, not those.
        """
        last = self.data_format == "channels_last"
        axes = (*self.image_axes, "channels") if last else ("channels", *self.image_axes)
        require_rank(self, input_shape, len(self.image_axes) + 2, ", ".join(("batch", *axes)))
        return shape_to_last(tuple(input_shape), self.channel_axis)

    def join_images(self, batch, *image_and_channels) -> Shape:
        """Returns these (height, width, channels) in the order of ``data_format``: inverts :meth:`split_images`."""
        *image, channels = image_and_channels
        return (batch, channels, *image) if self.data_format == "channels_first" else (batch, *image, channels)
