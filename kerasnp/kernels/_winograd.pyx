"""Winograd's minimal filtering for 3 x 3 windows, compiled. Formulas and arguments are explained in winograd.py.

Squares are transformed a block at a time, as many as stay in the caches; then tiles of them slide past panels of
transformed windows, point by point, and what comes out is transformed back at once.
"""

from cython.parallel cimport prange
from libc.string cimport memset

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for
from kerasnp.kernels.tile cimport (
    TILE_MOST_COLUMNS, TILE_ROWS, TILE_STORE, TILE_WIDTH, Grid, line_of, pack, panel_width, sweep,
)

cdef extern from "winograd.h" nogil:
    enum: POINTS
    enum: GAP

    ctypedef struct Squares:
        Py_ssize_t height, width, channels, top, left, size, down, across

    void points_of_input_float(
        const float *images, const Squares *s, Py_ssize_t first, Py_ssize_t last, float *points,
        Py_ssize_t point_step, Py_ssize_t square_step)
    void points_of_gradient_float(
        const float *images, const Squares *s, Py_ssize_t first, Py_ssize_t last, float *points,
        Py_ssize_t point_step, Py_ssize_t square_step, float *sums)
    void output_of_points_float(
        const float *points, Py_ssize_t point_step, Py_ssize_t square_step, const Squares *s, Py_ssize_t first,
        Py_ssize_t last, const float *bias, int relu, float *images, Py_ssize_t columns)
    void gradient_of_points_float(
        const float *points, Py_ssize_t point_step, Py_ssize_t square_step, const Squares *s, Py_ssize_t first,
        Py_ssize_t last, float *images, Py_ssize_t columns)
    void points_of_windows_float(
        const float *w, Py_ssize_t tap_step, Py_ssize_t rows, Py_ssize_t row_step, Py_ssize_t columns, float *points,
        Py_ssize_t point_step, Py_ssize_t width, Py_ssize_t size)
    void windows_of_points_float(
        const float *points, Py_ssize_t point_step, Py_ssize_t columns, float *w, Py_ssize_t tap_step, int add,
        Py_ssize_t size)
    void points_of_input_double(
        const double *images, const Squares *s, Py_ssize_t first, Py_ssize_t last, double *points,
        Py_ssize_t point_step, Py_ssize_t square_step)
    void points_of_gradient_double(
        const double *images, const Squares *s, Py_ssize_t first, Py_ssize_t last, double *points,
        Py_ssize_t point_step, Py_ssize_t square_step, double *sums)
    void output_of_points_double(
        const double *points, Py_ssize_t point_step, Py_ssize_t square_step, const Squares *s, Py_ssize_t first,
        Py_ssize_t last, const double *bias, int relu, double *images, Py_ssize_t columns)
    void gradient_of_points_double(
        const double *points, Py_ssize_t point_step, Py_ssize_t square_step, const Squares *s, Py_ssize_t first,
        Py_ssize_t last, double *images, Py_ssize_t columns)
    void points_of_windows_double(
        const double *w, Py_ssize_t tap_step, Py_ssize_t rows, Py_ssize_t row_step, Py_ssize_t columns, double *points,
        Py_ssize_t point_step, Py_ssize_t width, Py_ssize_t size)
    void windows_of_points_double(
        const double *points, Py_ssize_t point_step, Py_ssize_t columns, double *w, Py_ssize_t tap_step, int add,
        Py_ssize_t size)

cdef enum:
    TAPS = 9
    # Rows of a product that is made before it is transformed back: small enough for the stack.
    ROWS = 2 * TILE_ROWS
    # Squares that are transformed by one thread; the sums for the bias are taken over as many.
    # This and the next five are known to winograd.py as well, which sizes the scratch.
    SQUARES_PER_UNIT = 8
    # Numbers of a block of transformed squares, and of windows: they stay in the last-level cache.
    SQUARES_AT_ONCE = 1 << 17
    WINDOWS_AT_ONCE = 1 << 21
    # But never fewer squares than this: each block reads all the windows.
    FEWEST_SQUARES = 64
    WIDEST_TILE = 64
    # What the gaps take in panels as wide together as the widest tile: the narrowest, of doubles, have 4 columns.
    GAPS = 16 * GAP
    # Rows of a panel that are transformed together: the nine taps of them lie on the stack.
    DEPTH_AT_ONCE = 16
    # Tiles of rows that a thread takes at a time.
    TILES_PER_UNIT = 8


