"""Rows of a table, by their numbers, compiled. The arguments are explained in gather.py."""

from cython.parallel cimport prange
from libc.stdint cimport int64_t
from libc.string cimport memcpy, memset

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for

cdef enum:
    # What a number costs, in operations: it comes from anywhere in memory.
    COST = 8
    # A table is shared out in so many parts, each of which looks at all the numbers of rows.
    PARTS = 16


def gather_rows(const real[:, ::1] source, const int64_t[::1] index, real[:, ::1] out):
    cdef Py_ssize_t rows = out.shape[0], numbers = out.shape[1], last = source.shape[0] - 1, i
    cdef int threads = threads_for(<double> COST * rows * numbers)
    if numbers == 0 or last < 0:
        return
    for i in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        memcpy(&out[i, 0], &source[min(max(index[i], <int64_t> 0), <int64_t> last), 0], numbers * sizeof(real))


cdef void scatter_part(
    const real *dout, const int64_t *index, Py_ssize_t rows, Py_ssize_t numbers, int64_t first, int64_t last,
    real *dsource,
) noexcept nogil:
    """The rows first to last of the table: zeros, then the gradients of those that were used, in their order."""
    cdef Py_ssize_t i, j
    cdef const real *row
    cdef real *total
    memset(dsource + first * numbers, 0, (last - first) * numbers * sizeof(real))
    for i in range(rows):
        if first <= index[i] < last:
            row, total = dout + i * numbers, dsource + index[i] * numbers
            for j in range(numbers):
                total[j] = total[j] + row[j]


def scatter_rows(const real[:, ::1] dout, const int64_t[::1] index, real[:, ::1] dsource):
    cdef Py_ssize_t rows = dout.shape[0], numbers = dout.shape[1], samples = dsource.shape[0], part
    cdef int threads = threads_for(1.0 * samples * numbers + <double> COST * rows * numbers)
    cdef const real *gradients = NULL
    cdef const int64_t *numbers_of_rows = NULL
    if numbers == 0 or samples == 0:
        return
    if rows:
        gradients, numbers_of_rows = &dout[0, 0], &index[0]
    for part in prange(PARTS, nogil=True, num_threads=threads, schedule="static"):
        scatter_part(
            gradients, numbers_of_rows, rows, numbers, part * samples // PARTS, (part + 1) * samples // PARTS,
            &dsource[0, 0])
