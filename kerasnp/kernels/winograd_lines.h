/* The lines of winograd.h: each function multiplies the vectors v by a matrix of winograd.py, in place. A line has size,
   size + 2 or 3 vectors before and after. Included by winograd.h once for each number type.

   The points lie symmetrically, so a polynomial's even and odd part are computed once for P and -P. For squares of two
   pixels the points are 0, 1, -1 and infinity. */

#ifndef P
/* For squares of four pixels they are 0, P, -P, Q, -Q and infinity. */
#define P ((REAL)0.75)
#define Q ((REAL)1.5)
#define PP (P * P)
#define QQ (Q * Q)
#define HALF ((REAL)0.5)
/* What G divides by. */
#define K0 (1 / (PP * QQ))
#define KP (1 / (2 * PP * (PP - QQ)))
#define KQ (1 / (2 * QQ * (QQ - PP)))
#endif

/* B^T: values of the input at the points. */
INLINE void TYPED(input_to_points)(VECTOR *v, const int size) {
    const VECTOR x0 = v[0], x1 = v[1], x2 = v[2], x3 = v[3];
    if (size == 2) {
        v[0] = x2 - x0;
        v[1] = x2 + x1;
        v[2] = x2 - x1;
        v[3] = x3 - x1;
        return;
    }
    const VECTOR x4 = v[4], x5 = v[5];
    const VECTOR even_p = x4 - QQ * x2, odd_p = x3 - QQ * x1, even_q = x4 - PP * x2, odd_q = x3 - PP * x1;
    v[0] = PP * QQ * x0 - (PP + QQ) * x2 + x4;
    v[1] = even_p + P * odd_p;
    v[2] = even_p - P * odd_p;
    v[3] = even_q + Q * odd_q;
    v[4] = even_q - Q * odd_q;
    v[5] = PP * QQ * x1 - (PP + QQ) * x3 + x5;
}

/* B: back to the gradient by the input. */
INLINE void TYPED(points_to_input)(VECTOR *v, const int size) {
    const VECTOR m0 = v[0], sum_p = v[1] + v[2], odd_p = v[1] - v[2];
    if (size == 2) {
        const VECTOR last = v[3];
        v[0] = -m0;
        v[1] = odd_p - last;
        v[2] = m0 + sum_p;
        v[3] = last;
        return;
    }
    const VECTOR sum_q = v[3] + v[4], odd_q = v[3] - v[4], last = v[5];
    v[0] = PP * QQ * m0;
    v[1] = PP * QQ * last - P * QQ * odd_p - Q * PP * odd_q;
    v[2] = -(PP + QQ) * m0 - QQ * sum_p - PP * sum_q;
    v[3] = P * odd_p + Q * odd_q - (PP + QQ) * last;
    v[4] = m0 + sum_p + sum_q;
    v[5] = last;
}

/* A: values of a square of the output's gradient at the points. */
INLINE void TYPED(output_to_points)(VECTOR *v, const int size) {
    const VECTOR y0 = v[0], y1 = v[1];
    if (size == 2) {
        v[1] = y0 + y1;
        v[2] = y0 - y1;
        v[3] = y1;
        return;
    }
    const VECTOR y2 = v[2], y3 = v[3];
    const VECTOR even_p = y0 + PP * y2, odd_p = y1 + PP * y3, even_q = y0 + QQ * y2, odd_q = y1 + QQ * y3;
    v[1] = even_p + P * odd_p;
    v[2] = even_p - P * odd_p;
    v[3] = even_q + Q * odd_q;
    v[4] = even_q - Q * odd_q;
    v[5] = y3;
}

/* A^T: back to a square of the output. */
INLINE void TYPED(points_to_output)(VECTOR *v, const int size) {
    const VECTOR sum_p = v[1] + v[2], odd_p = v[1] - v[2];
    if (size == 2) {
        v[0] = v[0] + sum_p;
        v[1] = odd_p + v[3];
        return;
    }
    const VECTOR sum_q = v[3] + v[4], odd_q = v[3] - v[4], last = v[5];
    v[0] = v[0] + sum_p + sum_q;
    v[1] = P * odd_p + Q * odd_q;
    v[2] = PP * sum_p + QQ * sum_q;
    v[3] = P * PP * odd_p + Q * QQ * odd_q + last;
}

/* G: values of the window at the points. */
INLINE void TYPED(window_to_points)(VECTOR *v, const int size) {
    const VECTOR w0 = v[0], w1 = v[1], w2 = v[2];
    if (size == 2) {
        v[0] = -w0;
        v[1] = HALF * (w0 + w1 + w2);
        v[2] = HALF * (w0 - w1 + w2);
        v[3] = w2;
        return;
    }
    const VECTOR even_p = KP * w0 + KP * PP * w2, even_q = KQ * w0 + KQ * QQ * w2;
    v[0] = K0 * w0;
    v[1] = even_p + KP * P * w1;
    v[2] = even_p - KP * P * w1;
    v[3] = even_q + KQ * Q * w1;
    v[4] = even_q - KQ * Q * w1;
    v[5] = w2;
}

/* G^T: back to the gradient by the window. */
INLINE void TYPED(points_to_window)(VECTOR *v, const int size) {
    const VECTOR sum_p = v[1] + v[2], odd_p = v[1] - v[2];
    if (size == 2) {
        const VECTOR first = v[0], last = v[3];
        v[0] = HALF * sum_p - first;
        v[1] = HALF * odd_p;
        v[2] = HALF * sum_p + last;
        return;
    }
    const VECTOR sum_q = v[3] + v[4], odd_q = v[3] - v[4], last = v[5];
    v[0] = K0 * v[0] + KP * sum_p + KQ * sum_q;
    v[1] = KP * P * odd_p + KQ * Q * odd_q;
    v[2] = KP * PP * sum_p + KQ * QQ * sum_q + last;
}
