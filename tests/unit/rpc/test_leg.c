/* SPDX-License-Identifier: BSD-3-Clause */
/* session.put: what a leg says of its protection, at every edge, and on legs that cannot have it.
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

START_TEST(every_field_of_protection_arrives)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_put *put = decode_put(real_put, &batch);
	struct sotto_rpc_leg *a = &put->media[0].legs[0];
	struct sotto_rpc_leg *video = &put->media[1].legs[0];

	ck_assert_uint_eq(a->allow, SOTTO_RPC_ALLOW_TAG_32 | SOTTO_RPC_ALLOW_UNENCRYPTED_SRTCP);
	ck_assert_uint_eq(a->replay_window, 2048);
	ck_assert(a->repeat && a->latch && a->downgrade && !a->cryptex);
	ck_assert_uint_eq(a->encrypted_extensions[0], 2);
	ck_assert_uint_eq(a->encrypted_extensions[1], 1);
	ck_assert_uint_eq(a->encrypted_extensions[2], 0);
	ck_assert_uint_eq(a->encrypted_extensions[3], UINT64_C(1) << 63);
	ck_assert_uint_eq(a->early_ms, 250);
	ck_assert_int_eq(video->security, SOTTO_RPC_SECURITY_PREFERRED);
	ck_assert(video->cryptex && !video->repeat && !video->latch);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(protection_has_its_defaults)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_put *put = decode_put(small_put, &batch);

	for (int side = 0; side < 2; side++) {
		struct sotto_rpc_leg *leg = &put->media[0].legs[side];

		ck_assert_uint_eq(leg->allow, 0);
		ck_assert_uint_eq(leg->replay_window, 0);
		ck_assert(!leg->repeat && !leg->latch && !leg->cryptex);
		for (int i = 0; i < 4; i++)
			ck_assert_uint_eq(leg->encrypted_extensions[i], 0);
		ck_assert_uint_eq(leg->early_ms, 500);
	}
	sotto_rpc_batch_free(&batch);
}
END_TEST

/* A session of one media whose legs have these members besides the interface. Freed by the caller.
 */
static char *legs_of(const char *a, const char *b)
{
	size_t room = strlen(a) + strlen(b) + 256;
	char *params = malloc(room);
	char *text;

	ck_assert_ptr_nonnull(params);
	snprintf(params, room,
		"{\"id\":\"c\",\"rev\":1,\"media\":[{\"a\":{\"interface\":\"x\",%s},"
		"\"b\":{\"interface\":\"y\",%s}}]}",
		a, b);
	text = request_of("session.put", params);
	free(params);
	return text;
}

#define SECURITY(word) "\"security\":\"" word "\""
#define KEY "{\"sdes\":\"1 s\"}"

struct pair {
	const char *a;
	const char *b;
	const char *field; /* NULL = the pair is good */
};

static const struct pair pairs[] = {
	{SECURITY("required"), SECURITY("required"), NULL},
	{SECURITY("required"), SECURITY("preferred"), NULL},
	{SECURITY("preferred"), SECURITY("preferred"), NULL},
	{SECURITY("preferred"), SECURITY("clear"), NULL},
	{SECURITY("clear"), SECURITY("clear"), NULL},
	{SECURITY("verify"), SECURITY("verify"), NULL},
	{SECURITY("opaque"), SECURITY("opaque"), NULL},
	{SECURITY("verify"), SECURITY("required"), "media[0].b.security"},
	{SECURITY("verify"), SECURITY("clear"), "media[0].b.security"},
	{SECURITY("verify"), SECURITY("opaque"), "media[0].b.security"},
	{SECURITY("preferred"), SECURITY("verify"), "media[0].a.security"},
	{SECURITY("opaque"), SECURITY("clear"), "media[0].b.security"},
	{SECURITY("required"), SECURITY("opaque"), "media[0].a.security"},
	{SECURITY("clear"), SECURITY("Required"), "media[0].b.security"},
	{SECURITY("clear"), SECURITY("none"), "media[0].b.security"},
	{SECURITY("clear"), "\"security\":0", "media[0].b.security"},
	{SECURITY("clear"), "\"security\":null", "media[0].b.security"},
};

static void check_pair(const struct pair *pair)
{
	struct sotto_rpc_batch batch;
	char *text = legs_of(pair->a, pair->b);

	if (pair->field) {
		expect_error(text, SOTTO_RPC_PARAMS, pair->field);
	} else {
		decode_put(text, &batch);
		sotto_rpc_batch_free(&batch);
	}
	free(text);
}

START_TEST(verify_and_opaque_stand_on_both_legs_or_none)
{
	check_pair(&pairs[_i]);
}
END_TEST

