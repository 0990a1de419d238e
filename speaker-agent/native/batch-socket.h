/*
 * A non-blocking datagram socket that Node's event loop watches: it reads whole batches into memory JavaScript gave it and
 * calls JavaScript once per batch. What a frame means is decided there, not here.
 */
#ifndef STEELYARD_BATCH_SOCKET_H
#define STEELYARD_BATCH_SOCKET_H

#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { MAX_SLOTS = 64, MAX_SLOT_BYTES = 1 << 20, ORIGIN_BYTES = 40, CONTROL_BYTES = 96 };

typedef union {
  struct sockaddr any;
  struct sockaddr_in ipv4;
  struct sockaddr_in6 ipv6;
  struct sockaddr_ll packet;
  struct sockaddr_nl netlink;
} sender_address;

typedef struct batch_socket batch_socket;

struct batch_socket {
  napi_env env;
  int fd;
  uint32_t interface_index; /* packet sockets only */
  /* Fills a batch in place of recvmmsg: answers how many of `lengths` it has set, or -1 and errno. */
  int (*receive)(batch_socket *socket, uint32_t *lengths);
  /* Bytes at the beginning of each slot that do not come from the wire, and who writes them. */
  uint32_t head_bytes;
  void (*write_head)(batch_socket *socket, uint32_t slot, uint8_t *head);
  /* Whether a datagram is meant for us at all; others are dropped before JavaScript sees them. NULL: every one is. */
  bool (*is_for_us)(const batch_socket *socket, const sender_address *sender);
  /* A cut frame is still readable, a cut netlink message is a lost one. */
  bool cut_is_loss;

  uint32_t slots;
  uint32_t slot_bytes;
  struct mmsghdr headers[MAX_SLOTS];
  struct iovec vectors[MAX_SLOTS];
  sender_address senders[MAX_SLOTS];
  union {
    struct cmsghdr aligned;
    uint8_t bytes[CONTROL_BYTES];
  } controls[MAX_SLOTS];

  struct uv_poll *poll;
  napi_async_context async;
  napi_async_cleanup_hook_handle cleanup;
  napi_ref self, slab, lengths, on_batch, on_error;
  bool closing;
  /* The poll handle and the JavaScript object; whoever lets go last frees the memory. */
  int owners;
};

/*
 * Reads slab, lengths, onBatch and onError from `options`, takes the open `fd` over, starts to receive and answers with
 * the JavaScript handle. On failure: NULL, an exception is pending and the fd is closed.
 */
napi_value start_batch_socket(napi_env env, napi_value options, const char *function, batch_socket settings);

/* The socket behind a handle that is still open, else NULL and a TypeError. */
batch_socket *read_batch_socket(napi_env env, napi_value value, const char *function);

/* send(socket, frames) and close(socket), as JavaScript calls them. */
napi_value send_frames(napi_env env, napi_callback_info info);
napi_value close_batch_socket(napi_env env, napi_callback_info info);

#endif
