/*
 * The part of libuv this addon uses. libuv ships inside Node, but its headers are not in `node-api-headers`; its ABI has
 * been the same since 1.0, so the few functions are declared here and the handle's size is asked for at run time.
 */
#ifndef STEELYARD_UV_H
#define STEELYARD_UV_H

#include <stddef.h>

struct uv_loop_s;
typedef struct uv_poll uv_poll; /* opaque: only libuv knows the layout */

enum { UV_HANDLE_POLL = 8, UV_EVENT_READABLE = 1 };

extern size_t uv_handle_size(int type);
extern void uv_handle_set_data(uv_poll *handle, void *data);
extern void *uv_handle_get_data(const uv_poll *handle);
extern int uv_poll_init(struct uv_loop_s *loop, uv_poll *handle, int fd);
extern int uv_poll_start(uv_poll *handle, int events, void (*callback)(uv_poll *handle, int status, int events));
extern void uv_close(uv_poll *handle, void (*callback)(uv_poll *handle));
extern const char *uv_err_name(int error);
extern const char *uv_strerror(int error);

#endif
