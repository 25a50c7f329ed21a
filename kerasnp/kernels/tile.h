/* The register tile: the loop that does all the multiplying of the dense and convolution kernels; see README.md.

   A tile is TILE_ROWS rows by TILE_VECTORS vectors of results. It is summed in registers while k walks along the rows of
   the left matrix, which lie anywhere in memory, and down a panel, which is as wide as the tile:

       y[i][j] = sum over k of a_i[place of k] * b[k * b_step + j]

   GNU vector types become SSE, AVX2, AVX-512 or NEON instructions, as the compiler flags say. This file includes itself
   once for each number type. */

#ifndef KERASNP_TILE_H
#define KERASNP_TILE_H

#include <stddef.h>
#include <string.h>

/* Every sum, a row of the panel and one factor fit into the registers (16 or 32 of them). Few rows are better than many:
   with each goes a pointer, and a tile must begin and end. */
#if defined(__AVX512F__)
#define TILE_BYTES 64
#define TILE_ROWS 6
#define TILE_VECTORS 4
#elif defined(__AVX__)
#define TILE_BYTES 32
#define TILE_ROWS 6
#define TILE_VECTORS 2
#elif defined(__aarch64__)
#define TILE_BYTES 16
#define TILE_ROWS 8
#define TILE_VECTORS 2
#else
#define TILE_BYTES 16
#define TILE_ROWS 4
#define TILE_VECTORS 2
#endif

/* The width of a tile in bytes, and in floats; of doubles it has half as many columns. */
#define TILE_WIDTH (TILE_VECTORS * TILE_BYTES)
#define TILE_MOST_COLUMNS (TILE_WIDTH / 4)

/* Places in memory: `points` of them make a line, `lines` a plane, and there are `planes` planes. Place number p is at
   p % points * point_step + p / points % lines * line_step + p / points / lines * plane_step.

   The pixels that a convolution visits are such a grid, and so are the taps of its window. */
typedef struct {
    ptrdiff_t points, point_step, lines, line_step, planes, plane_step;
} Grid;

typedef struct {
    ptrdiff_t point, line, offset;
} GridPlace;

static inline GridPlace grid_place(const Grid *grid, ptrdiff_t p) {
    const ptrdiff_t line = p / grid->points, plane = line / grid->lines;
    GridPlace place = {p - line * grid->points, line - plane * grid->lines, 0};
    place.offset = place.point * grid->point_step + place.line * grid->line_step + plane * grid->plane_step;
    return place;
}

static inline void grid_next(const Grid *grid, GridPlace *place) {
    place->offset += grid->point_step;
    if (++place->point == grid->points) {
        place->point = 0;
        place->offset += grid->line_step - grid->points * grid->point_step;
        if (++place->line == grid->lines) {
            place->line = 0;
            place->offset += grid->plane_step - grid->lines * grid->line_step;
        }
    }
}

/* The same places with lines as long as can be: where one line ends at the next one's start, they become one. */
static inline Grid grid_merged(Grid grid) {
    for (int level = 0; level < 2; level++) {
        if (grid.lines == 1 || grid.line_step == grid.points * grid.point_step) {
            grid.points *= grid.lines;
            grid.lines = grid.planes;
            grid.line_step = grid.plane_step;
            grid.planes = 1;
        }
    }
    return grid;
}

/* The size of pieces of n that are nearly the same, and none larger than `most`. */
static inline ptrdiff_t grid_piece(ptrdiff_t n, ptrdiff_t most) {
    const ptrdiff_t pieces = most < 1 ? n : (n + most - 1) / most;
    return (n + pieces - 1) / pieces;
}

static inline ptrdiff_t grid_rest(ptrdiff_t left, ptrdiff_t size) { return left < size ? left : size; }

/* Cuts a grid into blocks of at most `size` places that follow each other; returns how many. With a block's number,
   *block becomes its places, which start at *offset with the place number *first. */
static inline ptrdiff_t grid_block(
    const Grid *grid, ptrdiff_t size, ptrdiff_t number, Grid *block, ptrdiff_t *offset, ptrdiff_t *first) {
    const ptrdiff_t points = grid_piece(grid->points, size);
    const ptrdiff_t lines = grid_piece(grid->lines, size / grid->points);
    const ptrdiff_t planes = grid_piece(grid->planes, size / (grid->points * grid->lines));
    const ptrdiff_t across = (grid->points + points - 1) / points, down = (grid->lines + lines - 1) / lines;
    const ptrdiff_t point = number % across * points;
    const ptrdiff_t line = number / across % down * lines, plane = number / across / down * planes;
    *block = *grid;
    block->points = grid_rest(grid->points - point, points);
    block->lines = grid_rest(grid->lines - line, lines);
    block->planes = grid_rest(grid->planes - plane, planes);
    *offset = point * grid->point_step + line * grid->line_step + plane * grid->plane_step;
    *first = (plane * grid->lines + line) * grid->points + point;
    return across * down * ((grid->planes + planes - 1) / planes);
}

