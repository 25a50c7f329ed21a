# Products of matrices, of which the left one's rows lie anywhere: what the dense and convolution kernels share.
from cython.parallel cimport prange
from libc.stddef cimport ptrdiff_t
from libc.string cimport memset

from kerasnp.kernels._types cimport real
from kerasnp.kernels.tile cimport (
    PANEL_DEPTH, TILE_ADD, TILE_FETCH, TILE_RELU, TILE_ROWS, Grid, Panel, add_rows,
    grid_block, line_of, pack, panel_width, sweep,
)

cdef enum:
    # Numbers of the left matrix that stay in the second-level cache while one panel after the other passes.
    NUMBERS_PER_BLOCK = 1 << 18
    # But never fewer rows than this: each block of rows packs all the panels.
    FEWEST_ROWS = 256
    # So few rows do not pay for packing a panel.
    FEW_ROWS = 2 * TILE_ROWS
    # A weight gradient up to this size is summed in parts over the pixels: there are too few tiles to share out.
    # These two are known to conv2d.py as well, which sizes the scratch.
    SMALL_GRADIENT = 4096
    PARTS = 16


cdef inline void panel_product(
    const real *a, const Grid *rows, ptrdiff_t first, ptrdiff_t last, const Grid *walk, ptrdiff_t begin, ptrdiff_t end,
    const real *w, ptrdiff_t depth_step, ptrdiff_t columns, ptrdiff_t column_step, const real *bias, bint relu,
    real *y, ptrdiff_t y_step, real *sums,
) noexcept nogil:
    """For rows first to last and one panel of columns: y = a w + bias, perhaps through relu; sums = sum of w over k.

    k goes over the blocks begin to end of the walk. There may be no rows at all; bias and sums may be NULL.
    """
    cdef ptrdiff_t width = panel_width(columns, w), wanted = min(columns, width)
    cdef ptrdiff_t block, offset, place, depth, step = width
    cdef Panel panel, padded
    cdef const real *rows_of_w = <real *> panel.bytes
    cdef const real *start = NULL if bias == NULL else <real *> padded.bytes
    # For a few rows copying would cost more than it saves: they take the matrix as it lies, if whole vectors do.
    cdef bint as_it_lies = last - first <= FEW_ROWS and column_step == 1 and wanted == width
    cdef Grid places, y_rows = line_of(last, y_step)
    cdef int finish = TILE_FETCH
    if bias != NULL:
        pack(bias, 1, 0, wanted, 1, <real *> padded.bytes, width)
    for block in range(begin, end):
        grid_block(walk, PANEL_DEPTH, block, &places, &offset, &place)
        depth = places.points * places.lines * places.planes
        if as_it_lies:
            rows_of_w, step = w + place * depth_step, depth_step
        else:
            pack(w + place * depth_step, depth, depth_step, wanted, column_step, <real *> panel.bytes, width)
        if relu and block == end - 1:
            finish |= TILE_RELU
        sweep(a + offset, rows, first, last, &places, rows_of_w, step, wanted, start, finish, y, &y_rows)
        if sums != NULL:
            if block == begin:
                memset(sums, 0, wanted * sizeof(real))
            add_rows(rows_of_w, depth, step, wanted, sums)
        start = NULL
        finish = TILE_FETCH | TILE_ADD


cdef inline void multiply(
    const real *x, const Grid *x_rows, ptrdiff_t rows, const Grid *walk,
    const real *w, ptrdiff_t depth, ptrdiff_t depth_step, ptrdiff_t columns, ptrdiff_t column_step,
    const real *b, bint relu, real *y, ptrdiff_t y_step, int threads,
) noexcept nogil:
    """y[i, j] = sum over k of x[row i, place k of walk] * w[k, j] + b[j], perhaps through relu."""
    cdef ptrdiff_t width = panel_width(columns, w), panels = (columns + width - 1) // width, unit, panel, chunk
    cdef ptrdiff_t tiles = (rows + TILE_ROWS - 1) // TILE_ROWS, offset, place
    cdef Grid part
    cdef ptrdiff_t blocks = grid_block(walk, PANEL_DEPTH, 0, &part, &offset, &place)
    # Enough chunks to keep all threads busy; the sums are the same however the rows are cut.
    cdef ptrdiff_t chunks = max(
        rows // max(<ptrdiff_t> FEWEST_ROWS, NUMBERS_PER_BLOCK // depth), min(tiles, 4 * threads // panels), 1)
    for unit in prange(chunks * panels, num_threads=threads, schedule="static"):
        panel = unit % panels * width
        chunk = unit // panels
        panel_product(
            x, x_rows, chunk * tiles // chunks * TILE_ROWS, min(rows, (chunk + 1) * tiles // chunks * TILE_ROWS),
            walk, 0, blocks, w + panel * column_step, depth_step, columns - panel, column_step,
            NULL if b == NULL else b + panel, relu, y + panel, y_step, <real *> NULL)


cdef inline void weight_gradient(
    const real *x, const Grid *taps, const Grid *pixels, const real *dy, ptrdiff_t dy_step, ptrdiff_t columns,
    real *dw, ptrdiff_t dw_step, real *db, real *scratch, int threads,
) noexcept nogil:
    """dw[t, j] = sum over pixels p of x[p + t] * dy[p, j];  db[j] = sum over p of dy[p, j]; both may be NULL.

    The rows of the tiles are taps and the walk goes over pixels: the forward product with the two changing places.
    """
    cdef ptrdiff_t width = panel_width(columns, x), panels = (columns + width - 1) // width
    cdef ptrdiff_t depth = 0 if dw == NULL else taps.points * taps.lines * taps.planes
    cdef ptrdiff_t tiles = (depth + TILE_ROWS - 1) // TILE_ROWS
    cdef ptrdiff_t offset, pixel, part, panel, chunk, unit
    cdef Grid walk
    cdef ptrdiff_t blocks = grid_block(pixels, PANEL_DEPTH, 0, &walk, &offset, &pixel)
    cdef ptrdiff_t parts = min(PARTS, blocks) if depth * columns <= SMALL_GRADIENT else 1
    cdef ptrdiff_t part_size = (depth + 1) * columns
    cdef ptrdiff_t count = pixels.points * pixels.lines * pixels.planes
    cdef ptrdiff_t chunks = max(
        depth // max(<ptrdiff_t> FEWEST_ROWS, NUMBERS_PER_BLOCK // count),
        min(tiles, 4 * threads // (parts * panels)), 1)
    cdef real total
    for unit in prange(parts * panels * chunks, num_threads=threads, schedule="static"):
        panel = unit % panels * width
        chunk = unit // panels % chunks
        part = unit // panels // chunks
        panel_product(
            x, taps, chunk * tiles // chunks * TILE_ROWS, min(depth, (chunk + 1) * tiles // chunks * TILE_ROWS), pixels,
            part * blocks // parts, (part + 1) * blocks // parts, dy + panel, dy_step, columns - panel, 1,
            <const real *> NULL, False, (dw if parts == 1 else scratch + part * part_size) + panel,
            dw_step if parts == 1 else columns,
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
