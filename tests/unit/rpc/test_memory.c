/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory: nothing that is freed still holds key text, all is given back, and running out of memory
 * at any allocation is survived. Linked with --wrap for malloc, calloc, realloc and free, so that
 * both are seen.
 */
#include "support.h"

#include "rpc/memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

/* volatile: compilers know malloc and free, and think that they change none of these. */
static volatile unsigned leaked;           /* freed blocks that held the canary */
static volatile unsigned freed;            /* blocks looked at */
static volatile unsigned allocations_left; /* before one fails; 0 = none fails */
static volatile bool failed;               /* one has failed */
static volatile long live;                 /* blocks that were not given back yet */
static volatile size_t held;               /* their bytes, but for realloc's */

static bool must_fail(void)
{
	bool fails = allocations_left == 1;

	if (allocations_left > 0)
		allocations_left--;
	failed |= fails;
	return fails;
}

static void *counted(void *block)
{
	live += block != NULL;
	held += malloc_usable_size(block);
	return block;
}

void *__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
	void *larger = must_fail() ? NULL : __real_realloc(block, size);

	return block ? larger : counted(larger);
}

void __wrap_free(void *block)
{
	if (block) {
		freed++;
		live--;
		held -= malloc_usable_size(block);
		leaked += memmem(block, malloc_usable_size(block), "CANARY", 6) != NULL;
	}
	__real_free(block);
}

/* Makes the nth allocation from now on fail; 0 ends that. */
static void fail_allocation(unsigned n)
{
	failed = false;
	allocations_left = n;
}

/* Whether it came to that allocation; ends the watch. */
static bool has_failed(void)
{
	allocations_left = 0;
	return failed;
}

static void count_bytes(void *arg, const void *bytes, size_t len)
{
	*(size_t *)arg += len;
}

/* Decodes, feeds the canonical run, answers with an error, frees: all that sees a key. */
static int whole_life(const char *line, size_t len)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_reply reply;
	char *text;
	int rc = sotto_rpc_decode(line, len, &batch);

	if (rc != 0)
		return rc;
	if (batch.requests->method == SOTTO_RPC_SESSION_PUT)
		sotto_rpc_put_feed(batch.requests->params.put, count_bytes, &len);
	sotto_rpc_reply_start(&reply, &batch);
	sotto_rpc_reply_error(&reply, batch.requests, &batch.requests->error);
	sotto_rpc_batch_free(&batch);
	rc = sotto_rpc_reply_finish(&reply, &text, &len);
	if (rc == 0)
		free(text);
	return rc;
}

/* The line alone, or a batch of it twice. */
static char *line_of(const char *text, bool twice)
{
	char *line = malloc(2 * strlen(text) + 4);

	ck_assert_ptr_nonnull(line);
	sprintf(line, twice ? "[%s,%s]" : "%s", text, text);
	return line;
}

START_TEST(no_freed_block_holds_a_key)
{
	static const char *const edits[][2] = {
		{"\"rev\":3", "\"rev\":3"},                        /* a good request */
		{"\"dscp\":\"keep\"", "\"dscp\":\"no\""},          /* fails behind the keys */
		{"\"dscp\":\"keep\"", "\"dscp\":"},                /* no JSON, behind the keys */
		{"\"rtcp_mux\":true,", "\"interface\":\"core\","}, /* a name twice */
		{"\"sdes\":\"", "\"sdes\":\"\\u0020"},             /* through the lexer's escapes */
		{"\"send_mki\":2", "\"send_mki\":3"},              /* fails behind all keys */
		{"\"mki\":0}", "\"mki\":0,\"salt\":\"s\"}"},   /* a name twice in a master key */
		{"\"mki\":0}", "\"mki\":0,\"" CANARY "\":1}"}, /* a key where a name belongs */
		{"\"masters\":[",
			"\"masters\":[\"" CANARY "\","}, /* a key where an object belongs */
		{"\"shared\":true", "\"shared\":0"},     /* between the keys */
	};
	char *text = edited(real_put, edits[_i / 2][0], edits[_i / 2][1]);
	char *line = line_of(text, _i % 2);
	long missing;
	int rc;

	sotto_rpc_memory_wipe_json();
	leaked = freed = 0;
	live = 0;
	rc = whole_life(line, strlen(line));
	missing = live; /* Check's own blocks come and go below */
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(missing, 0);
	ck_assert_uint_gt(freed, 50);
	ck_assert_uint_eq(leaked, 0);
	__real_free(line);
	__real_free(text);
}
END_TEST

