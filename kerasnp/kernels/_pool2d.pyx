"""Pooling over windows of an image, and over whole images, compiled. The arguments are explained in pool2d.py.

The inner loops run over channels, a block of them at a time, with the running result of a window in arrays small enough
to stay in the first cache. Threads share out whole images, so no result depends on how many there are.
"""

from cython.parallel cimport prange
from libc.string cimport memset

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for

cdef extern from "max_window.h" nogil:
    void max_window_float(
        const float *x, Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t row_step, Py_ssize_t column_step,
        Py_ssize_t channels, int first_cell, int row_cells, float *best, int *place)
    void max_window_double(
        const double *x, Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t row_step, Py_ssize_t column_step,
        Py_ssize_t channels, int first_cell, int row_cells, double *best, int *place)

cdef enum:
    BLOCK = 64  # channels at a time
    RUN = 512  # pixels added up before they join the total, which keeps the rounding error of large images small

ctypedef unsigned short cell_index


cdef struct Span:
    Py_ssize_t start, stop  # the part of a window inside the image
    Py_ssize_t first  # its first cell, counted within the whole window


cdef inline Span clip(Py_ssize_t start, Py_ssize_t window, Py_ssize_t size) noexcept nogil:
    cdef Span span
    span.first = -start if start < 0 else 0
    span.start = start + span.first
    span.stop = start + window if start + window < size else size
    return span


cdef inline void max_window(
    const real *x, Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t row_step, Py_ssize_t column_step,
    Py_ssize_t channels, int first_cell, int row_cells, real *best, int *place,
) noexcept nogil:
    if real is float:
        max_window_float(x, rows, columns, row_step, column_step, channels, first_cell, row_cells, best, place)
    else:
        max_window_double(x, rows, columns, row_step, column_step, channels, first_cell, row_cells, best, place)


