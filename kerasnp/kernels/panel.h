/* Panels: a part of the right matrix of a product, copied so that the tile of tile.h reads it in a straight line.

   This file includes itself once for each number type. */

#ifndef KERASNP_PANEL_H
#define KERASNP_PANEL_H

#include <stdint.h>

#include "tile.h"

/* Rows of a panel at a time: so many stay in the first-level cache, beside the left matrix. */
#define PANEL_DEPTH (TILE_WIDTH > 128 ? 128 : 256)
typedef struct {
    char bytes[PANEL_DEPTH * TILE_WIDTH] __attribute__((aligned(64)));
} Panel;

/* Clang's shuffles want their places spelled out: with it a transposed matrix is copied number by number. */
#if defined(__GNUC__) && !defined(__clang__)
#define PANEL_SHUFFLES
#endif

#define REAL float
#define INTEGER int32_t
#define TYPED(name) name##_float
#include "panel.h"
#undef REAL
#undef INTEGER
#undef TYPED

#define REAL double
#define INTEGER int64_t
#define TYPED(name) name##_double
#include "panel.h"
#undef REAL
#undef INTEGER
#undef TYPED

#elif defined(REAL)

#define VECTOR TYPED(vector)
#define LANES ((ptrdiff_t)(TILE_BYTES / sizeof(REAL)))

#ifdef PANEL_SHUFFLES
typedef INTEGER TYPED(places) __attribute__((vector_size(TILE_BYTES)));
static const INTEGER TYPED(lanes)[] __attribute__((aligned(64))) = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* Transposes LANES vectors of LANES numbers: exchanges quarters of the square, then of each quarter, and so on. */
static inline __attribute__((always_inline)) void TYPED(transpose)(VECTOR *v) {
#pragma GCC unroll 4
    for (ptrdiff_t size = LANES / 2; size > 0; size /= 2) {
        /* Numbers from LANES on are places in the second vector. */
        const TYPED(places) lane = *(const TYPED(places) *)TYPED(lanes);
        const TYPED(places) low = lane + (((lane & (INTEGER)size) != 0) & (INTEGER)(LANES - size));
        const TYPED(places) high = low + (INTEGER)size;
#pragma GCC unroll 16
        for (ptrdiff_t i = 0; i < LANES; i++) {
            if (i & size) continue;
            const VECTOR upper = v[i], lower = v[i + size];
            v[i] = __builtin_shuffle(upper, lower, low);
            v[i + size] = __builtin_shuffle(upper, lower, high);
        }
    }
}
#endif

/* Copies a (depth, columns) matrix, row k of which starts at w + k * step, into the rows of a panel. */
static inline void TYPED(pack_rows)(
    const REAL *w, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, REAL *panel, ptrdiff_t width) {
    const ptrdiff_t whole = columns < width ? columns - columns % LANES : width;
    for (ptrdiff_t k = 0; k < depth; k++, w += step, panel += width) {
        for (ptrdiff_t j = 0; j < whole; j += LANES) *(VECTOR *)(panel + j) = *(const VECTOR *)(w + j);
        if (whole < width) {
            *(VECTOR *)(panel + whole) = (VECTOR){0};
            copy_part((char *)(panel + whole), (const char *)(w + whole), (columns - whole) * sizeof(REAL));
        }
    }
}

/* Copies the transpose of a (columns, depth) matrix, row j of which starts at w + j * step. */
static inline void TYPED(pack_columns)(
    const REAL *w, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, REAL *panel, ptrdiff_t width) {
    for (ptrdiff_t j = 0; j < width; j += LANES) {
        const REAL *from = w + j * step;
        REAL *to = panel + j;
        ptrdiff_t k = 0;
#ifdef PANEL_SHUFFLES
        for (; j + LANES <= columns && k + LANES <= depth; k += LANES) {
            VECTOR square[LANES];
#pragma GCC unroll 16
            for (ptrdiff_t i = 0; i < LANES; i++) square[i] = *(const VECTOR *)(from + i * step + k);
            TYPED(transpose)(square);
#pragma GCC unroll 16
            for (ptrdiff_t i = 0; i < LANES; i++) *(VECTOR *)(to + (k + i) * width) = square[i];
        }
#endif
        for (; k < depth; k++) {
            for (ptrdiff_t i = 0; i < LANES; i++) to[k * width + i] = j + i < columns ? from[i * step + k] : 0;
        }
    }
}

/* Adds the rows of a panel, which lie `step` numbers apart, to `sums`: by two sums, as each addition waits for its last. */
static inline void TYPED(add_rows)(
    const REAL *panel, ptrdiff_t depth, ptrdiff_t step, ptrdiff_t columns, REAL *sums) {
    for (ptrdiff_t j = 0; j < columns; j += LANES) {
        VECTOR even = TYPED(load)(sums + j, columns - j), odd = {0};
        ptrdiff_t k = 0;
        for (; k + 1 < depth; k += 2) {
            even += *(const VECTOR *)(panel + k * step + j);
            odd += *(const VECTOR *)(panel + (k + 1) * step + j);
        }
        if (k < depth) even += *(const VECTOR *)(panel + k * step + j);
        TYPED(save)(sums + j, even + odd, columns - j);
    }
}

#undef VECTOR
#undef LANES
#endif
