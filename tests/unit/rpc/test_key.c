/* SPDX-License-Identifier: BSD-3-Clause */
/* session.put: keys in each of their forms, and what goes with a key, at every edge. */
#include "support.h"

#include <stdio.h>
#include <string.h>

START_TEST(a_key_line_arrives_with_its_policy)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_key *key = decode_put(real_put, &batch)->media[0].legs[0].receive;

	ck_assert_int_eq(key->form, SOTTO_RPC_KEY_SDES);
	ck_assert_ptr_null(key->masters);
	ck_assert_uint_eq(key->master_count, 0);
	ck_assert_str_eq(key->suite, "");
	ck_assert_int_eq(key->roc, SOTTO_RPC_ROC_TRY_BOTH);
	ck_assert_uint_eq(key->roc_value, 0);
	ck_assert_uint_eq(key->overlap_ms, 750);
	ck_assert(!key->shared && !key->has_send_mki && !key->streams);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(a_raw_key_arrives_with_its_policy)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_key *key = decode_put(real_put, &batch)->media[0].legs[0].send;

	ck_assert_int_eq(key->form, SOTTO_RPC_KEY_RAW);
	ck_assert_ptr_null(key->sdes);
	ck_assert_uint_eq(key->master_count, 1);
	ck_assert_uint_eq(key->mki_len, 0);
	ck_assert_uint_eq(key->masters[0].lifetime, 1000);
	ck_assert_uint_eq(key->masters[0].mki, 0);
	ck_assert_uint_eq(key->modes, SOTTO_RPC_ALLOW_UNENCRYPTED_SRTCP);
	ck_assert_int_eq(key->roc, SOTTO_RPC_ROC_GIVEN);
	ck_assert_uint_eq(key->roc_value, 7);
	ck_assert_uint_eq(key->overlap_ms, 0);
	ck_assert(key->shared);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(several_master_keys_arrive)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_leg *leg = &decode_put(real_put, &batch)->media[1].legs[0];
	struct sotto_rpc_key *key = leg->receive;

	ck_assert_int_eq(key->form, SOTTO_RPC_KEY_MASTERS);
	ck_assert_str_eq(key->suite, "AES_256_CM_HMAC_SHA1_80");
	ck_assert_uint_eq(key->master_count, 2);
	ck_assert_uint_eq(key->mki_len, 4);
	ck_assert_uint_eq(key->modes, 0);
	ck_assert_str_eq(key->masters[0].key, CANARY "Dg==");
	ck_assert_str_eq(key->masters[0].salt, CANARY "Eg==");
	ck_assert_uint_eq(key->masters[0].mki, UINT32_MAX);
	ck_assert_uint_eq(key->masters[0].lifetime, UINT64_C(1) << 48);
	ck_assert_str_eq(key->masters[1].key, CANARY "Fg==");
	ck_assert_str_eq(key->masters[1].salt, CANARY "Gg==");
	ck_assert_uint_eq(key->masters[1].mki, 0);
	ck_assert_uint_eq(key->masters[1].lifetime, 0);
	ck_assert_int_eq(key->roc, SOTTO_RPC_ROC_KEEP);
	ck_assert_uint_eq(key->overlap_ms, 2000);
	ck_assert(!key->shared && !key->has_send_mki);
	ck_assert(leg->send->has_send_mki && leg->send->send_mki == 2);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(streams_arrive_sorted)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_key *key = decode_put(real_put, &batch)->media[1].legs[0].receive;

	ck_assert_uint_eq(key->stream_count, 2);
	ck_assert_uint_eq(key->streams[0].ssrc, 5);
	ck_assert_uint_eq(key->streams[0].roc, 0);
	ck_assert_uint_eq(key->streams[0].highest_seq, 17);
	ck_assert(!key->streams[0].has_srtcp_index);
	ck_assert_uint_eq(key->streams[1].ssrc, 9);
	ck_assert_uint_eq(key->streams[1].roc, 2);
	ck_assert_uint_eq(key->streams[1].highest_seq, 65535);
	ck_assert(key->streams[1].has_srtcp_index);
	ck_assert_uint_eq(key->streams[1].srtcp_index, 0x7fffffff);
	sotto_rpc_batch_free(&batch);
}
END_TEST