cdef void max_of_image(
    const real *x, Py_ssize_t h, Py_ssize_t w, Py_ssize_t c, int pool_h, int pool_w, int stride_h, int stride_w,
    int pad_top, int pad_left, Py_ssize_t out_h, Py_ssize_t out_w, real *y, cell_index *argmax,
) noexcept nogil:
    cdef int place[BLOCK]
    cdef Py_ssize_t i, j, k, part, block, lanes, out
    cdef Span rows, columns
    for i in range(out_h):
        rows = clip(i * stride_h - pad_top, pool_h, h)
        for j in range(out_w):
            columns = clip(j * stride_w - pad_left, pool_w, w)
            for part in range((c + BLOCK - 1) // BLOCK):
                block = part * BLOCK
                lanes = min(c - block, <Py_ssize_t> BLOCK)
                out = (i * out_w + j) * c + block
                max_window(
                    &x[(rows.start * w + columns.start) * c + block], rows.stop - rows.start,
                    columns.stop - columns.start, w * c, c, lanes, <int> (rows.first * pool_w + columns.first), pool_w,
                    &y[out], place,
                )
                if argmax != NULL:
                    for k in range(lanes):
                        argmax[out + k] = <cell_index> place[k]


def max_pool2d_forward(
    const real[:, :, :, ::1] x, int pool_h, int pool_w, int stride_h, int stride_w, int pad_top, int pad_left,
    real[:, :, :, ::1] y, cell_index[:, :, :, ::1] argmax,
):
    cdef Py_ssize_t n = y.shape[0], image
    cdef int threads = threads_for(<double> pool_h * pool_w * y.shape[0] * y.shape[1] * y.shape[2] * y.shape[3])
    cdef bint wanted = argmax is not None
    if y.shape[1] * y.shape[2] * y.shape[3] == 0:
        return
    for image in prange(n, nogil=True, num_threads=threads, schedule="static"):
        max_of_image(
            &x[image, 0, 0, 0], x.shape[1], x.shape[2], x.shape[3], pool_h, pool_w, stride_h, stride_w,
            pad_top, pad_left, y.shape[1], y.shape[2], &y[image, 0, 0, 0], &argmax[image, 0, 0, 0] if wanted else NULL)


cdef void scatter_image(
    const real *dy, const cell_index *argmax, Py_ssize_t out_h, Py_ssize_t out_w, Py_ssize_t c, int pool_h, int pool_w,
    int stride_h, int stride_w, int pad_top, int pad_left, Py_ssize_t h, Py_ssize_t w, real *dx,
) noexcept nogil:
    cdef Py_ssize_t i, j, k, row, column, out, pixel
    cdef Span rows, columns
    cdef int cell
    memset(dx, 0, h * w * c * sizeof(real))
    for i in range(out_h):
        rows = clip(i * stride_h - pad_top, pool_h, h)
        for j in range(out_w):
            columns = clip(j * stride_w - pad_left, pool_w, w)
            out = (i * out_w + j) * c
            for row in range(rows.start, rows.stop):
                cell = <int> ((row - rows.start + rows.first) * pool_w + columns.first)
                for column in range(columns.start, columns.stop):
                    pixel = (row * w + column) * c
                    # Looking at every cell costs less than jumping to the right one: this loop is vectorised.
                    for k in range(c):
                        dx[pixel + k] += dy[out + k] if argmax[out + k] == cell else <real> 0
                    cell = cell + 1


def max_pool2d_backward(
    const real[:, :, :, ::1] dy, const cell_index[:, :, :, ::1] argmax, int pool_h, int pool_w, int stride_h,
    int stride_w, int pad_top, int pad_left, real[:, :, :, ::1] dx,
):
    cdef Py_ssize_t n = dy.shape[0], image
    cdef int threads = threads_for(<double> pool_h * pool_w * dy.shape[0] * dy.shape[1] * dy.shape[2] * dy.shape[3])
    if dy.shape[1] * dy.shape[2] * dy.shape[3] == 0:
        return
    for image in prange(n, nogil=True, num_threads=threads, schedule="static"):
        scatter_image(
            &dy[image, 0, 0, 0], &argmax[image, 0, 0, 0], dy.shape[1], dy.shape[2], dy.shape[3], pool_h, pool_w,
            stride_h, stride_w, pad_top, pad_left, dx.shape[1], dx.shape[2], &dx[image, 0, 0, 0])


cdef void average_of_image(
    const real *x, Py_ssize_t h, Py_ssize_t w, Py_ssize_t c, int pool_h, int pool_w, int stride_h, int stride_w,
    int pad_top, int pad_left, Py_ssize_t out_h, Py_ssize_t out_w, real *y,
) noexcept nogil:
    cdef real total[BLOCK]
    cdef Py_ssize_t i, j, k, row, column, part, block, lanes, out, pixel
    cdef Span rows, columns
    cdef real count
    for i in range(out_h):
        rows = clip(i * stride_h - pad_top, pool_h, h)
        for j in range(out_w):
            columns = clip(j * stride_w - pad_left, pool_w, w)
            count = <real> ((rows.stop - rows.start) * (columns.stop - columns.start))
            out = (i * out_w + j) * c
            for part in range((c + BLOCK - 1) // BLOCK):
                block = part * BLOCK
                lanes = min(c - block, <Py_ssize_t> BLOCK)
                for k in range(lanes):
                    total[k] = 0
                for row in range(rows.start, rows.stop):
                    for column in range(columns.start, columns.stop):
                        pixel = (row * w + column) * c + block
                        for k in range(lanes):
                            total[k] += x[pixel + k]
                for k in range(lanes):
                    y[out + block + k] = total[k] / count


def average_pool2d_forward(
    const real[:, :, :, ::1] x, int pool_h, int pool_w, int stride_h, int stride_w, int pad_top, int pad_left,
    real[:, :, :, ::1] y,
):
    cdef Py_ssize_t n = y.shape[0], image
    cdef int threads = threads_for(<double> pool_h * pool_w * y.shape[0] * y.shape[1] * y.shape[2] * y.shape[3])
    if y.shape[1] * y.shape[2] * y.shape[3] == 0:
        return
    for image in prange(n, nogil=True, num_threads=threads, schedule="static"):
        average_of_image(
            &x[image, 0, 0, 0], x.shape[1], x.shape[2], x.shape[3], pool_h, pool_w, stride_h, stride_w,
            pad_top, pad_left, y.shape[1], y.shape[2], &y[image, 0, 0, 0])


cdef void spread_image(
    const real *dy, Py_ssize_t out_h, Py_ssize_t out_w, Py_ssize_t c, int pool_h, int pool_w, int stride_h,
    int stride_w, int pad_top, int pad_left, Py_ssize_t h, Py_ssize_t w, real *dx,
) noexcept nogil:
    cdef real share[BLOCK]
    cdef Py_ssize_t i, j, k, row, column, part, block, lanes, out, pixel
    cdef Span rows, columns
    cdef real count
    memset(dx, 0, h * w * c * sizeof(real))
    for i in range(out_h):
        rows = clip(i * stride_h - pad_top, pool_h, h)
        for j in range(out_w):
            columns = clip(j * stride_w - pad_left, pool_w, w)
            count = <real> ((rows.stop - rows.start) * (columns.stop - columns.start))
            out = (i * out_w + j) * c
            for part in range((c + BLOCK - 1) // BLOCK):
                block = part * BLOCK
                lanes = min(c - block, <Py_ssize_t> BLOCK)
                for k in range(lanes):
                    share[k] = dy[out + block + k] / count
                for row in range(rows.start, rows.stop):
                    for column in range(columns.start, columns.stop):
                        pixel = (row * w + column) * c + block
                        for k in range(lanes):
                            dx[pixel + k] += share[k]


def average_pool2d_backward(
    const real[:, :, :, ::1] dy, int pool_h, int pool_w, int stride_h, int stride_w, int pad_top, int pad_left,
    real[:, :, :, ::1] dx,
):
    cdef Py_ssize_t n = dy.shape[0], image
    cdef int threads = threads_for(<double> pool_h * pool_w * dy.shape[0] * dy.shape[1] * dy.shape[2] * dy.shape[3])
    if dy.shape[1] * dy.shape[2] * dy.shape[3] == 0:
        return
    for image in prange(n, nogil=True, num_threads=threads, schedule="static"):
        spread_image(
            &dy[image, 0, 0, 0], dy.shape[1], dy.shape[2], dy.shape[3], pool_h, pool_w, stride_h, stride_w,
            pad_top, pad_left, dx.shape[1], dx.shape[2], &dx[image, 0, 0, 0])


# -- whole images --------------------------------------------------------------------------------------


cdef void max_of_pixels(const real *x, Py_ssize_t pixels, Py_ssize_t c, real *y, int *argmax) noexcept nogil:
    cdef int place[BLOCK]
    cdef Py_ssize_t k, part, block, lanes
    for part in range((c + BLOCK - 1) // BLOCK):
        block = part * BLOCK
        lanes = min(c - block, <Py_ssize_t> BLOCK)
        max_window(&x[block], 1, pixels, 0, c, lanes, 0, 0, &y[block], place)
        if argmax != NULL:
            for k in range(lanes):
                argmax[block + k] = place[k]


def global_max_pool2d_forward(const real[:, :, ::1] x, real[:, ::1] y, int[:, ::1] argmax):
    cdef Py_ssize_t n = x.shape[0], image
    cdef int threads = threads_for(<double> x.shape[0] * x.shape[1] * x.shape[2])
    cdef bint wanted = argmax is not None
    if x.shape[1] * x.shape[2] == 0:
        return
    for image in prange(n, nogil=True, num_threads=threads, schedule="static"):
        max_of_pixels(
            &x[image, 0, 0], x.shape[1], x.shape[2], &y[image, 0], &argmax[image, 0] if wanted else NULL)


def global_max_pool2d_backward(const real[:, ::1] dy, const int[:, ::1] argmax, real[:, :, ::1] dx):
    cdef Py_ssize_t n = dx.shape[0], pixels = dx.shape[1], c = dx.shape[2], image, k
    cdef int threads = threads_for(<double> n * pixels * c)
    if pixels * c == 0:
        return
    for image in prange(n, nogil=True, num_threads=threads, schedule="static"):
        memset(&dx[image, 0, 0], 0, pixels * c * sizeof(real))
        for k in range(c):
            dx[image, argmax[image, k], k] = dy[image, k]


cdef void average_of_pixels(const real *x, Py_ssize_t pixels, Py_ssize_t c, real *y) noexcept nogil:
    cdef real total[BLOCK]
    cdef real run_total[BLOCK]
    cdef Py_ssize_t p, k, run, part, block, lanes
    for part in range((c + BLOCK - 1) // BLOCK):
        block = part * BLOCK
        lanes = min(c - block, <Py_ssize_t> BLOCK)
        for k in range(lanes):
            total[k] = 0
        for run in range((pixels + RUN - 1) // RUN):
            for k in range(lanes):
                run_total[k] = 0
            for p in range(run * RUN, min((run + 1) * RUN, pixels)):
                for k in range(lanes):
                    run_total[k] += x[p * c + block + k]
            for k in range(lanes):
                total[k] += run_total[k]
        for k in range(lanes):
            y[block + k] = total[k] / <real> pixels


def global_average_pool2d_forward(const real[:, :, ::1] x, real[:, ::1] y):
    cdef Py_ssize_t n = x.shape[0], image
    cdef int threads = threads_for(<double> x.shape[0] * x.shape[1] * x.shape[2])
    if x.shape[1] * x.shape[2] == 0:
        return
    for image in prange(n, nogil=True, num_threads=threads, schedule="static"):
        average_of_pixels(&x[image, 0, 0], x.shape[1], x.shape[2], &y[image, 0])


def global_average_pool2d_backward(const real[:, ::1] dy, real[:, :, ::1] dx):
    cdef Py_ssize_t n = dx.shape[0], pixels = dx.shape[1], c = dx.shape[2], image, p, k
    cdef int threads = threads_for(<double> n * pixels * c)
    for image in prange(n, nogil=True, num_threads=threads, schedule="static"):
        for p in range(pixels):
            for k in range(c):
                dx[image, p, k] = dy[image, k] / <real> pixels
