"""Elementwise activations, compiled: the formulas of activation_formulas.h. They are explained in activation.py.

Threads share an array out in blocks that are always cut at the same places, so no result depends on how many there are.
"""

from cython.parallel cimport prange

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for

cdef extern from "activation_formulas.h" nogil:
    const int FORMULA_COUNT
    const char *formula_names[]
    void activation_forward_float(
        int function, Py_ssize_t n, const float *x, float a, float b, float c, float *y)
    void activation_forward_double(
        int function, Py_ssize_t n, const double *x, double a, double b, double c, double *y)
    void activation_backward_float(
        int function, Py_ssize_t n, const float *dy, const float *values, float a, float b, float c, float *dx)
    void activation_backward_double(
        int function, Py_ssize_t n, const double *dy, const double *values, double a, double b, double c, double *dx)
    void prelu_forward_float(Py_ssize_t n, const float *x, const float *alpha, float *y)
    void prelu_forward_double(Py_ssize_t n, const double *x, const double *alpha, double *y)
    void prelu_backward_float(
        Py_ssize_t rows, Py_ssize_t n, Py_ssize_t step, const float *dy, const float *x, const float *alpha,
        float *dx, float *dalpha)
    void prelu_backward_double(
        Py_ssize_t rows, Py_ssize_t n, Py_ssize_t step, const double *dy, const double *x, const double *alpha,
        double *dx, double *dalpha)

cdef enum:
    BLOCK = 4096  # elements

# Operations for one element, as threads_for counts them. Single precision runs in vectors; double calls the C library.
cdef double SINGLE_COST = 8, DOUBLE_COST = 32

FORMULAS = tuple([formula_names[code].decode() for code in range(FORMULA_COUNT)])


def activation_forward(const real[::1] x, int function, double a, double b, double c, real[::1] y):
    cdef Py_ssize_t n = x.shape[0], block, start, count
    cdef int threads = threads_for((SINGLE_COST if real is float else DOUBLE_COST) * n)
    if not 0 <= function < FORMULA_COUNT:
        raise ValueError(f"There are {FORMULA_COUNT} activation formulas; received the code {function}.")
    for block in prange((n + BLOCK - 1) // BLOCK, nogil=True, num_threads=threads, schedule="static"):
        start = block * BLOCK
        count = min(<Py_ssize_t> BLOCK, n - start)
        if real is float:
            activation_forward_float(function, count, &x[start], <real> a, <real> b, <real> c, &y[start])
        else:
            activation_forward_double(function, count, &x[start], a, b, c, &y[start])


def activation_backward(
    const real[::1] dy, const real[::1] values, int function, double a, double b, double c, real[::1] dx,
):
    cdef Py_ssize_t n = values.shape[0], block, start, count
    cdef int threads = threads_for((SINGLE_COST if real is float else DOUBLE_COST) * n)
    if not 0 <= function < FORMULA_COUNT:
        raise ValueError(f"There are {FORMULA_COUNT} activation formulas; received the code {function}.")
    for block in prange((n + BLOCK - 1) // BLOCK, nogil=True, num_threads=threads, schedule="static"):
        start = block * BLOCK
        count = min(<Py_ssize_t> BLOCK, n - start)
        if real is float:
            activation_backward_float(
                function, count, &dy[start], &values[start], <real> a, <real> b, <real> c, &dx[start])
        else:
            activation_backward_double(function, count, &dy[start], &values[start], a, b, c, &dx[start])


def prelu_forward(const real[:, ::1] x, const real[::1] alpha, real[:, ::1] y):
    cdef Py_ssize_t rows = x.shape[0], n = x.shape[1], row
    cdef int threads = threads_for(2.0 * rows * n)
    for row in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        if real is float:
            prelu_forward_float(n, &x[row, 0], &alpha[0], &y[row, 0])
        else:
            prelu_forward_double(n, &x[row, 0], &alpha[0], &y[row, 0])


def prelu_backward(
    const real[:, ::1] dy, const real[:, ::1] x, const real[::1] alpha, real[:, ::1] dx, real[::1] dalpha,
):
    # Blocks of columns, not rows: one thread adds up a slope's gradient, over the rows in their order.
    cdef Py_ssize_t rows = x.shape[0], n = x.shape[1], block, start, count
    cdef real *dx_start
    cdef real *dalpha_start
    cdef int threads = threads_for(4.0 * rows * n)
    if dalpha is not None:
        dalpha[:] = 0
    if rows == 0:
        return
    for block in prange((n + BLOCK - 1) // BLOCK, nogil=True, num_threads=threads, schedule="static"):
        start = block * BLOCK
        count = min(<Py_ssize_t> BLOCK, n - start)
        dx_start = NULL if dx is None else &dx[0, start]
        dalpha_start = NULL if dalpha is None else &dalpha[start]
        if real is float:
            prelu_backward_float(rows, count, n, &dy[0, start], &x[0, start], &alpha[start], dx_start, dalpha_start)
        else:
            prelu_backward_double(rows, count, n, &dy[0, start], &x[0, start], &alpha[start], dx_start, dalpha_start)