/* How a tile ends: y = sum + bias, or with these added together, y += sum + bias, and y = max(y, 0). TILE_FETCH says that
   y is not in the caches: it is asked for before the sums begin. */
enum { TILE_STORE = 0, TILE_ADD = 1, TILE_RELU = 2, TILE_FETCH = 4 };

/* Copies fewer bytes than a vector has: what takes them knows no length, and a call would cost more than the tile. */
static inline void copy_part(char *to, const char *from, ptrdiff_t bytes) {
#pragma GCC unroll 4
    for (ptrdiff_t size = 32; size >= 4; size /= 2) {
        if (bytes & size) {
            memcpy(to, from, size);
            to += size;
            from += size;
        }
    }
}

#define REAL float
#define TYPED(name) name##_float
#include "tile.h"
#undef REAL
#undef TYPED

#define REAL double
#define TYPED(name) name##_double
#include "tile.h"
#undef REAL
#undef TYPED

#elif defined(REAL)

#define VECTOR TYPED(vector)
#define LANES ((ptrdiff_t)(TILE_BYTES / sizeof(REAL)))

/* Only as aligned as a number: loads and stores may start anywhere. */
typedef REAL VECTOR __attribute__((vector_size(TILE_BYTES), aligned(sizeof(REAL)), may_alias));

/* A vector of which `count` numbers lie in memory; the others are zero, or not wanted. */
static inline __attribute__((always_inline)) VECTOR TYPED(load)(const REAL *x, ptrdiff_t count) {
    if (count >= LANES) return *(const VECTOR *)x;
    VECTOR v = {0};
    copy_part((char *)&v, (const char *)x, count * sizeof(REAL));
    return v;
}

static inline __attribute__((always_inline)) void TYPED(save)(REAL *y, VECTOR v, ptrdiff_t count) {
    if (count >= LANES) {
        *(VECTOR *)y = v;
    } else {
        copy_part((char *)y, (const char *)&v, count * sizeof(REAL));
    }
}

/* y = v = y + v. Of a part each number by itself: it may just have been written, beside others than are read now. */
static inline __attribute__((always_inline)) void TYPED(add)(REAL *y, VECTOR *v, ptrdiff_t count) {
    if (count >= LANES) {
        *(VECTOR *)y = *v += *(const VECTOR *)y;
    } else {
        VECTOR sum = *v;
        for (ptrdiff_t lane = 0; lane < count; lane++) y[lane] = sum[lane] += y[lane];
        *v = sum;
    }
}

/* x < 0 is false for NaN, which so stays NaN. */
static inline __attribute__((always_inline)) VECTOR TYPED(rectified)(VECTOR x) {
    union { VECTOR real; __typeof__(x < x) bits; } value = {x};
    value.bits &= ~(x < (VECTOR){0});
    return value.real;
}

/* The sums start from zero, not from the bias: with more to keep alive GCC spills one and the speed halves. */
static inline __attribute__((always_inline)) void TYPED(multiply)(
    VECTOR sums[TILE_ROWS][TILE_VECTORS], const int vectors, const REAL *const *a, const Grid *walk, const REAL *b,
    ptrdiff_t b_step) {
    const REAL *row[TILE_ROWS];
#pragma GCC unroll 8
    for (int i = 0; i < TILE_ROWS; i++) {
        row[i] = a[i];
#pragma GCC unroll 4
        for (int j = 0; j < vectors; j++) sums[i][j] = (VECTOR){0};
    }
    const ptrdiff_t step = walk->point_step;
    for (ptrdiff_t plane = 0; plane < walk->planes; plane++) {
        for (ptrdiff_t line = 0; line < walk->lines; line++) {
            ptrdiff_t at = plane * walk->plane_step + line * walk->line_step;
            for (ptrdiff_t left = walk->points; left > 0; left--) {
                VECTOR right[TILE_VECTORS];
#pragma GCC unroll 4
                for (int j = 0; j < vectors; j++) right[j] = *(const VECTOR *)(b + j * LANES);
#pragma GCC unroll 8
                for (int i = 0; i < TILE_ROWS; i++) {
                    const REAL factor = row[i][at];
#pragma GCC unroll 4
                    for (int j = 0; j < vectors; j++) sums[i][j] += factor * right[j];
                }
                at += step;
                b += b_step;
            }
        }
    }
}

