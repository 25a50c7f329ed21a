# Winograd's transforms of winograd.h for both number types, and how squares and windows are cut into blocks.
from kerasnp.kernels._types cimport real
from kerasnp.kernels.tile cimport TILE_MOST_COLUMNS, pack

cdef extern from "winograd.h" nogil:
    enum: POINTS
    enum: TAPS
    enum: GAP

    ctypedef struct Squares:
        Py_ssize_t height, width, channels, top, left, size, down, across

    void *aligned(void *place)
    void images_to_points_float(
        const float *images, const Squares *s, int gradient, Py_ssize_t first, Py_ssize_t last, float *points,
        Py_ssize_t point_step, Py_ssize_t square_step, float *sums)
    void images_to_points_double(
        const double *images, const Squares *s, int gradient, Py_ssize_t first, Py_ssize_t last, double *points,
        Py_ssize_t point_step, Py_ssize_t square_step, double *sums)
    void points_to_images_float(
        const float *points, Py_ssize_t point_step, Py_ssize_t square_step, const Squares *s, int gradient,
        Py_ssize_t first, Py_ssize_t last, const float *bias, int relu, float *images, Py_ssize_t columns)
    void points_to_images_double(
        const double *points, Py_ssize_t point_step, Py_ssize_t square_step, const Squares *s, int gradient,
        Py_ssize_t first, Py_ssize_t last, const double *bias, int relu, double *images, Py_ssize_t columns)
    void windows_to_points_float(
        const float *w, Py_ssize_t tap_step, Py_ssize_t rows, Py_ssize_t row_step, Py_ssize_t width, float *points,
        Py_ssize_t point_step, Py_ssize_t size)
    void windows_to_points_double(
        const double *w, Py_ssize_t tap_step, Py_ssize_t rows, Py_ssize_t row_step, Py_ssize_t width, double *points,
        Py_ssize_t point_step, Py_ssize_t size)
    void points_to_windows_float(
        const float *points, Py_ssize_t point_step, Py_ssize_t columns, float *w, Py_ssize_t tap_step, int add,
        Py_ssize_t size)
    void points_to_windows_double(
        const double *points, Py_ssize_t point_step, Py_ssize_t columns, double *w, Py_ssize_t tap_step, int add,
        Py_ssize_t size)

# Tap t of the window from number k of a square's to number j of the result's is at w + t * tap_step + k * depth_step +
# j * column_step; there are depth times columns windows.
cdef struct Windows:
    Py_ssize_t tap_step, depth, depth_step, columns, column_step

cdef enum:
    # Squares that are transformed by one thread; the sums for the bias are taken over as many.
    # This and the next nine are known to winograd.py as well, which sizes the scratch.
    SQUARES_PER_UNIT = 8
    # Numbers of a block of transformed squares: they stay in the second-level cache.
    SQUARES_AT_ONCE = 1 << 17
    # But never fewer squares than this: each block reads all the windows.
    FEWEST_SQUARES = 48
    # Transformed windows are kept up to this number. More would go to memory and back: then they are made anew for each
    # block of so many squares, so many rows at a time that they stay in the second-level cache.
    WINDOWS_KEPT = 1 << 20
    PASSING_SQUARES = 64
    DEPTH_AT_ONCE = 64
    # The numbers of a square begin at a multiple of this: whole vectors are stored.
    WIDEST_VECTOR = 16
    WIDEST_TILE = 64
    # What the gaps take in panels as wide together as the widest tile: the narrowest vector has 2 columns.
    GAPS = 32 * GAP
    # Rows of a panel that are transformed together: the nine taps of them lie on the stack.
    STRIPE = 16
    # Numbers of transformed squares that a thread has to itself, on its stack, and so in its own cache; for fewer
    # squares than these it is not worth it.
    OWN_NUMBERS = 1 << 17
    OWN_SQUARES = 24
    # The windows' gradients at the points, where they are no more than this, are summed in so many parts.
    SMALL_GRADIENT = 1 << 18
    PARTS = 8


