/* SPDX-License-Identifier: BSD-3-Clause */
/* Batches: several requests in the array of one line (JSON-RPC 2.0, section 6). */
#include "support.h"

#include <stdio.h>
#include <string.h>

/* An array of count times the item. */
static char *batch_of(const char *item, size_t count)
{
	char *text = malloc((strlen(item) + 1) * count + 3);
	char *at = text;

	ck_assert_ptr_nonnull(text);
	*at++ = '[';
	for (size_t i = 0; i < count; i++)
		at += sprintf(at, "%s%s", i ? "," : "", item);
	strcpy(at, "]");
	return text;
}

START_TEST(a_batch_has_1_to_1000_requests)
{
	static const char item[] = "{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":1}";
	struct sotto_rpc_batch batch;
	char *text = batch_of(item, SOTTO_RPC_BATCH);

	decode(text, &batch);
	ck_assert(batch.is_array);
	ck_assert_uint_eq(batch.count, SOTTO_RPC_BATCH);
	ck_assert_int_eq(batch.requests[SOTTO_RPC_BATCH - 1].method, SOTTO_RPC_STATS_GET);
	sotto_rpc_batch_free(&batch);
	free(text);
	text = batch_of(item, SOTTO_RPC_BATCH + 1);
	decode(text, &batch);
	ck_assert(!batch.is_array);
	ck_assert_uint_eq(batch.count, 1);
	ck_assert_int_eq(batch.requests->error.kind, SOTTO_RPC_TOO_LARGE);
	sotto_rpc_batch_free(&batch);
	free(text);
	expect_error("[]", SOTTO_RPC_INVALID, "");
}
END_TEST

START_TEST(a_batch_of_one_is_an_array)
{
	struct sotto_rpc_batch batch;

	decode("[{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":1}]", &batch);
	ck_assert(batch.is_array);
	ck_assert_uint_eq(batch.count, 1);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(each_request_of_a_batch_stands_alone)
{
	struct sotto_rpc_batch batch;

	decode("[{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":1},5,[],"
	       "{\"jsonrpc\":\"2.0\",\"method\":\"no.such\",\"id\":2},"
	       "{\"jsonrpc\":\"2.0\",\"method\":\"session.get\",\"params\":{\"id\":\"c\"}},"
	       "{\"jsonrpc\":\"2.0\",\"method\":\"session.get\",\"params\":{},\"id\":3}]",
		&batch);
	ck_assert_uint_eq(batch.count, 6);
	ck_assert_int_eq(batch.requests[0].method, SOTTO_RPC_STATS_GET);
	ck_assert_int_eq(batch.requests[1].error.kind, SOTTO_RPC_INVALID);
	ck_assert_int_eq(batch.requests[2].error.kind, SOTTO_RPC_INVALID);
	ck_assert_int_eq(batch.requests[3].error.kind, SOTTO_RPC_METHOD);
	ck_assert_int_eq(batch.requests[4].method, SOTTO_RPC_SESSION_GET);
	ck_assert_ptr_null(batch.requests[4].id);
	ck_assert_str_eq(batch.requests[4].params.get.id, "c");
	ck_assert_int_eq(batch.requests[5].error.kind, SOTTO_RPC_PARAMS);
	ck_assert_str_eq(batch.requests[5].error.field, "id");
	sotto_rpc_batch_free(&batch);
}
END_TEST

/* Nothing of a batch is carried out when its line is bad anywhere. */
static const char *const bad_batches[] = {"[1,2,]", "[1 2]", "[1,,2]", "[1,2}", "[1,2]]", "[1,2] 3",
	"[1,2", "[1,2,", "[1:2]", "[,1,2]", "[1,2],[3,4]", "[1,{]},2]", "[{\"a:\":1,\"a:\":1},2]",
	"[1,{\"x-a\":[{\"b\":1,\"c\":\":\",\"b\":2}]}]", "[1,\"2]", "[{},{},{\"a\"}]"};

START_TEST(a_bad_batch_is_one_parse_error)
{
	expect_error(bad_batches[_i], SOTTO_RPC_PARSE, "");
}
END_TEST

START_TEST(a_batch_that_is_cut_is_one_parse_error)
{
	char line[8192];
	size_t len = (size_t)snprintf(line, sizeof(line), " [%s,{},%s]", small_put, real_put);
	struct sotto_rpc_batch batch;

	for (size_t n = 0; n <= len; n++) {
		decode_bytes(line, n, &batch);
		ck_assert_uint_eq(batch.count, n == len ? 3 : 1);
		ck_assert_int_eq(batch.is_array, n == len);
		if (n < len)
			ck_assert_int_eq(batch.requests->error.kind, SOTTO_RPC_PARSE);
		sotto_rpc_batch_free(&batch);
	}
}
END_TEST

START_TEST(a_parse_error_in_a_batch_has_its_place_in_the_line)
{
	struct sotto_rpc_batch batch;

	decode("[{},  {\"id\":5,\"id\":6}]", &batch);
	ck_assert_str_eq(
		batch.requests->error.detail, "a name stands twice in an object, at byte 18");
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(white_space_between_the_requests_of_a_batch_is_allowed)
{
	struct sotto_rpc_batch batch;

	decode("\t[ 1\r ,\n{} , \"]\" \n]\r ", &batch);
	ck_assert_uint_eq(batch.count, 3);
	ck_assert(batch.is_array);
	sotto_rpc_batch_free(&batch);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpc: batches");
	TCase *tcase = tcase_create("batches");

	tcase_add_test(tcase, a_batch_has_1_to_1000_requests);
	tcase_add_test(tcase, a_batch_of_one_is_an_array);
	tcase_add_test(tcase, each_request_of_a_batch_stands_alone);
	tcase_add_loop_test(tcase, a_bad_batch_is_one_parse_error, 0, COUNT(bad_batches));
	tcase_add_test(tcase, a_batch_that_is_cut_is_one_parse_error);
	tcase_add_test(tcase, a_parse_error_in_a_batch_has_its_place_in_the_line);
	tcase_add_test(tcase, white_space_between_the_requests_of_a_batch_is_allowed);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
