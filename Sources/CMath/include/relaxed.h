#ifndef CMATH_RELAXED_H
#define CMATH_RELAXED_H

// Sums that the compiler may reorder, so that loops over them vectorise. Which order it takes is
// settled when the program is built, so a build gives the same bits every time.
// What swift-numerics calls Relaxed.sum and Relaxed.multiplyAdd.

static inline __attribute__((always_inline)) float relaxed_add(float a, float b) {
#pragma clang fp reassociate(on)
  return a + b;
}

static inline __attribute__((always_inline)) float relaxed_multiply_add(
    float a, float b, float c) {
#pragma clang fp reassociate(on) contract(fast)
  return a * b + c;
}

static inline __attribute__((always_inline)) double relaxed_add_double(double a, double b) {
#pragma clang fp reassociate(on)
  return a + b;
}

#endif
