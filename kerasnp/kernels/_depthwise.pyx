"""Correlation of each channel with a window of its own, compiled. The arguments are explained in depthwise.py.

What happens in a row of pixels stands in depthwise_pixels.h. Threads share out the rows; a gradient by the weights is
summed in a fixed number of parts, so no result depends on how many threads there are.
"""

from cython.parallel cimport prange
from libc.string cimport memset

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for

cdef extern from "depthwise_pixels.h" nogil:
    ctypedef struct Depthwise:
        Py_ssize_t h, w, channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, top
        Py_ssize_t left
    void depthwise_row_float(
        const Depthwise *d, Py_ssize_t i, const float *x, const float *w, const float *b, int relu, float *y)
    void depthwise_row_double(
        const Depthwise *d, Py_ssize_t i, const double *x, const double *w, const double *b, int relu, double *y)
    void depthwise_row_weights_float(
        const Depthwise *d, Py_ssize_t i, const float *dy, const float *x, float *weights, float *bias)
    void depthwise_row_weights_double(
        const Depthwise *d, Py_ssize_t i, const double *dy, const double *x, double *weights, double *bias)
    void depthwise_row_input_float(const Depthwise *d, Py_ssize_t r, const float *dy, const float *w, float *dx)
    void depthwise_row_input_double(const Depthwise *d, Py_ssize_t r, const double *dy, const double *w, double *dx)

cdef enum:
    PARTS = 16  # known to depthwise.py as well


cdef inline int threads_of(const Depthwise *d, Py_ssize_t images) noexcept nogil:
    return threads_for(2.0 * images * d.out_h * d.out_w * d.channels * d.kernel_h * d.kernel_w)


def depthwise_forward(
    const real[:, :, :, ::1] x, const real[:, :, ::1] w, const real[::1] b, Py_ssize_t stride_h, Py_ssize_t stride_w,
    Py_ssize_t dilation_h, Py_ssize_t dilation_w, Py_ssize_t pad_top, Py_ssize_t pad_left, bint relu,
    real[:, :, :, ::1] y,
):
    cdef Depthwise d = Depthwise(
        x.shape[1], x.shape[2], x.shape[3], y.shape[1], y.shape[2], w.shape[0], w.shape[1], stride_h, stride_w,
        dilation_h, dilation_w, pad_top, pad_left)
    cdef Py_ssize_t rows = y.shape[0] * d.out_h, row, n, i
    cdef int threads = threads_of(&d, y.shape[0])
    cdef const real *bias = NULL if b is None else &b[0]
    for row in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        n = row // d.out_h
        i = row - n * d.out_h
        if real is float:
            depthwise_row_float(&d, i, &x[n, 0, 0, 0], &w[0, 0, 0], bias, relu, &y[n, i, 0, 0])
        else:
            depthwise_row_double(&d, i, &x[n, 0, 0, 0], &w[0, 0, 0], bias, relu, &y[n, i, 0, 0])


cdef void add_rows(
    const Depthwise *d, const real[:, :, :, ::1] dy, const real[:, :, :, ::1] x, Py_ssize_t first, Py_ssize_t last,
    real *weights, real *bias,
) noexcept nogil:
    """Sums up what rows first to last, of all images in a line, add to the gradients by the weights and the bias."""
    cdef Py_ssize_t row, n, i
    if weights != NULL:
        memset(weights, 0, d.kernel_h * d.kernel_w * d.channels * sizeof(real))
    if bias != NULL:
        memset(bias, 0, d.channels * sizeof(real))
    for row in range(first, last):
        n = row // d.out_h
        i = row - n * d.out_h
        if real is float:
            depthwise_row_weights_float(d, i, &dy[n, i, 0, 0], &x[n, 0, 0, 0], weights, bias)
        else:
            depthwise_row_weights_double(d, i, &dy[n, i, 0, 0], &x[n, 0, 0, 0], weights, bias)


def depthwise_backward_weights(
    const real[:, :, :, ::1] dy, const real[:, :, :, ::1] x, Py_ssize_t stride_h, Py_ssize_t stride_w,
    Py_ssize_t dilation_h, Py_ssize_t dilation_w, Py_ssize_t pad_top, Py_ssize_t pad_left, real[:, :, ::1] dw,
    real[::1] db, real[::1] scratch,
):
    cdef bint learns = dw is not None, biased = db is not None
    cdef Depthwise d = Depthwise(
        x.shape[1], x.shape[2], x.shape[3], dy.shape[1], dy.shape[2], dw.shape[0] if learns else 1,
        dw.shape[1] if learns else 1, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left)
    cdef Py_ssize_t taps = d.kernel_h * d.kernel_w, size = (taps + 1) * d.channels
    cdef Py_ssize_t rows = dy.shape[0] * d.out_h, part, k
    cdef int threads = threads_of(&d, dy.shape[0])
    cdef real *weights = &dw[0, 0, 0] if learns else NULL
    cdef real *bias = &db[0] if biased else NULL
    cdef real *sums = &scratch[0]
    for part in prange(PARTS, nogil=True, num_threads=threads, schedule="static"):
        add_rows(
            &d, dy, x, part * rows // PARTS, (part + 1) * rows // PARTS, sums + part * size if learns else NULL,
            sums + part * size + taps * d.channels if biased else NULL)
    with nogil:
        if learns:
            memset(weights, 0, taps * d.channels * sizeof(real))
        if biased:
            memset(bias, 0, d.channels * sizeof(real))
        for part in range(PARTS):
            if learns:
                for k in range(taps * d.channels):
                    weights[k] += sums[part * size + k]
            if biased:
                for k in range(d.channels):
                    bias[k] += sums[part * size + taps * d.channels + k]


def depthwise_backward_input(
    const real[:, :, :, ::1] dy, const real[:, :, ::1] w, Py_ssize_t stride_h, Py_ssize_t stride_w,
    Py_ssize_t dilation_h, Py_ssize_t dilation_w, Py_ssize_t pad_top, Py_ssize_t pad_left, real[:, :, :, ::1] dx,
):
    cdef Depthwise d = Depthwise(
        dx.shape[1], dx.shape[2], dx.shape[3], dy.shape[1], dy.shape[2], w.shape[0], w.shape[1], stride_h, stride_w,
        dilation_h, dilation_w, pad_top, pad_left)
    cdef Py_ssize_t rows = dx.shape[0] * d.h, row, n, r
    cdef int threads = threads_of(&d, dx.shape[0])
    for row in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        n = row // d.h
        r = row - n * d.h
        if real is float:
            depthwise_row_input_float(&d, r, &dy[n, 0, 0, 0], &w[0, 0, 0], &dx[n, r, 0, 0])
        else:
            depthwise_row_input_double(&d, r, &dy[n, 0, 0, 0], &w[0, 0, 0], &dx[n, r, 0, 0])
