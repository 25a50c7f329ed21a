"""How many threads a kernel may use, and which vector instructions this machine has."""

cdef extern from *:
    """
    #ifdef _OPENMP
    #include <omp.h>
    #define kerasnp_openmp_threads() omp_get_max_threads()
    #else
    #define kerasnp_openmp_threads() 1
    #endif
    #if (defined(__x86_64__) || defined(_M_X64)) && defined(__GNUC__)
    #define kerasnp_has_avx2() (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    #define kerasnp_has_avx512() (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") \
                                  && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    #else
    #define kerasnp_has_avx2() 0
    #define kerasnp_has_avx512() 0
    #endif
    """
    int kerasnp_openmp_threads() noexcept nogil
    int kerasnp_has_avx2() noexcept nogil
    int kerasnp_has_avx512() noexcept nogil

# 0: as many as OpenMP offers. Waking a thread costs microseconds: less work than this stays on one.
cdef int limit = 0
cdef double WORTH_A_THREAD = 200_000


cdef int threads_for(double operations) noexcept nogil:
    """The number of threads for so many arithmetic operations."""
    cdef int most = kerasnp_openmp_threads()
    if 0 < limit < most:
        most = limit
    if operations < most * WORTH_A_THREAD:
        most = <int> (operations / WORTH_A_THREAD)
    return most if most > 1 else 1


def set_limit(count):
    """Sets the greatest number of threads; None leaves it to OpenMP."""
    global limit
    limit = count or 0


def variants():
    """Returns the build variants that this machine can run, fastest first."""
    found = []
    if kerasnp_has_avx512():
        found.append("avx512")
    if kerasnp_has_avx2():
        found.append("avx2")
    return [*found, "baseline"]
