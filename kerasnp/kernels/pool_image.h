/* Pooling of one image. The running result of a window stays in registers, a vector of channels at a time, while the
   loop walks over the window's pixels; with plain loops over channels the compiler keeps it in memory. */

#ifndef KERASNP_POOL_IMAGE_H
#define KERASNP_POOL_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The image, (h, w, channels), and its windows. */
typedef struct {
    ptrdiff_t h, w, channels, out_h, out_w, pool_h, pool_w, stride_h, stride_w, pad_top, pad_left;
} Pool;

/* The pixels of a window that lie inside the image, from x + start on. Its cells are numbered row by row, counting those
   outside as well: the first pixel is cell `first_cell`, the one below it `row_cells` further. */
typedef struct {
    ptrdiff_t rows, columns, start, row_step, column_step;
    int first_cell, row_cells;
} Window;

static inline Window window_at(const Pool *pool, ptrdiff_t i, ptrdiff_t j) {
    const ptrdiff_t top = i * pool->stride_h - pool->pad_top, left = j * pool->stride_w - pool->pad_left;
    const ptrdiff_t row = top < 0 ? -top : 0, column = left < 0 ? -left : 0;
    const ptrdiff_t below = pool->h - top, beside = pool->w - left;
    return (Window){
        .rows = (below < pool->pool_h ? below : pool->pool_h) - row,
        .columns = (beside < pool->pool_w ? beside : pool->pool_w) - column,
        .start = ((top + row) * pool->w + left + column) * pool->channels,
        .row_step = pool->w * pool->channels,
        .column_step = pool->channels,
        .first_cell = (int)(row * pool->pool_w + column),
        .row_cells = (int)pool->pool_w,
    };
}

/* All pixels as the one row of a window. */
static inline Window whole_image(ptrdiff_t pixels, ptrdiff_t channels) {
    return (Window){.rows = 1, .columns = pixels, .column_step = channels};
}

static inline int overlap(const Pool *pool) { return pool->stride_h < pool->pool_h || pool->stride_w < pool->pool_w; }

/* Whether some pixels are in no window, where windows do not overlap. */
static inline int gaps(const Pool *pool) {
    return pool->stride_h > pool->pool_h || pool->out_h * pool->stride_h - pool->pad_top < pool->h
        || pool->stride_w > pool->pool_w || pool->out_w * pool->stride_w - pool->pad_left < pool->w;
}

/* Zeroes the rows of an image that the windows of line i are the first to touch, and for the last line all that are
   left. Done line by line, as what was zeroed is still in the first cache when the windows add to it. */
static inline ptrdiff_t clear_rows(const Pool *pool, ptrdiff_t i, ptrdiff_t cleared, void *image, size_t size) {
    const ptrdiff_t bottom = i * pool->stride_h - pool->pad_top + pool->pool_h;
    const ptrdiff_t stop = bottom < pool->h && i < pool->out_h - 1 ? bottom : pool->h;
    const size_t row = (size_t)(pool->w * pool->channels) * size;
    if (stop <= cleared) return cleared;
    memset((char *)image + (size_t)cleared * row, 0, (size_t)(stop - cleared) * row);
    return stop;
}

/* Pixels added up before they join the total, which keeps the rounding error of large images small. */
enum { POOL_RUN = 512 };

#define EACH_WIDTH "pool_image.h"
#include "each_width.h"

/* Calls f for all channels of the windows in line i. Where the size is a known number its loops are unrolled. */
#define EACH_WINDOW(f, type, pool, i, ...)                                                                             \
    for (ptrdiff_t j = 0; j < pool->out_w; j++) {                                                                      \
        const Window window = window_at(pool, i, j);                                                                   \
        const ptrdiff_t out = (i * pool->out_w + j) * pool->channels;                                                  \
        if (window.rows == 2 && window.columns == 2)                                                                   \
            ALL_COLUMNS(f, type, pool->channels, &window, 2, 2, __VA_ARGS__);                                          \
        else                                                                                                           \
            ALL_COLUMNS(f, type, pool->channels, &window, window.rows, window.columns, __VA_ARGS__);                   \
    }

