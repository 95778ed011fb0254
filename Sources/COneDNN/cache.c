#include "cache.h"
#include "memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// Making a product ready costs the library milliseconds, so each thread keeps those it made, by
// shape: sets of a few, the longest unused of a set giving way. A cache for each thread needs no
// lock, and the library shares the generated code between them.

enum { SETS = 64, WAYS = 8 };

typedef struct {
  shape of;
  uint64_t used;
  dnnl_primitive_t primitive;
  dnnl_memory_t a, b, c;
} product;

typedef struct {
  product products[SETS][WAYS];
  uint64_t clock;
  dnnl_stream_t stream;
  void *scratch;
  size_t scratch_size;
} cache;

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
    for (int way = 0; way < WAYS; way++) product_free(&mine->products[set][way]);
  if (mine->stream) dnnl_stream_destroy(mine->stream);
  free(mine->scratch);
  free(mine);
}

static void make_key(void) { pthread_key_create(&key, cache_free); }

/// The calling thread's cache; NULL without memory.
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

static bool product_prepare(product *p, layout_ref a, layout_ref b, layout_ref c, bool sum) {
  dnnl_primitive_desc_t description = NULL;
  dnnl_engine_t engine = library_engine();
  bool made = product_description(&description, a, b, c, sum)
      && dnnl_primitive_create(&p->primitive, description) == dnnl_success
      && dnnl_memory_create(&p->a, a, engine, DNNL_MEMORY_NONE) == dnnl_success
      && dnnl_memory_create(&p->b, b, engine, DNNL_MEMORY_NONE) == dnnl_success
      && dnnl_memory_create(&p->c, c, engine, DNNL_MEMORY_NONE) == dnnl_success;
  if (description) dnnl_primitive_desc_destroy(description);
  return made;
}

/// Makes `p` ready for the shape, or leaves it empty.
static bool product_make(product *p, const shape *s, layout_ref packed) {
  layout a, b, c;
  dnnl_data_type_t type = library_type((onednn_type)s->type);
  bool has_a = layout_strided(&a, type, s->rows, s->inner, s->a_strides[0], s->a_strides[1]);
  bool has_b = packed
      ? layout_copy(&b, packed)
      : layout_strided(&b, type, s->inner, s->columns, s->b_strides[0], s->b_strides[1]);
  bool has_c = layout_strided(&c, dnnl_f32, s->rows, s->columns, s->c_stride, 1);
  bool made = has_a && has_b && has_c
      && product_prepare(p, LAYOUT_REF(a), LAYOUT_REF(b), LAYOUT_REF(c), s->accumulate != 0);
  if (has_a) layout_free(&a);
  if (has_b) layout_free(&b);
  if (has_c) layout_free(&c);
  p->of = *s;
  if (!made) product_free(p);
  return made;
}

/// The product for a shape, made if this thread has not used it lately; NULL when that fails.
static product *product_for(cache *mine, const shape *s, layout_ref packed) {
  product *set = mine->products[hash(s) % SETS], *oldest = set;
  for (int way = 0; way < WAYS; way++) {
    if (set[way].primitive && memcmp(&set[way].of, s, sizeof *s) == 0) {
      set[way].used = ++mine->clock;
      return &set[way];
    }
    if (set[way].used < oldest->used) oldest = &set[way];
  }
  product_free(oldest);
  if (!product_make(oldest, s, packed)) return NULL;
  oldest->used = ++mine->clock;
  return oldest;
}

static bool execute(cache *mine, dnnl_primitive_t p, int count, const dnnl_exec_arg_t *arguments) {
  return dnnl_primitive_execute(p, mine->stream, count, arguments) == dnnl_success
      && dnnl_stream_wait(mine->stream) == dnnl_success;
}

bool product_run(const shape *s, float *c, const void *a, const void *b, layout_ref packed) {
  library_on_one_thread();
  cache *mine = this_thread();
  product *p = mine ? product_for(mine, s, packed) : NULL;
  if (!p) return false;
  dnnl_memory_set_data_handle(p->a, (void *)a);
  dnnl_memory_set_data_handle(p->b, (void *)b);
  dnnl_memory_set_data_handle(p->c, c);
  dnnl_exec_arg_t arguments[] = {
    {DNNL_ARG_SRC, p->a}, {DNNL_ARG_WEIGHTS, p->b}, {DNNL_ARG_DST, p->c}};
  return execute(mine, p->primitive, 3, arguments);
}

bool reorder_run(layout_ref from, const void *source, layout_ref to, void *target) {
  library_on_one_thread();
  cache *mine = this_thread();
  if (!mine) return false;
  dnnl_engine_t engine = library_engine();
  dnnl_primitive_desc_t description = NULL;
  dnnl_primitive_t reorder = NULL;
  dnnl_memory_t a = NULL, b = NULL;
  bool made = dnnl_reorder_primitive_desc_create(&description, from, engine, to, engine, NULL)
          == dnnl_success
      && dnnl_primitive_create(&reorder, description) == dnnl_success
      && dnnl_memory_create(&a, from, engine, (void *)source) == dnnl_success
      && dnnl_memory_create(&b, to, engine, target) == dnnl_success;
  dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, a}, {DNNL_ARG_TO, b}};
  bool done = made && execute(mine, reorder, 2, arguments);
  if (a) dnnl_memory_destroy(a);
  if (b) dnnl_memory_destroy(b);
  if (reorder) dnnl_primitive_destroy(reorder);
  if (description) dnnl_primitive_desc_destroy(description);
  return done;
}

void *scratch(size_t bytes) {
  cache *mine = this_thread();
  if (!mine || mine->scratch_size >= bytes) return mine ? mine->scratch : NULL;
  free(mine->scratch);
  mine->scratch = vector_memory(bytes);
  mine->scratch_size = mine->scratch ? bytes : 0;
  return mine->scratch;
}