START_TEST(the_check_above_can_fail)
{
	char *line = edited(real_put, "call-1", "call-2");

	leaked = 0;
	free(line);
	ck_assert_uint_eq(leaked, 1);
}
END_TEST

START_TEST(running_out_of_memory_anywhere_is_survived)
{
	static const char *const lines[] = {real_put,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.list\"}", "[1,{}]", "{\"a\":"};
	char *line = line_of(lines[_i / 2], _i % 2);
	unsigned n = 0;
	long missing;

	/* Without the wiping allocator jansson's own calls would not be seen here. */
	sotto_rpc_memory_wipe_json();
	leaked = 0;
	live = 0;
	do {
		fail_allocation(++n);
		whole_life(line, strlen(line));
	} while (has_failed());
	missing = live;
	ck_assert_uint_gt(n, _i < 2 ? 250 : 5);
	ck_assert_uint_eq(leaked, 0);
	ck_assert_int_eq(missing, 0);
	__real_free(line);
}
END_TEST

/* As many of the smallest media as a line takes, each with four keys of some form. */
static char *line_of_keys(const char *key, size_t *len)
{
	char *line = malloc(SOTTO_RPC_LINE_BYTES);
	char leg[512], media[1280];
	size_t used = 0;

	ck_assert_ptr_nonnull(line);
	snprintf(leg, sizeof(leg),
		"{\"interface\":\"x\",\"security\":\"required\",\"receive\":%s,\"send\":%s}", key,
		key);
	snprintf(media, sizeof(media), "{\"a\":%s,\"b\":%s}", leg, leg);
	for (unsigned i = 0; i < 220; i++) {
		used += (size_t)sprintf(line + used,
			"%s{\"jsonrpc\":\"2.0\",\"method\":\"session.put\","
			"\"params\":{\"id\":\"c\",\"rev\":1,\"media\":[",
			i ? "," : "[");
		for (unsigned m = 0; m < SOTTO_RPC_MEDIA; m++)
			used += (size_t)sprintf(line + used, "%s%s", m ? "," : "", media);
		used += (size_t)sprintf(line + used, "]}}");
		ck_assert_uint_lt(used + 12 * sizeof(media), SOTTO_RPC_LINE_BYTES);
	}
	*len = used + (size_t)sprintf(line + used, "]");
	return line;
}

/* Requests wait in a client's queue: what they hold must be in proportion to what was sent. */
START_TEST(short_keys_take_little_memory)
{
	static const char *const keys[] = {"{\"sdes\":\"s\"}",
		"{\"suite\":\"s\",\"key\":\"k\",\"salt\":\"s\"}",
		"{\"sdes\":\"s\",\"streams\":[{\"ssrc\":1,\"roc\":1,\"highest_seq\":1}]}"};
	struct sotto_rpc_batch batch;
	size_t len, before, more;
	char *line = line_of_keys(keys[_i], &len);

	sotto_rpc_memory_wipe_json();
	before = held;
	ck_assert_int_eq(sotto_rpc_decode(line, len, &batch), 0);
	more = held - before;
	ck_assert_uint_eq(batch.count, 220);
	ck_assert_msg(batch.requests[219].method == SOTTO_RPC_SESSION_PUT, "%s",
		batch.requests[219].error.detail);
	ck_assert_uint_lt(more, 10 * len);
	sotto_rpc_batch_free(&batch);
	free(line);
}
END_TEST

