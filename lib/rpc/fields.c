/* SPDX-License-Identifier: BSD-3-Clause */
/* Checked reading of JSON members, with the path of the first one that is wrong (RFC 8259). */
#include "rpc/fields.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * An unknown name up to this length is repeated in the error, so that a typing error is found. The
 * shortest secret, a salt of 12 bytes, has 16 characters of base64.
 */
#define REPEATED_NAME_BYTES 15

void sotto_rpc_reader_init(
	struct sotto_rpc_reader *r, struct sotto_rpc_error *error, enum sotto_rpc_kind kind)
{
	memset(error, 0, sizeof(*error));
	memset(r, 0, sizeof(*r));
	r->error = error;
	r->kind = kind;
}

bool sotto_rpc_reader_failed(const struct sotto_rpc_reader *r)
{
	return r->error->kind != SOTTO_RPC_NO_ERROR;
}

void sotto_rpc_fail(struct sotto_rpc_reader *r, const char *name, const char *format, ...)
{
	va_list args;
	size_t mark;

	if (sotto_rpc_reader_failed(r))
		return;
	mark = name ? sotto_rpc_enter(r, name) : r->path_len;
	va_start(args, format);
	sotto_rpc_error_vformat(r->error, r->kind, r->path, format, args);
	va_end(args);
	sotto_rpc_leave(r, mark);
}

void sotto_rpc_fail_memory(struct sotto_rpc_reader *r)
{
	if (!sotto_rpc_reader_failed(r))
		sotto_rpc_error_set(r->error, SOTTO_RPC_INTERNAL, NULL, "out of memory");
}

void *sotto_rpc_new(struct sotto_rpc_reader *r, size_t count, size_t size)
{
	void *memory = sotto_rpc_reader_failed(r) ? NULL : calloc(count, size);

	if (!memory)
		sotto_rpc_fail_memory(r);
	return memory;
}

/* Appends to the path; what does not fit is cut, which no path of this protocol needs. */
static size_t extend(struct sotto_rpc_reader *r, const char *text)
{
	size_t mark = r->path_len;
	size_t room = sizeof(r->path) - mark;
	size_t len = strnlen(text, room - 1);

	memcpy(r->path + mark, text, len);
	r->path[mark + len] = '\0';
	r->path_len = mark + len;
	return mark;
}

size_t sotto_rpc_enter(struct sotto_rpc_reader *r, const char *name)
{
	size_t mark = r->path_len;

	if (mark != 0)
		extend(r, ".");
	extend(r, name);
	return mark;
}

size_t sotto_rpc_enter_item(struct sotto_rpc_reader *r, const char *name, size_t index)
{
	size_t mark = sotto_rpc_enter(r, name);
	char text[24];

	snprintf(text, sizeof(text), "[%zu]", index);
	extend(r, text);
	return mark;
}

void sotto_rpc_leave(struct sotto_rpc_reader *r, size_t mark)
{
	r->path_len = mark;
	r->path[mark] = '\0';
}

static bool is_repeatable(const struct sotto_rpc_reader *r, const char *name)
{
	if (r->secret || !islower((unsigned char)name[0]) || strlen(name) > REPEATED_NAME_BYTES)
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_' && *name != '-')
			return false;
	return true;
}

static void check_name(
	struct sotto_rpc_reader *r, const char *name, const struct sotto_rpc_name *names)
{
	if (strncmp(name, "x-", 2) == 0)
		return;
	for (; names->name; names++)
		if (name[0] == names->name[0] && strcmp(name, names->name) == 0)
			return;
	sotto_rpc_fail(r, is_repeatable(r, name) ? name : NULL, "unknown field");
}

/* The same bit for the same name; names of one object seldom share theirs. */
static uint64_t name_bit(const char *name)
{
	unsigned sum = (unsigned char)name[0];

	for (unsigned i = 1; i < 3 && name[i - 1] != '\0'; i++)
		sum = 5 * sum + (unsigned char)name[i];
	return UINT64_C(1) << sum % 64;
}

