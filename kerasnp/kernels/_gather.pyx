"""Rows of a data set, gathered into a batch, compiled. The arguments are explained in gather.py."""

from cython.parallel cimport prange
from libc.stdint cimport int64_t
from libc.string cimport memcpy

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for

cdef enum:
    # What a number costs, in operations: it comes from anywhere in memory.
    COST = 8


def gather_rows(const real[:, ::1] source, const int64_t[::1] index, real[:, ::1] out):
    cdef Py_ssize_t rows = out.shape[0], numbers = out.shape[1], last = source.shape[0] - 1, i
    cdef int threads = threads_for(<double> COST * rows * numbers)
    if numbers == 0 or last < 0:
        return
    for i in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        memcpy(&out[i, 0], &source[min(max(index[i], <int64_t> 0), <int64_t> last), 0], numbers * sizeof(real))