#define DEFINE_POOLING(type)                                                                                           \
    static void max_of_image_##type(const Pool *pool, const type *x, type *y, uint16_t *cells) {                       \
        for (ptrdiff_t i = 0; i < pool->out_h; i++)                                                                    \
            EACH_WINDOW(max_of_window, type, pool, i, x + window.start, y + out, cells ? cells + out : NULL)           \
    }                                                                                                                  \
    static void route_into_image_##type(const Pool *pool, const type *dy, const uint16_t *cells, type *dx) {           \
        const int add = overlap(pool), clear = add || gaps(pool);                                                      \
        for (ptrdiff_t i = 0, cleared = 0; i < pool->out_h; i++) {                                                     \
            if (clear) cleared = clear_rows(pool, i, cleared, dx, sizeof(type));                                       \
            EACH_WINDOW(route, type, pool, i, dy + out, cells + out, add, dx + window.start)                                \
        }                                                                                                              \
    }                                                                                                                  \
    static void average_of_image_##type(const Pool *pool, const type *x, type *y) {                                    \
        for (ptrdiff_t i = 0; i < pool->out_h; i++)                                                                    \
            EACH_WINDOW(average_of_window, type, pool, i, x + window.start, y + out)                                   \
    }                                                                                                                  \
    static void spread_into_image_##type(const Pool *pool, const type *dy, type *dx) {                                 \
        const int add = overlap(pool), clear = add || gaps(pool);                                                      \
        for (ptrdiff_t i = 0, cleared = 0; i < pool->out_h; i++) {                                                     \
            if (clear) cleared = clear_rows(pool, i, cleared, dx, sizeof(type));                                       \
            EACH_WINDOW(spread, type, pool, i, dy + out, add, dx + window.start)                                            \
        }                                                                                                              \
    }                                                                                                                  \
    static void max_of_pixels_##type(ptrdiff_t pixels, ptrdiff_t channels, const type *x, type *y, int32_t *places) {  \
        const Window window = whole_image(pixels, channels);                                                           \
        ALL_COLUMNS(max_of_pixels, type, channels, &window, 1, pixels, x, y, places);                                  \
    }                                                                                                                  \
    static void average_of_pixels_##type(ptrdiff_t pixels, ptrdiff_t channels, const type *x, type *y) {               \
        const Window window = whole_image(pixels, channels);                                                           \
        ALL_COLUMNS(average_of_window, type, channels, &window, 1, pixels, x, y);                                      \
    }
DEFINE_POOLING(float)
DEFINE_POOLING(double)

#elif defined(REAL)

/* The largest of some pixels, and the cell of the first that is. A NaN wins against every number. */
INLINE VECTOR NAME(largest)(const Window *window, ptrdiff_t rows, ptrdiff_t columns, const REAL *x, MASK *place) {
    VECTOR most = LOAD(x);
    MASK at = (MASK){0} + window->first_cell;
    for (ptrdiff_t row = 0; row < rows; row++) {
        MASK cell = (MASK){0} + (window->first_cell + (int)row * window->row_cells);
        for (ptrdiff_t column = 0; column < columns; column++) {
            const VECTOR value = LOAD(x + row * window->row_step + column * window->column_step);
            const MASK stays = (value <= most) | (most != most);
            most = SELECT(VECTOR, stays, most, value);
            at = SELECT(MASK, stays, at, cell);
            cell += 1;
        }
    }
    *place = at;
    return most;
}

