# What the dense and convolution kernels share: panels, and rows slid past them by the register tile of tile.h.
from cython.parallel cimport prange
from libc.stddef cimport ptrdiff_t
from libc.string cimport memset

from kerasnp.kernels._types cimport real

cdef extern from "tile.h" nogil:
    enum: TILE_BYTES
    enum: TILE_ROWS
    enum: TILE_MOST_COLUMNS
    enum: TILE_STORE
    enum: TILE_RELU
    enum: TILE_ADD

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
    void dot_rows_float(
        const float *x, const float *w, ptrdiff_t w_step, ptrdiff_t rows, ptrdiff_t depth, float *y)
    void dot_rows_double(
        const double *x, const double *w, ptrdiff_t w_step, ptrdiff_t rows, ptrdiff_t depth, double *y)

cdef enum:
    # Tiles that pass a panel while it stays in the first-level cache.
    TILES_PER_BLOCK = 16
    # Pixels between two visits to a weight's gradient: what they span of x and dy stays in the caches.
    PIXELS_PER_BLOCK = 128
    # A weight gradient up to this size is summed in parts over the pixels: there are too few tiles to share out.
    # These two are known to conv2d.py as well, which sizes the scratch.
    SMALL_GRADIENT = 4096
    PARTS = 16


cdef inline void sweep(
    const real *a, const Grid *a_rows, ptrdiff_t first, ptrdiff_t last, const Grid *walk, const real *b,
    ptrdiff_t b_step, ptrdiff_t columns, const real *bias, int finish, real *y, const Grid *y_rows,
) noexcept nogil:
    """Slides rows first to last past one panel; see tile.h."""
    if real is float:
        sweep_float(a, a_rows, first, last, walk, b, b_step, columns, bias, finish, y, y_rows)
    else:
        sweep_double(a, a_rows, first, last, walk, b, b_step, columns, bias, finish, y, y_rows)


cdef inline void dot_rows(
    const real *x, const real *w, ptrdiff_t w_step, ptrdiff_t rows, ptrdiff_t depth, real *y,
) noexcept nogil:
    """y[j] = the product of x and row j of w; see tile.h."""
    if real is float:
        dot_rows_float(x, w, w_step, rows, depth, y)
    else:
        dot_rows_double(x, w, w_step, rows, depth, y)


cdef inline Grid line_of(ptrdiff_t points, ptrdiff_t point_step) noexcept nogil:
    """A grid of one line."""
    cdef Grid grid
    grid.points, grid.point_step = points, point_step
    grid.lines, grid.line_step, grid.planes, grid.plane_step = 1, 0, 1, 0
    return grid


cdef inline void pack(
    const real *w, ptrdiff_t depth, ptrdiff_t depth_step, ptrdiff_t columns, ptrdiff_t column_step, real *panel,
) noexcept nogil:
    """Copies up to one panel's width of a matrix into a panel (depth, 2 vectors), zeros where columns are missing."""
    cdef ptrdiff_t k, j, start, width = 2 * TILE_BYTES // sizeof(real)
    if columns < width:
        memset(panel, 0, depth * width * sizeof(real))
    columns = min(columns, width)
    if column_step == 1:
        for k in range(depth):
            for j in range(columns):
                panel[k * width + j] = w[k * depth_step + j]
        return
    # Of a transposed matrix a column is contiguous: read along it, a stretch at a time, so that the panel stays cached.
    for start in range(0, depth, 64):
        for j in range(columns):
            for k in range(start, min(start + 64, depth)):
                panel[k * width + j] = w[k * depth_step + j * column_step]


