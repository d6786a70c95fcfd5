/* SPDX-License-Identifier: BSD-3-Clause */
/* The canonical text of a session.put: equal exactly when the same is wished. */
#include "support.h"

#include "base/secret.h"

#include <stdio.h>
#include <string.h>

/* The canonical text of a request; wiped and freed by forget(). */
static char *content_of(const char *text)
{
	struct sotto_rpc_batch batch;
	char *content;
	size_t len;

	ck_assert_int_eq(sotto_rpc_put_text(decode_put(text, &batch), &content, &len), 0);
	ck_assert_uint_eq(strlen(content), len);
	sotto_rpc_batch_free(&batch);
	return content;
}

static void forget(char *content)
{
	sotto_base_wipe(content, strlen(content));
	free(content);
}

/* A leg without keys, every default spelled out. */
#define BARE_LEG(name, security)                                                                   \
	"{\"allow\":0,\"cryptex\":false,\"downgrade\":false,\"dscp\":-1,\"early_ms\":500,"         \
	"\"encrypted_extensions\":[],"                                                             \
	"\"family\":0,\"interface\":\"" name "\",\"latch\":false,\"local_port\":0,"                \
	"\"max_ssrcs\":4,\"receive\":null,\"remote_address\":\"-\",\"remote_port\":0,"             \
	"\"remote_rtcp_port\":0,\"repeat\":false,\"replay_window\":0,\"rtcp_mux\":false,"          \
	"\"security\":" security ",\"send\":null,\"source\":0}"

START_TEST(the_canonical_text_is_this)
{
	char *content = content_of(small_put);

	ck_assert_str_eq(
		content, "{\"id\":\"c\",\"media\":[{\"a\":" BARE_LEG("x", "0") ",\"b\":" BARE_LEG(
				 "y", "2") ",\"id\":\"0\"}],\"timeout_s\":-1}");
	forget(content);
}
END_TEST

/* The key is put into the smallest session as a's member; its text is as it stands there. */
static void expect_key_text(const char *member, const char *key, const char *expected)
{
	char *with = malloc(strlen(member) + strlen(key) + 64);
	char *text;
	char *content;
	char *at;

	ck_assert_ptr_nonnull(with);
	sprintf(with, "\"required\",\"%s\":%s}", member, key);
	text = edited(small_put, "\"required\"}", with);
	content = content_of(text);
	sprintf(with, "\"%s\":", member);
	at = strstr(content, with);
	ck_assert_ptr_nonnull(at);
	at += strlen(with);
	ck_assert_msg(strncmp(at, expected, strlen(expected)) == 0, "%s", at);
	forget(content);
	free(text);
	free(with);
}

START_TEST(the_text_of_a_key_has_its_defaults)
{
	expect_key_text("receive", "{\"sdes\":\"1 s\"}",
		"{\"masters\":[],\"mki_length\":0,\"modes\":0,\"overlap_ms\":2000,\"roc\":0,"
		"\"roc_value\":0,\"sdes\":\"1 s\",\"send_mki\":-1,\"shared\":false,"
		"\"streams\":[],\"suite\":\"\"}");
	expect_key_text("send", "{\"suite\":\"s\",\"key\":\"k\",\"salt\":\"l\"}",
		"{\"masters\":[{\"key\":\"k\",\"lifetime\":0,\"mki\":0,\"salt\":\"l\"}],"
		"\"mki_length\":0,\"modes\":0,\"overlap_ms\":0,\"roc\":0,\"roc_value\":0,"
		"\"sdes\":null,\"send_mki\":0,\"shared\":false,\"streams\":[],\"suite\":\"s\"}");
	expect_key_text("send",
		"{\"suite\":\"s\",\"mki_length\":2,\"masters\":[{\"key\":\"k\",\"salt\":\"l\","
		"\"mki\":258}],\"streams\":[{\"ssrc\":1,\"roc\":2,\"highest_seq\":3}]}",
		"{\"masters\":[{\"key\":\"k\",\"lifetime\":0,\"mki\":258,\"salt\":\"l\"}],"
		"\"mki_length\":2,\"modes\":0,\"overlap_ms\":0,\"roc\":0,\"roc_value\":0,"
		"\"sdes\":null,\"send_mki\":258,\"shared\":false,\"streams\":[{\"highest_seq\":3,"
		"\"roc\":2,\"srtcp_index\":-1,\"ssrc\":1}],\"suite\":\"s\"}");
}
END_TEST

/* Edits that do not change what is wished. */
static const struct edit same_content[] = {
	{"\"rev\":3", "\"rev\":4", ""},
	{"\"x-note\":{\"any\":[1,null]},", "", ""},
	{"\"id\":7", "\"id\":\"another call\"", ""},
	{"2001:db8::7", "2001:DB8:0:0::0007", ""},
	{"\"port\":50000", "\"rtcp_port\":50000,\"port\":50000", ""},
	{"\"source\":\"address\",\"dscp\":\"keep\"", "\"source\":\"address\"", ""},
	{"\"rtcp_mux\":false,", "", ""},
	{"\"family\":\"ip6\",", "\"max_ssrcs\":4,\"family\":\"ip6\",\"local_port\":0,", ""},
	{"\"family\":\"ip6\",", "\"latch\":false,\"early_ms\":500,\"family\":\"ip6\",", ""},
	{"\"family\":\"ip6\",", "\"repeat\":false,\"cryptex\":false,\"family\":\"ip6\",", ""},
	{"[\"UNENCRYPTED_SRTCP\",\"TAG_32\"]", "[\"TAG_32\",\"UNENCRYPTED_SRTCP\"]", ""},
	{"[255,1,64]", "[1,64,255]", ""},
	{"\"roc\":7,", "\"roc\":7,\"x-why\":\"moved\",", ""},
	{"\"mki_length\":4", "\"roc\":\"keep\",\"mki_length\":4", ""},
	{"\"mki_length\":4", "\"overlap_ms\":2000,\"mki_length\":4", ""},
	{"\"mki_length\":4", "\"shared\":false,\"mki_length\":4", ""},
	{"\"streams\":[",
		"\"streams\":[{\"ssrc\":5,\"roc\":0,\"highest_seq\":17},{\"ssrc\":9,"
		"\"roc\":2,\"highest_seq\":65535,\"srtcp_index\":2147483647}],\"x-s\":[",
		""},
};

