"""LSTM and GRU along whole sequences, compiled. Formulas and arguments are explained in recurrent.py.

The rows of a batch have nothing to do with each other. So each thread takes some of them through all steps, and never
waits for another one. The recurrent weights are packed into panels once, for all steps.
"""

from cython.parallel cimport prange
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport uint8_t
from libc.string cimport memcpy, memset

from kerasnp.kernels._types cimport real
from kerasnp.kernels.threads cimport threads_for
from kerasnp.kernels.tile cimport TILE_ADD, TILE_ROWS, TILE_STORE, Grid, line_of, pack, panel_width, sweep

cdef extern from "recurrent_gates.h" nogil:
    void lstm_gates_forward_float(ptrdiff_t n, float *z, const float *c, float *new_c, float *new_h)
    void lstm_gates_forward_double(ptrdiff_t n, double *z, const double *c, double *new_c, double *new_h)
    void lstm_gates_backward_float(
        ptrdiff_t n, const float *dh, const float *c, const float *new_c, float *z, float *dc)
    void lstm_gates_backward_double(
        ptrdiff_t n, const double *dh, const double *c, const double *new_c, double *z, double *dc)
    void gru_gates_forward_float(
        ptrdiff_t n, float *z, float *product, const float *b, const float *h, float *inner, float *new_h)
    void gru_gates_forward_double(
        ptrdiff_t n, double *z, double *product, const double *b, const double *h, double *inner, double *new_h)
    void gru_gates_backward_float(
        ptrdiff_t n, const float *h, const float *inner, float *z, float *dproduct, float *dh)
    void gru_gates_backward_double(
        ptrdiff_t n, const double *h, const double *inner, double *z, double *dproduct, double *dh)

# Operations for one number of a gate, beside its share of the product.
cdef double SINGLE_COST = 30, DOUBLE_COST = 100


