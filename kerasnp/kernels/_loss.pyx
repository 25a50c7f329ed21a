"""Losses, compiled. Formulas and arguments are explained in loss.py."""

from cython.parallel cimport prange
from libc.math cimport INFINITY

from kerasnp.kernels._math cimport LANES, abs_of, add_up, clip, exp_of, larger, log1p_of, log_of, sign, sqrt_of, tanh_of
from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for

cdef enum Function:
    SQUARED_ERROR
    ABSOLUTE_ERROR
    PERCENTAGE_ERROR
    LOGARITHMIC_ERROR
    HUBER
    LOG_COSH
    HINGE
    SQUARED_HINGE
    POISSON
    KL_DIVERGENCE
    BINARY_PROBABILITIES
    BINARY_LOGITS
    BINARY_SIGMOID


# -- pointwise losses ------------------------------------------------------------------------------
# `value_of` and `slope_of` are inlined with a constant function: the tests vanish, the loops become straight.


cdef inline real value_of(Function function, real t, real p, real parameter, real epsilon) noexcept nogil:
    cdef real one = 1, a
    if function == SQUARED_ERROR:
        return (p - t) * (p - t)
    if function == ABSOLUTE_ERROR:
        return abs_of(p - t)
    if function == PERCENTAGE_ERROR:
        return 100 * abs_of(p - t) / larger(abs_of(t), epsilon)
    if function == LOGARITHMIC_ERROR:
        a = log_of(one + larger(p, epsilon)) - log_of(one + larger(t, epsilon))
        return a * a
    if function == HUBER:
        a = abs_of(p - t)
        return a * a / 2 if a <= parameter else parameter * a - parameter * parameter / 2
    if function == LOG_COSH:
        a = abs_of(p - t)
        return a + log1p_of(exp_of(-2 * a)) - <real> 0.6931471805599453
    if function == HINGE:
        return larger(one - (t + parameter * (t - one)) * p, 0)
    if function == SQUARED_HINGE:
        a = larger(one - (t + parameter * (t - one)) * p, 0)
        return a * a
    if function == POISSON:
        return p - t * log_of(p + epsilon)
    if function == KL_DIVERGENCE:
        a = clip(t, epsilon, one)
        return a * log_of(a / clip(p, epsilon, one))
    t = t * (one - parameter) + parameter / 2
    if function == BINARY_LOGITS:
        return larger(p, 0) - t * p + log1p_of(exp_of(-abs_of(p)))
    a = clip(p, epsilon, one - epsilon)
    return -t * log_of(a) - (one - t) * log_of(one - a)


cdef inline real slope_of(Function function, real t, real p, real parameter, real epsilon) noexcept nogil:
    cdef real one = 1, a
    if function == SQUARED_ERROR:
        return 2 * (p - t)
    if function == ABSOLUTE_ERROR:
        return sign(p - t)
    if function == PERCENTAGE_ERROR:
        return 100 * sign(p - t) / larger(abs_of(t), epsilon)
    if function == LOGARITHMIC_ERROR:
        a = one + larger(p, epsilon)
        a = 2 * (log_of(a) - log_of(one + larger(t, epsilon))) / a
        return 0 if p < epsilon else a
    if function == HUBER:
        return clip(p - t, -parameter, parameter)
    if function == LOG_COSH:
        return tanh_of(p - t)
    if function == HINGE:
        t = t + parameter * (t - one)
        return -t if one - t * p > 0 else 0
    if function == SQUARED_HINGE:
        t = t + parameter * (t - one)
        return -2 * t * larger(one - t * p, 0)
    if function == POISSON:
        return one - t / (p + epsilon)
    if function == KL_DIVERGENCE:
        return 0 if p < epsilon or p > one else -clip(t, epsilon, one) / p
    t = t * (one - parameter) + parameter / 2
    if function == BINARY_SIGMOID:
        return p - t
    if function == BINARY_LOGITS:
        a = exp_of(-abs_of(p))
        return (one if p >= 0 else a) / (one + a) - t
    return 0 if p < epsilon or p > one - epsilon else (p - t) / (p * (one - p))


cdef inline real row_of(
    Function function, const real *t, const real *p, Py_ssize_t outputs, real parameter, real epsilon, real weight,
    real *gradient,
) noexcept nogil:
    """Returns the sum of one row's values and writes its gradient, times `weight`."""
    cdef real lanes[LANES]
    cdef real total
    cdef Py_ssize_t j, lane, block, blocks = outputs // LANES
    for lane in range(LANES):
        lanes[lane] = 0
    for block in range(blocks):
        j = block * LANES
        for lane in range(LANES):
            lanes[lane] = lanes[lane] + value_of(function, t[j + lane], p[j + lane], parameter, epsilon)
    total = add_up(lanes)
    for j in range(blocks * LANES, outputs):
        total = total + value_of(function, t[j], p[j], parameter, epsilon)
    if gradient != NULL:
        for j in range(outputs):
            gradient[j] = weight * slope_of(function, t[j], p[j], parameter, epsilon)
    return total


