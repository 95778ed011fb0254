// A disk that is watched, and that fails when it is told to: preloaded into the program by the tests.
//
//   REGIMEN_DISK_ROOT=DIR    only what happens below DIR (an absolute path without links) counts
//   REGIMEN_DISK_LOG=FILE    every call is appended here, with the bytes it wrote
//   REGIMEN_DISK_FAIL=CLASS:N:HOW[:on]
//                            the Nth call of CLASS (open, write, sync, truncate, rename, unlink, mkdir,
//                            read, lock, any) goes wrong; with `on` all that follow, too. HOW: eio,
//                            enospc, edquot, enolck; short (half of the bytes are written or read);
//                            kill (the process dies before the call)
//   REGIMEN_DISK_CLOCK=SEED  the wall clock jumps by up to two days at every look
//
// A record of the log is a line "OP FD NUMBER LENGTH PATH[\tPATH]\n", then LENGTH bytes. Calls are made and
// logged under one lock, so that the order of the log is the order in which they happened.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { DESCRIPTORS = 4096, LONG = 4096 };
enum class { OPEN, WRITE, SYNC, TRUNCATE, RENAME, UNLINK, MKDIR, READ, LOCK, CLASSES };
enum how { FINE, SHORT, FAILED };
static const char *const class_names[] = {"open", "write", "sync", "truncate", "rename", "unlink",
                                          "mkdir", "read", "lock"};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char root[LONG];
static size_t root_length;
static int log_descriptor = -1;
static int fail_class = -2, fail_error, fail_short, fail_kill, fail_on;
static long fail_at, reached;
// Paths of open files below the root; those of others are null.
static char *paths[DESCRIPTORS];

#define NEXT(result, name, ...) \
  static result (*next)(__VA_ARGS__); \
  if (!next) next = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static ssize_t real_write(int descriptor, const void *bytes, size_t count) {
  NEXT(ssize_t, "write", int, const void *, size_t);
  return next(descriptor, bytes, count);
}

static int real_open(const char *path, int flags, mode_t mode) {
  NEXT(int, "open", const char *, int, ...);
  return next(path, flags, mode);
}

static void read_plan(const char *text) {
  char class[16] = "", how[16] = "", on[8] = "";
  if (!text || sscanf(text, "%15[^:]:%ld:%15[^:]:%7s", class, &fail_at, how, on) < 3) return;
  fail_class = -1;  // any
  for (int i = 0; i < CLASSES; i++) if (!strcmp(class, class_names[i])) fail_class = i;
  fail_on = !strcmp(on, "on");
  fail_short = !strcmp(how, "short");
  fail_kill = !strcmp(how, "kill");
  fail_error = !strcmp(how, "enospc") ? ENOSPC : !strcmp(how, "edquot") ? EDQUOT
             : !strcmp(how, "enolck") ? ENOLCK : EIO;
}

