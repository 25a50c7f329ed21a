cdef int threads_for(double operations) noexcept nogil