cdef inline Squares squares_of(
    const real[:, :, :, ::1] images, const real[:, :, :, ::1] y, Py_ssize_t size, Py_ssize_t top, Py_ssize_t left,
) noexcept nogil:
    """The squares that the output y is cut into, as places in `images`; of y itself with top and left 0."""
    cdef Squares squares
    squares.height, squares.width, squares.channels = images.shape[1], images.shape[2], images.shape[3]
    squares.top, squares.left, squares.size = top, left, size
    squares.down, squares.across = (y.shape[1] + size - 1) // size, (y.shape[2] + size - 1) // size
    return squares


cdef inline Py_ssize_t rounded_up(Py_ssize_t value, Py_ssize_t multiple) noexcept nogil:
    return (value + multiple - 1) // multiple * multiple


cdef inline Py_ssize_t squares_at_once(Py_ssize_t points, Py_ssize_t numbers, Py_ssize_t squares) noexcept nogil:
    return min(squares, max(<Py_ssize_t> FEWEST_SQUARES, SQUARES_AT_ONCE // (points * numbers)))


cdef inline Py_ssize_t own_squares(Py_ssize_t points, Py_ssize_t numbers) noexcept nogil:
    """How many squares of so many numbers at each point a thread can have to itself."""
    return OWN_NUMBERS // (points * numbers)


cdef inline void images_to_points(
    const real *images, const Squares *s, bint gradient, Py_ssize_t first, Py_ssize_t last, real *points,
    Py_ssize_t point_step, Py_ssize_t square_step, real *sums,
) noexcept nogil:
    """Transforms squares first to last of the input, or of the output's gradient; see winograd.h."""
    if real is float:
        images_to_points_float(images, s, gradient, first, last, points, point_step, square_step, sums)
    else:
        images_to_points_double(images, s, gradient, first, last, points, point_step, square_step, sums)


cdef inline void points_to_images(
    const real *points, Py_ssize_t point_step, Py_ssize_t square_step, const Squares *s, bint gradient,
    Py_ssize_t first, Py_ssize_t last, const real *bias, bint relu, real *images, Py_ssize_t columns,
) noexcept nogil:
    """Transforms squares first to last back: stores the output, or adds up the input's gradient; see winograd.h."""
    if real is float:
        points_to_images_float(
            points, point_step, square_step, s, gradient, first, last, bias, relu, images, columns)
    else:
        points_to_images_double(
            points, point_step, square_step, s, gradient, first, last, bias, relu, images, columns)


cdef inline void windows_to_panel(
    const real *w, const Windows *windows, Py_ssize_t first, Py_ssize_t last, Py_ssize_t column, Py_ssize_t width,
    real *panel, Py_ssize_t point_step, Py_ssize_t size,
) noexcept nogil:
    """Transforms rows first to last of the panel that begins with a column; the first goes to `panel`."""
    cdef Py_ssize_t part, row, rows, tap, columns = min(windows.columns - column, width)
    cdef const real *source
    cdef real taps[TAPS * STRIPE * TILE_MOST_COLUMNS]
    for part in range((last - first + STRIPE - 1) // STRIPE):
        row = first + part * STRIPE
        rows = min(last - row, <Py_ssize_t> STRIPE)
        # Packed first, so that whole vectors lie along the rows.
        for tap in range(TAPS):
            source = w + tap * windows.tap_step + row * windows.depth_step + column * windows.column_step
            pack(source, rows, windows.depth_step, columns, windows.column_step, taps + tap * rows * width, width)
        if real is float:
            windows_to_points_float(
                taps, rows * width, rows, width, width, panel + (row - first) * width, point_step, size)
        else:
            windows_to_points_double(
                taps, rows * width, rows, width, width, panel + (row - first) * width, point_step, size)


cdef inline void points_to_windows(
    const real *points, Py_ssize_t point_step, Py_ssize_t columns, real *w, Py_ssize_t tap_step, bint add,
    Py_ssize_t size,
) noexcept nogil:
    """Transforms a row of gradients at the points back to windows, which are stored or added; see winograd.h."""
    if real is float:
        points_to_windows_float(points, point_step, columns, w, tap_step, add, size)
    else:
        points_to_windows_double(points, point_step, columns, w, tap_step, add, size)
