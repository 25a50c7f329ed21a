/* Softmax and its logarithm for one row; the formulas are explained in softmax.py. The output may be the input. */

#ifndef KERASNP_SOFTMAX_ROWS_H
#define KERASNP_SOFTMAX_ROWS_H

#include "logarithm.h"
#include "row_reductions.h"

#define DEFINE_ROWS(type)                                                                           \
    static void softmax_forward_##type(ptrdiff_t n, const type *x, type *y) {                       \
        const type share = 1 / sum_of_exp_##type(n, x, largest_##type(n, x), y);                    \
        for (ptrdiff_t i = 0; i < n; i++) y[i] *= share;                                            \
    }                                                                                               \
                                                                                                    \
    static void softmax_backward_##type(ptrdiff_t n, const type *dy, const type *y, type *dx) {     \
        const type dot = dot_##type(n, dy, y);                                                      \
        INDEPENDENT                                                                                 \
        for (ptrdiff_t i = 0; i < n; i++) dx[i] = y[i] * (dy[i] - dot);                             \
    }                                                                                               \
                                                                                                    \
    static void log_softmax_forward_##type(ptrdiff_t n, const type *x, type *y) {                   \
        const type most = largest_##type(n, x), rest = LOG(sum_of_exp_##type(n, x, most, NULL));    \
        INDEPENDENT                                                                                 \
        for (ptrdiff_t i = 0; i < n; i++) y[i] = (x[i] - most) - rest;                              \
    }                                                                                               \
                                                                                                    \
    static void log_softmax_backward_##type(ptrdiff_t n, const type *dy, const type *y, type *dx) { \
        const type sum = sum_##type(n, dy);                                                         \
        INDEPENDENT                                                                                 \
        for (ptrdiff_t i = 0; i < n; i++) dx[i] = dy[i] - EXP_SHORT(y[i]) * sum;                    \
    }

DEFINE_ROWS(float)
DEFINE_ROWS(double)

#endif
