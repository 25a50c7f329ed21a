/* Products of one row with a matrix, which is read once and as it lies: nothing pays for copying it.

   This file includes itself once for each number type. */

#ifndef KERASNP_ROW_H
#define KERASNP_ROW_H

#include "tile.h"

/* Dot products that run side by side: enough sums that no addition waits for the one before. */
#define DOTS 4

/* Vectors of results at a time: with two sums for each, and a row of the matrix, they fill the registers. */
#define STRIP_VECTORS (TILE_BYTES >= 64 ? 8 : 4)
#define REAL float
#define TYPED(name) name##_float
#include "row.h"
#undef REAL
#undef TYPED

#define REAL double
#define TYPED(name) name##_double
#include "row.h"
#undef REAL
#undef TYPED

#elif defined(REAL)

#define VECTOR TYPED(vector)
#define LANES ((ptrdiff_t)(TILE_BYTES / sizeof(REAL)))

/* As many vectors of the result, the last of which may be a part: one sum over even k and one over odd k. What lies
   behind a row is read with it, and dropped, as long as it belongs to the matrix. */
static inline __attribute__((always_inline)) void TYPED(row_strip)(
    const int vectors, const REAL *x, const REAL *w, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, REAL *y) {
    VECTOR sums[2][8];
#define EACH_VECTOR _Pragma("GCC unroll 8") for (int j = 0; j < vectors; j++)
#define COUNT (j < vectors - 1 ? LANES : columns - j * LANES)
#define ADD_ROW(sum, k, load)                            \
    {                                                    \
        const REAL factor = x[k], *row = w + (k) * step; \
        EACH_VECTOR sum[j] += factor * load;             \
    }
    const ptrdiff_t beyond = vectors * LANES - columns, inside = beyond > 0 ? depth - 1 - beyond / step : depth;
    ptrdiff_t k = 0;
    EACH_VECTOR sums[0][j] = sums[1][j] = (VECTOR){0};
    for (; k + 1 < inside; k += 2) {
        ADD_ROW(sums[0], k, *(const VECTOR *)(row + j * LANES))
        ADD_ROW(sums[1], k + 1, *(const VECTOR *)(row + j * LANES))
    }
    for (; k < depth; k += 2) {
        ADD_ROW(sums[0], k, TYPED(load)(row + j * LANES, COUNT))
        if (k + 1 < depth) ADD_ROW(sums[1], k + 1, TYPED(load)(row + j * LANES, COUNT))
    }
    EACH_VECTOR TYPED(save)(y + j * LANES, sums[0][j] + sums[1][j], COUNT);
#undef EACH_VECTOR
#undef COUNT
#undef ADD_ROW
}

/* y[j] = sum over k < depth of x[k] * w[k * step + j]. */
static inline void TYPED(row_product)(
    const REAL *x, const REAL *w, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, REAL *y) {
    ptrdiff_t j = 0;
#define STRIPS_OF(vectors, least)                                \
    for (; columns - j >= (least); j += (vectors) * LANES) \
        TYPED(row_strip)(vectors, x, w + j, depth, step, columns - j, y + j)
    STRIPS_OF(STRIP_VECTORS, STRIP_VECTORS * LANES);
    STRIPS_OF(2, 2 * LANES);
    STRIPS_OF(1, 1);
#undef STRIPS_OF
}

/* y[j] = sum over i < count of parts[i * columns + j], plus bias[j] if there is a bias, and perhaps through relu. */
static inline void TYPED(sum_of_rows)(
    const REAL *parts, ptrdiff_t count, ptrdiff_t columns, const REAL *bias, int relu, REAL *y) {
    for (ptrdiff_t j = 0; j < columns; j += LANES) {
        VECTOR sum = bias ? TYPED(load)(bias + j, columns - j) : (VECTOR){0};
        for (ptrdiff_t i = 0; i < count; i++) sum += TYPED(load)(parts + i * columns + j, columns - j);
        TYPED(save)(y + j, relu ? TYPED(rectified)(sum) : sum, columns - j);
    }
}

/* y[j] = sum over k < depth of x[k] * w[j * w_step + k], for DOTS rows of w at a time: x is read once for all of them.
   For a few rows x and a matrix that lies transposed: this way it need not be packed. */
static inline void TYPED(dot_rows)(
    const REAL *x, const REAL *w, ptrdiff_t w_step, ptrdiff_t rows, ptrdiff_t depth, REAL *y) {
    for (ptrdiff_t j = 0; j < rows; j += DOTS) {
        const REAL *row[DOTS];
        VECTOR sums[DOTS];
        for (int i = 0; i < DOTS; i++) {
            row[i] = w + (j + i < rows ? j + i : j) * w_step;
            sums[i] = (VECTOR){0};
        }
        ptrdiff_t k = 0;
        for (; k + LANES <= depth; k += LANES) {
            const VECTOR left = *(const VECTOR *)(x + k);
#pragma GCC unroll 8
            for (int i = 0; i < DOTS; i++) sums[i] += left * *(const VECTOR *)(row[i] + k);
        }
        for (int i = 0; i < DOTS && j + i < rows; i++) {
            REAL total = 0;
            for (ptrdiff_t lane = 0; lane < LANES; lane++) total += sums[i][lane];
            for (ptrdiff_t rest = k; rest < depth; rest++) total += x[rest] * row[i][rest];
            y[j + i] = total;
        }
    }
}

#undef VECTOR
#undef LANES
#endif
