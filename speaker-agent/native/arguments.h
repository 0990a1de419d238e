/*
 * Reading what JavaScript passed. Every reader answers false after it has thrown a TypeError that names the function and
 * the argument, so a caller only has to return NULL.
 */
#ifndef STEELYARD_ARGUMENTS_H
#define STEELYARD_ARGUMENTS_H

#include <linux/filter.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

/* Exactly `count` arguments, else a TypeError. */
bool read_arguments(napi_env env, napi_callback_info info, const char *function, size_t count, napi_value *out);

bool read_property(napi_env env, napi_value object, const char *function, const char *name, napi_value *out);
bool read_integer(napi_env env, napi_value value, const char *function, const char *name, uint32_t min, uint32_t max,
                  uint32_t *out);
bool read_integer_property(napi_env env, napi_value object, const char *function, const char *name, uint32_t min,
                           uint32_t max, uint32_t *out);
bool read_function_property(napi_env env, napi_value object, const char *function, const char *name, napi_value *out);
bool read_text(napi_env env, napi_value value, const char *function, const char *name, char *out, size_t size);

/* The memory of a typed array; it stays valid until control goes back to JavaScript. */
bool read_bytes(napi_env env, napi_value value, const char *function, const char *name, uint8_t **data, size_t *length);
bool read_words(napi_env env, napi_value value, const char *function, const char *name, uint32_t **data, size_t *length);

/* A classic-BPF program as four words per instruction (code, jt, jf, k). The caller frees `program->filter`. */
bool read_filter(napi_env env, napi_value value, const char *function, struct sock_fprog *program);

void throw_argument_error(napi_env env, const char *function, const char *name, const char *rule);

/* An Error with `code` ("ENODEV"), `errno` (positive) and `syscall`. `error` is a positive errno. */
napi_value system_error(napi_env env, int error, const char *syscall);
void throw_system_error(napi_env env, int error, const char *syscall);

#endif
