/* Which threads go first. */
#include <errno.h>
#include <sched.h>

#include "arguments.h"
#include "sockets.h"

/* Of this thread alone: threads and processes that it starts are ordinary again. */
napi_value set_thread_priority(napi_env env, napi_callback_info info)
{
  napi_value argument;
  uint32_t priority;
  if (!read_arguments(env, info, "setThreadPriority", 1, &argument) ||
      !read_integer(env, argument, "setThreadPriority", "priority", 0, 99, &priority))
    return NULL;
  struct sched_param parameters = {.sched_priority = (int)priority};
  int policy = (priority == 0 ? SCHED_OTHER : SCHED_RR) | SCHED_RESET_ON_FORK;
  if (sched_setscheduler(0, policy, &parameters) != 0)
    throw_system_error(env, errno, "sched_setscheduler");
  return NULL;
}
