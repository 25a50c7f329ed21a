/* Elementary functions without branches, which GCC turns into vector code inside a loop, without -ffast-math.

   Single precision: polynomials of our own fitting (minimax, in 40 digits), within 2 units in the last place except
   where noted; infinities, NaN, overflow and denormal results are right. Double precision: the C library.
   The names in capitals take either type. */

#ifndef KERASNP_VECTOR_MATH_H
#define KERASNP_VECTOR_MATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Says that the iterations of the next loop are independent, also where its arrays are one and the same. */
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define INDEPENDENT _Pragma("GCC ivdep")
#else
#define INDEPENDENT
#endif

#if defined(__GNUC__)
#define FORMULA static inline __attribute__((always_inline))
#else
#define FORMULA static inline
#endif

FORMULA int32_t bits_of(float x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* 2^k for -127 < k < 128 */
FORMULA float power_of_two(int32_t k) {
    const uint32_t bits = (uint32_t)(k + 127) << 23;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x = k log(2) + r with |r| <= log(2) / 2; returns r. Adding 1.5 * 2^23 rounds to an integer, which is then in the last
   bits; log(2) is in two parts, the first so short that its multiples are exact. */
FORMULA float reduce_by_log2(float x, int32_t *k) {
    const float shifted = x * 1.44269504f + 12582912.0f;
    const float whole = shifted - 12582912.0f;
    *k = bits_of(shifted) - bits_of(12582912.0f);
    return (x - whole * 0.693359375f) - whole * -2.12194440e-4f;
}

/* exp(x) = 2^k exp(r). The factor 2^k goes in two steps because it need not be a normal number itself. */
FORMULA float exp_float(float x) {
    int32_t k;
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.0f ? -104.0f : x;
    const float r = reduce_by_log2(x, &k);
    const float q = 0.49999994f + r * (0.166665211f + r * (0.041668389f + r * (0.0083687352f + r * 0.00138145627f)));
    return (1 + (r + r * r * q)) * power_of_two(k >> 1) * power_of_two(k - (k >> 1));
}

/* exp(x) where x is at most 0, or NaN; what would be smaller than any normal number, 1.2e-38, becomes zero. The rounding
   number's last bits are k + 127 at once, so that they are the exponent of 2^k, and all of its bits if that is zero. */
FORMULA float exp_down_float(float x) {
    x = x < -88.0f ? -88.0f : x;
    const float rounding = 12582912.0f + 127;
    const float shifted = x * 1.44269504f + rounding;
    const float whole = shifted - rounding;
    const float r = (x - whole * 0.693359375f) - whole * -2.12194440e-4f;
    const float q = 0.499992311f + r * (0.166671157f + r * (0.0418903343f + r * 0.00831250194f));
    const uint32_t bits = (uint32_t)bits_of(shifted) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return (1 + (r + r * r * q)) * power;
}

/* exp(x) - 1 = 2 (h (exp(r) - 1) + (h - 1/2)) with h = 2^(k-1) */
FORMULA float expm1_float(float x) {
    int32_t k;
    x = x > 89.0f ? 89.0f : x;
    x = x < -20.0f ? -20.0f : x;
    const float r = reduce_by_log2(x, &k);
    const float q = 0.5f + r * (0.166665435f + r * (0.0416662805f + r * (0.00836660154f + r * 0.00139464822f)));
    const float h = power_of_two(k - 1);
    return 2 * (h * (r + r * r * q) + (h - 0.5f));
}

/* log(1 + x) for 0 <= x <= 1 only: 2 atanh(u) with u = x / (2 + x) */
FORMULA float log1p_float(float x) {
    const float u = x / (2 + x);
    const float w = u * u;
    const float q = 0.333332062f + w * (0.200108498f + w * (0.139995754f + w * 0.140122116f));
    return 2 * (u + u * w * q);
}

FORMULA float tanh_float(float x) {
    const float t = expm1_float(-2 * fabsf(x));
    return copysignf(t / (2 + t), x);
}

/* The normal distribution's density and its integral up to x. The tail beyond z = |x| is exp(-z^2 / 2) times a
   polynomial in t = 1 / (1 + z / 4); the rounding of z^2 costs the far tail some 30 units in the last place. */
FORMULA float normal_pdf_float(float x) { return 0.398942280f * exp_float(x * x / -2); }

FORMULA float normal_cdf_float(float x) {
    const float t = 4 / (4 + fabsf(x));
    const float low =
        0.0997479036f + t * (0.0994925499f + t * (0.0955157802f + t * (0.071999155f + t * 0.0866575539f)));
    const float high =
        0.012710752f + t * (0.028436996f + t * (0.0516515635f + t * (-0.0627918541f + t * 0.0165795963f)));
    const float tail = exp_float(x * x / -2) * t * (low + t * t * t * t * t * high);
    return x < 0 ? tail : 1 - tail;
}

FORMULA double normal_pdf_double(double x) { return 0.39894228040143267794 * exp(x * x / -2); }
FORMULA double normal_cdf_double(double x) { return erfc(x * -0.70710678118654752440) / 2; }

#define OF_TYPE(x, f, d) _Generic((x), float: f, double: d)(x)
#define EXP(x) OF_TYPE(x, exp_float, exp)
#define EXP_DOWN(x) OF_TYPE(x, exp_down_float, exp)
#define EXPM1(x) OF_TYPE(x, expm1_float, expm1)
#define LOG1P(x) OF_TYPE(x, log1p_float, log1p)
#define TANH(x) OF_TYPE(x, tanh_float, tanh)
#define SQRT(x) OF_TYPE(x, sqrtf, sqrt)
#define ABS(x) OF_TYPE(x, fabsf, fabs)
#define NORMAL_PDF(x) OF_TYPE(x, normal_pdf_float, normal_pdf_double)
#define NORMAL_CDF(x) OF_TYPE(x, normal_cdf_float, normal_cdf_double)

/* No exponential of a positive number in these. */
FORMULA float sigmoid_float(float x) { const float e = EXP(-ABS(x)); return (x < 0 ? e : 1) / (1 + e); }
FORMULA double sigmoid_double(double x) { const double e = EXP(-ABS(x)); return (x < 0 ? e : 1) / (1 + e); }
FORMULA float softplus_float(float x) { return (x > 0 ? x : 0) + LOG1P(EXP(-ABS(x))); }
FORMULA double softplus_double(double x) { return (x > 0 ? x : 0) + LOG1P(EXP(-ABS(x))); }
#define SIGMOID(x) OF_TYPE(x, sigmoid_float, sigmoid_double)
#define SOFTPLUS(x) OF_TYPE(x, softplus_float, softplus_double)

#endif