/* Answers one request with a small result of each kind. */
static int encode_all(void)
{
	static const char *const none[] = {"AES_CM_128_HMAC_SHA1_80", NULL};
	static const struct sotto_rpc_media_state media = {
		.id = "0", .legs = {{.receive_suite = "s"}, {.send_suite = "s"}}};
	static const struct sotto_rpc_put_media local = {.id = "0"};
	static const struct sotto_rpc_list_item item = {.id = "c"};
	static const struct sotto_rpc_hello_result hello = {
		.server = "\xc3\xa9", .suites = none, .features = none};
	static const struct sotto_rpc_put_result put = {.media = &local, .media_count = 1};
	static const struct sotto_rpc_get_result get = {.media = &media, .media_count = 1};
	static const struct sotto_rpc_delete_result del = {.media = &media, .media_count = 1};
	static const struct sotto_rpc_list_result list = {.sessions = &item, .session_count = 1};
	static const struct sotto_rpc_stats_result stats = {.uptime_s = 1};
	struct sotto_rpc_reply reply;
	char *text;
	size_t len;
	int rc;

	sotto_rpc_reply_start(&reply, NULL);
	sotto_rpc_reply_hello(&reply, NULL, &hello);
	sotto_rpc_reply_session_put(&reply, NULL, &put);
	sotto_rpc_reply_session_get(&reply, NULL, &get);
	sotto_rpc_reply_session_delete(&reply, NULL, &del);
	sotto_rpc_reply_session_list(&reply, NULL, &list);
	sotto_rpc_reply_stats_get(&reply, NULL, &stats);
	sotto_rpc_reply_port_set(&reply, NULL, "p", true);
	rc = sotto_rpc_reply_finish(&reply, &text, &len);
	if (rc == 0)
		free(text);
	return rc;
}

START_TEST(an_answer_is_whole_or_not_given)
{
	unsigned n = 0;
	int rc;

	sotto_rpc_memory_wipe_json();
	do {
		fail_allocation(++n);
		rc = encode_all();
		ck_assert_int_eq(rc, has_failed() ? -ENOMEM : 0);
	} while (rc != 0);
	ck_assert_uint_gt(n, 5); /* the text grows twice, and one text needs escapes */
}
END_TEST

START_TEST(an_event_is_whole_or_not_given)
{
	static const enum sotto_rpc_event_kind kinds[] = {SOTTO_RPC_AUTH_FAILURES,
		SOTTO_RPC_REKEY_NEEDED, SOTTO_RPC_SYNC_LOST, SOTTO_RPC_LATCHED};
	struct sotto_rpc_event event = {
		.kind = kinds[_i], .boot_id = "b", .session = "c", .leg = 'a'};
	char *text;
	size_t len;
	unsigned n = 0;
	int rc;

	if (event.kind == SOTTO_RPC_LATCHED)
		event.u.latch.to = (struct sotto_endpoint){addr_of("10.99.1.1"), 1};
	sotto_rpc_memory_wipe_json();
	do {
		fail_allocation(++n);
		rc = sotto_rpc_event_text(&event, &text, &len);
		ck_assert_int_eq(rc, has_failed() ? -ENOMEM : 0);
	} while (rc != 0);
	free(text);
	ck_assert_uint_gt(n, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpc: memory");
	TCase *tcase = tcase_create("memory");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, no_freed_block_holds_a_key, 0, 20);
	tcase_add_test(tcase, the_check_above_can_fail);
	tcase_add_loop_test(tcase, running_out_of_memory_anywhere_is_survived, 0, 8);
	tcase_add_loop_test(tcase, short_keys_take_little_memory, 0, 3);
	tcase_add_test(tcase, an_answer_is_whole_or_not_given);
	tcase_add_loop_test(tcase, an_event_is_whole_or_not_given, 0, 4);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
