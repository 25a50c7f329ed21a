/* Softmax and its logarithm for one row; the formulas are explained in softmax.py. The output may be the input. */

#ifndef KERASNP_SOFTMAX_ROWS_H
#define KERASNP_SOFTMAX_ROWS_H

#include <stddef.h>

#include "logarithm.h"
#include "vector_math.h"

/* Reductions keep this many partial results and join them in a fixed order: a single one would wait for itself at every
   element, and could not be vector code without reordering. */
enum { LANES = 8 };

/* total = start joined with all value(j), j < n */
#define REDUCE(total, start, n, JOIN, value)                                              \
    do {                                                                                  \
        real lanes[LANES];                                                                \
        ptrdiff_t j = 0;                                                                  \
        for (int lane = 0; lane < LANES; lane++) lanes[lane] = start;                     \
        for (ptrdiff_t block = 0; block < n / LANES; block++) {                           \
            for (int lane = 0; lane < LANES; lane++) {                                    \
                j = block * LANES + lane;                                                 \
                lanes[lane] = JOIN(lanes[lane], value);                                   \
            }                                                                             \
        }                                                                                 \
        total = start;                                                                    \
        for (j = n / LANES * LANES; j < n; j++) total = JOIN(total, value);               \
        for (int lane = 0; lane < LANES; lane++) total = JOIN(total, lanes[lane]);        \
    } while (0)
#define LARGER(a, b) ((b) > (a) ? (b) : (a))
#define PLUS(a, b) ((a) + (b))

#define DEFINE_ROWS(type)                                                                 \
    static void softmax_forward_##type(ptrdiff_t n, const type *x, type *y) {             \
        typedef type real;                                                                \
        real largest, sum;                                                                \
        REDUCE(largest, -INFINITY, n, LARGER, x[j]);                                      \
        INDEPENDENT                                                                       \
        for (ptrdiff_t i = 0; i < n; i++) y[i] = EXP(x[i] - largest);                     \
        REDUCE(sum, 0, n, PLUS, y[j]);                                                    \
        for (ptrdiff_t i = 0; i < n; i++) y[i] /= sum;                                    \
    }                                                                                     \
                                                                                          \
    static void softmax_backward_##type(ptrdiff_t n, const type *dy, const type *y,       \
                                        type *dx) {                                       \
        typedef type real;                                                                \
        real dot;                                                                         \
        REDUCE(dot, 0, n, PLUS, dy[j] * y[j]);                                            \
        INDEPENDENT                                                                       \
        for (ptrdiff_t i = 0; i < n; i++) dx[i] = y[i] * (dy[i] - dot);                   \
    }                                                                                     \
                                                                                          \
    static void log_softmax_forward_##type(ptrdiff_t n, const type *x, type *y) {         \
        typedef type real;                                                                \
        real largest, sum;                                                                \
        REDUCE(largest, -INFINITY, n, LARGER, x[j]);                                      \
        INDEPENDENT                                                                       \
        for (ptrdiff_t i = 0; i < n; i++) y[i] = x[i] - largest;                          \
        REDUCE(sum, 0, n, PLUS, EXP(y[j]));                                               \
        sum = LOG(sum);                                                                   \
        for (ptrdiff_t i = 0; i < n; i++) y[i] -= sum;                                    \
    }                                                                                     \
                                                                                          \
    static void log_softmax_backward_##type(ptrdiff_t n, const type *dy, const type *y,   \
                                            type *dx) {                                   \
        typedef type real;                                                                \
        real sum;                                                                         \
        REDUCE(sum, 0, n, PLUS, dy[j]);                                                   \
        INDEPENDENT                                                                       \
        for (ptrdiff_t i = 0; i < n; i++) dx[i] = dy[i] - EXP(y[i]) * sum;                \
    }

DEFINE_ROWS(float)
DEFINE_ROWS(double)

#endif
