/* Where sockets are born: the interface numbers of a namespace, and a way for tests to open sockets in another one. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <unistd.h>

#include "arguments.h"
#include "sockets.h"

napi_value interface_index(napi_env env, napi_callback_info info)
{
  napi_value argument, result = NULL;
  char name[IF_NAMESIZE];
  if (!read_arguments(env, info, "interfaceIndex", 1, &argument) ||
      !read_text(env, argument, "interfaceIndex", "name", name, sizeof name))
    return NULL;
  unsigned index = if_nametoindex(name);
  if (index == 0)
    throw_system_error(env, errno, "if_nametoindex");
  else
    napi_create_uint32(env, index, &result);
  return result;
}

static int open_namespace(const char *path)
{
  return open(path, O_RDONLY | O_CLOEXEC);
}

/* Staying in the wrong namespace would put later sockets of this thread onto the wrong network: rather end the process. */
static void return_to(int home)
{
  if (setns(home, CLONE_NEWNET) != 0)
    napi_fatal_error("withNetworkNamespace", NAPI_AUTO_LENGTH, "cannot return to the own network namespace",
                     NAPI_AUTO_LENGTH);
}

/* A socket belongs for life to the namespace its thread is in at socket(2), so `run` must do its work synchronously. */
napi_value with_network_namespace(napi_env env, napi_callback_info info)
{
  static const char function[] = "withNetworkNamespace";
  napi_value arguments[2], receiver, result = NULL;
  char path[PATH_MAX];
  napi_valuetype type;
  if (!read_arguments(env, info, function, 2, arguments) ||
      !read_text(env, arguments[0], function, "path", path, sizeof path))
    return NULL;
  if (napi_typeof(env, arguments[1], &type) != napi_ok || type != napi_function) {
    throw_argument_error(env, function, "run", "a function");
    return NULL;
  }
  int home = open_namespace("/proc/thread-self/ns/net");
  int there = open_namespace(path);
  if (home < 0 || there < 0) {
    throw_system_error(env, errno, "open");
  } else if (setns(home, CLONE_NEWNET) != 0 || setns(there, CLONE_NEWNET) != 0) {
    /* The first setns changes nothing: it asks whether the way back will be open. */
    throw_system_error(env, errno, "setns");
  } else {
    if (napi_get_global(env, &receiver) == napi_ok)
      napi_call_function(env, receiver, arguments[1], 0, NULL, &result);
    return_to(home);
  }
  if (home >= 0)
    close(home);
  if (there >= 0)
    close(there);
  return result;
}
