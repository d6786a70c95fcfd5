/* SPDX-License-Identifier: BSD-3-Clause */
/* From a line to requests: JSON, batch, envelope, method (JSON-RPC 2.0, sections 4 and 6). */
#include "rpc/request.h"

#include "base/secret.h"
#include "rpc/params.h"

#include <errno.h>
#include <stdlib.h>

struct method {
	const char *name;
	sotto_rpc_decoder *decode;
};

static const struct method methods[SOTTO_RPC_METHODS] = {
	[SOTTO_RPC_NONE] = {"none", NULL},
	[SOTTO_RPC_HELLO] = {"hello", sotto_rpc_decode_hello},
	[SOTTO_RPC_SESSION_PUT] = {"session.put", sotto_rpc_decode_session_put},
	[SOTTO_RPC_SESSION_GET] = {"session.get", sotto_rpc_decode_session_get},
	[SOTTO_RPC_SESSION_LIST] = {"session.list", sotto_rpc_decode_session_list},
	[SOTTO_RPC_SESSION_DELETE] = {"session.delete", sotto_rpc_decode_session_delete},
	[SOTTO_RPC_STATS_GET] = {"stats.get", sotto_rpc_decode_stats_get},
	[SOTTO_RPC_EVENTS_SUBSCRIBE] = {"events.subscribe", sotto_rpc_decode_events_subscribe},
	[SOTTO_RPC_PORT_SET] = {"port.set", sotto_rpc_decode_port_set},
};

const char *sotto_rpc_method_name(enum sotto_rpc_method method)
{
	return methods[method].name;
}

static enum sotto_rpc_method find_method(const char *name)
{
	for (unsigned i = SOTTO_RPC_NONE + 1; i < SOTTO_RPC_METHODS; i++)
		if (strcmp(methods[i].name, name) == 0)
			return i;
	return SOTTO_RPC_NONE;
}

/* What a line is made of, as far as it can be told before it is parsed. */
struct measure {
	size_t deepest; /* nesting */
	size_t values;
	size_t items; /* of the outermost array or object, when it has any */
};

/*
 * Counts nesting and values before the parser runs, which recurses by nesting and allocates by
 * values. Outside of strings only; up to the first syntax error the parser sees the same strings,
 * and it goes no further. (jansson has a limit of its own, 2048 levels; we rely on ours.)
 */
static struct measure measure(const char *line, size_t len)
{
	struct measure m = {.values = 1, .items = 1};
	size_t depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		if (in_string && line[i] == '\\') {
			i++;
		} else if (line[i] == '"') {
			in_string = !in_string;
		} else if (in_string) {
			continue;
		} else if (line[i] == '[' || line[i] == '{') {
			m.values++;
			depth++;
			m.deepest = depth > m.deepest ? depth : m.deepest;
		} else if (line[i] == ']' || line[i] == '}') {
			depth -= depth > 0;
		} else if (line[i] == ',') {
			m.values++;
			m.items += depth == 1;
		}
	}
	return m;
}

/* The items of the line as m has them; or an error, and 0. */
static size_t check_sizes(const char *line, size_t len, struct sotto_rpc_error *error)
{
	struct measure m;

	if (len > SOTTO_RPC_LINE_BYTES) {
		sotto_rpc_error_format(error, SOTTO_RPC_TOO_LARGE, NULL,
			"a line of more than %d bytes", SOTTO_RPC_LINE_BYTES);
		return 0;
	}
	m = measure(line, len);
	if (m.deepest > SOTTO_RPC_DEPTH)
		sotto_rpc_error_format(error, SOTTO_RPC_TOO_LARGE, NULL,
			"nested deeper than %d levels", SOTTO_RPC_DEPTH);
	else if (m.values > SOTTO_RPC_VALUES)
		sotto_rpc_error_format(error, SOTTO_RPC_TOO_LARGE, NULL,
			"more than %d objects, arrays and commas in a line", SOTTO_RPC_VALUES);
	return error->kind == SOTTO_RPC_NO_ERROR ? m.items : 0;
}

