#include "batch-socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "uv.h"

/* A flood must not keep the loop from its timers: after this many batches the rest waits for the next turn. */
enum { MAX_BATCHES_PER_WAKE_UP = 4, SEND_BATCH = 64 };

static const napi_type_tag handle_tag = {0x7d1f6a0c52e94b38, 0xa6c3f0e8915d472b};

/* ---- life and death ---------------------------------------------------------------------------------------------- */

static void let_go(batch_socket *socket)
{
  if (--socket->owners == 0)
    free(socket);
}

static void drop_reference(napi_env env, napi_ref *reference)
{
  if (*reference != NULL)
    napi_delete_reference(env, *reference);
  *reference = NULL;
}

static void drop_references(batch_socket *socket)
{
  drop_reference(socket->env, &socket->slab);
  drop_reference(socket->env, &socket->lengths);
  drop_reference(socket->env, &socket->on_batch);
  drop_reference(socket->env, &socket->on_error);
  drop_reference(socket->env, &socket->self);
  if (socket->async != NULL)
    napi_async_destroy(socket->env, socket->async);
  socket->async = NULL;
}

/* Everything JavaScript may still be using in the call that closed the socket is released here, one loop turn later. */
static void on_poll_closed(struct uv_poll *poll)
{
  batch_socket *socket = uv_handle_get_data(poll);
  napi_handle_scope scope;
  bool scoped = napi_open_handle_scope(socket->env, &scope) == napi_ok;
  free(poll);
  drop_references(socket);
  if (scoped)
    napi_close_handle_scope(socket->env, scope);
  if (socket->cleanup != NULL)
    napi_remove_async_cleanup_hook(socket->cleanup);
  let_go(socket);
}

static void begin_close(batch_socket *socket)
{
  if (socket->closing)
    return;
  socket->closing = true;
  /* uv_close takes the fd out of epoll at once, so it may be closed, and its number used again, right away. */
  uv_close(socket->poll, on_poll_closed);
  close(socket->fd);
}

/*
 * A worker ends with sockets open. The asynchronous hook is needed: after a synchronous one the loop is torn down while
 * the poll handle is still in it, which crashed the process (reference data-plane.md, "addon pitfalls").
 */
static void on_environment_end(napi_async_cleanup_hook_handle handle, void *data)
{
  (void)handle;
  begin_close(data);
}

static void on_handle_collected(napi_env env, void *data, void *hint)
{
  (void)env;
  (void)hint;
  let_go(data);
}

/* ---- calling JavaScript ------------------------------------------------------------------------------------------ */

/* An exception from a listener must reach `uncaughtException`; left pending it would poison the next Node-API call. */
static void pass_exception_on(napi_env env)
{
  bool pending = false;
  napi_value exception;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending &&
      napi_get_and_clear_last_exception(env, &exception) == napi_ok)
    napi_fatal_exception(env, exception);
}

static void call_listener(batch_socket *socket, napi_ref listener, napi_value argument)
{
  napi_value function, receiver;
  /* napi_make_callback wants an object as receiver: the global, not undefined. */
  if (napi_get_reference_value(socket->env, listener, &function) == napi_ok && function != NULL &&
      napi_get_global(socket->env, &receiver) == napi_ok)
    napi_make_callback(socket->env, socket->async, receiver, function, 1, &argument, NULL);
  pass_exception_on(socket->env);
}

static void report_error(batch_socket *socket, int error, const char *syscall)
{
  napi_value value = system_error(socket->env, error, syscall);
  if (value != NULL)
    call_listener(socket, socket->on_error, value);
}

static void report_batch(batch_socket *socket, uint32_t count)
{
  napi_value value;
  if (napi_create_uint32(socket->env, count, &value) == napi_ok)
    call_listener(socket, socket->on_batch, value);
}

/* ---- receiving --------------------------------------------------------------------------------------------------- */

