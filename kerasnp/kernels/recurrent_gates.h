/* The gates of one row of an LSTM or GRU, from activations to states and back; recurrent.py explains the formulas. */

#ifndef KERASNP_RECURRENT_GATES_H
#define KERASNP_RECURRENT_GATES_H

#include <stddef.h>

#include "vector_math.h"

#define EACH_UNIT INDEPENDENT for (ptrdiff_t j = 0; j < n; j++)

#define DEFINE_GATES(type)                                                                                     \
    static void lstm_gates_forward_##type(ptrdiff_t n, type *z, const type *c, type *new_c, type *new_h) {     \
        type *i = z, *f = z + n, *g = z + 2 * n, *o = z + 3 * n;                                               \
        EACH_UNIT {                                                                                            \
            const type in = SIGMOID(i[j]), forget = SIGMOID(f[j]), candidate = TANH(g[j]);                     \
            i[j] = in;                                                                                         \
            f[j] = forget;                                                                                     \
            g[j] = candidate;                                                                                  \
            new_c[j] = forget * c[j] + in * candidate;                                                         \
        }                                                                                                      \
        EACH_UNIT {                                                                                            \
            const type out = SIGMOID(o[j]);                                                                    \
            o[j] = out;                                                                                        \
            new_h[j] = out * TANH(new_c[j]);                                                                   \
        }                                                                                                      \
    }                                                                                                          \
                                                                                                               \
    /* dh is read, dc becomes the gradient by c. */                                                            \
    static void lstm_gates_backward_##type(                                                                    \
        ptrdiff_t n, const type *dh, const type *c, const type *new_c, type *z, type *dc) {                    \
        type *i = z, *f = z + n, *g = z + 2 * n, *o = z + 3 * n;                                               \
        EACH_UNIT {                                                                                            \
            const type in = i[j], forget = f[j], candidate = g[j], out = o[j], tanh_c = TANH(new_c[j]);        \
            const type slope = dc[j] + dh[j] * out * (1 - tanh_c * tanh_c);                                    \
            i[j] = slope * candidate * in * (1 - in);                                                          \
            f[j] = slope * c[j] * forget * (1 - forget);                                                       \
            g[j] = slope * in * (1 - candidate * candidate);                                                   \
            o[j] = dh[j] * tanh_c * out * (1 - out);                                                           \
            dc[j] = slope * forget;                                                                            \
        }                                                                                                      \
    }                                                                                                          \
                                                                                                               \
    /* product is h u, to which b is still to be added if it is not NULL. */                                   \
    static void gru_gates_forward_##type(                                                                      \
        ptrdiff_t n, type *z, type *product, const type *b, const type *h, type *inner, type *new_h) {         \
        type *s = z, *r = z + n, *g = z + 2 * n;                                                               \
        for (ptrdiff_t j = 0; b && j < 3 * n; j++) product[j] += b[j];                                         \
        EACH_UNIT {                                                                                            \
            s[j] = SIGMOID(s[j] + product[j]);                                                                 \
            r[j] = SIGMOID(r[j] + product[n + j]);                                                             \
        }                                                                                                      \
        EACH_UNIT {                                                                                            \
            const type v = product[2 * n + j], candidate = TANH(g[j] + r[j] * v);                              \
            inner[j] = v;                                                                                      \
            g[j] = candidate;                                                                                  \
            new_h[j] = candidate + s[j] * (h[j] - candidate);                                                  \
        }                                                                                                      \
    }                                                                                                          \
                                                                                                               \
    /* dh becomes the part of the gradient by h that does not go through the product. */                       \
    static void gru_gates_backward_##type(                                                                     \
        ptrdiff_t n, const type *h, const type *inner, type *z, type *dproduct, type *dh) {                    \
        type *s = z, *r = z + n, *g = z + 2 * n;                                                               \
        EACH_UNIT {                                                                                            \
            const type update = s[j], reset = r[j], candidate = g[j], slope = dh[j];                           \
            const type dg = slope * (1 - update) * (1 - candidate * candidate);                                \
            const type ds = slope * (h[j] - candidate) * update * (1 - update);                                \
            const type dr = dg * inner[j] * reset * (1 - reset);                                               \
            s[j] = dproduct[j] = ds;                                                                           \
            r[j] = dproduct[n + j] = dr;                                                                       \
            g[j] = dg;                                                                                         \
            dproduct[2 * n + j] = dg * reset;                                                                  \
            dh[j] = slope * update;                                                                            \
        }                                                                                                      \
    }

DEFINE_GATES(float)
DEFINE_GATES(double)

#endif
