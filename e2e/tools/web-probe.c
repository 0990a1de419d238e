// What a user of a Service sees, and what answers him: a client that opens a new connection every few milliseconds and
// writes down what became of each, and the web server of a pod. Both cost next to no processor time on purpose, because
// they share two processors with the programs under test. Prints one JSON object per line; times are CLOCK_MONOTONIC.
//
//   web-probe serve PORT NAME                  answers every request with NAME, on both families
//   web-probe visit ADDRESS PORT [--every-us N] [--within MS] [--for MS]

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_OPEN = 1024, BODY = 64, PRINT_EVERY_NS = 50000000 };

static volatile sig_atomic_t stopped = 0;

static void on_stop(int signal) {
  (void)signal;
  stopped = 1;
}

static void fail(const char *what) {
  fprintf(stderr, "web-probe: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void usage(const char *why) {
  fprintf(stderr, "web-probe: %s\n", why);
  exit(2);
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static long number(const char *text) {
  char *end;
  long value = text == NULL ? -1 : strtol(text, &end, 10);
  if (text == NULL || *end != '\0' || value <= 0) usage("a positive number is wanted");
  return value;
}

// ---- serve ----------------------------------------------------------------------------------------------------------

static int listen_on(long port) {
  int yes = 1, no = 0, listener = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in6 where = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  if (listener < 0) fail("socket");
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  if (bind(listener, (struct sockaddr *)&where, sizeof where) < 0 || listen(listener, 1024) < 0) fail("listen");
  return listener;
}

/** Answers what has come; 0 = the connection is over. The client closes last, so that TIME_WAIT stays here. */
static int serve_one(int connection, const char *answer, size_t length) {
  char request[2048];
  ssize_t got = recv(connection, request, sizeof request, 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return 0;
  if (send(connection, answer, length, MSG_NOSIGNAL) < 0) return 0;
  shutdown(connection, SHUT_WR);
  return 1;
}

static void command_serve(long port, const char *name) {
  static struct pollfd ready[MOST_OPEN];
  char answer[512];
  int count = 1, length = snprintf(answer, sizeof answer,
                                   "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s\n", strlen(name) + 1, name);
  ready[0] = (struct pollfd){listen_on(port), POLLIN, 0};
  printf("{\"msg\":\"listening\"}\n");
  fflush(stdout);
  while (!stopped) {
    if (poll(ready, (nfds_t)count, -1) < 0) continue;
    for (int i = count - 1; i > 0; i--) {
      if (ready[i].revents == 0 || serve_one(ready[i].fd, answer, (size_t)length)) continue;
      close(ready[i].fd);
      ready[i] = ready[--count];
    }
    while (ready[0].revents != 0 && count < MOST_OPEN) {
      int connection = accept4(ready[0].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (connection < 0) break;
      ready[count++] = (struct pollfd){connection, POLLIN, 0};
    }
  }
}

// ---- visit ----------------------------------------------------------------------------------------------------------

struct visit {
  int64_t started;
  int connected;
  size_t length;
  char text[512];
};

struct target {
  struct sockaddr_storage address;
  socklen_t length;
  char request[128];
};

static struct target parse_target(const char *text, long port) {
  struct target t = {0};
  struct sockaddr_in *v4 = (struct sockaddr_in *)&t.address;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&t.address;
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)port);
    t.length = sizeof *v4;
  } else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    t.length = sizeof *v6;
  } else {
    usage("ADDRESS is not an IP address");
  }
  snprintf(t.request, sizeof t.request, "GET / HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n");
  return t;
}

/** `by` is what the answer says after its head. */
static void print_visit(const struct visit *v, const char *outcome) {
  char by[BODY] = "";
  const char *body = strstr(v->text, "\r\n\r\n");
  if (body != NULL) sscanf(body + 4, "%63[A-Za-z0-9.-]", by);
  printf("{\"at\":%lld,\"micros\":%lld,\"outcome\":\"%s\"", (long long)(v->started / 1000),
         (long long)((now_ns() - v->started) / 1000), outcome);
  if (by[0] != '\0') printf(",\"by\":\"%s\"", by);
  printf("}\n");
}

/** Says up to when everything has been told: what began later may still be under way. */
static void print_known(const struct visit *visits, int count, int64_t now) {
  int64_t oldest = now;
  for (int i = 0; i < count; i++)
    if (visits[i].started < oldest) oldest = visits[i].started;
  printf("{\"known\":%lld}\n", (long long)(oldest / 1000));
  fflush(stdout);
}