/* jansson's own message quotes the text near the fault, which may be a key: it is not used. */
static void parse_error(const json_error_t *why, struct sotto_rpc_error *error)
{
	const char *fault = "not a JSON text";

	if (json_error_code(why) == json_error_duplicate_key)
		fault = "a name stands twice in an object";
	else if (json_error_code(why) == json_error_numeric_overflow)
		fault = "a number is too large";
	else if (json_error_code(why) == json_error_invalid_utf8)
		fault = "not UTF-8";
	sotto_rpc_error_format(
		error, SOTTO_RPC_PARSE, NULL, "%s, at byte %d", fault, why->position);
}

/* Sets *root, or *error; -ENOMEM when memory ran out. */
static int parse(const char *line, size_t len, json_t **root, struct sotto_rpc_error *error)
{
	json_error_t why;
	int rc = 0;

	*root = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	/* jansson gives no text when it stops for want of memory. */
	if (!*root && why.text[0] == '\0')
		rc = -ENOMEM;
	else if (!*root)
		parse_error(&why, error);
	sotto_base_wipe(&why, sizeof(why));
	return rc;
}

/* A good id is taken over even when the rest is wrong, so that the error finds its caller. */
static void read_call_id(
	struct sotto_rpc_reader *r, const json_t *envelope, struct sotto_rpc_request *out)
{
	json_t *id = json_object_get(envelope, "id");

	if (!id)
		return;
	if (json_is_integer(id) || json_is_null(id) ||
		(json_is_string(id) && json_string_length(id) <= SOTTO_RPC_CALL_ID_BYTES))
		out->id = json_incref(id);
	else
		sotto_rpc_fail(r, "id", "must be an integer, null or a string of at most %d bytes",
			SOTTO_RPC_CALL_ID_BYTES);
}

static void read_envelope(
	struct sotto_rpc_reader *r, const json_t *envelope, struct sotto_rpc_request *out)
{
	static const struct sotto_rpc_name names[] = {{"jsonrpc", true}, {"method", true},
		{"id", false}, {"params", false}, {NULL, false}};
	static const char *const versions[] = {"2.0", NULL};
	unsigned version;

	read_call_id(r, envelope, out);
	sotto_rpc_check_object(r, envelope, names);
	sotto_rpc_read_choice(r, envelope, "jsonrpc", versions, &version);
	if (!json_is_string(json_object_get(envelope, "method")))
		sotto_rpc_fail(r, "method", "must be a string");
	if (sotto_rpc_reader_failed(r) && !out->id)
		out->id = json_null();
}

static void read_params(const json_t *envelope, struct sotto_rpc_request *out)
{
	const json_t *params = json_object_get(envelope, "params");
	json_t *none = params ? NULL : json_object();
	struct sotto_rpc_reader reader;

	sotto_rpc_reader_init(&reader, &out->error, SOTTO_RPC_PARAMS);
	if (!params && !none)
		sotto_rpc_error_set(&out->error, SOTTO_RPC_INTERNAL, NULL, "out of memory");
	methods[out->method].decode(&reader, params ? params : none, out);
	json_decref(none);
}

static void read_request(const json_t *envelope, struct sotto_rpc_request *out)
{
	struct sotto_rpc_reader reader;

	sotto_rpc_reader_init(&reader, &out->error, SOTTO_RPC_INVALID);
	read_envelope(&reader, envelope, out);
	if (sotto_rpc_reader_failed(&reader))
		return;
	out->method = find_method(json_string_value(json_object_get(envelope, "method")));
	if (out->method == SOTTO_RPC_NONE)
		sotto_rpc_error_set(&out->error, SOTTO_RPC_METHOD, NULL, "no such method");
	else
		read_params(envelope, out);
	if (out->error.kind != SOTTO_RPC_NO_ERROR)
		out->method = SOTTO_RPC_NONE;
}

/* How many requests root holds; a batch that cannot be taken counts as one, with an error. */
static size_t count_requests(const json_t *root, struct sotto_rpc_error *error)
{
	size_t count = json_array_size(root);

	if (!json_is_array(root))
		return 1;
	if (count == 0)
		sotto_rpc_error_set(error, SOTTO_RPC_INVALID, NULL, "an empty batch");
	if (count > SOTTO_RPC_BATCH)
		sotto_rpc_error_format(error, SOTTO_RPC_TOO_LARGE, NULL,
			"a batch of more than %d requests", SOTTO_RPC_BATCH);
	return error->kind == SOTTO_RPC_NO_ERROR ? count : 1;
}

