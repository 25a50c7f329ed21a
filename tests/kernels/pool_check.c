/* Jobs on the pool: every part of each is done once, whoever asks, also in a child process; and idle threads sleep. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool.h"

enum { THREADS = 5, JOBS = 3000, MOST_PARTS = 8 * THREADS };

typedef struct {
    atomic_int times[MOST_PARTS], parts;
} Job;

static int failures;

static void expect(int condition, const char *what) {
    if (!condition) {
        printf("%s\n", what);
        failures++;
    }
}

static void work(void *data, int part, int parts) {
    Job *job = data;
    atomic_fetch_add(&job->times[part], 1);
    atomic_store(&job->parts, parts);
    for (volatile int i = 0; i < 50 * (part % 7); i++) continue;
}

static int run_one(int threads) {
    Job job = {0};
    pool_run(work, &job, threads);
    for (int part = 0; part < MOST_PARTS; part++) {
        if (job.times[part] != (part < job.parts)) return 0;
    }
    return job.parts >= 1;
}

static void *run_many(void *seed) {
    unsigned state = (unsigned)(intptr_t)seed;
    intptr_t bad = 0;
    for (int i = 0; i < JOBS; i++) {
        bad += !run_one(1 + rand_r(&state) % THREADS);
        if (i % 100 == 0) usleep(200); /* long enough for threads to fall asleep */
    }
    return (void *)bad;
}

static void inner(void *data, int part, int parts) {
    (void)parts;
    if (!run_one(THREADS)) atomic_fetch_add((atomic_int *)data, 1 + part);
}

static double seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(void) {
    pool_start();
    expect(run_many((void *)1) == NULL, "parts of a job were not done once each");

    pthread_t callers[3];
    for (intptr_t i = 0; i < 3; i++) pthread_create(&callers[i], NULL, run_many, (void *)(i + 2));
    for (int i = 0; i < 3; i++) {
        void *bad;
        pthread_join(callers[i], &bad);
        expect(bad == NULL, "parts of a job were not done once each with several callers");
    }

    atomic_int nested = 0;
    pool_run(inner, &nested, THREADS);
    expect(nested == 0, "a job within a part went wrong");

    for (int i = 0; i < 20; i++) {
        const pid_t child = fork();
        int status = -1;
        if (child == 0) _exit(run_many((void *)(intptr_t)(i + 9)) == NULL && pool.threads == THREADS ? 0 : 1);
        expect(run_one(THREADS), "a job beside a child process went wrong");
        waitpid(child, &status, 0);
        expect(status == 0, "a child process could not use the pool");
    }

    usleep(2000);
    const double before = seconds(CLOCK_PROCESS_CPUTIME_ID);
    usleep(200000);
    expect(seconds(CLOCK_PROCESS_CPUTIME_ID) - before < 0.02, "idle threads keep a processor busy");

    printf("%d failures\n", failures);
    return 0;
}
