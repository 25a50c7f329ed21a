/* Pooling of one image. What becomes of a window stays in registers, for a vector of channels at a time, while the loop
   walks over its pixels; with plain loops over channels the compiler keeps it in memory. */

#ifndef KERASNP_POOL_IMAGE_H
#define KERASNP_POOL_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* An image (h, w, channels) and its windows. */
typedef struct {
    ptrdiff_t h, w, channels, out_h, out_w, pool_h, pool_w, stride_h, stride_w, pad_top, pad_left;
} Pool;

/* The part of a window inside the image: its first pixel, and how far it is to the ones below and beside. The window's
   cells are numbered line by line, those outside as well: that pixel is cell `first_cell`, the one below it `row_cells`
   further. */
typedef struct {
    ptrdiff_t rows, columns, start, row_step, column_step;
    int first_cell, row_cells;
} Window;

static inline ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

static inline Window window_at(const Pool *pool, ptrdiff_t i, ptrdiff_t j) {
    const ptrdiff_t top = i * pool->stride_h - pool->pad_top, left = j * pool->stride_w - pool->pad_left;
    const ptrdiff_t row = -smaller(top, 0), column = -smaller(left, 0);
    return (Window){
        .rows = smaller(pool->pool_h, pool->h - top) - row,
        .columns = smaller(pool->pool_w, pool->w - left) - column,
        .start = ((top + row) * pool->w + left + column) * pool->channels,
        .row_step = pool->w * pool->channels,
        .column_step = pool->channels,
        .first_cell = (int)(row * pool->pool_w + column),
        .row_cells = (int)pool->pool_w,
    };
}

static inline int windows_overlap(const Pool *pool) {
    return pool->stride_h < pool->pool_h || pool->stride_w < pool->pool_w;
}

/* Whether some pixels are in no window; asked where windows do not overlap. */
static inline int windows_leave_gaps(const Pool *pool) {
    return pool->stride_h > pool->pool_h || pool->out_h * pool->stride_h - pool->pad_top < pool->h ||
           pool->stride_w > pool->pool_w || pool->out_w * pool->stride_w - pool->pad_left < pool->w;
}

/* Zeroes the rows of an image that line i of the windows is the first to touch, and after the last line all others.
   Done line by line, as what was zeroed is still in the first cache when the windows add to it. */
static inline ptrdiff_t clear_rows(const Pool *pool, ptrdiff_t i, ptrdiff_t cleared, void *image, size_t size) {
    const ptrdiff_t bottom = i * pool->stride_h - pool->pad_top + pool->pool_h;
    const ptrdiff_t stop = i < pool->out_h - 1 ? smaller(bottom, pool->h) : pool->h;
    const size_t row = (size_t)(pool->w * pool->channels) * size;
    if (stop <= cleared) return cleared;
    memset((char *)image + (size_t)cleared * row, 0, (size_t)(stop - cleared) * row);
    return stop;
}

/* Pixels added up before they join the total, which keeps the rounding error of large images small. */
enum { POOL_RUN = 512 };

/* Calls f for the channels `first` to `stop` of a window. Where the compiler knows its size, it unrolls the loops. */
#define WITH_SIZE(f, window, ...)                                                          \
    do {                                                                                   \
        if ((window).rows == 2 && (window).columns == 2)                                   \
            NAME(f)(&(window), 2, 2, first, stop, __VA_ARGS__);                            \
        else                                                                               \
            NAME(f)(&(window), (window).rows, (window).columns, first, stop, __VA_ARGS__); \
    } while (0)

#define EACH_WIDTH "pool_image.h"
#include "each_width.h"

#define DEFINE_POOLING(real)                                                                                 \
    static void max_of_image_##real(                                                                         \
        const Pool *pool, const real *x, real *y, uint16_t *cells, int32_t *pixels) {                        \
        ALL_COLUMNS(max_of_image, real, pool, x, y, cells, pixels);                                          \
    }                                                                                                        \
    static void route_into_image_##real(const Pool *pool, const real *dy, const uint16_t *cells, real *dx) { \
        ALL_COLUMNS(route_into_image, real, pool, dy, cells, dx);                                            \
    }                                                                                                        \
    static void average_of_image_##real(const Pool *pool, const real *x, real *y) {                          \
        ALL_COLUMNS(average_of_image, real, pool, x, y);                                                     \
    }                                                                                                        \
    static void spread_into_image_##real(const Pool *pool, const real *dy, real *dx) {                       \
        ALL_COLUMNS(spread_into_image, real, pool, dy, dx);                                                  \
    }
DEFINE_POOLING(float)
DEFINE_POOLING(double)

#elif defined(REAL)

/* -- the maximum ------------------------------------------------------------------------------------------------ */

/* The largest pixel of the window, and the cell of the first that is. A NaN wins against every number. */
INLINE void NAME(max_of_window)(
    const Window *window, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t first, ptrdiff_t stop, const REAL *x, REAL *y,
    uint16_t *cells, int32_t *pixels) {
    for (ptrdiff_t k = first; k < stop; k += LANES) {
        VECTOR most = LOAD(x + k);
        MASK place = (MASK){0} + window->first_cell;
        for (ptrdiff_t row = 0; row < rows; row++) {
            MASK cell = (MASK){0} + (window->first_cell + (int)row * window->row_cells);
            for (ptrdiff_t column = 0; column < columns; column++) {
                const VECTOR value = LOAD(x + row * window->row_step + column * window->column_step + k);
                const MASK stays = (value <= most) | (most != most);
                most = SELECT(VECTOR, stays, most, value);
                place = SELECT(MASK, stays, place, cell);
                cell += 1;
            }
        }
        STORE(y + k, most);
        if (cells) *(NAME(uint16) *)(cells + k) = CONVERT(place, NAME(uint16));
        if (pixels) *(NAME(int32) *)(pixels + k) = CONVERT(place, NAME(int32));
    }
}

