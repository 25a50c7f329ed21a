"""Where the windows of convolution and pooling lie along one axis, and images with padding around them."""

import numpy as np


def standardize_padding(padding, owner: str, causal: bool = False) -> str:
    """Returns ``"valid"``, ``"same"`` or, where ``causal`` says that it may be, ``"causal"``, in lower case.

    Raises:
        ValueError: anything else; the message names ``owner``.
    """
    name = padding.lower() if isinstance(padding, str) else padding
    if name not in ("valid", "same") and not (causal and name == "causal"):
        allowed = '"valid", "same" or "causal"' if causal else '"valid" or "same"'
        raise ValueError(f"{owner}: `padding` must be {allowed}; received {padding!r}.")
    return name


def padding_before(size: int, window: int, stride: int, padding: str | int) -> int:
    """Returns how many cells before the first one the first window starts.

    "same" pads so that there is one window for each ``stride`` cells begun, and puts an odd cell at the far end, as
    TensorFlow and Keras do. "causal" lets a window end at the cell that it stands for. ``window`` is the extent with
    dilation: ``(kernel - 1) * dilation + 1``.
    """
    if padding == "valid":
        return 0
    if padding == "causal":
        return window - 1
    if padding == "same":
        return max((-(-size // stride) - 1) * stride + window - size, 0) // 2
    return padding


def window_count(size: int | None, window: int, stride: int, padding: str | int) -> int | None:
    """Returns the number of windows along an axis of ``size`` cells; None where that is unknown.

    ``floor((size + 2p - window) / stride) + 1`` with ``p`` cells of padding at each end (0 for "valid"), or
    ``ceil(size / stride)`` for "same" and "causal". Zero or less means that the window is larger than the padded axis.
    """
    if size is None:
        return None
    if padding in ("same", "causal"):
        return -(-size // stride)
    padding = 0 if padding == "valid" else padding
    return (size + 2 * padding - window) // stride + 1


def padding_around(size: int, window: int, stride: int, padding: str | int) -> tuple[int, int]:
    """Returns how many cells to add before the first one and behind the last one, so that all windows are whole."""
    before = padding_before(size, window, stride, padding)
    if isinstance(padding, str):
        return before, max((window_count(size, window, stride, padding) - 1) * stride + window - size - before, 0)
    return before, padding


def copy_padded(images: np.ndarray, before: tuple[int, ...], padded: np.ndarray) -> None:
    """Writes ``images`` into the larger ``padded``, the first pixel at ``before``; zeros around them.

    Args:
        images: (n, sizes, ...), with as many sizes as ``before`` has entries.
        before: where the images begin along each axis of a size.
        padded: written, of the shape of ``images`` but for the sizes.
    """
    inner = padded
    for axis, (start, size) in enumerate(zip(before, images.shape[1:], strict=False), 1):
        rest = (slice(None),) * axis
        inner[(*rest, slice(start))] = 0
        inner[(*rest, slice(start + size, None))] = 0
        inner = inner[(*rest, slice(start, start + size))]
    np.copyto(inner, images)
