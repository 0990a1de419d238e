/*
 * Plain system calls on a descriptor, for sockets that Node drives itself once they are made (TCP) or that only send (UDP).
 * Addresses and options are bytes as the kernel reads them; they are composed in TypeScript.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arguments.h"
#include "sockets.h"

static bool read_descriptor(napi_env env, napi_value value, const char *function, int *descriptor)
{
  uint32_t number;
  if (!read_integer(env, value, function, "descriptor", 0, INT32_MAX, &number))
    return false;
  *descriptor = (int)number;
  return true;
}

/* A descriptor, or the exception of the call that did not give one. */
static napi_value descriptor_or_error(napi_env env, int descriptor, const char *syscall)
{
  napi_value result = NULL;
  if (descriptor < 0)
    throw_system_error(env, errno, syscall);
  else
    napi_create_int32(env, descriptor, &result);
  return result;
}

napi_value open_socket(napi_env env, napi_callback_info info)
{
  napi_value arguments[2];
  uint32_t family, type;
  if (!read_arguments(env, info, "openSocket", 2, arguments) ||
      !read_integer(env, arguments[0], "openSocket", "family", 0, UINT16_MAX, &family) ||
      !read_integer(env, arguments[1], "openSocket", "type", 0, UINT8_MAX, &type))
    return NULL;
  return descriptor_or_error(env, socket((int)family, (int)type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
}

napi_value set_socket_option(napi_env env, napi_callback_info info)
{
  static const char function[] = "setSocketOption";
  napi_value arguments[4];
  int descriptor;
  uint32_t level, option;
  uint8_t *value;
  size_t length;
  if (!read_arguments(env, info, function, 4, arguments) ||
      !read_descriptor(env, arguments[0], function, &descriptor) ||
      !read_integer(env, arguments[1], function, "level", 0, INT32_MAX, &level) ||
      !read_integer(env, arguments[2], function, "option", 0, INT32_MAX, &option) ||
      !read_bytes(env, arguments[3], function, "value", &value, &length))
    return NULL;
  if (setsockopt(descriptor, (int)level, (int)option, value, (socklen_t)length) != 0)
    throw_system_error(env, errno, "setsockopt");
  return NULL;
}

/* The memory of a typed array is not aligned for a sockaddr, so it is copied into one. */
static bool read_address(napi_env env, napi_value value, const char *function, struct sockaddr_storage *address,
                         socklen_t *length)
{
  uint8_t *bytes;
  size_t count;
  if (!read_bytes(env, value, function, "address", &bytes, &count))
    return false;
  if (count > sizeof *address) {
    throw_argument_error(env, function, "address", "at most 128 bytes long");
    return false;
  }
  memset(address, 0, sizeof *address);
  memcpy(address, bytes, count);
  *length = (socklen_t)count;
  return true;
}

napi_value bind_socket(napi_env env, napi_callback_info info)
{
  napi_value arguments[2];
  int descriptor;
  struct sockaddr_storage address;
  socklen_t length;
  if (read_arguments(env, info, "bindSocket", 2, arguments) &&
      read_descriptor(env, arguments[0], "bindSocket", &descriptor) &&
      read_address(env, arguments[1], "bindSocket", &address, &length) &&
      bind(descriptor, (struct sockaddr *)&address, length) != 0)
    throw_system_error(env, errno, "bind");
  return NULL;
}

napi_value socket_name(napi_env env, napi_callback_info info)
{
  napi_value argument, result = NULL;
  int descriptor;
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  void *bytes;
  if (!read_arguments(env, info, "socketName", 1, &argument) ||
      !read_descriptor(env, argument, "socketName", &descriptor))
    return NULL;
  if (getsockname(descriptor, (struct sockaddr *)&address, &length) != 0) {
    throw_system_error(env, errno, "getsockname");
    return NULL;
  }
  if (napi_create_arraybuffer(env, length, &bytes, &argument) != napi_ok)
    return NULL;
  memcpy(bytes, &address, length);
  napi_create_typedarray(env, napi_uint8_array, length, argument, 0, &result);
  return result;
}

napi_value send_to(napi_env env, napi_callback_info info)
{
  napi_value arguments[3];
  int descriptor;
  struct sockaddr_storage address;
  socklen_t address_length;
  uint8_t *bytes;
  size_t length;
  if (!read_arguments(env, info, "sendTo", 3, arguments) ||
      !read_descriptor(env, arguments[0], "sendTo", &descriptor) ||
      !read_address(env, arguments[1], "sendTo", &address, &address_length) ||
      !read_bytes(env, arguments[2], "sendTo", "bytes", &bytes, &length))
    return NULL;
  ssize_t sent;
  do
    sent = sendto(descriptor, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, address_length);
  while (sent < 0 && errno == EINTR);
  if (sent < 0)
    throw_system_error(env, errno, "sendto");
  return NULL;
}

napi_value duplicate_descriptor(napi_env env, napi_callback_info info)
{
  napi_value argument;
  int descriptor;
  if (!read_arguments(env, info, "duplicateDescriptor", 1, &argument) ||
      !read_descriptor(env, argument, "duplicateDescriptor", &descriptor))
    return NULL;
  return descriptor_or_error(env, fcntl(descriptor, F_DUPFD_CLOEXEC, 0), "fcntl(F_DUPFD_CLOEXEC)");
}

napi_value close_descriptor(napi_env env, napi_callback_info info)
{
  napi_value argument;
  int descriptor;
  if (read_arguments(env, info, "closeDescriptor", 1, &argument) &&
      read_descriptor(env, argument, "closeDescriptor", &descriptor) && close(descriptor) != 0 && errno != EINTR)
    throw_system_error(env, errno, "close");
  return NULL;
}