cdef real any_row(
    int function, const real *t, const real *p, Py_ssize_t outputs, real parameter, real epsilon, real weight,
    real *gradient,
) noexcept nogil:
    if function == SQUARED_ERROR:
        return row_of(SQUARED_ERROR, t, p, outputs, parameter, epsilon, weight, gradient)
    if function == ABSOLUTE_ERROR:
        return row_of(ABSOLUTE_ERROR, t, p, outputs, parameter, epsilon, weight, gradient)
    if function == PERCENTAGE_ERROR:
        return row_of(PERCENTAGE_ERROR, t, p, outputs, parameter, epsilon, weight, gradient)
    if function == LOGARITHMIC_ERROR:
        return row_of(LOGARITHMIC_ERROR, t, p, outputs, parameter, epsilon, weight, gradient)
    if function == HUBER:
        return row_of(HUBER, t, p, outputs, parameter, epsilon, weight, gradient)
    if function == LOG_COSH:
        return row_of(LOG_COSH, t, p, outputs, parameter, epsilon, weight, gradient)
    if function == HINGE:
        return row_of(HINGE, t, p, outputs, parameter, epsilon, weight, gradient)
    if function == SQUARED_HINGE:
        return row_of(SQUARED_HINGE, t, p, outputs, parameter, epsilon, weight, gradient)
    if function == POISSON:
        return row_of(POISSON, t, p, outputs, parameter, epsilon, weight, gradient)
    if function == KL_DIVERGENCE:
        return row_of(KL_DIVERGENCE, t, p, outputs, parameter, epsilon, weight, gradient)
    if function == BINARY_PROBABILITIES:
        return row_of(BINARY_PROBABILITIES, t, p, outputs, parameter, epsilon, weight, gradient)
    if function == BINARY_LOGITS:
        return row_of(BINARY_LOGITS, t, p, outputs, parameter, epsilon, weight, gradient)
    return row_of(BINARY_SIGMOID, t, p, outputs, parameter, epsilon, weight, gradient)


def pointwise_loss(
    const real[:, ::1] y_true, const real[:, ::1] y_pred, const real[::1] scale, int function, double parameter,
    double epsilon, real[::1] values, real[:, ::1] gradient,
):
    cdef Py_ssize_t rows = y_pred.shape[0], outputs = y_pred.shape[1], i, j
    if rows == 0 or outputs == 0:
        return
    cdef real *slopes = NULL if gradient is None else &gradient[0, 0]
    cdef real weight = <real> (1.0 if function == KL_DIVERGENCE else 1.0 / outputs)
    cdef real setting = <real> parameter
    cdef Py_ssize_t others = 0
    cdef int threads = threads_for(20.0 * rows * outputs)
    with nogil:
        if function == HINGE or function == SQUARED_HINGE:
            for i in range(rows):
                for j in range(outputs):
                    others += (y_true[i, j] != 0) & (y_true[i, j] != 1)
            # t + setting (t - 1) is 2 t - 1, or t.
            setting = 1 if others == 0 else 0
        for i in prange(rows, num_threads=threads, schedule="static"):
            values[i] = weight * any_row(
                function, &y_true[i, 0], &y_pred[i, 0], outputs, setting, <real> epsilon, weight * scale[i],
                NULL if slopes == NULL else slopes + i * outputs)


# -- losses of whole rows --------------------------------------------------------------------------


def categorical_hinge(
    const real[:, ::1] y_true, const real[:, ::1] y_pred, const real[::1] scale, real[::1] values,
    real[:, ::1] gradient,
):
    cdef Py_ssize_t rows = y_pred.shape[0], classes = y_pred.shape[1], i, j, worst
    cdef real one = 1, most, hit, other, value
    cdef bint wanted = gradient is not None
    if classes == 0:
        return
    with nogil:
        for i in range(rows):
            worst, most, hit = 0, -INFINITY, 0
            for j in range(classes):
                hit = hit + y_true[i, j] * y_pred[i, j]
                other = (one - y_true[i, j]) * y_pred[i, j]
                # The first NaN, if there is one, is the maximum.
                if other > most or (other != other and most == most):
                    worst, most = j, other
            value = larger(one + most - hit, 0)
            values[i] = value
            if wanted:
                for j in range(classes):
                    gradient[i, j] = -scale[i] * y_true[i, j] if value > 0 else 0
                if value > 0:
                    gradient[i, worst] += scale[i] * (one - y_true[i, worst])


def cosine_similarity(
    const real[:, ::1] y_true, const real[:, ::1] y_pred, const real[::1] scale, double epsilon, real[::1] values,
    real[:, ::1] gradient,
):
    cdef Py_ssize_t rows = y_pred.shape[0], outputs = y_pred.shape[1], i, j
    cdef real true_norm, pred_norm, product, true_length, pred_length, along, least = <real> epsilon
    cdef bint wanted = gradient is not None
    with nogil:
        for i in range(rows):
            true_norm, pred_norm, product = 0, 0, 0
            for j in range(outputs):
                true_norm = true_norm + y_true[i, j] * y_true[i, j]
                pred_norm = pred_norm + y_pred[i, j] * y_pred[i, j]
                product = product + y_true[i, j] * y_pred[i, j]
            true_length = larger(sqrt_of(true_norm), least)
            pred_length = larger(sqrt_of(pred_norm), least)
            values[i] = -product / (true_length * pred_length)
            if wanted:
                along = 0 if sqrt_of(pred_norm) < least else -values[i] / pred_length
                for j in range(outputs):
                    gradient[i, j] = -scale[i] * (y_true[i, j] / true_length - along * y_pred[i, j]) / pred_length