static const struct edit good_edits[] = {
	{"\"roc\":\"try_both\"", "\"roc\":\"keep\"", ""},
	{"\"roc\":\"try_both\"", "\"roc\":\"reset\"", ""},
	{"\"roc\":\"try_both\"", "\"roc\":0", ""},
	{"\"roc\":7", "\"roc\":4294967295", ""},
	{"\"roc\":7", "\"roc\":\"reset\"", ""},
	{"\"overlap_ms\":750", "\"overlap_ms\":0", ""},
	{"\"overlap_ms\":750", "\"overlap_ms\":10000", ""},
	{"\"shared\":true", "\"shared\":false", ""},
	{"\"lifetime\":1000", "\"lifetime\":1", ""},
	{"\"lifetime\":1000", "\"lifetime\":281474976710656", ""},
	{"\"modes\":[\"UNENCRYPTED_SRTCP\"]",
		"\"modes\":[\"UNAUTHENTICATED_SRTP\",\"UNENCRYPTED_SRTP\",\"UNENCRYPTED_SRTCP\"]",
		""},
	{"\"mki_length\":4", "\"mki_length\":128,\"modes\":[\"UNENCRYPTED_SRTP\"]", ""},
	{"\"mki_length\":1,", "\"mki_length\":7,", ""},
	{"\"mki_length\":1,", "\"mki_length\":8,", ""},
	{"\"mki_length\":4,", "\"mki_length\":9,\"x-n\":1,", ""},
	{"\"mki\":0}", "\"mki\":4294967294}", ""},
	{"\"mki\":2}],\"send_mki\":2", "\"mki\":255}],\"send_mki\":255", ""},
	{"\"send_mki\":2", "\"send_mki\":1", ""},
	{",\"send_mki\":2", "", ""},
	{"\"overlap_ms\":750}", "\"overlap_ms\":750,\"x-n\":{}}", ""},
	{"\"ssrc\":9", "\"ssrc\":4294967295", ""},
	{"\"ssrc\":9", "\"ssrc\":0", ""},
	{"\"roc\":2", "\"roc\":4294967295", ""},
	{"\"highest_seq\":65535", "\"highest_seq\":0", ""},
	{"\"srtcp_index\":2147483647", "\"srtcp_index\":0", ""},
	{"\"ssrc\":9", "\"x-n\":1,\"ssrc\":9", ""},
};

START_TEST(good_values_are_taken)
{
	expect_edit_good(&good_edits[_i]);
}
END_TEST

/* The receive key is the line's, the send key the raw one; video's have several master keys. */
#define RECEIVE "media[0].a.receive"
#define SEND "media[0].a.send"
#define VIDEO "media[1].a.receive"
#define VIDEO_SEND "media[1].a.send"

