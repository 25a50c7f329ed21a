"""Batch normalization, compiled. Formulas and arguments are explained in batch_norm.py.

Sums over rows are cut into parts, as many as the scratch has room for, whatever the number of threads. A part is summed
up a block of rows at a time: that is more precise, and what lies close together in memory is read at about one time.
"""

from cython.parallel cimport prange
from libc.math cimport sqrt
from libc.string cimport memset

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for

cdef extern from "column_sums.h" nogil:
    void add_moments_float(
        Py_ssize_t c, const float *x, Py_ssize_t rows, Py_ssize_t before, float *mean, float *square)
    void add_moments_double(
        Py_ssize_t c, const double *x, Py_ssize_t rows, Py_ssize_t before, double *mean, double *square)
    void add_products_float(
        Py_ssize_t c, const float *dy, const float *x, const float *mean, Py_ssize_t rows, float *product, float *plain)
    void add_products_double(
        Py_ssize_t c, const double *dy, const double *x, const double *mean, Py_ssize_t rows, double *product,
        double *plain)

cdef enum:
    BLOCK = 16  # rows
    PER_PART = 4  # rows of scratch; batch_norm.SCRATCH_PER_PART


cdef void moments_of_rows(const real *x, Py_ssize_t rows, Py_ssize_t c, real *scratch) noexcept nogil:
    """scratch[0] = the mean of each column, scratch[1] = the sum of squared deviations from it."""
    cdef Py_ssize_t block, start, count
    memset(scratch, 0, 2 * c * sizeof(real))
    for block in range((rows + BLOCK - 1) // BLOCK):
        start = block * BLOCK
        count = min(<Py_ssize_t> BLOCK, rows - start)
        if real is float:
            add_moments_float(c, x + start * c, count, start, scratch, scratch + c)
        else:
            add_moments_double(c, x + start * c, count, start, scratch, scratch + c)


def batch_norm_moments(const real[:, ::1] x, real[::1] mean, real[::1] variance, real[:, ::1] scratch):
    cdef Py_ssize_t rows = x.shape[0], c = x.shape[1], parts = scratch.shape[0] // PER_PART, part, start, stop, k
    cdef int threads = threads_for(4.0 * rows * c)
    cdef real share, distance
    if rows * c == 0:
        return
    for part in prange(parts, nogil=True, num_threads=threads, schedule="static"):
        moments_of_rows(
            &x[rows * part // parts, 0], rows * (part + 1) // parts - rows * part // parts, c,
            &scratch[part * PER_PART, 0])
    for part in range(1, parts):
        start = rows * part // parts
        stop = rows * (part + 1) // parts
        share = <real> (stop - start) / <real> stop
        for k in range(c):
            distance = scratch[part * PER_PART, k] - scratch[0, k]
            scratch[0, k] += distance * share
            scratch[1, k] += scratch[part * PER_PART + 1, k] + distance * distance * (share * <real> start)
    for k in range(c):
        mean[k] = scratch[0, k]
        variance[k] = scratch[1, k] / <real> rows


def batch_norm_normalize(
    const real[:, ::1] x, const real[::1] mean, const real[::1] variance, const real[::1] gamma,
    const real[::1] beta, double epsilon, real[:, ::1] y, real[:, ::1] scratch,
):
    cdef Py_ssize_t rows = x.shape[0], c = x.shape[1], i, k
    cdef int threads = threads_for(6.0 * rows * c)
    for k in range(c):
        scratch[0, k] = gamma[k] / <real> sqrt(variance[k] + <real> epsilon)
    for i in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        for k in range(c):
            y[i, k] = (x[i, k] - mean[k]) * scratch[0, k] + beta[k]


cdef void products_of_rows(
    const real *dy, const real *x, const real *mean, Py_ssize_t rows, Py_ssize_t c, real *scratch,
) noexcept nogil:
    """scratch[0] = sum of dy (x - mean), scratch[1] = sum of dy."""
    cdef Py_ssize_t block, start, count
    memset(scratch, 0, 2 * c * sizeof(real))
    for block in range((rows + BLOCK - 1) // BLOCK):
        start = block * BLOCK
        count = min(<Py_ssize_t> BLOCK, rows - start)
        if real is float:
            add_products_float(c, dy + start * c, x + start * c, mean, count, scratch, scratch + c)
        else:
            add_products_double(c, dy + start * c, x + start * c, mean, count, scratch, scratch + c)


def batch_norm_backward_weights(
    const real[:, ::1] dy, const real[:, ::1] x, const real[::1] mean, const real[::1] variance, double epsilon,
    real[::1] dgamma, real[::1] dbeta, real[:, ::1] scratch,
):
    cdef Py_ssize_t rows = x.shape[0], c = x.shape[1], parts = scratch.shape[0] // PER_PART, part, k
    cdef int threads = threads_for(6.0 * rows * c)
    if rows * c == 0:
        dgamma[:] = 0
        dbeta[:] = 0
        return
    for part in prange(parts, nogil=True, num_threads=threads, schedule="static"):
        products_of_rows(
            &dy[rows * part // parts, 0], &x[rows * part // parts, 0], &mean[0],
            rows * (part + 1) // parts - rows * part // parts, c, &scratch[part * PER_PART, 0])
    for part in range(1, parts):
        for k in range(c):
            scratch[0, k] += scratch[part * PER_PART, k]
            scratch[1, k] += scratch[part * PER_PART + 1, k]
    for k in range(c):
        dgamma[k] = scratch[0, k] / <real> sqrt(variance[k] + <real> epsilon)
        dbeta[k] = scratch[1, k]


def batch_norm_backward_input(
    const real[:, ::1] dy, const real[:, ::1] x, const real[::1] mean, const real[::1] variance,
    const real[::1] gamma, const real[::1] dgamma, const real[::1] dbeta, double epsilon, real[:, ::1] dx,
    real[:, ::1] scratch,
):
    cdef Py_ssize_t rows = dy.shape[0], c = dy.shape[1], i, k
    cdef int threads = threads_for(8.0 * rows * c)
    cdef real inverse
    for k in range(c):
        inverse = 1 / <real> sqrt(variance[k] + <real> epsilon)
        scratch[0, k] = gamma[k] * inverse
        if dgamma is not None:
            scratch[1, k] = dbeta[k] / <real> rows
            scratch[2, k] = inverse * dgamma[k] / <real> rows
    if dgamma is None:
        for i in prange(rows, nogil=True, num_threads=threads, schedule="static"):
            for k in range(c):
                dx[i, k] = scratch[0, k] * dy[i, k]
    else:
        for i in prange(rows, nogil=True, num_threads=threads, schedule="static"):
            for k in range(c):
                dx[i, k] = scratch[0, k] * (dy[i, k] - scratch[1, k] - (x[i, k] - mean[k]) * scratch[2, k])
