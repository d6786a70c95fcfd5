/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes JSON (RFC 8259) into memory that grows. What needs care, escapes, is left to jansson. */
#include "rpc/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 1024
#define DIGITS 20 /* of 2^64 - 1 */

static bool grow(struct sotto_rpc_writer *w, size_t more)
{
	size_t room = w->room ? w->room : FIRST_ROOM;
	char *text;

	while (room - w->used < more)
		room *= 2;
	text = realloc(w->text, room);
	if (!text) {
		w->failed = true;
		return false;
	}
	w->text = text;
	w->room = room;
	return true;
}

/* Where more bytes have room; NULL after a failure. */
static char *room_for(struct sotto_rpc_writer *w, size_t more)
{
	if (w->failed || (w->room - w->used < more && !grow(w, more)))
		return NULL;
	return w->text + w->used;
}

static int append(const char *bytes, size_t len, void *arg)
{
	struct sotto_rpc_writer *w = arg;
	char *at = room_for(w, len);

	if (!at)
		return -1;
	memcpy(at, bytes, len);
	w->used += len;
	return 0;
}

/* Begins a member or an item: all but the first of an object or array stand behind a comma. */
static void begin(struct sotto_rpc_writer *w, const char *name)
{
	size_t len = name ? strlen(name) : 0;
	char *at = room_for(w, len + 4);

	if (!at)
		return;
	if (w->used > 0 && at[-1] != '{' && at[-1] != '[')
		*at++ = ',';
	if (name) {
		*at++ = '"';
		memcpy(at, name, len);
		at += len;
		*at++ = '"';
		*at++ = ':';
	}
	w->used = (size_t)(at - w->text);
}

void sotto_rpc_open_object(struct sotto_rpc_writer *w, const char *name)
{
	begin(w, name);
	append("{", 1, w);
}

void sotto_rpc_close_object(struct sotto_rpc_writer *w)
{
	append("}", 1, w);
}

void sotto_rpc_open_array(struct sotto_rpc_writer *w, const char *name)
{
	begin(w, name);
	append("[", 1, w);
}

void sotto_rpc_close_array(struct sotto_rpc_writer *w)
{
	append("]", 1, w);
}

void sotto_rpc_put_null(struct sotto_rpc_writer *w, const char *name)
{
	begin(w, name);
	append("null", 4, w);
}

void sotto_rpc_put_json(struct sotto_rpc_writer *w, const char *name, const json_t *json)
{
	begin(w, name);
	if (json_dump_callback(json, append, w, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		w->failed = true;
}

/* The length of a text that can stand in quotes as it is; or -1. */
static ssize_t plain_len(const char *text)
{
	size_t len = 0;

	for (; text[len]; len++)
		if (text[len] < ' ' || text[len] > '~' || text[len] == '"' || text[len] == '\\')
			return -1;
	return (ssize_t)len;
}

void sotto_rpc_put_text(struct sotto_rpc_writer *w, const char *name, const char *text)
{
	ssize_t len = text ? plain_len(text) : 0;
	json_t *string;

	if (!text) {
		sotto_rpc_put_null(w, name);
	} else if (len >= 0) {
		begin(w, name);
		append("\"", 1, w);
		append(text, (size_t)len, w);
		append("\"", 1, w);
	} else {
		string = json_string(text); /* NULL: no memory, or not UTF-8 */
		sotto_rpc_put_json(w, name, string);
		json_decref(string);
	}
}

void sotto_rpc_put_bool(struct sotto_rpc_writer *w, const char *name, bool value)
{
	begin(w, name);
	append(value ? "true" : "false", value ? 4 : 5, w);
}

static void put_number(struct sotto_rpc_writer *w, const char *name, bool negative, uint64_t value)
{
	char text[DIGITS + 1];
	char *end = text + sizeof(text);
	char *at = end;

	do {
		*--at = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	if (negative)
		*--at = '-';
	begin(w, name);
	append(at, (size_t)(end - at), w);
}

void sotto_rpc_put_int(struct sotto_rpc_writer *w, const char *name, uint64_t value)
{
	put_number(w, name, false, value > INT64_MAX ? INT64_MAX : value);
}

void sotto_rpc_put_signed(struct sotto_rpc_writer *w, const char *name, int64_t value)
{
	put_number(w, name, value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void sotto_rpc_put_addr(struct sotto_rpc_writer *w, const char *name, const struct sotto_addr *addr)
{
	char text[SOTTO_ADDR_TEXT];

	sotto_rpc_put_text(w, name, sotto_base_addr_text(addr, text));
}

int sotto_rpc_write_end(struct sotto_rpc_writer *w, char **text, size_t *len)
{
	struct sotto_rpc_writer done;

	append("\n", 2, w);
	done = *w;
	memset(w, 0, sizeof(*w));
	if (done.failed) {
		free(done.text);
		return -ENOMEM;
	}
	*text = done.text;
	*len = done.used - 1;
	return 0;
}
