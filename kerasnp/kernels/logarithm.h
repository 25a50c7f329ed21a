/* The natural logarithm, in the manner of vector_math.h. */
#ifndef KERASNP_LOGARITHM_H
#define KERASNP_LOGARITHM_H

#include "vector_math.h"

/* x = 2^k m with m in [sqrt(1/2), sqrt(2)); with s = (m - 1) / (m + 1),
       log(x) = k log(2) + 2 (s + s^3 / 3 + s^5 / 5 + ...),
   where |s| < 0.172, so that the first term left out is below 1e-9. Near x = 1 no digits are lost, as k is zero there.
   Numbers below the smallest normal one, 1.2e-38, count as zero. */
FORMULA float log_float(float x) {
    const int32_t root_half = 0x3f3504f3; /* the bits of sqrt(1/2) */
    const int32_t k = (bits_of(x) - root_half) >> 23;
    const int32_t bits = bits_of(x) - k * (1 << 23);
    float m;
    memcpy(&m, &bits, sizeof m);
    const float s = (m - 1) / (m + 1);
    const float w = s * s;
    const float q = 0.666666667f + w * (0.4f + w * (0.285714286f + w * 0.222222222f));
    float y = (float)k * 0.693359375f + (2 * s + (s * w * q - (float)k * 2.12194440e-4f));
    y = x < 1.17549435e-38f ? -INFINITY : y;
    y = x < 0 ? NAN : y;
    return x < INFINITY ? y : x + x; /* infinity and NaN */
}

#define LOG(x) OF_TYPE(x, log_float, log)

#endif
