"""Updates of the optimizers that are used less, compiled. Formulas and arguments are explained in update_rare.py, the
rules stand in update_rare_rules.pxd; threads share the work as in _update.pyx.
"""

from cython.parallel cimport prange

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for
from kerasnp.kernels.update_chunks cimport CHUNK, at, chunks, length
from kerasnp.kernels.update_rare_rules cimport (
    adamax_chunk, add_chunk, ftrl_chunk, lamb_chunk, lion_chunk, nadam_chunk, schedule_free_chunk,
)


def nadam(
    const real[::1] gradients, double of_momentum, double of_gradient, double correction, double decay, double beta_1,
    double beta_2, double epsilon, real[::1] momentums, real[::1] velocities, real[::1] values,
):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(14.0 * n)):
        nadam_chunk(
            &gradients[k * CHUNK], <real> of_momentum, <real> of_gradient, <real> correction, <real> decay,
            <real> (1 - beta_1), <real> (1 - beta_2), <real> epsilon, at(momentums, k), at(velocities, k),
            at(values, k), length(k, n))


def adamax(
    const real[::1] gradients, double alpha, double decay, double beta_1, double beta_2, double epsilon,
    real[::1] momentums, real[::1] norms, real[::1] values,
):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(14.0 * n)):
        adamax_chunk(
            &gradients[k * CHUNK], <real> alpha, <real> decay, <real> (1 - beta_1), <real> beta_2, <real> epsilon,
            at(momentums, k), at(norms, k), at(values, k), length(k, n))


def ftrl(
    const real[::1] gradients, double learning_rate, double decay, double power, double l1, double l2,
    double shrinkage, real[::1] accumulators, real[::1] linears, real[::1] values,
):
    cdef Py_ssize_t k, n = values.shape[0]
    cdef double each = 14.0 if power == 0.5 else 100.0  # powers cost more than memory does
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(each * n)):
        ftrl_chunk(
            &gradients[k * CHUNK], <real> learning_rate, <real> decay, <real> power, <real> l1, <real> l2,
            <real> shrinkage, at(accumulators, k), at(linears, k), at(values, k), length(k, n))


def lion(
    const real[::1] gradients, double learning_rate, double decay, double beta_1, double beta_2,
    real[::1] momentums, real[::1] values,
):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(10.0 * n)):
        lion_chunk(
            &gradients[k * CHUNK], <real> learning_rate, <real> decay, <real> beta_1, <real> (1 - beta_1),
            <real> beta_2, <real> (1 - beta_2), at(momentums, k), at(values, k), length(k, n))


def schedule_free(
    const real[::1] gradients, double learning_rate, double decay, double correction, double beta_1, double beta_2,
    double epsilon, double share, real[::1] sequence, real[::1] velocities, real[::1] values,
):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(14.0 * n)):
        schedule_free_chunk(
            &gradients[k * CHUNK], <real> learning_rate, <real> decay, <real> correction, <real> (1 - beta_1),
            <real> (1 - beta_2), <real> epsilon, <real> (1 - share), <real> (1 - beta_1 + beta_1 * share),
            at(sequence, k), at(velocities, k), at(values, k), length(k, n))


def lamb_direction(
    double of_momentum, double of_velocity, double decay, double beta_1, double beta_2, double epsilon,
    real[::1] momentums, real[::1] velocities, real[::1] values, real[::1] gradients,
):
    cdef Py_ssize_t k, n = values.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(16.0 * n)):
        lamb_chunk(
            <real> of_momentum, <real> of_velocity, <real> decay, <real> (1 - beta_1), <real> (1 - beta_2),
            <real> epsilon, at(momentums, k), at(velocities, k), at(values, k), at(gradients, k), length(k, n))


def add_scaled(double factor, const real[::1] addend, real[::1] vector):
    cdef Py_ssize_t k, n = vector.shape[0]
    for k in prange(chunks(n), nogil=True, schedule="static", num_threads=threads_for(6.0 * n)):
        add_chunk(<real> factor, &addend[k * CHUNK], at(vector, k), length(k, n))
