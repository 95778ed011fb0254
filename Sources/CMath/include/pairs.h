#ifndef CMATH_PAIRS_H
#define CMATH_PAIRS_H

#include <stdbool.h>

/// A small product of bfloat16 numbers whose factors fit the first caches, summed in 32 bits.
///
/// Factors lie in cells of 32 bits, each with two numbers that are neighbours in the inner dimension,
/// the first in the lower half: c[i, j] (+)= Σ over k of a[i, k].low · b[k, j].low +
/// a[i, k].high · b[k, j].high. Cell (i, k) of `a` is at i · row + k · step.
typedef struct {
  float *c;
  long c_row;
  const float *a;
  long a_row, a_step;
  const float *b;
  long b_row;
  /// Cells of the inner dimension.
  long depth;
  /// Whether the sums go on from what is in `c`, or begin at zero.
  bool accumulate;
} pair_product;

/// All rows of some columns, a multiple of 16. Each element is one chain over ascending k, so its
/// bits depend neither on the number of rows nor on how they are tiled. Needs AVX512-BF16.
void multiply_pairs(const pair_product *product, long rows, long columns);

#endif
