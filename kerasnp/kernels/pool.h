/* The threads behind the kernels' parallel loops.

   A job is cut into parts, more than there are threads. Each thread has a share of the parts, neighbours, which it takes
   one by one from the front; then it helps the others with theirs, from the back. So nobody waits for a thread that was
   late to wake up or whose processor went to another program: what it did not begin, others do. And where all the work
   lies in the first share, as in a loop of few rounds, each thread finds the same rounds there time after time, with
   their numbers still in its cache. Which thread takes a part changes nothing in the results, as parts do not know each
   other.

   Threads that have nothing to do look out for the next job for a moment, because in a training step it comes after a
   few microseconds, and then sleep. A child process starts with no threads, whatever its parent had, and makes its own.

   It needs POSIX threads and C11 atomics alone. */

#ifndef KERASNP_POOL_H
#define KERASNP_POOL_H

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

/* Part number `part` of `parts`. */
typedef void (*PoolWork)(void *data, int part, int parts);

enum {
    POOL_MOST_THREADS = 128,
    /* Enough that a thread which comes late finds something to do, few enough that taking one costs nothing. */
    POOL_PARTS_PER_THREAD = 8,
    /* How long a thread that waits stays awake, in nanoseconds: as long as a training step does other things at most,
       between the update and the next batch. */
    POOL_PATIENCE = 200000,
    POOL_LINE = 64, /* bytes of a cache line */
};

/* A count that changes once and for which one thread waits: awake at first, then asleep. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    _Atomic(uint32_t) value;
    atomic_int asleep;
} PoolSignal;

/* The thread's call to work is the number of the job. Its share of the parts is one number, so that it is taken from in
   one stroke: the job's number in the upper half, then one past the last part, then the first part nobody took. */
typedef struct {
    _Alignas(POOL_LINE) PoolSignal call;
    _Alignas(POOL_LINE) _Atomic(uint64_t) share;
} PoolThread;

static struct {
    atomic_int busy;
    int threads; /* that were started, the caller of pool_run included */
    uint32_t job;
    _Atomic(PoolWork) work;
    _Atomic(void *) data;
    atomic_int parts;
    _Alignas(POOL_LINE) atomic_int left; /* parts that are not done */
    PoolSignal done;                     /* the number of the last job that is */
    PoolThread thread[POOL_MOST_THREADS];
} pool;

/* -- waiting ------------------------------------------------------------------------------------------------------- */

static inline void pool_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static inline int64_t pool_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void pool_signal_init(PoolSignal *signal) {
    pthread_mutex_init(&signal->lock, NULL);
    pthread_cond_init(&signal->changed, NULL);
    atomic_store(&signal->asleep, 0);
}

/* Returns when the value is `wanted`, or, if `other` is true, when it is anything else. */
static void pool_wait(PoolSignal *signal, uint32_t wanted, int other) {
    const int64_t start = pool_now();
    do {
        for (int i = 0; i < 16; i++) {
            if ((atomic_load_explicit(&signal->value, memory_order_acquire) == wanted) != other) return;
            pool_pause();
        }
        /* Perhaps the thread that is waited for has been put on this very processor. */
        sched_yield();
    } while (pool_now() - start < POOL_PATIENCE);
    pthread_mutex_lock(&signal->lock);
    /* First the mark, then a last look: either this sees the new value, or who sets it sees the mark. */
    atomic_store(&signal->asleep, 1);
    while ((atomic_load(&signal->value) == wanted) == other) pthread_cond_wait(&signal->changed, &signal->lock);
    atomic_store(&signal->asleep, 0);
    pthread_mutex_unlock(&signal->lock);
}

static void pool_set(PoolSignal *signal, uint32_t value) {
    atomic_store(&signal->value, value);
    if (atomic_load(&signal->asleep)) {
        pthread_mutex_lock(&signal->lock);
        pthread_cond_signal(&signal->changed);
        pthread_mutex_unlock(&signal->lock);
    }
}

/* -- working ------------------------------------------------------------------------------------------------------- */

/* Takes parts of a job, from its own share and then from the others', until none is left. The job cannot end and give
   way to another one while a part that was taken is not done; a thread that comes too late takes nothing. */