START_TEST(equal_wishes_have_equal_texts)
{
	char *text = edited(real_put, same_content[_i].from, same_content[_i].to);
	char *first = content_of(real_put);
	char *second = content_of(text);

	ck_assert_str_eq(first, second);
	forget(first);
	forget(second);
	free(text);
}
END_TEST

/* Edits that do. */
static const struct edit other_content[] = {
	{"\"id\":\"call-1\"", "\"id\":\"call-2\"", ""},
	{"\"timeout_s\":60,", "", ""},
	{"\"id\":\"audio\"", "\"id\":\"music\"", ""},
	{"\"interface\":\"access\"", "\"interface\":\"acces\"", ""},
	{"\"family\":\"ip4\",", "", ""},
	{"\"local_port\":30000", "\"local_port\":30002", ""},
	{"198.51.100.7", "198.51.100.8", ""},
	{"\"port\":40000", "\"port\":40002", ""},
	{"\"rtcp_port\":40005", "\"rtcp_port\":40004", ""},
	{"\"rtcp_mux\":false", "\"rtcp_mux\":true", ""},
	{"1 AES_CM", "2 AES_CM", ""},
	{"inline:CAN", "inline:BAN", ""},
	{"SHA1_32", "SHA1_80", ""},
	{"\"key\":\"C", "\"key\":\"B", ""},
	{"\"salt\":\"C", "\"salt\":\"B", ""},
	{"\"dscp\":46", "\"dscp\":0", ""},
	{"\"max_ssrcs\":8", "\"max_ssrcs\":9", ""},
	{"\"source\":\"address\"", "\"source\":\"any\"", ""},
	{"\"security\":\"clear\"", "\"security\":\"required\"", ""},
	{"\"security\":\"clear\"", "\"security\":\"preferred\"", ""},
	{"\"security\":\"preferred\"", "\"security\":\"required\"", ""},
	{"[\"UNENCRYPTED_SRTCP\",\"TAG_32\"]", "[\"TAG_32\"]", ""},
	{"\"replay_window\":2048", "\"replay_window\":2049", ""},
	{"\"replay_window\":2048,", "", ""},
	{"\"repeat\":true,", "", ""},
	{"\"cryptex\":true,", "", ""},
	{"[255,1,64]", "[255,1,63]", ""},
	{"[255,1,64]", "[255,1]", ""},
	{"\"latch\":true", "\"latch\":false", ""},
	{"\"early_ms\":250", "\"early_ms\":251", ""},
	{"\"early_ms\":250", "\"early_ms\":500", ""},
	{"\"roc\":\"try_both\"", "\"roc\":\"keep\"", ""},
	{"\"roc\":\"try_both\"", "\"roc\":\"reset\"", ""},
	{"\"roc\":\"try_both\"", "\"roc\":4", ""},
	{"\"roc\":7", "\"roc\":8", ""},
	{"\"overlap_ms\":750", "\"overlap_ms\":751", ""},
	{",\"overlap_ms\":750", "", ""},
	{"\"shared\":true", "\"shared\":false", ""},
	{"\"lifetime\":1000,", "", ""},
	{"\"lifetime\":1000", "\"lifetime\":1001", ""},
	{"\"modes\":[\"UNENCRYPTED_SRTCP\"],", "", ""},
	{"\"modes\":[\"UNENCRYPTED_SRTCP\"", "\"modes\":[\"UNENCRYPTED_SRTP\"", ""},
	{"\"mki_length\":4", "\"mki_length\":5", ""},
	{"\"mki\":4294967295", "\"mki\":4294967294", ""},
	{"Fg==", "Fw==", ""},
	{"Gg==", "Gw==", ""},
	{"\"lifetime\":281474976710656", "\"lifetime\":1", ""},
	{"\"ssrc\":9", "\"ssrc\":10", ""},
	{"\"roc\":2", "\"roc\":3", ""},
	{"\"highest_seq\":17", "\"highest_seq\":18", ""},
	{"\"srtcp_index\":2147483647", "\"srtcp_index\":0", ""},
	{"\"highest_seq\":17", "\"highest_seq\":17,\"srtcp_index\":0", ""},
	{",{\"ssrc\":5,\"roc\":0,\"highest_seq\":17}", "", ""},
	{"\"send_mki\":2", "\"send_mki\":1", ""},
	{"\"sdes\":\"1 AES", "\"sdes\":\"1  AES", ""},
};

START_TEST(different_wishes_have_different_texts)
{
	char *text = edited(real_put, other_content[_i].from, other_content[_i].to);
	char *first = content_of(real_put);
	char *second = content_of(text);

	ck_assert_str_ne(first, second);
	forget(first);
	forget(second);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpc: content of session.put");
	TCase *content = tcase_create("content");

	tcase_add_test(content, the_canonical_text_is_this);
	tcase_add_test(content, the_text_of_a_key_has_its_defaults);
	tcase_add_loop_test(content, equal_wishes_have_equal_texts, 0, COUNT(same_content));
	tcase_add_loop_test(
		content, different_wishes_have_different_texts, 0, COUNT(other_content));
	suite_add_tcase(suite, content);
	return sotto_unit_run(suite);
}