START_TEST(each_word_of_security_is_its_number)
{
	static const char *const words[] = {"required", "preferred", "clear", "verify", "opaque"};
	static const enum sotto_rpc_security numbers[] = {SOTTO_RPC_SECURITY_REQUIRED,
		SOTTO_RPC_SECURITY_PREFERRED, SOTTO_RPC_SECURITY_CLEAR, SOTTO_RPC_SECURITY_VERIFY,
		SOTTO_RPC_SECURITY_OPAQUE};
	struct sotto_rpc_batch batch;
	struct sotto_rpc_put *put;
	char member[64];
	char *text;

	snprintf(member, sizeof(member), "\"security\":\"%s\"", words[_i]);
	text = legs_of(member, member);
	put = decode_put(text, &batch);
	ck_assert_int_eq(put->media[0].legs[0].security, numbers[_i]);
	ck_assert_int_eq(put->media[0].legs[1].security, numbers[_i]);
	sotto_rpc_batch_free(&batch);
	free(text);
}
END_TEST

/* What each kind of leg may have, and what is an error there: leg b of a pair that is good. */
static const struct pair members[] = {
	{SECURITY("verify"), SECURITY("verify") ",\"receive\":" KEY, NULL},
	{SECURITY("verify"), SECURITY("verify") ",\"send\":" KEY, "media[0].b.send"},
	{SECURITY("opaque"), SECURITY("opaque") ",\"receive\":" KEY, "media[0].b.receive"},
	{SECURITY("opaque"), SECURITY("opaque") ",\"send\":" KEY, "media[0].b.send"},
	{SECURITY("clear"), SECURITY("clear") ",\"receive\":" KEY, "media[0].b.receive"},
	{SECURITY("clear"), SECURITY("clear") ",\"send\":" KEY, "media[0].b.send"},
	{SECURITY("clear"), SECURITY("preferred") ",\"receive\":" KEY ",\"send\":" KEY, NULL},
	{SECURITY("clear"), SECURITY("preferred") ",\"allow\":[\"TAG_32\"]", NULL},
	{SECURITY("verify"), SECURITY("verify") ",\"allow\":[\"TAG_32\"]", NULL},
	{SECURITY("clear"), SECURITY("clear") ",\"allow\":[\"TAG_32\"]", "media[0].b.allow"},
	{SECURITY("opaque"), SECURITY("opaque") ",\"allow\":[\"TAG_32\"]", "media[0].b.allow"},
	{SECURITY("clear"), SECURITY("preferred") ",\"replay_window\":64", NULL},
	{SECURITY("verify"), SECURITY("verify") ",\"replay_window\":64", NULL},
	{SECURITY("clear"), SECURITY("clear") ",\"replay_window\":64", "media[0].b.replay_window"},
	{SECURITY("opaque"), SECURITY("opaque") ",\"replay_window\":64",
		"media[0].b.replay_window"},
	{SECURITY("clear"), SECURITY("preferred") ",\"repeat\":true", NULL},
	{SECURITY("clear"), SECURITY("clear") ",\"repeat\":false", NULL},
	{SECURITY("clear"), SECURITY("clear") ",\"repeat\":true", "media[0].b.repeat"},
	{SECURITY("opaque"), SECURITY("opaque") ",\"repeat\":true", "media[0].b.repeat"},
	{SECURITY("verify"), SECURITY("verify") ",\"repeat\":true", "media[0].b.repeat"},
	{SECURITY("clear"), SECURITY("preferred") ",\"cryptex\":true", NULL},
	{SECURITY("clear"), SECURITY("clear") ",\"cryptex\":false", NULL},
	{SECURITY("clear"), SECURITY("clear") ",\"cryptex\":true", "media[0].b.cryptex"},
	{SECURITY("verify"), SECURITY("verify") ",\"cryptex\":true", "media[0].b.cryptex"},
	{SECURITY("opaque"), SECURITY("opaque") ",\"cryptex\":true", "media[0].b.cryptex"},
	{SECURITY("clear"), SECURITY("preferred") ",\"encrypted_extensions\":[1]", NULL},
	{SECURITY("clear"), SECURITY("clear") ",\"encrypted_extensions\":[1]",
		"media[0].b.encrypted_extensions"},
	{SECURITY("verify"), SECURITY("verify") ",\"encrypted_extensions\":[1]",
		"media[0].b.encrypted_extensions"},
	{SECURITY("opaque"), SECURITY("opaque") ",\"encrypted_extensions\":[1]",
		"media[0].b.encrypted_extensions"},
	{SECURITY("clear"), SECURITY("clear") ",\"early_ms\":0", NULL},
	{SECURITY("opaque"), SECURITY("opaque") ",\"latch\":true,\"source\":\"any\"", NULL},
	{SECURITY("clear"), SECURITY("clear") ",\"latch\":true,\"source\":\"address\"", NULL},
	{SECURITY("clear"), SECURITY("preferred") ",\"latch\":true,\"source\":\"any\"", NULL},
	{SECURITY("verify"), SECURITY("verify") ",\"latch\":true", NULL},
};

