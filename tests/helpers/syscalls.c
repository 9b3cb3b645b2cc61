/* Stands between a program and the C library's calls that reach a disk; loaded with LD_PRELOAD by test_faults
 * and test_power_cut. What ships has no switch for any of this.
 *
 * SYSCALLS_NO_SYNC=1 in the environment: syncing does nothing and says that it went well.
 * syscalls_arm(): of the calls with this name on paths below `below`, the `nth` fails with `error`, and all
 * later ones as well if it `stays`; every failure is written to `report` as a line INJECTED. A negative
 * error is a signal that ends the program instead.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static char wanted[32], below[PATH_MAX];
static int fault, stays, report = -1;
static long at;
static atomic_long count;

void syscalls_arm(const char *name, long nth, int error, int again, const char *folder, int where) {
    snprintf(wanted, sizeof wanted, "%s", name);
    snprintf(below, sizeof below, "%s", folder);
    at = nth, fault = error, stays = again, report = where;
    atomic_store(&count, 0);
}

long syscalls_count(void) { return atomic_load(&count); }

static int unsynced(void) {
    static int known = -1;
    if (known < 0) known = getenv("SYSCALLS_NO_SYNC") != NULL;
    return known;
}

/* Whether this call is to fail; `path` may be relative to the folder that `handle` is open on. */
static int fails(const char *name, int handle, const char *path) {
    char link[64], full[PATH_MAX];
    if (strcmp(name, wanted)) return 0;
    if (path && path[0] == '/') {
        snprintf(full, sizeof full, "%s", path);
    } else {
        if (handle == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
        ssize_t length = readlink(link, full, sizeof full - 1);
        if (length < 0) return 0;
        full[length] = 0;
    }
    if (strncmp(full, below, strlen(below))) return 0;
    long number = atomic_fetch_add(&count, 1) + 1;
    if (number != at && !(stays && number > at)) return 0;
    char line[PATH_MAX + 100];
    int size = snprintf(line, sizeof line, "INJECTED %s %ld %d %s\n", name, number, fault, full);
    syscall(SYS_write, report, line, size);
    if (fault < 0) kill(getpid(), -fault);
    errno = fault;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define SYNC(name)                                   \
    int name(int handle) {                           \
        if (unsynced()) return 0;                    \
        if (fails(#name, handle, NULL)) return -1;   \
        return REAL(name)(handle);                   \
    }
SYNC(fsync)
SYNC(fdatasync)

int close(int handle) {
    int failed = fails("close", handle, NULL);
    int ended = (int)syscall(SYS_close, handle);
    if (failed) errno = fault;
    return failed ? -1 : ended;
}

#define OPEN(name)                                               \
    int name(const char *path, int flags, ...) {                 \
        va_list more;                                            \
        va_start(more, flags);                                   \
        int mode = va_arg(more, int);                            \
        va_end(more);                                            \
        if (fails("open", AT_FDCWD, path)) return -1;            \
        return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                             \
    int name(int folder, const char *path, int flags, ...) {     \
        va_list more;                                            \
        va_start(more, flags);                                   \
        int mode = va_arg(more, int);                            \
        va_end(more);                                            \
        if (fails("open", folder, path)) return -1;              \
        return (int)syscall(SYS_openat, folder, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t read(int handle, void *data, size_t size) {
    if (fails("read", handle, NULL)) return -1;
    return syscall(SYS_read, handle, data, size);
}
ssize_t write(int handle, const void *data, size_t size) {
    if (fails("write", handle, NULL)) return -1;
    return syscall(SYS_write, handle, data, size);
}

#define AT_OFFSET(name, number, kind, pointer)                              \
    ssize_t name(int handle, pointer data, size_t size, off_t offset) {     \
        if (fails(kind, handle, NULL)) return -1;                           \
        return syscall(number, handle, data, size, offset);                 \
    }
AT_OFFSET(pread, SYS_pread64, "pread", void *)
AT_OFFSET(pread64, SYS_pread64, "pread", void *)
AT_OFFSET(pwrite, SYS_pwrite64, "pwrite", const void *)
AT_OFFSET(pwrite64, SYS_pwrite64, "pwrite", const void *)

#define TRUNCATE(name)                                    \
    int name(int handle, off_t size) {                    \
        if (fails("ftruncate", handle, NULL)) return -1;  \
        return (int)syscall(SYS_ftruncate, handle, size); \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

int rename(const char *from, const char *to) {
    if (fails("rename", AT_FDCWD, to)) return -1;
    return REAL(rename)(from, to);
}
int link(const char *from, const char *to) {
    if (fails("link", AT_FDCWD, to)) return -1;
    return REAL(link)(from, to);
}
int linkat(int from, const char *old, int to, const char *new, int flags) {
    if (fails("link", to, new)) return -1;
    return REAL(linkat)(from, old, to, new, flags);
}
int symlink(const char *target, const char *path) {
    if (fails("symlink", AT_FDCWD, path)) return -1;
    return REAL(symlink)(target, path);
}
int unlink(const char *path) {
    if (fails("unlink", AT_FDCWD, path)) return -1;
    return REAL(unlink)(path);
}
int unlinkat(int folder, const char *path, int flags) {
    if (fails("unlink", folder, path)) return -1;
    return REAL(unlinkat)(folder, path, flags);
}
int rmdir(const char *path) {
    if (fails("unlink", AT_FDCWD, path)) return -1;
    return REAL(rmdir)(path);
}
int mkdir(const char *path, mode_t mode) {
    if (fails("mkdir", AT_FDCWD, path)) return -1;
    return REAL(mkdir)(path, mode);
}
