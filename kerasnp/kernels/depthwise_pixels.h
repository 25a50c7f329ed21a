/* Correlation of each channel with a window of its own, a vector of channels by a few pixels at a time.

   The sums of these pixels stay in registers while the loop walks over the window; each vector of weights is loaded once
   for all of them. Pixels near the border, whose windows lie partly outside the image, come one at a time. */

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

/* Whether the windows of `count` pixels from column j on lie wholly between the left and the right border. */
static inline int between_borders(const Depthwise *d, ptrdiff_t j, ptrdiff_t count) {
    const ptrdiff_t start = j * d->stride_w - d->left;
    return start >= 0 && start + (count - 1) * d->stride_w + (d->kernel_w - 1) * d->dilation_w < d->w;
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
            count = between_borders(d, j, DEPTHWISE_PIXELS) && j + DEPTHWISE_PIXELS <= d->out_w ? DEPTHWISE_PIXELS : 1; \
            ALL_COLUMNS(pixels_forward, real, d, i, j, count, x, w, b, relu, y + j * d->channels);                     \
        }                                                                                                              \
    }                                                                                                                  \
    /* weights (kernel_h, kernel_w, channels) and bias, which may be NULL, get what row i adds to them */              \
    static void depthwise_row_weights_##real(                                                                          \
        const Depthwise *d, ptrdiff_t i, const real *dy, const real *x, real *weights, real *bias) {                   \
        for (ptrdiff_t j = 0, count; j < d->out_w; j += count) {                                                       \
            count = between_borders(d, j, DEPTHWISE_PIXELS) && j + DEPTHWISE_PIXELS <= d->out_w ? DEPTHWISE_PIXELS : 1; \
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

/* -- forward ---------------------------------------------------------------------------------------------------- */

INLINE void NAME(some_pixels_forward)(
    ptrdiff_t first, ptrdiff_t stop, const Depthwise *d, ptrdiff_t i, ptrdiff_t j, const ptrdiff_t count, const REAL *x,
    const REAL *w, const REAL *b, int relu, REAL *y) {
    const ptrdiff_t top = i * d->stride_h - d->top, left = j * d->stride_w - d->left, step = d->stride_w * d->channels;
    ptrdiff_t first_row, first_column;
    const ptrdiff_t rows = taps_inside(top, d->kernel_h, d->dilation_h, d->h, &first_row);
    const ptrdiff_t columns = taps_inside(left, d->kernel_w, d->dilation_w, d->w, &first_column);
    for (ptrdiff_t k = first; k < stop; k += LANES) {
        VECTOR sums[DEPTHWISE_PIXELS], start = {0};
        if (b) start = LOAD(b + k);
        for (ptrdiff_t p = 0; p < count; p++) sums[p] = start;
        for (ptrdiff_t u = first_row; u < rows; u++)
            for (ptrdiff_t v = first_column; v < columns; v++) {
                const VECTOR weight = LOAD(w + (u * d->kernel_w + v) * d->channels + k);
                const REAL *pixel =
                    x + ((top + u * d->dilation_h) * d->w + left + v * d->dilation_w) * d->channels + k;
                for (ptrdiff_t p = 0; p < count; p++) sums[p] += weight * LOAD(pixel + p * step);
            }
        for (ptrdiff_t p = 0; p < count; p++) {
            const VECTOR nothing = {0};
            if (relu) sums[p] = SELECT(VECTOR, sums[p] < nothing, nothing, sums[p]);
            STORE(y + p * d->channels + k, sums[p]);
        }
    }
}

INLINE ptrdiff_t NAME(pixels_forward)(
    ptrdiff_t first, const Depthwise *d, ptrdiff_t i, ptrdiff_t j, ptrdiff_t count, const REAL *x, const REAL *w,
    const REAL *b, int relu, REAL *y) {
    const ptrdiff_t stop = STOP_OF_VECTORS(first, d->channels);
    if (first == stop) return stop;
    if (count == 1)
        NAME(some_pixels_forward)(first, stop, d, i, j, 1, x, w, b, relu, y);
    else
        NAME(some_pixels_forward)(first, stop, d, i, j, DEPTHWISE_PIXELS, x, w, b, relu, y);
    return stop;
}

/* -- the gradient by the weights -------------------------------------------------------------------------------- */

INLINE void NAME(some_pixels_weights)(
    ptrdiff_t first, ptrdiff_t stop, const Depthwise *d, ptrdiff_t i, ptrdiff_t j, const ptrdiff_t count,
    const REAL *dy, const REAL *x, REAL *weights, REAL *bias) {
    const ptrdiff_t top = i * d->stride_h - d->top, left = j * d->stride_w - d->left, step = d->stride_w * d->channels;
    ptrdiff_t first_row, first_column;
    const ptrdiff_t rows = taps_inside(top, d->kernel_h, d->dilation_h, d->h, &first_row);
    const ptrdiff_t columns = taps_inside(left, d->kernel_w, d->dilation_w, d->w, &first_column);
    for (ptrdiff_t k = first; k < stop; k += LANES) {
        VECTOR slopes[DEPTHWISE_PIXELS];
        for (ptrdiff_t p = 0; p < count; p++) slopes[p] = LOAD(dy + p * d->channels + k);
        if (weights)
            for (ptrdiff_t u = first_row; u < rows; u++)
                for (ptrdiff_t v = first_column; v < columns; v++) {
                    REAL *weight = weights + (u * d->kernel_w + v) * d->channels + k;
                    const REAL *pixel =
                        x + ((top + u * d->dilation_h) * d->w + left + v * d->dilation_w) * d->channels + k;
                    VECTOR sum = slopes[0] * LOAD(pixel);
                    for (ptrdiff_t p = 1; p < count; p++) sum += slopes[p] * LOAD(pixel + p * step);
                    STORE(weight, LOAD(weight) + sum);
                }
        if (bias) {
            VECTOR sum = slopes[0];
            for (ptrdiff_t p = 1; p < count; p++) sum += slopes[p];
            STORE(bias + k, LOAD(bias + k) + sum);
        }
    }
}

INLINE ptrdiff_t NAME(pixels_weights)(
    ptrdiff_t first, const Depthwise *d, ptrdiff_t i, ptrdiff_t j, ptrdiff_t count, const REAL *dy, const REAL *x,
    REAL *weights, REAL *bias) {
    const ptrdiff_t stop = STOP_OF_VECTORS(first, d->channels);
    if (first == stop) return stop;
    if (count == 1)
        NAME(some_pixels_weights)(first, stop, d, i, j, 1, dy, x, weights, bias);
    else
        NAME(some_pixels_weights)(first, stop, d, i, j, DEPTHWISE_PIXELS, dy, x, weights, bias);
    return stop;
}

/* -- the gradient by the input ---------------------------------------------------------------------------------- */

/* Pixels of one row, stride_w apart, the first of which `columns` see. */
INLINE void NAME(some_pixels_input)(
    ptrdiff_t first, ptrdiff_t stop, const Depthwise *d, const Onlookers *rows, const Onlookers *columns,
    const ptrdiff_t count, const REAL *dy, const REAL *w, REAL *dx) {
    for (ptrdiff_t k = first; k < stop; k += LANES) {
        VECTOR sums[DEPTHWISE_PIXELS], nothing = {0};
        ptrdiff_t i = rows->from;
        for (ptrdiff_t p = 0; p < count; p++) sums[p] = nothing;
        for (ptrdiff_t u = rows->first; u < d->kernel_h; u += rows->step, i -= rows->back) {
            ptrdiff_t j = columns->from;
            if (i < 0 || i >= d->out_h) continue;
            for (ptrdiff_t v = columns->first; v < d->kernel_w; v += columns->step, j -= columns->back) {
                if (count == 1 && (j < 0 || j >= d->out_w)) continue;
                const VECTOR weight = LOAD(w + (u * d->kernel_w + v) * d->channels + k);
                const REAL *slope = dy + (i * d->out_w + j) * d->channels + k;
                for (ptrdiff_t p = 0; p < count; p++) sums[p] += weight * LOAD(slope + p * d->channels);
            }
        }
        for (ptrdiff_t p = 0; p < count; p++) STORE(dx + p * d->stride_w * d->channels + k, sums[p]);
    }
}

INLINE ptrdiff_t NAME(pixels_input)(
    ptrdiff_t first, const Depthwise *d, const Onlookers *rows, const Onlookers *columns, ptrdiff_t count,
    const REAL *dy, const REAL *w, REAL *dx) {
    const ptrdiff_t stop = STOP_OF_VECTORS(first, d->channels);
    if (first == stop) return stop;
    if (count == 1)
        NAME(some_pixels_input)(first, stop, d, rows, columns, 1, dy, w, dx);
    else
        NAME(some_pixels_input)(first, stop, d, rows, columns, DEPTHWISE_PIXELS, dy, w, dx);
    return stop;
}

#endif
