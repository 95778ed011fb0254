#include "onednn.h"

#include <stdatomic.h>

// libgomp, on whose threads oneDNN runs. Declared here, so that the C compiler needs no OpenMP.
extern void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
extern void omp_set_num_threads(int count);
extern int omp_get_max_threads(void);
extern int omp_in_parallel(void);

static atomic_int chosen = 0;

void onednn_set_threads(int count) { atomic_store(&chosen, count); }

/// libgomp keeps the count per thread, so each thread that comes here takes over what was chosen.
int onednn_threads(void) {
  static _Thread_local int applied = 0;
  if (omp_in_parallel()) return 1;
  int wanted = atomic_load(&chosen);
  if (wanted != applied && wanted > 0) {
    omp_set_num_threads(wanted);
    applied = wanted;
  }
  return omp_get_max_threads();
}

typedef struct {
  void (*body)(void *, int64_t);
  void *context;
  int64_t count;
  atomic_llong next;
} job;

static void work(void *data) {
  job *j = data;
  for (;;) {
    int64_t index = atomic_fetch_add_explicit(&j->next, 1, memory_order_relaxed);
    if (index >= j->count) return;
    j->body(j->context, index);
  }
}

void onednn_parallel(int64_t count, void (*body)(void *, int64_t), void *context) {
  job j = {.body = body, .context = context, .count = count};
  int threads = onednn_threads();
  if (threads > count) threads = (int)count;
  if (threads <= 1) {
    work(&j);
  } else {
    GOMP_parallel(work, &j, (unsigned)threads, 0);
  }
}
