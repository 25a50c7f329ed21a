"""Optimizer updates, compiled. Formulas and arguments are explained in update.py.

Each rule is a plain loop over one chunk, which the compiler turns into vector instructions, and a kernel that hands the
chunks to threads. The chunks are the same for any number of threads, and so are the bits.
"""

from cython.parallel cimport prange
from libc.math cimport sqrt, sqrtf

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for

cdef enum:
    CHUNK = 4096  # elements; a multiple of a cache line, small enough for the vectors of a chunk to stay in L1
    LANES = 16  # running sums side by side, so that a sum of squares fills vector registers


cdef inline real root(real x) noexcept nogil:
    return sqrtf(x) if real is float else sqrt(x)


cdef inline Py_ssize_t chunks(Py_ssize_t count) noexcept nogil:
    return (count + CHUNK - 1) // CHUNK


cdef inline Py_ssize_t length(Py_ssize_t chunk, Py_ssize_t count) noexcept nogil:
    """Elements in chunk number ``chunk``: all are full but the last."""
    return min(<Py_ssize_t> CHUNK, count - chunk * CHUNK)


cdef inline real *at(real[::1] vector, Py_ssize_t chunk) noexcept nogil:
    """Start of a chunk; NULL for an optional vector that is None."""
    if vector is None:
        return NULL
    return &vector[0] + chunk * CHUNK


# -- rules over one chunk --------------------------------------------------------------------------
# They read all vectors before they write one. The vectors often start at the same place of a page, and a processor that
# compares but the last bits of addresses holds a load back behind a store to "the same" place.


cdef void sgd_chunk(
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


cdef void adagrad_chunk(
    const real *g, real lr, real decay, real epsilon, real *a, real *w, Py_ssize_t count,
) noexcept nogil:
    cdef Py_ssize_t i
    cdef real value, square
    for i in range(count):
        value = w[i] - decay * w[i]
        square = a[i] + g[i] * g[i]
        w[i] = value - lr * g[i] / root(square + epsilon)
        a[i] = square


cdef void rmsprop_chunk(
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


cdef void adadelta_chunk(
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


cdef void adam_chunk(
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


cdef void average_chunk(const real *w, real kept, real added, real *a, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        a[i] = kept * a[i] + added * w[i]


cdef void decay_chunk(real rate, real *x, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        x[i] = x[i] - rate * x[i]


cdef void scale_chunk(real factor, real *x, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        x[i] = x[i] * factor


cdef void clip_chunk(real limit, real *x, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        # Comparisons with NaN are false, so NaN passes.
        x[i] = limit if x[i] > limit else (-limit if x[i] < -limit else x[i])


cdef double sum_of_squares(const real *x, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i, lane
    cdef double[LANES] sums
    cdef double total = 0
    for lane in range(LANES):
        sums[lane] = 0
    for i in range(count // LANES):
        for lane in range(LANES):
            sums[lane] += <double> x[i * LANES + lane] * <double> x[i * LANES + lane]
    for i in range(count - count % LANES, count):
        total += <double> x[i] * <double> x[i]
    for lane in range(LANES):
        total += sums[lane]
    return total


# -- kernels ---------------------------------------------------------------------------------------


def sgd(
    const real[::1] gradients, double learning_rate, double decay, double momentum, bint nesterov,
    real[::1] momentums, real[::1] values,
):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(4.0 * n)):
        sgd_chunk(
            &gradients[k * CHUNK], <real> learning_rate, <real> decay, <real> momentum, nesterov,
            at(momentums, k), at(values, k), length(k, n))


def adagrad(
    const real[::1] gradients, double learning_rate, double decay, double epsilon,
    real[::1] accumulators, real[::1] values,
):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(10.0 * n)):
        adagrad_chunk(
            &gradients[k * CHUNK], <real> learning_rate, <real> decay, <real> epsilon,
            at(accumulators, k), at(values, k), length(k, n))


def rmsprop(
    const real[::1] gradients, double learning_rate, double decay, double rho, double momentum, double epsilon,
    real[::1] velocities, real[::1] momentums, real[::1] averages, real[::1] values,
):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(12.0 * n)):
        rmsprop_chunk(
            &gradients[k * CHUNK], <real> learning_rate, <real> decay, <real> rho, <real> (1 - rho), <real> momentum,
            <real> epsilon, at(velocities, k), at(momentums, k), at(averages, k), at(values, k), length(k, n))


def adadelta(
    const real[::1] gradients, double learning_rate, double decay, double rho, double epsilon,
    real[::1] accumulated_gradients, real[::1] accumulated_deltas, real[::1] values,
):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(20.0 * n)):
        adadelta_chunk(
            &gradients[k * CHUNK], <real> learning_rate, <real> decay, <real> rho, <real> (1 - rho), <real> epsilon,
            at(accumulated_gradients, k), at(accumulated_deltas, k), at(values, k), length(k, n))


def adam(
    const real[::1] gradients, double alpha, double decay, double beta_1, double beta_2, double epsilon,
    real[::1] momentums, real[::1] velocities, real[::1] velocity_hats, real[::1] values,
):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(12.0 * n)):
        adam_chunk(
            &gradients[k * CHUNK], <real> alpha, <real> decay, <real> (1 - beta_1), <real> (1 - beta_2), <real> epsilon,
            at(momentums, k), at(velocities, k), at(velocity_hats, k), at(values, k), length(k, n))


def moving_average(const real[::1] values, double momentum, real[::1] averages):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(3.0 * n)):
        average_chunk(&values[k * CHUNK], <real> momentum, <real> (1 - momentum), at(averages, k), length(k, n))


def decay(double rate, real[::1] vector):
    cdef Py_ssize_t k, n = vector.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(2.0 * n)):
        decay_chunk(<real> rate, at(vector, k), length(k, n))


def scale(double factor, real[::1] vector):
    cdef Py_ssize_t k, n = vector.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(n)):
        scale_chunk(<real> factor, at(vector, k), length(k, n))


def clip(double limit, real[::1] vector):
    cdef Py_ssize_t k, n = vector.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(2.0 * n)):
        clip_chunk(<real> limit, at(vector, k), length(k, n))


def squared_norm(const real[::1] vector, double[::1] total, double[::1] partials):
    cdef Py_ssize_t k, n = vector.shape[0], parts = partials.shape[0], block = (n + parts - 1) // parts
    for k in prange(parts, nogil=True, schedule="static", num_threads=threads_for(2.0 * n)):
        partials[k] = 0
        if k * block < n:
            partials[k] = sum_of_squares(&vector[k * block], min(block, n - k * block))
    total[0] = 0
    for k in range(parts):
        total[0] += partials[k]
