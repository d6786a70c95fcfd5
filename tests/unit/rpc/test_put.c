/* SPDX-License-Identifier: BSD-3-Clause */
/* session.put: every field but those of keys and protection, at its edges. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static void check_remote(
	const struct sotto_rpc_leg *leg, const char *address, unsigned port, unsigned rtcp_port)
{
	struct sotto_addr addr = addr_of(address);

	ck_assert(sotto_base_addr_equal(&addr, &leg->remote.addr));
	ck_assert_uint_eq(leg->remote.port, port);
	ck_assert_uint_eq(leg->remote_rtcp_port, rtcp_port);
}

START_TEST(every_field_arrives)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_put *put = decode_put(real_put, &batch);
	struct sotto_rpc_leg *a = &put->media[0].legs[0];
	struct sotto_rpc_leg *b = &put->media[0].legs[1];

	ck_assert_str_eq(put->id, "call-1");
	ck_assert_uint_eq(put->rev, 3);
	ck_assert_int_eq(put->timeout_s, 60);
	ck_assert_uint_eq(put->media_count, 2);
	ck_assert_str_eq(put->media[0].id, "audio");
	ck_assert_str_eq(a->interface, "access");
	ck_assert_uint_eq(a->family, 4);
	ck_assert_uint_eq(a->local_port, 30000);
	check_remote(a, "198.51.100.7", 40000, 40005);
	ck_assert(a->security == SOTTO_RPC_SECURITY_REQUIRED && !a->rtcp_mux);
	ck_assert_int_eq(a->dscp, 46);
	ck_assert_uint_eq(a->max_ssrcs, 8);
	ck_assert_int_eq(a->receive->form, SOTTO_RPC_KEY_SDES);
	ck_assert_str_eq(
		a->receive->sdes, "1 AES_CM_128_HMAC_SHA1_80 inline:" CANARY "QUJDREVGR0hJ");
	ck_assert_int_eq(a->send->form, SOTTO_RPC_KEY_RAW);
	ck_assert_str_eq(a->send->suite, "AES_CM_128_HMAC_SHA1_32");
	ck_assert_str_eq(a->send->masters[0].key, CANARY "Cg==");
	ck_assert_str_eq(a->send->masters[0].salt, CANARY "==");
	ck_assert_str_eq(b->interface, "core");
	ck_assert_uint_eq(b->family, 6);
	check_remote(b, "2001:db8::7", 50000, 50000);
	ck_assert(b->security == SOTTO_RPC_SECURITY_CLEAR && b->rtcp_mux);
	ck_assert_int_eq(b->source, SOTTO_RPC_SOURCE_ADDRESS);
	ck_assert_int_eq(b->dscp, SOTTO_RPC_DSCP_KEEP);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(absent_fields_have_their_defaults)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_put *put = decode_put(small_put, &batch);

	ck_assert_int_eq(put->timeout_s, SOTTO_RPC_TIMEOUT_DEFAULT);
	ck_assert_str_eq(put->media[0].id, "0");
	for (int side = 0; side < 2; side++) {
		struct sotto_rpc_leg *leg = &put->media[0].legs[side];

		ck_assert_uint_eq(leg->family, 0);
		ck_assert_uint_eq(leg->local_port, 0);
		ck_assert_uint_eq(leg->remote.addr.family, 0);
		ck_assert_uint_eq(leg->remote_rtcp_port, 0);
		ck_assert(!leg->rtcp_mux);
		ck_assert_int_eq(leg->dscp, SOTTO_RPC_DSCP_KEEP);
		ck_assert_int_eq(leg->source, SOTTO_RPC_SOURCE_STRICT);
		ck_assert_uint_eq(leg->max_ssrcs, 4);
		ck_assert_ptr_null(leg->receive);
		ck_assert_ptr_null(leg->send);
	}
	sotto_rpc_batch_free(&batch);
}
END_TEST

/* Edits of the real request that leave it good. */
static const struct edit good_edits[] = {
	{"\"rev\":3", "\"rev\":9007199254740992", ""},
	{"\"timeout_s\":60", "\"timeout_s\":0", ""},
	{"\"timeout_s\":60", "\"timeout_s\":86400", ""},
	{"\"local_port\":30000", "\"local_port\":0", ""},
	{"\"local_port\":30000", "\"local_port\":65534", ""},
	{"\"port\":40000", "\"port\":1", ""},
	{"\"port\":40000", "\"port\":65535", ""},
	{"\"rtcp_port\":40005", "\"rtcp_port\":1", ""},
	{"\"rtcp_port\":40005", "\"rtcp_port\":65535", ""},
	{",\"rtcp_port\":40005", ",\"x-rtcp\":0", ""},
	{"\"port\":50000", "\"port\":65535", ""},
	{"\"dscp\":46", "\"dscp\":0", ""},
	{"\"dscp\":46", "\"dscp\":63", ""},
	{"\"dscp\":46", "\"dscp\":\"keep\"", ""},
	{"\"max_ssrcs\":8", "\"max_ssrcs\":1", ""},
	{"\"max_ssrcs\":8", "\"max_ssrcs\":64", ""},
	{"\"max_ssrcs\":8", "\"source\":\"strict\"", ""},
	{"\"source\":\"address\"", "\"source\":\"any\"", ""},
	{"\"sdes\":", "\"x-who\":\"me\",\"sdes\":", ""},
	{"\"interface\":\"access\"", "\"interface\":\"a.b-c_d/1\"", ""},
};

