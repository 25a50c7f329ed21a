"""What windows see of volumes, frame by frame, laid out as images, and back, compiled; see frames.py.

Threads share out the lines of pixels that are written.
"""

from cython.parallel cimport prange
from libc.string cimport memcpy, memset

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for


cdef void line_of_frames(
    const real[:, :, :, :, :, ::1] x, Py_ssize_t stride, Py_ssize_t dilation, Py_ssize_t pad_front,
    Py_ssize_t pad_top, Py_ssize_t pad_left, real[:, :, :, :, :, :, ::1] seen, Py_ssize_t n, Py_ssize_t k, Py_ssize_t i,
) noexcept nogil:
    """Writes line i of the image at place k of volume n."""
    cdef Py_ssize_t frames = seen.shape[5], channels = seen.shape[6], width = x.shape[3], groups = x.shape[4]
    cdef Py_ssize_t step = frames * channels, a, frame, pixel, c
    cdef Py_ssize_t size = groups * step, line = seen.shape[3] * size, left = pad_left * size, inside = width * size
    cdef const real *source
    cdef real *target = &seen[n, k, i, 0, 0, 0, 0]
    frame = k * stride - pad_front
    if i < pad_top or i >= pad_top + x.shape[2] or width == 0 or (frames == 1 and not 0 <= frame < x.shape[1]):
        memset(target, 0, line * sizeof(real))
        return
    if frames == 1:
        memset(target, 0, left * sizeof(real))
        memcpy(target + left, &x[n, frame, i - pad_top, 0, 0, 0], inside * sizeof(real))
        memset(target + left + inside, 0, (line - left - inside) * sizeof(real))
        return
    memset(target, 0, line * sizeof(real))
    for a in range(frames):
        frame = k * stride + a * dilation - pad_front
        if frame < 0 or frame >= x.shape[1]:
            continue
        source, target = &x[n, frame, i - pad_top, 0, 0, 0], &seen[n, k, i, pad_left, 0, a, 0]
        for pixel in range(width * groups):
            for c in range(channels):
                target[pixel * step + c] = source[pixel * channels + c]


cdef void line_of_volume(
    const real[:, :, :, :, :, :, ::1] dseen, Py_ssize_t stride, Py_ssize_t dilation, Py_ssize_t pad_front,
    Py_ssize_t pad_top, Py_ssize_t pad_left, real[:, :, :, :, :, ::1] dx, Py_ssize_t n, Py_ssize_t frame, Py_ssize_t i,
) noexcept nogil:
    """Writes line i of a frame of volume n: the sum over the taps that saw it, always in their order."""
    cdef Py_ssize_t frames = dseen.shape[5], channels = dseen.shape[6], width = dx.shape[3], groups = dx.shape[4]
    cdef Py_ssize_t step = frames * channels, a, place, pixel, c
    cdef const real *source
    cdef real *target = &dx[n, frame, i, 0, 0, 0]
    place = frame + pad_front
    if frames == 1 and place % stride == 0 and place // stride < dseen.shape[1]:
        source = &dseen[n, place // stride, pad_top + i, pad_left, 0, 0, 0]
        memcpy(target, source, width * groups * channels * sizeof(real))
        return
    memset(target, 0, width * groups * channels * sizeof(real))
    for a in range(frames):
        place = frame + pad_front - a * dilation
        if place < 0 or place % stride != 0 or place // stride >= dseen.shape[1]:
            continue
        source = &dseen[n, place // stride, pad_top + i, pad_left, 0, a, 0]
        for pixel in range(width * groups):
            for c in range(channels):
                target[pixel * channels + c] += source[pixel * step + c]


def frames_forward(
    const real[:, :, :, :, :, ::1] x, Py_ssize_t stride, Py_ssize_t dilation, Py_ssize_t pad_front, Py_ssize_t pad_top,
    Py_ssize_t pad_left, real[:, :, :, :, :, :, ::1] seen,
):
    cdef Py_ssize_t places = seen.shape[1], height = seen.shape[2], lines = seen.shape[0] * places * height, line
    cdef double numbers = 1.0 * lines * seen.shape[3] * seen.shape[4] * seen.shape[5] * seen.shape[6]
    cdef int threads = threads_for(2 * numbers)
    if numbers == 0:
        return
    for line in prange(lines, nogil=True, num_threads=threads, schedule="static"):
        line_of_frames(
            x, stride, dilation, pad_front, pad_top, pad_left, seen, line // (places * height),
            line // height % places, line % height)


def frames_backward(
    const real[:, :, :, :, :, :, ::1] dseen, Py_ssize_t stride, Py_ssize_t dilation, Py_ssize_t pad_front,
    Py_ssize_t pad_top, Py_ssize_t pad_left, real[:, :, :, :, :, ::1] dx,
):
    cdef Py_ssize_t depth = dx.shape[1], height = dx.shape[2], lines = dx.shape[0] * depth * height, line
    cdef double numbers = 1.0 * lines * dx.shape[3] * dx.shape[4] * dx.shape[5]
    cdef int threads = threads_for(2 * numbers * dseen.shape[5])
    if numbers == 0:
        return
    for line in prange(lines, nogil=True, num_threads=threads, schedule="static"):
        line_of_volume(
            dseen, stride, dilation, pad_front, pad_top, pad_left, dx, line // (depth * height),
            line // height % depth, line % height)
