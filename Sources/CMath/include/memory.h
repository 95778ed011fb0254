#ifndef CMATH_MEMORY_H
#define CMATH_MEMORY_H

#ifdef __linux__
#include <malloc.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/// Memory for vectors, to be given back with `free`; NULL without it. Large blocks lie in large pages
/// where the system has them: a pass over many megabytes is a tenth to a third faster for it.
static inline void *vector_memory(size_t bytes) {
  const size_t page = (size_t)1 << 21;
  void *memory = NULL;
  if (posix_memalign(&memory, bytes < page ? 64 : page, bytes ? bytes : 64) != 0) return NULL;
#ifdef MADV_HUGEPAGE
  // A hint: where nobody heeds it, pages are small.
  if (bytes >= page) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

/// Zeros `bytes` of what `vector_memory` gave. Large blocks are zeroed by the system, page by page, as
/// they are first touched: what nobody touches takes no memory.
static inline void zero_vector_memory(void *memory, size_t bytes) {
  const size_t page = (size_t)1 << 21;
  size_t left_to_system = 0;
#ifdef __linux__
  if (bytes >= page) left_to_system = bytes & ~(page - 1);
  if (left_to_system && madvise(memory, left_to_system, MADV_DONTNEED) != 0) left_to_system = 0;
#endif
  memset((char *)memory + left_to_system, 0, bytes - left_to_system);
}

/// Makes all threads share one pool of small allocations, where each would ask for 64 MB of address
/// space of its own; to be called before there are threads. Large blocks have no part in it.
static inline void share_small_memory(void) {
#ifdef M_ARENA_MAX
  mallopt(M_ARENA_MAX, 1);
#endif
}

#endif
