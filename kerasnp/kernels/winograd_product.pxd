# Squares times windows by Winograd's method: what forward and the gradient by the input share.
from cython.parallel cimport prange

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for
from kerasnp.kernels.tile cimport (
    TILE_ADD, TILE_BYTES, TILE_MOST_COLUMNS, TILE_ROWS, TILE_STORE, Grid, line_of, panel_width, sweep,
)
from kerasnp.kernels.winograd_squares cimport (
    DEPTH_AT_ONCE, GAP, OWN_NUMBERS, OWN_SQUARES, PASSING_SQUARES, POINTS, SQUARES_PER_UNIT, STRIPE, WIDEST_VECTOR,
    WINDOWS_KEPT, Squares, Windows, aligned, images_to_points, own_squares, points_to_images, rounded_up,
    squares_at_once, windows_to_panel,
)

cdef enum:
    # Rows of a product that is made before it is transformed back: small enough for the stack.
    ROWS = 2 * TILE_ROWS
    # Squares that a thread takes at a time.
    SQUARES_PER_PRODUCT = 8 * TILE_ROWS


cdef inline void multiply_points(
    const real *points, Py_ssize_t point_step, Py_ssize_t square_step, Py_ssize_t squares, Py_ssize_t depth,
    const real *panel, Py_ssize_t panel_step, Py_ssize_t width, Py_ssize_t columns, Py_ssize_t count, int finish,
    real *product, Py_ssize_t product_step,
) noexcept nogil:
    """At each of `count` points: the squares' numbers times a panel, stored in `product` or added to it."""
    cdef Grid rows = line_of(squares, square_step), walk = line_of(depth, 1), product_rows = line_of(squares, width)
    cdef Py_ssize_t point
    for point in range(count):
        sweep(
            points + point * point_step, &rows, 0, squares, &walk, panel + point * panel_step, width,
            min(columns, width), <const real *> NULL, finish, product + point * product_step, &product_rows)


cdef inline void transform_squares(
    const real *x, const Squares *seen, bint gradient, Py_ssize_t first, Py_ssize_t last, real *points,
    Py_ssize_t point_step, Py_ssize_t square_step, int threads,
) noexcept nogil:
    """Transforms a block of squares, shared out among threads."""
    cdef Py_ssize_t unit, units = (last - first + SQUARES_PER_UNIT - 1) // SQUARES_PER_UNIT
    for unit in prange(units, num_threads=threads, schedule="static"):
        images_to_points(
            x, seen, gradient, first + unit * SQUARES_PER_UNIT, min(last, first + (unit + 1) * SQUARES_PER_UNIT),
            points + unit * SQUARES_PER_UNIT * square_step, point_step, square_step, <real *> NULL)


# -- windows that are kept -----------------------------------------------------------------------------


