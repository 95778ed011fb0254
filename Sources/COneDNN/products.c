#include "library.h"
#include "onednn.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// Making a product ready costs the library milliseconds, so each thread keeps those it made, by
// shape: sets of a few, the longest unused of a set giving way. A cache for each thread needs no
// lock, and the library shares the generated code between them.

enum { SETS = 64, WAYS = 8 };

typedef struct {
  int64_t rows, columns, inner;
  int64_t a_strides[2], b_strides[2], c_stride;
  int64_t accumulate, threads;
} shape;

typedef struct {
  shape of;
  uint64_t used;
  dnnl_primitive_t primitive;
  dnnl_memory_t a, b, c;
} product;

typedef struct {
  product entries[SETS][WAYS];
  uint64_t clock;
  dnnl_stream_t stream;
} cache;

struct onednn_packed {
  layout order;
  void *bytes;
  int64_t inner, columns;
};

static void product_free(product *p) {
  if (p->primitive) dnnl_primitive_destroy(p->primitive);
  if (p->a) dnnl_memory_destroy(p->a);
  if (p->b) dnnl_memory_destroy(p->b);
  if (p->c) dnnl_memory_destroy(p->c);
  memset(p, 0, sizeof *p);
}

static pthread_key_t key;

static void cache_free(void *data) {
  cache *mine = data;
  for (int set = 0; set < SETS; set++)
    for (int way = 0; way < WAYS; way++) product_free(&mine->entries[set][way]);
  if (mine->stream) dnnl_stream_destroy(mine->stream);
  free(mine);
}

static void make_key(void) { pthread_key_create(&key, cache_free); }

static cache *this_thread(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_key);
  cache *mine = pthread_getspecific(key);
  if (mine) return mine;
  mine = calloc(1, sizeof *mine);
  if (!mine) return NULL;
  if (dnnl_stream_create(&mine->stream, library_engine(), dnnl_stream_default_flags)
      != dnnl_success) {
    free(mine);
    return NULL;
  }
  pthread_setspecific(key, mine);
  return mine;
}

static uint64_t hash(const shape *s) {
  const int64_t *words = (const int64_t *)s;
  uint64_t h = 14695981039346656037u;
  for (size_t i = 0; i < sizeof *s / sizeof *words; i++) {
    h = (h ^ (uint64_t)words[i]) * 1099511628211u;
    h ^= h >> 29;
  }
  return h;
}

/// Fills `p` for the shape; b's order is `packed` or, without it, given by its strides.
static bool product_make(cache *mine, product *p, const shape *s, layout_ref packed) {
  layout a, b, c;
  bool has_a = layout_strided(&a, s->rows, s->inner, s->a_strides[0], s->a_strides[1]);
  bool has_b = packed ? layout_copy(&b, packed)
                      : layout_strided(&b, s->inner, s->columns, s->b_strides[0], s->b_strides[1]);
  bool has_c = layout_strided(&c, s->rows, s->columns, s->c_stride, 1);
  dnnl_primitive_desc_t description = NULL;
  dnnl_engine_t engine = library_engine();
  bool made = has_a && has_b && has_c
      && product_description(
           &description, LAYOUT_REF(a), LAYOUT_REF(b), LAYOUT_REF(c), s->accumulate != 0)
      && dnnl_primitive_create(&p->primitive, description) == dnnl_success
      && dnnl_memory_create(&p->a, LAYOUT_REF(a), engine, DNNL_MEMORY_NONE) == dnnl_success
      && dnnl_memory_create(&p->b, LAYOUT_REF(b), engine, DNNL_MEMORY_NONE) == dnnl_success
      && dnnl_memory_create(&p->c, LAYOUT_REF(c), engine, DNNL_MEMORY_NONE) == dnnl_success;
  if (description) dnnl_primitive_desc_destroy(description);
  if (has_a) layout_free(&a);
  if (has_b) layout_free(&b);
  if (has_c) layout_free(&c);
  p->of = *s;
  if (!made) product_free(p);
  return made;
}

/// The product for a shape, made if this thread has not used it lately; NULL when that fails.
static product *product_for(cache *mine, const shape *s, layout_ref packed) {
  product *set = mine->entries[hash(s) % SETS], *oldest = set;
  for (int way = 0; way < WAYS; way++) {
    if (set[way].primitive && memcmp(&set[way].of, s, sizeof *s) == 0) {
      set[way].used = ++mine->clock;
      return &set[way];
    }
    if (set[way].used < oldest->used) oldest = &set[way];
  }
  product_free(oldest);
  if (!product_make(mine, oldest, s, packed)) return NULL;
  oldest->used = ++mine->clock;
  return oldest;
}

