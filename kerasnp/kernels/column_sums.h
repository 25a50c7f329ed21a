/* Sums down the columns of a few rows of a matrix, a vector of columns at a time. The sums stay in registers; with
   plain loops over columns the compiler keeps them in memory. */

#ifndef KERASNP_COLUMN_SUMS_H
#define KERASNP_COLUMN_SUMS_H

#define EACH_WIDTH "column_sums.h"
#include "each_width.h"

#define DEFINE_SUMS(real)                                                                                           \
    static void add_moments_##real(                                                                                 \
        ptrdiff_t c, const real *x, ptrdiff_t rows, ptrdiff_t before, real *mean, real *square) {                   \
        ALL_COLUMNS(add_moments, real, c, x, rows, before, mean, square);                                           \
    }                                                                                                               \
    static void add_products_##real(                                                                                \
        ptrdiff_t c, const real *dy, const real *x, const real *mean, ptrdiff_t rows, real *product, real *plain) { \
        ALL_COLUMNS(add_products, real, c, dy, x, mean, rows, product, plain);                                      \
    }
DEFINE_SUMS(float)
DEFINE_SUMS(double)

#elif defined(REAL)

/* Joins the rows' mean, and their sum of squared deviations from it, to those of `before` rows (Chan, Golub and LeVeque
   1983, "Algorithms for computing the sample variance").

   Deviations are taken from the first of the rows, to begin with. It is one of those that the variance is made of, so
   subtracting the square of their mean costs few digits, wherever that row lies. */
INLINE ptrdiff_t NAME(add_moments)(
    ptrdiff_t first, ptrdiff_t c, const REAL *x, ptrdiff_t rows, ptrdiff_t before, REAL *mean, REAL *square) {
    const ptrdiff_t stop = STOP_OF_VECTORS(first, c);
    const REAL part = 1 / (REAL)rows, share = (REAL)rows / (REAL)(rows + before), weight = share * (REAL)before;
    for (ptrdiff_t k = first; k < stop; k += LANES) {
        const VECTOR origin = LOAD(x + k);
        VECTOR sum = {0}, squares = {0};
        for (ptrdiff_t i = 1; i < rows; i++) {
            const VECTOR deviation = LOAD(x + i * c + k) - origin;
            sum += deviation;
            squares += deviation * deviation;
        }
        const VECTOR distance = origin + sum * part - LOAD(mean + k);
        STORE(mean + k, LOAD(mean + k) + distance * share);
        STORE(square + k, LOAD(square + k) + (squares - sum * sum * part) + distance * distance * weight);
    }
    return stop;
}

/* product += sum of dy (x - mean), plain += sum of dy */
INLINE ptrdiff_t NAME(add_products)(
    ptrdiff_t first, ptrdiff_t c, const REAL *dy, const REAL *x, const REAL *mean, ptrdiff_t rows, REAL *product,
    REAL *plain) {
    const ptrdiff_t stop = STOP_OF_VECTORS(first, c);
    for (ptrdiff_t k = first; k < stop; k += LANES) {
        const VECTOR center = LOAD(mean + k);
        VECTOR products = {0}, sum = {0};
        for (ptrdiff_t i = 0; i < rows; i++) {
            const VECTOR slope = LOAD(dy + i * c + k);
            products += slope * (LOAD(x + i * c + k) - center);
            sum += slope;
        }
        STORE(product + k, LOAD(product + k) + products);
        STORE(plain + k, LOAD(plain + k) + sum);
    }
    return stop;
}

#endif
