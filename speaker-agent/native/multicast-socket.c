/* An unbound UDP socket whose only use is to hold memberships in IPv6 multicast groups (ipv6(7), RFC 3493 section 5.2). */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arguments.h"
#include "sockets.h"

static const napi_type_tag handle_tag = {0x3b90c7e214fd4a61, 0x8e57d20fa6b1493c};

typedef struct {
  int fd; /* -1 once closed */
} multicast_socket;

static void close_fd(multicast_socket *multicast)
{
  if (multicast->fd >= 0)
    close(multicast->fd);
  multicast->fd = -1;
}

static void on_handle_collected(napi_env env, void *data, void *hint)
{
  (void)env;
  (void)hint;
  close_fd(data);
  free(data);
}

napi_value open_multicast_socket(napi_env env, napi_callback_info info)
{
  napi_value handle;
  if (!read_arguments(env, info, "openMulticastSocket", 0, NULL))
    return NULL;
  multicast_socket *multicast = malloc(sizeof *multicast);
  if (multicast == NULL) {
    throw_system_error(env, ENOMEM, "malloc");
    return NULL;
  }
  multicast->fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (multicast->fd < 0) {
    int error = errno;
    free(multicast);
    throw_system_error(env, error, "socket(AF_INET6)");
    return NULL;
  }
  if (napi_create_object(env, &handle) == napi_ok && napi_type_tag_object(env, handle, &handle_tag) == napi_ok &&
      napi_wrap(env, handle, multicast, on_handle_collected, NULL, NULL) == napi_ok)
    return handle;
  close_fd(multicast);
  free(multicast);
  throw_system_error(env, ENOMEM, "napi_wrap");
  return NULL;
}

static multicast_socket *read_socket(napi_env env, napi_value value, const char *function)
{
  bool ours = false;
  void *multicast = NULL;
  napi_valuetype type;
  if (napi_typeof(env, value, &type) == napi_ok && type == napi_object &&
      napi_check_object_type_tag(env, value, &handle_tag, &ours) == napi_ok && ours &&
      napi_unwrap(env, value, &multicast) == napi_ok)
    return multicast;
  throw_argument_error(env, function, "socket", "a multicast socket this addon opened");
  return NULL;
}

static napi_value change_membership(napi_env env, napi_callback_info info, const char *function, int option,
                                    const char *syscall)
{
  napi_value arguments[3];
  uint32_t index;
  uint8_t *group;
  size_t length;
  if (!read_arguments(env, info, function, 3, arguments))
    return NULL;
  const multicast_socket *multicast = read_socket(env, arguments[0], function);
  if (multicast == NULL || !read_integer(env, arguments[1], function, "interfaceIndex", 1, INT32_MAX, &index) ||
      !read_bytes(env, arguments[2], function, "group", &group, &length))
    return NULL;
  if (length != sizeof(struct in6_addr)) {
    throw_argument_error(env, function, "group", "16 bytes long");
    return NULL;
  }
  struct ipv6_mreq request = {.ipv6mr_interface = index};
  memcpy(&request.ipv6mr_multiaddr, group, length);
  if (setsockopt(multicast->fd, IPPROTO_IPV6, option, &request, sizeof request) != 0)
    throw_system_error(env, errno, syscall);
  return NULL;
}

napi_value join_group(napi_env env, napi_callback_info info)
{
  return change_membership(env, info, "joinGroup", IPV6_JOIN_GROUP, "setsockopt(IPV6_JOIN_GROUP)");
}

napi_value leave_group(napi_env env, napi_callback_info info)
{
  return change_membership(env, info, "leaveGroup", IPV6_LEAVE_GROUP, "setsockopt(IPV6_LEAVE_GROUP)");
}

napi_value close_multicast_socket(napi_env env, napi_callback_info info)
{
  napi_value argument;
  if (!read_arguments(env, info, "closeMulticastSocket", 1, &argument))
    return NULL;
  multicast_socket *multicast = read_socket(env, argument, "closeMulticastSocket");
  if (multicast != NULL)
    close_fd(multicast);
  return NULL;
}