cdef inline void multiply(
    const real *x, const Grid *x_rows, ptrdiff_t rows, const Grid *walk,
    const real *w, ptrdiff_t depth, ptrdiff_t depth_step, ptrdiff_t columns, ptrdiff_t column_step,
    const real *b, bint relu, real *y, ptrdiff_t y_step, real *panels, int threads,
) noexcept nogil:
    """y[i, j] = sum over k of x[row i, place k of walk] * w[k, j] + b[j], perhaps through relu.

    A panel holds the bias in its first row and up to one tile's width of w below.
    """
    cdef ptrdiff_t width = 2 * TILE_BYTES // sizeof(real), count = (columns + width - 1) // width
    cdef ptrdiff_t panel_size = (depth + 1) * width, panel, unit
    cdef ptrdiff_t tiles = (rows + TILE_ROWS - 1) // TILE_ROWS
    # Enough blocks to keep all threads busy; the sums are the same however the rows are cut.
    cdef ptrdiff_t blocks = max(
        (tiles + TILES_PER_BLOCK - 1) // TILES_PER_BLOCK, min(tiles, 4 * threads // max(count, 1)))
    cdef Grid y_rows = line_of(rows, y_step)
    # A single tile of rows reads each weight once: packing would cost more than it saves.
    cdef bint direct = rows <= TILE_ROWS and column_step == 1
    for panel in prange(count, num_threads=threads, schedule="static"):
        if not direct or (panel + 1) * width > columns:
            if b == NULL:
                memset(panels + panel * panel_size, 0, width * sizeof(real))
            else:
                pack(b + panel * width, 1, 0, columns - panel * width, 1, panels + panel * panel_size)
            pack(w + panel * width * column_step, depth, depth_step, columns - panel * width, column_step,
                 panels + panel * panel_size + width)
    for unit in prange(blocks * count, num_threads=threads, schedule="static"):
        panel = unit % count
        if direct and (panel + 1) * width <= columns:
            sweep(x, x_rows, 0, rows, walk, w + panel * width, depth_step, width,
                  NULL if b == NULL else b + panel * width, TILE_RELU if relu else TILE_STORE,
                  y + panel * width, &y_rows)
        else:
            sweep(x, x_rows, unit // count * tiles // blocks * TILE_ROWS,
                  min(rows, (unit // count + 1) * tiles // blocks * TILE_ROWS), walk,
                  panels + panel * panel_size + width, width, columns - panel * width,
                  panels + panel * panel_size, TILE_RELU if relu else TILE_STORE, y + panel * width, &y_rows)


cdef inline void sum_over_pixels(
    const real *x, const Grid *taps, ptrdiff_t first, ptrdiff_t last, const Grid *pixels, ptrdiff_t begin,
    ptrdiff_t end, const real *dy, ptrdiff_t dy_step, ptrdiff_t columns, real *dw, ptrdiff_t dw_step, real *db,
) noexcept nogil:
    """For taps first to last and one panel of columns: dw = sum of x * dy, db = sum of dy, over blocks begin to end.

    There may be no taps at all, and db may be NULL.
    """
    cdef ptrdiff_t width = 2 * TILE_BYTES // sizeof(real), block, offset, pixel, count, k, j
    cdef real panel[PIXELS_PER_BLOCK * TILE_MOST_COLUMNS]
    cdef Grid walk, dw_rows = line_of(last, dw_step)
    columns = min(columns, width)
    for block in range(begin, end):
        grid_block(pixels, PIXELS_PER_BLOCK, block, &walk, &offset, &pixel)
        count = walk.points * walk.lines * walk.planes
        pack(dy + pixel * dy_step, count, dy_step, columns, 1, panel)
        if first < last:
            sweep(x + offset, taps, first, last, &walk, <const real *> panel, width, columns, NULL,
                  TILE_STORE if block == begin else TILE_ADD, dw, &dw_rows)
        if db != NULL:
            if block == begin:
                memset(db, 0, columns * sizeof(real))
            for k in range(count):
                for j in range(columns):
                    db[j] += panel[k * width + j]


cdef inline void weight_gradient(
    const real *x, const Grid *taps, const Grid *pixels, const real *dy, ptrdiff_t dy_step, ptrdiff_t columns,
    real *dw, ptrdiff_t dw_step, real *db, real *scratch, int threads,
) noexcept nogil:
    """dw[t, j] = sum over pixels p of x[p + t] * dy[p, j];  db[j] = sum over p of dy[p, j]; both may be NULL.

    The rows of the tiles are taps and the walk goes over pixels: the forward product with the two changing places.
    """
    cdef ptrdiff_t width = 2 * TILE_BYTES // sizeof(real), panels = (columns + width - 1) // width
    cdef ptrdiff_t depth = 0 if dw == NULL else taps.points * taps.lines * taps.planes
    cdef ptrdiff_t tiles = (depth + TILE_ROWS - 1) // TILE_ROWS
    cdef ptrdiff_t offset, pixel, part, panel, chunk, unit
    cdef Grid walk
    cdef ptrdiff_t blocks = grid_block(pixels, PIXELS_PER_BLOCK, 0, &walk, &offset, &pixel)
    cdef ptrdiff_t parts = min(PARTS, blocks) if depth * columns <= SMALL_GRADIENT else 1
    cdef ptrdiff_t part_size = (depth + 1) * columns
    cdef ptrdiff_t chunks = max(1, min(tiles, 4 * threads // max(1, parts * panels)))
    cdef real total
    for unit in prange(parts * panels * chunks, num_threads=threads, schedule="static"):
        chunk = unit % chunks
        panel = unit // chunks % panels * width
        part = unit // chunks // panels
        sum_over_pixels(
            x, taps, chunk * tiles // chunks * TILE_ROWS, min(depth, (chunk + 1) * tiles // chunks * TILE_ROWS), pixels,
            part * blocks // parts, (part + 1) * blocks // parts, dy + panel, dy_step, columns - panel,
            (dw if parts == 1 else scratch + part * part_size) + panel, dw_step if parts == 1 else columns,
            NULL if db == NULL or chunk > 0 else
            (db if parts == 1 else scratch + part * part_size + depth * columns) + panel)
    if parts > 1:
        for unit in range(depth * columns if db == NULL else part_size):
            total = scratch[unit]
            for part in range(1, parts):
                total = total + scratch[part * part_size + unit]
            if unit < depth * columns:
                dw[unit // columns * dw_step + unit % columns] = total
            else:
                db[unit - depth * columns] = total