void sotto_rpc_check_object(
	struct sotto_rpc_reader *r, const json_t *value, const struct sotto_rpc_name *names)
{
	/* jansson's iterator wants a pointer to non-const, and does not write through it. */
	json_t *object = (json_t *)value;

	if (!json_is_object(value)) {
		sotto_rpc_fail(r, NULL, "must be an object");
		return;
	}
	r->object = value;
	r->present = 0;
	for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it)) {
		r->present |= name_bit(json_object_iter_key(it));
		check_name(r, json_object_iter_key(it), names);
	}
	for (; names->name; names++)
		if (names->required && !json_object_get(value, names->name))
			sotto_rpc_fail(r, names->name, "is missing");
}

const json_t *sotto_rpc_member(
	const struct sotto_rpc_reader *r, const json_t *object, const char *name)
{
	if (sotto_rpc_reader_failed(r) || (object == r->object && !(r->present & name_bit(name))))
		return NULL;
	return json_object_get(object, name);
}

/* value may be NULL: absent. A failure blames name, or the place of the path when it is NULL. */
static bool check_int(struct sotto_rpc_reader *r, const json_t *value, const char *name,
	int64_t min, int64_t max, int64_t *out)
{
	if (!value)
		return false;
	if (json_is_integer(value) && json_integer_value(value) >= min &&
		json_integer_value(value) <= max) {
		*out = json_integer_value(value);
		return true;
	}
	sotto_rpc_fail(
		r, name, "must be an integer from %lld to %lld", (long long)min, (long long)max);
	return false;
}

bool sotto_rpc_read_int(struct sotto_rpc_reader *r, const json_t *object, const char *name,
	int64_t min, int64_t max, int64_t *out)
{
	return check_int(r, sotto_rpc_member(r, object, name), name, min, max, out);
}

bool sotto_rpc_read_item(struct sotto_rpc_reader *r, const json_t *array, size_t index, int64_t min,
	int64_t max, int64_t *out)
{
	if (sotto_rpc_reader_failed(r))
		return false;
	return check_int(r, json_array_get(array, index), NULL, min, max, out);
}

bool sotto_rpc_read_bool(
	struct sotto_rpc_reader *r, const json_t *object, const char *name, bool *out)
{
	const json_t *value = sotto_rpc_member(r, object, name);

	if (!value)
		return false;
	if (!json_is_boolean(value)) {
		sotto_rpc_fail(r, name, "must be true or false");
		return false;
	}
	*out = json_is_true(value);
	return true;
}

static void fail_choice(struct sotto_rpc_reader *r, const char *name, const char *const *choices)
{
	char list[SOTTO_RPC_DETAIL_BYTES] = "";
	size_t used = 0;

	for (unsigned i = 0; choices[i] && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s\"%s\"",
			i == 0 ? "" : " or ", choices[i]);
	sotto_rpc_fail(r, name, "must be %s", list);
}

int sotto_rpc_find(const json_t *value, const char *const *choices)
{
	for (int i = 0; json_is_string(value) && choices[i]; i++)
		if (strcmp(json_string_value(value), choices[i]) == 0)
			return i;
	return -1;
}

bool sotto_rpc_read_choice(struct sotto_rpc_reader *r, const json_t *object, const char *name,
	const char *const *choices, unsigned *out)
{
	const json_t *value = sotto_rpc_member(r, object, name);
	int found = sotto_rpc_find(value, choices);

	if (!value)
		return false;
	if (found < 0) {
		fail_choice(r, name, choices);
		return false;
	}
	*out = (unsigned)found;
	return true;
}