static void *memory_of(batch_socket *socket, napi_ref reference, size_t wanted)
{
  napi_value array;
  size_t length = 0;
  void *data = NULL;
  if (napi_get_reference_value(socket->env, reference, &array) != napi_ok || array == NULL ||
      napi_get_typedarray_info(socket->env, array, NULL, &length, &data, NULL, NULL) != napi_ok)
    return NULL;
  return length >= wanted ? data : NULL;
}

static void aim_at_slab(batch_socket *socket, uint8_t *slab)
{
  for (uint32_t i = 0; i < socket->slots; i++) {
    uint8_t *slot = slab + (size_t)i * socket->slot_bytes;
    socket->vectors[i] = (struct iovec){slot + socket->head_bytes, socket->slot_bytes - socket->head_bytes};
    socket->headers[i].msg_hdr = (struct msghdr){
        .msg_name = &socket->senders[i],
        .msg_namelen = sizeof socket->senders[i],
        .msg_iov = &socket->vectors[i],
        .msg_iovlen = 1,
        .msg_control = &socket->controls[i],
        .msg_controllen = socket->write_head != NULL ? sizeof socket->controls[i] : 0,
    };
  }
}

/* The length of a datagram with the head that goes before it. */
static uint32_t finish_slot(batch_socket *socket, uint32_t slot)
{
  if (socket->write_head != NULL)
    socket->write_head(socket, slot, (uint8_t *)socket->vectors[slot].iov_base - socket->head_bytes);
  return socket->headers[slot].msg_len + socket->head_bytes;
}

static bool is_for_us(const batch_socket *socket, uint32_t slot)
{
  return socket->is_for_us == NULL || socket->is_for_us(socket, &socket->senders[slot]);
}

