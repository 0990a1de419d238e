// Holds one thread of a process for a while, and lets it go on: what a main thread that is busy looks like to the other
// threads, without a line in the program that would make it so. Needs CAP_SYS_PTRACE over the process.
//
//   thread-pause TID MS

#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

static void fail(const char *what) {
  fprintf(stderr, "thread-pause: %s: %s\n", what, strerror(errno));
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "thread-pause: want: TID MS\n");
    return 2;
  }
  pid_t thread = (pid_t)atoi(argv[1]);
  long millis = atol(argv[2]);
  struct timespec left = {millis / 1000, millis % 1000 * 1000000};
  int status;
  if (ptrace(PTRACE_SEIZE, thread, 0, 0) < 0) fail("seize");
  if (ptrace(PTRACE_INTERRUPT, thread, 0, 0) < 0) fail("interrupt");
  if (waitpid(thread, &status, __WALL) < 0) fail("wait");
  printf("{\"msg\":\"held\"}\n");
  fflush(stdout);
  while (nanosleep(&left, &left) < 0 && errno == EINTR) {
  }
  if (ptrace(PTRACE_DETACH, thread, 0, 0) < 0) fail("detach");
  return 0;
}
