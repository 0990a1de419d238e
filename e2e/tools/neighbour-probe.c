// An independent witness on an Ethernet segment: asks who has an address (ARP, RFC 826; Neighbor Solicitation, RFC 4861),
// writes down who answers, measures how long answers take, and makes foreign load. It shares no code with the agent on
// purpose. Needs CAP_NET_RAW in the network namespace it runs in. Prints one JSON object per line.
//
//   neighbour-probe ask     IFACE ADDRESS --for MS [--every-us N] [--first] [--to MAC]
//   neighbour-probe watch   IFACE --for MS
//   neighbour-probe measure IFACE ADDRESS --count N --every-us N
//   neighbour-probe claim   IFACE ADDRESS                                 (once, as a host does that takes it)
//   neighbour-probe flood   IFACE ADDRESS --rate PER_SECOND --for MS      (ADDRESS and the 4095 after it, IPv4)

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ETHERNET = 14, ARP = 28, IPV6 = 40, SOLICITATION = 24, OPTION = 8, FRAME = 2048 };
enum { NEIGHBOR_SOLICITATION = 135, NEIGHBOR_ADVERTISEMENT = 136 };

struct target {
  int family; // AF_INET or AF_INET6
  uint8_t bytes[16];
  char text[INET6_ADDRSTRLEN];
};

struct segment {
  int socket;
  int index;
  uint8_t mac[6];
  uint8_t address4[4];    // zero when the interface has none
  uint8_t link_local[16]; // zero when the interface has none
};

struct options {
  long for_ms, count, every_us, rate;
  int first, has_to;
  uint8_t to[6];
};

static volatile sig_atomic_t stopped = 0;

static void on_stop(int signal) {
  (void)signal;
  stopped = 1;
}

