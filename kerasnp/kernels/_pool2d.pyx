"""Pooling over windows of an image, and over whole images, compiled. The arguments are explained in pool2d.py.

What happens in one image stands in pool_image.h. Threads share out the images, so no result depends on how many there
are.
"""

from cython.parallel cimport prange
from libc.stdint cimport int32_t, uint16_t
from libc.string cimport memset

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for

cdef extern from "pool_image.h" nogil:
    ctypedef struct Pool:
        Py_ssize_t h, w, channels, out_h, out_w, pool_h, pool_w, stride_h, stride_w, pad_top, pad_left
    void max_of_image_float(const Pool *pool, const float *x, float *y, uint16_t *cells, int32_t *pixels)
    void max_of_image_double(const Pool *pool, const double *x, double *y, uint16_t *cells, int32_t *pixels)
    void route_into_image_float(const Pool *pool, const float *dy, const uint16_t *cells, float *dx)
    void route_into_image_double(const Pool *pool, const double *dy, const uint16_t *cells, double *dx)
    void average_of_image_float(const Pool *pool, const float *x, float *y)
    void average_of_image_double(const Pool *pool, const double *x, double *y)
    void spread_into_image_float(const Pool *pool, const float *dy, float *dx)
    void spread_into_image_double(const Pool *pool, const double *dy, double *dx)


cdef inline Py_ssize_t outputs(const Pool *pool) noexcept nogil:
    """Numbers in the output of one image."""
    return pool.out_h * pool.out_w * pool.channels


cdef inline int threads_of(const Pool *pool, Py_ssize_t images) noexcept nogil:
    # Two operations for every number read or written.
    return threads_for(2.0 * (pool.pool_h * pool.pool_w + 1) * images * outputs(pool))


# -- windows ---------------------------------------------------------------------------------------


def max_pool2d_forward(
    const real[:, :, :, ::1] x, int pool_h, int pool_w, int stride_h, int stride_w, int pad_top, int pad_left,
    real[:, :, :, ::1] y, uint16_t[:, :, :, ::1] argmax,
):
    cdef int threads
    cdef Py_ssize_t count, image
    cdef bint wanted = argmax is not None
    cdef uint16_t *cells
    cdef Pool pool = Pool(
        x.shape[1], x.shape[2], x.shape[3], y.shape[1], y.shape[2],
        pool_h, pool_w, stride_h, stride_w, pad_top, pad_left)
    if outputs(&pool) == 0:
        return
    count = y.shape[0]
    threads = threads_of(&pool, count)
    for image in prange(count, nogil=True, num_threads=threads, schedule="static"):
        cells = &argmax[image, 0, 0, 0] if wanted else NULL
        if real is float:
            max_of_image_float(&pool, &x[image, 0, 0, 0], &y[image, 0, 0, 0], cells, NULL)
        else:
            max_of_image_double(&pool, &x[image, 0, 0, 0], &y[image, 0, 0, 0], cells, NULL)


def max_pool2d_backward(
    const real[:, :, :, ::1] dy, const uint16_t[:, :, :, ::1] argmax, int pool_h, int pool_w, int stride_h,
    int stride_w, int pad_top, int pad_left, real[:, :, :, ::1] dx,
):
    cdef int threads
    cdef Py_ssize_t count, image
    cdef Pool pool = Pool(
        dx.shape[1], dx.shape[2], dx.shape[3], dy.shape[1], dy.shape[2],
        pool_h, pool_w, stride_h, stride_w, pad_top, pad_left)
    if outputs(&pool) == 0:
        return
    count = dy.shape[0]
    threads = threads_of(&pool, count)
    for image in prange(count, nogil=True, num_threads=threads, schedule="static"):
        if real is float:
            route_into_image_float(&pool, &dy[image, 0, 0, 0], &argmax[image, 0, 0, 0], &dx[image, 0, 0, 0])
        else:
            route_into_image_double(&pool, &dy[image, 0, 0, 0], &argmax[image, 0, 0, 0], &dx[image, 0, 0, 0])


def average_pool2d_forward(
    const real[:, :, :, ::1] x, int pool_h, int pool_w, int stride_h, int stride_w, int pad_top, int pad_left,
    real[:, :, :, ::1] y,
):
    cdef int threads
    cdef Py_ssize_t count, image
    cdef Pool pool = Pool(
        x.shape[1], x.shape[2], x.shape[3], y.shape[1], y.shape[2],
        pool_h, pool_w, stride_h, stride_w, pad_top, pad_left)
    if outputs(&pool) == 0:
        return
    count = y.shape[0]
    threads = threads_of(&pool, count)
    for image in prange(count, nogil=True, num_threads=threads, schedule="static"):
        if real is float:
            average_of_image_float(&pool, &x[image, 0, 0, 0], &y[image, 0, 0, 0])
        else:
            average_of_image_double(&pool, &x[image, 0, 0, 0], &y[image, 0, 0, 0])


