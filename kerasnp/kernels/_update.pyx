"""Optimizer updates, compiled. Formulas and arguments are explained in update.py, the rules stand in update_rules.pxd.

A kernel hands the chunks of its vectors to threads. They are the same for any number of threads, and so are the bits.
For threads_for, every number read or written counts as two operations.
"""

from cython.parallel cimport prange

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for
from kerasnp.kernels.update_chunks cimport CHUNK, at, chunks, length
from kerasnp.kernels.update_rules cimport adadelta_chunk, adagrad_chunk, adam_chunk, rmsprop_chunk, sgd_chunk

cdef enum:
    LANES = 16  # running sums side by side, so that a sum of squares fills vector registers


# -- helpers over one chunk ------------------------------------------------------------------------


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
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(10.0 * n)):
        sgd_chunk(
            &gradients[k * CHUNK], <real> learning_rate, <real> decay, <real> momentum, nesterov,
            at(momentums, k), at(values, k), length(k, n))


def adagrad(
    const real[::1] gradients, double learning_rate, double decay, double epsilon,
    real[::1] accumulators, real[::1] values,
):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(14.0 * n)):
        adagrad_chunk(
            &gradients[k * CHUNK], <real> learning_rate, <real> decay, <real> epsilon,
            at(accumulators, k), at(values, k), length(k, n))


def rmsprop(
    const real[::1] gradients, double learning_rate, double decay, double rho, double momentum, double epsilon,
    real[::1] velocities, real[::1] momentums, real[::1] averages, real[::1] values,
):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(14.0 * n)):
        rmsprop_chunk(
            &gradients[k * CHUNK], <real> learning_rate, <real> decay, <real> rho, <real> (1 - rho), <real> momentum,
            <real> epsilon, at(velocities, k), at(momentums, k), at(averages, k), at(values, k), length(k, n))


def adadelta(
    const real[::1] gradients, double learning_rate, double decay, double rho, double epsilon,
    real[::1] accumulated_gradients, real[::1] accumulated_deltas, real[::1] values,
):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(24.0 * n)):
        adadelta_chunk(
            &gradients[k * CHUNK], <real> learning_rate, <real> decay, <real> rho, <real> (1 - rho), <real> epsilon,
            at(accumulated_gradients, k), at(accumulated_deltas, k), at(values, k), length(k, n))


def adam(
    const real[::1] gradients, double alpha, double decay, double beta_1, double beta_2, double epsilon,
    real[::1] momentums, real[::1] velocities, real[::1] velocity_hats, real[::1] values,
):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(14.0 * n)):
        adam_chunk(
            &gradients[k * CHUNK], <real> alpha, <real> decay, <real> (1 - beta_1), <real> (1 - beta_2), <real> epsilon,
            at(momentums, k), at(velocities, k), at(velocity_hats, k), at(values, k), length(k, n))


def moving_average(const real[::1] values, double momentum, real[::1] averages):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(6.0 * n)):
        average_chunk(&values[k * CHUNK], <real> momentum, <real> (1 - momentum), at(averages, k), length(k, n))


def decay(double rate, real[::1] vector):
    cdef Py_ssize_t k, n = vector.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(4.0 * n)):
        decay_chunk(<real> rate, at(vector, k), length(k, n))


def scale(double factor, real[::1] vector):
    cdef Py_ssize_t k, n = vector.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(4.0 * n)):
        scale_chunk(<real> factor, at(vector, k), length(k, n))


def clip(double limit, real[::1] vector):
    cdef Py_ssize_t k, n = vector.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(4.0 * n)):
        clip_chunk(<real> limit, at(vector, k), length(k, n))


def squared_norm(const real[::1] vector, double[::1] total, double[::1] partials):
    cdef Py_ssize_t k, n = vector.shape[0], parts = partials.shape[0], block = (n + parts - 1) // parts
    for k in prange(parts, nogil=True, schedule="static", num_threads=threads_for(4.0 * n)):
        partials[k] = 0
        if k * block < n:
            partials[k] = sum_of_squares(&vector[k * block], min(block, n - k * block))
    total[0] = 0
    for k in range(parts):
        total[0] += partials[k]