START_TEST(good_values_are_taken)
{
	expect_edit_good(&good_edits[_i]);
}
END_TEST

/* Edits of the real request, and the field that each makes wrong. */
static const struct edit bad_edits[] = {
	{"\"params\":{\"id\":\"call-1\",", "\"params\":{", "id"},
	{"\"id\":\"call-1\"", "\"id\":\"\"", "id"},
	{"\"id\":\"call-1\"", "\"id\":1", "id"},
	{"\"id\":\"call-1\"", "\"id\":\"call 1\"", "id"},
	{"\"id\":\"call-1\"", "\"id\":\"call\\u00e9\"", "id"},
	{"\"rev\":3,", "", "rev"},
	{"\"rev\":3", "\"rev\":-1", "rev"},
	{"\"rev\":3", "\"rev\":9007199254740993", "rev"},
	{"\"rev\":3", "\"rev\":3.0", "rev"},
	{"\"rev\":3", "\"rev\":\"3\"", "rev"},
	{"\"rev\":3", "\"rev\":null", "rev"},
	{"\"timeout_s\":60", "\"timeout_s\":-1", "timeout_s"},
	{"\"timeout_s\":60", "\"timeout_s\":86401", "timeout_s"},
	{"\"timeout_s\":60", "\"timeout_s\":true", "timeout_s"},
	{"\"timeout_s\":60", "\"timeout\":60", "timeout"},
	{"\"x-note\"", "\"X-note\"", ""},
	{"\"x-note\"", "\"note\"", "note"},
	{"\"media\":[", "\"x-media\":[", "media"},
	{"\"media\":[{", "\"media\":[{},{", "media[0].a"},
	{"\"media\":[{", "\"media\":[1,{", "media[0]"},
	{"\"media\":[{", "\"media\":[null,{", "media[0]"},
	{"\"media\":[{", "\"media\":[[],{", "media[0]"},
	{"\"id\":\"audio\"", "\"id\":\"\"", "media[0].id"},
	{"\"id\":\"audio\"", "\"id\":0", "media[0].id"},
	{"\"id\":\"audio\"", "\"id\":\"au dio\"", "media[0].id"},
	{"\"id\":\"audio\"", "\"c\":{}", "media[0].c"},
	{"\"id\":\"audio\",\"a\"", "\"id\":\"audio\",\"x-a\"", "media[0].a"},
	{"\"b\":{", "\"x-b\":{", "media[0].b"},
	{"\"b\":{", "\"b\":7,\"x-b\":{", "media[0].b"},
	{"\"interface\":\"access\",", "", "media[0].a.interface"},
	{"\"interface\":\"access\"", "\"interface\":\"\"", "media[0].a.interface"},
	{"\"interface\":\"access\"", "\"interface\":\"a b\"", "media[0].a.interface"},
	{"\"interface\":\"core\"", "\"interface\":{}", "media[0].b.interface"},
	{"\"family\":\"ip4\"", "\"family\":\"ipv4\"", "media[0].a.family"},
	{"\"family\":\"ip4\"", "\"family\":4", "media[0].a.family"},
	{"\"family\":\"ip6\"", "\"family\":null", "media[0].b.family"},
	{"\"local_port\":30000", "\"local_port\":30001", "media[0].a.local_port"},
	{"\"local_port\":30000", "\"local_port\":-2", "media[0].a.local_port"},
	{"\"local_port\":30000", "\"local_port\":65535", "media[0].a.local_port"},
	{"\"local_port\":30000", "\"local_port\":65536", "media[0].a.local_port"},
	{"\"local_port\":30000", "\"local_port\":\"30000\"", "media[0].a.local_port"},
	{"\"local_port\":30000", "\"localPort\":30000", "media[0].a.localPort"},
	{"\"remote\":{\"address\":\"198.51.100.7\",\"port\":40000,\"rtcp_port\":40005}",
		"\"remote\":null", "media[0].a.remote"},
	{"\"remote\":{\"address\":\"198.51.100.7\",\"port\":40000,\"rtcp_port\":40005}",
		"\"remote\":\"198.51.100.7:40000\"", "media[0].a.remote"},
	{"\"address\":\"198.51.100.7\",", "", "media[0].a.remote.address"},
	{"198.51.100.7", "198.51.100", "media[0].a.remote.address"},
	{"198.51.100.7", "198.51.100.7 ", "media[0].a.remote.address"},
	{"198.51.100.7", "sbc.example.net", "media[0].a.remote.address"},
	{"198.51.100.7", "224.0.0.1", "media[0].a.remote.address"},
	{"198.51.100.7", "255.255.255.255", "media[0].a.remote.address"},
	{"198.51.100.7", "0.0.0.0", "media[0].a.remote.address"},
	{"198.51.100.7", "127.0.0.1", "media[0].a.remote.address"},
	{"2001:db8::7", "ff02::1", "media[0].b.remote.address"},
	{"2001:db8::7", "::", "media[0].b.remote.address"},
	{"2001:db8::7", "fe80::1%eth0", "media[0].b.remote.address"},
	{"\"198.51.100.7\"", "3325256711", "media[0].a.remote.address"},
	{"\"port\":40000,", "", "media[0].a.remote.port"},
	{"\"port\":40000", "\"port\":0", "media[0].a.remote.port"},
	{"\"port\":40000", "\"port\":65536", "media[0].a.remote.port"},
	{"\"port\":40000", "\"port\":-1", "media[0].a.remote.port"},
	{"\"port\":40000", "\"port\":40000.5", "media[0].a.remote.port"},
	{"\"port\":50000", "\"port\":\"50000\"", "media[0].b.remote.port"},
	{"\"rtcp_port\":40005", "\"rtcp_port\":0", "media[0].a.remote.rtcp_port"},
	{"\"rtcp_port\":40005", "\"rtcp_port\":65536", "media[0].a.remote.rtcp_port"},
	{"\"rtcp_port\":40005", "\"rtcp_port\":null", "media[0].a.remote.rtcp_port"},
	{"\"port\":40000,\"rtcp_port\":40005", "\"port\":65535", "media[0].a.remote.rtcp_port"},
	{"\"rtcp_port\":40005", "\"rtcp\":40005", "media[0].a.remote.rtcp"},
	{"\"security\":\"required\",", "", "media[0].a.security"},
	{"\"security\":\"required\"", "\"security\":\"optional\"", "media[0].a.security"},
	{"\"security\":\"required\"", "\"security\":true", "media[0].a.security"},
	{"\"security\":\"required\"", "\"security\":\"clear\"", "media[0].a.receive"},
	{"\"security\":\"clear\"", "\"security\":\"clear\",\"send\":{\"sdes\":\"" CANARY "\"}",
		"media[0].b.send"},
	{"\"security\":\"clear\"", "\"security\":\"clear\",\"send\":null", "media[0].b.send"},
	{"\"rtcp_mux\":false", "\"rtcp_mux\":0", "media[0].a.rtcp_mux"},
	{"\"rtcp_mux\":false", "\"rtcp_mux\":\"false\"", "media[0].a.rtcp_mux"},
	{"\"rtcp_mux\":true", "\"rtcp_mux\":null", "media[0].b.rtcp_mux"},
	{"\"dscp\":46", "\"dscp\":64", "media[0].a.dscp"},
	{"\"dscp\":46", "\"dscp\":-1", "media[0].a.dscp"},
	{"\"dscp\":46", "\"dscp\":46.0", "media[0].a.dscp"},
	{"\"dscp\":46", "\"dscp\":\"EF\"", "media[0].a.dscp"},
	{"\"dscp\":46", "\"dscp\":\"46\"", "media[0].a.dscp"},
	{"\"dscp\":46", "\"dscp\":null", "media[0].a.dscp"},
	{"\"dscp\":\"keep\"", "\"dscp\":[]", "media[0].b.dscp"},
	{"\"max_ssrcs\":8", "\"max_ssrcs\":0", "media[0].a.max_ssrcs"},
	{"\"max_ssrcs\":8", "\"max_ssrcs\":65", "media[0].a.max_ssrcs"},
	{"\"max_ssrcs\":8", "\"max_ssrcs\":\"8\"", "media[0].a.max_ssrcs"},
	{"\"source\":\"address\"", "\"source\":\"none\"", "media[0].b.source"},
	{"\"source\":\"address\"", "\"source\":0", "media[0].b.source"},
	{"\"source\":\"address\"", "\"sources\":0", "media[0].b.sources"},
	{"\"receive\":{", "\"receive\":[],\"x-r\":{", "media[0].a.receive"},
	{"\"receive\":{", "\"receive\":\"" CANARY "\",\"x-r\":{", "media[0].a.receive"},
	{"\"receive\":{", "\"receive\":null,\"x-r\":{", "media[0].a.receive"},
	{"\"receive\":{\"sdes\"", "\"receive\":{\"x-sdes\"", "media[0].a.receive"},
	{"\"receive\":{\"sdes\"", "\"receive\":{\"inline\"", "media[0].a.receive"},
	{"\"receive\":{", "\"receive\":{\"" CANARY "\":1,", "media[0].a.receive"},
	{"\"receive\":{", "\"receive\":{\"suite\":\"s\",", "media[0].a.receive"},
	{"\"receive\":{", "\"receive\":{\"key\":\"s\",", "media[0].a.receive"},
	{"\"receive\":{", "\"receive\":{\"salt\":\"s\",", "media[0].a.receive"},
	{"\"sdes\":\"1", "\"sdes\":1,\"x-s\":\"1", "media[0].a.receive.sdes"},
	{"\"sdes\":\"1", "\"sdes\":\"1\\t", "media[0].a.receive.sdes"},
	{"\"sdes\":\"1", "\"sdes\":\"\",\"x-s\":\"1", "media[0].a.receive.sdes"},
	{"\"suite\":\"AES_CM_128_HMAC_SHA1_32\",", "", "media[0].a.send"},
	{"\"suite\":\"AES", "\"suite\":\"AES ", "media[0].a.send.suite"},
	{"\"suite\":\"AES", "\"suite\":null,\"x-s\":\"AES", "media[0].a.send.suite"},
	{"\"key\":", "\"x-key\":", "media[0].a.send"},
	{"\"key\":\"", "\"key\":\" ", "media[0].a.send.key"},
	{"\"key\":\"", "\"key\":[],\"x-k\":\"", "media[0].a.send.key"},
	{"\"salt\":", "\"x-salt\":", "media[0].a.send"},
	{"\"salt\":\"", "\"salt\":\"\\n", "media[0].a.send.salt"},
	{"\"salt\":\"", "\"salt\":7,\"x-s\":\"", "media[0].a.send.salt"},
	{"\"salt\":\"", "\"mki\":\"1\",\"salt\":\"", "media[0].a.send"},
};

