"""Two-dimensional correlation without im2col, compiled. Formulas and arguments are explained in conv2d.py."""

from cython.parallel cimport prange
from libc.string cimport memset

from kerasnp.kernels._types cimport real
from kerasnp.kernels.product cimport multiply, weight_gradient
from kerasnp.kernels.threads cimport threads_for
from kerasnp.kernels.tile cimport TILE_ADD, Grid, grid_merged, line_of, pack, panel_width, sweep


cdef Grid taps_of(
    const real[:, :, :, ::1] x, const real[:, :, :, ::1] w, Py_ssize_t dilation_h, Py_ssize_t dilation_w,
) noexcept nogil:
    """The places of one window in x, from the window's first number, in the order of the weights' rows."""
    cdef Grid taps
    taps.points, taps.point_step = w.shape[2], 1
    taps.lines, taps.line_step = w.shape[1], dilation_w * x.shape[3]
    taps.planes, taps.plane_step = w.shape[0], dilation_h * x.shape[2] * x.shape[3]
    return grid_merged(taps)


cdef Grid pixels_of(
    const real[:, :, :, ::1] x, const real[:, :, :, ::1] y, Py_ssize_t stride_h, Py_ssize_t stride_w,
) noexcept nogil:
    """The places in x where the windows of y's pixels start."""
    cdef Grid pixels
    pixels.points, pixels.point_step = y.shape[2], stride_w * x.shape[3]
    pixels.lines, pixels.line_step = y.shape[1], stride_h * x.shape[2] * x.shape[3]
    pixels.planes, pixels.plane_step = y.shape[0], x.shape[1] * x.shape[2] * x.shape[3]
    return grid_merged(pixels)


def conv2d_forward(
    const real[:, :, :, ::1] x, const real[:, :, :, ::1] w, const real[::1] b, Py_ssize_t stride_h, Py_ssize_t stride_w,
    Py_ssize_t dilation_h, Py_ssize_t dilation_w, bint relu, real[:, :, :, ::1] y, real[::1] scratch,
):
    cdef Py_ssize_t rows = y.shape[0] * y.shape[1] * y.shape[2], depth = w.shape[0] * w.shape[1] * w.shape[2]
    cdef Py_ssize_t filters = w.shape[3], groups = x.shape[3] // w.shape[2], columns = filters // groups, group
    cdef const real *bias = NULL if b is None else &b[0]
    cdef Grid taps = taps_of(x, w, dilation_h, dilation_w), pixels = pixels_of(x, y, stride_h, stride_w)
    cdef int threads = threads_for(2.0 * rows * depth * columns)
    if rows == 0:
        return
    with nogil:
        for group in range(groups):
            multiply(
                &x[0, 0, 0, 0] + group * w.shape[2], &pixels, rows, &taps,
                &w[0, 0, 0, 0] + group * columns, depth, filters, columns, 1,
                NULL if bias == NULL else bias + group * columns, relu, &y[0, 0, 0, 0] + group * columns, filters,
                threads)


