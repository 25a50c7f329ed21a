"""Winograd's minimal filtering for 3 x 3 windows, compiled. Formulas and arguments are explained in winograd.py.

Squares are transformed a block at a time, as many as stay in the caches; then tiles of them slide past panels of
transformed windows, point by point, and what comes out is transformed back at once (winograd_product.pxd).
"""

from cython.parallel cimport prange
from libc.string cimport memset

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for
from kerasnp.kernels.tile cimport (
    TILE_ADD, TILE_BYTES, TILE_MOST_COLUMNS, TILE_ROWS, TILE_STORE, Grid, line_of, panel_width, sweep,
)
from kerasnp.kernels.winograd_product cimport product
from kerasnp.kernels.winograd_squares cimport (
    GAP, OWN_NUMBERS, OWN_SQUARES, PARTS, POINTS, SMALL_GRADIENT, SQUARES_PER_UNIT, WIDEST_VECTOR, Squares, Windows,
    aligned, images_to_points, own_squares, points_to_windows, rounded_up, squares_at_once, squares_of,
)

cdef enum:
    # Channels whose gradient is made at a time, before it is transformed back: small enough for the stack.
    ROWS = 2 * TILE_ROWS


def winograd_forward(
    const real[:, :, :, ::1] x, const real[:, :, :, ::1] w, const real[::1] b, Py_ssize_t size, Py_ssize_t top,
    Py_ssize_t left, bint relu, real[:, :, :, ::1] y, real[::1] scratch,
):
    cdef Squares seen = squares_of(x, y, size, top, left), made = squares_of(y, y, size, 0, 0)
    cdef Windows windows
    windows.depth, windows.depth_step, windows.columns, windows.column_step = w.shape[2], w.shape[3], w.shape[3], 1
    windows.tap_step = w.shape[2] * w.shape[3]
    if y.shape[0] == 0:
        return
    with nogil:
        product(
            &x[0, 0, 0, 0], &seen, &w[0, 0, 0, 0], &windows, &made, y.shape[0], False, NULL if b is None else &b[0],
            relu, &y[0, 0, 0, 0], &scratch[0])


def winograd_backward_input(
    const real[:, :, :, ::1] dy, const real[:, :, :, ::1] w, Py_ssize_t size, Py_ssize_t top, Py_ssize_t left,
    real[:, :, :, ::1] dx, real[::1] scratch,
):
    cdef Squares seen = squares_of(dy, dy, size, 0, 0), made = squares_of(dx, dy, size, top, left)
    cdef Windows windows
    windows.depth, windows.depth_step, windows.columns, windows.column_step = w.shape[3], 1, w.shape[2], w.shape[3]
    windows.tap_step = w.shape[2] * w.shape[3]
    if dy.shape[0] == 0:
        return
    with nogil:
        product(
            &dy[0, 0, 0, 0], &seen, &w[0, 0, 0, 0], &windows, &made, dy.shape[0], True, <const real *> NULL, False,
            &dx[0, 0, 0, 0], &scratch[0])