static const char *name_of(int error, int connected) {
  if (connected) return "cut"; // a connection that stood, and was broken
  if (error == ECONNREFUSED || error == ECONNRESET) return "refused";
  return "unreachable";
}

/** What became of a visit whose socket has news; NULL = it goes on. */
static const char *proceed(int connection, struct visit *v, const char *request) {
  if (!v->connected) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(connection, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return name_of(error, 0);
    v->connected = 1;
    if (send(connection, request, strlen(request), MSG_NOSIGNAL) < 0) return name_of(errno, 1);
    return NULL;
  }
  ssize_t got = recv(connection, v->text + v->length, sizeof v->text - 1 - v->length, 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR ? NULL : name_of(errno, 1);
  if (got == 0) return strstr(v->text, "\r\n\r\n") != NULL ? "answered" : "cut";
  v->length += (size_t)got;
  v->text[v->length] = '\0';
  return NULL;
}

static void start_visit(const struct target *t, struct pollfd *ready, struct visit *v) {
  memset(v, 0, sizeof *v);
  v->started = now_ns();
  ready->revents = 0;
  ready->fd = socket(t->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (ready->fd < 0) fail("socket");
  ready->events = POLLOUT;
  if (connect(ready->fd, (const struct sockaddr *)&t->address, t->length) == 0 || errno == EINPROGRESS) return;
  print_visit(v, name_of(errno, 0));
  close(ready->fd);
  ready->fd = -1;
}

static void command_visit(const struct target *t, long every_us, long within_ms, long for_ms) {
  static struct pollfd ready[MOST_OPEN];
  static struct visit visits[MOST_OPEN];
  int count = 0;
  int64_t started = now_ns(), end = for_ms > 0 ? started + for_ms * 1000000 : INT64_MAX, next = started, printed = started;
  printf("{\"msg\":\"visiting\"}\n");
  fflush(stdout);
  while (!stopped && now_ns() < end) {
    int64_t now = now_ns();
    // After a stall of this process itself the missed turns are left out: they would all fall into one moment.
    if (now - next > every_us * 1000 * 4) next = now;
    if (now >= next && count < MOST_OPEN) {
      start_visit(t, &ready[count], &visits[count]);
      if (ready[count].fd >= 0) count++;
      next += every_us * 1000;
    }
    if (now - printed > PRINT_EVERY_NS) {
      print_known(visits, count, now);
      printed = now;
    }
    int64_t wait = next - now_ns();
    struct timespec pause = {0, wait > 0 ? wait : 0};
    if (every_us >= 1000000) pause.tv_nsec = 100000000;
    if (ppoll(ready, (nfds_t)count, &pause, NULL) < 0) continue;
    now = now_ns();
    for (int i = count - 1; i >= 0; i--) {
      const char *outcome = ready[i].revents != 0 ? proceed(ready[i].fd, &visits[i], t->request) : NULL;
      if (outcome == NULL && now - visits[i].started > within_ms * 1000000) outcome = "silent";
      if (visits[i].connected) ready[i].events = POLLIN;
      if (outcome == NULL) continue;
      print_visit(&visits[i], outcome);
      close(ready[i].fd);
      count--;
      ready[i] = ready[count];
      visits[i] = visits[count];
    }
  }
  fflush(stdout);
}

int main(int argc, char **argv) {
  struct sigaction stop = {.sa_handler = on_stop};
  sigaction(SIGTERM, &stop, NULL);
  sigaction(SIGINT, &stop, NULL);
  if (argc < 4) usage("want: serve PORT NAME | visit ADDRESS PORT [options]");
  if (strcmp(argv[1], "serve") == 0) {
    command_serve(number(argv[2]), argv[3]);
    return 0;
  }
  if (strcmp(argv[1], "visit") != 0) usage("unknown command");
  long every_us = 5000, within_ms = 900, for_ms = 0;
  for (char **at = argv + 4; *at != NULL; at += 2) {
    if (strcmp(*at, "--every-us") == 0) every_us = number(at[1]);
    else if (strcmp(*at, "--within") == 0) within_ms = number(at[1]);
    else if (strcmp(*at, "--for") == 0) for_ms = number(at[1]);
    else usage("unknown option");
  }
  struct target t = parse_target(argv[2], number(argv[3]));
  command_visit(&t, every_us, within_ms, for_ms);
  return 0;
}
