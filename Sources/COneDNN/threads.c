#define _GNU_SOURCE
#include "library.h"
#include "onednn.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

// One pool of threads for everything: oneDNN's products are cut into blocks that run on one thread
// each, so its own threads (libgomp's, which spin for long while they wait and starve whatever else
// the machine does) are never woken.

extern void omp_set_num_threads(int count);
extern int omp_get_max_threads(void);

#define MOST_THREADS 256

typedef struct {
  void (*body)(void *, int64_t);
  void *context;
  int64_t count;
  atomic_llong next;
} loop;

static struct {
  // Held by the thread whose loop runs; others run theirs alone rather than wait.
  pthread_mutex_t owner;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  int workers;
  _Atomic(loop *) current;
  // Raised for each loop.
  atomic_ulong generation;
  // Workers that may still enter the current loop, and that have left it.
  atomic_int places;
  atomic_int left;
  int sleeping;
} pool = {.owner = PTHREAD_MUTEX_INITIALIZER,
          .lock = PTHREAD_MUTEX_INITIALIZER,
          .wake = PTHREAD_COND_INITIALIZER};

static atomic_int chosen = 0;

void onednn_set_threads(int count) { atomic_store(&chosen, count); }

static int allowed_cores(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  return cores > 0 ? (int)cores : 1;
}

int onednn_threads(void) {
  int count = atomic_load(&chosen);
  if (count <= 0) count = allowed_cores();
  return count < MOST_THREADS ? count : MOST_THREADS;
}

/// The library asks libgomp how many threads to use, and libgomp keeps the answer for each thread.
void library_on_one_thread(void) {
  if (omp_get_max_threads() != 1) omp_set_num_threads(1);
}

/// Whether this thread is at work on a loop, so that loops within it run where they are.
static _Thread_local bool inside;

static void work(loop *l) {
  inside = true;
  for (;;) {
    int64_t index = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed);
    if (index >= l->count) break;
    l->body(l->context, index);
  }
  inside = false;
}

int onednn_loop_threads(void) { return inside ? 1 : onednn_threads(); }

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Waits for a loop after `seen`: for some microseconds busily, since the next loop of a step comes
/// soon, then asleep.
static unsigned long await(unsigned long seen) {
  for (int i = 0; i < 2000; i++) {
    unsigned long now = atomic_load_explicit(&pool.generation, memory_order_acquire);
    if (now != seen) return now;
    relax();
  }
  pthread_mutex_lock(&pool.lock);
  pool.sleeping++;
  while (atomic_load(&pool.generation) == seen) pthread_cond_wait(&pool.wake, &pool.lock);
  pool.sleeping--;
  pthread_mutex_unlock(&pool.lock);
  return atomic_load(&pool.generation);
}

/// Takes one of the places in the current loop, if there are any left.
static int enter(void) {
  int places = atomic_load(&pool.places);
  while (places > 0) {
    if (atomic_compare_exchange_weak(&pool.places, &places, places - 1)) return 1;
  }
  return 0;
}

static void *worker(void *argument) {
  unsigned long seen = (unsigned long)argument;
  for (;;) {
    seen = await(seen);
    // A loop's owner waits for those who entered, so the loop that is current now stays so.
    if (enter()) {
      work(atomic_load(&pool.current));
      atomic_fetch_add(&pool.left, 1);
    }
  }
  return NULL;
}

/// Starts workers until there are `count`; fewer when the system gives no more.
static int start_workers(int count) {
  while (pool.workers < count) {
    pthread_t thread;
    void *seen = (void *)atomic_load(&pool.generation);
    if (pthread_create(&thread, NULL, worker, seen) != 0) break;
    pthread_detach(thread);
    pool.workers++;
  }
  return pool.workers < count ? pool.workers : count;
}

/// Runs the loop on this thread and up to `helpers` workers.
static void share(loop *l, int helpers) {
  atomic_store(&pool.current, l);
  atomic_store(&pool.left, 0);
  atomic_store(&pool.places, helpers);
  pthread_mutex_lock(&pool.lock);
  atomic_fetch_add(&pool.generation, 1);
  if (pool.sleeping > 0) pthread_cond_broadcast(&pool.wake);
  pthread_mutex_unlock(&pool.lock);
  work(l);
  // Nothing is left to hand out: whoever has not entered need not come.
  int entered = helpers - atomic_exchange(&pool.places, 0);
  for (int i = 0; atomic_load(&pool.left) < entered; i++) {
    if (i < 4000) {
      relax();
    } else {
      sched_yield();
    }
  }
}

void onednn_parallel(int64_t count, void (*body)(void *, int64_t), void *context) {
  loop l = {.body = body, .context = context, .count = count};
  int threads = onednn_loop_threads();
  if (threads > count) threads = (int)count;
  // A loop inside a loop, or beside another thread's, runs where it is.
  if (threads <= 1 || pthread_mutex_trylock(&pool.owner) != 0) {
    for (int64_t index = 0; index < count; index++) body(context, index);
    return;
  }
  share(&l, start_workers(threads - 1));
  pthread_mutex_unlock(&pool.owner);
}
