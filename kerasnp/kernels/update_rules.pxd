"""The optimizers' rules, over a part of the weights; update.py explains them.

A rule is a plain loop, which the compiler turns into vector instructions. It reads all vectors before it writes one:
they often start at the same place of a page, and a processor that compares but the last bits of addresses holds a load
back behind a store to "the same" place.
"""

from libc.math cimport sqrt, sqrtf

from kerasnp.kernels._types cimport real


cdef inline real root(real x) noexcept nogil:
    return sqrtf(x) if real is float else sqrt(x)


cdef inline void sgd_chunk(
    const real *g, real lr, real decay, real momentum, bint nesterov, real *m, real *w, Py_ssize_t count,
) noexcept nogil:
    cdef Py_ssize_t i
    cdef real value, velocity
    if m == NULL:
        for i in range(count):
            w[i] = (w[i] - decay * w[i]) - lr * g[i]
    elif nesterov:
        for i in range(count):
            value = w[i] - decay * w[i]
            velocity = momentum * m[i] - lr * g[i]
            w[i] = value + (momentum * velocity - lr * g[i])
            m[i] = velocity
    else:
        for i in range(count):
            value = w[i] - decay * w[i]
            velocity = momentum * m[i] - lr * g[i]
            w[i] = value + velocity
            m[i] = velocity


cdef inline void adagrad_chunk(
    const real *g, real lr, real decay, real epsilon, real *a, real *w, Py_ssize_t count,
) noexcept nogil:
    cdef Py_ssize_t i
    cdef real value, square
    for i in range(count):
        value = w[i] - decay * w[i]
        square = a[i] + g[i] * g[i]
        w[i] = value - lr * g[i] / root(square + epsilon)
        a[i] = square


cdef inline void rmsprop_chunk(
    const real *g, real lr, real decay, real rho, real rest, real momentum, real epsilon,
    real *v, real *m, real *a, real *w, Py_ssize_t count,
) noexcept nogil:
    cdef Py_ssize_t i
    cdef real value, square, variance, average, step
    for i in range(count):
        value = w[i] - decay * w[i]
        square = rho * v[i] + rest * (g[i] * g[i])
        variance = square
        if a != NULL:
            average = rho * a[i] + rest * g[i]
            variance = variance - average * average
        step = lr * g[i] / root(variance + epsilon)
        if m != NULL:
            step = momentum * m[i] + step
            m[i] = step
        if a != NULL:
            a[i] = average
        v[i] = square
        w[i] = value - step


cdef inline void adadelta_chunk(
    const real *g, real lr, real decay, real rho, real rest, real epsilon, real *a, real *d, real *w, Py_ssize_t count,
) noexcept nogil:
    cdef Py_ssize_t i
    cdef real value, square, delta, step
    for i in range(count):
        value = w[i] - decay * w[i]
        square = rho * a[i] + rest * (g[i] * g[i])
        delta = d[i]
        step = root(delta + epsilon) * g[i] / root(square + epsilon)
        a[i] = square
        d[i] = rho * delta + rest * (step * step)
        w[i] = value - lr * step


cdef inline void adam_chunk(
    const real *g, real alpha, real decay, real rest_1, real rest_2, real epsilon,
    real *m, real *v, real *h, real *w, Py_ssize_t count,
) noexcept nogil:
    cdef Py_ssize_t i
    cdef real value, moment, square, largest
    if h == NULL:
        for i in range(count):
            value = w[i] - decay * w[i]
            moment = m[i] + rest_1 * (g[i] - m[i])
            square = v[i] + rest_2 * (g[i] * g[i] - v[i])
            m[i] = moment
            v[i] = square
            w[i] = value - alpha * moment / (root(square) + epsilon)
    else:
        for i in range(count):
            value = w[i] - decay * w[i]
            moment = m[i] + rest_1 * (g[i] - m[i])
            square = v[i] + rest_2 * (g[i] * g[i] - v[i])
            largest = h[i] if h[i] > square else square
            m[i] = moment
            v[i] = square
            h[i] = largest
            w[i] = value - alpha * moment / (root(largest) + epsilon)