def conv2d_backward_weights(
    const real[:, :, :, ::1] dy, const real[:, :, :, ::1] x, Py_ssize_t stride_h, Py_ssize_t stride_w,
    Py_ssize_t dilation_h, Py_ssize_t dilation_w, real[:, :, :, ::1] dw, real[::1] db, real[::1] scratch,
):
    cdef Py_ssize_t filters = dy.shape[3], groups = 1, columns, group
    cdef real *weights = NULL
    cdef real *bias = NULL if db is None else &db[0]
    cdef Grid taps, pixels = pixels_of(x, dy, stride_h, stride_w)
    cdef double operations = 2.0 * dy.shape[0] * dy.shape[1] * dy.shape[2] * filters
    if dw is not None:
        groups = x.shape[3] // dw.shape[2]
        weights = &dw[0, 0, 0, 0]
        taps = taps_of(x, dw, dilation_h, dilation_w)
        operations *= dw.shape[0] * dw.shape[1] * dw.shape[2]
    columns = filters // groups
    if dy.shape[0] == 0:
        if dw is not None:
            dw[...] = 0
        if db is not None:
            db[...] = 0
        return
    with nogil:
        for group in range(groups):
            weight_gradient(
                &x[0, 0, 0, 0] + group * (x.shape[3] // groups), &taps, &pixels,
                &dy[0, 0, 0, 0] + group * columns, filters, columns,
                NULL if weights == NULL else weights + group * columns, filters,
                NULL if bias == NULL else bias + group * columns, &scratch[0], threads_for(operations / groups))


cdef struct Strips:
    # Parts of the window that are contiguous in x: a line of taps where those touch, else a single tap.
    Py_ssize_t size, per_line, count, panels, width


cdef Strips strips_of(
    const real[:, :, :, ::1] x, const real[:, :, :, ::1] w, Py_ssize_t dilation_w,
) noexcept nogil:
    cdef Strips strips
    strips.size, strips.per_line = w.shape[2], w.shape[1]
    if dilation_w == 1 and x.shape[3] == w.shape[2]:
        strips.size, strips.per_line = w.shape[1] * w.shape[2], 1
    strips.count = w.shape[0] * strips.per_line
    strips.width = panel_width(strips.size, &w[0, 0, 0, 0])
    strips.panels = (strips.size + strips.width - 1) // strips.width
    return strips


cdef enum:
    # Pixels of dy that pass a panel at least, where there are so many: each time it comes from further away.
    FEWEST_PIXELS = 128


cdef void scatter(
    const real[:, :, :, ::1] dy, real[:, :, :, ::1] dx, Strips strips, const real *panels, Py_ssize_t depth,
    Py_ssize_t filter, Py_ssize_t channel, Py_ssize_t image, Py_ssize_t images, Py_ssize_t first, Py_ssize_t last,
    Py_ssize_t stride_h, Py_ssize_t stride_w, Py_ssize_t dilation_h, Py_ssize_t dilation_w,
) noexcept nogil:
    """In rows first to last of one image, or in several whole ones, every pixel of dy adds the window times its value.

    Of dy `depth` filters from `filter` on count; they reach the channels of dx from `channel` on.
    """
    cdef Py_ssize_t strip, panel, column, top, begin, end, width = strips.width
    cdef Grid walk = line_of(depth, 1), pixels = pixels_of(dx, dy, stride_h, stride_w)
    cdef Grid dy_rows = line_of(dy.shape[0] * dy.shape[1] * dy.shape[2], dy.shape[3])
    if filter == 0:
        memset(&dx[image, first, 0, 0], 0, images * (last - first) * dx.shape[2] * dx.shape[3] * sizeof(real))
    for strip in range(strips.count):
        # Row r of dy adds to row r * stride_h + top of dx.
        top = strip // strips.per_line * dilation_h
        begin = min(dy.shape[1], max(0, first - top + stride_h - 1) // stride_h)
        end = min(dy.shape[1], max(0, last - top + stride_h - 1) // stride_h)
        for panel in range(strips.panels):
            column = (top * dx.shape[2] + strip % strips.per_line * dilation_w) * dx.shape[3] + channel + panel * width
            sweep(
                &dy[0, 0, 0, 0] + filter, &dy_rows, (image * dy.shape[1] + begin) * dy.shape[2],
                ((image + images - 1) * dy.shape[1] + end) * dy.shape[2], &walk,
                panels + (strip * strips.panels + panel) * depth * width, width, strips.size - panel * width,
                <const real *> NULL, TILE_ADD, &dx[0, 0, 0, 0] + column, &pixels)


def conv2d_backward_input(
    const real[:, :, :, ::1] dy, const real[:, :, :, ::1] w, Py_ssize_t stride_h, Py_ssize_t stride_w,
    Py_ssize_t dilation_h, Py_ssize_t dilation_w, real[:, :, :, ::1] dx, real[::1] scratch,
):
    cdef Py_ssize_t channels = w.shape[2], groups = dx.shape[3] // channels, depth = w.shape[3] // groups
    cdef Strips strips = strips_of(dx, w, dilation_w)
    cdef Py_ssize_t width = strips.width, height = dx.shape[1], group, unit, start
    cdef int threads = threads_for(
        2.0 * dy.shape[0] * dy.shape[1] * dy.shape[2] * w.shape[0] * w.shape[1] * channels * depth)
    cdef Py_ssize_t images = dx.shape[0], pixels = dy.shape[1] * dy.shape[2], per_unit, units, bands
    # A band of rows of dx, or a few whole images, belong to one thread. The order of summation is always the same.
    per_unit = max(1, min((images + threads - 1) // threads, FEWEST_PIXELS // max(1, pixels)))
    units = (images + per_unit - 1) // per_unit
    bands = 1 if per_unit > 1 else min(height, max(1, 4 * threads // max(1, images)))
    if dx.shape[0] == 0:
        return
    with nogil:
        for group in range(groups):
            for unit in prange(strips.count * strips.panels, num_threads=threads, schedule="static"):
                start = unit % strips.panels * width
                pack(
                    &w[0, 0, 0, 0] + (unit // strips.panels * strips.size + start) * w.shape[3] + group * depth,
                    depth, 1, strips.size - start, w.shape[3], &scratch[0] + unit * depth * width,
                    width)
            for unit in prange(units * bands, num_threads=threads, schedule="static"):
                start = unit // bands * per_unit
                scatter(
                    dy, dx, strips, &scratch[0], depth, group * depth, group * channels, start,
                    min(per_unit, images - start), unit % bands * height // bands,
                    (unit % bands + 1) * height // bands, stride_h, stride_w, dilation_h, dilation_w)
