/* Sums and maxima of a row of numbers. They keep LANES partial results side by side and join them in a fixed order: a
   single one would wait for itself at every number, and could not be vector code without changing the order. */

#ifndef KERASNP_ROW_REDUCTIONS_H
#define KERASNP_ROW_REDUCTIONS_H

#include <stddef.h>

#include "vector_math.h"

enum { LANES = 32, EXPONENTIALS = 512 };

#define LARGER(a, b) ((b) > (a) ? (b) : (a))
#define PLUS(a, b) ((a) + (b))

#define FOLD(half, JOIN) \
    for (int lane = 0; lane < half; lane++) lanes[lane] = JOIN(lanes[lane], lanes[lane + half]);

/* Defines f(n, ...), which joins start with `value`, an expression in j, for all j < n. */
#define DEFINE_REDUCTION(f, type, start, JOIN, value, ...)                         \
    static inline type f(ptrdiff_t n, __VA_ARGS__) {                               \
        const ptrdiff_t blocks = n / LANES;                                        \
        type total = start;                                                        \
        if (blocks) {                                                              \
            type lanes[LANES];                                                     \
            for (int lane = 0; lane < LANES; lane++) lanes[lane] = start;          \
            for (ptrdiff_t block = 0; block < blocks; block++) {                   \
                for (int lane = 0; lane < LANES; lane++) {                         \
                    const ptrdiff_t j = block * LANES + lane;                      \
                    lanes[lane] = JOIN(lanes[lane], value);                        \
                }                                                                  \
            }                                                                      \
            FOLD(16, JOIN) FOLD(8, JOIN) FOLD(4, JOIN) FOLD(2, JOIN) FOLD(1, JOIN) \
            total = lanes[0];                                                      \
        }                                                                          \
        for (ptrdiff_t j = blocks * LANES; j < n; j++) total = JOIN(total, value); \
        return total;                                                              \
    }

#define DEFINE_REDUCTIONS(type)                                                                   \
    /* NaN does not count. */                                                                     \
    DEFINE_REDUCTION(largest_##type, type, -INFINITY, LARGER, x[j], const type *x)                \
    DEFINE_REDUCTION(sum_##type, type, 0, PLUS, x[j], const type *x)                              \
    DEFINE_REDUCTION(dot_##type, type, 0, PLUS, x[j] * y[j], const type *x, const type *y)        \
                                                                                                  \
    /* Of exp(x - most) with the largest x; written to y, which may be x, unless that is NULL. */ \
    static inline type sum_of_exp_##type(ptrdiff_t n, const type *x, type most, type *y) {        \
        type block[EXPONENTIALS], total = 0;                                                      \
        for (ptrdiff_t start = 0; start < n; start += EXPONENTIALS) {                             \
            const ptrdiff_t count = n - start < EXPONENTIALS ? n - start : EXPONENTIALS;          \
            type *result = y ? y + start : block;                                                 \
            INDEPENDENT                                                                           \
            for (ptrdiff_t i = 0; i < count; i++) result[i] = EXP_SHORT(x[start + i] - most);     \
            total += sum_##type(count, result);                                                   \
        }                                                                                         \
        return total;                                                                             \
    }
DEFINE_REDUCTIONS(float)
DEFINE_REDUCTIONS(double)

#endif
