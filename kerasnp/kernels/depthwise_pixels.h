/* Correlation of each channel with a window of its own, a vector of channels by a few pixels at a time.

   The sums of these pixels stay in registers while the loop walks over the window; each vector of weights is loaded
   once for all of them. Pixels near the border, whose windows lie partly outside the image, come one at a time. */

#ifndef KERASNP_DEPTHWISE_PIXELS_H
#define KERASNP_DEPTHWISE_PIXELS_H

#include <stddef.h>

/* An image (h, w, channels), the windows over it, and the image (out_h, out_w, channels) of what they give. */
typedef struct {
    ptrdiff_t h, w, channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, top, left;
} Depthwise;

enum { DEPTHWISE_PIXELS = 4 };

static inline ptrdiff_t depthwise_least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/* The taps of one axis that lie inside when the window starts at `start`: from *begin on, up to the result. */
static inline ptrdiff_t taps_inside(
    ptrdiff_t start, ptrdiff_t taps, ptrdiff_t dilation, ptrdiff_t size, ptrdiff_t *begin) {
    *begin = start < 0 ? (-start + dilation - 1) / dilation : 0;
    return start >= size ? *begin : depthwise_least(taps, (size - start + dilation - 1) / dilation);
}

/* How many pixels from column j on can be taken together: whose windows lie wholly between the borders, or one. */
static inline ptrdiff_t pixels_at_once(const Depthwise *d, ptrdiff_t j) {
    const ptrdiff_t start = j * d->stride_w - d->left, last = start + (DEPTHWISE_PIXELS - 1) * d->stride_w;
    const int whole = start >= 0 && last + (d->kernel_w - 1) * d->dilation_w < d->w;
    return whole && j + DEPTHWISE_PIXELS <= d->out_w ? DEPTHWISE_PIXELS : 1;
}

/* The taps of one axis that see a given place of the image, among all that move by `stride`: `first` and every step-th
   one after it; the first one sees it from place `from` of the output, each next one from `back` places before. */
typedef struct {
    ptrdiff_t first, step, from, back;
} Onlookers;

static inline Onlookers onlookers(ptrdiff_t place, ptrdiff_t taps, ptrdiff_t dilation, ptrdiff_t stride) {
    Onlookers found = {0, 1, 0, 0};
    while (found.first < taps && (place - found.first * dilation) % stride != 0) found.first++;
    while (found.step * dilation % stride != 0) found.step++;
    found.from = (place - found.first * dilation) / stride;
    found.back = found.step * dilation / stride;
    return found;
}

/* How many of them see it from places inside an axis of `size` places, the first of these taps and its place. */
static inline ptrdiff_t onlookers_inside(
    const Onlookers *found, ptrdiff_t taps, ptrdiff_t size, ptrdiff_t *tap, ptrdiff_t *place) {
    ptrdiff_t count = 0;
    *tap = found->first;
    *place = found->from;
    while (*tap < taps && *place >= size) {
        *tap += found->step;
        *place -= found->back;
    }
    for (ptrdiff_t v = *tap, j = *place; v < taps && j >= 0; v += found->step, j -= found->back) count++;
    return count;
}

/* Whether the columns of the output from which a column of the image is seen all lie inside, and so do those of the
   next `count - 1` ones, stride_w apart. */
static inline int all_inside(const Depthwise *d, const Onlookers *columns, ptrdiff_t count) {
    ptrdiff_t j = columns->from;
    for (ptrdiff_t v = columns->first; v < d->kernel_w; v += columns->step, j -= columns->back)
        if (j < 0 || j + count > d->out_w) return 0;
    return 1;
}

#define EACH_WIDTH "depthwise_pixels.h"
#include "each_width.h"

#define DEFINE_DEPTHWISE(real)                                                                                         \
    static void depthwise_row_##real(                                                                                  \
        const Depthwise *d, ptrdiff_t i, const real *x, const real *w, const real *b, int relu, real *y) {             \
        for (ptrdiff_t j = 0, count; j < d->out_w; j += count) {                                                       \
            count = pixels_at_once(d, j);                                                                              \
            ALL_COLUMNS(pixels_forward, real, d, i, j, count, x, w, b, relu, y + j * d->channels);                     \
        }                                                                                                              \
    }                                                                                                                  \
    /* weights (kernel_h, kernel_w, channels) and bias, which may be NULL, get what row i adds to them */              \
    static void depthwise_row_weights_##real(                                                                          \
        const Depthwise *d, ptrdiff_t i, const real *dy, const real *x, real *weights, real *bias) {                   \
        for (ptrdiff_t j = 0, count; j < d->out_w; j += count) {                                                       \
            count = pixels_at_once(d, j);                                                                              \
            ALL_COLUMNS(pixels_weights, real, d, i, j, count, dy + j * d->channels, x, weights, bias);                 \
        }                                                                                                              \
    }                                                                                                                  \
    static void depthwise_row_input_##real(                                                                            \
        const Depthwise *d, ptrdiff_t r, const real *dy, const real *w, real *dx) {                                    \
        const Onlookers rows = onlookers(r + d->top, d->kernel_h, d->dilation_h, d->stride_h);                         \
        for (ptrdiff_t start = 0; start < depthwise_least(d->stride_w, d->w); start++) {                               \
            Onlookers columns = onlookers(start + d->left, d->kernel_w, d->dilation_w, d->stride_w);                   \
            for (ptrdiff_t q = start, count; q < d->w; q += count * d->stride_w, columns.from += count) {              \
                count = q + (DEPTHWISE_PIXELS - 1) * d->stride_w < d->w && all_inside(d, &columns, DEPTHWISE_PIXELS)   \
                            ? DEPTHWISE_PIXELS                                                                         \
                            : 1;                                                                                       \
                ALL_COLUMNS(pixels_input, real, d, &rows, &columns, count, dy, w, dx + q * d->channels);               \
            }                                                                                                          \
        }                                                                                                              \
    }
