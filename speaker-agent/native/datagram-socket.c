/* A UDP socket that tells of each datagram where it came from, where it was sent to, where it arrived and with which TTL. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "arguments.h"
#include "batch-socket.h"
#include "sockets.h"

/* The head of a slot, in network order; an IPv4 address fills the first four bytes of its field. */
typedef struct {
  uint8_t source[16];
  uint8_t destination[16];
  uint32_t interface_index;
  uint16_t source_port;
  uint8_t ttl;
  uint8_t unused;
} origin;

_Static_assert(sizeof(origin) == ORIGIN_BYTES, "addon.d.ts describes the head of a slot");

static void note_source(origin *from, const sender_address *sender)
{
  if (sender->any.sa_family == AF_INET) {
    memcpy(from->source, &sender->ipv4.sin_addr, sizeof sender->ipv4.sin_addr);
    from->source_port = sender->ipv4.sin_port;
  } else {
    memcpy(from->source, &sender->ipv6.sin6_addr, sizeof sender->ipv6.sin6_addr);
    from->source_port = sender->ipv6.sin6_port;
  }
}

static void note_control(origin *from, const struct cmsghdr *control)
{
  const unsigned char *data = CMSG_DATA(control);
  struct in_pktinfo ipv4;
  struct in6_pktinfo ipv6;
  int ttl;
  if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
    memcpy(&ipv4, data, sizeof ipv4);
    memcpy(from->destination, &ipv4.ipi_addr, sizeof ipv4.ipi_addr);
    from->interface_index = htonl((uint32_t)ipv4.ipi_ifindex);
  } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
    memcpy(&ipv6, data, sizeof ipv6);
    memcpy(from->destination, &ipv6.ipi6_addr, sizeof ipv6.ipi6_addr);
    from->interface_index = htonl(ipv6.ipi6_ifindex);
  } else if ((control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_TTL) ||
             (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_HOPLIMIT)) {
    memcpy(&ttl, data, sizeof ttl);
    from->ttl = (uint8_t)ttl;
  }
}

static void write_origin(batch_socket *socket, uint32_t slot, uint8_t *head)
{
  struct msghdr *header = &socket->headers[slot].msg_hdr;
  origin from = {0};
  note_source(&from, &socket->senders[slot]);
  for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL; control = CMSG_NXTHDR(header, control))
    note_control(&from, control);
  memcpy(head, &from, sizeof from);
}

napi_value open_datagram_socket(napi_env env, napi_callback_info info)
{
  static const char function[] = "openDatagramSocket";
  napi_value options;
  uint32_t descriptor;
  if (!read_arguments(env, info, function, 1, &options) ||
      !read_integer_property(env, options, function, "descriptor", 0, INT32_MAX, &descriptor))
    return NULL;
  return start_batch_socket(env, options, function,
                            (batch_socket){.fd = (int)descriptor, .head_bytes = ORIGIN_BYTES, .write_head = write_origin});
}
