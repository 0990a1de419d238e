/*
 * Steelyard's native addon: one function per thing only the kernel can do, and no policy. The contract of each function,
 * with its errors, is in addon.d.ts.
 */
#include <stddef.h>

#include "batch-socket.h"
#include "sockets.h"

#define FUNCTION(name, implementation) {name, NULL, implementation, NULL, NULL, NULL, napi_enumerable, NULL}

NAPI_MODULE_INIT(/* napi_env env, napi_value exports */)
{
  static const napi_property_descriptor functions[] = {
      FUNCTION("openPacketSocket", open_packet_socket),
      FUNCTION("openNetlinkSocket", open_netlink_socket),
      FUNCTION("setFilter", set_filter),
      FUNCTION("send", send_frames),
      FUNCTION("close", close_batch_socket),
      FUNCTION("openMulticastSocket", open_multicast_socket),
      FUNCTION("joinGroup", join_group),
      FUNCTION("leaveGroup", leave_group),
      FUNCTION("closeMulticastSocket", close_multicast_socket),
      FUNCTION("openDatagramSocket", open_datagram_socket),
      FUNCTION("openListeningSocket", open_listening_socket),
      FUNCTION("openSocket", open_socket),
      FUNCTION("setSocketOption", set_socket_option),
      FUNCTION("bindSocket", bind_socket),
      FUNCTION("socketName", socket_name),
      FUNCTION("sendTo", send_to),
      FUNCTION("duplicateDescriptor", duplicate_descriptor),
      FUNCTION("closeDescriptor", close_descriptor),
      FUNCTION("interfaceIndex", interface_index),
      FUNCTION("setThreadPriority", set_thread_priority),
      FUNCTION("withNetworkNamespace", with_network_namespace),
  };
  if (napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions) != napi_ok)
    return NULL;
  return exports;
}
