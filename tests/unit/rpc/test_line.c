/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines before any method is looked at: JSON, sizes, envelopes, ids, notifications. */
#include "support.h"

#include <stdio.h>
#include <string.h>

/* Lines that are no JSON text as we take it. */
static const char *const no_json[] = {"", " ", "{", "}", "[", "{]", "{\"a\":1", "nul", "tru", "'a'",
	"{\"jsonrpc\":\"2.0\"}}", "{\"jsonrpc\":\"2.0\"} 1", "{\"a\" 1}", "{a:1}", "{\"a\":01}",
	"{\"a\":+1}", "{\"a\":.5}", "{\"a\":1,}", "[1,]", "{\"a\":\"\t\"}", "{\"a\":\"\\q\"}",
	"{\"a\":\"\\u0000\"}", "{\"a\\u0000\":1}", "{\"a\":\"\\ud800\"}", "{\"a\":NaN}",
	"{\"a\":1e999}", "{\"a\":9223372036854775808}", "{\"a\":\"\xff\"}", "{\"a\":\"\xc0\x80\"}",
	"{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xf4\x90\x80\x80\"}", "{\"a\":\"\xe2\x82\"}",
	"\xef\xbb\xbf{}", "{\"a\":1,\"a\":1}", "{\"x-a\":{\"b\":1,\"b\":2}}", "// a\n{}"};

START_TEST(what_is_no_json_is_a_parse_error)
{
	expect_error(no_json[_i], SOTTO_RPC_PARSE, "");
}
END_TEST

START_TEST(a_zero_byte_is_a_parse_error)
{
	static const char in_text[] = "{\"jsonrpc\":\"2.\0000\"}";
	static const char behind[] = "{}\0";
	static const char only[] = "\0";
	struct sotto_rpc_batch batch;

	decode_bytes(in_text, sizeof(in_text) - 1, &batch);
	ck_assert_int_eq(batch.requests->error.kind, SOTTO_RPC_PARSE);
	sotto_rpc_batch_free(&batch);
	decode_bytes(behind, sizeof(behind) - 1, &batch);
	ck_assert_int_eq(batch.requests->error.kind, SOTTO_RPC_PARSE);
	sotto_rpc_batch_free(&batch);
	decode_bytes(only, 1, &batch);
	ck_assert_int_eq(batch.requests->error.kind, SOTTO_RPC_PARSE);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(a_parse_error_says_why_and_is_answered_without_id)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_reply reply;
	char *text;
	size_t len;

	decode("{\"id\":5,\"id\":6}", &batch);
	sotto_rpc_reply_start(&reply, &batch);
	sotto_rpc_reply_error(&reply, batch.requests, &batch.requests->error);
	ck_assert_int_eq(sotto_rpc_reply_finish(&reply, &text, &len), 0);
	ck_assert_str_eq(text,
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"Parse "
		"error\",\"data\":{\"kind\":\"parse\",\"detail\":\"a name stands twice in an "
		"object, at byte 12\"}}}\n");
	free(text);
	sotto_rpc_batch_free(&batch);
}
END_TEST

struct row {
	const char *text;
	const char *field;
};

static const struct row no_request[] = {
	{"1", ""},
	{"null", ""},
	{"true", ""},
	{"\"hello\"", ""},
	{"-0.5", ""},
	{"[]", ""},
	{"{}", "jsonrpc"},
	{"{\"jsonrpc\":\"2.0\"}", "method"},
	{"{\"method\":\"hello\"}", "jsonrpc"},
	{"{\"jsonrpc\":\"1.0\",\"method\":\"stats.get\"}", "jsonrpc"},
	{"{\"jsonrpc\":2.0,\"method\":\"stats.get\"}", "jsonrpc"},
	{"{\"jsonrpc\":null,\"method\":\"stats.get\"}", "jsonrpc"},
	{"{\"jsonrpc\":\"2.0\",\"method\":1}", "method"},
	{"{\"jsonrpc\":\"2.0\",\"method\":null}", "method"},
	{"{\"jsonrpc\":\"2.0\",\"method\":[\"stats.get\"]}", "method"},
	{"{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":1.5}", "id"},
	{"{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":[]}", "id"},
	{"{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":{}}", "id"},
	{"{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":true}", "id"},
	{"{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"parms\":{}}", "parms"},
	{"{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"result\":{}}", "result"},
};

