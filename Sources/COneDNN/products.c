#include "cache.h"
#include "onednn.h"

#include <stdlib.h>
#include <string.h>

// Which bits a row gets (tried with 2.6.3 and 3.2; tests hold it on the machine they run on):
//
// "brg" kernels (AVX-512 and AMX in 2.6, AVX2 too in 3) go through the inner dimension in one order
// for every row, whatever the number of rows. "gemm:jit" kernels (AVX2 and below in 2.6) do so only
// for rows of whole tiles of six, and choose other kernels for few or very many rows. Therefore
// rows are cut into pieces of a few sizes: powers of two for the first kind, and for the second
// multiples of twelve up to 96, the last piece being filled up with zeros. Few sizes also mean few
// products to make ready. The price: 31 rows take 1.14 times as long as in one piece (measured:
// 16 + 8 + 4 + 2 + 1), 1,000 rows 1.01 times.
//
// Kernels of the first kind for AMX keep to one order only while the inner dimension is at most about
// 1,024, so a packed matrix can be made of pieces of that many rows at most, whose products are
// added in order.
//
// Each product runs on one thread, because the library may split the inner dimension over
// threads; sharing out blocks of rows and columns is the caller's part.

struct onednn_packed {
  layout order;
  onednn_type type;
  void *elements;
  /// Of this piece and of the whole matrix.
  int64_t inner, whole;
  int64_t columns;
  bool rows_alike;
  /// What follows along the inner dimension; NULL for nothing.
  onednn_packed *rest;
};

static size_t size_of(onednn_type type) { return type == ONEDNN_BF16 ? 2 : sizeof(float); }

enum { LARGEST_ALIKE = 128, LARGEST_TILED = 96, SMALLEST_TILED = 12 };

/// Asks the library for its preferred order of b at a typical row count, and whether its kernel is
/// of the first kind. For kernels of the second kind, columns one after the other are fastest.
static bool choose_order(onednn_packed *p) {
  layout a, b, c;
  dnnl_primitive_desc_t description = NULL;
  dnnl_data_type_t type = library_type(p->type);
  bool has_a = layout_strided(&a, type, LARGEST_ALIKE, p->inner, p->inner, 1);
  bool has_b = layout_any(&b, type, p->inner, p->columns);
  bool has_c = layout_strided(&c, dnnl_f32, LARGEST_ALIKE, p->columns, p->columns, 1);
  const char *kernel = "";
  library_on_one_thread();
  bool made = has_a && has_b && has_c
      && product_description(&description, LAYOUT_REF(a), LAYOUT_REF(b), LAYOUT_REF(c), false)
      && dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, (void *)&kernel)
          == dnnl_success;
  p->rows_alike = made && strncmp(kernel, "brg", 3) == 0;
  if (p->rows_alike) {
    made = layout_copy(
        &p->order, dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0));
  } else if (made) {
    made = layout_strided(&p->order, type, p->inner, p->columns, 1, p->inner);
  }
  if (description) dnnl_primitive_desc_destroy(description);
  if (has_a) layout_free(&a);
  if (has_b) layout_free(&b);
  if (has_c) layout_free(&c);
  return made;
}

/// The first `inner` of `whole` rows.
static onednn_packed *piece_make(
    int64_t inner, int64_t whole, int64_t columns, onednn_type type) {
  onednn_packed *packed = calloc(1, sizeof *packed);
  if (!packed) return NULL;
  packed->type = type;
  packed->inner = inner;
  packed->whole = whole;
  packed->columns = columns;
  if (!choose_order(packed)) {
    free(packed);
    return NULL;
  }
  return packed;
}

static size_t piece_size(const onednn_packed *packed) {
  return (dnnl_memory_desc_get_size(LAYOUT_REF(packed->order)) + 63) / 64 * 64;
}

onednn_packed *onednn_packed_make(
    int64_t inner, int64_t columns, onednn_type type, int64_t largest) {
  int64_t pieces = (inner + largest - 1) / largest;
  onednn_packed *packed = NULL;
  // From the last piece to the first, of sizes as even as may be.
  for (int64_t i = pieces - 1; i >= 0; i--) {
    onednn_packed *piece
        = piece_make(inner * (i + 1) / pieces - inner * i / pieces, inner, columns, type);
    if (!piece) {
      onednn_packed_free(packed);
      return NULL;
    }
    piece->rest = packed;
    packed = piece;
  }
  return packed;
}

size_t onednn_packed_size(const onednn_packed *packed) {
  size_t size = 0;
  for (; packed; packed = packed->rest) size += piece_size(packed);
  return size;
}

void onednn_packed_place(onednn_packed *packed, void *memory) {
  for (char *next = memory; packed; packed = packed->rest) {
    packed->elements = next;
    next += piece_size(packed);
  }
}

void onednn_packed_free(onednn_packed *packed) {
  while (packed) {
    onednn_packed *rest = packed->rest;
    layout_free(&packed->order);
    free(packed);
    packed = rest;
  }
}