cdef inline void multiply_kept(
    const real *points, Py_ssize_t point_step, Py_ssize_t square_step, Py_ssize_t depth, const real *panel,
    Py_ssize_t panel_step, Py_ssize_t width, Py_ssize_t columns, const Squares *s, bint gradient, Py_ssize_t first,
    Py_ssize_t last, const real *bias, bint relu, real *images,
) noexcept nogil:
    """Multiplies squares first to last, whose points are given, by a panel, a few at a time, and transforms back."""
    cdef real room[POINTS * (ROWS * TILE_MOST_COLUMNS + GAP) + WIDEST_VECTOR]
    cdef real *product = <real *> aligned(room)
    cdef Py_ssize_t step = ROWS * width + GAP, count = (s.size + 2) * (s.size + 2), block, square, end
    for block in range((last - first + ROWS - 1) // ROWS):
        square = first + block * ROWS
        end = min(last, square + ROWS)
        multiply_points(
            points + block * ROWS * square_step, point_step, square_step, end - square, depth, panel, panel_step, width,
            columns, count, TILE_STORE, product, step)
        points_to_images(
            <const real *> product, step, width, s, gradient, square, end, bias, relu, images, min(columns, width))


cdef inline void product_alone(
    const real *x, const Squares *seen, bint gradient, Py_ssize_t first, Py_ssize_t last, Py_ssize_t at_once,
    Py_ssize_t square_step, Py_ssize_t depth, const real *panels, Py_ssize_t panel_size, Py_ssize_t panel_step,
    Py_ssize_t width, Py_ssize_t columns, const Squares *made, const real *bias, bint relu, real *y,
) noexcept nogil:
    """Takes squares first to last through all the steps, some at a time; nobody else touches what lies between."""
    cdef real room[OWN_NUMBERS + POINTS * GAP + WIDEST_VECTOR]
    cdef real *own = <real *> aligned(room)
    cdef Py_ssize_t point_step = at_once * square_step + GAP, block, start, end, panel
    for block in range((last - first + at_once - 1) // at_once):
        start = first + block * at_once
        end = min(last, start + at_once)
        images_to_points(x, seen, gradient, start, end, own, point_step, square_step, <real *> NULL)
        for panel in range((columns + width - 1) // width):
            multiply_kept(
                <const real *> own, point_step, square_step, depth, panels + panel * panel_size, panel_step, width,
                columns - panel * width, made, gradient, start, end, NULL if bias == NULL else bias + panel * width,
                relu, y + panel * width)


cdef inline void product_with_kept(
    const real *x, const Squares *seen, const real *w, const Windows *windows, const Squares *made, Py_ssize_t images,
    bint gradient, const real *bias, bint relu, real *y, real *scratch, int threads,
) noexcept nogil:
    """Transforms all windows once. Then blocks of squares are transformed and multiplied, each by a thread alone.

    Where the numbers of a square are so many that a thread could have few of them to itself, all threads work on one
    block, before the next one.
    """
    cdef Py_ssize_t size = seen.size, points = (size + 2) * (size + 2), depth = windows.depth
    cdef Py_ssize_t per_image = seen.down * seen.across, squares = images * per_image
    cdef Py_ssize_t at_once = squares_at_once(points, depth, squares), square_step = rounded_up(depth, WIDEST_VECTOR)
    # Where squares overlap in y, each image belongs to one unit of work, so that additions come in one order.
    cdef Py_ssize_t whole = per_image if gradient else 1
    cdef Py_ssize_t per_unit = max(<Py_ssize_t> 1, SQUARES_PER_PRODUCT // whole) * whole
    cdef Py_ssize_t width = panel_width(windows.columns, x), lanes = TILE_BYTES // sizeof(real)
    cdef Py_ssize_t point_step, panel_step, panel_size, panels, stripes, panel, row, unit, units, block, start, end
    cdef Py_ssize_t first, last, own = own_squares(points, square_step)
    cdef real *kept
    if at_once > whole:
        at_once -= at_once % whole
    # The threads share the columns where they cannot share the squares.
    while width > lanes and (windows.columns + width - 1) // width * max(<Py_ssize_t> 1, at_once // whole) < threads:
        width = rounded_up(width // 2, lanes)
    panels = (windows.columns + width - 1) // width
    point_step, panel_step = at_once * square_step + GAP, depth * width + GAP
    panel_size, stripes = points * panel_step, (depth + STRIPE - 1) // STRIPE
    kept = scratch + points * point_step
    for unit in prange(panels * stripes, num_threads=threads, schedule="static"):
        panel = unit // stripes
        row = unit % stripes * STRIPE
        windows_to_panel(
            w, windows, row, min(depth, row + STRIPE), panel * width, width,
            kept + panel * panel_size + row * width, panel_step, size)
    if own >= OWN_SQUARES:
        per_unit = max(<Py_ssize_t> 1, min(own, squares // (2 * threads)) // whole) * whole
        for unit in prange((squares + per_unit - 1) // per_unit, num_threads=threads, schedule="static"):
            product_alone(
                x, seen, gradient, unit * per_unit, min(squares, (unit + 1) * per_unit), min(own, per_unit),
                square_step, depth, <const real *> kept, panel_size, panel_step, width, windows.columns, made, bias,
                relu, y)
        return
    for block in range((squares + at_once - 1) // at_once):
        start = block * at_once
        end = min(squares, start + at_once)
        transform_squares(x, seen, gradient, start, end, scratch, point_step, square_step, threads)
        units = (end - start // whole * whole + per_unit - 1) // per_unit
        # The panels of some squares follow each other: those squares are in the cache of whoever transformed them.
        for unit in prange(units * panels, num_threads=threads, schedule="static"):
            panel = unit % panels
            first = start // whole * whole + unit // panels * per_unit
            last = min(end, first + per_unit)
            first = max(start, first)
            multiply_kept(
                <const real *> scratch + (first - start) * square_step, point_step, square_step, depth,
                <const real *> kept + panel * panel_size, panel_step, width, windows.columns - panel * width, made,
                gradient, first, last, NULL if bias == NULL else bias + panel * width, relu, y + panel * width)


# -- windows that are not ------------------------------------------------------------------------------


cdef inline void multiply_passing(
    const real *points, Py_ssize_t point_step, Py_ssize_t square_step, const real *w, const Windows *windows,
    Py_ssize_t column, Py_ssize_t width, const Squares *s, bint gradient, Py_ssize_t first, Py_ssize_t last,
    const real *bias, bint relu, real *images, real *scratch,
) noexcept nogil:
    """Multiplies squares first to last by a panel, of which some rows are transformed at a time; transforms back."""
    cdef Py_ssize_t count = (s.size + 2) * (s.size + 2), columns = min(windows.columns - column, width)
    cdef Py_ssize_t panel_step = DEPTH_AT_ONCE * width + GAP, step = (last - first) * width + GAP, part, row, end
    cdef real *product = scratch + count * panel_step
    for part in range((windows.depth + DEPTH_AT_ONCE - 1) // DEPTH_AT_ONCE):
        row = part * DEPTH_AT_ONCE
        end = min(windows.depth, row + DEPTH_AT_ONCE)
        windows_to_panel(w, windows, row, end, column, width, scratch, panel_step, s.size)
        multiply_points(
            points + row, point_step, square_step, last - first, end - row, <const real *> scratch, panel_step, width,
            columns, count, <int> TILE_ADD if part > 0 else <int> TILE_STORE, product, step)
    points_to_images(
        <const real *> product, step, width, s, gradient, first, last, bias, relu, images, columns)


cdef inline void product_with_passing(
    const real *x, const Squares *seen, const real *w, const Windows *windows, const Squares *made, Py_ssize_t images,
    bint gradient, const real *bias, bint relu, real *y, real *scratch, int threads,
) noexcept nogil:
    """For each block of squares, and each panel: transforms windows when they are needed."""
    cdef Py_ssize_t size = seen.size, points = (size + 2) * (size + 2), squares = images * seen.down * seen.across
    cdef Py_ssize_t at_once = min(squares, <Py_ssize_t> PASSING_SQUARES), width = panel_width(windows.columns, x)
    cdef Py_ssize_t panels = (windows.columns + width - 1) // width
    cdef Py_ssize_t square_step = rounded_up(windows.depth, WIDEST_VECTOR), point_step = at_once * square_step + GAP
    cdef Py_ssize_t panel_size = points * ((DEPTH_AT_ONCE + at_once) * width + 2 * GAP)
    # A single thread works in the same place for all panels, which so stays in its cache.
    cdef Py_ssize_t places = 1 if threads == 1 else panels
    cdef Py_ssize_t block, start, end, place, panel
    for block in range((squares + at_once - 1) // at_once):
        start = block * at_once
        end = min(squares, start + at_once)
        transform_squares(x, seen, gradient, start, end, scratch, point_step, square_step, threads)
        for place in prange(places, num_threads=threads, schedule="static"):
            for panel in range(place * panels // places, (place + 1) * panels // places):
                multiply_passing(
                    <const real *> scratch, point_step, square_step, w, windows, panel * width, width, made, gradient,
                    start, end, NULL if bias == NULL else bias + panel * width, relu, y + panel * width,
                    scratch + points * point_step + place * panel_size)


cdef inline void product(
    const real *x, const Squares *seen, const real *w, const Windows *windows, const Squares *made, Py_ssize_t images,
    bint gradient, const real *bias, bint relu, real *y, real *scratch,
) noexcept nogil:
    """Transforms the squares of x, multiplies them by the windows, and transforms back into y.

    Forward x is the input and y the output; backward (`gradient`) they are the gradients by the output and the input,
    each tap's matrix is transposed, and squares overlap in y.
    """
    cdef Py_ssize_t points = (seen.size + 2) * (seen.size + 2), squares = images * seen.down * seen.across
    cdef int threads = threads_for(2.0 * squares * points * windows.depth * windows.columns)
    if squares > PASSING_SQUARES and points * windows.depth * windows.columns <= WINDOWS_KEPT:
        product_with_kept(x, seen, w, windows, made, images, gradient, bias, relu, y, scratch, threads)
    else:
        product_with_passing(x, seen, w, windows, made, images, gradient, bias, relu, y, scratch, threads)
