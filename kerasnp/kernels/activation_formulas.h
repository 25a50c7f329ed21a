/* The activations as formulas: y of x, and dy/dx of y where it can be told from that, else of x. Each line becomes two
   loops, for float and for double. The order is that of FORMULAS in activation.py, where the same formulas stand in
   NumPy.

   NaN must come out as NaN: a comparison with NaN is false, so the branch taken then has to contain x. */

#ifndef KERASNP_ACTIVATION_FORMULAS_H
#define KERASNP_ACTIVATION_FORMULAS_H

#include <stddef.h>

#include "vector_math.h"

#define CLIP(x, low, high) ((x) < (low) ? (low) : (x) > (high) ? (high) : (x))
#define RAMP(x) CLIP(x, 0, 1)

/* of squareplus, whose x + root loses its digits where x is negative; root^2 - x^2 = a */
#define ROOT SQRT(x * x + a)

/* of mish: tanh(log(1 + e)) = n / (n + 2) with n = e (e + 2), and 1 for all larger x */
#define E EXP(x < 20 ? x : 20)
#define MISH (E * (E + 2))

/* of GELU's approximation, x sigmoid(z) */
#define Z (a * x * (1 + b * x * x))
#define DZ (a * (1 + 3 * b * x * x))

#define FORMULAS(USE)                                                                                              \
    USE(relu,           x < 0 ? 0 : x,                                  y > 0)                                     \
    USE(leaky_relu,     x > 0 ? x : a * x,                              y > 0 ? 1 : a)                             \
    USE(clipped_relu,   x > c ? (x > b ? b : x) : a != 0 ? a * (x - c) : x != x ? x : 0,                           \
                                                                        y > 0 ? (y < b) : y < 0 ? a : 0)           \
    USE(elu,            b * (x > 0 ? x : a * EXPM1((x > 0 ? 0 : x) / c)), y > 0 ? b : (y + a * b) / c)             \
    USE(exponential,    EXP(x),                                         y)                                         \
    USE(sigmoid,        SIGMOID(x),                                     y * (1 - y))                               \
    USE(log_sigmoid,    -SOFTPLUS(-x),                                  -EXPM1(y))                                 \
    USE(tanh,           TANH(x),                                        1 - y * y)                                 \
    USE(softplus,       SOFTPLUS(x),                                    -EXPM1(-y))                                \
    USE(softsign,       x / (1 + ABS(x)),                               (1 - ABS(y)) * (1 - ABS(y)))               \
    USE(hard_sigmoid,   RAMP((x + 3) / 6),                              (y > 0 && y < 1) / (real)6)                \
    USE(sparse_sigmoid, RAMP((x + 1) / 2),                              (y > 0 && y < 1) / (real)2)                \
    USE(sparse_plus,    x >= 1 ? x : x < -1 ? 0 : (x + 1) * (x + 1) / 4, SQRT(y > 1 ? 1 : y))                      \
    USE(squareplus,     (x >= 0 ? x + ROOT : a / (ROOT - x)) / 2,       1 / (1 + a / (4 * y * y)))                 \
    USE(hard_shrink,    ABS(x) <= a ? 0 : x,                            y != 0)                                    \
    USE(soft_shrink,    x - CLIP(x, -a, a),                             y != 0)                                    \
    USE(tanh_shrink,    x - TANH(x),                                    TANH(x) * TANH(x))                         \
    USE(hard_tanh,      CLIP(x, -1, 1),                                 ABS(x) <= 1)                               \
    USE(threshold,      x <= a ? b : x,                                 x > a)                                     \
    USE(silu,           x * SIGMOID(x),                                 SIGMOID(x) * (1 + x * (1 - SIGMOID(x))))   \
    USE(hard_silu,      x * RAMP((x + 3) / 6),                          x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6)\
    USE(mish,           x * (MISH / (MISH + 2)),                                                                   \
                        MISH / (MISH + 2) + x * (1 - MISH / (MISH + 2) * (MISH / (MISH + 2))) * (E / (1 + E)))     \
    USE(gelu,           x * NORMAL_CDF(x),                              NORMAL_CDF(x) + x * NORMAL_PDF(x))         \
    USE(gelu_tanh,      x * SIGMOID(Z),                                 SIGMOID(Z) * (1 + x * (1 - SIGMOID(Z)) * DZ))

#define CODE(name, y_of_x, derivative) name##_code,
#define NAME(name, y_of_x, derivative) #name,
enum { FORMULAS(CODE) FORMULA_COUNT };
static const char *const formula_names[] = {FORMULAS(NAME)};

#define FORWARD(name, y_of_x, derivative)         \
    case name##_code:                             \
        INDEPENDENT                               \
        for (ptrdiff_t i = 0; i < n; i++) {       \
            const real x = input[i];              \
            output[i] = y_of_x;                   \
        }                                         \
        break;

#define BACKWARD(name, y_of_x, derivative)        \
    case name##_code:                             \
        INDEPENDENT                               \
        for (ptrdiff_t i = 0; i < n; i++) {       \
            const real y = values[i], x = y;      \
            (void)x;                              \
            dx[i] = dy[i] * (derivative);         \
        }                                         \
        break;

#define DEFINE_LOOPS(type)                                                                                          \
    static void activation_forward_##type(int function, ptrdiff_t n, const type *input, type a, type b, type c,     \
                                          type *output) {                                                           \
        typedef type real;                                                                                          \
        switch (function) { FORMULAS(FORWARD) }                                                                     \
    }                                                                                                               \
                                                                                                                    \
    static void activation_backward_##type(int function, ptrdiff_t n, const type *dy, const type *values, type a,   \
                                           type b, type c, type *dx) {                                              \
        typedef type real;                                                                                          \
        switch (function) { FORMULAS(BACKWARD) }                                                                    \
    }                                                                                                               \
                                                                                                                    \
    static void prelu_forward_##type(ptrdiff_t n, const type *x, const type *alpha, type *y) {                      \
        INDEPENDENT                                                                                                 \
        for (ptrdiff_t i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : alpha[i] * x[i];                                 \
    }                                                                                                               \
                                                                                                                    \
    static void prelu_backward_##type(ptrdiff_t rows, ptrdiff_t n, ptrdiff_t step, const type *dy, const type *x,   \
                                      const type *alpha, type *dx, type *dalpha) {                                  \
        for (ptrdiff_t row = 0; row < rows; row++, x += step, dy += step) {                                         \
            if (dalpha) {                                                                                           \
                INDEPENDENT                                                                                         \
                for (ptrdiff_t i = 0; i < n; i++) dalpha[i] += dy[i] * (x[i] > 0 ? 0 : x[i]);                       \
            }                                                                                                       \
            if (dx) {                                                                                               \
                INDEPENDENT                                                                                         \
                for (ptrdiff_t i = 0; i < n; i++) dx[i] = dy[i] * (x[i] > 0 ? 1 : x[i] < 0 ? alpha[i] : 0);         \
                dx += step;                                                                                         \
            }                                                                                                       \
        }                                                                                                           \
    }

DEFINE_LOOPS(float)
DEFINE_LOOPS(double)

#endif