DEFINE_DEPTHWISE(float)
DEFINE_DEPTHWISE(double)

#elif defined(REAL)

/* The function `some` for as many pixels and taps as there are. Where the compiler knows these it unrolls the loops. */
#define WITH_COUNT(some, count, rows, columns, ...)                  \
    do {                                                             \
        if ((count) == 1)                                            \
            NAME(some)(1, rows, columns, __VA_ARGS__);               \
        else if ((rows) == 3 && (columns) == 3)                      \
            NAME(some)(DEPTHWISE_PIXELS, 3, 3, __VA_ARGS__);         \
        else                                                         \
            NAME(some)(DEPTHWISE_PIXELS, rows, columns, __VA_ARGS__); \
    } while (0)

/* -- forward ---------------------------------------------------------------------------------------------------- */

/* `count` pixels from y on, `y_step` numbers apart, are sums over rows x columns pixels from x on, weighted by w; those
   for the next pixel begin `x_step` further. All steps are in numbers, those of x and w from tap to tap. */
INLINE void NAME(gather)(
    const ptrdiff_t count, const ptrdiff_t rows, const ptrdiff_t columns, ptrdiff_t first, ptrdiff_t stop,
    const REAL *x, ptrdiff_t x_row, ptrdiff_t x_column, ptrdiff_t x_step, const REAL *w, ptrdiff_t w_row,
    ptrdiff_t w_column, const REAL *b, int relu, REAL *y, ptrdiff_t y_step) {
    for (ptrdiff_t k = first; k < stop; k += LANES) {
        VECTOR sums[DEPTHWISE_PIXELS], nothing = {0};
        const VECTOR start = b ? LOAD(b + k) : nothing;
        for (ptrdiff_t p = 0; p < count; p++) sums[p] = start;
        for (ptrdiff_t u = 0; u < rows; u++) {
            const REAL *pixel = x + u * x_row + k, *weights = w + u * w_row + k;
            for (ptrdiff_t v = 0; v < columns; v++, pixel += x_column, weights += w_column) {
                const VECTOR weight = LOAD(weights);
                for (ptrdiff_t p = 0; p < count; p++) sums[p] += weight * LOAD(pixel + p * x_step);
            }
        }
        for (ptrdiff_t p = 0; p < count; p++) {
            if (relu) sums[p] = SELECT(VECTOR, sums[p] < nothing, nothing, sums[p]);
            STORE(y + p * y_step + k, sums[p]);
        }
    }
}

INLINE ptrdiff_t NAME(pixels_forward)(
    ptrdiff_t first, const Depthwise *d, ptrdiff_t i, ptrdiff_t j, ptrdiff_t count, const REAL *x, const REAL *w,
    const REAL *b, int relu, REAL *y) {
    const ptrdiff_t stop = STOP_OF_VECTORS(first, d->channels), channels = d->channels, line = d->w * channels;
    const ptrdiff_t top = i * d->stride_h - d->top, left = j * d->stride_w - d->left;
    ptrdiff_t u, v;
    const ptrdiff_t rows = taps_inside(top, d->kernel_h, d->dilation_h, d->h, &u) - u;
    const ptrdiff_t columns = taps_inside(left, d->kernel_w, d->dilation_w, d->w, &v) - v;
    if (first == stop) return stop;
    WITH_COUNT(gather, count, rows, columns, first, stop,
               x + (top + u * d->dilation_h) * line + (left + v * d->dilation_w) * channels, d->dilation_h * line,
               d->dilation_w * channels, d->stride_w * channels, w + (u * d->kernel_w + v) * channels,
               d->kernel_w * channels, channels, b, relu, y, channels);
    return stop;
}

/* -- the gradient by the weights -------------------------------------------------------------------------------- */

/* What `count` pixels of dy add to the weights of rows x columns taps, which see pixels from x on. With `shared` there
   are 3 columns, as far apart as the pixels: what several windows see is loaded once. */
