#ifndef CONEDNN_H
#define CONEDNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The part of oneDNN that Regimen uses, alike for its versions 2 and 3: matrix products on one thread,
// of 32-bit floats or of bfloat16 summed up in 32 bits, and the threads to share them out to. Sizes
// and strides are in elements.

/// Version of the library that is loaded, for example "2.6.3".
const char *_Nonnull onednn_version(void);

/// The instructions its kernels may use on this machine, for example "avx512_core_bf16".
const char *_Nonnull onednn_cpu_level(void);

/// Whether the processor multiplies bfloat16 numbers (AVX512-BF16 or AMX); emulation does not count.
bool onednn_has_bf16(void);

/// The processor that this program's own loops were compiled for; "portable" when for none.
const char *_Nonnull onednn_build_cpu(void);

/// Threads of the loops that start from now on, from whichever thread; without it, all cores.
void onednn_set_threads(int count);
int onednn_threads(void);

/// Threads that a loop could use that this thread started now: one within a loop.
int onednn_loop_threads(void);

/// Runs body(context, i) for each i in 0..<count, each once, on the threads that are free.
void onednn_parallel(
    int64_t count, void (*_Nonnull body)(void *_Nonnull context, int64_t index),
    void *_Nonnull context);

/// What the factors of a product are made of; the product is made of 32-bit floats.
typedef enum { ONEDNN_F32, ONEDNN_BF16 } onednn_type;

/// A matrix in memory: element (i, j) is at base[i * row_stride + j * column_stride].
typedef struct {
  const void *_Nonnull base;
  int64_t row_stride, column_stride;
  onednn_type type;
} onednn_matrix;

/// The right-hand matrix of products, in the order of elements that the library likes best.
typedef struct onednn_packed onednn_packed;

/// A matrix of `inner` rows and `columns`, in pieces of at most `largest` rows whose products are added in
/// order; NULL when memory or the library fails.
onednn_packed *_Nullable onednn_packed_make(
    int64_t inner, int64_t columns, onednn_type type, int64_t largest);

/// Bytes that its elements take, and where they are: memory of the caller's, aligned to 64, that is to
/// be given before anything else is done with the matrix.
size_t onednn_packed_size(const onednn_packed *_Nonnull packed);
void onednn_packed_place(onednn_packed *_Nonnull packed, void *_Nonnull memory);

void onednn_packed_free(onednn_packed *_Nullable packed);

/// Packs `source`, rounding to even if need be; false when memory or the library fails.
bool onednn_packed_fill(onednn_packed *_Nonnull packed, onednn_matrix source);

/// The width of the blocks of columns that the elements lie in one after the other, the last block filled
/// up; 0 if they lie otherwise. Matrices of whole blocks that lie one behind the other are one matrix.
int64_t onednn_packed_block(const onednn_packed *_Nonnull packed);

/// The elements of a bfloat16 matrix, to be written by the caller, when in each block of `width` columns
/// element (k, n) is at k / 2 · 2 · width + n · 2 + k % 2, with rows filled up to whole 32s; else NULL.
uint16_t *_Nullable onednn_packed_pairs(const onednn_packed *_Nonnull packed);

/// c (row stride `c_stride`) = a · b on the calling thread; a is dense and of b's type. A row of c
/// gets the same bits whatever the number of rows (bfloat16 on AMX: if pieces have at most 1,024 rows).
/// False when memory or the library fails.
bool onednn_multiply_packed(
    float *_Nonnull c, int64_t c_stride, const void *_Nonnull a,
    const onednn_packed *_Nonnull b, int64_t rows);

/// The same, or c += a · b with `accumulate`, with any a and b of one type, as they lie in memory;
/// here bits may depend on the number of rows.
bool onednn_multiply(
    float *_Nonnull c, int64_t c_stride, onednn_matrix a, onednn_matrix b, int64_t rows,
    int64_t columns, int64_t inner, bool accumulate);

/// c += a · b with b packed and any a of its type; here, too, bits may depend on the number of rows.
bool onednn_accumulate_packed(
    float *_Nonnull c, int64_t c_stride, onednn_matrix a, const onednn_packed *_Nonnull b,
    int64_t rows);

#endif
