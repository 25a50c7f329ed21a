"""Dropout, compiled. Formulas and arguments are explained in dropout.py, the loops stand in dropout_bits.h.

Threads share an array out in blocks; what an element gets depends on its place alone.
"""

from cython.parallel cimport prange
from libc.math cimport nearbyint
from libc.stdint cimport int32_t, uint8_t, uint64_t

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for

cdef extern from "dropout_bits.h" nogil:
    void dropout_forward_float(
        Py_ssize_t start, Py_ssize_t stop, const float *x, uint64_t key, int32_t threshold, float scale, float *y,
        uint8_t *mask)
    void dropout_forward_double(
        Py_ssize_t start, Py_ssize_t stop, const double *x, uint64_t key, int32_t threshold, double scale, double *y,
        uint8_t *mask)
    void dropout_backward_float(
        Py_ssize_t start, Py_ssize_t stop, const float *dy, const uint8_t *mask, float scale, float *dx)
    void dropout_backward_double(
        Py_ssize_t start, Py_ssize_t stop, const double *dy, const uint8_t *mask, double scale, double *dx)

cdef enum:
    BLOCK = 4096  # elements: in the first cache, the mask is read again at once


cdef inline uint64_t splitmix64(uint64_t seed) noexcept nogil:
    cdef uint64_t z = seed + <uint64_t> 0x9E3779B97F4A7C15
    z = (z ^ (z >> 30)) * <uint64_t> 0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t> 0x94D049BB133111EB
    return z ^ (z >> 31)


cdef inline real scale_of(real one, double rate) noexcept nogil:
    return <real> (1 / (1 - rate)) if rate < 1 else <real> 0


def dropout_forward(const real[::1] x, double rate, unsigned long long seed, real[::1] y, uint8_t[::1] mask):
    cdef Py_ssize_t count = x.shape[0], block, start, stop
    cdef uint64_t key = splitmix64(seed)
    cdef int32_t threshold = <int32_t> nearbyint(rate * 16777216.0)
    cdef real scale = scale_of(<real> 1, rate)
    cdef int threads = threads_for(12.0 * count)
    for block in prange((count + BLOCK - 1) // BLOCK, nogil=True, num_threads=threads, schedule="static"):
        start = block * BLOCK
        stop = min(start + BLOCK, count)
        if real is float:
            dropout_forward_float(start, stop, &x[0], key, threshold, scale, &y[0], &mask[0])
        else:
            dropout_forward_double(start, stop, &x[0], key, threshold, scale, &y[0], &mask[0])


def dropout_backward(const real[::1] dy, const uint8_t[::1] mask, double rate, real[::1] dx):
    cdef Py_ssize_t count = dy.shape[0], block, start, stop
    cdef real scale = scale_of(<real> 1, rate)
    cdef int threads = threads_for(5.0 * count)
    for block in prange((count + BLOCK - 1) // BLOCK, nogil=True, num_threads=threads, schedule="static"):
        start = block * BLOCK
        stop = min(start + BLOCK, count)
        if real is float:
            dropout_backward_float(start, stop, &dy[0], &mask[0], scale, &dx[0])
        else:
            dropout_backward_double(start, stop, &dy[0], &mask[0], scale, &dx[0])