/* The place of the largest goes to `cells` or, where those may be many, to `pixels`; the other one is NULL, or both. */
INLINE ptrdiff_t NAME(max_of_image)(
    ptrdiff_t first, const Pool *pool, const REAL *x, REAL *y, uint16_t *cells, int32_t *pixels) {
    const ptrdiff_t stop = STOP_OF_VECTORS(first, pool->channels);
    if (first == stop) return stop;
    for (ptrdiff_t i = 0; i < pool->out_h; i++) {
        for (ptrdiff_t j = 0; j < pool->out_w; j++) {
            const Window window = window_at(pool, i, j);
            const ptrdiff_t out = (i * pool->out_w + j) * pool->channels;
            /* Where nobody asks for the place, the compiler leaves out what finds it. */
            if (cells)
                WITH_SIZE(max_of_window, window, x + window.start, y + out, cells + out, NULL);
            else if (pixels)
                WITH_SIZE(max_of_window, window, x + window.start, y + out, NULL, pixels + out);
            else
                WITH_SIZE(max_of_window, window, x + window.start, y + out, NULL, NULL);
        }
    }
    return stop;
}

/* dx = dy, or dx += dy, for the pixel that was the largest */
INLINE void NAME(route)(
    const Window *window, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t first, ptrdiff_t stop, const REAL *dy,
    const uint16_t *cells, int add, REAL *dx) {
    for (ptrdiff_t k = first; k < stop; k += LANES) {
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
}

INLINE ptrdiff_t NAME(route_into_image)(
    ptrdiff_t first, const Pool *pool, const REAL *dy, const uint16_t *cells, REAL *dx) {
    const ptrdiff_t stop = STOP_OF_VECTORS(first, pool->channels);
    const int add = windows_overlap(pool), clear = (add || windows_leave_gaps(pool)) && first == 0;
    if (first == stop) return stop;
    for (ptrdiff_t i = 0, cleared = 0; i < pool->out_h; i++) {
        if (clear) cleared = clear_rows(pool, i, cleared, dx, sizeof(REAL));
        for (ptrdiff_t j = 0; j < pool->out_w; j++) {
            const Window window = window_at(pool, i, j);
            const ptrdiff_t out = (i * pool->out_w + j) * pool->channels;
            WITH_SIZE(route, window, dy + out, cells + out, add, dx + window.start);
        }
    }
    return stop;
}

/* -- the mean --------------------------------------------------------------------------------------------------- */

INLINE void NAME(average_of_window)(
    const Window *window, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t first, ptrdiff_t stop, const REAL *x, REAL *y) {
    const REAL factor = 1 / (REAL)(rows * columns);
    for (ptrdiff_t k = first; k < stop; k += LANES) {
        VECTOR total = {0};
        for (ptrdiff_t row = 0; row < rows; row++) {
            for (ptrdiff_t start = 0; start < columns; start += POOL_RUN) {
                const ptrdiff_t count = smaller(columns - start, POOL_RUN), step = window->column_step;
                const REAL *pixel = x + row * window->row_step + start * step + k;
                VECTOR even = {0}, odd = {0}; /* two sums, because an addition takes as long as several loads */
                for (ptrdiff_t pair = 0; pair < count / 2; pair++) {
                    even += LOAD(pixel + 2 * pair * step);
                    odd += LOAD(pixel + (2 * pair + 1) * step);
                }
                if (count % 2) even += LOAD(pixel + (count - 1) * step);
                total += even + odd;
            }
        }
        STORE(y + k, total * factor);
    }
}

INLINE ptrdiff_t NAME(average_of_image)(ptrdiff_t first, const Pool *pool, const REAL *x, REAL *y) {
    const ptrdiff_t stop = STOP_OF_VECTORS(first, pool->channels);
    if (first == stop) return stop;
    for (ptrdiff_t i = 0; i < pool->out_h; i++) {
        for (ptrdiff_t j = 0; j < pool->out_w; j++) {
            const Window window = window_at(pool, i, j);
            WITH_SIZE(average_of_window, window, x + window.start, y + (i * pool->out_w + j) * pool->channels);
        }
    }
    return stop;
}

/* dx = share, or dx += share, where all pixels of the window get an equal share of dy */
INLINE void NAME(spread)(
    const Window *window, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t first, ptrdiff_t stop, const REAL *dy, int add,
    REAL *dx) {
    const REAL factor = 1 / (REAL)(rows * columns);
    for (ptrdiff_t k = first; k < stop; k += LANES) {
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
}

INLINE ptrdiff_t NAME(spread_into_image)(ptrdiff_t first, const Pool *pool, const REAL *dy, REAL *dx) {
    const ptrdiff_t stop = STOP_OF_VECTORS(first, pool->channels);
    const int add = windows_overlap(pool), clear = (add || windows_leave_gaps(pool)) && first == 0;
    if (first == stop) return stop;
    for (ptrdiff_t i = 0, cleared = 0; i < pool->out_h; i++) {
        if (clear) cleared = clear_rows(pool, i, cleared, dx, sizeof(REAL));
        for (ptrdiff_t j = 0; j < pool->out_w; j++) {
            const Window window = window_at(pool, i, j);
            WITH_SIZE(spread, window, dy + (i * pool->out_w + j) * pool->channels, add, dx + window.start);
        }
    }
    return stop;
}

#endif