START_TEST(a_leg_has_only_what_it_can_do)
{
	check_pair(&members[_i]);
}
END_TEST

static const struct edit good_edits[] = {
	{"[\"UNENCRYPTED_SRTCP\",\"TAG_32\"]",
		"[\"TAG_32\",\"NULL_CIPHER\",\"UNENCRYPTED_SRTP\",\"UNENCRYPTED_SRTCP\","
		"\"UNAUTHENTICATED_SRTP\"]",
		""},
	{"\"replay_window\":2048", "\"replay_window\":64", ""},
	{"\"replay_window\":2048", "\"replay_window\":100", ""},
	{"\"replay_window\":2048", "\"replay_window\":32768", ""},
	{"\"repeat\":true", "\"repeat\":false", ""},
	{"[255,1,64]", "[128]", ""},
	{"\"encrypted_extensions\":[255,1,64]", "\"cryptex\":true", ""},
	{"\"encrypted_extensions\"", "\"cryptex\":false,\"encrypted_extensions\"", ""},
	{"\"latch\":true", "\"latch\":false", ""},
	{"\"downgrade\":true", "\"downgrade\":false", ""},
	{"\"early_ms\":250", "\"early_ms\":0", ""},
	{"\"early_ms\":250", "\"early_ms\":5000", ""},
};

START_TEST(good_values_are_taken)
{
	expect_edit_good(&good_edits[_i]);
}
END_TEST

#define A "media[0].a."

static const struct edit bad_edits[] = {
	{"[\"UNENCRYPTED_SRTCP\",\"TAG_32\"]", "[]", A "allow"},
	{"[\"UNENCRYPTED_SRTCP\",\"TAG_32\"]", "\"TAG_32\"", A "allow"},
	{"[\"UNENCRYPTED_SRTCP\",\"TAG_32\"]", "1", A "allow"},
	{"[\"UNENCRYPTED_SRTCP\",\"TAG_32\"]", "null", A "allow"},
	{"[\"UNENCRYPTED_SRTCP\",\"TAG_32\"]", "{}", A "allow"},
	{"[\"UNENCRYPTED_SRTCP\",\"TAG_32\"]", "[1]", A "allow[0]"},
	{"[\"UNENCRYPTED_SRTCP\",\"TAG_32\"]", "[\"TAG_32\",null]", A "allow[1]"},
	{"[\"UNENCRYPTED_SRTCP\",\"TAG_32\"]", "[\"tag_32\"]", A "allow[0]"},
	{"[\"UNENCRYPTED_SRTCP\",\"TAG_32\"]", "[\"TAG_32\",\"TAG_32\"]", A "allow[1]"},
	{"[\"UNENCRYPTED_SRTCP\",\"TAG_32\"]",
		"[\"TAG_32\",\"TAG_32\",\"TAG_32\",\"TAG_32\",\"TAG_32\",\"TAG_32\"]", A "allow"},
	{"\"replay_window\":2048", "\"replay_window\":63", A "replay_window"},
	{"\"replay_window\":2048", "\"replay_window\":0", A "replay_window"},
	{"\"replay_window\":2048", "\"replay_window\":32769", A "replay_window"},
	{"\"replay_window\":2048", "\"replay_window\":65600", A "replay_window"},
	{"\"replay_window\":2048", "\"replay_window\":-64", A "replay_window"},
	{"\"replay_window\":2048", "\"replay_window\":\"64\"", A "replay_window"},
	{"\"replay_window\":2048", "\"replay_window\":null", A "replay_window"},
	{"\"repeat\":true", "\"repeat\":1", A "repeat"},
	{"\"repeat\":true", "\"repeat\":\"true\"", A "repeat"},
	{"\"repeat\":true", "\"repeat\":null", A "repeat"},
	{"[255,1,64]", "[]", A "encrypted_extensions"},
	{"[255,1,64]", "1", A "encrypted_extensions"},
	{"[255,1,64]", "null", A "encrypted_extensions"},
	{"[255,1,64]", "[0]", A "encrypted_extensions[0]"},
	{"[255,1,64]", "[1,256]", A "encrypted_extensions[1]"},
	{"[255,1,64]", "[1,-1]", A "encrypted_extensions[1]"},
	{"[255,1,64]", "[1,2,1]", A "encrypted_extensions[2]"},
	{"[255,1,64]", "[1,\"2\"]", A "encrypted_extensions[1]"},
	{"[255,1,64]", "[1,2.0]", A "encrypted_extensions[1]"},
	{"[255,1,64]", "[null]", A "encrypted_extensions[0]"},
	{"\"encrypted_extensions\"", "\"cryptex\":true,\"encrypted_extensions\"", A "cryptex"},
	{"\"encrypted_extensions\"", "\"cryptex\":1,\"encrypted_extensions\"", A "cryptex"},
	{"\"encrypted_extensions\"", "\"cryptex\":null,\"encrypted_extensions\"", A "cryptex"},
	{"\"latch\":true", "\"latch\":\"yes\"", A "latch"},
	{"\"downgrade\":true", "\"downgrade\":1", A "downgrade"},
	{"\"latch\":true", "\"latch\":1", A "latch"},
	{"\"latch\":true", "\"latch\":null", A "latch"},
	{"\"early_ms\":250", "\"early_ms\":-1", A "early_ms"},
	{"\"early_ms\":250", "\"early_ms\":5001", A "early_ms"},
	{"\"early_ms\":250", "\"early_ms\":0.5", A "early_ms"},
	{"\"early_ms\":250", "\"early_ms\":\"250\"", A "early_ms"},
	{"\"early_ms\":250", "\"early_ms\":null", A "early_ms"},
	{"\"early_ms\":250", "\"early\":250", A "early"},
};