/* Fills *out from root, or from the error of the whole line; root may be NULL then. */
static int read_batch(
	const json_t *root, struct sotto_rpc_error *error, struct sotto_rpc_batch *out)
{
	size_t count = root ? count_requests(root, error) : 1;
	struct sotto_rpc_request *requests = calloc(count, sizeof(*requests));

	if (!requests)
		return -ENOMEM;
	out->requests = requests;
	out->count = count;
	out->is_array = json_is_array(root) && error->kind == SOTTO_RPC_NO_ERROR;
	if (error->kind != SOTTO_RPC_NO_ERROR) {
		requests->id = json_null();
		requests->error = *error;
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		read_request(out->is_array ? json_array_get(root, i) : root, &requests[i]);
	return 0;
}

void sotto_rpc_batch_free(struct sotto_rpc_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->requests[i].method == SOTTO_RPC_SESSION_PUT)
			sotto_rpc_put_free(batch->requests[i].params.put);
		json_decref(batch->requests[i].id);
	}
	free(batch->requests);
	batch->requests = NULL;
	batch->count = 0;
}

/* Decodes the line as one JSON text: right for every line, and what says where a bad one is bad. */
static int decode_whole(
	const char *line, size_t len, struct sotto_rpc_error *error, struct sotto_rpc_batch *out)
{
	json_t *root = NULL;
	int rc = error->kind == SOTTO_RPC_NO_ERROR ? parse(line, len, &root, error) : 0;

	if (rc == 0)
		rc = read_batch(root, error, out);
	json_decref(root);
	return rc;
}

static size_t skip_blanks(const char *line, size_t len, size_t at)
{
	while (at < len &&
		(line[at] == ' ' || line[at] == '\t' || line[at] == '\r' || line[at] == '\n'))
		at++;
	return at;
}

/* Reads the JSON text at *at into *out and moves *at behind it and what blanks follow. */
static bool decode_item(const char *line, size_t len, size_t *at, struct sotto_rpc_request *out)
{
	json_error_t why;
	json_t *item = json_loadb(line + *at, len - *at,
		JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &why);

	if (item) {
		read_request(item, out);
		*at = skip_blanks(line, len, *at + (size_t)why.position);
	}
	sotto_base_wipe(&why, sizeof(why));
	json_decref(item);
	return item != NULL;
}

/*
 * Decodes the array that stands behind the bracket at at, one request after another, so that no
 * more than one of them is a tree of values at a time. False, with *out to be freed, when that is
 * no array of out->count items.
 */
static bool decode_items(const char *line, size_t len, size_t at, struct sotto_rpc_batch *out)
{
	size_t count = out->count;

	for (out->count = 0; out->count < count;) {
		at++; /* the bracket, then a comma */
		if (!decode_item(line, len, &at, &out->requests[out->count++]) || at == len ||
			line[at] != (out->count < count ? ',' : ']'))
			return false;
	}
	return skip_blanks(line, len, at + 1) == len;
}

int sotto_rpc_decode(const char *line, size_t len, struct sotto_rpc_batch *out)
{
	struct sotto_rpc_error error = {.kind = SOTTO_RPC_NO_ERROR};
	struct sotto_rpc_batch batch = {.is_array = true, .count = check_sizes(line, len, &error)};
	size_t start = skip_blanks(line, len, 0);

	if (start == len || line[start] != '[' || batch.count < 2 || batch.count > SOTTO_RPC_BATCH)
		return decode_whole(line, len, &error, out);
	batch.requests = calloc(batch.count, sizeof(*batch.requests));
	if (!batch.requests)
		return -ENOMEM;
	if (decode_items(line, len, start, &batch)) {
		*out = batch;
		return 0;
	}
	sotto_rpc_batch_free(&batch);
	return decode_whole(line, len, &error, out);
}
