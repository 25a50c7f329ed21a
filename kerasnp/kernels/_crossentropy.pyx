"""Crossentropy over classes, compiled. Formulas and arguments are explained in crossentropy.py."""

from cython.parallel cimport prange
from libc.math cimport NAN
from libc.stdint cimport int64_t

from kerasnp.kernels._math cimport LANES, add_up, clip, exp_of, log_of, sum_of
from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for

cdef enum Source:
    PROBABILITIES
    LOGITS
    SOFTMAX


cdef inline real log_sum_exp(const real *z, Py_ssize_t count) noexcept nogil:
    cdef real lanes[LANES]
    cdef real most = z[0], total
    cdef Py_ssize_t j, lane, block, blocks = count // LANES
    for j in range(1, count):
        most = z[j] if z[j] > most else most
    for lane in range(LANES):
        lanes[lane] = 0
    for block in range(blocks):
        for lane in range(LANES):
            lanes[lane] = lanes[lane] + exp_of(z[block * LANES + lane] - most)
    total = add_up(lanes)
    for j in range(blocks * LANES, count):
        total = total + exp_of(z[j] - most)
    return most + log_of(total)


cdef real categorical_row(
    const real *t, const real *p, Py_ssize_t classes, int source, real smoothing, real epsilon, real scale,
    real *gradient,
) noexcept nogil:
    cdef real one = 1, offset = smoothing / classes, factor = one - smoothing, high = one - epsilon
    cdef real norm = log_sum_exp(p, classes) if source == LOGITS else sum_of(p, classes)
    cdef real value = 0, total = 0, target, ratio
    cdef Py_ssize_t j
    for j in range(classes):
        target = factor * t[j] + offset
        if target == 0:
            continue
        if source == LOGITS:
            value = value + target * (norm - p[j])
            total = total + target
        else:
            ratio = p[j] / norm
            value = value - target * log_of(clip(ratio, epsilon, high))
            if source == SOFTMAX or not (ratio < epsilon or ratio > high):
                total = total + target
    if gradient == NULL:
        return value
    for j in range(classes):
        target = factor * t[j] + offset
        if source == LOGITS:
            gradient[j] = scale * (total * exp_of(p[j] - norm) - target)
        elif source == SOFTMAX:
            gradient[j] = scale * (total * p[j] - target)
        else:
            ratio = p[j] / norm
            if target == 0 or ratio < epsilon or ratio > high:
                gradient[j] = scale * (total / norm)
            else:
                gradient[j] = scale * (total / norm - target / p[j])
    return value


def categorical_crossentropy(
    const real[:, ::1] y_true, const real[:, ::1] y_pred, const real[::1] scale, int source, double smoothing,
    double epsilon, real[::1] values, real[:, ::1] gradient,
):
    cdef Py_ssize_t rows = y_pred.shape[0], classes = y_pred.shape[1], i
    if rows == 0 or classes == 0:
        return
    cdef real *slopes = NULL if gradient is None else &gradient[0, 0]
    cdef int threads = threads_for((20.0 if source == LOGITS else 5.0) * rows * classes)
    for i in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        values[i] = categorical_row(
            &y_true[i, 0], &y_pred[i, 0], classes, source, <real> smoothing, <real> epsilon, scale[i],
            NULL if slopes == NULL else slopes + i * classes)


cdef real sparse_row(
    int64_t label, const real *p, Py_ssize_t classes, int source, real epsilon, real scale, real *gradient,
) noexcept nogil:
    cdef real one = 1, high = one - epsilon, norm, ratio, value
    cdef Py_ssize_t j
    if source == LOGITS:
        norm = log_sum_exp(p, classes)
        value = norm - p[label]
    else:
        norm = sum_of(p, classes)
        ratio = p[label] / norm
        value = -log_of(clip(ratio, epsilon, high))
    if gradient == NULL:
        return value
    if source == LOGITS:
        for j in range(classes):
            gradient[j] = scale * exp_of(p[j] - norm)
        gradient[label] -= scale
    elif source == SOFTMAX:
        for j in range(classes):
            gradient[j] = scale * p[j]
        gradient[label] -= scale
    else:
        if ratio < epsilon or ratio > high:
            scale = 0
        for j in range(classes):
            gradient[j] = scale / norm
        if scale != 0:
            gradient[label] -= scale / p[label]
    return value


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
    cdef int threads = threads_for((20.0 if source == LOGITS else 2.0) * rows * classes)
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
