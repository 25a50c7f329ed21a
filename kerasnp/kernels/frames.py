"""What windows see of volumes, frame by frame, laid out as images, and back: reference kernels.

A window of f frames, t apart, moves s frames at a time along the depth and begins p frames before the volume: from
place k it sees the frames k s + a t - p, a = 0 ... f - 1. They become neighbours in one image, which has zeros where a
frame is not in the volume, and rows and columns of zeros around the frames.

Names of axes: x is (n, depth, h, w, groups, c), channels being in groups; seen is (n, places, rows, columns, groups, f,
c), so that a group has the channels of all its frames together.
"""

import numpy as np

__all__ = ["frames_backward", "frames_forward"]


def frames_forward(x, stride, dilation, pad_front, pad_top, pad_left, seen):
    """Writes seen[n,k,pad_top + i,pad_left + j,g,a,c] = x[n, k s + a t - p, i, j, g, c], zero elsewhere.

    Args:
        x: volumes (n, depth, h, w, groups, c).
        stride, dilation, pad_front: s, t and p of the formula.
        pad_top, pad_left: rows and columns of zeros before a frame.
        seen: images (n, places, rows, columns, groups, frames, c), written.
    """
    seen[...] = 0
    for inside, frame in _pairs(x, seen, stride, dilation, pad_front, pad_top, pad_left):
        inside[...] = frame


def frames_backward(dseen, stride, dilation, pad_front, pad_top, pad_left, dx):
    """Writes dx: each pixel of a volume gets the sum of the gradients by what it became in the images.

    Args:
        dseen: gradient by the images (n, places, rows, columns, groups, frames, c).
        stride, dilation, pad_front, pad_top, pad_left: as in :func:`frames_forward`.
        dx: gradient by the volumes (n, depth, h, w, groups, c), written.
    """
    dx[...] = 0
    for inside, frame in _pairs(dx, dseen, stride, dilation, pad_front, pad_top, pad_left):
        frame += inside


def _pairs(x, seen, stride, dilation, pad_front, pad_top, pad_left):
    """Yields the parts of the images that show a frame, each with that frame."""
    depth, height, width = x.shape[1:4]
    for k, a in np.ndindex(seen.shape[1], seen.shape[5]):
        frame = k * stride + a * dilation - pad_front
        if 0 <= frame < depth:
            yield seen[:, k, pad_top : pad_top + height, pad_left : pad_left + width, :, a], x[:, frame]