INLINE ptrdiff_t NAME(max_of_window)(
    ptrdiff_t k, ptrdiff_t channels, const Window *window, ptrdiff_t rows, ptrdiff_t columns, const REAL *x, REAL *y,
    uint16_t *cells) {
    for (; k + LANES <= channels; k += LANES) {
        MASK place;
        STORE(y + k, NAME(largest)(window, rows, columns, x + k, &place));
        if (cells) *(NAME(uint16) *)(cells + k) = CONVERT(place, NAME(uint16));
    }
    return k;
}

INLINE ptrdiff_t NAME(max_of_pixels)(
    ptrdiff_t k, ptrdiff_t channels, const Window *window, ptrdiff_t rows, ptrdiff_t columns, const REAL *x, REAL *y,
    int32_t *places) {
    for (; k + LANES <= channels; k += LANES) {
        MASK place;
        STORE(y + k, NAME(largest)(window, rows, columns, x + k, &place));
        if (places) *(NAME(int32) *)(places + k) = CONVERT(place, NAME(int32));
    }
    return k;
}

/* Adds dy to the pixel that was the largest. */
INLINE ptrdiff_t NAME(route)(
    ptrdiff_t k, ptrdiff_t channels, const Window *window, ptrdiff_t rows, ptrdiff_t columns, const REAL *dy,
    const uint16_t *cells, int add, REAL *dx) {
    for (; k + LANES <= channels; k += LANES) {
        const VECTOR slope = LOAD(dy + k), nothing = {0};
        const MASK place = CONVERT(*(const NAME(uint16) *)(cells + k), MASK);
        for (ptrdiff_t row = 0; row < rows; row++) {
            MASK cell = (MASK){0} + (window->first_cell + (int)row * window->row_cells);
            for (ptrdiff_t column = 0; column < columns; column++) {
                REAL *pixel = dx + row * window->row_step + column * window->column_step + k;
                VECTOR share = SELECT(VECTOR, place == cell, slope, nothing);
                if (add) share += LOAD(pixel);
                STORE(pixel, share);
                cell += 1;
            }
        }
    }
    return k;
}

INLINE ptrdiff_t NAME(average_of_window)(
    ptrdiff_t k, ptrdiff_t channels, const Window *window, ptrdiff_t rows, ptrdiff_t columns, const REAL *x, REAL *y) {
    const REAL share = 1 / (REAL)(rows * columns);
    for (; k + LANES <= channels; k += LANES) {
        VECTOR total = {0};
        for (ptrdiff_t row = 0; row < rows; row++) {
            for (ptrdiff_t start = 0; start < columns; start += POOL_RUN) {
                const ptrdiff_t stop = columns - start < POOL_RUN ? columns : start + POOL_RUN;
                VECTOR run = {0}, odd = {0}; /* two sums, as an addition takes as long as several loads */
                for (ptrdiff_t column = start; column < stop - 1; column += 2) {
                    const REAL *pixel = x + row * window->row_step + column * window->column_step + k;
                    run += LOAD(pixel);
                    odd += LOAD(pixel + window->column_step);
                }
                if ((stop - start) % 2) run += LOAD(x + row * window->row_step + (stop - 1) * window->column_step + k);
                total += run + odd;
            }
        }
        STORE(y + k, total * share);
    }
    return k;
}

/* Adds an equal share of dy to every pixel. */
INLINE ptrdiff_t NAME(spread)(
    ptrdiff_t k, ptrdiff_t channels, const Window *window, ptrdiff_t rows, ptrdiff_t columns, const REAL *dy,
    int add, REAL *dx) {
    const REAL factor = 1 / (REAL)(rows * columns);
    for (; k + LANES <= channels; k += LANES) {
        const VECTOR share = LOAD(dy + k) * factor;
        for (ptrdiff_t row = 0; row < rows; row++) {
            for (ptrdiff_t column = 0; column < columns; column++) {
                REAL *pixel = dx + row * window->row_step + column * window->column_step + k;
                VECTOR sum = share;
                if (add) sum += LOAD(pixel);
                STORE(pixel, sum);
            }
        }
    }
    return k;
}

#endif