static const struct edit bad_edits[] = {
	/* one of three forms */
	{"\"sdes\":\"1", "\"lifetime\":1,\"sdes\":\"1", RECEIVE},
	{"\"sdes\":\"1", "\"modes\":[\"UNENCRYPTED_SRTP\"],\"sdes\":\"1", RECEIVE},
	{"\"sdes\":\"1", "\"masters\":[],\"sdes\":\"1", RECEIVE},
	{"\"sdes\":\"1", "\"mki_length\":1,\"sdes\":\"1", RECEIVE},
	{"\"lifetime\":1000", "\"mki_length\":1", SEND},
	{"\"lifetime\":1000", "\"mki\":1", SEND},
	{"\"lifetime\":1000", "\"masters\":[]", SEND},
	{"\"mki_length\":4,", "", VIDEO},
	{"\"mki_length\":4,", "\"mki_length\":4,\"lifetime\":5,", VIDEO},
	{"\"mki_length\":4,", "\"mki_length\":4,\"key\":\"" CANARY "\",", VIDEO},
	{"\"mki_length\":4,", "\"mki_length\":4,\"salt\":\"" CANARY "\",", VIDEO},
	{"\"suite\":\"AES_256_CM_HMAC_SHA1_80\",", "", VIDEO},
	{"\"masters\":[", "\"x-masters\":[", VIDEO},
	/* roc */
	{"\"roc\":7", "\"roc\":\"try_both\"", SEND ".roc"},
	{"\"roc\":7", "\"roc\":-1", SEND ".roc"},
	{"\"roc\":7", "\"roc\":4294967296", SEND ".roc"},
	{"\"roc\":7", "\"roc\":7.0", SEND ".roc"},
	{"\"roc\":7", "\"roc\":null", SEND ".roc"},
	{"\"roc\":7", "\"roc\":true", SEND ".roc"},
	{"\"roc\":7", "\"roc\":\"7\"", SEND ".roc"},
	{"\"roc\":7", "\"roc\":\"KEEP\"", SEND ".roc"},
	{"\"roc\":\"try_both\"", "\"roc\":\"try\"", RECEIVE ".roc"},
	{"\"roc\":\"try_both\"", "\"roc\":[]", RECEIVE ".roc"},
	/* overlap_ms */
	{"\"overlap_ms\":750", "\"overlap_ms\":-1", RECEIVE ".overlap_ms"},
	{"\"overlap_ms\":750", "\"overlap_ms\":10001", RECEIVE ".overlap_ms"},
	{"\"overlap_ms\":750", "\"overlap_ms\":\"750\"", RECEIVE ".overlap_ms"},
	{"\"overlap_ms\":750", "\"overlap_ms\":null", RECEIVE ".overlap_ms"},
	{"\"shared\":true", "\"overlap_ms\":750", SEND ".overlap_ms"},
	/* shared */
	{"\"shared\":true", "\"shared\":1", SEND ".shared"},
	{"\"shared\":true", "\"shared\":\"yes\"", SEND ".shared"},
	{"\"shared\":true", "\"shared\":null", SEND ".shared"},
	/* lifetime and modes */
	{"\"lifetime\":1000", "\"lifetime\":0", SEND ".lifetime"},
	{"\"lifetime\":1000", "\"lifetime\":281474976710657", SEND ".lifetime"},
	{"\"lifetime\":1000", "\"lifetime\":\"2^31\"", SEND ".lifetime"},
	{"\"lifetime\":1000", "\"lifetime\":null", SEND ".lifetime"},
	{"\"modes\":[\"UNENCRYPTED_SRTCP\"]", "\"modes\":[]", SEND ".modes"},
	{"\"modes\":[\"UNENCRYPTED_SRTCP\"]", "\"modes\":\"UNENCRYPTED_SRTCP\"", SEND ".modes"},
	{"\"modes\":[\"UNENCRYPTED_SRTCP\"]", "\"modes\":[\"TAG_32\"]", SEND ".modes[0]"},
	{"\"modes\":[\"UNENCRYPTED_SRTCP\"]", "\"modes\":[\"NULL_CIPHER\"]", SEND ".modes[0]"},
	{"\"modes\":[\"UNENCRYPTED_SRTCP\"]",
		"\"modes\":[\"UNENCRYPTED_SRTCP\",\"UNENCRYPTED_SRTCP\"]", SEND ".modes[1]"},
	/* masters */
	{"\"mki_length\":4", "\"mki_length\":0", VIDEO ".mki_length"},
	{"\"mki_length\":4", "\"mki_length\":129", VIDEO ".mki_length"},
	{"\"mki_length\":4", "\"mki_length\":\"4\"", VIDEO ".mki_length"},
	{"\"mki_length\":4", "\"mki_length\":3", VIDEO ".masters[0].mki"},
	{"\"masters\":[", "\"masters\":[],\"x-m\":[", VIDEO ".masters"},
	{"\"masters\":[", "\"masters\":{},\"x-m\":[", VIDEO ".masters"},
	{"\"masters\":[", "\"masters\":null,\"x-m\":[", VIDEO ".masters"},
	{"\"masters\":[", "\"masters\":[1],\"x-m\":[", VIDEO ".masters[0]"},
	{"\"masters\":[", "\"masters\":[[]],\"x-m\":[", VIDEO ".masters[0]"},
	{"\"masters\":[", "\"masters\":[\"" CANARY "\"],\"x-m\":[", VIDEO ".masters[0]"},
	{"Dg==\",", "Dg==\",\"" CANARY "\":1,", VIDEO ".masters[0]"},
	{"Dg==\",", "Dg==\",\"name\":1,", VIDEO ".masters[0]"},
	{",\"mki\":0}", "}", VIDEO ".masters[1].mki"},
	{"\"mki\":0}", "\"mki\":-1}", VIDEO ".masters[1].mki"},
	{"\"mki\":0}", "\"mki\":9007199254740993}", VIDEO ".masters[1].mki"},
	{"\"mki\":0}", "\"mki\":4294967296}", VIDEO ".masters[1].mki"},
	{"\"mki\":0}", "\"mki\":4294967295}", VIDEO ".masters[1].mki"},
	{"\"mki\":0}", "\"mki\":\"0\"}", VIDEO ".masters[1].mki"},
	{"\"mki\":0}", "\"mki\":null}", VIDEO ".masters[1].mki"},
	{"\"mki\":2}", "\"mki\":256}", VIDEO_SEND ".masters[1].mki"},
	{"\"mki\":2}", "\"mki\":1}", VIDEO_SEND ".masters[1].mki"},
	{"\"lifetime\":281474976710656", "\"lifetime\":0", VIDEO ".masters[0].lifetime"},
	{"\"lifetime\":281474976710656", "\"lifetime\":281474976710657",
		VIDEO ".masters[0].lifetime"},
	{"Fg==\"", "F g\"", VIDEO ".masters[1].key"},
	{"Gg==\"", "Gg==\\u0001\"", VIDEO ".masters[1].salt"},
	{"\"salt\":\"" CANARY "Gg==\",", "", VIDEO ".masters[1].salt"},
	/* streams */
	{"\"streams\":[", "\"streams\":[],\"x-s\":[", VIDEO ".streams"},
	{"\"streams\":[", "\"streams\":{},\"x-s\":[", VIDEO ".streams"},
	{"\"streams\":[", "\"streams\":null,\"x-s\":[", VIDEO ".streams"},
	{"\"streams\":[", "\"streams\":[5],\"x-s\":[", VIDEO ".streams[0]"},
	{"\"ssrc\":9,", "", VIDEO ".streams[0].ssrc"},
	{"\"ssrc\":9", "\"ssrc\":-1", VIDEO ".streams[0].ssrc"},
	{"\"ssrc\":9", "\"ssrc\":4294967296", VIDEO ".streams[0].ssrc"},
	{"\"ssrc\":9", "\"ssrc\":\"9\"", VIDEO ".streams[0].ssrc"},
	{"\"ssrc\":9", "\"ssrc\":5", VIDEO ".streams[1].ssrc"},
	{"\"roc\":2,", "", VIDEO ".streams[0].roc"},
	{"\"roc\":2", "\"roc\":4294967296", VIDEO ".streams[0].roc"},
	{"\"roc\":2", "\"roc\":-1", VIDEO ".streams[0].roc"},
	{"\"roc\":2", "\"roc\":\"keep\"", VIDEO ".streams[0].roc"},
	{",\"highest_seq\":17", "", VIDEO ".streams[1].highest_seq"},
	{"\"highest_seq\":17", "\"highest_seq\":65536", VIDEO ".streams[1].highest_seq"},
	{"\"highest_seq\":17", "\"highest_seq\":-1", VIDEO ".streams[1].highest_seq"},
	{"\"highest_seq\":17", "\"highest_seq\":null", VIDEO ".streams[1].highest_seq"},
	{"\"srtcp_index\":2147483647", "\"srtcp_index\":2147483648",
		VIDEO ".streams[0].srtcp_index"},
	{"\"srtcp_index\":2147483647", "\"srtcp_index\":-1", VIDEO ".streams[0].srtcp_index"},
	{"\"srtcp_index\":2147483647", "\"srtcp_index\":null", VIDEO ".streams[0].srtcp_index"},
	{"\"srtcp_index\":2147483647", "\"rtcp_index\":7", VIDEO ".streams[0]"},
	/* send_mki */
	{"\"send_mki\":2", "\"send_mki\":3", VIDEO_SEND ".send_mki"},
	{"\"send_mki\":2", "\"send_mki\":-1", VIDEO_SEND ".send_mki"},
	{"\"send_mki\":2", "\"send_mki\":9007199254740993", VIDEO_SEND ".send_mki"},
	{"\"send_mki\":2", "\"send_mki\":\"2\"", VIDEO_SEND ".send_mki"},
	{"\"send_mki\":2", "\"send_mki\":null", VIDEO_SEND ".send_mki"},
	{"\"mki_length\":4", "\"send_mki\":0,\"mki_length\":4", VIDEO ".send_mki"},
	{"\"shared\":true", "\"send_mki\":0", SEND ".send_mki"},
};