static bool piece_fill(onednn_packed *packed, onednn_matrix source) {
  layout plain;
  if (!layout_strided(
          &plain, library_type(source.type), packed->inner, packed->columns, source.row_stride,
          source.column_stride))
    return false;
  bool done = reorder_run(
      LAYOUT_REF(plain), source.base, LAYOUT_REF(packed->order), packed->elements);
  layout_free(&plain);
  return done;
}

bool onednn_packed_fill(onednn_packed *packed, onednn_matrix source) {
  for (; packed; packed = packed->rest) {
    if (!piece_fill(packed, source)) return false;
    source.base = (const char *)source.base
        + (size_t)(packed->inner * source.row_stride) * size_of(source.type);
  }
  return true;
}

int64_t onednn_packed_block(const onednn_packed *packed) {
  return packed->rest ? 0 : layout_block_width(LAYOUT_REF(packed->order));
}

uint16_t *onednn_packed_pairs(const onednn_packed *packed) {
  bool pairs = packed->type == ONEDNN_BF16 && onednn_packed_block(packed) > 0
      && layout_has_pairs(LAYOUT_REF(packed->order));
  return pairs ? packed->elements : NULL;
}

/// Copies the first `inner` elements of `rows` rows into dense rows, and fills up with rows of zeros.
static const void *gather(
    char *to, const char *from, int64_t rows, int64_t filled, size_t inner, size_t stride) {
  for (int64_t row = 0; row < rows; row++)
    memcpy(to + (size_t)row * inner, from + (size_t)row * stride, inner);
  memset(to + (size_t)rows * inner, 0, (size_t)(filled - rows) * inner);
  return to;
}

/// c = a · b with a dense, piece by piece of b; `rows` of them are wanted, `s.rows` are computed. Goes
/// through scratch memory where a or c has gaps, which the fast kernels of 2.6 refuse, or where rows
/// are missing.
static bool multiply_rows(
    shape s, float *c, int64_t c_stride, const void *a, const onednn_packed *b, int64_t rows) {
  // One row has no gaps.
  bool all = rows == s.rows, dense_rows = all && s.rows == 1;
  bool direct = dense_rows || (all && c_stride == s.columns);
  bool whole = dense_rows || (all && !b->rest);
  size_t stride = (size_t)b->whole * size_of(b->type);
  size_t c_size = direct ? 0 : ((size_t)(s.rows * s.columns) * sizeof *c + 63) / 64 * 64;
  float *memory = direct && whole ? c : scratch(c_size + (whole ? 0 : (size_t)s.rows * stride));
  if (!memory) return false;
  float *dense = direct ? c : memory;
  for (; b; b = b->rest) {
    size_t inner = (size_t)b->inner * size_of(b->type);
    s.inner = s.a_strides[0] = b->inner;
    const void *left = whole ? a : gather((char *)memory + c_size, a, rows, s.rows, inner, stride);
    if (!product_run(&s, dense, left, b->elements, LAYOUT_REF(b->order))) return false;
    a = (const char *)a + inner;
    s.accumulate = true;
  }
  if (direct) return true;
  for (int64_t row = 0; row < rows; row++, c += c_stride, dense += s.columns)
    memcpy(c, dense, (size_t)s.columns * sizeof *c);
  return true;
}

bool onednn_multiply_packed(
    float *c, int64_t c_stride, const void *a, const onednn_packed *b, int64_t rows) {
  shape s = {0, b->columns, b->inner, {b->inner, 1}, {0, 0}, b->columns, false, b->type};
  size_t row_size = (size_t)b->whole * size_of(b->type);
  int64_t largest = b->rows_alike ? LARGEST_ALIKE : LARGEST_TILED;
  int64_t smallest = b->rows_alike ? 1 : SMALLEST_TILED;
  for (s.rows = largest; rows > 0 && s.rows >= smallest; s.rows /= 2) {
    while (rows >= s.rows || (s.rows == smallest && rows > 0)) {
      int64_t count = rows < s.rows ? rows : s.rows;
      if (!multiply_rows(s, c, c_stride, a, b, count)) return false;
      rows -= count;
      c += count * c_stride;
      a = (const char *)a + (size_t)count * row_size;
    }
  }
  return true;
}

bool onednn_multiply(
    float *c, int64_t c_stride, onednn_matrix a, onednn_matrix b, int64_t rows, int64_t columns,
    int64_t inner, bool accumulate) {
  shape s = {
    rows, columns, inner, {a.row_stride, a.column_stride}, {b.row_stride, b.column_stride},
    c_stride, accumulate, a.type};
  return product_run(&s, c, a.base, b.base, NULL);
}

bool onednn_accumulate_packed(
    float *c, int64_t c_stride, onednn_matrix a, const onednn_packed *b, int64_t rows) {
  shape s = {
    rows, b->columns, b->inner, {a.row_stride, a.column_stride}, {0, 0}, c_stride, true, a.type};
  for (; b; b = b->rest) {
    s.inner = b->inner;
    if (!product_run(&s, c, a.base, b->elements, LAYOUT_REF(b->order))) return false;
    a.base = (const char *)a.base + (size_t)(b->inner * a.column_stride) * size_of(b->type);
  }
  return true;
}