START_TEST(what_is_no_request_is_invalid)
{
	expect_error(no_request[_i].text, SOTTO_RPC_INVALID, no_request[_i].field);
}
END_TEST

START_TEST(an_invalid_request_without_id_is_answered_with_null)
{
	struct sotto_rpc_batch batch;

	decode("{\"foo\":\"boo\"}", &batch);
	ck_assert_ptr_nonnull(batch.requests->id);
	sotto_rpc_batch_free(&batch);
}
END_TEST

static const char *const good_ids[] = {
	"1", "0", "-9", "9223372036854775807", "null", "\"\"", "\"a b\"", "\"\xc3\xa9\""};

START_TEST(ids_come_back_as_they_are)
{
	struct sotto_rpc_error error = {.kind = SOTTO_RPC_NO_ERROR};
	struct sotto_rpc_batch batch;
	struct sotto_rpc_reply reply;
	char text[128], want[128];
	char *got;
	size_t len;

	snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":%s}",
		good_ids[_i]);
	snprintf(want, sizeof(want), "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\"", good_ids[_i]);
	decode_good(text, &batch);
	sotto_rpc_error_set(&error, SOTTO_RPC_INTERNAL, NULL, "test");
	sotto_rpc_reply_start(&reply, &batch);
	sotto_rpc_reply_error(&reply, batch.requests, &error);
	ck_assert_int_eq(sotto_rpc_reply_finish(&reply, &got, &len), 0);
	ck_assert_msg(strncmp(got, want, strlen(want)) == 0, "%s", got);
	free(got);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(an_id_has_128_bytes_at_most)
{
	struct sotto_rpc_batch batch;
	char *id = quoted('i', SOTTO_RPC_CALL_ID_BYTES);
	char *text = edited("{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":@}", "@", id);

	decode_good(text, &batch);
	sotto_rpc_batch_free(&batch);
	free(id);
	free(text);
	id = quoted('i', SOTTO_RPC_CALL_ID_BYTES + 1);
	text = edited("{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":@}", "@", id);
	expect_error(text, SOTTO_RPC_INVALID, "id");
	free(id);
	free(text);
}
END_TEST

