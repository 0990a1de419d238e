/* AF_NETLINK: messages to and from the kernel (netlink(7)). */
#include <errno.h>
#include <unistd.h>

#include "arguments.h"
#include "batch-socket.h"
#include "sockets.h"

enum { MAX_GROUPS = 64 };

/* Any process may write to a netlink socket; only port 0 is the kernel. */
static bool sent_by_kernel(const batch_socket *socket, const sender_address *sender)
{
  (void)socket;
  return sender->netlink.nl_pid == 0;
}

/* The forced size needs CAP_NET_ADMIN; without it the request is capped by net.core.rmem_max, which is not a failure. */
static const char *size_receive_buffer(int fd, uint32_t bytes)
{
  int size = (int)bytes;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) == 0 ||
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) == 0)
    return NULL;
  return "setsockopt(SO_RCVBUF)";
}

static const char *join_groups(int fd, const uint32_t *groups, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    int group = (int)groups[i];
    if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0)
      return "setsockopt(NETLINK_ADD_MEMBERSHIP)";
  }
  return NULL;
}

/* Dumps may name what they want left out. A kernel before 4.20 cannot, and sends everything, which is not a failure. */
static void ask_for_strict_checking(int fd)
{
  int on = 1;
  (void)setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
}

/* The buffer is sized and the address bound before the groups are joined: no event meets a small queue. */
static int open_joined(uint32_t protocol, uint32_t buffer, const uint32_t *groups, size_t count, const char **failed)
{
  struct sockaddr_nl address = {.nl_family = AF_NETLINK};
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, (int)protocol);
  if (fd < 0) {
    *failed = "socket(AF_NETLINK)";
    return -1;
  }
  ask_for_strict_checking(fd);
  *failed = size_receive_buffer(fd, buffer);
  if (*failed == NULL && bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
    *failed = "bind";
  if (*failed == NULL)
    *failed = join_groups(fd, groups, count);
  if (*failed == NULL)
    return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

napi_value open_netlink_socket(napi_env env, napi_callback_info info)
{
  static const char function[] = "openNetlinkSocket";
  napi_value options, groups_value;
  uint32_t protocol, buffer, *groups;
  size_t count;
  if (!read_arguments(env, info, function, 1, &options) ||
      !read_integer_property(env, options, function, "protocol", 0, MAX_LINKS - 1, &protocol) ||
      !read_integer_property(env, options, function, "receiveBufferBytes", 1024, 1 << 26, &buffer) ||
      !read_property(env, options, function, "groups", &groups_value) ||
      !read_words(env, groups_value, function, "groups", &groups, &count))
    return NULL;
  if (count > MAX_GROUPS) {
    throw_argument_error(env, function, "groups", "at most 64 group numbers");
    return NULL;
  }
  const char *failed;
  int fd = open_joined(protocol, buffer, groups, count, &failed);
  if (fd < 0) {
    throw_system_error(env, errno, failed);
    return NULL;
  }
  return start_batch_socket(env, options, function,
                            (batch_socket){.fd = fd, .is_for_us = sent_by_kernel, .cut_is_loss = true});
}
