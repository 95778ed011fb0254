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

#endif
