"""Batch normalization, compiled. Formulas and arguments are explained in batch_norm.py.

Sums over rows are cut into parts, as many as the scratch has room for, whatever the number of threads. A part walks
over its rows a block at a time: a block is small enough to be read twice from the cache, so that mean and deviations
from it cost one pass over memory.
"""

from cython.parallel cimport prange
from libc.math cimport sqrt

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for

cdef enum:
    BLOCK = 64  # rows
    PER_PART = 4  # rows of scratch; batch_norm.SCRATCH_PER_PART


cdef void moments_of_rows(const real *x, Py_ssize_t rows, Py_ssize_t c, real *scratch) noexcept nogil:
    """scratch[0] = the mean of each column, scratch[1] = the sum of squared deviations from it.

    Blocks are joined by Chan, Golub and LeVeque's rule (1983, "Algorithms for computing the sample variance").
    """
    cdef real *mean = scratch
    cdef real *square = scratch + c
    cdef real *block_mean = scratch + 2 * c
    cdef real *block_square = scratch + 3 * c
    cdef Py_ssize_t block, start, stop, i, k
    cdef real share, weight, distance
    for k in range(c):
        mean[k] = 0
        square[k] = 0
    for block in range((rows + BLOCK - 1) // BLOCK):
        start = block * BLOCK
        stop = min(start + BLOCK, rows)
        for k in range(c):
            block_mean[k] = 0
            block_square[k] = 0
        for i in range(start, stop):
            for k in range(c):
                block_mean[k] += x[i * c + k]
        for k in range(c):
            block_mean[k] /= <real> (stop - start)
        for i in range(start, stop):
            for k in range(c):
                distance = x[i * c + k] - block_mean[k]
                block_square[k] += distance * distance
        share = <real> (stop - start) / <real> stop
        weight = share * <real> start
        join(mean, square, block_mean, block_square, share, weight, c)


cdef inline void join(
    real *mean, real *square, const real *other_mean, const real *other_square, real share, real weight, Py_ssize_t c,
) noexcept nogil:
    """Adds the moments of m rows to those of n: ``share = m / (m + n)``, ``weight = m n / (m + n)``."""
    cdef Py_ssize_t k
    cdef real distance
    for k in range(c):
        distance = other_mean[k] - mean[k]
        mean[k] += distance * share
        square[k] += other_square[k] + distance * distance * weight


def batch_norm_moments(const real[:, ::1] x, real[::1] mean, real[::1] variance, real[:, ::1] scratch):
    cdef Py_ssize_t rows = x.shape[0], c = x.shape[1], parts = scratch.shape[0] // PER_PART, part, start, stop, k
    cdef int threads = threads_for(3.0 * rows * c)
    cdef real share
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
        join(
            &scratch[0, 0], &scratch[1, 0], &scratch[part * PER_PART, 0], &scratch[part * PER_PART + 1, 0], share,
            share * <real> start, c)
    for k in range(c):
        mean[k] = scratch[0, k]
        variance[k] = scratch[1, k] / <real> rows


def batch_norm_normalize(
    const real[:, ::1] x, const real[::1] mean, const real[::1] variance, const real[::1] gamma,
    const real[::1] beta, double epsilon, real[:, ::1] y, real[:, ::1] scratch,
):
    cdef Py_ssize_t rows = x.shape[0], c = x.shape[1], i, k
    cdef int threads = threads_for(3.0 * rows * c)
    for k in range(c):
        scratch[0, k] = gamma[k] / <real> sqrt(variance[k] + <real> epsilon)
    for i in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        for k in range(c):
            y[i, k] = (x[i, k] - mean[k]) * scratch[0, k] + beta[k]


cdef void sums_of_rows(
    const real *dy, const real *x, const real *mean, Py_ssize_t rows, Py_ssize_t c, real *scratch,
) noexcept nogil:
    """scratch[0] = sum of dy (x - mean), scratch[1] = sum of dy."""
    cdef real *product = scratch
    cdef real *plain = scratch + c
    cdef real *block_product = scratch + 2 * c
    cdef real *block_plain = scratch + 3 * c
    cdef Py_ssize_t block, i, k
    for k in range(c):
        product[k] = 0
        plain[k] = 0
    for block in range((rows + BLOCK - 1) // BLOCK):
        for k in range(c):
            block_product[k] = 0
            block_plain[k] = 0
        for i in range(block * BLOCK, min((block + 1) * BLOCK, rows)):
            for k in range(c):
                block_product[k] += dy[i * c + k] * (x[i * c + k] - mean[k])
                block_plain[k] += dy[i * c + k]
        for k in range(c):
            product[k] += block_product[k]
            plain[k] += block_plain[k]


def batch_norm_backward_weights(
    const real[:, ::1] dy, const real[:, ::1] x, const real[::1] mean, const real[::1] variance, double epsilon,
    real[::1] dgamma, real[::1] dbeta, real[:, ::1] scratch,
):
    cdef Py_ssize_t rows = x.shape[0], c = x.shape[1], parts = scratch.shape[0] // PER_PART, part, k
    cdef int threads = threads_for(4.0 * rows * c)
    if rows * c == 0:
        dgamma[:] = 0
        dbeta[:] = 0
        return
    for part in prange(parts, nogil=True, num_threads=threads, schedule="static"):
        sums_of_rows(
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
    cdef int threads = threads_for(4.0 * rows * c)
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
