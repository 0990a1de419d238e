#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "uv.h"

void throw_argument_error(napi_env env, const char *function, const char *name, const char *rule)
{
  char message[256];
  snprintf(message, sizeof message, "%s: %s must be %s", function, name, rule);
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
}

bool read_arguments(napi_env env, napi_callback_info info, const char *function, size_t count, napi_value *out)
{
  size_t given = count;
  if (napi_get_cb_info(env, info, &given, out, NULL, NULL) != napi_ok)
    return false;
  if (given == count)
    return true;
  char message[128];
  snprintf(message, sizeof message, "%s: expected %zu arguments, got %zu", function, count, given);
  napi_throw_type_error(env, "ERR_MISSING_ARGS", message);
  return false;
}

bool read_property(napi_env env, napi_value object, const char *function, const char *name, napi_value *out)
{
  napi_valuetype type;
  if (napi_typeof(env, object, &type) != napi_ok || type != napi_object) {
    throw_argument_error(env, function, "options", "an object");
    return false;
  }
  /* A getter may throw: then its exception is pending and goes to the caller as it is. */
  return napi_get_named_property(env, object, name, out) == napi_ok;
}

bool read_integer(napi_env env, napi_value value, const char *function, const char *name, uint32_t min, uint32_t max,
                  uint32_t *out)
{
  double number;
  if (napi_get_value_double(env, value, &number) == napi_ok && number >= min && number <= max &&
      number == (double)(uint32_t)number) {
    *out = (uint32_t)number;
    return true;
  }
  char rule[96];
  snprintf(rule, sizeof rule, "an integer from %u to %u", min, max);
  throw_argument_error(env, function, name, rule);
  return false;
}

bool read_integer_property(napi_env env, napi_value object, const char *function, const char *name, uint32_t min,
                           uint32_t max, uint32_t *out)
{
  napi_value value;
  return read_property(env, object, function, name, &value) &&
         read_integer(env, value, function, name, min, max, out);
}

bool read_function_property(napi_env env, napi_value object, const char *function, const char *name, napi_value *out)
{
  napi_valuetype type;
  if (!read_property(env, object, function, name, out))
    return false;
  if (napi_typeof(env, *out, &type) == napi_ok && type == napi_function)
    return true;
  throw_argument_error(env, function, name, "a function");
  return false;
}

bool read_text(napi_env env, napi_value value, const char *function, const char *name, char *out, size_t size)
{
  size_t length;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) == napi_ok && length > 0 && length < size)
    return napi_get_value_string_utf8(env, value, out, size, &length) == napi_ok;
  char rule[64];
  snprintf(rule, sizeof rule, "a text of 1 to %zu bytes", size - 1);
  throw_argument_error(env, function, name, rule);
  return false;
}

static bool read_typed_array(napi_env env, napi_value value, napi_typedarray_type wanted, void **data, size_t *length)
{
  bool is_typed_array = false;
  napi_typedarray_type type;
  return napi_is_typedarray(env, value, &is_typed_array) == napi_ok && is_typed_array &&
         napi_get_typedarray_info(env, value, &type, length, data, NULL, NULL) == napi_ok && type == wanted;
}

bool read_bytes(napi_env env, napi_value value, const char *function, const char *name, uint8_t **data, size_t *length)
{
  if (read_typed_array(env, value, napi_uint8_array, (void **)data, length))
    return true;
  throw_argument_error(env, function, name, "a Uint8Array");
  return false;
}

bool read_words(napi_env env, napi_value value, const char *function, const char *name, uint32_t **data, size_t *length)
{
  if (read_typed_array(env, value, napi_uint32_array, (void **)data, length))
    return true;
  throw_argument_error(env, function, name, "a Uint32Array");
  return false;
}

/* A word that does not fit its field would be cut to a different, valid instruction: refuse it. */
static bool words_fit(const uint32_t *word)
{
  return word[0] <= UINT16_MAX && word[1] <= UINT8_MAX && word[2] <= UINT8_MAX;
}

bool read_filter(napi_env env, napi_value value, const char *function, struct sock_fprog *program)
{
  uint32_t *words;
  size_t length;
  if (!read_words(env, value, function, "filter", &words, &length))
    return false;
  if (length == 0 || length % 4 != 0 || length / 4 > UINT16_MAX) {
    throw_argument_error(env, function, "filter", "four words per instruction and at least one instruction");
    return false;
  }
  program->len = (unsigned short)(length / 4);
  program->filter = calloc(program->len, sizeof *program->filter);
  if (program->filter == NULL) {
    throw_system_error(env, ENOMEM, "calloc");
    return false;
  }
  for (size_t i = 0; i < program->len; i++) {
    const uint32_t *word = words + 4 * i;
    if (!words_fit(word)) {
      free(program->filter);
      throw_argument_error(env, function, "filter", "made of instructions with a 16-bit code and 8-bit jumps");
      return false;
    }
    program->filter[i] = (struct sock_filter){(uint16_t)word[0], (uint8_t)word[1], (uint8_t)word[2], word[3]};
  }
  return true;
}

napi_value system_error(napi_env env, int error, const char *syscall)
{
  char message[160];
  snprintf(message, sizeof message, "%s: %s (%s)", syscall, uv_strerror(-error), uv_err_name(-error));
  napi_value text, code, number, call, result = NULL;
  if (napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text) != napi_ok ||
      napi_create_string_utf8(env, uv_err_name(-error), NAPI_AUTO_LENGTH, &code) != napi_ok ||
      napi_create_error(env, code, text, &result) != napi_ok)
    return NULL;
  napi_create_int32(env, error, &number);
  napi_create_string_utf8(env, syscall, NAPI_AUTO_LENGTH, &call);
  napi_set_named_property(env, result, "errno", number);
  napi_set_named_property(env, result, "syscall", call);
  return result;
}

void throw_system_error(napi_env env, int error, const char *syscall)
{
  napi_value value = system_error(env, error, syscall);
  if (value != NULL)
    napi_throw(env, value);
}
