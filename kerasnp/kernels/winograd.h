/* Winograd's transforms, for 3 x 3 windows that are one pixel apart; the formulas and names stand in winograd.py.

   `size` is that of the square of output pixels, 4 or 2; the window sees size + 2 pixels a side, and there are
   (size + 2)^2 points. Only whole vectors of channels are transformed. Where a square reaches beyond its image, or the
   channels end within a vector, what there is goes through a copy aside, so that the transforms have no conditions in
   them. This file includes itself once for each number type. */

#ifndef KERASNP_WINOGRAD_H
#define KERASNP_WINOGRAD_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tile.h"

#define SIDE 6
#define POINTS (SIDE * SIDE)
#define TAPS 9

/* Numbers between the end of one point's numbers and the start of the next: without it, all points could lie at the
   same place modulo the size of a page, and push each other out of the first-level cache. */
#define GAP 16

#define INLINE static inline __attribute__((always_inline))
#define ALIGNED __attribute__((aligned(TILE_BYTES)))
#define UNROLL _Pragma("GCC unroll 8")

/* The first place from here on where a vector may be loaded without crossing a line of the cache. */
static inline void *aligned(void *place) { return (void *)(((uintptr_t)place + TILE_BYTES - 1) / TILE_BYTES * TILE_BYTES); }

/* Images and how their output pixels are cut into squares. Square (i, j) starts at the output pixel (i size, j size) and
   sees the input from (i size - top, j size - left) on. */
typedef struct {
    ptrdiff_t height, width, channels, top, left, size, down, across;
} Squares;

/* One of them, `side` pixels wide: the offset of its upper left pixel, perhaps outside the image; which of its lines and
   columns lie in the image, and whether all do; and how many lines and columns of it squares before have seen. */
typedef struct {
    ptrdiff_t offset, first_line, last_line, first_column, last_column, seen_lines, seen_columns;
    int whole;
} Square;

static inline ptrdiff_t limited(ptrdiff_t value, ptrdiff_t most) { return value < 0 ? 0 : value < most ? value : most; }

static inline Square square_at(const Squares *s, ptrdiff_t number, ptrdiff_t side) {
    const ptrdiff_t line = number / s->across, image = line / s->down;
    const ptrdiff_t i = (line - image * s->down) * s->size - s->top, j = (number - line * s->across) * s->size - s->left;
    Square square;
    square.offset = ((image * s->height + i) * s->width + j) * s->channels;
    square.first_line = limited(-i, side);
    square.last_line = limited(s->height - i, side);
    square.first_column = limited(-j, side);
    square.last_column = limited(s->width - j, side);
    square.whole = i >= 0 && j >= 0 && i + side <= s->height && j + side <= s->width;
    square.seen_lines = i + s->top > 0 ? side - s->size : 0;
    square.seen_columns = j + s->left > 0 ? side - s->size : 0;
    return square;
}

#define REAL float
#define TYPED(name) name##_float
#include "winograd.h"
#undef REAL
#undef TYPED

#define REAL double
#define TYPED(name) name##_double
#include "winograd.h"
#undef REAL
#undef TYPED

#elif defined(REAL)

#define VECTOR TYPED(vector)
#define LANES ((ptrdiff_t)(TILE_BYTES / sizeof(REAL)))

#include "winograd_lines.h"

/* x < least is false for NaN, which so stays NaN. */
INLINE VECTOR TYPED(cut_off)(VECTOR x, REAL least) {
    union { VECTOR real; __typeof__(x < x) bits; } value = {x};
    value.bits &= ~(x < least);
    return value.real;
}

/* -- squares of vectors ------------------------------------------------------------------------------------------------ */

/* What happens to a result: lines and columns before these are added to what is there; and an output is shifted by the
   bias, and what is less than `least` becomes zero. */
typedef struct {
    ptrdiff_t added_lines, added_columns;
    VECTOR shift;
    REAL least;
} TYPED(Finish);

/* Transforms a square of vectors, which are `down` and `across` apart, into another. */
typedef void TYPED(Transform)(
    const REAL *square, ptrdiff_t down, ptrdiff_t across, REAL *result, ptrdiff_t result_down, ptrdiff_t result_across,
    const TYPED(Finish) *finish);

#define STORE(i, j, v, place)
#define ADD(i, j, v, place) if ((i) < finish->added_lines || (j) < finish->added_columns) (v) += *(place)
#define SHIFT(i, j, v, place) (v) = TYPED(cut_off)((v) + finish->shift, finish->least)

/* `line` is done to the columns, and then to the rows; it has `from` vectors before and `to` afterwards. Not to be
   inlined: the compiler would keep the addresses of all 36 vectors. */
