"""How the kernels of optimizers cut their vectors into the chunks that they hand to threads."""

from kerasnp.kernels._types cimport real


cdef enum:
    CHUNK = 4096  # elements; a multiple of a cache line, small enough for the vectors of a chunk to stay in L1


cdef inline Py_ssize_t chunks(Py_ssize_t count) noexcept nogil:
    """Number of chunks of a vector of ``count`` elements."""
    return (count + CHUNK - 1) // CHUNK


cdef inline Py_ssize_t length(Py_ssize_t chunk, Py_ssize_t count) noexcept nogil:
    """Elements in chunk number ``chunk``: all are full but the last."""
    return min(<Py_ssize_t> CHUNK, count - chunk * CHUNK)


cdef inline real *at(real[::1] vector, Py_ssize_t chunk) noexcept nogil:
    """Start of a chunk; NULL for an optional vector that is None."""
    if vector is None:
        return NULL
    return &vector[0] + chunk * CHUNK
