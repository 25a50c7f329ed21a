/* Takes the place of GNU OpenMP's threads: what GCC makes of a parallel loop runs on the pool.

   GCC turns the body of such a loop into a function and hands it to GOMP_parallel, which is to call it on each thread;
   there it asks which thread it is of how many and takes its share of the rounds. Here it is called for each part of a
   job instead, and what it takes for threads are parts. Hidden, these functions are found by the module around them and
   by nobody else; other libraries keep OpenMP's own.

   Loops have schedule="static" and nothing after them within the parallel region, so no thread waits for another one
   in it. With other compilers nothing is replaced, and loops run on the threads of their OpenMP. */

#ifndef KERASNP_OPENMP_CALLS_H
#define KERASNP_OPENMP_CALLS_H

#if defined(_OPENMP) && defined(__GNUC__) && !defined(__clang__)
#define KERASNP_HAS_POOL 1
#else
#define KERASNP_HAS_POOL 0
#endif

/* pool_run of pool.h, in the one module that has the pool */
typedef void (*PoolRunner)(void (*work)(void *data, int part, int parts), void *data, int threads);

#if KERASNP_HAS_POOL

#define OPENMP_HIDDEN __attribute__((visibility("hidden")))

static PoolRunner openmp_runner;
static __thread int openmp_part, openmp_parts = 1;

typedef struct {
    void (*body)(void *);
    void *data;
} OpenmpLoop;

static void openmp_run_part(void *loop, int part, int parts) {
    openmp_part = part;
    openmp_parts = parts;
    ((OpenmpLoop *)loop)->body(((OpenmpLoop *)loop)->data);
    openmp_part = 0;
    openmp_parts = 1;
}

OPENMP_HIDDEN void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
OPENMP_HIDDEN void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags) {
    OpenmpLoop loop = {body, data};
    (void)flags;
    if (threads < 2) {
        openmp_run_part(&loop, 0, 1);
    } else {
        openmp_runner(openmp_run_part, &loop, (int)threads);
    }
}

/* GCC places one where the first value of a private variable might be read; the loops' variables are set before that. */
OPENMP_HIDDEN void GOMP_barrier(void);
OPENMP_HIDDEN void GOMP_barrier(void) {}

OPENMP_HIDDEN int omp_get_thread_num(void);
OPENMP_HIDDEN int omp_get_thread_num(void) { return openmp_part; }

OPENMP_HIDDEN int omp_get_num_threads(void);
OPENMP_HIDDEN int omp_get_num_threads(void) { return openmp_parts; }

static inline void openmp_bind(PoolRunner runner) { openmp_runner = runner; }

#else

static inline void openmp_bind(PoolRunner runner) { (void)runner; }

#endif
#endif
