/* Winograd's transforms, for 3 x 3 windows that are one pixel apart; the formulas and names stand in winograd.py.

   Squares of numbers are transformed, first their columns, then their rows, for a vector of channels at once. `size` is
   that of the square of output pixels, 4 or 2, and a constant wherever these functions are inlined; the window sees
   size + 2 pixels a side, and there are (size + 2)^2 points. This file includes itself once for each number type. */

#ifndef KERASNP_WINOGRAD_H
#define KERASNP_WINOGRAD_H

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "tile.h"

#define SIDE 6
#define POINTS (SIDE * SIDE)

/* Numbers between the end of one point's numbers and the start of the next: without it, all points could lie at the
   same place modulo the size of a page, and push each other out of the first-level cache. */
#define GAP 16

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 8")

/* Images and how their output pixels are cut into squares. Square (i, j) starts at the output pixel (i size, j size) and
   sees the input from (i size - top, j size - left) on. */
typedef struct {
    ptrdiff_t height, width, channels, top, left, size, down, across;
} Squares;

/* One of them: where its upper left pixel lies, perhaps outside the image. */
typedef struct {
    ptrdiff_t row, column, offset;
} Square;

static inline Square square_at(const Squares *s, ptrdiff_t number) {
    const ptrdiff_t line = number / s->across, image = line / s->down;
    Square square = {(line - image * s->down) * s->size - s->top, (number - line * s->across) * s->size - s->left, 0};
    square.offset = ((image * s->height + square.row) * s->width + square.column) * s->channels;
    return square;
}

static inline int is_within(const Squares *s, const Square *square, ptrdiff_t side) {
    return square->row >= 0 && square->column >= 0 && square->row + side <= s->height &&
           square->column + side <= s->width;
}

/* Transforms a square: `line` is done to its columns, and then to the rows. A line has `from` vectors before and `to`
   afterwards. LOAD(i, j) is a vector of the square; SAVE(i, j, v) takes one of the result. */
#define TRANSFORM(line, from, to, LOAD, SAVE)                                        \
    do {                                                                             \
        VECTOR half_done[SIDE][SIDE];                                                \
        for (ptrdiff_t j = 0; j < (from); j++) {                                     \
            VECTOR v[SIDE];                                                          \
            UNROLL for (ptrdiff_t i = 0; i < (from); i++) v[i] = LOAD(i, j);         \
            TYPED(line)(v, size);                                                    \
            UNROLL for (ptrdiff_t i = 0; i < (to); i++) half_done[i][j] = v[i];      \
        }                                                                            \
        for (ptrdiff_t i = 0; i < (to); i++) {                                       \
            VECTOR v[SIDE];                                                          \
            UNROLL for (ptrdiff_t j = 0; j < (from); j++) v[j] = half_done[i][j];    \
            TYPED(line)(v, size);                                                    \
            UNROLL for (ptrdiff_t j = 0; j < (to); j++) SAVE(i, j, v[j]);            \
        }                                                                            \
    } while (0)

/* What LOAD and SAVE are made of. `plain`: the whole square lies in the image, and the vector in its channels. */
#define PIXEL(i, j) (pixel + ((i) * s->width + (j)) * s->channels)
#define POINT(i, j) (point + ((i) * (size + 2) + (j)) * point_step)
#define TAP(i, j) (tap + ((i) * 3 + (j)) * tap_step)
#define WITHIN(i, j) \
    ((size_t)(square.row + (i)) < (size_t)s->height && (size_t)(square.column + (j)) < (size_t)s->width)

#define LOAD_PIXEL(i, j) \
    (__builtin_prefetch(PIXEL(i, j + size)), plain ? *(const VECTOR *)PIXEL(i, j) : WITHIN(i, j) ? TYPED(load)(PIXEL(i, j), count) : (VECTOR){0})
#define LOAD_POINT(i, j) (*(const VECTOR *)POINT(i, j))

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

/* -- images to points ------------------------------------------------------------------------------------------------- */

INLINE void TYPED(input_to_points_of)(
    const REAL *images, const Squares *s, ptrdiff_t first, ptrdiff_t last, REAL *points, ptrdiff_t point_step,
    ptrdiff_t square_step, const int size) {
    for (ptrdiff_t number = first; number < last; number++, points += square_step) {
        const Square square = square_at(s, number);
        const int within = is_within(s, &square, size + 2);
        for (ptrdiff_t c = 0; c < s->channels; c += LANES) {
            const ptrdiff_t count = s->channels - c;
            const int plain = within && count >= LANES;
            const REAL *pixel = images + square.offset + c;
            REAL *point = points + c;
#define SAVE_POINT(i, j, v) TYPED(save)(POINT(i, j), v, count)
            TRANSFORM(input_to_points, size + 2, size + 2, LOAD_PIXEL, SAVE_POINT);
        }
    }
}