START_TEST(each_wrong_field_is_blamed)
{
	expect_edit_bad(&bad_edits[_i]);
}
END_TEST

struct length {
	const char *from;
	size_t max;
	const char *field;
};

static const struct length lengths[] = {
	{"\"call-1\"", SOTTO_RPC_SESSION_ID_BYTES, "id"},
	{"\"audio\"", SOTTO_RPC_MEDIA_ID_BYTES, "media[0].id"},
	{"\"access\"", SOTTO_RPC_NAME_BYTES, "media[0].a.interface"},
	{"\"1 AES_CM_128_HMAC_SHA1_80 inline:" CANARY "QUJDREVGR0hJ\"", SOTTO_RPC_SDES_BYTES,
		"media[0].a.receive.sdes"},
	{"\"AES_CM_128_HMAC_SHA1_32\"", SOTTO_RPC_SUITE_BYTES, "media[0].a.send.suite"},
	{"\"" CANARY "Cg==\"", SOTTO_RPC_KEY_BYTES, "media[0].a.send.key"},
	{"\"" CANARY "==\"", SOTTO_RPC_SALT_BYTES, "media[0].a.send.salt"},
};

START_TEST(texts_are_taken_up_to_their_limit)
{
	const struct length *length = &lengths[_i];
	static const size_t excess[] = {1, 2, 65536, 1000000};
	struct sotto_rpc_batch batch;
	char *value = quoted('A', length->max);
	char *text = edited(real_put, length->from, value);

	decode_put(text, &batch);
	sotto_rpc_batch_free(&batch);
	free(text);
	free(value);
	for (int i = 0; i < COUNT(excess); i++) {
		value = quoted('A', length->max + excess[i]);
		text = edited(real_put, length->from, value);
		expect_error(text, SOTTO_RPC_PARAMS, length->field);
		free(text);
		free(value);
	}
}
END_TEST

