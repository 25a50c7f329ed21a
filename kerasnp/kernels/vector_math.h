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

/* exp(x) / 2^scale in fewer steps, for x below (127 + scale) log(2), or NaN; zero where that is no normal number. The
   rounded number's last bits are k + 127 - scale: the exponent of 2^(k - scale) as a float holds it. */
FORMULA float scaled_exp(float x, int scale) {
    const float least = (scale - 127) * 0.693147181f, rounding = 12582912.0f + (127 - scale);
    x = x < least ? least : x;
    const float shifted = x * 1.44269504f + rounding;
    const float whole = shifted - rounding;
    const float r = (x - whole * 0.693359375f) - whole * -2.12194440e-4f;
    const float q = 0.499992311f + r * (0.166671157f + r * (0.0418903343f + r * 0.00831250194f));
    const uint32_t bits = (uint32_t)bits_of(shifted) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return (1 + (r + r * r * q)) * power;
}

/* exp(x) for x of at most 88, and zero below 1e-38 */
FORMULA float exp_short_float(float x) { return scaled_exp(x, 0); }

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
   polynomial in t = 1 / (1 + 0.304 z); the rounding of z^2 costs the far tail some 30 units in the last place. */
FORMULA float normal_pdf_float(float x) { return 0.398942280f * exp_short_float(x * x / -2); }

FORMULA float normal_cdf_float(float x) {
    const float t = 1 / (1 + 0.304f * fabsf(x));
    const float low = 0.121234670f + t * (0.122170910f + t * (0.102421500f + t * 0.123557232f));
    const float high = -0.0431374945f + t * (0.192197919f + t * (-0.155304730f + t * 0.0368600376f));
    const float tail = exp_short_float(x * x / -2) * t * (low + t * t * (t * t) * high);
    return x < 0 ? tail : 1 - tail;
}

FORMULA double normal_pdf_double(double x) { return 0.39894228040143267794 * exp(x * x / -2); }
FORMULA double normal_cdf_double(double x) { return erfc(x * -0.70710678118654752440) / 2; }

#define OF_TYPE(x, f, d) _Generic((x), float: f, double: d)(x)
#define EXP(x) OF_TYPE(x, exp_float, exp)
#define EXP_SHORT(x) OF_TYPE(x, exp_short_float, exp)
#define EXPM1(x) OF_TYPE(x, expm1_float, expm1)
#define LOG1P(x) OF_TYPE(x, log1p_float, log1p)
#define TANH(x) OF_TYPE(x, tanh_float, tanh)
#define SQRT(x) OF_TYPE(x, sqrtf, sqrt)
#define ABS(x) OF_TYPE(x, fabsf, fabs)
#define NORMAL_PDF(x) OF_TYPE(x, normal_pdf_float, normal_pdf_double)
#define NORMAL_CDF(x) OF_TYPE(x, normal_cdf_float, normal_cdf_double)

/* 1 / (1 + exp(-x)), with all divided by 2^24 lest exp(-x) overflow where the result is not yet zero */
FORMULA float sigmoid_float(float x) {
    const float one = 0x1p-24f;
    return x < -104 ? 0 : one / (one + scaled_exp(-x, 24));
}
FORMULA double sigmoid_double(double x) { return 1 / (1 + exp(-x)); }

/* No exponential of a positive number. */
FORMULA float softplus_float(float x) { return (x > 0 ? x : 0) + LOG1P(EXP_SHORT(-ABS(x))); }
FORMULA double softplus_double(double x) { return (x > 0 ? x : 0) + LOG1P(EXP_SHORT(-ABS(x))); }
#define SIGMOID(x) OF_TYPE(x, sigmoid_float, sigmoid_double)
#define SOFTPLUS(x) OF_TYPE(x, softplus_float, softplus_double)

#endif
