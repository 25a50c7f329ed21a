# Elementary functions of either number type, and sums that vector instructions can do without changing their order.

from kerasnp.kernels._types cimport real

cdef extern from "logarithm.h" nogil:
    float float_exp "EXP" (float x) noexcept
    double double_exp "EXP" (double x) noexcept
    float float_log "LOG" (float x) noexcept
    double double_log "LOG" (double x) noexcept
    float float_log1p "LOG1P" (float x) noexcept
    double double_log1p "LOG1P" (double x) noexcept
    float float_tanh "TANH" (float x) noexcept
    double double_tanh "TANH" (double x) noexcept
    float float_abs "ABS" (float x) noexcept
    double double_abs "ABS" (double x) noexcept
    float float_sqrt "SQRT" (float x) noexcept
    double double_sqrt "SQRT" (double x) noexcept

# Sums run over this many interleaved partial sums, in a fixed order: vector instructions without reordering.
cdef enum:
    LANES = 16


cdef inline real exp_of(real x) noexcept nogil:
    return float_exp(x) if real is float else double_exp(x)


cdef inline real log_of(real x) noexcept nogil:
    return float_log(x) if real is float else double_log(x)


cdef inline real log1p_of(real x) noexcept nogil:
    return float_log1p(x) if real is float else double_log1p(x)


cdef inline real tanh_of(real x) noexcept nogil:
    return float_tanh(x) if real is float else double_tanh(x)


cdef inline real abs_of(real x) noexcept nogil:
    return float_abs(x) if real is float else double_abs(x)


cdef inline real sqrt_of(real x) noexcept nogil:
    return float_sqrt(x) if real is float else double_sqrt(x)


cdef inline real larger(real a, real b) noexcept nogil:
    # NaN as a stays, as b it does not.
    return b if a < b else a


cdef inline real clip(real x, real low, real high) noexcept nogil:
    return low if x < low else (high if x > high else x)


cdef inline real sign(real x) noexcept nogil:
    # x * 0 is zero, or NaN for NaN.
    return 1 if x > 0 else (-1 if x < 0 else x * 0)


cdef inline real add_up(const real *lanes) noexcept nogil:
    cdef real total = 0
    cdef Py_ssize_t lane
    for lane in range(LANES):
        total = total + lanes[lane]
    return total
