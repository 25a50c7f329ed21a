# Products of one row with a matrix, by the loops of row.h.
from libc.stddef cimport ptrdiff_t

from kerasnp.kernels._types cimport real

cdef extern from "row.h" nogil:
    void row_product_float(
        const float *x, const float *w, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, float *y)
    void row_product_double(
        const double *x, const double *w, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, double *y)
    void sum_of_rows_float(
        const float *parts, ptrdiff_t count, ptrdiff_t columns, const float *bias, int relu, float *y)
    void sum_of_rows_double(
        const double *parts, ptrdiff_t count, ptrdiff_t columns, const double *bias, int relu, double *y)
    void dot_rows_float(
        const float *x, const float *w, ptrdiff_t w_step, ptrdiff_t rows, ptrdiff_t depth, float *y)
    void dot_rows_double(
        const double *x, const double *w, ptrdiff_t w_step, ptrdiff_t rows, ptrdiff_t depth, double *y)


cdef inline void row_product(
    const real *x, const real *w, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, real *y,
) noexcept nogil:
    """y = x @ w for one row x; see row.h."""
    if real is float:
        row_product_float(x, w, depth, step, columns, y)
    else:
        row_product_double(x, w, depth, step, columns, y)


cdef inline void sum_of_rows(
    const real *parts, ptrdiff_t count, ptrdiff_t columns, const real *bias, bint relu, real *y,
) noexcept nogil:
    """y = the sum of the rows of parts, plus the bias, perhaps through relu; see row.h."""
    if real is float:
        sum_of_rows_float(parts, count, columns, bias, relu, y)
    else:
        sum_of_rows_double(parts, count, columns, bias, relu, y)


cdef inline void dot_rows(
    const real *x, const real *w, ptrdiff_t w_step, ptrdiff_t rows, ptrdiff_t depth, real *y,
) noexcept nogil:
    """y[j] = the product of x and row j of w; see row.h."""
    if real is float:
        dot_rows_float(x, w, w_step, rows, depth, y)
    else:
        dot_rows_double(x, w, w_step, rows, depth, y)
