"""Matrix products of a dense layer, compiled. Formulas and arguments are explained in dense.py."""

from cython.parallel cimport prange

from kerasnp.kernels._types cimport real
from kerasnp.kernels.product cimport multiply, weight_gradient
from kerasnp.kernels.row cimport dot_rows, row_product, sum_of_rows
from kerasnp.kernels.threads cimport threads_for
from kerasnp.kernels.tile cimport Grid, line_of

cdef enum:
    COLUMNS_PER_UNIT = 128
    # One row's product with a matrix is summed in so many parts, each over neighbouring rows of the matrix: parts of
    # its columns would leave half of a cache unused where rows are a power of two long. dense.py sizes the scratch.
    ROW_PARTS = 8
    ROWS_PER_PART = 128
    # A gradient by so few rows is not worth packing the transposed weights for.
    FEW_ROWS = 4


def dense_forward(
    const real[:, ::1] x, const real[:, ::1] w, const real[::1] b, bint relu, real[:, ::1] y, real[::1] scratch,
):
    cdef Py_ssize_t rows = x.shape[0], depth = w.shape[0], columns = w.shape[1], part, first
    cdef Py_ssize_t parts = max(1, min(<Py_ssize_t> ROW_PARTS, depth // (2 * ROWS_PER_PART) * 2))
    cdef const real *bias = NULL if b is None else &b[0]
    cdef Grid x_rows = line_of(rows, depth), walk = line_of(depth, 1)
    cdef int threads = threads_for(2.0 * rows * depth * columns)
    if rows == 0:
        return
    with nogil:
        if rows == 1:
            for part in prange(parts, num_threads=threads, schedule="static"):
                first = part * depth // parts
                row_product(
                    &x[0, first], &w[first, 0], (part + 1) * depth // parts - first, columns, columns,
                    &scratch[part * columns])
            sum_of_rows(&scratch[0], parts, columns, bias, relu, &y[0, 0])
        else:
            multiply(
                &x[0, 0], &x_rows, rows, &walk, &w[0, 0], depth, columns, columns, 1, bias, relu, &y[0, 0], columns,
                threads)


def dense_bias(const real[:, ::1] x, const real[::1] b, bint relu, real[:, ::1] y):
    cdef Py_ssize_t rows = x.shape[0], columns = x.shape[1], i, j
    cdef int threads = threads_for(2.0 * rows * columns)
    cdef bint biased = b is not None
    cdef real value
    for i in prange(rows, nogil=True, num_threads=threads, schedule="static"):
        for j in range(columns):
            value = x[i, j]
            if biased:
                value = value + b[j]
            y[i, j] = 0 if relu and value < 0 else value


def dense_backward_weights(
    const real[:, ::1] dy, const real[:, ::1] x, real[:, ::1] dw, real[::1] db, real[::1] scratch,
):
    cdef Py_ssize_t rows = x.shape[0], depth = x.shape[1], columns = dy.shape[1]
    cdef Grid taps = line_of(depth, 1), pixels = line_of(rows, depth)
    if rows == 0:
        if dw is not None:
            dw[...] = 0
        if db is not None:
            db[...] = 0
        return
    with nogil:
        weight_gradient(
            &x[0, 0], &taps, &pixels, &dy[0, 0], columns, columns, NULL if dw is None else &dw[0, 0], columns,
            NULL if db is None else &db[0], &scratch[0], threads_for(2.0 * rows * depth * columns))


def dense_backward_input(const real[:, ::1] dy, const real[:, ::1] w, real[:, ::1] dx, real[::1] scratch):
    cdef Py_ssize_t rows = dy.shape[0], depth = dy.shape[1], columns = dx.shape[1], unit, first, row
    cdef Grid dy_rows = line_of(rows, depth), walk = line_of(depth, 1)
    cdef int threads = threads_for(2.0 * rows * depth * columns)
    if rows == 0:
        return
    with nogil:
        if rows <= FEW_ROWS:
            for unit in prange(
                (columns + COLUMNS_PER_UNIT - 1) // COLUMNS_PER_UNIT, num_threads=threads, schedule="static"
            ):
                first = unit * COLUMNS_PER_UNIT
                for row in range(rows):
                    dot_rows(
                        &dy[row, 0], &w[first, 0], depth, min(COLUMNS_PER_UNIT, columns - first), depth,
                        &dx[row, first])
        else:
            multiply(
                &dy[0, 0], &dy_rows, rows, &walk, &w[0, 0], depth, 1, columns, depth, <const real *> NULL, False,
                &dx[0, 0], columns, threads)
