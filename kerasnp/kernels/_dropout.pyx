"""Dropout, compiled. Formulas and arguments are explained in dropout.py."""

from cython.parallel cimport prange
from libc.math cimport nearbyint
from libc.stdint cimport uint8_t, uint64_t

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for


cdef inline uint64_t splitmix64(uint64_t seed, uint64_t k) noexcept nogil:
    """The k-th output of the generator, from 0."""
    cdef uint64_t z = seed + (k + 1) * <uint64_t> 0x9E3779B97F4A7C15
    z = (z ^ (z >> 30)) * <uint64_t> 0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t> 0x94D049BB133111EB
    return z ^ (z >> 31)


def dropout_forward(const real[::1] x, double rate, unsigned long long seed, real[::1] y, uint8_t[::1] mask):
    cdef Py_ssize_t count = x.shape[0], pairs = count // 2, k
    cdef uint64_t threshold = <uint64_t> nearbyint(rate * 4294967296.0), bits
    cdef real scale = <real> (1 / (1 - rate)) if rate < 1 else <real> 0
    cdef int threads = threads_for(8.0 * count)
    for k in prange(pairs, nogil=True, num_threads=threads, schedule="static"):
        bits = splitmix64(seed, k)
        mask[2 * k] = (bits & 0xFFFFFFFFu) >= threshold
        mask[2 * k + 1] = (bits >> 32) >= threshold
    if count % 2:
        mask[count - 1] = (splitmix64(seed, pairs) & 0xFFFFFFFFu) >= threshold
    for k in prange(count, nogil=True, num_threads=threads, schedule="static"):
        y[k] = x[k] * scale if mask[k] else <real> 0


def dropout_backward(const real[::1] dy, const uint8_t[::1] mask, double rate, real[::1] dx):
    cdef Py_ssize_t k
    cdef real scale = <real> (1 / (1 - rate)) if rate < 1 else <real> 0
    cdef int threads = threads_for(2.0 * dy.shape[0])
    for k in prange(dy.shape[0], nogil=True, num_threads=threads, schedule="static"):
        dx[k] = dy[k] * scale if mask[k] else <real> 0
