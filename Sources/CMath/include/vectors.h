#ifndef CMATH_VECTORS_H
#define CMATH_VECTORS_H

/// What Swift sees as SIMD16<Float>.
typedef float vector16 __attribute__((ext_vector_type(16)));

/// a * b + c, fused where the target CPU can; elsewhere a product and a sum, while Swift's
/// addingProduct would call fmaf sixteen times. One build always does the same of the two.
static inline __attribute__((always_inline)) vector16 multiply_add16(
    vector16 a, vector16 b, vector16 c) {
#pragma clang fp contract(on)
  return a * b + c;
}

/// Swift's squareRoot() goes element by element.
static inline __attribute__((always_inline)) vector16 square_root16(vector16 a) {
  return __builtin_elementwise_sqrt(a);
}

/// The larger of each pair of elements; `a` where `b` is not a number.
static inline __attribute__((always_inline)) vector16 larger16(vector16 a, vector16 b) {
  return b > a ? b : a;
}

/// The largest element.
static inline __attribute__((always_inline)) float largest16(vector16 x) {
  x = larger16(x, __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  x = larger16(x, __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3));
  x = larger16(x, __builtin_shufflevector(x, x, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1));
  return x[1] > x[0] ? x[1] : x[0];
}

#define TRANSPOSE_STAGE(type, rows, distance, low, high)              \
  _Pragma("clang loop unroll(full)")                                  \
  for (int i = 0; i < 16; i++) {                                      \
    if (i & distance) continue;                                       \
    type a = rows[i], b = rows[i + distance];                         \
    rows[i] = low;                                                    \
    rows[i + distance] = high;                                        \
  }

// Swaps the off-diagonal blocks of 8, 4, 2 and 1 elements of sixteen rows.
#define TRANSPOSE(type, rows)                                                                     \
  TRANSPOSE_STAGE(                                                                                \
      type, rows, 8,                                                                              \
      __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),      \
      __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)) \
  TRANSPOSE_STAGE(                                                                                \
      type, rows, 4,                                                                              \
      __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),    \
      __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))  \
  TRANSPOSE_STAGE(                                                                                \
      type, rows, 2,                                                                              \
      __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),    \
      __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))  \
  TRANSPOSE_STAGE(                                                                                \
      type, rows, 1,                                                                              \
      __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),   \
      __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))

/// Columns of `target` (rows `target_stride` apart, sixteen of them) = the first `count` rows of
/// `source`, sixteen elements each; columns beyond `count` become zero.
static inline void transpose16(
    float *target, long target_stride, const float *source, long source_stride, long count) {
  typedef float loose16 __attribute__((ext_vector_type(16), aligned(4)));
  vector16 rows[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++)
    rows[i] = i < count ? *(const loose16 *)(source + i * source_stride) : (vector16)0;
  TRANSPOSE(vector16, rows)
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) *(loose16 *)(target + i * target_stride) = rows[i];
}

/// What Swift sees as SIMD16<UInt16>.
typedef unsigned short words16 __attribute__((ext_vector_type(16)));
typedef unsigned int bits16 __attribute__((ext_vector_type(16)));

/// The nearest bfloat16 numbers, ties to even, in the upper halves; not-a-number stays that.
static inline __attribute__((always_inline)) bits16 round_upper16(vector16 x) {
  bits16 bits = (bits16)x;
  bits16 is_number = (bits16)((bits & 0x7fffffff) <= 0x7f800000);
  bits16 rounded = bits + 0x7fff + ((bits >> 16) & 1);
  return ((rounded & is_number) | ((bits | 0x400000) & ~is_number)) & 0xffff0000;
}

/// The same as words.
static inline __attribute__((always_inline)) words16 narrow16(vector16 x) {
  return __builtin_convertvector(round_upper16(x) >> 16, words16);
}

/// `transpose16` for sixteen whole rows of sixteen bfloat16 numbers.
static inline void transpose_words16(
    unsigned short *target, long target_stride, const unsigned short *source, long source_stride) {
  typedef unsigned short loose16 __attribute__((ext_vector_type(16), aligned(2)));
  words16 rows[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) rows[i] = *(const loose16 *)(source + i * source_stride);
  TRANSPOSE(words16, rows)
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) *(loose16 *)(target + i * target_stride) = rows[i];
}

/// Asks for the cache lines of `bytes` from `address` on, which may be anywhere.
static inline __attribute__((always_inline)) void prefetch(const void *address, long bytes) {
  for (long i = 0; i < bytes; i += 64) __builtin_prefetch((const char *)address + i);
}

/// Sixteen words of each of two rows in turn; a row that is not there (NULL) is zeros.
static inline void interleave_words16(
    unsigned short *target, const unsigned short *first, const unsigned short *second) {
  typedef unsigned short loose16 __attribute__((ext_vector_type(16), aligned(2)));
  typedef unsigned short loose32 __attribute__((ext_vector_type(32), aligned(2)));
  words16 a = first ? *(const loose16 *)first : (words16)0;
  words16 b = second ? *(const loose16 *)second : (words16)0;
  *(loose32 *)target = __builtin_shufflevector(
      a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11, 27, 12,
      28, 13, 29, 14, 30, 15, 31);
}

/// Cells of two bfloat16 numbers: `low` in the lower halves, `high` in the upper.
static inline __attribute__((always_inline)) vector16 pair16(vector16 low, vector16 high) {
  return (vector16)(round_upper16(high) | (round_upper16(low) >> 16));
}

/// The same cells with other numbers in their upper halves.
static inline __attribute__((always_inline)) vector16 with_upper16(vector16 cells, vector16 high) {
  return (vector16)(((bits16)cells & 0xffff) | round_upper16(high));
}

/// The numbers in the lower halves of cells, and those in the upper.
static inline __attribute__((always_inline)) words16 lower_words16(vector16 cells) {
  return __builtin_convertvector((bits16)cells & 0xffff, words16);
}

static inline __attribute__((always_inline)) words16 upper_words16(vector16 cells) {
  return __builtin_convertvector((bits16)cells >> 16, words16);
}

/// Columns of `target` (rows of cells `target_stride` apart, sixteen of them) = the first `count` rows
/// of `source`, 32 elements each, in pairs; columns beyond `count` become zero.
static inline void transpose_pairs16(
    float *target, long target_stride, const float *source, long source_stride, long count) {
  typedef float loose16 __attribute__((ext_vector_type(16), aligned(4)));
  vector16 rows[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) {
    if (i >= count) {
      rows[i] = (vector16)0;
      continue;
    }
    vector16 a = *(const loose16 *)(source + i * source_stride);
    vector16 b = *(const loose16 *)(source + i * source_stride + 16);
    rows[i] = pair16(
        __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
        __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31));
  }
  TRANSPOSE(vector16, rows)
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) *(loose16 *)(target + i * target_stride) = rows[i];
}

#endif
