# Panels, and rows slid past them by the register tile of tile.h.
from libc.stddef cimport ptrdiff_t

from kerasnp.kernels._types cimport real

cdef extern from "tile.h" nogil:
    enum: TILE_BYTES
    enum: TILE_ROWS
    enum: TILE_WIDTH
    enum: TILE_MOST_COLUMNS
    enum: TILE_STORE
    enum: TILE_ADD
    enum: TILE_RELU
    enum: TILE_FETCH

    ctypedef struct Grid:
        ptrdiff_t points, point_step, lines, line_step, planes, plane_step

    Grid grid_merged(Grid grid)
    ptrdiff_t grid_block(
        const Grid *grid, ptrdiff_t size, ptrdiff_t number, Grid *block, ptrdiff_t *offset, ptrdiff_t *first)
    void sweep_float(
        const float *a, const Grid *a_rows, ptrdiff_t first, ptrdiff_t last, const Grid *walk, const float *b,
        ptrdiff_t b_step, ptrdiff_t columns, const float *bias, int finish, float *y, const Grid *y_rows)
    void sweep_double(
        const double *a, const Grid *a_rows, ptrdiff_t first, ptrdiff_t last, const Grid *walk, const double *b,
        ptrdiff_t b_step, ptrdiff_t columns, const double *bias, int finish, double *y, const Grid *y_rows)

cdef extern from "panel.h" nogil:
    enum: PANEL_DEPTH

    ctypedef struct Panel:
        char bytes[1]

    void pack_rows_float(
        const float *w, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, float *panel, ptrdiff_t width)
    void pack_rows_double(
        const double *w, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, double *panel, ptrdiff_t width)
    void add_rows_float(const float *panel, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, float *sums)
    void add_rows_double(const double *panel, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, double *sums)
    void pack_columns_float(
        const float *w, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, float *panel, ptrdiff_t width)
    void pack_columns_double(
        const double *w, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, double *panel, ptrdiff_t width)


cdef inline void sweep(
    const real *a, const Grid *a_rows, ptrdiff_t first, ptrdiff_t last, const Grid *walk, const real *b,
    ptrdiff_t b_step, ptrdiff_t columns, const real *bias, int finish, real *y, const Grid *y_rows,
) noexcept nogil:
    """Slides rows first to last past one panel; see tile.h."""
    if real is float:
        sweep_float(a, a_rows, first, last, walk, b, b_step, columns, bias, finish, y, y_rows)
    else:
        sweep_double(a, a_rows, first, last, walk, b, b_step, columns, bias, finish, y, y_rows)


cdef inline Grid line_of(ptrdiff_t points, ptrdiff_t point_step) noexcept nogil:
    """A grid of one line."""
    cdef Grid grid
    grid.points, grid.point_step = points, point_step
    grid.lines, grid.line_step, grid.planes, grid.plane_step = 1, 0, 1, 0
    return grid


cdef inline ptrdiff_t panel_width(ptrdiff_t columns, const real *_) noexcept nogil:
    """Numbers in a row of the panels of a matrix: whole vectors, at most as many as a tile has."""
    cdef ptrdiff_t lanes = TILE_BYTES // sizeof(real), width = TILE_WIDTH // sizeof(real)
    return min(width, (columns + lanes - 1) // lanes * lanes)


cdef inline void pack(
    const real *w, ptrdiff_t depth, ptrdiff_t depth_step, ptrdiff_t columns, ptrdiff_t column_step,
    real *panel, ptrdiff_t width,
) noexcept nogil:
    """Copies up to one panel's width of a matrix into a panel (depth, width), zeros where columns are missing.

    Either the rows or the columns of the matrix are contiguous: one of the two steps is 1.
    """
    if real is float:
        if column_step == 1:
            pack_rows_float(w, depth, depth_step, columns, panel, width)
        else:
            pack_columns_float(w, depth, column_step, columns, panel, width)
    elif column_step == 1:
        pack_rows_double(w, depth, depth_step, columns, panel, width)
    else:
        pack_columns_double(w, depth, column_step, columns, panel, width)


cdef inline void add_rows(
    const real *panel, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, real *sums,
) noexcept nogil:
    """Adds the rows of a panel, which lie `step` numbers apart, to sums."""
    if real is float:
        add_rows_float(panel, depth, step, columns, sums)
    else:
        add_rows_double(panel, depth, step, columns, sums)