START_TEST(each_wrong_field_is_blamed)
{
	expect_edit_bad(&bad_edits[_i]);
}
END_TEST

/* Whether the MKI stands in a key line is for those to say who read it. */
START_TEST(the_send_mki_of_a_key_line_is_not_judged)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_key *key;
	char *text = edited(small_put, "\"required\"",
		"\"required\",\"send\":{\"sdes\":\"1 s\",\"send_mki\":9007199254740992}");

	key = decode_put(text, &batch)->media[0].legs[0].send;
	ck_assert(key->has_send_mki);
	ck_assert_uint_eq(key->send_mki, UINT64_C(1) << 53);
	sotto_rpc_batch_free(&batch);
	free(text);
}
END_TEST

/* A session whose leg a has a receive key of count items from print. Freed by the caller. */
static char *key_with(const char *before, unsigned count,
	int (*print)(char *out, size_t room, unsigned i), const char *after)
{
	size_t room = 256 + strlen(before) + strlen(after) + count * 128;
	char *key = malloc(room);
	size_t used;
	char *text;

	ck_assert_ptr_nonnull(key);
	used = (size_t)snprintf(key, room, "\"required\",\"receive\":{%s", before);
	for (unsigned i = 0; i < count; i++) {
		used += (size_t)snprintf(key + used, room - used, "%s", i ? "," : "");
		used += (size_t)print(key + used, room - used, i);
	}
	snprintf(key + used, room - used, "%s}", after);
	text = edited(small_put, "\"required\"", key);
	free(key);
	return text;
}

