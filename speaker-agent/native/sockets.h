/* The functions behind the names in addon.d.ts. */
#ifndef STEELYARD_SOCKETS_H
#define STEELYARD_SOCKETS_H

#include <node_api.h>

napi_value open_packet_socket(napi_env env, napi_callback_info info);
napi_value set_filter(napi_env env, napi_callback_info info);
napi_value open_netlink_socket(napi_env env, napi_callback_info info);
napi_value open_multicast_socket(napi_env env, napi_callback_info info);
napi_value join_group(napi_env env, napi_callback_info info);
napi_value leave_group(napi_env env, napi_callback_info info);
napi_value close_multicast_socket(napi_env env, napi_callback_info info);
napi_value open_datagram_socket(napi_env env, napi_callback_info info);
napi_value open_listening_socket(napi_env env, napi_callback_info info);
napi_value open_socket(napi_env env, napi_callback_info info);
napi_value set_socket_option(napi_env env, napi_callback_info info);
napi_value bind_socket(napi_env env, napi_callback_info info);
napi_value socket_name(napi_env env, napi_callback_info info);
napi_value send_to(napi_env env, napi_callback_info info);
napi_value duplicate_descriptor(napi_env env, napi_callback_info info);
napi_value close_descriptor(napi_env env, napi_callback_info info);
napi_value interface_index(napi_env env, napi_callback_info info);
napi_value set_thread_priority(napi_env env, napi_callback_info info);
napi_value with_network_namespace(napi_env env, napi_callback_info info);

#endif
