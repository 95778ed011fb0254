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

/// What Swift sees as SIMD16<UInt16>.
typedef unsigned short words16 __attribute__((ext_vector_type(16)));
typedef unsigned int bits16 __attribute__((ext_vector_type(16)));

/// The nearest bfloat16 numbers, ties to even; not-a-number stays that.
static inline __attribute__((always_inline)) words16 narrow16(vector16 x) {
  bits16 bits = (bits16)x;
  bits16 rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  bits16 quiet = (bits >> 16) | 0x40;
  bits16 is_number = (bits16)((bits & 0x7fffffff) <= 0x7f800000);
  return __builtin_convertvector((rounded & is_number) | (quiet & ~is_number), words16);
}

#endif