#define TRANSFORM(name, line, size, from, to, FINISH)                                                             \
    static __attribute__((noinline)) void TYPED(name)(                                                            \
        const REAL *square, ptrdiff_t down, ptrdiff_t across, REAL *result, ptrdiff_t result_down,                \
        ptrdiff_t result_across, const TYPED(Finish) *finish) {                                                   \
        ALIGNED VECTOR half_done[SIDE][SIDE];                                                                     \
        (void)finish;                                                                                             \
        UNROLL for (ptrdiff_t j = 0; j < (from); j++) {                                                           \
            VECTOR v[SIDE];                                                                                       \
            UNROLL for (ptrdiff_t i = 0; i < (from); i++) v[i] = *(const VECTOR *)(square + i * down + j * across); \
            TYPED(line)(v, size);                                                                                 \
            UNROLL for (ptrdiff_t i = 0; i < (to); i++) half_done[i][j] = v[i];                                   \
        }                                                                                                         \
        UNROLL for (ptrdiff_t i = 0; i < (to); i++) {                                                             \
            VECTOR v[SIDE];                                                                                       \
            UNROLL for (ptrdiff_t j = 0; j < (from); j++) v[j] = half_done[i][j];                                 \
            TYPED(line)(v, size);                                                                                 \
            UNROLL for (ptrdiff_t j = 0; j < (to); j++) {                                                         \
                VECTOR *const place = (VECTOR *)(result + i * result_down + j * result_across);                   \
                FINISH(i, j, v[j], place);                                                                        \
                *place = v[j];                                                                                    \
            }                                                                                                     \
        }                                                                                                         \
    }

TRANSFORM(input_2, input_to_points, 2, 4, 4, STORE)
TRANSFORM(input_4, input_to_points, 4, 6, 6, STORE)
TRANSFORM(input_back_2, points_to_input, 2, 4, 4, ADD)
TRANSFORM(input_back_4, points_to_input, 4, 6, 6, ADD)
TRANSFORM(output_2, output_to_points, 2, 2, 4, STORE)
TRANSFORM(output_4, output_to_points, 4, 4, 6, STORE)
TRANSFORM(output_back_2, points_to_output, 2, 4, 2, SHIFT)
TRANSFORM(output_back_4, points_to_output, 4, 6, 4, SHIFT)
TRANSFORM(window_2, window_to_points, 2, 3, 4, STORE)
TRANSFORM(window_4, window_to_points, 4, 3, 6, STORE)
TRANSFORM(window_back_2, points_to_window, 2, 4, 3, ADD)
TRANSFORM(window_back_4, points_to_window, 4, 6, 3, ADD)

/* -- squares of images ------------------------------------------------------------------------------------------------- */

/* Asks for the pixels that the next square has and this one has not: they come while this one is transformed. */
INLINE void TYPED(fetch_next)(const REAL *pixel, ptrdiff_t down, ptrdiff_t across, ptrdiff_t size, ptrdiff_t side) {
    for (ptrdiff_t i = 0; i < side; i++) {
        for (ptrdiff_t j = side; j < side + size; j++) __builtin_prefetch(pixel + i * down + j * across);
    }
}

/* Copies what an image has of a square aside, `count` channels of it. */
static void TYPED(copy_aside)(
    const REAL *pixel, ptrdiff_t down, ptrdiff_t across, const Square *square, ptrdiff_t count, REAL *aside) {
    for (ptrdiff_t i = square->first_line; i < square->last_line; i++) {
        for (ptrdiff_t j = square->first_column; j < square->last_column; j++) {
            *(VECTOR *)(aside + (i * SIDE + j) * LANES) = TYPED(load)(pixel + i * down + j * across, count);
        }
    }
}

static void TYPED(copy_back)(
    const REAL *aside, REAL *pixel, ptrdiff_t down, ptrdiff_t across, const Square *square, ptrdiff_t count) {
    for (ptrdiff_t i = square->first_line; i < square->last_line; i++) {
        for (ptrdiff_t j = square->first_column; j < square->last_column; j++) {
            TYPED(save)(pixel + i * down + j * across, *(const VECTOR *)(aside + (i * SIDE + j) * LANES), count);
        }
    }
}

/* Transforms squares first to last of the input, or with `gradient` of the gradient by the output.

   points: where the first one's numbers go; those of the points are point_step apart, those of the squares square_step,
   which is a multiple of LANES.    sums: the sum of all pixels is added to them, unless NULL. */
static void TYPED(images_to_points)(
    const REAL *images, const Squares *s, int gradient, ptrdiff_t first, ptrdiff_t last, REAL *points,
    ptrdiff_t point_step, ptrdiff_t square_step, REAL *sums) {
    const ptrdiff_t size = s->size, side = gradient ? size : size + 2, channels = s->channels;
    TYPED(Transform) *const transform =
        size == 4 ? (gradient ? TYPED(output_4) : TYPED(input_4)) : (gradient ? TYPED(output_2) : TYPED(input_2));
    ALIGNED REAL aside[SIDE * SIDE * LANES];
    for (ptrdiff_t number = first; number < last; number++, points += square_step) {
        const Square square = square_at(s, number, side);
        if (!square.whole) memset(aside, 0, sizeof(aside));
        for (ptrdiff_t c = 0; c < channels; c += LANES) {
            const ptrdiff_t count = channels - c;
            const REAL *pixel = images + square.offset + c;
            ptrdiff_t down = s->width * channels, across = channels;
            TYPED(fetch_next)(pixel, down, across, size, side);
            if (!square.whole || count < LANES) {
                TYPED(copy_aside)(pixel, down, across, &square, count, aside);
                pixel = aside;
                down = SIDE * LANES;
                across = LANES;
            }
            transform(pixel, down, across, points + c, (size + 2) * point_step, point_step, NULL);
            if (!sums) continue;
            VECTOR sum = TYPED(load)(sums + c, count);
            for (ptrdiff_t i = 0; i < side; i++) {
                for (ptrdiff_t j = 0; j < side; j++) sum += *(const VECTOR *)(pixel + i * down + j * across);
            }
            TYPED(save)(sums + c, sum, count);
        }
    }
}