START_TEST(each_wrong_field_is_blamed)
{
	expect_edit_bad(&bad_edits[_i]);
}
END_TEST

/* JSON itself has no rule for it, so it is refused before any field is looked at (RFC 8259, 4). */
START_TEST(a_field_twice_is_no_json_of_ours)
{
	static const char *const fields[] = {"\"security\":\"preferred\"", "\"allow\":[\"TAG_32\"]",
		"\"replay_window\":2048", "\"repeat\":true", "\"encrypted_extensions\":[1]",
		"\"latch\":true", "\"early_ms\":250", "\"roc\":1", "\"overlap_ms\":1",
		"\"shared\":true", "\"lifetime\":1000", "\"modes\":[\"UNENCRYPTED_SRTP\"]",
		"\"mki_length\":1", "\"masters\":[]", "\"streams\":[]", "\"send_mki\":2",
		"\"cryptex\":true", "\"mki\":1", "\"highest_seq\":1", "\"ssrc\":1",
		"\"srtcp_index\":1"};

	for (int i = 0; i < COUNT(fields); i++) {
		char name[64], twice[128];
		char *text;

		snprintf(name, sizeof(name), "%.*s", (int)(strchr(fields[i], ':') - fields[i] + 1),
			fields[i]);
		snprintf(twice, sizeof(twice), "%s,%s", fields[i], name);
		text = edited(real_put, name, twice);
		expect_error(text, SOTTO_RPC_PARSE, "");
		free(text);
	}
}
END_TEST

START_TEST(all_255_elements_can_be_encrypted)
{
	char list[2048] = "";
	size_t used = 0;
	struct sotto_rpc_batch batch;
	struct sotto_rpc_put *put;
	char *text;

	for (unsigned i = 1; i <= 255; i++)
		used += (size_t)snprintf(
			list + used, sizeof(list) - used, "%s%u", i == 1 ? "[" : ",", i);
	snprintf(list + used, sizeof(list) - used, "]");
	text = edited(real_put, "[255,1,64]", list);
	put = decode_put(text, &batch);
	ck_assert_uint_eq(put->media[0].legs[0].encrypted_extensions[0], UINT64_MAX - 1);
	for (int i = 1; i < 4; i++)
		ck_assert_uint_eq(put->media[0].legs[0].encrypted_extensions[i], UINT64_MAX);
	sotto_rpc_batch_free(&batch);
	free(text);
	snprintf(list + used, sizeof(list) - used, ",1]");
	text = edited(real_put, "[255,1,64]", list);
	expect_error(text, SOTTO_RPC_PARAMS, "media[0].a.encrypted_extensions");
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpc: legs of session.put");
	TCase *tcase = tcase_create("legs");

	tcase_add_test(tcase, every_field_of_protection_arrives);
	tcase_add_test(tcase, protection_has_its_defaults);
	tcase_add_loop_test(tcase, verify_and_opaque_stand_on_both_legs_or_none, 0, COUNT(pairs));
	tcase_add_loop_test(tcase, each_word_of_security_is_its_number, 0, 5);
	tcase_add_loop_test(tcase, a_leg_has_only_what_it_can_do, 0, COUNT(members));
	tcase_add_loop_test(tcase, good_values_are_taken, 0, COUNT(good_edits));
	tcase_add_loop_test(tcase, each_wrong_field_is_blamed, 0, COUNT(bad_edits));
	tcase_add_test(tcase, a_field_twice_is_no_json_of_ours);
	tcase_add_test(tcase, all_255_elements_can_be_encrypted);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
