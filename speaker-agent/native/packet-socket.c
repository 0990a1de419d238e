/* AF_PACKET: whole Ethernet frames of one interface and one EtherType, behind a classic-BPF filter (packet(7)). */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <unistd.h>

#include "arguments.h"
#include "batch-socket.h"
#include "sockets.h"

/*
 * The kernel hands a socket on a trunk port the frames of the port's VLANs too, with the tag taken off; then the sender's
 * index is the VLAN interface's, or, for a VLAN nobody here has, the frame counts as another host's. Answering either
 * would put an answer for one segment onto another.
 */
static bool arrived_on_our_interface(const batch_socket *socket, const sender_address *sender)
{
  const struct sockaddr_ll *from = &sender->packet;
  return from->sll_ifindex == (int)socket->interface_index &&
         (from->sll_pkttype == PACKET_HOST || from->sll_pkttype == PACKET_BROADCAST ||
          from->sll_pkttype == PACKET_MULTICAST);
}

/* Our own frames are dropped by packet type in any case; kernels before 4.20 only lack this shortcut. */
static const char *ignore_outgoing(int fd)
{
  int on = 1;
  if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) == 0 || errno == ENOPROTOOPT)
    return NULL;
  return "setsockopt(PACKET_IGNORE_OUTGOING)";
}

static const char *attach_filter(int fd, const struct sock_fprog *program)
{
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, sizeof *program) == 0)
    return NULL;
  return "setsockopt(SO_ATTACH_FILTER)";
}

static const char *bind_to_interface(int fd, uint32_t index, uint16_t ether_type)
{
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET,
      .sll_protocol = htons(ether_type),
      .sll_ifindex = (int)index,
  };
  return bind(fd, (struct sockaddr *)&address, sizeof address) == 0 ? NULL : "bind";
}

/* Protocol 0 receives nothing until the bind, so no frame slips in before the filter. Answers the fd or -1. */
static int open_filtered(uint32_t index, uint16_t ether_type, const struct sock_fprog *program, const char **failed)
{
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    *failed = "socket(AF_PACKET)";
    return -1;
  }
  *failed = ignore_outgoing(fd);
  if (*failed == NULL)
    *failed = attach_filter(fd, program);
  if (*failed == NULL)
    *failed = bind_to_interface(fd, index, ether_type);
  if (*failed == NULL)
    return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

napi_value open_packet_socket(napi_env env, napi_callback_info info)
{
  static const char function[] = "openPacketSocket";
  napi_value options, filter;
  uint32_t index, ether_type;
  struct sock_fprog program;
  if (!read_arguments(env, info, function, 1, &options) ||
      !read_integer_property(env, options, function, "interfaceIndex", 1, INT32_MAX, &index) ||
      !read_integer_property(env, options, function, "etherType", ETH_P_802_3_MIN, UINT16_MAX, &ether_type) ||
      !read_property(env, options, function, "filter", &filter) || !read_filter(env, filter, function, &program))
    return NULL;
  const char *failed;
  int fd = open_filtered(index, (uint16_t)ether_type, &program, &failed);
  int error = errno;
  free(program.filter);
  if (fd < 0) {
    throw_system_error(env, error, failed);
    return NULL;
  }
  return start_batch_socket(env, options, function,
                            (batch_socket){.fd = fd, .interface_index = index, .is_for_us = arrived_on_our_interface});
}

/* The kernel swaps the program atomically: every frame is judged by the old one or the new one. */
napi_value set_filter(napi_env env, napi_callback_info info)
{
  napi_value arguments[2];
  struct sock_fprog program;
  if (!read_arguments(env, info, "setFilter", 2, arguments))
    return NULL;
  const batch_socket *socket = read_batch_socket(env, arguments[0], "setFilter");
  if (socket == NULL || !read_filter(env, arguments[1], "setFilter", &program))
    return NULL;
  const char *failed = attach_filter(socket->fd, &program);
  int error = errno;
  free(program.filter);
  if (failed != NULL)
    throw_system_error(env, error, failed);
  return NULL;
}
