"""How many threads a kernel may use, what they are, and which vector instructions this machine has."""

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

cdef extern from "openmp_calls.h" nogil:
    enum: KERASNP_HAS_POOL

cdef extern from "pool.h" nogil:
    enum: POOL_MOST_THREADS
    void pool_start()
    void pool_run(void (*work)(void *, int, int) noexcept nogil, void *data, int threads)

pool_start()
# Whether parallel loops run on the pool of pool.h, and not on the threads of the compiler's OpenMP.
HAS_POOL = bool(KERASNP_HAS_POOL)

# 0: as many as OpenMP offers.
cdef int limit = 0
# Operations that are worth a thread: waking one may cost microseconds.
cdef double grain = 200_000


cdef int allot(double operations) noexcept nogil:
    """The number of threads for so many arithmetic operations."""
    cdef int most = min(<int> POOL_MOST_THREADS, kerasnp_openmp_threads())
    if 0 < limit < most:
        most = limit
    if operations < most * grain:
        most = <int> (operations / grain)
    return most if most > 1 else 1


cdef void run_on_pool(void (*work)(void *, int, int) noexcept nogil, void *data, int threads) noexcept nogil:
    """Calls work(data, part, parts) for all parts of a job, on the pool."""
    pool_run(work, data, threads)


def count_for(double operations):
    """Returns how many threads a kernel with so many operations would use now."""
    return allot(operations)


def set_limit(count):
    """Sets the greatest number of threads; None leaves it to OpenMP."""
    global limit
    limit = count or 0


def set_grain(double operations):
    """Sets how many operations a thread must have to do; returns what it was. Tests set it low."""
    global grain
    before = grain
    grain = operations
    return before


def variants():
    """Returns the build variants that this machine can run, fastest first."""
    found = []
    if kerasnp_has_avx512():
        found.append("avx512")
    if kerasnp_has_avx2():
        found.append("avx2")
    return [*found, "baseline"]