const json_t *sotto_rpc_read_array(struct sotto_rpc_reader *r, const json_t *object,
	const char *name, size_t max, const char *what, size_t *count)
{
	const json_t *value = sotto_rpc_member(r, object, name);
	size_t size = json_array_size(value);

	*count = 0;
	if (!value)
		return NULL;
	if (size < 1 || size > max) {
		sotto_rpc_fail(r, name, "must be an array of 1 to %zu %s", max, what);
		return NULL;
	}
	*count = size;
	return value;
}

bool sotto_rpc_read_set(struct sotto_rpc_reader *r, const json_t *object, const char *name,
	const char *const *choices, uint32_t *out)
{
	size_t choice_count = 0;
	size_t count;
	const json_t *array;
	uint32_t set = 0;

	while (choices[choice_count])
		choice_count++;
	array = sotto_rpc_read_array(r, object, name, choice_count, "names", &count);
	for (size_t i = 0; i < count; i++) {
		size_t mark = sotto_rpc_enter_item(r, name, i);
		int found = sotto_rpc_find(json_array_get(array, i), choices);

		if (found < 0)
			fail_choice(r, NULL, choices);
		else if (set & UINT32_C(1) << found)
			sotto_rpc_fail(r, NULL, "stands twice");
		else
			set |= UINT32_C(1) << found;
		sotto_rpc_leave(r, mark);
	}
	if (!array || sotto_rpc_reader_failed(r))
		return false;
	*out = set;
	return true;
}

static bool is_printable(const char *text, size_t len, char lowest)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < lowest || text[i] > '~')
			return false;
	return true;
}

static bool read_string(struct sotto_rpc_reader *r, const json_t *object, const char *name,
	char lowest, size_t max, char *out)
{
	const json_t *value = sotto_rpc_member(r, object, name);
	size_t len = json_string_length(value);

	if (!value)
		return false;
	if (json_is_string(value) && len >= 1 && len <= max &&
		is_printable(json_string_value(value), len, lowest)) {
		memcpy(out, json_string_value(value), len + 1);
		return true;
	}
	sotto_rpc_fail(r, name, "must be a string of 1 to %zu printable ASCII characters%s", max,
		lowest == ' ' ? "" : " without spaces");
	return false;
}

bool sotto_rpc_read_text(
	struct sotto_rpc_reader *r, const json_t *object, const char *name, size_t max, char *out)
{
	return read_string(r, object, name, ' ', max, out);
}

bool sotto_rpc_read_word(
	struct sotto_rpc_reader *r, const json_t *object, const char *name, size_t max, char *out)
{
	return read_string(r, object, name, '!', max, out);
}

bool sotto_rpc_read_addr(
	struct sotto_rpc_reader *r, const json_t *object, const char *name, struct sotto_addr *out)
{
	const json_t *value = sotto_rpc_member(r, object, name);
	struct sotto_addr addr;

	if (!value)
		return false;
	if (!json_is_string(value) || sotto_base_addr_parse(json_string_value(value), &addr) != 0 ||
		!sotto_base_addr_is_unicast(&addr)) {
		sotto_rpc_fail(r, name, "must be a unicast IPv4 or IPv6 address");
		return false;
	}
	*out = addr;
	return true;
}

bool sotto_rpc_read_port(
	struct sotto_rpc_reader *r, const json_t *object, const char *name, uint16_t *out)
{
	int64_t value;

	if (!sotto_rpc_read_int(r, object, name, 1, UINT16_MAX, &value))
		return false;
	*out = (uint16_t)value;
	return true;
}

bool sotto_rpc_read_counter(
	struct sotto_rpc_reader *r, const json_t *object, const char *name, uint64_t *out)
{
	int64_t value;

	if (!sotto_rpc_read_int(r, object, name, 0, SOTTO_RPC_INTEGER, &value))
		return false;
	*out = (uint64_t)value;
	return true;
}

bool sotto_rpc_read_u32(
	struct sotto_rpc_reader *r, const json_t *object, const char *name, uint32_t *out)
{
	int64_t value;

	if (!sotto_rpc_read_int(r, object, name, 0, UINT32_MAX, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}