/* Transforms numbers at the points back to squares first to last: of the output, with a bias (or NULL) added and with
   `relu` what is negative cut off; or with `gradient` of the input's gradient, where squares overlap and add up.

   `columns` of the images' channels, from where the pointer is on, are made. */
static void TYPED(points_to_images)(
    const REAL *points, ptrdiff_t point_step, ptrdiff_t square_step, const Squares *s, int gradient, ptrdiff_t first,
    ptrdiff_t last, const REAL *bias, int relu, REAL *images, ptrdiff_t columns) {
    const ptrdiff_t size = s->size, side = gradient ? size + 2 : size;
    const ptrdiff_t down = s->width * s->channels, across = s->channels;
    TYPED(Transform) *const transform =
        size == 4 ? (gradient ? TYPED(input_back_4) : TYPED(output_back_4))
                  : (gradient ? TYPED(input_back_2) : TYPED(output_back_2));
    TYPED(Finish) finish = {0, 0, {0}, relu ? 0 : -(REAL)INFINITY};
    ALIGNED REAL aside[SIDE * SIDE * LANES];
    memset(aside, 0, sizeof(aside));
    for (ptrdiff_t number = first; number < last; number++, points += square_step) {
        const Square square = square_at(s, number, side);
        finish.added_lines = square.seen_lines;
        finish.added_columns = square.seen_columns;
        for (ptrdiff_t c = 0; c < columns; c += LANES) {
            const REAL *point = points + c;
            REAL *pixel = images + square.offset + c;
            const ptrdiff_t count = columns - c;
            TYPED(fetch_next)(pixel, down, across, size, side);
            if (bias) finish.shift = TYPED(load)(bias + c, count);
            if (square.whole && count >= LANES) {
                transform(point, (size + 2) * point_step, point_step, pixel, down, across, &finish);
            } else {
                if (gradient) TYPED(copy_aside)(pixel, down, across, &square, count, aside);
                transform(point, (size + 2) * point_step, point_step, aside, SIDE * LANES, LANES, &finish);
                TYPED(copy_back)(aside, pixel, down, across, &square, count);
            }
        }
    }
}

/* -- windows ------------------------------------------------------------------------------------------------------------ */

/* Transforms `rows` rows of `width` windows into rows of a panel. Tap number t of all of them is at w + t * tap_step. */
static void TYPED(windows_to_points)(
    const REAL *w, ptrdiff_t tap_step, ptrdiff_t rows, ptrdiff_t row_step, ptrdiff_t width, REAL *points,
    ptrdiff_t point_step, ptrdiff_t size) {
    TYPED(Transform) *const transform = size == 4 ? TYPED(window_4) : TYPED(window_2);
    for (ptrdiff_t row = 0; row < rows; row++) {
        for (ptrdiff_t k = 0; k < width; k += LANES) {
            transform(
                w + row * row_step + k, 3 * tap_step, tap_step, points + row * width + k, (size + 2) * point_step,
                point_step, NULL);
        }
    }
}

/* Transforms gradients at the points back to those of `columns` windows, and stores or adds them. */
static void TYPED(points_to_windows)(
    const REAL *points, ptrdiff_t point_step, ptrdiff_t columns, REAL *w, ptrdiff_t tap_step, int add,
    ptrdiff_t size) {
    TYPED(Transform) *const transform = size == 4 ? TYPED(window_back_4) : TYPED(window_back_2);
    const TYPED(Finish) finish = {add ? 3 : 0, 0, {0}, 0};
    ALIGNED REAL aside[TAPS * LANES];
    for (ptrdiff_t k = 0; k < columns; k += LANES) {
        const ptrdiff_t count = columns - k;
        const int whole = count >= LANES;
        for (ptrdiff_t t = 0; t < TAPS && add && !whole; t++) {
            *(VECTOR *)(aside + t * LANES) = TYPED(load)(w + t * tap_step + k, count);
        }
        transform(
            points + k, (size + 2) * point_step, point_step, whole ? w + k : aside, 3 * (whole ? tap_step : LANES),
            whole ? tap_step : LANES, &finish);
        for (ptrdiff_t t = 0; t < TAPS && !whole; t++) {
            TYPED(save)(w + t * tap_step + k, *(const VECTOR *)(aside + t * LANES), count);
        }
    }
}

#undef VECTOR
#undef LANES
#endif