START_TEST(a_good_id_is_kept_when_the_rest_is_wrong)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_reply reply;
	char *text;
	size_t len;

	decode("{\"jsonrpc\":\"2.0\",\"id\":\"mine\",\"method\":7}", &batch);
	sotto_rpc_reply_start(&reply, &batch);
	sotto_rpc_reply_error(&reply, batch.requests, &batch.requests->error);
	ck_assert_int_eq(sotto_rpc_reply_finish(&reply, &text, &len), 0);
	ck_assert_ptr_nonnull(strstr(text, "\"id\":\"mine\""));
	ck_assert_ptr_nonnull(strstr(text, "\"code\":-32600"));
	free(text);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(no_id_is_a_notification_even_when_it_fails)
{
	static const char *const lines[] = {
		"{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\"}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"no.such\"}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"session.get\",\"params\":{}}",
	};
	struct sotto_rpc_batch batch;

	decode(lines[_i], &batch);
	ck_assert_ptr_null(batch.requests->id);
	ck_assert_int_eq(batch.requests->method == SOTTO_RPC_NONE, _i > 0);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(unknown_methods_are_named_as_such)
{
	static const char *const methods[] = {"", "none", "Hello", "session", "session.put ",
		"session.putt", "rpc.discover", "event"};
	char *text = request_of(methods[_i], "{}");

	expect_error(text, SOTTO_RPC_METHOD, "");
	free(text);
}
END_TEST

START_TEST(names_that_begin_with_x_are_ignored_in_the_envelope)
{
	struct sotto_rpc_batch batch;

	decode_good(
		"{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":1,\"x-trace\":[1]}", &batch);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(unknown_names_are_repeated_only_when_they_look_like_names)
{
	char *name = quoted('n', 16);
	char *text = edited("{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",@:1}", "@", name);

	expect_error(text, SOTTO_RPC_INVALID, "");
	free(name);
	free(text);
	name = quoted('n', 15);
	text = edited("{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",@:1}", "@", name);
	name[16] = '\0';
	expect_error(text, SOTTO_RPC_INVALID, name + 1);
	free(name);
	free(text);
	expect_error(
		"{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"a b\":1}", SOTTO_RPC_INVALID, "");
	expect_error(
		"{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"\":1}", SOTTO_RPC_INVALID, "");
}
END_TEST

/* A request whose x-d field opens depth - 2 arrays. */
static char *nested(size_t depth, size_t close)
{
	static const char head[] =
		"{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":1,\"params\":{\"x-d\":";
	char *text = malloc(sizeof(head) + 2 * depth + 3);
	size_t n = sizeof(head) - 1;

	ck_assert_ptr_nonnull(text);
	memcpy(text, head, n);
	memset(text + n, '[', depth - 2);
	n += depth - 2;
	memset(text + n, ']', close);
	n += close;
	strcpy(text + n, "}}");
	return text;
}

START_TEST(nesting_ends_at_16)
{
	struct sotto_rpc_batch batch;
	char *text = nested(SOTTO_RPC_DEPTH, SOTTO_RPC_DEPTH - 2);

	decode_good(text, &batch);
	sotto_rpc_batch_free(&batch);
	free(text);
	text = nested(SOTTO_RPC_DEPTH + 1, SOTTO_RPC_DEPTH - 1);
	expect_error(text, SOTTO_RPC_TOO_LARGE, "");
	free(text);
	text = nested(500000, 0);
	expect_error(text, SOTTO_RPC_TOO_LARGE, "");
	free(text);
}
END_TEST

START_TEST(brackets_in_strings_do_not_nest)
{
	struct sotto_rpc_batch batch;

	decode_good("{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":1,\"params\":{\"x-d\":"
		    "\"[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[\\\\\"}}",
		&batch);
	sotto_rpc_batch_free(&batch);
	/* A string that does not end hides nothing from the parser: it ends there, too. */
	expect_error("{\"a\":\"\\\\\\\"[[[[[[[[[[[[[[[[[[[[[[", SOTTO_RPC_PARSE, "");
}
END_TEST

static char *padded(size_t len)
{
	static const char head[] = "{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":1}";
	char *text = malloc(len + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, ' ', len);
	memcpy(text, head, sizeof(head) - 1);
	text[len] = '\0';
	return text;
}

START_TEST(a_line_has_one_mebibyte_at_most)
{
	struct sotto_rpc_batch batch;
	char *text = padded(SOTTO_RPC_LINE_BYTES);

	ck_assert_uint_eq(SOTTO_RPC_LINE_BYTES, 1048576);
	decode_good(text, &batch);
	sotto_rpc_batch_free(&batch);
	free(text);
	text = padded(SOTTO_RPC_LINE_BYTES + 1);
	expect_error(text, SOTTO_RPC_TOO_LARGE, "");
	free(text);
}
END_TEST

/* "[]" repeated in an ignored field: each costs the parser far more memory than its bytes. */
static char *crowded(size_t commas)
{
	static const char head[] = "{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"x-a\":[1";
	char *text = malloc(sizeof(head) + 2 * commas + 3);
	char *at = text + sizeof(head) - 1;

	ck_assert_ptr_nonnull(text);
	memcpy(text, head, sizeof(head) - 1);
	for (size_t i = 0; i < commas; i++, at += 2)
		memcpy(at, ",1", 2);
	strcpy(at, "]}");
	return text;
}

START_TEST(a_line_has_65536_values_at_most)
{
	struct sotto_rpc_batch batch;
	char *text = crowded(SOTTO_RPC_VALUES - 5); /* the text, two openings, two commas */

	decode_good(text, &batch);
	sotto_rpc_batch_free(&batch);
	free(text);
	text = crowded(SOTTO_RPC_VALUES - 4);
	expect_error(text, SOTTO_RPC_TOO_LARGE, "");
	free(text);
}
END_TEST

START_TEST(white_space_around_a_text_is_allowed)
{
	struct sotto_rpc_batch batch;

	decode_good(" \t{ \"jsonrpc\" : \"2.0\",\"method\":\"stats.get\" ,\"id\":1} \r", &batch);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(kinds_have_their_codes)
{
	ck_assert_int_eq(sotto_rpc_kind_code(SOTTO_RPC_PARSE), -32700);
	ck_assert_int_eq(sotto_rpc_kind_code(SOTTO_RPC_INVALID), -32600);
	ck_assert_int_eq(sotto_rpc_kind_code(SOTTO_RPC_METHOD), -32601);
	ck_assert_int_eq(sotto_rpc_kind_code(SOTTO_RPC_PARAMS), -32602);
	for (unsigned k = SOTTO_RPC_TOO_LARGE; k < SOTTO_RPC_KINDS; k++) {
		ck_assert_int_eq(sotto_rpc_kind_code(k), -32000);
		ck_assert_ptr_nonnull(sotto_rpc_kind_message(k));
		for (unsigned j = 0; j < k; j++)
			ck_assert_str_ne(sotto_rpc_kind_name(k), sotto_rpc_kind_name(j));
	}
}
END_TEST

START_TEST(errors_are_cut_to_their_room)
{
	struct sotto_rpc_error error;
	char *text = quoted('t', 1000);

	sotto_rpc_error_set(&error, SOTTO_RPC_LIMIT, text, text);
	ck_assert_uint_eq(strlen(error.field), SOTTO_RPC_FIELD_BYTES - 1);
	ck_assert_uint_eq(strlen(error.detail), SOTTO_RPC_DETAIL_BYTES - 1);
	sotto_rpc_error_set(&error, SOTTO_RPC_LIMIT, NULL, "100%s of %n");
	ck_assert_str_eq(error.field, "");
	ck_assert_str_eq(error.detail, "100%s of %n");
	sotto_rpc_error_set_leg(&error, SOTTO_RPC_BAD_KEY, 7, 1, "send", "d");
	ck_assert_str_eq(error.field, "media[7].b.send");
	sotto_rpc_error_set_leg(&error, SOTTO_RPC_NO_ROUTE, 0, 0, NULL, "d");
	ck_assert_str_eq(error.field, "media[0].a");
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpc: lines");
	TCase *text = tcase_create("json");
	TCase *envelope = tcase_create("envelope");
	TCase *sizes = tcase_create("sizes");

	tcase_add_loop_test(text, what_is_no_json_is_a_parse_error, 0, COUNT(no_json));
	tcase_add_test(text, a_zero_byte_is_a_parse_error);
	tcase_add_test(text, a_parse_error_says_why_and_is_answered_without_id);
	tcase_add_test(text, white_space_around_a_text_is_allowed);
	suite_add_tcase(suite, text);
	tcase_add_loop_test(envelope, what_is_no_request_is_invalid, 0, COUNT(no_request));
	tcase_add_test(envelope, an_invalid_request_without_id_is_answered_with_null);
	tcase_add_loop_test(envelope, ids_come_back_as_they_are, 0, COUNT(good_ids));
	tcase_add_test(envelope, an_id_has_128_bytes_at_most);
	tcase_add_test(envelope, a_good_id_is_kept_when_the_rest_is_wrong);
	tcase_add_loop_test(envelope, no_id_is_a_notification_even_when_it_fails, 0, 3);
	tcase_add_loop_test(envelope, unknown_methods_are_named_as_such, 0, 8);
	tcase_add_test(envelope, names_that_begin_with_x_are_ignored_in_the_envelope);
	tcase_add_test(envelope, unknown_names_are_repeated_only_when_they_look_like_names);
	tcase_add_test(envelope, kinds_have_their_codes);
	tcase_add_test(envelope, errors_are_cut_to_their_room);
	suite_add_tcase(suite, envelope);
	tcase_set_timeout(sizes, 60);
	tcase_add_test(sizes, nesting_ends_at_16);
	tcase_add_test(sizes, brackets_in_strings_do_not_nest);
	tcase_add_test(sizes, a_line_has_one_mebibyte_at_most);
	tcase_add_test(sizes, a_line_has_65536_values_at_most);
	suite_add_tcase(suite, sizes);
	return sotto_unit_run(suite);
}
