"""Crossentropy over classes, compiled. Formulas and arguments are explained in crossentropy.py.

What happens to one row stands in crossentropy_rows.h. Threads share out whole rows.
"""

from cython.parallel cimport prange
from libc.math cimport NAN
from libc.stdint cimport int64_t

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for

cdef extern from "crossentropy_rows.h" nogil:
    float logits_row_float(
        Py_ssize_t n, const float *t, float factor, float offset, const float *p, float scale, float *gradient) noexcept
    double logits_row_double(
        Py_ssize_t n, const double *t, double factor, double offset, const double *p, double scale,
        double *gradient) noexcept
    float probabilities_row_float(
        Py_ssize_t n, const float *t, float factor, float offset, const float *p, bint softmax, float epsilon,
        float scale, float *gradient) noexcept
    double probabilities_row_double(
        Py_ssize_t n, const double *t, double factor, double offset, const double *p, bint softmax, double epsilon,
        double scale, double *gradient) noexcept
    float sparse_logits_row_float(
        Py_ssize_t n, Py_ssize_t label, const float *p, float scale, float *gradient) noexcept
    double sparse_logits_row_double(
        Py_ssize_t n, Py_ssize_t label, const double *p, double scale, double *gradient) noexcept
    float sparse_probabilities_row_float(
        Py_ssize_t n, Py_ssize_t label, const float *p, bint softmax, float epsilon, float scale,
        float *gradient) noexcept
    double sparse_probabilities_row_double(
        Py_ssize_t n, Py_ssize_t label, const double *p, bint softmax, double epsilon, double scale,
        double *gradient) noexcept

cdef enum Source:
    PROBABILITIES
    LOGITS
    SOFTMAX


cdef inline real categorical_row(
    const real *t, const real *p, Py_ssize_t n, int source, real smoothing, real epsilon, real scale, real *gradient,
) noexcept nogil:
    cdef real one = 1, factor = one - smoothing, offset = smoothing / n
    if real is float:
        if source == LOGITS:
            return logits_row_float(n, t, factor, offset, p, scale, gradient)
        return probabilities_row_float(n, t, factor, offset, p, source == SOFTMAX, epsilon, scale, gradient)
    else:
        if source == LOGITS:
            return logits_row_double(n, t, factor, offset, p, scale, gradient)
        return probabilities_row_double(n, t, factor, offset, p, source == SOFTMAX, epsilon, scale, gradient)


def categorical_crossentropy(
    const real[:, ::1] y_true, const real[:, ::1] y_pred, const real[::1] scale, int source, double smoothing,
    double epsilon, real[::1] values, real[:, ::1] gradient,
):
    cdef Py_ssize_t rows = y_pred.shape[0], classes = y_pred.shape[1], i
    if rows == 0 or classes == 0:
        return
    cdef real *slopes = NULL if gradient is None else &gradient[0, 0]
    cdef int threads = threads_for((28.0 if source == LOGITS else 14.0) * rows * classes)
    for i in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        values[i] = categorical_row(
            &y_true[i, 0], &y_pred[i, 0], classes, source, <real> smoothing, <real> epsilon, scale[i],
            NULL if slopes == NULL else slopes + i * classes)


cdef inline real sparse_row(
    Py_ssize_t label, const real *p, Py_ssize_t n, int source, real epsilon, real scale, real *gradient,
) noexcept nogil:
    if real is float:
        if source == LOGITS:
            return sparse_logits_row_float(n, label, p, scale, gradient)
        return sparse_probabilities_row_float(n, label, p, source == SOFTMAX, epsilon, scale, gradient)
    else:
        if source == LOGITS:
            return sparse_logits_row_double(n, label, p, scale, gradient)
        return sparse_probabilities_row_double(n, label, p, source == SOFTMAX, epsilon, scale, gradient)


def sparse_categorical_crossentropy(
    const int64_t[::1] y_true, const real[:, ::1] y_pred, const real[::1] scale, int source, int64_t ignore_class,
    double epsilon, real[::1] values, real[:, ::1] gradient,
):
    cdef Py_ssize_t rows = y_pred.shape[0], classes = y_pred.shape[1], i, j
    if rows == 0 or classes == 0:
        return
    cdef real *slopes = NULL if gradient is None else &gradient[0, 0]
    cdef real *row
    cdef real nothing
    cdef int threads = threads_for((20.0 if source == LOGITS else 6.0) * rows * classes)
    for i in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        row = NULL if slopes == NULL else slopes + i * classes
        if y_true[i] != ignore_class and 0 <= y_true[i] < classes:
            values[i] = sparse_row(y_true[i], &y_pred[i, 0], classes, source, <real> epsilon, scale[i], row)
        else:
            nothing = 0 if y_true[i] == ignore_class else NAN
            values[i] = nothing
            if row != NULL:
                for j in range(classes):
                    row[j] = nothing
