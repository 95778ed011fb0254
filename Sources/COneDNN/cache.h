#ifndef CONEDNN_CACHE_H
#define CONEDNN_CACHE_H

#include "library.h"

/// What a product must be made anew for. Strides of b are 0 when its order is the library's.
typedef struct {
  int64_t rows, columns, inner;
  int64_t a_strides[2], b_strides[2], c_stride;
  int64_t accumulate;
  int64_t type;
} shape;

/// Runs c (+)= a · b on the calling thread; `packed` is b's order if the library chose it.
bool product_run(const shape *s, float *c, const void *a, const void *b, layout_ref packed);

/// Copies a matrix from one order to another on the calling thread.
bool reorder_run(layout_ref from, const void *source, layout_ref to, void *target);

/// Memory that this thread may use until it asks again; NULL without it.
void *scratch(size_t bytes);

#endif
