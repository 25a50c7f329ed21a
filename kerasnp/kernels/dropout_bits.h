/* The loops of dropout.py over a part of an array. The output may be the input. */

#ifndef KERASNP_DROPOUT_BITS_H
#define KERASNP_DROPOUT_BITS_H

#include <stddef.h>

#include "vector_math.h"

/* The bits of element i, from a counter: nothing but 32-bit operations, which vector instructions have. */
FORMULA int32_t draw_bits(uint64_t key, uint32_t i) {
    uint32_t z = i * 0x9E3779B9u + (uint32_t)key;
    z = (z ^ (z >> 16)) * 0x85EBCA6Bu ^ (uint32_t)(key >> 32);
    z = (z ^ (z >> 13)) * 0xC2B2AE35u;
    return (int32_t)(z >> 8);
}

#define DEFINE_DROPOUT(type)                                                                                  \
    static void dropout_forward_##type(ptrdiff_t start, ptrdiff_t stop, const type *x, uint64_t key,          \
                                       int32_t threshold, type scale, type *y, uint8_t *mask) {               \
        INDEPENDENT                                                                                           \
        for (ptrdiff_t i = start; i < stop; i++) {                                                            \
            const int kept = draw_bits(key, (uint32_t)i) >= threshold;                                        \
            const type value = x[i] * scale;                                                                  \
            mask[i] = kept;                                                                                   \
            y[i] = kept ? value : 0;                                                                          \
        }                                                                                                     \
    }                                                                                                         \
                                                                                                              \
    static void dropout_backward_##type(ptrdiff_t start, ptrdiff_t stop, const type *dy, const uint8_t *mask, \
                                        type scale, type *dx) {                                               \
        INDEPENDENT                                                                                           \
        for (ptrdiff_t i = start; i < stop; i++) {                                                            \
            const type value = dy[i] * scale;                                                                 \
            dx[i] = mask[i] ? value : 0;                                                                      \
        }                                                                                                     \
    }
DEFINE_DROPOUT(float)
DEFINE_DROPOUT(double)

#endif