/* A session with count media. */
static char *many_media(unsigned count)
{
	static const char one[] = "{\"a\":{\"interface\":\"x\",\"security\":\"clear\"},"
				  "\"b\":{\"interface\":\"y\",\"security\":\"clear\"}}";
	char *params = malloc(64 + count * sizeof(one));
	char *at = params;
	char *text;

	ck_assert_ptr_nonnull(params);
	at += sprintf(at, "{\"id\":\"c\",\"rev\":1,\"media\":[");
	for (unsigned i = 0; i < count; i++)
		at += sprintf(at, "%s%s", i ? "," : "", one);
	sprintf(at, "]}");
	text = request_of("session.put", params);
	free(params);
	return text;
}

START_TEST(a_session_has_1_to_8_media)
{
	static const unsigned wrong[] = {0, SOTTO_RPC_MEDIA + 1, 500};
	struct sotto_rpc_batch batch;
	struct sotto_rpc_put *put;
	char *text = many_media(SOTTO_RPC_MEDIA);

	put = decode_put(text, &batch);
	ck_assert_uint_eq(put->media_count, 8);
	ck_assert_str_eq(put->media[7].id, "7");
	ck_assert_str_eq(put->media[7].legs[1].interface, "y");
	sotto_rpc_batch_free(&batch);
	free(text);
	for (int i = 0; i < COUNT(wrong); i++) {
		text = many_media(wrong[i]);
		expect_error(text, SOTTO_RPC_PARAMS, "media");
		free(text);
	}
}
END_TEST

