/* The most arithmetic that a core can do: multiply-adds of vectors that never leave the registers. */

#if defined(__AVX512F__)
#define BYTES 64
#elif defined(__AVX__)
#define BYTES 32
#else
#define BYTES 16
#endif

/* Independent sums, so that none waits for itself; they, a factor and a term fill the registers (16 or 32). */
#if defined(__AVX512F__) || defined(__aarch64__)
#define SUMS 24
#else
#define SUMS 12
#endif

#define LANES (BYTES / (int)sizeof(float))

typedef float vector __attribute__((vector_size(BYTES)));

/* Does so many rounds, and returns a number that depends on all of them. */
float multiply_adds(long rounds, float factor, float term) {
    vector sums[SUMS], factors = (vector){0} + factor, terms = (vector){0} + term, total = {0};
#pragma GCC unroll 32
    for (int i = 0; i < SUMS; i++) sums[i] = terms * (float)i;
    for (long round = 0; round < rounds; round++) {
#pragma GCC unroll 32
        for (int i = 0; i < SUMS; i++) sums[i] = sums[i] * factors + terms;
    }
#pragma GCC unroll 32
    for (int i = 0; i < SUMS; i++) total += sums[i];
    return total[0];
}

int operations_a_round(void) { return 2 * SUMS * LANES; }
