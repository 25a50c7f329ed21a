/* The register tile against plain loops: test_tile.py compiles this for each kind of processor at hand, and runs it. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tile.h"

enum { MOST_ROWS = 2 * TILE_ROWS + 1, DEPTH = 12, WIDTH = TILE_MOST_COLUMNS };

static int failures = 0;

static double next_number(void) { return rand() / (double)RAND_MAX - 0.5; }

static void compare(const char *what, double found, double expected) {
    if (fabs(found - expected) < 1e-5) return;
    printf("%s: %g instead of %g\n", what, found, expected);
    failures++;
}

/* Rows lie 3 numbers apart, and k walks over two lines of 6 numbers, 20 apart. */
#define DEFINE_CHECKS(type)                                                                              \
    static void check_sweep_##type(ptrdiff_t rows, ptrdiff_t columns, int finish) {                      \
        const ptrdiff_t width = TILE_WIDTH / sizeof(type);                                               \
        const Grid a_rows = {rows, 3, 1, 0, 1, 0}, y_rows = {rows, columns, 1, 0, 1, 0};                 \
        const Grid walk = {6, 1, 2, 20, 1, 0};                                                           \
        type a[3 * MOST_ROWS + 40], panel[DEPTH * WIDTH], bias[WIDTH];                                   \
        type y[MOST_ROWS * WIDTH], before[MOST_ROWS * WIDTH];                                            \
        for (int i = 0; i < 3 * MOST_ROWS + 40; i++) a[i] = (type)next_number();                         \
        for (int i = 0; i < DEPTH * WIDTH; i++) panel[i] = (type)next_number();                          \
        for (int i = 0; i < WIDTH; i++) bias[i] = (type)next_number();                                   \
        for (int i = 0; i < MOST_ROWS * WIDTH; i++) before[i] = y[i] = (type)next_number();              \
        sweep_##type(a, &a_rows, 0, rows, &walk, panel, width, columns, bias, finish, y, &y_rows);       \
        for (ptrdiff_t i = 0; i < rows; i++) {                                                           \
            for (ptrdiff_t j = 0; j < columns; j++) {                                                    \
                double sum = bias[j] + (finish & TILE_ADD ? before[i * columns + j] : 0);                \
                for (int k = 0; k < DEPTH; k++)                                                          \
                    sum += (double)a[3 * i + k % 6 + k / 6 * 20] * panel[k * width + j];                 \
                if (finish & TILE_RELU && sum < 0) sum = 0;                                             \
                compare("sweep_" #type, y[i * columns + j], sum);                                        \
            }                                                                                            \
        }                                                                                                \
        for (ptrdiff_t i = rows * columns; i < MOST_ROWS * WIDTH; i++)                                   \
            compare("sweep_" #type " beyond the end", y[i], before[i]);                                  \
    }                                                                                                    \
                                                                                                         \
    static void check_##type(void) {                                                                     \
        for (ptrdiff_t rows = 1; rows <= MOST_ROWS; rows++)                                              \
            for (ptrdiff_t columns = 1; columns <= (ptrdiff_t)(TILE_WIDTH / sizeof(type)); columns++)     \
                for (int finish = TILE_STORE; finish <= (TILE_ADD | TILE_RELU); finish++)              \
                    check_sweep_##type(rows, columns, finish);                                           \
    }

DEFINE_CHECKS(float)
DEFINE_CHECKS(double)

int main(void) {
    check_float();
    check_double();
    printf("%d failures\n", failures);
    return failures > 0;
}
