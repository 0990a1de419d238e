/* A bound stream socket that accepts connections, a batch of descriptors at a time. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arguments.h"
#include "batch-socket.h"
#include "sockets.h"

/* What ended a connection before it could be accepted (accept(2)) is no fault of the listener. */
static bool is_transient(int error)
{
  return error == ECONNABORTED || error == EINTR || error == EPROTO;
}

/* Slots hold the addresses of who connected, `lengths` the descriptors. */
static int accept_batch(batch_socket *socket, uint32_t *descriptors)
{
  uint32_t count = 0;
  while (count < socket->slots) {
    struct msghdr *header = &socket->headers[count].msg_hdr;
    socklen_t length = (socklen_t)socket->slot_bytes;
    int descriptor = accept4(socket->fd, header->msg_iov->iov_base, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor >= 0)
      descriptors[count++] = (uint32_t)descriptor;
    else if (!is_transient(errno))
      break;
  }
  return count > 0 ? (int)count : -1;
}

napi_value open_listening_socket(napi_env env, napi_callback_info info)
{
  static const char function[] = "openListeningSocket";
  napi_value options;
  uint32_t descriptor, backlog;
  if (!read_arguments(env, info, function, 1, &options) ||
      !read_integer_property(env, options, function, "descriptor", 0, INT32_MAX, &descriptor) ||
      !read_integer_property(env, options, function, "backlog", 0, INT32_MAX, &backlog))
    return NULL;
  if (listen((int)descriptor, (int)backlog) != 0) {
    int error = errno;
    close((int)descriptor);
    throw_system_error(env, error, "listen");
    return NULL;
  }
  return start_batch_socket(env, options, function, (batch_socket){.fd = (int)descriptor, .receive = accept_batch});
}
