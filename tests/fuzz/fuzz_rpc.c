/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as a line of the control protocol (rpc/request.h, rpc/answer.h): every request that
 * comes out keeps the promises of its struct; every request can be answered, with one line of JSON
 * that holds no key; and the same JSON laid out otherwise means the same.
 */
#include "fuzz.h"

#include "rpc/answer.h"
#include "rpc/memory.h"
#include "rpc/request.h"

#include <jansson.h>

/* Begins the keys of all seeds: it may stand in no answer but in an id that had it. */
#define SECRET "WVNfX19zZW1jdGwgKCkg"

static bool has_end(const char *text, size_t room)
{
	return memchr(text, 0, room) != NULL;
}

static bool is_printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return len > 0;
}

/* The text is closed inside its array, and a word of the protocol. */
#define check_word(text)                                                                           \
	do {                                                                                       \
		fuzz_require(has_end(text, sizeof(text)), #text " is closed");                     \
		fuzz_require(is_printable(text, strlen(text)), #text " is printable");             \
	} while (0)

static void check_error(const struct sotto_rpc_error *error)
{
	fuzz_require(error->kind > SOTTO_RPC_NO_ERROR && error->kind < SOTTO_RPC_KINDS, "kind");
	fuzz_require(has_end(error->field, sizeof(error->field)), "field is closed");
	fuzz_require(has_end(error->detail, sizeof(error->detail)), "detail is closed");
	fuzz_require(!strstr(error->field, SECRET) && !strstr(error->detail, SECRET),
		"an error names no key");
}

static void check_masters(const struct sotto_rpc_key *key)
{
	fuzz_require(key->mki_len <= SOTTO_RPC_MKI_BYTES, "MKI length");
	for (unsigned i = 0; i < key->master_count; i++) {
		const struct sotto_rpc_master *master = &key->masters[i];

		check_word(master->key);
		check_word(master->salt);
		fuzz_require(master->lifetime <= SOTTO_RPC_LIFETIME, "lifetime");
		fuzz_require(key->mki_len >= 8 || master->mki >> 8 * key->mki_len == 0,
			"MKI fits its length");
		for (unsigned j = 0; j < i; j++)
			fuzz_require(master->mki != key->masters[j].mki, "MKIs are distinct");
	}
}

static void check_form(const struct sotto_rpc_key *key)
{
	switch (key->form) {
	case SOTTO_RPC_KEY_SDES:
		fuzz_require(key->sdes && strlen(key->sdes) <= SOTTO_RPC_SDES_BYTES, "a line");
		fuzz_require(is_printable(key->sdes, strlen(key->sdes)), "a printable line");
		fuzz_require(!key->suite[0] && key->master_count == 0 && !key->masters,
			"nothing beside the line");
		break;
	case SOTTO_RPC_KEY_RAW:
		check_word(key->suite);
		fuzz_require(key->master_count == 1 && key->mki_len == 0, "one key without MKI");
		break;
	case SOTTO_RPC_KEY_MASTERS:
		check_word(key->suite);
		fuzz_require(key->master_count >= 1 && key->master_count <= SOTTO_RPC_MASTERS &&
				     key->mki_len >= 1,
			"keys with MKIs");
		break;
	default:
		fuzz_require(false, "a form of key");
	}
	check_masters(key);
}

static void check_streams(const struct sotto_rpc_key *key)
{
	fuzz_require(key->stream_count <= SOTTO_RPC_POSITIONS, "streams");
	for (unsigned i = 0; i < key->stream_count; i++) {
		fuzz_require(key->streams[i].srtcp_index < 1u << 31, "SRTCP index");
		fuzz_require(i == 0 || key->streams[i - 1].ssrc < key->streams[i].ssrc,
			"sorted, and distinct");
	}
}

static void check_key(const struct sotto_rpc_key *key, bool sends)
{
	if (!key)
		return;
	check_form(key);
	check_streams(key);
	fuzz_require(key->roc <= SOTTO_RPC_ROC_GIVEN, "roc");
	fuzz_require(key->roc == SOTTO_RPC_ROC_GIVEN || key->roc_value == 0, "no value of roc");
	fuzz_require(key->roc != SOTTO_RPC_ROC_TRY_BOTH || !sends, "a sender does not try");
	fuzz_require(key->overlap_ms <= (sends ? 0 : SOTTO_RPC_OVERLAP_MS), "overlap");
	fuzz_require(!key->has_send_mki || sends, "a receiver chooses no MKI");
}

static void check_leg(const struct sotto_rpc_leg *leg)
{
	bool keyed = leg->security != SOTTO_RPC_SECURITY_CLEAR &&
		     leg->security != SOTTO_RPC_SECURITY_OPAQUE;

	check_word(leg->interface);
	fuzz_require(leg->family == 0 || leg->family == 4 || leg->family == 6, "family");
	fuzz_require(leg->local_port % 2 == 0, "an even port");
	fuzz_require(leg->remote.addr.family == 0 ||
			     (leg->remote.port != 0 && leg->remote_rtcp_port != 0 &&
				     sotto_base_addr_is_unicast(&leg->remote.addr)),
		"a remote that can be");
	fuzz_require(leg->security < SOTTO_RPC_SECURITIES, "security");
	fuzz_require(leg->dscp >= SOTTO_RPC_DSCP_KEEP && leg->dscp <= 63, "dscp");
	fuzz_require(leg->max_ssrcs >= 1 && leg->max_ssrcs <= SOTTO_RPC_SSRCS, "max_ssrcs");
	fuzz_require(leg->source <= SOTTO_RPC_SOURCE_ANY, "source");
	fuzz_require(leg->replay_window == 0 || (leg->replay_window >= SOTTO_RPC_WINDOW_MIN &&
							leg->replay_window <= SOTTO_RPC_WINDOW_MAX),
		"replay_window");
	fuzz_require(leg->early_ms <= SOTTO_RPC_EARLY_MS, "early_ms");
	fuzz_require(keyed || (!leg->receive && !leg->send && leg->allow == 0), "keys fit");
	check_key(leg->receive, false);
	check_key(leg->send, true);
}

static void check_put(const struct sotto_rpc_put *put)
{
	check_word(put->id);
	fuzz_require(put->rev <= SOTTO_RPC_INTEGER, "rev");
	fuzz_require(put->timeout_s >= SOTTO_RPC_TIMEOUT_DEFAULT &&
			     put->timeout_s <= SOTTO_RPC_TIMEOUT_S,
		"timeout_s");
	fuzz_require(put->media_count >= 1 && put->media_count <= SOTTO_RPC_MEDIA, "media");
	for (unsigned i = 0; i < put->media_count; i++) {
		check_word(put->media[i].id);
		for (unsigned j = 0; j < i; j++)
			fuzz_require(strcmp(put->media[i].id, put->media[j].id) != 0, "unique ids");
		check_leg(&put->media[i].legs[0]);
		check_leg(&put->media[i].legs[1]);
	}
}

static void check_request(const struct sotto_rpc_request *request)
{
	fuzz_require(request->method < SOTTO_RPC_METHODS, "a method of the list");
	fuzz_require(sotto_rpc_method_name(request->method), "a method's name");
	switch (request->method) {
	case SOTTO_RPC_NONE:
		check_error(&request->error);
		break;
	case SOTTO_RPC_SESSION_PUT:
		check_put(request->params.put);
		break;
	case SOTTO_RPC_SESSION_GET:
		check_word(request->params.get.id);
		break;
	case SOTTO_RPC_SESSION_LIST:
		fuzz_require(has_end(request->params.list.cursor, SOTTO_RPC_CURSOR_BYTES + 1),
			"cursor is closed");
		fuzz_require(request->params.list.limit >= 1 &&
				     request->params.list.limit <= SOTTO_RPC_LIST,
			"limit");
		break;
	case SOTTO_RPC_SESSION_DELETE:
		check_word(request->params.del.id);
		break;
	case SOTTO_RPC_EVENTS_SUBSCRIBE:
		fuzz_require(request->params.subscribe.kinds >> SOTTO_RPC_EVENT_KINDS == 0,
			"kinds of the list");
		break;
	case SOTTO_RPC_PORT_SET:
		check_word(request->params.port.name);
		break;
	default:
		break;
	}
}

/* --- the canonical run, and the same request laid out otherwise ----------------------------------
 */

struct run {
	size_t len, room;
	uint8_t *bytes;
};

static void keep(void *arg, const void *bytes, size_t len)
{
	struct run *run = arg;

	if (run->room - run->len < len) {
		run->room = 2 * (run->room + len);
		run->bytes = realloc(run->bytes, run->room);
		fuzz_require(run->bytes, "memory");
	}
	memcpy(run->bytes + run->len, bytes, len);
	run->len += len;
}

static void check_same_put(const struct sotto_rpc_put *a, const struct sotto_rpc_put *b)
{
	struct run first = {.len = 0}, second = {.len = 0};

	sotto_rpc_put_feed(a, keep, &first);
	sotto_rpc_put_feed(b, keep, &second);
	fuzz_require(first.len > 0 && first.len == second.len &&
			     memcmp(first.bytes, second.bytes, first.len) == 0,
		"one canonical run");
	fuzz_require(a->rev == b->rev, "one revision");
	free(first.bytes);
	free(second.bytes);
}

static void check_same(const struct sotto_rpc_batch *a, const struct sotto_rpc_batch *b)
{
	fuzz_require(a->is_array == b->is_array && a->count == b->count, "the same batch");
	for (size_t i = 0; i < a->count; i++) {
		const struct sotto_rpc_request *x = &a->requests[i], *y = &b->requests[i];

		fuzz_require(x->method == y->method, "the same method");
		fuzz_require(
			!x->id == !y->id && (!x->id || json_equal(x->id, y->id)), "the same id");
		if (x->method == SOTTO_RPC_SESSION_PUT)
			check_same_put(x->params.put, y->params.put);
	}
}

/* jansson's memory is not malloc's once it wipes. */
static void free_of_jansson(void *p)
{
	json_malloc_t allocate;
	json_free_t release;

	json_get_alloc_funcs(&allocate, &release);
	release(p);
}

/* Lays the JSON out with sorted names and blanks, and decodes that. Errors may name other fields.
 */
static void check_layout(const char *line, size_t len, const struct sotto_rpc_batch *batch)
{
	json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	struct sotto_rpc_batch again;
	char *text = json ? json_dumps(json, JSON_SORT_KEYS | JSON_INDENT(1)) : NULL;

	json_decref(json);
	if (!text)
		return;
	fuzz_require(sotto_rpc_decode(text, strlen(text), &again) == 0, "memory");
	if (batch->requests[0].error.kind != SOTTO_RPC_TOO_LARGE &&
		again.requests[0].error.kind != SOTTO_RPC_TOO_LARGE)
		check_same(batch, &again);
	sotto_rpc_batch_free(&again);
	free_of_jansson(text);
}

/* --- answers -------------------------------------------------------------------------------------
 */

static void answer_one(struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request)
{
	struct sotto_rpc_error error = request->error;

	switch (request->method) {
	case SOTTO_RPC_EVENTS_SUBSCRIBE:
		sotto_rpc_reply_events_subscribe(
			reply, request, request->params.subscribe.from_seq);
		break;
	case SOTTO_RPC_PORT_SET:
		sotto_rpc_reply_port_set(
			reply, request, request->params.port.name, request->params.port.up);
		break;
	case SOTTO_RPC_SESSION_PUT:
		sotto_rpc_error_set_leg(&error, SOTTO_RPC_NO_PORTS,
			request->params.put->media_count - 1, 1, "interface", "none is left");
		sotto_rpc_reply_error(reply, request, &error);
		break;
	default:
		if (request->method != SOTTO_RPC_NONE)
			sotto_rpc_error_set(&error, SOTTO_RPC_NOT_FOUND, "id", "no such session");
		sotto_rpc_reply_error(reply, request, &error);
	}
}

static size_t answers_expected(const struct sotto_rpc_batch *batch)
{
	size_t n = 0;

	for (size_t i = 0; i < batch->count; i++)
		n += batch->requests[i].id != NULL;
	return n;
}

static bool is_secret_elsewhere(const struct sotto_rpc_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct sotto_rpc_request *request = &batch->requests[i];
		const char *id = request->id ? json_string_value(request->id) : NULL;

		if (id && strstr(id, SECRET))
			return true;
		if (request->method == SOTTO_RPC_PORT_SET &&
			strstr(request->params.port.name, SECRET))
			return true;
	}
	return false;
}

static void check_answer(const struct sotto_rpc_batch *batch, const char *text, size_t len)
{
	size_t expected = answers_expected(batch);
	json_t *json;

	fuzz_require(!text == (expected == 0), "notifications are not answered");
	if (!text)
		return;
	fuzz_require(text[len] == 0 && strlen(text) == len, "a closing zero");
	fuzz_require(strchr(text, '\n') == text + len - 1, "one line");
	fuzz_require(is_secret_elsewhere(batch) || !strstr(text, SECRET), "no key in an answer");
	json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	fuzz_require(json, "an answer is JSON");
	fuzz_require(batch->is_array ? json_array_size(json) == expected : json_is_object(json),
		"an answer for each");
	json_decref(json);
}

static void answer(const struct sotto_rpc_batch *batch)
{
	struct sotto_rpc_reply reply;
	size_t len = 1;
	char *text;

	sotto_rpc_reply_start(&reply, batch);
	for (size_t i = 0; i < batch->count; i++)
		answer_one(&reply, &batch->requests[i]);
	fuzz_require(sotto_rpc_reply_finish(&reply, &text, &len) == 0, "memory");
	check_answer(batch, text, len);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct sotto_rpc_batch batch;
	char *line;

	if (!ready)
		sotto_rpc_memory_wipe_json();
	ready = true;
	line = fuzz_copy(data, size);
	fuzz_require(sotto_rpc_decode(line, size, &batch) == 0, "memory");
	fuzz_require(batch.count >= 1, "at least one request");
	fuzz_require(batch.is_array || batch.count == 1, "one request");
	for (size_t i = 0; i < batch.count; i++)
		check_request(&batch.requests[i]);
	answer(&batch);
	check_layout(line, size, &batch);
	sotto_rpc_batch_free(&batch);
	free(line);
	return 0;
}