cdef void multiply_windows(
    const real *seen, Py_ssize_t seen_step, Py_ssize_t seen_row, const real *gradient, Py_ssize_t gradient_step,
    Py_ssize_t gradient_row, Py_ssize_t width, Py_ssize_t squares, Py_ssize_t rows, Py_ssize_t columns, real *dw,
    Py_ssize_t tap_step, Py_ssize_t filters, Py_ssize_t size, bint add,
) noexcept nogil:
    """The gradient of up to ROWS channels by one panel of filters, from a block of squares; stored or added."""
    cdef Py_ssize_t points = (size + 2) * (size + 2), point, row, step
    cdef real room[POINTS * (ROWS * TILE_MOST_COLUMNS + GAP) + WIDEST_VECTOR]
    cdef real *sums = <real *> aligned(room)
    cdef Grid taps = line_of(rows, 1), walk = line_of(squares, seen_row), sums_rows = line_of(rows, width)
    step = ROWS * width + GAP
    for point in range(points):
        sweep(
            seen + point * seen_step, &taps, 0, rows, &walk, gradient + point * gradient_step, gradient_row,
            rounded_up(min(columns, width), TILE_BYTES // sizeof(real)), <const real *> NULL,
            TILE_STORE, sums + point * step, &sums_rows)
    for row in range(rows):
        points_to_windows(
            <const real *> sums + row * width, step, min(columns, width), dw + row * filters, tap_step, add, size)


cdef void sum_part(
    const real *x, const Squares *seen, Py_ssize_t channels, Py_ssize_t seen_row, const real *dy, const Squares *made,
    Py_ssize_t gradient_row, Py_ssize_t at_once, Py_ssize_t first, Py_ssize_t last, real *sums, Py_ssize_t sums_step,
    real *bias,
) noexcept nogil:
    """Sums up the windows' gradients at the points, and that of the bias, for squares first to last, alone."""
    cdef Py_ssize_t points = (seen.size + 2) * (seen.size + 2), block, start, end, point, panel, column
    cdef Py_ssize_t seen_step = at_once * seen_row + GAP, gradient_step = at_once * gradient_row + GAP
    cdef Py_ssize_t width = panel_width(gradient_row, x)
    cdef real room[OWN_NUMBERS + 2 * POINTS * GAP + WIDEST_VECTOR]
    cdef real *own = <real *> aligned(room)
    cdef real *gradients = own + points * seen_step
    cdef Grid taps = line_of(channels, 1), walk, rows = line_of(channels, gradient_row)
    memset(bias, 0, gradient_row * sizeof(real))
    for block in range((last - first + at_once - 1) // at_once):
        start = first + block * at_once
        end = min(last, start + at_once)
        walk = line_of(end - start, seen_row)
        images_to_points(x, seen, False, start, end, own, seen_step, seen_row, <real *> NULL)
        images_to_points(dy, made, True, start, end, gradients, gradient_step, gradient_row, bias)
        for point in range(points):
            for panel in range((gradient_row + width - 1) // width):
                column = panel * width
                sweep(
                    own + point * seen_step, &taps, 0, channels, &walk, gradients + point * gradient_step + column,
                    gradient_row, min(width, gradient_row - column), <const real *> NULL,
                    <int> TILE_ADD if block > 0 else <int> TILE_STORE, sums + point * sums_step + column, &rows)


cdef void weights_in_parts(
    const real *x, const Squares *seen, Py_ssize_t channels, const real *dy, const Squares *made, Py_ssize_t filters,
    Py_ssize_t squares, Py_ssize_t at_once, real *dw, real *db, real *scratch, int threads,
) noexcept nogil:
    """The gradients in PARTS sums over as many squares each, which are then added up and transformed back."""
    cdef Py_ssize_t points = (seen.size + 2) * (seen.size + 2), part, row, point, j
    cdef Py_ssize_t seen_row = rounded_up(channels, WIDEST_VECTOR), gradient_row = rounded_up(filters, WIDEST_VECTOR)
    cdef Py_ssize_t sums_step = channels * gradient_row + GAP, part_size = points * sums_step + gradient_row
    cdef real *sums
    for part in prange(PARTS, num_threads=threads, schedule="static"):
        sum_part(
            x, seen, channels, seen_row, dy, made, gradient_row, at_once, part * squares // PARTS,
            (part + 1) * squares // PARTS, scratch + part * part_size, sums_step,
            scratch + part * part_size + points * sums_step)
    for row in prange(channels, num_threads=threads, schedule="static"):
        for point in range(points):
            sums = scratch + point * sums_step + row * gradient_row
            for part in range(1, PARTS):
                for j in range(gradient_row):
                    sums[j] = sums[j] + sums[part * part_size + j]
        points_to_windows(
            <const real *> scratch + row * gradient_row, sums_step, filters, dw + row * filters, channels * filters,
            False, seen.size)
    if db != NULL:
        for j in range(filters):
            db[j] = 0
            for part in range(PARTS):
                db[j] = db[j] + scratch[part * part_size + points * sums_step + j]


def winograd_backward_weights(
    const real[:, :, :, ::1] dy, const real[:, :, :, ::1] x, Py_ssize_t size, Py_ssize_t top, Py_ssize_t left,
    real[:, :, :, ::1] dw, real[::1] db, real[::1] scratch,
):
    cdef Squares seen = squares_of(x, dy, size, top, left), made = squares_of(dy, dy, size, 0, 0)
    cdef Py_ssize_t width = panel_width(dy.shape[3], <const real *> NULL), points = (size + 2) * (size + 2)
    cdef Py_ssize_t channels = x.shape[3], filters = dy.shape[3], squares = dy.shape[0] * seen.down * seen.across
    cdef Py_ssize_t seen_row = rounded_up(channels, WIDEST_VECTOR), gradient_row = rounded_up(filters, WIDEST_VECTOR)
    cdef Py_ssize_t at_once = squares_at_once(points, channels + filters, squares)
    cdef Py_ssize_t seen_step = at_once * seen_row + GAP, gradient_step = at_once * gradient_row + GAP
    cdef Py_ssize_t panels = (filters + width - 1) // width, rows = (channels + ROWS - 1) // ROWS
    cdef Py_ssize_t start, end, unit, units, first, last, j, panel, row, block, own
    cdef real *at_points
    cdef real *sums
    cdef int threads = threads_for(2.0 * squares * points * channels * filters)
    if squares == 0:
        dw[...] = 0
        if db is not None:
            db[...] = 0
        return
    own = own_squares(points, seen_row + gradient_row)
    if min(own, squares // PARTS) >= OWN_SQUARES and points * channels * filters <= SMALL_GRADIENT:
        with nogil:
            weights_in_parts(
                &x[0, 0, 0, 0], &seen, channels, &dy[0, 0, 0, 0], &made, filters, squares, own, &dw[0, 0, 0, 0],
                NULL if db is None else &db[0], &scratch[0], threads)
        return
    at_points = &scratch[0]
    sums = at_points + points * (seen_step + gradient_step)
    with nogil:
        for block in range((squares + at_once - 1) // at_once):
            start = block * at_once
            end = min(squares, start + at_once)
            units = (end - start + SQUARES_PER_UNIT - 1) // SQUARES_PER_UNIT
            for unit in prange(units, num_threads=threads, schedule="static"):
                first = start + unit * SQUARES_PER_UNIT
                last = min(end, first + SQUARES_PER_UNIT)
                images_to_points(
                    &x[0, 0, 0, 0], &seen, False, first, last, at_points + (first - start) * seen_row, seen_step,
                    seen_row, <real *> NULL)
                memset(sums + unit * gradient_row, 0, filters * sizeof(real))
                images_to_points(
                    &dy[0, 0, 0, 0], &made, True, first, last,
                    at_points + points * seen_step + (first - start) * gradient_row, gradient_step,
                    gradient_row, sums + unit * gradient_row)
            if db is not None:
                for unit in range(units):
                    for j in range(filters):
                        db[j] = (db[j] if unit > 0 or start > 0 else 0) + sums[unit * gradient_row + j]
            for unit in prange(rows * panels, num_threads=threads, schedule="static"):
                row = unit % rows * ROWS
                panel = unit // rows * width
                multiply_windows(
                    at_points + row, seen_step, seen_row, at_points + points * seen_step + panel, gradient_step,
                    gradient_row, width, end - start, min(<Py_ssize_t> ROWS, channels - row), filters - panel,
                    &dw[0, 0, row, panel], channels * filters, filters, size, start > 0)
