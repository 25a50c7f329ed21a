/* The largest of some pixels, for each of their channels, and where it was.

   The running maximum and its place stay in vector registers while the loop walks over the pixels; with plain loops
   over channels the compiler keeps them in memory, which is several times slower. GNU vector types become SSE, AVX2,
   AVX-512 or NEON instructions, as the compiler flags say. This file includes itself once for each number type. */

#ifndef KERASNP_MAX_WINDOW_H
#define KERASNP_MAX_WINDOW_H

#include <stddef.h>

#if defined(__AVX512F__)
#define MAX_VECTOR_BYTES 64
#elif defined(__AVX__)
#define MAX_VECTOR_BYTES 32
#else
#define MAX_VECTOR_BYTES 16
#endif

#define REAL float
#define INTEGER int
#define TYPED(name) name##_float
#include "max_window.h"
#undef REAL
#undef INTEGER
#undef TYPED

#define REAL double
#define INTEGER long long
#define TYPED(name) name##_double
#include "max_window.h"
#undef REAL
#undef INTEGER
#undef TYPED

#elif defined(REAL)

#define VECTOR TYPED(max_vector)
#define MASK TYPED(max_mask)
#define LANES ((ptrdiff_t)(MAX_VECTOR_BYTES / sizeof(REAL)))

/* Images start on any element, so the vectors must not claim a greater alignment. */
typedef REAL VECTOR __attribute__((vector_size(MAX_VECTOR_BYTES), aligned(sizeof(REAL)), may_alias));
typedef INTEGER MASK __attribute__((vector_size(MAX_VECTOR_BYTES), aligned(sizeof(REAL)), may_alias));

/* best[k] = max over rows r and columns q of x[r * row_step + q * column_step + k], for each k < channels, and
   place[k] = first_cell + r * row_cells + q of the first maximum. A NaN wins against every number. */
static inline void TYPED(max_window)(const REAL *x, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row_step,
                                     ptrdiff_t column_step, ptrdiff_t channels, int first_cell, int row_cells,
                                     REAL *best, int *place) {
    ptrdiff_t k = 0;
    for (; k + LANES <= channels; k += LANES) {
        VECTOR most = *(const VECTOR *)(x + k);
        MASK at = (MASK){0} + first_cell;
        for (ptrdiff_t r = 0; r < rows; r++) {
            INTEGER cell = first_cell + r * row_cells;
            const REAL *pixel = x + r * row_step + k;
            for (ptrdiff_t q = 0; q < columns; q++, cell++, pixel += column_step) {
                VECTOR value = *(const VECTOR *)pixel;
                MASK stays = (MASK)(value <= most) | (MASK)(most != most);
                most = (VECTOR)(((MASK)most & stays) | ((MASK)value & ~stays));
                at = (at & stays) | (cell & ~stays);
            }
        }
        *(VECTOR *)(best + k) = most;
        for (ptrdiff_t lane = 0; lane < LANES; lane++)
            place[k + lane] = (int)at[lane];
    }
    for (; k < channels; k++) {
        REAL most = x[k];
        int at = first_cell;
        for (ptrdiff_t r = 0; r < rows; r++)
            for (ptrdiff_t q = 0; q < columns; q++) {
                REAL value = x[r * row_step + q * column_step + k];
                if (!(value <= most || most != most)) {
                    most = value;
                    at = first_cell + (int)r * row_cells + (int)q;
                }
            }
        best[k] = most;
        place[k] = at;
    }
}

#undef VECTOR
#undef MASK
#undef LANES

#endif
