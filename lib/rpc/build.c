/* SPDX-License-Identifier: BSD-3-Clause */
/* Building JSON values with one failure flag instead of a check at every member. */
#include "rpc/build.h"

json_t *sotto_rpc_build_object(struct sotto_rpc_build *b)
{
	json_t *object = json_object();

	b->failed |= !object;
	return object;
}

json_t *sotto_rpc_build_array(struct sotto_rpc_build *b)
{
	json_t *array = json_array();

	b->failed |= !array;
	return array;
}

/* jansson takes NULL for object and value as a failure, and frees the value in any case. */
void sotto_rpc_put_value(struct sotto_rpc_build *b, json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, value) != 0)
		b->failed = true;
}

void sotto_rpc_append(struct sotto_rpc_build *b, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		b->failed = true;
}

void sotto_rpc_put_text_or_null(
	struct sotto_rpc_build *b, json_t *object, const char *name, const char *text)
{
	sotto_rpc_put_value(b, object, name, text ? json_string(text) : json_null());
}

void sotto_rpc_put_bool(struct sotto_rpc_build *b, json_t *object, const char *name, bool value)
{
	sotto_rpc_put_value(b, object, name, json_boolean(value));
}

void sotto_rpc_put_int(struct sotto_rpc_build *b, json_t *object, const char *name, uint64_t value)
{
	json_int_t capped = value > INT64_MAX ? INT64_MAX : (json_int_t)value;

	sotto_rpc_put_value(b, object, name, json_integer(capped));
}

void sotto_rpc_put_addr(
	struct sotto_rpc_build *b, json_t *object, const char *name, const struct sotto_addr *addr)
{
	char text[SOTTO_ADDR_TEXT];

	sotto_rpc_put_text_or_null(b, object, name, sotto_base_addr_text(addr, text));
}
