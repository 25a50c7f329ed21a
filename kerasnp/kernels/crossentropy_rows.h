/* The crossentropy of one row and its gradient; the formulas are explained in crossentropy.py. Each function returns
   the value, and writes the gradient unless that is NULL. */

#ifndef KERASNP_CROSSENTROPY_ROWS_H
#define KERASNP_CROSSENTROPY_ROWS_H

#include "logarithm.h"
#include "row_reductions.h"

/* Terms that are computed side by side before they are added up. */
enum { TERMS = 64 };

#define CLIP(x, low, high) ((x) < (low) ? (low) : (x) > (high) ? (high) : (x))
#define TARGET(j) (factor * t[j] + offset)

#define DEFINE_CROSSENTROPY(type)                                                                                     \
    DEFINE_REDUCTION(sum_of_targets_##type, type, 0, PLUS, TARGET(j), const type *t, type factor, type offset)        \
                                                                                                                      \
    /* Of t (norm - p), and zero where t is, whatever p may be. */                                                    \
    DEFINE_REDUCTION(sum_of_logits_##type, type, 0, PLUS, TARGET(j) == 0 ? 0 : TARGET(j) * (norm - p[j]),             \
                     const type *t, type factor, type offset, const type *p, type norm)                               \
                                                                                                                      \
    /* From logits p. Targets are factor t + offset. */                                                               \
    static type logits_row_##type(                                                                                    \
        ptrdiff_t n, const type *t, type factor, type offset, const type *p, type scale, type *gradient) {            \
        const type most = largest_##type(n, p), sum = sum_of_exp_##type(n, p, most, gradient);                        \
        if (gradient) {                                                                                               \
            const type slope = sum_of_targets_##type(n, t, factor, offset) / sum;                                     \
            INDEPENDENT                                                                                               \
            for (ptrdiff_t j = 0; j < n; j++) gradient[j] = scale * (slope * gradient[j] - TARGET(j));                \
        }                                                                                                             \
        return sum_of_logits_##type(n, t, factor, offset, p, most + LOG(sum));                                        \
    }                                                                                                                 \
                                                                                                                      \
    /* From probabilities p. The gradient is by them or, if `softmax`, by the logits that a softmax made them of. */  \
    static type probabilities_row_##type(                                                                             \
        ptrdiff_t n, const type *t, type factor, type offset, const type *p, int softmax, type epsilon, type scale,   \
        type *gradient) {                                                                                             \
        const type norm = sum_##type(n, p), high = 1 - epsilon;                                                       \
        type value = 0, total = 0, terms[TERMS], kept[TERMS];                                                         \
        for (ptrdiff_t start = 0; start < n; start += TERMS) {                                                        \
            const ptrdiff_t count = n - start < TERMS ? n - start : TERMS;                                            \
            int any = 0;                                                                                              \
            for (ptrdiff_t i = 0; i < count; i++) any |= TARGET(start + i) != 0;                                      \
            if (!any) continue; /* as in nearly all of a one-hot row */                                               \
            for (ptrdiff_t i = 0; i < count; i++) {                                                                   \
                const type target = TARGET(start + i), ratio = p[start + i] / norm;                                   \
                terms[i] = target == 0 ? 0 : target * LOG(CLIP(ratio, epsilon, high));                                \
                kept[i] = softmax || !(ratio < epsilon || ratio > high) ? target : 0;                                 \
            }                                                                                                         \
            value -= sum_##type(count, terms);                                                                        \
            total += sum_##type(count, kept);                                                                         \
        }                                                                                                             \
        if (gradient && softmax) {                                                                                    \
            INDEPENDENT                                                                                               \
            for (ptrdiff_t j = 0; j < n; j++) gradient[j] = scale * (total * p[j] - TARGET(j));                       \
        } else if (gradient) {                                                                                        \
            INDEPENDENT                                                                                               \
            for (ptrdiff_t j = 0; j < n; j++) {                                                                       \
                const type ratio = p[j] / norm, own = TARGET(j) / p[j];                                               \
                gradient[j] = scale * (total / norm - (TARGET(j) == 0 || ratio < epsilon || ratio > high ? 0 : own)); \
            }                                                                                                         \
        }                                                                                                             \
        return value;                                                                                                 \
    }                                                                                                                 \
                                                                                                                      \
    /* From logits p, where class `label` has the target 1 and the others 0. */                                       \
    static type sparse_logits_row_##type(ptrdiff_t n, ptrdiff_t label, const type *p, type scale, type *gradient) {   \
        const type most = largest_##type(n, p), sum = sum_of_exp_##type(n, p, most, gradient), slope = scale / sum;   \
        if (gradient) {                                                                                               \
            for (ptrdiff_t j = 0; j < n; j++) gradient[j] *= slope;                                                   \
            gradient[label] -= scale;                                                                                 \
        }                                                                                                             \
        return most + LOG(sum) - p[label];                                                                            \
    }                                                                                                                 \
                                                                                                                      \
    static type sparse_probabilities_row_##type(                                                                      \
        ptrdiff_t n, ptrdiff_t label, const type *p, int softmax, type epsilon, type scale, type *gradient) {         \
        const type norm = sum_##type(n, p), high = 1 - epsilon, ratio = p[label] / norm;                              \
        const int clipped = ratio < epsilon || ratio > high;                                                          \
        if (gradient && softmax) {                                                                                    \
            INDEPENDENT                                                                                               \
            for (ptrdiff_t j = 0; j < n; j++) gradient[j] = scale * p[j];                                             \
            gradient[label] -= scale;                                                                                 \
        } else if (gradient) {                                                                                        \
            for (ptrdiff_t j = 0; j < n; j++) gradient[j] = (clipped ? 0 : scale) / norm;                             \
            if (!clipped) gradient[label] -= scale / p[label];                                                        \
        }                                                                                                             \
        return -LOG(CLIP(ratio, epsilon, high));                                                                      \
    }
DEFINE_CROSSENTROPY(float)
DEFINE_CROSSENTROPY(double)

#endif