START_TEST(the_last_of_eight_media_is_blamed_by_its_index)
{
	char *media = many_media(SOTTO_RPC_MEDIA);
	char *last = strrchr(media, '}') - strlen("\"y\",\"security\":\"clear\"}}]}");

	ck_assert_int_eq(last[1], 'y');
	last[1] = ' ';
	expect_error(media, SOTTO_RPC_PARAMS, "media[7].b.interface");
	free(media);
}
END_TEST

START_TEST(media_ids_are_unique_defaults_included)
{
	static const char media[] = "{\"a\":{\"interface\":\"x\",\"security\":\"clear\"},";
	char *two = many_media(2);
	char named[128];
	char *text;

	snprintf(named, sizeof(named), "{\"id\":\"1\",%s", media + 1);
	text = edited(two, media, named);
	expect_error(text, SOTTO_RPC_PARAMS, "media[1].id");
	free(text);
	free(two);
}
END_TEST

START_TEST(a_wrong_media_is_no_array)
{
	static const char *const values[] = {"{}", "\"audio\"", "null", "8"};
	char params[64];

	snprintf(params, sizeof(params), "{\"id\":\"c\",\"rev\":1,\"media\":%s}", values[_i]);
	expect_bad_params("session.put", params, "media");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpc: session.put");
	TCase *fields = tcase_create("fields");

	tcase_add_test(fields, every_field_arrives);
	tcase_add_test(fields, absent_fields_have_their_defaults);
	tcase_add_loop_test(fields, good_values_are_taken, 0, COUNT(good_edits));
	tcase_add_loop_test(fields, each_wrong_field_is_blamed, 0, COUNT(bad_edits));
	tcase_add_loop_test(fields, texts_are_taken_up_to_their_limit, 0, COUNT(lengths));
	tcase_add_test(fields, a_session_has_1_to_8_media);
	tcase_add_test(fields, the_last_of_eight_media_is_blamed_by_its_index);
	tcase_add_test(fields, media_ids_are_unique_defaults_included);
	tcase_add_loop_test(fields, a_wrong_media_is_no_array, 0, 4);
	suite_add_tcase(suite, fields);
	return sotto_unit_run(suite);
}