/* Transforms squares first to last of the input. points: where the first one's numbers go; those of the points are
   point_step apart, those of the squares square_step. */
static void TYPED(points_of_input)(
    const REAL *images, const Squares *s, ptrdiff_t first, ptrdiff_t last, REAL *points, ptrdiff_t point_step,
    ptrdiff_t square_step) {
    if (s->size == 4) {
        TYPED(input_to_points_of)(images, s, first, last, points, point_step, square_step, 4);
    } else {
        TYPED(input_to_points_of)(images, s, first, last, points, point_step, square_step, 2);
    }
}

INLINE void TYPED(gradient_to_points_of)(
    const REAL *images, const Squares *s, ptrdiff_t first, ptrdiff_t last, REAL *points, ptrdiff_t point_step,
    ptrdiff_t square_step, REAL *sums, const int size) {
    for (ptrdiff_t number = first; number < last; number++, points += square_step) {
        const Square square = square_at(s, number);
        const int within = is_within(s, &square, size);
        for (ptrdiff_t c = 0; c < s->channels; c += LANES) {
            const ptrdiff_t count = s->channels - c;
            const int plain = within && count >= LANES;
            const REAL *pixel = images + square.offset + c;
            REAL *point = points + c;
            VECTOR sum = {0}, next;
#define ADD_PIXEL(i, j) (next = LOAD_PIXEL(i, j), sum += next, next)
            TRANSFORM(output_to_points, size, size + 2, ADD_PIXEL, SAVE_POINT);
            if (sums) TYPED(save)(sums + c, TYPED(load)(sums + c, count) + sum, count);
        }
    }
}

/* Transforms squares first to last of the gradient by the output, and adds their sum to `sums` unless that is NULL. */
static void TYPED(points_of_gradient)(
    const REAL *images, const Squares *s, ptrdiff_t first, ptrdiff_t last, REAL *points, ptrdiff_t point_step,
    ptrdiff_t square_step, REAL *sums) {
    if (s->size == 4) {
        TYPED(gradient_to_points_of)(images, s, first, last, points, point_step, square_step, sums, 4);
    } else {
        TYPED(gradient_to_points_of)(images, s, first, last, points, point_step, square_step, sums, 2);
    }
}

/* -- points to images: `columns` channels from the image's first on --------------------------------------------------- */

INLINE void TYPED(points_to_output_of)(
    const REAL *points, ptrdiff_t point_step, ptrdiff_t square_step, const Squares *s, ptrdiff_t first,
    ptrdiff_t last, const REAL *bias, int relu, REAL *images, ptrdiff_t columns, const int size) {
    for (ptrdiff_t number = first; number < last; number++, points += square_step) {
        const Square square = square_at(s, number);
        const int within = is_within(s, &square, size);
        for (ptrdiff_t c = 0; c < columns; c += LANES) {
            const ptrdiff_t count = columns - c;
            const int plain = within && count >= LANES;
            const VECTOR shift = bias ? TYPED(load)(bias + c, count) : (VECTOR){0};
            const REAL *point = points + c;
            REAL *pixel = images + square.offset + c;
#define SAVE_PIXEL(i, j, v)                                                                   \
    do {                                                                                      \
        VECTOR result = (v) + shift;                                                          \
        __builtin_prefetch(PIXEL(i, j + size), 1);                                            \
        if (relu) result = TYPED(rectified)(result);                                          \
        if (plain || WITHIN(i, j)) TYPED(save)(PIXEL(i, j), result, plain ? LANES : count);   \
    } while (0)
            TRANSFORM(points_to_output, size + 2, size, LOAD_POINT, SAVE_PIXEL);
        }
    }
}

/* Transforms numbers at the points back to squares first to last of the output, adds a bias (or NULL), and with `relu`
   cuts off what is negative. */
static void TYPED(output_of_points)(
    const REAL *points, ptrdiff_t point_step, ptrdiff_t square_step, const Squares *s, ptrdiff_t first,
    ptrdiff_t last, const REAL *bias, int relu, REAL *images, ptrdiff_t columns) {
    if (s->size == 4) {
        TYPED(points_to_output_of)(points, point_step, square_step, s, first, last, bias, relu, images, columns, 4);
    } else {
        TYPED(points_to_output_of)(points, point_step, square_step, s, first, last, bias, relu, images, columns, 2);
    }
}