static void set_up(void) {
  const char *folder = getenv("REGIMEN_DISK_ROOT"), *file = getenv("REGIMEN_DISK_LOG");
  if (!folder) return;
  root_length = strlen(folder);
  memcpy(root, folder, root_length + 1);
  if (file) log_descriptor = real_open(file, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
  read_plan(getenv("REGIMEN_DISK_FAIL"));
}

static void enter(void) {
  pthread_once(&once, set_up);
  pthread_mutex_lock(&mutex);
}

// Leaves errno as the call set it.
static void leave(void) {
  int number = errno;
  pthread_mutex_unlock(&mutex);
  errno = number;
}

static int is_below(const char *path) {
  return root_length && path && !strncmp(path, root, root_length)
         && (path[root_length] == '/' || !path[root_length]);
}

// The path of a descriptor below the root, or null.
static const char *path_of(int descriptor) {
  return descriptor >= 0 && descriptor < DESCRIPTORS ? paths[descriptor] : NULL;
}

static void keep(int descriptor, const char *path) {
  if (descriptor < 0 || descriptor >= DESCRIPTORS) return;
  free(paths[descriptor]);
  paths[descriptor] = path ? strdup(path) : NULL;
}

static void note(const char *operation, int descriptor, long long number, const void *bytes,
                 size_t count, const char *path, const char *other) {
  if (log_descriptor < 0) return;
  int kept = errno;
  char line[3 * LONG];
  int length = snprintf(line, sizeof line, "%s %d %lld %zu %s%s%s\n", operation, descriptor, number,
                        count, path, other ? "\t" : "", other ? other : "");
  struct iovec parts[2] = {{line, (size_t)length}, {(void *)bytes, count}};
  if (writev(log_descriptor, parts, 2) != length + (ssize_t)count) abort();
  errno = kept;
}

// Whether a call of this class goes wrong now; says in the log that it does.
static enum how verdict(enum class class, const char *path) {
  if (fail_class == -2 || (fail_class >= 0 && fail_class != (int)class)) return FINE;
  // `any` means any call that changes something.
  if (fail_class < 0 && (class == READ || class == LOCK)) return FINE;
  reached++;
  if (reached != fail_at && !(fail_on && reached > fail_at)) return FINE;
  note("fault", -1, class, NULL, 0, path, NULL);
  if (fail_kill) kill(getpid(), SIGKILL);
  if (fail_short) return class == WRITE || class == READ ? SHORT : FINE;
  errno = fail_error;
  return FAILED;
}

// An absolute path without "." and "..", as far as the program makes such paths.
static const char *absolute(int folder, const char *path, char *buffer) {
  if (path[0] == '/') return path;
  char link[64];
  snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
  ssize_t length = readlink(link, buffer, LONG - 1);
  if (length < 0) return path;
  snprintf(buffer + length, LONG - (size_t)length, "/%s", path);
  return buffer;
}

static int any_open(int folder, const char *name, int flags, mode_t mode) {
  char buffer[LONG];
  enter();
  const char *path = absolute(folder, name, buffer);
  int below = is_below(path), result;
  if (below && flags & O_CREAT && verdict(OPEN, path) == FAILED) {
    result = -1;
  } else {
    NEXT(int, "openat", int, const char *, int, ...);
    result = next(folder, name, flags, mode);
    if (result >= 0) keep(result, below ? path : NULL);
    if (result >= 0 && below) note("open", result, flags & (O_CREAT | O_TRUNC), NULL, 0, path, NULL);
  }
  leave();
  return result;
}

#define MODE(flags) \
  mode_t mode = 0; \
  if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list list; \
    va_start(list, flags); \
    mode = va_arg(list, mode_t); \
    va_end(list); \
  }

