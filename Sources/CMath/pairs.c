#include "pairs.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define BF16 __attribute__((target("avx512f,avx512bf16")))

/// Rows and vectors of columns whose number the compiler knows, so that the sums stay in registers.
static inline __attribute__((always_inline)) BF16 void tile(
    const pair_product *p, long first, long column, const int rows, const int vectors) {
  const float *a = p->a + first * p->a_row, *b = p->b + column;
  float *c = p->c + first * p->c_row + column;
  __m512 sums[6][4];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++)
      sums[i][j] = p->accumulate ? _mm512_loadu_ps(c + i * p->c_row + j * 16) : _mm512_setzero_ps();
  for (long k = 0; k < p->depth; k++, a += p->a_step, b += p->b_row) {
    __m512bh part[4];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) part[j] = (__m512bh)_mm512_loadu_ps(b + j * 16);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      const __m512bh weight = (__m512bh)_mm512_set1_ps(a[i * p->a_row]);
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) sums[i][j] = _mm512_dpbf16_ps(sums[i][j], weight, part[j]);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) _mm512_storeu_ps(c + i * p->c_row + j * 16, sums[i][j]);
}

/// All rows of some vectors of columns: six at a time, then what is left.
static inline __attribute__((always_inline)) BF16 void strip(
    const pair_product *p, long rows, long column, const int vectors) {
  for (long row = 0; row < rows; row += 6) switch (rows - row) {
      case 1: tile(p, row, column, 1, vectors); break;
      case 2: tile(p, row, column, 2, vectors); break;
      case 3: tile(p, row, column, 3, vectors); break;
      case 4: tile(p, row, column, 4, vectors); break;
      case 5: tile(p, row, column, 5, vectors); break;
      default: tile(p, row, column, 6, vectors);
    }
}

BF16 void multiply_pairs(const pair_product *p, long rows, long columns) {
  long column = 0;
  while (column < columns) {
    // A multiply-add takes its time: at least six chains at once hide it.
    if (rows <= 3 && columns - column >= 64) {
      strip(p, rows, column, 4);
      column += 64;
    } else if (columns - column >= 32) {
      strip(p, rows, column, 2);
      column += 32;
    } else {
      strip(p, rows, column, 1);
      column += 16;
    }
  }
}

#else

// Other processors have no AVX512-BF16; `AttentionShape` refuses bf16 there with a message.
void multiply_pairs(const pair_product *p, long rows, long columns) { __builtin_trap(); }

#endif
