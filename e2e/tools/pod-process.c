// Becomes a program in a root directory of its own as a container runtime starts one: a fresh mount namespace, the root
// directory read-only below an overlay that holds the mount points, user and group, the bounding set, and until the execve the
// same capabilities permitted and effective, none inheritable or ambient (what runc does with what containerd and CRI-O ask
// for). Keeps its process id, so that whoever started it can signal the program. Namespaces of processes and networks
// are the caller's; there is no seccomp filter.
//
//   pod-process root=DIR scratch=DIR user=UID group=GID capabilities=HEX [bounding-only] [no-new-privileges] [read-only]
//               [bind=FROM:TO] [bind-read-only=FROM:TO] [tmpfs=TO] ... -- PROGRAM ARGUMENT ...
//
// `scratch` is an empty directory that nobody else uses. With `bounding-only` nothing is permitted before the execve: so Docker
// before 24.0.6 starts users other than root.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static void fail(const char *what, const char *of) {
  fprintf(stderr, "pod-process: %s %s: %s\n", what, of, strerror(errno));
  exit(125);
}

__attribute__((format(printf, 2, 3))) static void join(char *path, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(path, PATH_MAX, format, arguments);
  va_end(arguments);
  if (length < 0 || length >= PATH_MAX) {
    errno = ENAMETOOLONG;
    fail("path", format);
  }
}

static const char *value(int argc, char **argv, const char *key) {
  size_t length = strlen(key);
  for (int index = 1; index < argc; index++)
    if (strncmp(argv[index], key, length) == 0 && argv[index][length] == '=') return argv[index] + length + 1;
  errno = EINVAL;
  fail("missing", key);
  return NULL;
}

static int has(int argc, char **argv, const char *flag) {
  for (int index = 1; index < argc; index++)
    if (strcmp(argv[index], flag) == 0) return 1;
  return 0;
}

static void make_folders(const char *path) {
  char part[PATH_MAX];
  join(part, "%s", path);
  for (char *slash = part + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
    *slash = 0;
    if (mkdir(part, 0755) < 0 && errno != EEXIST) fail("mkdir", part);
    *slash = '/';
  }
  if (mkdir(part, 0755) < 0 && errno != EEXIST) fail("mkdir", part);
}

// A mount point is of the kind of what is mounted: a folder, or a file for a file.
static void make_mount_point(const char *source, const char *target) {
  struct stat kind;
  if (stat(source, &kind) < 0) fail("stat", source);
  if (S_ISDIR(kind.st_mode)) return make_folders(target);
  char folder[PATH_MAX];
  join(folder, "%s", target);
  *strrchr(folder, '/') = 0;
  make_folders(folder);
  int file = open(target, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  if (file < 0) fail("create", target);
  close(file);
}

// In a user namespace what an outer mount forbids stays forbidden, and has to be said again.
static void make_read_only(const char *path) {
  struct statvfs now;
  if (statvfs(path, &now) < 0) fail("statvfs", path);
  unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY;
  if (now.f_flag & ST_NOSUID) flags |= MS_NOSUID;
  if (now.f_flag & ST_NODEV) flags |= MS_NODEV;
  if (now.f_flag & ST_NOEXEC) flags |= MS_NOEXEC;
  if (now.f_flag & ST_NOATIME) flags |= MS_NOATIME;
  if (now.f_flag & ST_RELATIME) flags |= MS_RELATIME;
  if (mount(NULL, path, NULL, flags, NULL) < 0) fail("read-only", path);
}

static void bind(const char *source, const char *root, const char *target, int read_only) {
  char path[PATH_MAX];
  join(path, "%s%s", root, target);
  make_mount_point(source, path);
  if (mount(source, path, NULL, MS_BIND | MS_REC, NULL) < 0) fail("bind", path);
  if (read_only) make_read_only(path);
}

static void mount_temporary(const char *root, const char *target, const char *options) {
  char path[PATH_MAX];
  join(path, "%s%s", root, target);
  make_folders(path);
  if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0) fail("tmpfs", path);
}

