"""The rules of update_rare.py, over a part of the weights; written as update_rules.pxd says."""

from libc.math cimport fabs, fabsf, pow, powf

from kerasnp.kernels._types cimport real
from kerasnp.kernels.update_rules cimport root


cdef inline real size(real x) noexcept nogil:
    return fabsf(x) if real is float else fabs(x)


cdef inline real raised(real x, real power) noexcept nogil:
    return powf(x, power) if real is float else pow(x, power)


cdef inline void nadam_chunk(
    const real *g, real of_momentum, real of_gradient, real correction, real decay, real rest_1, real rest_2,
    real epsilon, real *m, real *v, real *w, Py_ssize_t count,
) noexcept nogil:
    cdef Py_ssize_t i
    cdef real value, moment, square
    for i in range(count):
        value = w[i] - decay * w[i]
        moment = m[i] + rest_1 * (g[i] - m[i])
        square = v[i] + rest_2 * (g[i] * g[i] - v[i])
        m[i] = moment
        v[i] = square
        w[i] = value - (of_momentum * moment + of_gradient * g[i]) / (root(correction * square) + epsilon)


cdef inline void adamax_chunk(
    const real *g, real alpha, real decay, real rest_1, real beta_2, real epsilon, real *m, real *u, real *w,
    Py_ssize_t count,
) noexcept nogil:
    cdef Py_ssize_t i
    cdef real value, moment, faded, largest
    for i in range(count):
        value = w[i] - decay * w[i]
        moment = m[i] + rest_1 * (g[i] - m[i])
        faded = beta_2 * u[i]
        largest = size(g[i])
        # NaN on either side stays.
        largest = faded if faded > largest or faded != faded else largest
        m[i] = moment
        u[i] = largest
        w[i] = value - alpha * moment / (largest + epsilon)


cdef inline real leader(real linear, real curvature, real l1) noexcept nogil:
    """The weight that a linear term and a curvature lead to; zero where there is neither."""
    cdef real clipped = l1 if linear > l1 else (-l1 if linear < -l1 else linear)
    if clipped == linear and curvature == 0:
        return 0
    return (clipped - linear) / curvature


cdef inline void ftrl_chunk(
    const real *g, real lr, real decay, real power, real l1, real l2, real shrinkage, real *n, real *z, real *w,
    Py_ssize_t count,
) noexcept nogil:
    cdef Py_ssize_t i
    cdef real value, total, reached, before, linear
    if power == <real> 0.5:
        for i in range(count):
            value = w[i] - decay * w[i]
            total = n[i] + g[i] * g[i]
            reached = root(total)
            before = root(n[i])
            linear = z[i] + (g[i] + 2 * shrinkage * value - (reached - before) / lr * value)
            n[i] = total
            z[i] = linear
            w[i] = leader(linear, reached / lr + 2 * l2, l1)
    else:
        for i in range(count):
            value = w[i] - decay * w[i]
            total = n[i] + g[i] * g[i]
            reached = raised(total, power)
            before = raised(n[i], power)
            linear = z[i] + (g[i] + 2 * shrinkage * value - (reached - before) / lr * value)
            n[i] = total
            z[i] = linear
            w[i] = leader(linear, reached / lr + 2 * l2, l1)


cdef inline void lion_chunk(
    const real *g, real lr, real decay, real beta_1, real rest_1, real beta_2, real rest_2, real *m, real *w,
    Py_ssize_t count,
) noexcept nogil:
    cdef Py_ssize_t i
    cdef real value, mixed, moment
    for i in range(count):
        value = w[i] - decay * w[i]
        mixed = beta_1 * m[i] + rest_1 * g[i]
        moment = beta_2 * m[i] + rest_2 * g[i]
        # Zero stays zero, and NaN stays NaN.
        mixed = <real> 1 if mixed > 0 else (<real> -1 if mixed < 0 else mixed)
        m[i] = moment
        w[i] = value - lr * mixed


cdef inline void schedule_free_chunk(
    const real *g, real lr, real decay, real correction, real rest_1, real rest_2, real epsilon, real kept, real added,
    real *z, real *v, real *w, Py_ssize_t count,
) noexcept nogil:
    cdef Py_ssize_t i
    cdef real value, square, newest
    for i in range(count):
        value = w[i] - decay * w[i]
        square = v[i] + rest_2 * (g[i] * g[i] - v[i])
        newest = z[i] - lr * g[i] / (root(correction * square) + epsilon)
        value = kept * (value - rest_1 * z[i]) + added * newest
        z[i] = newest
        v[i] = square
        w[i] = value


cdef inline void lamb_chunk(
    real of_momentum, real of_velocity, real decay, real rest_1, real rest_2, real epsilon, real *m, real *v, real *w,
    real *g, Py_ssize_t count,
) noexcept nogil:
    cdef Py_ssize_t i
    cdef real value, moment, square
    for i in range(count):
        value = w[i] - decay * w[i]
        moment = m[i] + rest_1 * (g[i] - m[i])
        square = v[i] + rest_2 * (g[i] * g[i] - v[i])
        m[i] = moment
        v[i] = square
        w[i] = value
        g[i] = of_momentum * moment / (root(of_velocity * square) + epsilon)


cdef inline void add_chunk(real factor, const real *addend, real *x, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        x[i] = x[i] + factor * addend[i]