static int print_master(char *out, size_t room, unsigned i)
{
	return snprintf(out, room, "{\"key\":\"k%u\",\"salt\":\"s%u\",\"mki\":%u}", i, i, i);
}

/* In falling order, which is the longest way to sort them. */
static int print_stream(char *out, size_t room, unsigned i)
{
	return snprintf(out, room, "{\"ssrc\":%u,\"roc\":%u,\"highest_seq\":%u}", 1000 - i, i, i);
}

START_TEST(a_key_has_1_to_16_master_keys)
{
	static const char before[] = "\"suite\":\"s\",\"mki_length\":1,\"masters\":[";
	struct sotto_rpc_batch batch;
	char *text = key_with(before, 16, print_master, "]");
	struct sotto_rpc_key *key = decode_put(text, &batch)->media[0].legs[0].receive;

	ck_assert_uint_eq(key->master_count, 16);
	ck_assert_str_eq(key->masters[15].key, "k15");
	ck_assert_uint_eq(key->masters[15].mki, 15);
	sotto_rpc_batch_free(&batch);
	free(text);
	text = key_with(before, 17, print_master, "]");
	expect_error(text, SOTTO_RPC_PARAMS, "media[0].a.receive.masters");
	free(text);
}
END_TEST

START_TEST(a_key_has_1_to_64_streams)
{
	static const char before[] = "\"sdes\":\"1 s\",\"streams\":[";
	struct sotto_rpc_batch batch;
	char *text = key_with(before, 64, print_stream, "]");
	struct sotto_rpc_key *key = decode_put(text, &batch)->media[0].legs[0].receive;

	ck_assert_uint_eq(key->stream_count, 64);
	for (unsigned i = 0; i < 64; i++) {
		ck_assert_uint_eq(key->streams[i].ssrc, 1000 - 63 + i);
		ck_assert_uint_eq(key->streams[i].highest_seq, 63 - i);
	}
	sotto_rpc_batch_free(&batch);
	free(text);
	text = key_with(before, 65, print_stream, "]");
	expect_error(text, SOTTO_RPC_PARAMS, "media[0].a.receive.streams");
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpc: keys of session.put");
	TCase *tcase = tcase_create("keys");

	tcase_add_test(tcase, a_key_line_arrives_with_its_policy);
	tcase_add_test(tcase, a_raw_key_arrives_with_its_policy);
	tcase_add_test(tcase, several_master_keys_arrive);
	tcase_add_test(tcase, streams_arrive_sorted);
	tcase_add_loop_test(tcase, good_values_are_taken, 0, COUNT(good_edits));
	tcase_add_loop_test(tcase, each_wrong_field_is_blamed, 0, COUNT(bad_edits));
	tcase_add_test(tcase, the_send_mki_of_a_key_line_is_not_judged);
	tcase_add_test(tcase, a_key_has_1_to_16_master_keys);
	tcase_add_test(tcase, a_key_has_1_to_64_streams);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