/* Fills `lengths`; 0 marks what is not for us. Answers whether anything is left, and sets `*lost` for a cut message. */
static bool sort_out(batch_socket *socket, uint32_t received, uint32_t *lengths, bool *lost)
{
  bool any = false;
  *lost = false;
  for (uint32_t i = 0; i < received; i++) {
    bool cut = socket->cut_is_loss && (socket->headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
    lengths[i] = is_for_us(socket, i) && !cut ? finish_slot(socket, i) : 0;
    any = any || lengths[i] > 0;
    *lost = *lost || cut;
  }
  return any;
}

static const char *receiving_call(const batch_socket *socket)
{
  return socket->receive != NULL ? "accept4" : "recvmmsg";
}

/* One recvmmsg, or what stands for it. Answers whether another one may find more. */
static bool receive_batch(batch_socket *socket)
{
  uint8_t *slab = memory_of(socket, socket->slab, (size_t)socket->slots * socket->slot_bytes);
  uint32_t *lengths = memory_of(socket, socket->lengths, socket->slots);
  if (slab == NULL || lengths == NULL) { /* JavaScript transferred its buffer away */
    report_error(socket, EFAULT, receiving_call(socket));
    begin_close(socket);
    return false;
  }
  aim_at_slab(socket, slab);
  int received = socket->receive != NULL
                     ? socket->receive(socket, lengths)
                     : recvmmsg(socket->fd, socket->headers, socket->slots, MSG_DONTWAIT, NULL);
  if (received < 0) {
    int error = errno;
    if (error != EAGAIN && error != EINTR)
      report_error(socket, error, receiving_call(socket));
    return error != EAGAIN;
  }
  bool lost = false;
  if (socket->receive != NULL || sort_out(socket, (uint32_t)received, lengths, &lost))
    report_batch(socket, (uint32_t)received);
  if (lost && !socket->closing)
    report_error(socket, EMSGSIZE, "recvmmsg");
  return (uint32_t)received == socket->slots;
}

static int pending_error(int fd)
{
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

static void on_readable(struct uv_poll *poll, int status, int events)
{
  (void)events;
  batch_socket *socket = uv_handle_get_data(poll);
  napi_handle_scope scope;
  if (napi_open_handle_scope(socket->env, &scope) != napi_ok)
    return;
  if (status < 0) {
    int error = pending_error(socket->fd);
    if (error != 0)
      report_error(socket, error, "poll");
  }
  for (int batch = 0; batch < MAX_BATCHES_PER_WAKE_UP && !socket->closing; batch++)
    if (!receive_batch(socket))
      break;
  /* libuv stops a handle whose socket had an error (link down, queue overflow); the socket itself goes on. */
  if (status < 0 && !socket->closing)
    uv_poll_start(poll, UV_EVENT_READABLE, on_readable);
  napi_close_handle_scope(socket->env, scope);
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static bool read_memory(napi_env env, napi_value options, const char *function, batch_socket *socket)
{
  napi_value slab, lengths;
  uint8_t *bytes;
  uint32_t *words;
  size_t byte_length, slots;
  if (!read_property(env, options, function, "slab", &slab) ||
      !read_bytes(env, slab, function, "slab", &bytes, &byte_length) ||
      !read_property(env, options, function, "lengths", &lengths) ||
      !read_words(env, lengths, function, "lengths", &words, &slots))
    return false;
  if (slots < 1 || slots > MAX_SLOTS) {
    throw_argument_error(env, function, "lengths", "a Uint32Array with 1 to 64 elements, one per slot of the slab");
    return false;
  }
  if (byte_length % slots != 0 || byte_length / slots < 64 || byte_length / slots > MAX_SLOT_BYTES) {
    throw_argument_error(env, function, "slab", "as many slots of equal size, 64 bytes to 1 MiB, as lengths has elements");
    return false;
  }
  socket->slots = (uint32_t)slots;
  socket->slot_bytes = (uint32_t)(byte_length / slots);
  return napi_create_reference(env, slab, 1, &socket->slab) == napi_ok &&
         napi_create_reference(env, lengths, 1, &socket->lengths) == napi_ok;
}

static bool read_listeners(napi_env env, napi_value options, const char *function, batch_socket *socket)
{
  napi_value on_batch, on_error, name;
  return read_function_property(env, options, function, "onBatch", &on_batch) &&
         read_function_property(env, options, function, "onError", &on_error) &&
         napi_create_reference(env, on_batch, 1, &socket->on_batch) == napi_ok &&
         napi_create_reference(env, on_error, 1, &socket->on_error) == napi_ok &&
         napi_create_string_utf8(env, "steelyard:batch-socket", NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_async_init(env, NULL, name, &socket->async) == napi_ok;
}

static int start_poll(batch_socket *socket)
{
  struct uv_loop_s *loop;
  if (napi_get_uv_event_loop(socket->env, &loop) != napi_ok)
    return EINVAL;
  socket->poll = calloc(1, uv_handle_size(UV_HANDLE_POLL));
  if (socket->poll == NULL)
    return ENOMEM;
  int result = uv_poll_init(loop, socket->poll, socket->fd);
  if (result < 0) { /* a handle that was not initialised must not be closed */
    free(socket->poll);
    socket->poll = NULL;
    return -result;
  }
  uv_handle_set_data(socket->poll, socket);
  return -uv_poll_start(socket->poll, UV_EVENT_READABLE, on_readable);
}

static napi_value create_handle(batch_socket *socket)
{
  napi_value handle;
  if (napi_create_object(socket->env, &handle) != napi_ok ||
      napi_type_tag_object(socket->env, handle, &handle_tag) != napi_ok ||
      napi_wrap(socket->env, handle, socket, on_handle_collected, NULL, NULL) != napi_ok)
    return NULL;
  socket->owners++;
  /* An open socket keeps its handle alive, as Node's own sockets do; closing gives it to the collector. */
  return napi_create_reference(socket->env, handle, 1, &socket->self) == napi_ok ? handle : NULL;
}

static napi_value give_up(batch_socket *socket, int error)
{
  napi_env env = socket->env;
  if (socket->poll != NULL) {
    begin_close(socket);
  } else {
    close(socket->fd);
    drop_references(socket);
    let_go(socket);
  }
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending)
    throw_system_error(env, error, "uv_poll");
  return NULL;
}

napi_value start_batch_socket(napi_env env, napi_value options, const char *function, batch_socket settings)
{
  batch_socket *socket = calloc(1, sizeof *socket);
  if (socket == NULL) {
    close(settings.fd);
    throw_system_error(env, ENOMEM, "calloc");
    return NULL;
  }
  *socket = settings;
  socket->env = env;
  socket->owners = 1;
  if (!read_memory(env, options, function, socket) || !read_listeners(env, options, function, socket))
    return give_up(socket, EINVAL);
  int error = start_poll(socket);
  if (error != 0)
    return give_up(socket, error);
  if (napi_add_async_cleanup_hook(env, on_environment_end, socket, &socket->cleanup) != napi_ok)
    return give_up(socket, ENOMEM);
  napi_value handle = create_handle(socket);
  return handle != NULL ? handle : give_up(socket, ENOMEM);
}

/* ---- what JavaScript does with it -------------------------------------------------------------------------------- */

static batch_socket *unwrap(napi_env env, napi_value value, const char *function)
{
  bool ours = false;
  void *socket = NULL;
  napi_valuetype type;
  if (napi_typeof(env, value, &type) == napi_ok && type == napi_object &&
      napi_check_object_type_tag(env, value, &handle_tag, &ours) == napi_ok && ours &&
      napi_unwrap(env, value, &socket) == napi_ok)
    return socket;
  throw_argument_error(env, function, "socket", "a socket this addon opened");
  return NULL;
}

batch_socket *read_batch_socket(napi_env env, napi_value value, const char *function)
{
  batch_socket *socket = unwrap(env, value, function);
  if (socket == NULL || !socket->closing)
    return socket;
  throw_argument_error(env, function, "socket", "open");
  return NULL;
}

/* Sends what fits into one sendmmsg, straight from JavaScript's memory. Answers how many went out, or -1. */
static int send_batch(napi_env env, const batch_socket *socket, napi_value frames, uint32_t first, uint32_t count)
{
  struct mmsghdr headers[SEND_BATCH];
  struct iovec vectors[SEND_BATCH];
  memset(headers, 0, sizeof headers);
  for (uint32_t i = 0; i < count; i++) {
    napi_value frame;
    uint8_t *data;
    size_t length;
    if (napi_get_element(env, frames, first + i, &frame) != napi_ok ||
        !read_bytes(env, frame, "send", "frames", &data, &length))
      return -1;
    vectors[i] = (struct iovec){data, length};
    headers[i].msg_hdr.msg_iov = &vectors[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  int sent;
  do
    sent = sendmmsg(socket->fd, headers, count, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent < 0)
    throw_system_error(env, errno, "sendmmsg");
  return sent;
}

napi_value send_frames(napi_env env, napi_callback_info info)
{
  napi_value arguments[2];
  uint32_t total;
  if (!read_arguments(env, info, "send", 2, arguments))
    return NULL;
  const batch_socket *socket = read_batch_socket(env, arguments[0], "send");
  if (socket == NULL)
    return NULL;
  bool is_array = false;
  if (napi_is_array(env, arguments[1], &is_array) != napi_ok || !is_array ||
      napi_get_array_length(env, arguments[1], &total) != napi_ok) {
    throw_argument_error(env, "send", "frames", "an array of Uint8Array");
    return NULL;
  }
  for (uint32_t first = 0; first < total;) {
    uint32_t count = total - first < SEND_BATCH ? total - first : SEND_BATCH;
    int sent = send_batch(env, socket, arguments[1], first, count);
    if (sent < 0)
      return NULL;
    first += (uint32_t)sent;
  }
  return NULL;
}

napi_value close_batch_socket(napi_env env, napi_callback_info info)
{
  napi_value argument;
  if (!read_arguments(env, info, "close", 1, &argument))
    return NULL;
  batch_socket *socket = unwrap(env, argument, "close");
  if (socket != NULL)
    begin_close(socket);
  return NULL;
}
