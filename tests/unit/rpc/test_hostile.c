/* SPDX-License-Identifier: BSD-3-Clause */
/* Input that nobody means: cut anywhere, and changed at random, the same way in every run. */
#include "support.h"

#include <stdint.h>
#include <string.h>

#define MUTATIONS 100000
#define ROOM 4096

START_TEST(every_truncation_is_a_parse_error)
{
	struct sotto_rpc_batch batch;

	for (size_t len = 0; len < strlen(real_put); len++) {
		decode_bytes(real_put, len, &batch);
		ck_assert_uint_eq(batch.count, 1);
		ck_assert_int_eq(batch.requests->error.kind, SOTTO_RPC_PARSE);
		sotto_rpc_batch_free(&batch);
	}
}
END_TEST

/* xorshift64*: small, and the same everywhere. */
static uint64_t draw(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

/* Pieces that JSON and this protocol are sensitive to. */
static const char *const pieces[] = {"{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "null",
	"-1", "1e9", "9007199254740993", "99999999999999999999", "true", "\"id\":", "\"a\":{",
	"\"media\":[", "\"x-\":", "\xff", "\xc3\xa9", " ", "\"sdes\":", "\"rev\":0,", "0",
	"\"masters\":[{", "\"streams\":[{", "\"mki\":0,", "\"roc\":\"try_both\",",
	"\"security\":\"verify\",", "\"security\":\"opaque\",", "\"TAG_32\","};

struct line {
	size_t len;
	char bytes[ROOM];
};

static void insert(struct line *line, size_t at, const char *piece, size_t len)
{
	if (line->len + len > ROOM)
		return;
	memmove(line->bytes + at + len, line->bytes + at, line->len - at);
	memcpy(line->bytes + at, piece, len);
	line->len += len;
}

static void cut(struct line *line, size_t at, size_t len)
{
	if (len > line->len - at)
		len = line->len - at;
	memmove(line->bytes + at, line->bytes + at + len, line->len - at - len);
	line->len -= len;
}

/* One change: a bit, a byte, a piece put in, a stretch cut out, or one copied elsewhere. */
static void mutate(struct line *line, uint64_t *state)
{
	size_t at = draw(state) % (line->len + 1);
	size_t len = draw(state) % 32;
	const char *piece = pieces[draw(state) % (unsigned)COUNT(pieces)];
	char copy[32];

	switch (draw(state) % 5) {
	case 0:
		if (at < line->len)
			line->bytes[at] ^= (char)(1u << draw(state) % 8);
		break;
	case 1:
		if (at < line->len)
			line->bytes[at] = (char)draw(state);
		break;
	case 2:
		insert(line, at, piece, strlen(piece));
		break;
	case 3:
		cut(line, at, len);
		break;
	case 4:
		if (at + len <= line->len) {
			memcpy(copy, line->bytes + at, len);
			insert(line, draw(state) % (line->len + 1), copy, len);
		}
		break;
	}
}

static void count_bytes(void *arg, const void *bytes, size_t len)
{
	*(size_t *)arg += len;
}

/* What control does with a batch: each request is answered; here always with its error. */
static void answer_all(const struct sotto_rpc_batch *batch)
{
	struct sotto_rpc_reply reply;
	char *text;
	size_t len;

	sotto_rpc_reply_start(&reply, batch);
	for (size_t i = 0; i < batch->count; i++) {
		const struct sotto_rpc_request *request = &batch->requests[i];

		if (request->method == SOTTO_RPC_NONE)
			sotto_rpc_reply_error(&reply, request, &request->error);
		else
			sotto_rpc_reply_events_subscribe(&reply, request, i);
		if (request->method != SOTTO_RPC_SESSION_PUT)
			continue;
		len = 0;
		sotto_rpc_put_feed(request->params.put, count_bytes, &len);
		ck_assert_uint_gt(len, 0);
	}
	ck_assert_int_eq(sotto_rpc_reply_finish(&reply, &text, &len), 0);
	if (text)
		ck_assert(strlen(text) == len && strchr(text, '\n') == text + len - 1);
	free(text);
}

START_TEST(random_changes_never_break_the_decoder)
{
	uint64_t state = UINT64_C(0x50770 /* any but zero */);
	unsigned good = 0, parsed = 0;
	struct sotto_rpc_batch batch;
	struct line line;

	for (unsigned i = 0; i < MUTATIONS; i++) {
		line.len = strlen(real_put);
		memcpy(line.bytes, real_put, line.len);
		for (uint64_t n = 1 + draw(&state) % 3; n > 0; n--)
			mutate(&line, &state);
		decode_bytes(line.bytes, line.len, &batch);
		good += batch.requests->method == SOTTO_RPC_SESSION_PUT;
		parsed += batch.requests->error.kind != SOTTO_RPC_PARSE;
		answer_all(&batch);
		sotto_rpc_batch_free(&batch);
	}
	/* Both sides of every check were visited: not all fail at the first one. */
	ck_assert_msg(good > MUTATIONS / 100 && parsed > good + MUTATIONS / 20,
		"only %u good and %u parsed", good, parsed);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpc: hostile input");
	TCase *tcase = tcase_create("lines");

	tcase_set_timeout(tcase, 240);
	tcase_add_test(tcase, every_truncation_is_a_parse_error);
	tcase_add_test(tcase, random_changes_never_break_the_decoder);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
