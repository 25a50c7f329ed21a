"""Metrics, compiled. The arguments are explained in metric.py."""

from cython.parallel cimport prange
from libc.stdint cimport int64_t

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for


cdef enum:
    LANES = 32


cdef inline Py_ssize_t largest(const real *x, Py_ssize_t count) noexcept nogil:
    """The place of the first NaN, else of the first maximum."""
    cdef Py_ssize_t block, start, j, place = 0
    cdef int lane, larger
    for block in range((count + LANES - 1) // LANES):
        start = block * LANES
        if start + LANES <= count:
            # Most blocks hold nothing larger, which vector instructions can tell.
            larger = 0
            for lane in range(LANES):
                larger |= not x[start + lane] <= x[place]
            if not larger:
                continue
        for j in range(start, min(start + LANES, count)):
            if x[j] != x[j]:
                return j
            if x[j] > x[place]:
                place = j
    return place


def binary_accuracy(const real[:, ::1] y_true, const real[:, ::1] y_pred, double threshold, real[::1] values):
    cdef Py_ssize_t rows = y_pred.shape[0], outputs = y_pred.shape[1], i, j, hits
    cdef real limit = <real> threshold
    with nogil:
        for i in range(rows):
            hits = 0
            for j in range(outputs):
                hits += y_true[i, j] == (1 if y_pred[i, j] > limit else 0)
            values[i] = <real> hits / outputs


def categorical_accuracy(const real[:, ::1] y_true, const real[:, ::1] y_pred, real[::1] values):
    cdef Py_ssize_t rows = y_pred.shape[0], classes = y_pred.shape[1], i
    cdef int threads = threads_for(4.0 * rows * classes)
    for i in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        values[i] = largest(&y_true[i, 0], classes) == largest(&y_pred[i, 0], classes)


def sparse_categorical_accuracy(const int64_t[::1] y_true, const real[:, ::1] y_pred, real[::1] values):
    cdef Py_ssize_t rows = y_pred.shape[0], classes = y_pred.shape[1], i
    cdef int threads = threads_for(2.0 * rows * classes)
    for i in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        values[i] = y_true[i] == largest(&y_pred[i, 0], classes)


def top_k_accuracy(const int64_t[::1] y_true, const real[:, ::1] y_pred, Py_ssize_t k, real[::1] values):
    cdef Py_ssize_t rows = y_pred.shape[0], classes = y_pred.shape[1], i, j, larger
    cdef real wanted
    with nogil:
        for i in range(rows):
            values[i] = 0
            if y_true[i] < 0 or y_true[i] >= classes:
                continue
            wanted = y_pred[i, y_true[i]]
            larger = 0
            for j in range(classes):
                larger += y_pred[i, j] > wanted
            values[i] = larger < k and wanted == wanted