cdef Squares squares_of(
    const real[:, :, :, ::1] images, const real[:, :, :, ::1] y, Py_ssize_t size, Py_ssize_t top, Py_ssize_t left,
) noexcept nogil:
    """The squares that the output y is cut into, as places in `images`; of y itself with top and left 0."""
    cdef Squares squares
    squares.height, squares.width, squares.channels = images.shape[1], images.shape[2], images.shape[3]
    squares.top, squares.left, squares.size = top, left, size
    squares.down, squares.across = (y.shape[1] + size - 1) // size, (y.shape[2] + size - 1) // size
    return squares


cdef inline Py_ssize_t squares_at_once(Py_ssize_t points, Py_ssize_t numbers, Py_ssize_t squares) noexcept nogil:
    return min(squares, max(<Py_ssize_t> FEWEST_SQUARES, SQUARES_AT_ONCE // (points * numbers)))


cdef void points_of(
    const real *images, const Squares *s, bint gradient, Py_ssize_t first, Py_ssize_t last, real *points,
    Py_ssize_t point_step, Py_ssize_t square_step, real *sums,
) noexcept nogil:
    """Transforms squares first to last of the input, or of the output's gradient; see winograd.h."""
    if real is float:
        if gradient:
            points_of_gradient_float(images, s, first, last, points, point_step, square_step, sums)
        else:
            points_of_input_float(images, s, first, last, points, point_step, square_step)
    elif gradient:
        points_of_gradient_double(images, s, first, last, points, point_step, square_step, sums)
    else:
        points_of_input_double(images, s, first, last, points, point_step, square_step)


cdef void images_of(
    const real *points, Py_ssize_t point_step, Py_ssize_t square_step, const Squares *s, bint gradient,
    Py_ssize_t first, Py_ssize_t last, const real *bias, bint relu, real *images, Py_ssize_t columns,
) noexcept nogil:
    """Transforms squares first to last back: stores the output, or adds to the input's gradient; see winograd.h."""
    if real is float:
        if gradient:
            gradient_of_points_float(points, point_step, square_step, s, first, last, images, columns)
        else:
            output_of_points_float(points, point_step, square_step, s, first, last, bias, relu, images, columns)
    elif gradient:
        gradient_of_points_double(points, point_step, square_step, s, first, last, images, columns)
    else:
        output_of_points_double(points, point_step, square_step, s, first, last, bias, relu, images, columns)


cdef void windows_to_panel(
    const real *w, Py_ssize_t tap_step, Py_ssize_t depth, Py_ssize_t depth_step, Py_ssize_t columns,
    Py_ssize_t column_step, real *panel, Py_ssize_t width, Py_ssize_t point_step, Py_ssize_t size,
) noexcept nogil:
    """Transforms some rows of a panel; a row's column j is the window of which tap t lies at w + t * tap_step + ..."""
    cdef Py_ssize_t tap
    cdef real taps[TAPS * DEPTH_AT_ONCE * TILE_MOST_COLUMNS]
    columns = min(columns, width)
    if column_step != 1:
        # Of a transposed matrix a few rows are copied first, so that vectors lie along them.
        for tap in range(TAPS):
            pack(w + tap * tap_step, depth, depth_step, columns, column_step, taps + tap * depth * width, width)
        w, tap_step, depth_step = taps, depth * width, width
    if real is float:
        points_of_windows_float(w, tap_step, depth, depth_step, columns, panel, point_step, width, size)
    else:
        points_of_windows_double(w, tap_step, depth, depth_step, columns, panel, point_step, width, size)


cdef void multiply_squares(
    const real *points, Py_ssize_t point_step, Py_ssize_t depth, const real *panel, Py_ssize_t panel_step,
    Py_ssize_t width, Py_ssize_t columns, const Squares *s, bint gradient, Py_ssize_t start, Py_ssize_t first,
    Py_ssize_t last, const real *bias, bint relu, real *images,
) noexcept nogil:
    """Multiplies squares first to last, the points of which begin with square `start`, by a panel; transforms back."""
    cdef Py_ssize_t count = (s.size + 2) * (s.size + 2)
    cdef Py_ssize_t step, block, square, point, end
    cdef real product[POINTS * (ROWS * TILE_MOST_COLUMNS + GAP)]
    cdef Grid rows = line_of(ROWS, depth), walk = line_of(depth, 1), product_rows = line_of(ROWS, width)
    step = ROWS * width + GAP
    for block in range((last - first + ROWS - 1) // ROWS):
        square = first + block * ROWS
        end = min(last, square + ROWS)
        for point in range(count):
            sweep(
                points + point * point_step + (square - start) * depth, &rows, 0, end - square, &walk,
                panel + point * panel_step, width, columns, <const real *> NULL, TILE_STORE,
                <real *> product + point * step, &product_rows)
        images_of(
            <const real *> product, step, width, s, gradient, square, end, bias, relu, images, min(columns, width))


cdef void product(
    const real *x, const Squares *seen, const real *w, Py_ssize_t tap_step, Py_ssize_t depth, Py_ssize_t depth_step,
    Py_ssize_t columns, Py_ssize_t column_step, const Squares *made, Py_ssize_t images, bint gradient, const real *bias,
    bint relu, real *y, real *scratch,
) noexcept nogil:
    """Transforms the squares of x, multiplies them by the windows, and transforms back into y.

    Forward x is the input and y the output; backward (`gradient`) they are the gradients by the output and the input,
    and each tap's matrix is transposed. Then squares overlap in y, and so that additions come in one order, each image
    belongs to one unit of work.
    """
    cdef Py_ssize_t width = panel_width(columns, x), size = seen.size, points = (size + 2) * (size + 2)
    cdef Py_ssize_t per_image = seen.down * seen.across, squares = images * per_image
    cdef Py_ssize_t at_once = squares_at_once(points, depth, squares)
    cdef Py_ssize_t panels = (columns + width - 1) // width, stripes = (depth + DEPTH_AT_ONCE - 1) // DEPTH_AT_ONCE
    cdef Py_ssize_t panel_step = depth * width + GAP, panel_size = points * panel_step, point_step
    cdef Py_ssize_t group, first_panel, start, end, unit, units, panel, stripe, chunks, count, first, last, block, part
    # Squares that one unit must have all of, and how many it has.
    cdef Py_ssize_t whole = per_image if gradient else 1, per_unit = max(1, TILES_PER_UNIT * TILE_ROWS // whole) * whole
    cdef int threads = threads_for(2.0 * squares * points * depth * columns)
    cdef real *windows
    if at_once > whole:
        at_once -= at_once % whole
    point_step = at_once * depth + GAP
    windows = scratch + points * point_step
    group = min(panels, max(
        <Py_ssize_t> 1, WINDOWS_AT_ONCE // (points * (depth * WIDEST_TILE + GAPS))) * WIDEST_TILE // width)
    for block in range((squares + at_once - 1) // at_once):
        start = block * at_once
        end = min(squares, start + at_once)
        for part in range((panels + group - 1) // group):
            first_panel = part * group
            count = min(group, panels - first_panel)
            chunks = (end - start + SQUARES_PER_UNIT - 1) // SQUARES_PER_UNIT if part == 0 else 0
            units = count * stripes if block == 0 or group < panels else 0
            for unit in prange(chunks + units, num_threads=threads, schedule="static"):
                if unit < chunks:
                    points_of(
                        x, seen, gradient, start + unit * SQUARES_PER_UNIT,
                        min(end, start + (unit + 1) * SQUARES_PER_UNIT),
                        scratch + unit * SQUARES_PER_UNIT * depth, point_step, depth, <real *> NULL)
                else:
                    panel = (unit - chunks) // stripes
                    stripe = (unit - chunks) % stripes * DEPTH_AT_ONCE
                    windows_to_panel(
                        w + stripe * depth_step + (first_panel + panel) * width * column_step, tap_step,
                        min(<Py_ssize_t> DEPTH_AT_ONCE, depth - stripe), depth_step,
                        columns - (first_panel + panel) * width, column_step,
                        windows + panel * panel_size + stripe * width, width, panel_step, size)
            units = (end - start // whole * whole + per_unit - 1) // per_unit
            for unit in prange(count * units, num_threads=threads, schedule="static"):
                panel = unit // units
                first = start // whole * whole + unit % units * per_unit
                last = min(end, first + per_unit)
                first = max(start, first)
                multiply_squares(
                    scratch, point_step, depth, windows + panel * panel_size, panel_step, width,
                    columns - (first_panel + panel) * width, made, gradient, start, first, last,
                    NULL if bias == NULL else bias + (first_panel + panel) * width, relu,
                    y + (first_panel + panel) * width)


def winograd_forward(
    const real[:, :, :, ::1] x, const real[:, :, :, ::1] w, const real[::1] b, Py_ssize_t size, Py_ssize_t top,
    Py_ssize_t left, bint relu, real[:, :, :, ::1] y, real[::1] scratch,
):
    cdef Squares seen = squares_of(x, y, size, top, left), made = squares_of(y, y, size, 0, 0)
    if y.shape[0] == 0:
        return
    with nogil:
        product(
            &x[0, 0, 0, 0], &seen, &w[0, 0, 0, 0], w.shape[2] * w.shape[3], w.shape[2], w.shape[3], w.shape[3], 1,
            &made, y.shape[0], False, NULL if b is None else &b[0], relu, &y[0, 0, 0, 0], &scratch[0])


def winograd_backward_input(
    const real[:, :, :, ::1] dy, const real[:, :, :, ::1] w, Py_ssize_t size, Py_ssize_t top, Py_ssize_t left,
    real[:, :, :, ::1] dx, real[::1] scratch,
):
    cdef Squares seen = squares_of(dy, dy, size, 0, 0), made = squares_of(dx, dy, size, top, left)
    cdef Py_ssize_t image, numbers = dx.shape[0] * dx.shape[1] * dx.shape[2] * dx.shape[3]
    if dy.shape[0] == 0:
        return
    with nogil:
        for image in prange(dx.shape[0], num_threads=threads_for(numbers), schedule="static"):
            memset(&dx[image, 0, 0, 0], 0, dx.shape[1] * dx.shape[2] * dx.shape[3] * sizeof(real))
        product(
            &dy[0, 0, 0, 0], &seen, &w[0, 0, 0, 0], w.shape[2] * w.shape[3], w.shape[3], 1, w.shape[2], w.shape[3],
            &made, dy.shape[0], True, <const real *> NULL, False, &dx[0, 0, 0, 0], &scratch[0])


cdef void multiply_windows(
    const real *seen, Py_ssize_t seen_step, Py_ssize_t channels, const real *gradient, Py_ssize_t gradient_step,
    Py_ssize_t gradient_row, Py_ssize_t squares, Py_ssize_t rows, Py_ssize_t columns, real *dw, Py_ssize_t tap_step,
    Py_ssize_t filters, Py_ssize_t size, bint add,
) noexcept nogil:
    """The gradient of up to ROWS channels by one panel of filters, from a block of squares; stored or added."""
    cdef Py_ssize_t width = TILE_WIDTH // sizeof(real), points = (size + 2) * (size + 2), point, row, step
    cdef real product[POINTS * (ROWS * TILE_MOST_COLUMNS + GAP)]
    cdef Grid taps = line_of(rows, 1), walk = line_of(squares, channels), product_rows = line_of(rows, width)
    step = ROWS * width + GAP
    for point in range(points):
        sweep(
            seen + point * seen_step, &taps, 0, rows, &walk, gradient + point * gradient_step, gradient_row, width,
            <const real *> NULL, TILE_STORE, <real *> product + point * step, &product_rows)
    for row in range(rows):
        if real is float:
            windows_of_points_float(
                <real *> product + row * width, step, min(columns, width), dw + row * filters, tap_step, add, size)
        else:
            windows_of_points_double(
                <real *> product + row * width, step, min(columns, width), dw + row * filters, tap_step, add, size)


def winograd_backward_weights(
    const real[:, :, :, ::1] dy, const real[:, :, :, ::1] x, Py_ssize_t size, Py_ssize_t top, Py_ssize_t left,
    real[:, :, :, ::1] dw, real[::1] db, real[::1] scratch,
):
    cdef Squares seen = squares_of(x, dy, size, top, left), made = squares_of(dy, dy, size, 0, 0)
    cdef Py_ssize_t width = TILE_WIDTH // sizeof(real), points = (size + 2) * (size + 2)
    cdef Py_ssize_t channels = x.shape[3], filters = dy.shape[3], squares = dy.shape[0] * seen.down * seen.across
    cdef Py_ssize_t gradient_row = (filters + WIDEST_TILE - 1) // WIDEST_TILE * WIDEST_TILE
    cdef Py_ssize_t at_once = squares_at_once(points, channels + filters, squares)
    cdef Py_ssize_t seen_step = at_once * channels + GAP, gradient_step = at_once * gradient_row + GAP
    cdef Py_ssize_t panels = (filters + width - 1) // width, rows = (channels + ROWS - 1) // ROWS
    cdef Py_ssize_t start, end, unit, units, first, last, j, panel, row, block
    cdef real *at_points
    cdef real *sums
    cdef int threads = threads_for(2.0 * squares * points * channels * filters)
    if squares == 0:
        dw[...] = 0
        if db is not None:
            db[...] = 0
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
                points_of(
                    &x[0, 0, 0, 0], &seen, False, first, last, at_points + (first - start) * channels, seen_step,
                    channels, <real *> NULL)
                memset(sums + unit * gradient_row, 0, filters * sizeof(real))
                points_of(
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
                    at_points + row, seen_step, channels, at_points + points * seen_step + panel, gradient_step,
                    gradient_row, end - start, min(<Py_ssize_t> ROWS, channels - row), filters - panel,
                    &dw[0, 0, row, panel], channels * filters, filters, size, start > 0)
