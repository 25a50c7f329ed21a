# How many threads a kernel's parallel loop gets, and what runs it.
cdef extern from "openmp_calls.h" nogil:
    ctypedef void (*PoolRunner)(void (*work)(void *, int, int) noexcept nogil, void *data, int threads) noexcept nogil
    void openmp_bind(PoolRunner runner)

cdef int allot(double operations) noexcept nogil
cdef void run_on_pool(void (*work)(void *, int, int) noexcept nogil, void *data, int threads) noexcept nogil


cdef inline int threads_for(double operations) noexcept nogil:
    """The number of threads for so many arithmetic operations; to be asked before a parallel loop."""
    openmp_bind(run_on_pool)
    return allot(operations)
