#include "library.h"
#include "onednn.h"

#include <pthread.h>
#include <stdio.h>

static dnnl_engine_t engine;
static char version[32];

static void start(void) {
  if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success) engine = NULL;
  const dnnl_version_t *v = dnnl_version();
  snprintf(version, sizeof version, "%d.%d.%d", v->major, v->minor, v->patch);
}

static void start_once(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, start);
}

dnnl_engine_t library_engine(void) {
  start_once();
  return engine;
}

const char *onednn_version(void) {
  start_once();
  return version;
}

const char *onednn_cpu_level(void) {
  switch ((int)dnnl_get_effective_cpu_isa()) {
    case dnnl_cpu_isa_sse41: return "sse41";
    case dnnl_cpu_isa_avx: return "avx";
    case dnnl_cpu_isa_avx2: return "avx2";
    case dnnl_cpu_isa_avx2_vnni: return "avx2_vnni";
#if DNNL_VERSION_MAJOR >= 3
    case dnnl_cpu_isa_avx2_vnni_2: return "avx2_vnni_2";
    case dnnl_cpu_isa_avx512_core_fp16: return "avx512_core_fp16";
    case dnnl_cpu_isa_avx512_core_amx_fp16: return "avx512_core_amx_fp16";
#endif
    case dnnl_cpu_isa_avx512_core_amx: return "avx512_core_amx";
    case dnnl_cpu_isa_avx512_core: return "avx512_core";
    case dnnl_cpu_isa_avx512_core_vnni: return "avx512_core_vnni";
    case dnnl_cpu_isa_avx512_core_bf16: return "avx512_core_bf16";
    default: return "other";
  }
}

bool onednn_has_bf16(void) {
  switch ((int)dnnl_get_effective_cpu_isa()) {
    case dnnl_cpu_isa_avx512_core_bf16:
    case dnnl_cpu_isa_avx512_core_amx:
#if DNNL_VERSION_MAJOR >= 3
    case dnnl_cpu_isa_avx512_core_fp16:
    case dnnl_cpu_isa_avx512_core_amx_fp16:
#endif
      return true;
    default: return false;
  }
}

dnnl_data_type_t library_type(onednn_type type) {
  return type == ONEDNN_BF16 ? dnnl_bf16 : dnnl_f32;
}

/// How a matrix lies that is cut into blocks.
typedef struct {
  int count;
  const dnnl_dim_t *sizes, *places, *strides, *padded;
} blocking;

#if DNNL_VERSION_MAJOR >= 3

bool layout_strided(
    layout *l, dnnl_data_type_t type, int64_t rows, int64_t columns, int64_t down,
    int64_t across) {
  dnnl_dims_t sizes = {rows, columns}, strides = {down, across};
  return dnnl_memory_desc_create_with_strides(l, 2, sizes, type, strides) == dnnl_success;
}

bool layout_any(layout *l, dnnl_data_type_t type, int64_t rows, int64_t columns) {
  dnnl_dims_t sizes = {rows, columns};
  return dnnl_memory_desc_create_with_tag(l, 2, sizes, type, dnnl_format_tag_any)
      == dnnl_success;
}

bool layout_copy(layout *l, layout_ref from) {
  return dnnl_memory_desc_clone(l, from) == dnnl_success;
}

static bool blocking_of(layout_ref l, blocking *b) {
  dnnl_format_kind_t kind;
  return dnnl_memory_desc_query(l, dnnl_query_format_kind, &kind) == dnnl_success
      && kind == dnnl_blocked
      && dnnl_memory_desc_query(l, dnnl_query_inner_nblks_s32, &b->count) == dnnl_success
      && dnnl_memory_desc_query(l, dnnl_query_inner_blks, &b->sizes) == dnnl_success
      && dnnl_memory_desc_query(l, dnnl_query_inner_idxs, &b->places) == dnnl_success
      && dnnl_memory_desc_query(l, dnnl_query_strides, &b->strides) == dnnl_success
      && dnnl_memory_desc_query(l, dnnl_query_padded_dims, &b->padded) == dnnl_success;
}

void layout_free(layout *l) { dnnl_memory_desc_destroy(*l); }

static dnnl_status_t append_sum(dnnl_post_ops_t after) {
  return dnnl_post_ops_append_sum(after, 1, 0, dnnl_data_type_undef);
}

static bool describe(
    dnnl_primitive_desc_t *d, layout_ref a, layout_ref b, layout_ref c,
    const_dnnl_primitive_attr_t attributes) {
  return dnnl_matmul_primitive_desc_create(d, library_engine(), a, b, NULL, c, attributes)
      == dnnl_success;
}

#else

bool layout_strided(
    layout *l, dnnl_data_type_t type, int64_t rows, int64_t columns, int64_t down,
    int64_t across) {
  dnnl_dims_t sizes = {rows, columns}, strides = {down, across};
  return dnnl_memory_desc_init_by_strides(l, 2, sizes, type, strides) == dnnl_success;
}

bool layout_any(layout *l, dnnl_data_type_t type, int64_t rows, int64_t columns) {
  dnnl_dims_t sizes = {rows, columns};
  return dnnl_memory_desc_init_by_tag(l, 2, sizes, type, dnnl_format_tag_any)
      == dnnl_success;
}

bool layout_copy(layout *l, layout_ref from) {
  *l = *from;
  return true;
}

static bool blocking_of(layout_ref l, blocking *b) {
  if (l->format_kind != dnnl_blocked) return false;
  const dnnl_blocking_desc_t *from = &l->format_desc.blocking;
  *b = (blocking){
    from->inner_nblks, from->inner_blks, from->inner_idxs, from->strides, l->padded_dims};
  return true;
}

void layout_free(layout *l) {}

static dnnl_status_t append_sum(dnnl_post_ops_t after) {
  return dnnl_post_ops_append_sum(after, 1);
}

static bool describe(
    dnnl_primitive_desc_t *d, layout_ref a, layout_ref b, layout_ref c,
    const_dnnl_primitive_attr_t attributes) {
  dnnl_matmul_desc_t product;
  return dnnl_matmul_desc_init(&product, a, b, NULL, c) == dnnl_success
      && dnnl_primitive_desc_create(d, &product, attributes, library_engine(), NULL)
      == dnnl_success;
}

#endif

int64_t layout_block_width(layout_ref l) {
  blocking b;
  if (!blocking_of(l, &b)) return 0;
  int64_t width = 1;
  for (int i = 0; i < b.count; i++) width *= b.places[i] == 1 ? b.sizes[i] : 1;
  return width > 1 && b.strides[1] == b.padded[0] * width ? width : 0;
}

bool layout_has_pairs(layout_ref l) {
  blocking b;
  return blocking_of(l, &b) && b.count == 3 && b.places[0] == 0 && b.places[1] == 1
      && b.places[2] == 0 && b.sizes[2] == 2 && b.strides[0] == b.sizes[0] * b.sizes[1] * 2;
}

bool product_description(
    dnnl_primitive_desc_t *d, layout_ref a, layout_ref b, layout_ref c, bool accumulate) {
  if (!accumulate) return describe(d, a, b, c, NULL);
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_post_ops_t after = NULL;
  bool made = dnnl_primitive_attr_create(&attributes) == dnnl_success
      && dnnl_post_ops_create(&after) == dnnl_success && append_sum(after) == dnnl_success
      && dnnl_primitive_attr_set_post_ops(attributes, after) == dnnl_success
      && describe(d, a, b, c, attributes);
  if (after) dnnl_post_ops_destroy(after);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  return made;
}