static void mount_overlay(const char *lower, const char *scratch, char *merged) {
  char upper[PATH_MAX], work[PATH_MAX], options[3 * PATH_MAX + 64];
  if (mount("tmpfs", scratch, "tmpfs", 0, "mode=755") < 0) fail("tmpfs", scratch);
  join(upper, "%s/upper", scratch);
  join(work, "%s/work", scratch);
  join(merged, "%s/root", scratch);
  make_folders(upper);
  make_folders(work);
  make_folders(merged);
  snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work);
  if (mount("overlay", merged, "overlay", 0, options) < 0) fail("overlay", options);
}

static void mount_devices(const char *root) {
  static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"};
  mount_temporary(root, "/dev", "mode=755");
  for (size_t index = 0; index < sizeof devices / sizeof *devices; index++)
    bind(devices[index], root, devices[index], 0);
}

static void mount_volumes(int argc, char **argv, const char *root) {
  for (int index = 1; index < argc; index++) {
    int read_only = strncmp(argv[index], "bind-read-only=", 15) == 0;
    if (strncmp(argv[index], "tmpfs=", 6) == 0) mount_temporary(root, argv[index] + 6, "mode=1777");
    if (!read_only && strncmp(argv[index], "bind=", 5) != 0) continue;
    char pair[2 * PATH_MAX];
    snprintf(pair, sizeof pair, "%s", strchr(argv[index], '=') + 1);
    char *colon = strrchr(pair, ':');
    errno = EINVAL;
    if (colon == NULL) fail("no colon in", argv[index]);
    *colon = 0;
    bind(pair, root, colon + 1, read_only);
  }
}

static void enter_root(int argc, char **argv) {
  char root[PATH_MAX], settings[PATH_MAX];
  if (unshare(CLONE_NEWNS) < 0) fail("unshare", "mount namespace");
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) fail("private", "/");
  mount_overlay(value(argc, argv, "root"), value(argc, argv, "scratch"), root);
  bind("/proc", root, "/proc", 0);
  join(settings, "%s/proc/sys", root);
  if (mount(settings, settings, NULL, MS_BIND, NULL) < 0) fail("bind", settings);
  make_read_only(settings);
  mount_devices(root);
  mount_volumes(argc, argv, root);
  if (has(argc, argv, "read-only")) make_read_only(root);
  if (chroot(root) < 0) fail("chroot", root);
  if (chdir("/") < 0) fail("chdir", "/");
}

static void drop_to(unsigned long long capabilities, int bounding_only, uid_t user, gid_t group) {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
    if ((capabilities >> capability & 1) == 0 && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
      fail("drop from", "bounding set");
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) fail("keep", "capabilities");
  // A user namespace of one user denies it; nobody is in other groups there.
  if (setgroups(0, NULL) < 0 && errno != EPERM) fail("setgroups", "");
  if (setresgid(group, group, group) < 0) fail("setresgid", "");
  if (setresuid(user, user, user) < 0) fail("setresuid", "");
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[2];
  memset(sets, 0, sizeof sets);
  for (int half = 0; half < 2 && !bounding_only; half++)
    sets[half].permitted = sets[half].effective = (__u32)(capabilities >> 32 * half);
  if (syscall(SYS_capset, &header, sets) < 0) fail("capset", "");
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) fail("clear", "ambient set");
}

int main(int argc, char **argv) {
  int separator = 1;
  while (separator < argc && strcmp(argv[separator], "--") != 0) separator++;
  if (separator + 1 >= argc) {
    fprintf(stderr, "pod-process: want: root=DIR scratch=DIR user=UID group=GID capabilities=HEX ... -- PROGRAM ...\n");
    return 125;
  }
  enter_root(separator, argv);
  drop_to(strtoull(value(separator, argv, "capabilities"), NULL, 16),
          has(separator, argv, "bounding-only"),
          (uid_t)strtoul(value(separator, argv, "user"), NULL, 10),
          (gid_t)strtoul(value(separator, argv, "group"), NULL, 10));
  if (has(separator, argv, "no-new-privileges") && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    fail("set", "no_new_privs");
  execve(argv[separator + 1], argv + separator + 1, environ);
  fail("exec", argv[separator + 1]);
}