static void fail(const char *what) {
  fprintf(stderr, "neighbour-probe: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void usage(const char *why) {
  fprintf(stderr, "neighbour-probe: %s\n", why);
  exit(2);
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void sleep_until(int64_t ns) {
  struct timespec t = {ns / 1000000000, ns % 1000000000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
  }
}

static void mac_text(const uint8_t *mac, char *out) {
  sprintf(out, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static struct target parse_target(const char *text) {
  struct target t = {0};
  t.family = inet_pton(AF_INET, text, t.bytes) == 1 ? AF_INET : inet_pton(AF_INET6, text, t.bytes) == 1 ? AF_INET6 : 0;
  if (t.family == 0) usage("ADDRESS is not an IP address");
  inet_ntop(t.family, t.bytes, t.text, sizeof t.text);
  return t;
}

// ---- the segment ----------------------------------------------------------------------------------------------------

static void read_link_local(struct segment *s, const char *name) {
  FILE *file = fopen("/proc/net/if_inet6", "r");
  char hex[33], device[IF_NAMESIZE];
  unsigned index, prefix, scope, flags;
  if (file == NULL) return;
  while (fscanf(file, "%32s %x %x %x %x %15s", hex, &index, &prefix, &scope, &flags, device) == 6) {
    if (strcmp(device, name) != 0 || scope != 0x20) continue;
    for (int i = 0; i < 16; i++) sscanf(hex + 2 * i, "%2hhx", &s->link_local[i]);
  }
  fclose(file);
}

static struct segment open_segment(const char *name) {
  struct segment s = {0};
  struct ifreq request = {0};
  s.socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
  if (s.socket < 0) fail("packet socket");
  strncpy(request.ifr_name, name, IF_NAMESIZE - 1);
  if (ioctl(s.socket, SIOCGIFINDEX, &request) < 0) fail(name);
  s.index = request.ifr_ifindex;
  if (ioctl(s.socket, SIOCGIFHWADDR, &request) < 0) fail(name);
  memcpy(s.mac, request.ifr_hwaddr.sa_data, 6);
  if (ioctl(s.socket, SIOCGIFADDR, &request) == 0)
    memcpy(s.address4, &((struct sockaddr_in *)&request.ifr_addr)->sin_addr, 4);
  read_link_local(&s, name);
  struct sockaddr_ll where = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = s.index};
  if (bind(s.socket, (struct sockaddr *)&where, sizeof where) < 0) fail("bind");
  int yes = 1;
  setsockopt(s.socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes);
  return s;
}

static void send_frame(const struct segment *s, const uint8_t *frame, size_t length) {
  while (send(s->socket, frame, length, 0) < 0)
    if (errno != EINTR && errno != ENOBUFS) fail("send");
}

// ---- questions ------------------------------------------------------------------------------------------------------

static size_t ethernet_header(uint8_t *frame, const uint8_t *to, const uint8_t *from, uint16_t type) {
  memcpy(frame, to, 6);
  memcpy(frame + 6, from, 6);
  frame[12] = type >> 8;
  frame[13] = type & 0xff;
  return ETHERNET;
}

static size_t arp_request(const struct segment *s, const uint8_t *target, const uint8_t *to, uint8_t *frame) {
  static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  static const uint8_t fixed[8] = {0, 1, 8, 0, 6, 4, 0, 1}; // Ethernet, IPv4, lengths, request
  size_t at = ethernet_header(frame, to ? to : broadcast, s->mac, ETH_P_ARP);
  memcpy(frame + at, fixed, 8);
  memcpy(frame + at + 8, s->mac, 6);
  memcpy(frame + at + 14, s->address4, 4);
  memset(frame + at + 18, 0, 6);
  memcpy(frame + at + 24, target, 4);
  return at + ARP;
}

static uint16_t icmpv6_checksum(const uint8_t *ip, size_t payload) {
  uint32_t sum = (uint32_t)payload + 58;
  for (size_t i = 8; i < IPV6 + payload; i += 2) sum += (uint32_t)(ip[i] << 8) + (i + 1 < IPV6 + payload ? ip[i + 1] : 0);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

static size_t solicitation(const struct segment *s, const uint8_t *target, const uint8_t *to, uint8_t *frame) {
  uint8_t group[6] = {0x33, 0x33, 0xff, target[13], target[14], target[15]};
  size_t at = ethernet_header(frame, to ? to : group, s->mac, ETH_P_IPV6);
  uint8_t *ip = frame + at, *icmp = ip + IPV6;
  const size_t payload = SOLICITATION + OPTION;
  memset(ip, 0, IPV6 + payload);
  ip[0] = 0x60;
  ip[5] = (uint8_t)payload;
  ip[6] = 58;
  ip[7] = 255;
  memcpy(ip + 8, s->link_local, 16);
  if (to) {
    memcpy(ip + 24, target, 16);
  } else {
    static const uint8_t prefix[13] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};
    memcpy(ip + 24, prefix, 13);
    memcpy(ip + 37, target + 13, 3);
  }
  icmp[0] = NEIGHBOR_SOLICITATION;
  memcpy(icmp + 8, target, 16);
  icmp[24] = 1; // source link-layer address
  icmp[25] = 1;
  memcpy(icmp + 26, s->mac, 6);
  uint16_t sum = icmpv6_checksum(ip, payload);
  icmp[2] = sum >> 8;
  icmp[3] = sum & 0xff;
  return at + IPV6 + payload;
}

static void ask(const struct segment *s, const struct target *t, const uint8_t *to) {
  uint8_t frame[FRAME];
  size_t length = t->family == AF_INET ? arp_request(s, t->bytes, to, frame) : solicitation(s, t->bytes, to, frame);
  send_frame(s, frame, length);
}

/** A gratuitous ARP request, RFC 5227's announcement. */
static size_t arp_announcement(const struct segment *s, const uint8_t *address, uint8_t *frame) {
  size_t length = arp_request(s, address, NULL, frame);
  memcpy(frame + ETHERNET + 14, address, 4);
  return length;
}

/** An unsolicited neighbour advertisement to all nodes, RFC 4861 section 7.2.6: a solicitation made into one. */
static size_t advertisement(const struct segment *s, const uint8_t *address, uint8_t *frame) {
  static const uint8_t all_nodes[6] = {0x33, 0x33, 0, 0, 0, 1};
  static const uint8_t group[16] = {0xff, 2, [15] = 1};
  size_t length = solicitation(s, address, all_nodes, frame);
  uint8_t *ip = frame + ETHERNET, *icmp = ip + IPV6;
  memcpy(ip + 8, address, 16);
  memcpy(ip + 24, group, 16);
  icmp[0] = NEIGHBOR_ADVERTISEMENT;
  icmp[2] = icmp[3] = 0;
  icmp[4] = 0x20; // override
  icmp[24] = 2;   // target link-layer address
  uint16_t sum = icmpv6_checksum(ip, SOLICITATION + OPTION);
  icmp[2] = sum >> 8;
  icmp[3] = sum & 0xff;
  return length;
}

// ---- answers --------------------------------------------------------------------------------------------------------

struct claim {
  const char *kind; // "arp-reply", "arp-request" or "neighbor-advertisement"
  struct target who;
  uint8_t mac[6], ethernet_source[6];
  int gratuitous, solicited, override;
};

static int read_arp(const uint8_t *frame, ssize_t length, struct claim *c) {
  const uint8_t *arp = frame + ETHERNET;
  if (length < ETHERNET + ARP || (arp[7] != 1 && arp[7] != 2)) return 0;
  c->kind = arp[7] == 2 ? "arp-reply" : "arp-request";
  c->gratuitous = memcmp(arp + 14, arp + 24, 4) == 0;
  c->who.family = AF_INET;
  memcpy(c->who.bytes, arp + 14, 4);
  memcpy(c->mac, arp + 8, 6);
  return arp[7] == 2 || c->gratuitous;
}

static int read_advertisement(const uint8_t *frame, ssize_t length, struct claim *c) {
  const uint8_t *ip = frame + ETHERNET, *icmp = ip + IPV6;
  if (length < ETHERNET + IPV6 + SOLICITATION || ip[6] != 58 || ip[7] != 255 || icmp[0] != NEIGHBOR_ADVERTISEMENT) return 0;
  c->kind = "neighbor-advertisement";
  c->solicited = (icmp[4] >> 6) & 1;
  c->override = (icmp[4] >> 5) & 1;
  c->gratuitous = !c->solicited;
  c->who.family = AF_INET6;
  memcpy(c->who.bytes, icmp + 8, 16);
  memcpy(c->mac, c->ethernet_source, 6);
  if (length >= ETHERNET + IPV6 + SOLICITATION + OPTION && icmp[24] == 2) memcpy(c->mac, icmp + 26, 6);
  return 1;
}

/** Waits for the next claim to an address until `deadline`; 0 = none came. */
static int next_claim(const struct segment *s, int64_t deadline, struct claim *c) {
  uint8_t frame[FRAME];
  for (;;) {
    int64_t left = deadline - now_ns();
    struct timespec wait = {left > 0 ? left / 1000000000 : 0, left > 0 ? left % 1000000000 : 0};
    struct pollfd readable = {s->socket, POLLIN, 0};
    if (ppoll(&readable, 1, &wait, NULL) <= 0 || stopped) return 0;
    ssize_t length = recv(s->socket, frame, sizeof frame, MSG_DONTWAIT);
    if (length < ETHERNET) continue;
    memset(c, 0, sizeof *c);
    memcpy(c->ethernet_source, frame + 6, 6);
    uint16_t type = (uint16_t)(frame[12] << 8 | frame[13]);
    if (type == ETH_P_ARP ? read_arp(frame, length, c) : type == ETH_P_IPV6 && read_advertisement(frame, length, c)) {
      inet_ntop(c->who.family, c->who.bytes, c->who.text, sizeof c->who.text);
      return 1;
    }
  }
}

static int is_about(const struct claim *c, const struct target *t) {
  return c->who.family == t->family && memcmp(c->who.bytes, t->bytes, t->family == AF_INET ? 4 : 16) == 0;
}

/** `asked`: when the earliest question was asked that nothing answers but this claim; 0 = none was. */
static void print_claim(const struct claim *c, int64_t started, int64_t asked) {
  char mac[18], source[18];
  mac_text(c->mac, mac);
  mac_text(c->ethernet_source, source);
  printf("{\"kind\":\"%s\",\"address\":\"%s\",\"mac\":\"%s\",\"ethernetSource\":\"%s\",\"gratuitous\":%s,\"override\":%s,\"afterMicros\":%lld,\"waitedMicros\":%lld}\n",
         c->kind, c->who.text, mac, source, c->gratuitous ? "true" : "false", c->override ? "true" : "false",
         (long long)((now_ns() - started) / 1000), (long long)(asked > 0 ? (now_ns() - asked) / 1000 : 0));
  fflush(stdout);
}

// ---- the commands ----------------------------------------------------------------------------------------------

/** Asks again and again for the whole time, so that one lost frame decides nothing. */
static void command_ask(const struct segment *s, const struct target *t, const struct options *o) {
  int64_t started = now_ns(), end = started + o->for_ms * 1000000, asked = 0;
  printf("{\"kind\":\"asking\"}\n");
  fflush(stdout);
  for (int64_t again = started; !stopped && now_ns() < end;) {
    if (now_ns() >= again) {
      ask(s, t, o->has_to ? o->to : NULL);
      again += o->every_us * 1000;
      if (asked == 0) asked = now_ns();
    }
    struct claim c;
    if (next_claim(s, again < end ? again : end, &c) && is_about(&c, t)) {
      print_claim(&c, started, asked);
      asked = 0;
      if (o->first) return;
    }
  }
  printf("{\"kind\":\"asked\",\"waitedMicros\":%lld}\n", (long long)(asked > 0 ? (now_ns() - asked) / 1000 : 0));
}

static void command_watch(const struct segment *s, const struct options *o) {
  int64_t started = now_ns();
  struct claim c;
  printf("{\"kind\":\"watching\"}\n");
  fflush(stdout);
  while (!stopped && next_claim(s, started + o->for_ms * 1000000, &c)) print_claim(&c, started, 0);
}

static int by_size(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

static void command_measure(const struct segment *s, const struct target *t, const struct options *o) {
  int64_t *micros = calloc((size_t)o->count, sizeof *micros);
  long answered = 0;
  if (micros == NULL) fail("memory");
  for (long i = 0; i < o->count; i++) {
    int64_t asked = now_ns();
    struct claim c;
    ask(s, t, o->has_to ? o->to : NULL);
    while (next_claim(s, asked + 200000000, &c))
      if (is_about(&c, t)) {
        micros[answered++] = now_ns() - asked;
        break;
      }
    sleep_until(asked + o->every_us * 1000);
  }
  qsort(micros, (size_t)answered, sizeof *micros, by_size);
  printf("{\"asked\":%ld,\"answered\":%ld", o->count, answered);
  if (answered > 0)
    printf(",\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f", (double)micros[answered / 2] / 1000,
           (double)micros[answered * 9 / 10] / 1000, (double)micros[answered * 99 / 100] / 1000, (double)micros[answered - 1] / 1000);
  printf("}\n");
  free(micros);
}

static void command_claim(const struct segment *s, const struct target *t) {
  uint8_t frame[FRAME];
  send_frame(s, frame, t->family == AF_INET ? arp_announcement(s, t->bytes, frame) : advertisement(s, t->bytes, frame));
}

static void command_flood(const struct segment *s, const struct target *t, const struct options *o) {
  uint8_t frame[FRAME];
  int64_t started = now_ns(), end = started + o->for_ms * 1000000;
  long sent = 0, burst = o->rate / 1000 > 0 ? o->rate / 1000 : 1;
  uint32_t first;
  memcpy(&first, t->bytes, 4);
  while (now_ns() < end) {
    for (long i = 0; i < burst; i++, sent++) {
      uint32_t address = htonl(ntohl(first) + (uint32_t)(sent % 4096));
      size_t length = arp_request(s, (uint8_t *)&address, NULL, frame);
      send_frame(s, frame, length);
    }
    sleep_until(started + sent * 1000000000 / o->rate);
  }
  printf("{\"sent\":%ld,\"millis\":%lld}\n", sent, (long long)((now_ns() - started) / 1000000));
}

static long number(const char *text) {
  char *end;
  long value = text == NULL ? -1 : strtol(text, &end, 10);
  if (text == NULL || *end != '\0' || value <= 0) usage("an option wants a positive number");
  return value;
}

static struct options parse_options(char **at, long every_us) {
  struct options o = {.for_ms = 1000, .count = 1000, .every_us = every_us, .rate = 20000};
  for (; *at != NULL; at++) {
    if (strcmp(*at, "--first") == 0) {
      o.first = 1;
      continue;
    }
    const char *value = at[1];
    if (strcmp(*at, "--for") == 0) o.for_ms = number(value);
    else if (strcmp(*at, "--count") == 0) o.count = number(value);
    else if (strcmp(*at, "--every-us") == 0) o.every_us = number(value);
    else if (strcmp(*at, "--rate") == 0) o.rate = number(value);
    else if (strcmp(*at, "--to") == 0 && value != NULL &&
             sscanf(value, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &o.to[0], &o.to[1], &o.to[2], &o.to[3], &o.to[4], &o.to[5]) == 6)
      o.has_to = 1;
    else usage("unknown or malformed option");
    at++;
  }
  return o;
}

int main(int argc, char **argv) {
  struct sigaction stop = {.sa_handler = on_stop};
  sigaction(SIGTERM, &stop, NULL);
  if (argc < 3) usage("want: ask|watch|measure|claim|flood IFACE [ADDRESS] [options]");
  int watching = strcmp(argv[1], "watch") == 0;
  if (!watching && argc < 4) usage("ADDRESS is missing");
  struct options o = parse_options(argv + (watching ? 3 : 4), strcmp(argv[1], "ask") == 0 ? 100000 : 1000);
  struct segment s = open_segment(argv[2]);
  if (watching) {
    command_watch(&s, &o);
    return 0;
  }
  struct target t = parse_target(argv[3]);
  if (strcmp(argv[1], "ask") == 0) command_ask(&s, &t, &o);
  else if (strcmp(argv[1], "measure") == 0) command_measure(&s, &t, &o);
  else if (strcmp(argv[1], "claim") == 0) command_claim(&s, &t);
  else if (strcmp(argv[1], "flood") == 0) command_flood(&s, &t, &o);
  else usage("unknown command");
  return 0;
}