int open(const char *path, int flags, ...) { MODE(flags) return any_open(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return any_open(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return any_open(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return any_open(folder, path, flags, mode); }

int close(int descriptor) {
  NEXT(int, "close", int);
  enter();
  keep(descriptor, NULL);
  int result = next(descriptor);
  leave();
  return result;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  enter();
  const char *path = path_of(descriptor);
  enum how how = path ? verdict(WRITE, path) : FINE;
  long long at = path ? lseek(descriptor, 0, SEEK_CUR) : 0;
  ssize_t result = how == FAILED ? -1
                   : real_write(descriptor, bytes, how == SHORT ? (count + 1) / 2 : count);
  if (path && result >= 0) note("write", descriptor, at, bytes, (size_t)result, path, NULL);
  // What a person was told.
  if (descriptor == 1 && result > 0) note("say", 1, 0, bytes, (size_t)result, "-", NULL);
  leave();
  return result;
}

static ssize_t any_pwrite(int descriptor, const void *bytes, size_t count, off64_t at) {
  NEXT(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  enter();
  const char *path = path_of(descriptor);
  enum how how = path ? verdict(WRITE, path) : FINE;
  ssize_t result = how == FAILED ? -1 : next(descriptor, bytes, how == SHORT ? (count + 1) / 2 : count, at);
  if (path && result >= 0) note("write", descriptor, at, bytes, (size_t)result, path, NULL);
  leave();
  return result;
}
ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t at) { return any_pwrite(descriptor, bytes, count, at); }
ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t at) { return any_pwrite(descriptor, bytes, count, at); }

ssize_t read(int descriptor, void *bytes, size_t count) {
  NEXT(ssize_t, "read", int, void *, size_t);
  enter();
  const char *path = path_of(descriptor);
  enum how how = path ? verdict(READ, path) : FINE;
  leave();
  if (path) note("read", descriptor, 0, NULL, 0, path, NULL);
  return how == FAILED ? -1 : next(descriptor, bytes, how == SHORT ? (count + 1) / 2 : count);
}

static ssize_t any_pread(int descriptor, void *bytes, size_t count, off64_t at) {
  NEXT(ssize_t, "pread64", int, void *, size_t, off64_t);
  enter();
  const char *path = path_of(descriptor);
  enum how how = path ? verdict(READ, path) : FINE;
  if (path) note("read", descriptor, at, NULL, 0, path, NULL);
  leave();
  return how == FAILED ? -1 : next(descriptor, bytes, how == SHORT ? (count + 1) / 2 : count, at);
}
ssize_t pread(int descriptor, void *bytes, size_t count, off_t at) { return any_pread(descriptor, bytes, count, at); }
ssize_t pread64(int descriptor, void *bytes, size_t count, off64_t at) { return any_pread(descriptor, bytes, count, at); }

static int any_sync(const char *name, int descriptor) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  enter();
  const char *path = path_of(descriptor);
  int result = path && verdict(SYNC, path) == FAILED ? -1 : next(descriptor);
  if (path && !result) note("sync", descriptor, 0, NULL, 0, path, NULL);
  leave();
  return result;
}
int fsync(int descriptor) { return any_sync("fsync", descriptor); }
int fdatasync(int descriptor) { return any_sync("fdatasync", descriptor); }

static int any_truncate(int descriptor, off64_t length) {
  NEXT(int, "ftruncate64", int, off64_t);
  enter();
  const char *path = path_of(descriptor);
  int result = path && verdict(TRUNCATE, path) == FAILED ? -1 : next(descriptor, length);
  if (path && !result) note("truncate", descriptor, length, NULL, 0, path, NULL);
  leave();
  return result;
}
int ftruncate(int descriptor, off_t length) { return any_truncate(descriptor, length); }
int ftruncate64(int descriptor, off64_t length) { return any_truncate(descriptor, length); }

static int any_rename(int folder, const char *name, int other_folder, const char *other) {
  NEXT(int, "renameat", int, const char *, int, const char *);
  char first[LONG], second[LONG];
  enter();
  const char *from = absolute(folder, name, first), *to = absolute(other_folder, other, second);
  int below = is_below(from) || is_below(to);
  int result = below && verdict(RENAME, to) == FAILED ? -1 : next(folder, name, other_folder, other);
  if (below && !result) note("rename", -1, 0, NULL, 0, from, to);
  leave();
  return result;
}
int rename(const char *from, const char *to) { return any_rename(AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int folder, const char *from, int other, const char *to) { return any_rename(folder, from, other, to); }

static int any_unlink(int folder, const char *name, int flags) {
  NEXT(int, "unlinkat", int, const char *, int);
  char buffer[LONG];
  enter();
  const char *path = absolute(folder, name, buffer);
  int below = is_below(path);
  int result = below && verdict(UNLINK, path) == FAILED ? -1 : next(folder, name, flags);
  if (below && !result) note("unlink", -1, 0, NULL, 0, path, NULL);
  leave();
  return result;
}
int unlink(const char *path) { return any_unlink(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return any_unlink(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) { return any_unlink(AT_FDCWD, path, 0); }
int unlinkat(int folder, const char *path, int flags) { return any_unlink(folder, path, flags); }

static int any_mkdir(int folder, const char *name, mode_t mode) {
  NEXT(int, "mkdirat", int, const char *, mode_t);
  char buffer[LONG];
  enter();
  const char *path = absolute(folder, name, buffer);
  int below = is_below(path);
  int result = below && verdict(MKDIR, path) == FAILED ? -1 : next(folder, name, mode);
  if (below && !result) note("mkdir", -1, 0, NULL, 0, path, NULL);
  leave();
  return result;
}
int mkdir(const char *path, mode_t mode) { return any_mkdir(AT_FDCWD, path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) { return any_mkdir(folder, path, mode); }

int flock(int descriptor, int operation) {
  NEXT(int, "flock", int, int);
  enter();
  const char *path = path_of(descriptor);
  int failed = path && !(operation & LOCK_UN) && verdict(LOCK, path) == FAILED;
  if (path) note("lock", descriptor, operation, NULL, 0, path, NULL);
  leave();
  // It may wait, so not under the mutex.
  return failed ? -1 : next(descriptor, operation);
}

// Seconds that the wall clock is wrong by at this look.
static long jump(void) {
  static _Thread_local unsigned long long state;
  const char *seed = getenv("REGIMEN_DISK_CLOCK");
  if (!seed) return 0;
  if (!state) state = strtoull(seed, NULL, 10) * 2 + 1;
  state = state * 6364136223846793005ull + 1442695040888963407ull;
  return (long)((state >> 33) % 345600) - 172800;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  NEXT(int, "clock_gettime", clockid_t, struct timespec *);
  int result = next(clock, now);
  if (!result && clock == CLOCK_REALTIME) now->tv_sec += jump();
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  NEXT(int, "gettimeofday", struct timeval *, void *);
  int result = next(now, zone);
  if (!result) now->tv_sec += jump();
  return result;
}
