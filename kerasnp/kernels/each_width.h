/* Includes the file EACH_WIDTH once for each type of numbers and each width of vectors, and there defines

       REAL                 float or double
       VECTOR               LANES numbers: as many as fill the widest registers, or 16 bytes, or a single one
       MASK                 LANES integers of the same size; comparing two vectors gives one
       SELECT(t, m, a, b)   a where the mask m is set, else b; both of type t, which is VECTOR or MASK
       CONVERT(v, t)        a vector of integers as one of type t: MASK, NAME(int32) or NAME(uint16)
       LOAD, STORE          at any address
       NAME(f)              f_float_wide, f_float_narrow, f_float_single, f_double_wide ...

   So a loop over the columns of a matrix, or the channels of an image, is written once. It is told the first column
   that is left, takes whole vectors, up to STOP_OF_VECTORS, and returns where it stopped; ALL_COLUMNS strings the widths
   together. GNU vector types become SSE, AVX2, AVX-512 or NEON instructions, as the compiler flags say. */

#ifndef KERASNP_EACH_WIDTH_H
#define KERASNP_EACH_WIDTH_H

#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

#define VECTOR_OF(type, lanes) \
    type __attribute__((vector_size((lanes) * sizeof(type)), aligned(sizeof(type)), may_alias))
#define DEFINE_VECTORS(real, integer, width, lanes)           \
    typedef VECTOR_OF(real, lanes) vector_##real##_##width;   \
    typedef VECTOR_OF(integer, lanes) mask_##real##_##width;  \
    typedef VECTOR_OF(int32_t, lanes) int32_##real##_##width; \
    typedef VECTOR_OF(uint16_t, lanes) uint16_##real##_##width;
DEFINE_VECTORS(float, int32_t, wide, VECTOR_BYTES / 4)
DEFINE_VECTORS(float, int32_t, narrow, 4)
DEFINE_VECTORS(double, int64_t, wide, VECTOR_BYTES / 8)
DEFINE_VECTORS(double, int64_t, narrow, 2)

/* A single number is no vector but plain C. */
#define DEFINE_SINGLE(real, integer)       \
    typedef real vector_##real##_single;   \
    typedef integer mask_##real##_single;  \
    typedef int32_t int32_##real##_single; \
    typedef uint16_t uint16_##real##_single;
DEFINE_SINGLE(float, int32_t)
DEFINE_SINGLE(double, int64_t)

#define VECTOR NAME(vector)
#define MASK NAME(mask)
#define LANES ((ptrdiff_t)(sizeof(VECTOR) / sizeof(REAL)))
#define LOAD(address) (*(const VECTOR *)(address))
#define STORE(address, value) (*(VECTOR *)(address) = (value))
#define STOP_OF_VECTORS(first, columns) ((columns) - ((columns) - (first)) % LANES)
#define INLINE static inline __attribute__((always_inline))

#define ALL_COLUMNS(f, real, ...) \
    f##_##real##_single(f##_##real##_narrow(f##_##real##_wide(0, __VA_ARGS__), __VA_ARGS__), __VA_ARGS__)

#endif

#define SELECT(type, mask, a, b) ((type)(((MASK)(a) & (mask)) | ((MASK)(b) & ~(mask))))
#define CONVERT(value, type) __builtin_convertvector(value, type)
#define REAL float
#define NAME(f) f##_float_wide
#include EACH_WIDTH
#undef NAME
#define NAME(f) f##_float_narrow
#include EACH_WIDTH
#undef NAME
#undef REAL
#define REAL double
#define NAME(f) f##_double_wide
#include EACH_WIDTH
#undef NAME
#define NAME(f) f##_double_narrow
#include EACH_WIDTH
#undef NAME
#undef REAL
#undef SELECT
#undef CONVERT

#define SELECT(type, mask, a, b) ((type)((mask) ? (a) : (b)))
#define CONVERT(value, type) ((type)(value))
#define REAL float
#define NAME(f) f##_float_single
#include EACH_WIDTH
#undef NAME
#undef REAL
#define REAL double
#define NAME(f) f##_double_single
#include EACH_WIDTH
#undef NAME
#undef REAL
#undef SELECT
#undef CONVERT

#undef EACH_WIDTH