cdef inline void pack_all(
    const real *w, ptrdiff_t depth, ptrdiff_t depth_step, ptrdiff_t columns, ptrdiff_t column_step, real *panels,
) noexcept nogil:
    """Packs a whole matrix (depth, columns) into panels, one after the other."""
    cdef ptrdiff_t width = panel_width(columns, w), panel, first
    for panel in range((columns + width - 1) // width):
        first = panel * width
        pack(
            w + first * column_step, depth, depth_step, min(width, columns - first), column_step,
            panels + first * depth, width)


cdef inline void rows_times_panels(
    const real *x, ptrdiff_t rows, ptrdiff_t depth, const real *panels, ptrdiff_t columns, int finish, real *y,
) noexcept nogil:
    """y = x w, or y += x w, for contiguous rows x (rows, depth) and y (rows, columns)."""
    cdef ptrdiff_t width = panel_width(columns, panels), panel, first
    cdef Grid x_rows = line_of(rows, depth), y_rows = line_of(rows, columns), walk = line_of(depth, 1)
    for panel in range((columns + width - 1) // width):
        first = panel * width
        sweep(
            x, &x_rows, 0, rows, &walk, panels + first * depth, width, min(width, columns - first), <const real *> NULL,
            finish, y + first, &y_rows)


cdef inline ptrdiff_t cut(ptrdiff_t rows, int parts, int number) noexcept nogil:
    """Where part `number` of the rows begins: whole tiles, but for the last."""
    cdef ptrdiff_t tiles = (rows + TILE_ROWS - 1) // TILE_ROWS
    return min(rows, number * tiles // parts * TILE_ROWS)


cdef inline int threads_of(
    ptrdiff_t steps, ptrdiff_t rows, ptrdiff_t units, ptrdiff_t gates, const real *_,
) noexcept nogil:
    """The number of threads that a pass along a sequence is worth."""
    cdef double each = 2.0 * units + (SINGLE_COST if real is float else DOUBLE_COST)
    return threads_for(each * steps * rows * gates * units)


cdef void add_gradient(
    const real *dh, ptrdiff_t outputs, ptrdiff_t t, ptrdiff_t steps, ptrdiff_t size, ptrdiff_t first, ptrdiff_t count,
    real *total,
) noexcept nogil:
    """Adds the gradient by the output of step t, if it has one; `size` numbers a step, of which `count` are wanted."""
    cdef ptrdiff_t j
    if outputs != steps and t != steps - 1:
        return
    dh = dh + (t if outputs == steps else 0) * size + first
    for j in range(count):
        total[j] = total[j] + dh[j]


cdef void lstm_rows_forward(
    ptrdiff_t steps, ptrdiff_t batch, ptrdiff_t units, ptrdiff_t first, ptrdiff_t last, const real *panels,
    const uint8_t *mask, real *z, real *h, real *c,
) noexcept nogil:
    cdef ptrdiff_t t, row, size = batch * units, here
    cdef real *gates
    for t in range(steps):
        gates = z + t * 4 * size
        rows_times_panels(
            h + t * size + first * units, last - first, units, panels, 4 * units, TILE_ADD, gates + first * 4 * units)
        for row in range(first, last):
            here = t * size + row * units
            if mask != NULL and not mask[t * batch + row]:
                memcpy(h + here + size, h + here, units * sizeof(real))
                memcpy(c + here + size, c + here, units * sizeof(real))
            elif real is float:
                lstm_gates_forward_float(units, gates + row * 4 * units, c + here, c + here + size, h + here + size)
            else:
                lstm_gates_forward_double(units, gates + row * 4 * units, c + here, c + here + size, h + here + size)


def lstm_forward(
    const real[:, ::1] u, const uint8_t[:, ::1] mask, real[:, :, ::1] z, real[:, :, ::1] h, real[:, :, ::1] c,
    real[::1] scratch,
):
    cdef ptrdiff_t steps = z.shape[0], batch = z.shape[1], units = u.shape[0]
    cdef const uint8_t *counts = NULL
    cdef int threads, part
    if steps == 0 or batch == 0:
        return
    if mask is not None:
        counts = &mask[0, 0]
    threads = threads_of(steps, batch, units, 4, &u[0, 0])
    with nogil:
        pack_all(&u[0, 0], units, 4 * units, 4 * units, 1, &scratch[0])
        for part in prange(threads, num_threads=threads, schedule="static"):
            lstm_rows_forward(
                steps, batch, units, cut(batch, threads, part), cut(batch, threads, part + 1), &scratch[0], counts,
                &z[0, 0, 0], &h[0, 0, 0], &c[0, 0, 0])


cdef void lstm_rows_backward(
    ptrdiff_t steps, ptrdiff_t batch, ptrdiff_t units, ptrdiff_t first, ptrdiff_t last, const real *dh,
    ptrdiff_t outputs, const real *panels, const uint8_t *mask, const real *c, real *z, real *dh_next, real *dc,
) noexcept nogil:
    cdef ptrdiff_t t, row, size = batch * units, here
    cdef real *gates
    memset(dh_next + first * units, 0, (last - first) * units * sizeof(real))
    memset(dc + first * units, 0, (last - first) * units * sizeof(real))
    for t in range(steps - 1, -1, -1):
        add_gradient(dh, outputs, t, steps, size, first * units, (last - first) * units, dh_next + first * units)
        for row in range(first, last):
            here = t * size + row * units
            gates = z + 4 * here
            if mask != NULL and not mask[t * batch + row]:
                memset(gates, 0, 4 * units * sizeof(real))
                continue
            if real is float:
                lstm_gates_backward_float(
                    units, dh_next + row * units, c + here, c + here + size, gates, dc + row * units)
            else:
                lstm_gates_backward_double(
                    units, dh_next + row * units, c + here, c + here + size, gates, dc + row * units)
            memset(dh_next + row * units, 0, units * sizeof(real))
        rows_times_panels(
            z + 4 * (t * size + first * units), last - first, 4 * units, panels, units, TILE_ADD,
            dh_next + first * units)


def lstm_backward(
    const real[:, :, ::1] dh, const real[:, ::1] u, const uint8_t[:, ::1] mask, const real[:, :, ::1] c,
    real[:, :, ::1] z, real[:, :, ::1] dstates, real[::1] scratch,
):
    cdef ptrdiff_t steps = z.shape[0], batch = z.shape[1], units = u.shape[0]
    cdef const uint8_t *counts = NULL
    cdef int threads, part
    if steps == 0 or batch == 0:
        return
    if mask is not None:
        counts = &mask[0, 0]
    threads = threads_of(steps, batch, units, 4, &u[0, 0])
    with nogil:
        pack_all(&u[0, 0], 4 * units, 1, units, 4 * units, &scratch[0])
        for part in prange(threads, num_threads=threads, schedule="static"):
            lstm_rows_backward(
                steps, batch, units, cut(batch, threads, part), cut(batch, threads, part + 1), &dh[0, 0, 0],
                dh.shape[0], &scratch[0], counts, &c[0, 0, 0], &z[0, 0, 0], &dstates[0, 0, 0], &dstates[1, 0, 0])


cdef void gru_rows_forward(
    ptrdiff_t steps, ptrdiff_t batch, ptrdiff_t units, ptrdiff_t first, ptrdiff_t last, const real *panels,
    const real *b, const uint8_t *mask, real *z, real *inner, real *h, real *product,
) noexcept nogil:
    cdef ptrdiff_t t, row, size = batch * units, here
    for t in range(steps):
        rows_times_panels(
            h + t * size + first * units, last - first, units, panels, 3 * units, TILE_STORE,
            product + first * 3 * units)
        for row in range(first, last):
            here = t * size + row * units
            if mask != NULL and not mask[t * batch + row]:
                memcpy(h + here + size, h + here, units * sizeof(real))
            elif real is float:
                gru_gates_forward_float(
                    units, z + 3 * here, product + row * 3 * units, b, h + here, inner + here, h + here + size)
            else:
                gru_gates_forward_double(
                    units, z + 3 * here, product + row * 3 * units, b, h + here, inner + here, h + here + size)


def gru_forward(
    const real[:, ::1] u, const real[::1] b, const uint8_t[:, ::1] mask, real[:, :, ::1] z, real[:, :, ::1] inner,
    real[:, :, ::1] h, real[:, ::1] product, real[::1] scratch,
):
    cdef ptrdiff_t steps = z.shape[0], batch = z.shape[1], units = u.shape[0]
    cdef const real *bias = NULL if b is None else &b[0]
    cdef const uint8_t *counts = NULL
    cdef int threads, part
    if steps == 0 or batch == 0:
        return
    if mask is not None:
        counts = &mask[0, 0]
    threads = threads_of(steps, batch, units, 3, &u[0, 0])
    with nogil:
        pack_all(&u[0, 0], units, 3 * units, 3 * units, 1, &scratch[0])
        for part in prange(threads, num_threads=threads, schedule="static"):
            gru_rows_forward(
                steps, batch, units, cut(batch, threads, part), cut(batch, threads, part + 1), &scratch[0], bias,
                counts, &z[0, 0, 0], &inner[0, 0, 0], &h[0, 0, 0], &product[0, 0])


cdef void gru_rows_backward(
    ptrdiff_t steps, ptrdiff_t batch, ptrdiff_t units, ptrdiff_t first, ptrdiff_t last, const real *dh,
    ptrdiff_t outputs, const real *panels, const uint8_t *mask, const real *h, const real *inner, real *z,
    real *dproduct, real *dh_next,
) noexcept nogil:
    cdef ptrdiff_t t, row, size = batch * units, here
    memset(dh_next + first * units, 0, (last - first) * units * sizeof(real))
    for t in range(steps - 1, -1, -1):
        add_gradient(dh, outputs, t, steps, size, first * units, (last - first) * units, dh_next + first * units)
        for row in range(first, last):
            here = t * size + row * units
            if mask != NULL and not mask[t * batch + row]:
                memset(z + 3 * here, 0, 3 * units * sizeof(real))
                memset(dproduct + 3 * here, 0, 3 * units * sizeof(real))
            elif real is float:
                gru_gates_backward_float(
                    units, h + here, inner + here, z + 3 * here, dproduct + 3 * here, dh_next + row * units)
            else:
                gru_gates_backward_double(
                    units, h + here, inner + here, z + 3 * here, dproduct + 3 * here, dh_next + row * units)
        rows_times_panels(
            dproduct + 3 * (t * size + first * units), last - first, 3 * units, panels, units, TILE_ADD,
            dh_next + first * units)


def gru_backward(
    const real[:, :, ::1] dh, const real[:, ::1] u, const uint8_t[:, ::1] mask, const real[:, :, ::1] h,
    const real[:, :, ::1] inner, real[:, :, ::1] z, real[:, :, ::1] dproduct, real[:, :, ::1] dstates,
    real[::1] scratch,
):
    cdef ptrdiff_t steps = z.shape[0], batch = z.shape[1], units = u.shape[0]
    cdef const uint8_t *counts = NULL
    cdef int threads, part
    if steps == 0 or batch == 0:
        return
    if mask is not None:
        counts = &mask[0, 0]
    threads = threads_of(steps, batch, units, 3, &u[0, 0])
    with nogil:
        pack_all(&u[0, 0], 3 * units, 1, units, 3 * units, &scratch[0])
        for part in prange(threads, num_threads=threads, schedule="static"):
            gru_rows_backward(
                steps, batch, units, cut(batch, threads, part), cut(batch, threads, part + 1), &dh[0, 0, 0],
                dh.shape[0], &scratch[0], counts, &h[0, 0, 0], &inner[0, 0, 0], &z[0, 0, 0], &dproduct[0, 0, 0],
                &dstates[0, 0, 0])