static bool multiply(
    const shape *s, float *c, const float *a, const void *b, layout_ref packed) {
  cache *mine = this_thread();
  product *p = mine ? product_for(mine, s, packed) : NULL;
  if (!p) return false;
  dnnl_memory_set_data_handle(p->a, (void *)a);
  dnnl_memory_set_data_handle(p->b, (void *)b);
  dnnl_memory_set_data_handle(p->c, c);
  dnnl_exec_arg_t arguments[] = {
    {DNNL_ARG_SRC, p->a}, {DNNL_ARG_WEIGHTS, p->b}, {DNNL_ARG_DST, p->c}};
  return dnnl_primitive_execute(p->primitive, mine->stream, 3, arguments) == dnnl_success
      && dnnl_stream_wait(mine->stream) == dnnl_success;
}

bool onednn_multiply(
    float *c, int64_t c_stride, onednn_matrix a, onednn_matrix b, int64_t rows, int64_t columns,
    int64_t inner, bool accumulate) {
  shape s = {
    rows, columns, inner, {a.row_stride, a.column_stride}, {b.row_stride, b.column_stride},
    c_stride, accumulate, onednn_threads()};
  return multiply(&s, c, a.base, b.base, NULL);
}

bool onednn_multiply_packed(
    float *c, int64_t c_stride, onednn_matrix a, const onednn_packed *b, int64_t rows,
    bool accumulate) {
  shape s = {
    rows, b->columns, b->inner, {a.row_stride, a.column_stride}, {0, 0}, c_stride, accumulate,
    onednn_threads()};
  return multiply(&s, c, a.base, b->bytes, LAYOUT_REF(b->order));
}

/// Asks the library for its preferred order of the right-hand matrix, at a typical row count; all
/// products with it use that order, whatever their rows.
static bool preferred_order(layout *order, int64_t inner, int64_t columns) {
  enum { TYPICAL_ROWS = 256 };
  layout a, b, c;
  dnnl_primitive_desc_t description = NULL;
  bool has_a = layout_strided(&a, TYPICAL_ROWS, inner, inner, 1);
  bool has_b = layout_any(&b, inner, columns);
  bool has_c = layout_strided(&c, TYPICAL_ROWS, columns, columns, 1);
  bool made = has_a && has_b && has_c
      && product_description(&description, LAYOUT_REF(a), LAYOUT_REF(b), LAYOUT_REF(c), false)
      && layout_copy(order, dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0));
  if (description) dnnl_primitive_desc_destroy(description);
  if (has_a) layout_free(&a);
  if (has_b) layout_free(&b);
  if (has_c) layout_free(&c);
  return made;
}

onednn_packed *onednn_packed_make(int64_t inner, int64_t columns) {
  onednn_packed *packed = calloc(1, sizeof *packed);
  if (!packed) return NULL;
  packed->inner = inner;
  packed->columns = columns;
  if (!preferred_order(&packed->order, inner, columns)) {
    free(packed);
    return NULL;
  }
  size_t size = (size_t)(onednn_packed_bytes(packed) + 63) / 64 * 64;
  packed->bytes = aligned_alloc(64, size);
  if (packed->bytes) return packed;
  onednn_packed_free(packed);
  return NULL;
}

void onednn_packed_free(onednn_packed *packed) {
  layout_free(&packed->order);
  free(packed->bytes);
  free(packed);
}

int64_t onednn_packed_bytes(const onednn_packed *packed) {
  return (int64_t)dnnl_memory_desc_get_size(LAYOUT_REF(packed->order));
}

bool onednn_packed_fill(onednn_packed *packed, onednn_matrix source) {
  cache *mine = this_thread();
  dnnl_engine_t engine = library_engine();
  layout plain;
  if (!mine
      || !layout_strided(
          &plain, packed->inner, packed->columns, source.row_stride, source.column_stride))
    return false;
  onednn_threads();
  dnnl_primitive_desc_t description = NULL;
  dnnl_primitive_t reorder = NULL;
  dnnl_memory_t from = NULL, to = NULL;
  bool made = dnnl_reorder_primitive_desc_create(
                &description, LAYOUT_REF(plain), engine, LAYOUT_REF(packed->order), engine, NULL)
          == dnnl_success
      && dnnl_primitive_create(&reorder, description) == dnnl_success
      && dnnl_memory_create(&from, LAYOUT_REF(plain), engine, (void *)source.base) == dnnl_success
      && dnnl_memory_create(&to, LAYOUT_REF(packed->order), engine, packed->bytes)
          == dnnl_success;
  dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
  bool done = made && dnnl_primitive_execute(reorder, mine->stream, 2, arguments) == dnnl_success
      && dnnl_stream_wait(mine->stream) == dnnl_success;
  if (from) dnnl_memory_destroy(from);
  if (to) dnnl_memory_destroy(to);
  if (reorder) dnnl_primitive_destroy(reorder);
  if (description) dnnl_primitive_desc_destroy(description);
  layout_free(&plain);
  return done;
}
