#include "allocations.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

static _Thread_local size_t least = SIZE_MAX;
static _Thread_local long count;

void allocations_count(size_t bytes) {
  least = bytes;
  count = 0;
}

long allocations_counted(void) {
  least = SIZE_MAX;
  return count;
}

#ifdef __GLIBC__
// The program's own definitions go before those of the library, for the library's callers too.
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static void note(size_t bytes) {
  if (bytes >= least) count++;
}

void *malloc(size_t bytes) {
  note(bytes);
  return __libc_malloc(bytes);
}

void *calloc(size_t number, size_t bytes) {
  note(number * bytes);
  return __libc_calloc(number, bytes);
}

void *realloc(void *old, size_t bytes) {
  note(bytes);
  return __libc_realloc(old, bytes);
}

void *memalign(size_t alignment, size_t bytes) {
  note(bytes);
  return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

int posix_memalign(void **result, size_t alignment, size_t bytes) {
  *result = memalign(alignment, bytes);
  return *result ? 0 : ENOMEM;
}
#endif