static void pool_take_parts(uint32_t job, int self, int threads) {
    int count = 0;
    for (int i = 0; i < threads; i++) {
        _Atomic(uint64_t) *share = &pool.thread[(self + i) % threads].share;
        uint64_t seen = atomic_load_explicit(share, memory_order_acquire);
        while ((uint32_t)(seen >> 32) == job && (uint16_t)seen < (uint16_t)(seen >> 16)) {
            const uint64_t rest = i == 0 ? seen + 1 : seen - (1 << 16);
            const int part = i == 0 ? (uint16_t)seen : (uint16_t)(seen >> 16) - 1;
            if (!atomic_compare_exchange_weak_explicit(share, &seen, rest, memory_order_acq_rel, memory_order_acquire))
                continue;
            const PoolWork work = atomic_load_explicit(&pool.work, memory_order_relaxed);
            work(atomic_load_explicit(&pool.data, memory_order_relaxed), part,
                 atomic_load_explicit(&pool.parts, memory_order_relaxed));
            count++;
            seen = atomic_load_explicit(share, memory_order_acquire);
        }
    }
    if (count && atomic_fetch_sub(&pool.left, count) == count) pool_set(&pool.done, job);
}

static void *pool_thread(void *number) {
    const int self = (int)(intptr_t)number;
    PoolSignal *call = &pool.thread[self].call;
    /* Called before it was here, perhaps: zero is no job's number. */
    for (uint32_t job = 0;;) {
        pool_wait(call, job, 1);
        job = atomic_load(&call->value);
        pool_take_parts(job, self, atomic_load(&pool.parts) / POOL_PARTS_PER_THREAD);
    }
    return NULL;
}

/* Starts threads until there are `wanted`, or as many as the system allows. */
static void pool_grow(int wanted) {
    sigset_t all, before;
    if (pool.threads >= wanted) return;
    /* Signals are for the program's own threads: Ctrl-C must reach Python. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool.threads < wanted) {
        pthread_t thread;
        PoolSignal *call = &pool.thread[pool.threads].call;
        pool_signal_init(call);
        atomic_store(&call->value, 0);
        if (pthread_create(&thread, NULL, pool_thread, (void *)(intptr_t)pool.threads)) break;
        pthread_detach(thread);
        pool.threads++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Of the parent's threads a child has only the one that called fork, which was in no job. */
static void pool_forget(void) {
    pool.threads = 1;
    pool_signal_init(&pool.done);
    atomic_store(&pool.busy, 0);
}

/* To be called once, before the first job. */
static void pool_start(void) {
    pool_forget();
    pthread_atfork(NULL, NULL, pool_forget);
}

/* Runs work(data, part, parts) for all parts, on up to `threads` threads; returns when all are done. Called while it is
   busy, from another thread or from a part, it does the work where it is, in one part. */
static void pool_run(PoolWork work, void *data, int threads) {
    if (threads > POOL_MOST_THREADS) threads = POOL_MOST_THREADS;
    if (threads < 2 || atomic_exchange(&pool.busy, 1)) {
        work(data, 0, 1);
        return;
    }
    pool_grow(threads);
    if (threads > pool.threads) threads = pool.threads;
    if (++pool.job == 0) pool.job = 1;
    const uint32_t job = pool.job;
    const int parts = threads * POOL_PARTS_PER_THREAD;
    atomic_store_explicit(&pool.work, work, memory_order_relaxed);
    atomic_store_explicit(&pool.data, data, memory_order_relaxed);
    atomic_store_explicit(&pool.parts, parts, memory_order_relaxed);
    atomic_store_explicit(&pool.left, parts, memory_order_relaxed);
    for (int i = 0; i < threads; i++) {
        const uint64_t first = (uint64_t)i * POOL_PARTS_PER_THREAD, end = first + POOL_PARTS_PER_THREAD;
        atomic_store_explicit(
            &pool.thread[i].share, (uint64_t)job << 32 | end << 16 | first, memory_order_release);
    }
    for (int i = 1; i < threads; i++) pool_set(&pool.thread[i].call, job);
    pool_take_parts(job, 0, threads);
    pool_wait(&pool.done, job, 0);
    atomic_store(&pool.busy, 0);
}

#endif
