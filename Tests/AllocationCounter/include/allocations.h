// Counts what a thread allocates, by standing before the C library's allocator in the test program.
#pragma once
#include <stddef.h>

/// From now on, counts the calling thread's allocations of at least `bytes`.
void allocations_count(size_t bytes);

/// Stops counting. Returns how many there were.
long allocations_counted(void);