static inline __attribute__((always_inline)) void TYPED(store)(
    VECTOR sums[TILE_ROWS][TILE_VECTORS], const int vectors, const REAL *bias, int finish, REAL *const *y, int rows,
    ptrdiff_t columns) {
    /* Only the last vector may reach beyond the columns that are wanted. */
#define TARGET (y[i] + j * LANES)
#define COUNT (j < vectors - 1 ? LANES : columns - j * LANES)
#define EACH_SUM _Pragma("GCC unroll 8") for (int i = 0; i < TILE_ROWS; i++) \
                 _Pragma("GCC unroll 4") for (int j = 0; j < vectors; j++)
    if (bias) EACH_SUM sums[i][j] += *(const VECTOR *)(bias + j * LANES);
    /* Rows of the result may overlap: one after the other. */
    if (finish & TILE_ADD) EACH_SUM {
        if (i < rows) TYPED(add)(TARGET, &sums[i][j], COUNT);
    }
    if ((finish & (TILE_ADD | TILE_RELU)) == TILE_ADD) return;
    if (finish & TILE_RELU) EACH_SUM sums[i][j] = TYPED(rectified)(sums[i][j]);
    EACH_SUM {
        if (i < rows) TYPED(save)(TARGET, sums[i][j], COUNT);
    }
#undef EACH_SUM
#undef TARGET
#undef COUNT
}

/* One tile. `columns` of it are wanted, and `rows`; the other pointers in `a` are read but nothing is stored for them.
   Not to be inlined: among the caller's variables the row pointers would not fit into registers. */
static __attribute__((noinline)) void TYPED(tile)(
    const REAL *const *a, const Grid *walk, const REAL *b, ptrdiff_t b_step, const REAL *bias, int finish,
    REAL *const *y, int rows, ptrdiff_t columns) {
    VECTOR sums[TILE_ROWS][TILE_VECTORS];
    for (int i = 0; i < rows && finish & TILE_FETCH; i++) {
        for (ptrdiff_t j = 0; j < columns; j += LANES) __builtin_prefetch(y[i] + j, 1);
    }
#define TILE_OF(vectors)                                   \
    TYPED(multiply)(sums, vectors, a, walk, b, b_step);    \
    TYPED(store)(sums, vectors, bias, finish, y, rows, columns)
    if (columns > (TILE_VECTORS - 1) * LANES) {
        TILE_OF(TILE_VECTORS);
    } else if (columns <= LANES) {
        TILE_OF(1);
    } else if (columns <= 2 * LANES) {
        TILE_OF(2);
    } else {
        TILE_OF(3);
    }
#undef TILE_OF
}

/* Slides the rows `first` to `last` past one panel, a tile at a time.

   a, a_rows: the left matrix, and where in it each row starts.    walk: the places of k, from the start of a row.
   b, b_step: the panel; its rows must be whole vectors long even where fewer columns are wanted.
   bias: as many vectors, or NULL.    y, y_rows: the result, and where in it each row starts. */
static void TYPED(sweep)(
    const REAL *a, const Grid *a_rows, ptrdiff_t first, ptrdiff_t last, const Grid *walk, const REAL *b,
    ptrdiff_t b_step, ptrdiff_t columns, const REAL *bias, int finish, REAL *y, const Grid *y_rows) {
    if (first >= last) return; /* a thread may get no rows, and a grid of none has no first place */
    GridPlace from = grid_place(a_rows, first), to = grid_place(y_rows, first);
    for (ptrdiff_t p = first; p < last; p += TILE_ROWS) {
        const REAL *sources[TILE_ROWS];
        REAL *targets[TILE_ROWS];
        const int rows = last - p < TILE_ROWS ? (int)(last - p) : TILE_ROWS;
        for (int i = 0; i < rows; i++) {
            sources[i] = a + from.offset;
            targets[i] = y + to.offset;
            grid_next(a_rows, &from);
            grid_next(y_rows, &to);
        }
        for (int i = rows; i < TILE_ROWS; i++) {
            sources[i] = sources[0];
            targets[i] = targets[0];
        }
        TYPED(tile)(sources, walk, b, b_step, bias, finish, targets, rows, columns);
    }
}

#undef VECTOR
#undef LANES
#endif