INLINE void NAME(correlate)(
    const ptrdiff_t count, const ptrdiff_t rows, const ptrdiff_t columns, const int shared, ptrdiff_t first,
    ptrdiff_t stop, const REAL *dy, ptrdiff_t dy_step, const REAL *x, ptrdiff_t x_row, ptrdiff_t x_column, ptrdiff_t x_step, REAL *dw,
    ptrdiff_t dw_row, ptrdiff_t dw_column, REAL *db) {
    for (ptrdiff_t k = first; k < stop; k += LANES) {
        VECTOR slopes[DEPTHWISE_PIXELS];
        for (ptrdiff_t p = 0; p < count; p++) slopes[p] = LOAD(dy + p * dy_step + k);
        for (ptrdiff_t u = 0; dw && u < rows; u++) {
            const REAL *pixel = x + u * x_row + k;
            REAL *weights = dw + u * dw_row + k;
            if (shared) {
                VECTOR seen[DEPTHWISE_PIXELS + 2];
                for (ptrdiff_t s = 0; s < count + 2; s++) seen[s] = LOAD(pixel + s * x_step);
                for (ptrdiff_t v = 0; v < 3; v++) {
                    VECTOR sum = slopes[0] * seen[v];
                    for (ptrdiff_t p = 1; p < count; p++) sum += slopes[p] * seen[p + v];
                    STORE(weights + v * dw_column, LOAD(weights + v * dw_column) + sum);
                }
                continue;
            }
            for (ptrdiff_t v = 0; v < columns; v++, pixel += x_column, weights += dw_column) {
                VECTOR sum = slopes[0] * LOAD(pixel);
                for (ptrdiff_t p = 1; p < count; p++) sum += slopes[p] * LOAD(pixel + p * x_step);
                STORE(weights, LOAD(weights) + sum);
            }
        }
        if (db) {
            VECTOR sum = slopes[0];
            for (ptrdiff_t p = 1; p < count; p++) sum += slopes[p];
            STORE(db + k, LOAD(db + k) + sum);
        }
    }
}

INLINE ptrdiff_t NAME(pixels_weights)(
    ptrdiff_t first, const Depthwise *d, ptrdiff_t i, ptrdiff_t j, ptrdiff_t count, const REAL *dy, const REAL *x,
    REAL *weights, REAL *bias) {
    const ptrdiff_t stop = STOP_OF_VECTORS(first, d->channels), channels = d->channels, line = d->w * channels;
    const ptrdiff_t top = i * d->stride_h - d->top, left = j * d->stride_w - d->left;
    ptrdiff_t u, v;
    const ptrdiff_t rows = taps_inside(top, d->kernel_h, d->dilation_h, d->h, &u) - u;
    const ptrdiff_t columns = taps_inside(left, d->kernel_w, d->dilation_w, d->w, &v) - v;
    REAL *dw = weights ? weights + (u * d->kernel_w + v) * channels : NULL;
    if (first == stop) return stop;
    const REAL *seen = x + (top + u * d->dilation_h) * line + (left + v * d->dilation_w) * channels;
    const ptrdiff_t x_row = d->dilation_h * line, x_column = d->dilation_w * channels, x_step = d->stride_w * channels;
    if (count > 1 && rows == 3 && columns == 3 && x_step == x_column)
        NAME(correlate)(DEPTHWISE_PIXELS, 3, 3, 1, first, stop, dy, channels, seen, x_row, x_column, x_step, dw,
                        d->kernel_w * channels, channels, bias);
    else
        WITH_COUNT(correlate, count, rows, columns, 0, first, stop, dy, channels, seen, x_row, x_column, x_step, dw,
                   d->kernel_w * channels, channels, bias);
    return stop;
}

/* -- the gradient by the input ---------------------------------------------------------------------------------- */

/* Pixels of one row, stride_w apart, the first of which `columns` see. Taps that are further on see a pixel from places
   further back. */
INLINE ptrdiff_t NAME(pixels_input)(
    ptrdiff_t first, const Depthwise *d, const Onlookers *rows, const Onlookers *columns, ptrdiff_t count,
    const REAL *dy, const REAL *w, REAL *dx) {
    const ptrdiff_t stop = STOP_OF_VECTORS(first, d->channels), channels = d->channels, line = d->out_w * channels;
    ptrdiff_t u, v, i, j;
    const ptrdiff_t taps = onlookers_inside(rows, d->kernel_h, d->out_h, &u, &i);
    const ptrdiff_t taps_across = onlookers_inside(columns, d->kernel_w, d->out_w, &v, &j);
    if (first == stop) return stop;
    WITH_COUNT(gather, count, taps, taps_across, first, stop, dy + i * line + j * channels, -rows->back * line,
               -columns->back * channels, channels, w + (u * d->kernel_w + v) * channels,
               rows->step * d->kernel_w * channels, columns->step * channels, (const REAL *)NULL, 0, dx,
               d->stride_w * channels);
    return stop;
}

#undef WITH_COUNT
#endif
