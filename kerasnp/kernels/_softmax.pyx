"""Softmax and its logarithm over rows, compiled. Formulas and arguments are explained in softmax.py.

Threads share out whole rows, so no result depends on how many there are.
"""

from cython.parallel cimport prange

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for

cdef extern from "softmax_rows.h" nogil:
    void softmax_forward_float(Py_ssize_t n, const float *x, float *y)
    void softmax_forward_double(Py_ssize_t n, const double *x, double *y)
    void softmax_backward_float(Py_ssize_t n, const float *dy, const float *y, float *dx)
    void softmax_backward_double(Py_ssize_t n, const double *dy, const double *y, double *dx)
    void log_softmax_forward_float(Py_ssize_t n, const float *x, float *y)
    void log_softmax_forward_double(Py_ssize_t n, const double *x, double *y)
    void log_softmax_backward_float(Py_ssize_t n, const float *dy, const float *y, float *dx)
    void log_softmax_backward_double(Py_ssize_t n, const double *dy, const double *y, double *dx)

# Operations for one element, as threads_for counts them. Single precision runs in vectors; double calls the C library.
cdef double SINGLE_COST = 16, DOUBLE_COST = 64


def softmax_forward(const real[:, ::1] x, real[:, ::1] y):
    cdef Py_ssize_t row, n = x.shape[1], rows = x.shape[0] if n else 0
    cdef int threads = threads_for((SINGLE_COST if real is float else DOUBLE_COST) * rows * n)
    for row in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        if real is float:
            softmax_forward_float(n, &x[row, 0], &y[row, 0])
        else:
            softmax_forward_double(n, &x[row, 0], &y[row, 0])


def softmax_backward(const real[:, ::1] dy, const real[:, ::1] y, real[:, ::1] dx):
    cdef Py_ssize_t row, n = y.shape[1], rows = y.shape[0] if n else 0
    cdef int threads = threads_for(6.0 * rows * n)
    for row in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        if real is float:
            softmax_backward_float(n, &dy[row, 0], &y[row, 0], &dx[row, 0])
        else:
            softmax_backward_double(n, &dy[row, 0], &y[row, 0], &dx[row, 0])


def log_softmax_forward(const real[:, ::1] x, real[:, ::1] y):
    cdef Py_ssize_t row, n = x.shape[1], rows = x.shape[0] if n else 0
    cdef int threads = threads_for((SINGLE_COST if real is float else DOUBLE_COST) * rows * n)
    for row in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        if real is float:
            log_softmax_forward_float(n, &x[row, 0], &y[row, 0])
        else:
            log_softmax_forward_double(n, &x[row, 0], &y[row, 0])


def log_softmax_backward(const real[:, ::1] dy, const real[:, ::1] y, real[:, ::1] dx):
    cdef Py_ssize_t row, n = y.shape[1], rows = y.shape[0] if n else 0
    cdef int threads = threads_for((SINGLE_COST if real is float else DOUBLE_COST) * rows * n)
    for row in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        if real is float:
            log_softmax_backward_float(n, &dy[row, 0], &y[row, 0], &dx[row, 0])
        else:
            log_softmax_backward_double(n, &dy[row, 0], &y[row, 0], &dx[row, 0])