def average_pool2d_backward(
    const real[:, :, :, ::1] dy, int pool_h, int pool_w, int stride_h, int stride_w, int pad_top, int pad_left,
    real[:, :, :, ::1] dx,
):
    cdef int threads
    cdef Py_ssize_t count, image
    cdef Pool pool = Pool(
        dx.shape[1], dx.shape[2], dx.shape[3], dy.shape[1], dy.shape[2],
        pool_h, pool_w, stride_h, stride_w, pad_top, pad_left)
    if outputs(&pool) == 0:
        return
    count = dy.shape[0]
    threads = threads_of(&pool, count)
    for image in prange(count, nogil=True, num_threads=threads, schedule="static"):
        if real is float:
            spread_into_image_float(&pool, &dy[image, 0, 0, 0], &dx[image, 0, 0, 0])
        else:
            spread_into_image_double(&pool, &dy[image, 0, 0, 0], &dx[image, 0, 0, 0])


# -- whole images ----------------------------------------------------------------------------------


cdef inline Pool whole_image(Py_ssize_t pixels, Py_ssize_t channels) noexcept nogil:
    """All pixels in a row, as the only window."""
    return Pool(1, pixels, channels, 1, 1, 1, pixels, 1, pixels, 0, 0)


def global_max_pool2d_forward(const real[:, :, ::1] x, real[:, ::1] y, int32_t[:, ::1] argmax):
    cdef int threads
    cdef Py_ssize_t count, image
    cdef bint wanted = argmax is not None
    cdef int32_t *pixels
    cdef Pool pool = whole_image(x.shape[1], x.shape[2])
    if pool.w * pool.channels == 0:
        return
    count = x.shape[0]
    threads = threads_of(&pool, count)
    for image in prange(count, nogil=True, num_threads=threads, schedule="static"):
        pixels = &argmax[image, 0] if wanted else NULL
        if real is float:
            max_of_image_float(&pool, &x[image, 0, 0], &y[image, 0], NULL, pixels)
        else:
            max_of_image_double(&pool, &x[image, 0, 0], &y[image, 0], NULL, pixels)


def global_max_pool2d_backward(const real[:, ::1] dy, const int32_t[:, ::1] argmax, real[:, :, ::1] dx):
    cdef int threads
    cdef Py_ssize_t count, pixels = dx.shape[1], c = dx.shape[2], image, k
    cdef Pool pool = whole_image(pixels, c)
    if pixels * c == 0:
        return
    count = dx.shape[0]
    threads = threads_of(&pool, count)
    for image in prange(count, nogil=True, num_threads=threads, schedule="static"):
        memset(&dx[image, 0, 0], 0, pixels * c * sizeof(real))
        for k in range(c):
            dx[image, argmax[image, k], k] = dy[image, k]


def global_average_pool2d_forward(const real[:, :, ::1] x, real[:, ::1] y):
    cdef int threads
    cdef Py_ssize_t count, image
    cdef Pool pool = whole_image(x.shape[1], x.shape[2])
    if pool.w * pool.channels == 0:
        return
    count = x.shape[0]
    threads = threads_of(&pool, count)
    for image in prange(count, nogil=True, num_threads=threads, schedule="static"):
        if real is float:
            average_of_image_float(&pool, &x[image, 0, 0], &y[image, 0])
        else:
            average_of_image_double(&pool, &x[image, 0, 0], &y[image, 0])


def global_average_pool2d_backward(const real[:, ::1] dy, real[:, :, ::1] dx):
    cdef int threads
    cdef Py_ssize_t count, image
    cdef Pool pool = whole_image(dx.shape[1], dx.shape[2])
    if pool.w * pool.channels == 0:
        return
    count = dx.shape[0]
    threads = threads_of(&pool, count)
    for image in prange(count, nogil=True, num_threads=threads, schedule="static"):
        if real is float:
            spread_into_image_float(&pool, &dy[image, 0], &dx[image, 0, 0])
        else:
            spread_into_image_double(&pool, &dy[image, 0], &dx[image, 0, 0])