INLINE void TYPED(points_to_gradient_of)(
    const REAL *points, ptrdiff_t point_step, ptrdiff_t square_step, const Squares *s, ptrdiff_t first,
    ptrdiff_t last, REAL *images, ptrdiff_t columns, const int size) {
    for (ptrdiff_t number = first; number < last; number++, points += square_step) {
        const Square square = square_at(s, number);
        const int within = is_within(s, &square, size + 2);
        for (ptrdiff_t c = 0; c < columns; c += LANES) {
            const ptrdiff_t count = columns - c;
            const int plain = within && count >= LANES;
            const REAL *point = points + c;
            REAL *pixel = images + square.offset + c;
#define ADD_TO_PIXEL(i, j, v)                                                            \
    do {                                                                                 \
        __builtin_prefetch(PIXEL(i, j + size), 1);                                       \
        if (plain) {                                                                     \
            *(VECTOR *)PIXEL(i, j) += (v);                                               \
        } else if (WITHIN(i, j)) {                                                       \
            TYPED(save)(PIXEL(i, j), TYPED(load)(PIXEL(i, j), count) + (v), count);      \
        }                                                                                \
    } while (0)
            TRANSFORM(points_to_input, size + 2, size + 2, LOAD_POINT, ADD_TO_PIXEL);
        }
    }
}

/* Transforms numbers at the points back, and adds them to the pixels of the input's gradient that the squares saw. */
static void TYPED(gradient_of_points)(
    const REAL *points, ptrdiff_t point_step, ptrdiff_t square_step, const Squares *s, ptrdiff_t first,
    ptrdiff_t last, REAL *images, ptrdiff_t columns) {
    if (s->size == 4) {
        TYPED(points_to_gradient_of)(points, point_step, square_step, s, first, last, images, columns, 4);
    } else {
        TYPED(points_to_gradient_of)(points, point_step, square_step, s, first, last, images, columns, 2);
    }
}

/* -- windows ------------------------------------------------------------------------------------------------------------ */

INLINE void TYPED(windows_to_points_of)(
    const REAL *w, ptrdiff_t tap_step, ptrdiff_t rows, ptrdiff_t row_step, ptrdiff_t columns, REAL *points,
    ptrdiff_t point_step, ptrdiff_t width, const int size) {
    for (ptrdiff_t row = 0; row < rows; row++) {
        for (ptrdiff_t k = 0; k < width; k += LANES) {
            const ptrdiff_t count = columns > k ? columns - k : 0;
            const REAL *tap = w + row * row_step + k;
            REAL *point = points + row * width + k;
#define LOAD_TAP(i, j) TYPED(load)(TAP(i, j), count)
#define SAVE_WHOLE(i, j, v) (*(VECTOR *)POINT(i, j) = (v))
            TRANSFORM(window_to_points, 3, size + 2, LOAD_TAP, SAVE_WHOLE);
        }
    }
}

/* Transforms rows of `columns` windows into rows of a panel, `width` wide, with zeros where windows are missing. Tap
   number t of all of them is at w + t * tap_step. */
static void TYPED(points_of_windows)(
    const REAL *w, ptrdiff_t tap_step, ptrdiff_t rows, ptrdiff_t row_step, ptrdiff_t columns, REAL *points,
    ptrdiff_t point_step, ptrdiff_t width, ptrdiff_t size) {
    if (size == 4) {
        TYPED(windows_to_points_of)(w, tap_step, rows, row_step, columns, points, point_step, width, 4);
    } else {
        TYPED(windows_to_points_of)(w, tap_step, rows, row_step, columns, points, point_step, width, 2);
    }
}

INLINE void TYPED(points_to_windows_of)(
    const REAL *points, ptrdiff_t point_step, ptrdiff_t columns, REAL *w, ptrdiff_t tap_step, int add,
    const int size) {
    for (ptrdiff_t k = 0; k < columns; k += LANES) {
        const ptrdiff_t count = columns - k;
        const REAL *point = points + k;
        REAL *tap = w + k;
#define SAVE_TAP(i, j, v)                                    \
    do {                                                     \
        VECTOR sum = (v);                                    \
        if (add) sum += TYPED(load)(TAP(i, j), count);       \
        TYPED(save)(TAP(i, j), sum, count);                  \
    } while (0)
        TRANSFORM(points_to_window, size + 2, 3, LOAD_POINT, SAVE_TAP);
    }
}

/* Transforms gradients at the points back to those of `columns` windows, and stores or adds them. */
static void TYPED(windows_of_points)(
    const REAL *points, ptrdiff_t point_step, ptrdiff_t columns, REAL *w, ptrdiff_t tap_step, int add,
    ptrdiff_t size) {
    if (size == 4) {
        TYPED(points_to_windows_of)(points, point_step, columns, w, tap_step, add, 4);
    } else {
        TYPED(points_to_windows_of)(points, point_step, columns, w, tap_step, add, 2);
    }
}

#undef VECTOR
#undef LANES
#endif
