/* SPDX-License-Identifier: BSD-3-Clause */
/* The canonical run of bytes of a session.put: equal exactly when the same is wished. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#define RUN_ROOM 8192

struct run {
	size_t len;
	uint8_t bytes[RUN_ROOM];
};

static void keep(void *arg, const void *bytes, size_t len)
{
	struct run *run = arg;

	ck_assert_uint_le(len, RUN_ROOM - run->len);
	memcpy(run->bytes + run->len, bytes, len);
	run->len += len;
}

static void run_of_put(const struct sotto_rpc_put *put, struct run *run)
{
	run->len = 0;
	sotto_rpc_put_feed(put, keep, run);
	ck_assert_uint_gt(run->len, 0);
}

static void run_of(const char *text, struct run *run)
{
	struct sotto_rpc_batch batch;

	run_of_put(decode_put(text, &batch), run);
	sotto_rpc_batch_free(&batch);
}

static bool same_run(const struct run *a, const struct run *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

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

static bool is_same_after(const struct edit *edit)
{
	char *text = edited(real_put, edit->from, edit->to);
	struct run first, second;

	run_of(real_put, &first);
	run_of(text, &second);
	free(text);
	return same_run(&first, &second);
}

START_TEST(equal_wishes_have_equal_runs)
{
	ck_assert_msg(is_same_after(&same_content[_i]), "%s", same_content[_i].to);
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
	{"\"downgrade\":true", "\"downgrade\":false", ""},
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

START_TEST(different_wishes_have_different_runs)
{
	ck_assert_msg(!is_same_after(&other_content[_i]), "%s", other_content[_i].to);
}
END_TEST

/* Wishes whose members hold the same bytes, shared out otherwise. */
static const char *const shared_out[][2] = {
	{"{\"suite\":\"ab\",\"key\":\"c\",\"salt\":\"d\"}",
		"{\"suite\":\"a\",\"key\":\"bc\",\"salt\":\"d\"}"},
	{"{\"suite\":\"s\",\"key\":\"ab\",\"salt\":\"c\"}",
		"{\"suite\":\"s\",\"key\":\"a\",\"salt\":\"bc\"}"},
	{"{\"suite\":\"s\",\"mki_length\":1,\"masters\":["
	 "{\"key\":\"k\",\"salt\":\"l\",\"mki\":1},{\"key\":\"m\",\"salt\":\"n\",\"mki\":2}]}",
		"{\"suite\":\"s\",\"mki_length\":1,\"masters\":["
		"{\"key\":\"k\",\"salt\":\"l\",\"mki\":1}]}"},
	{"{\"suite\":\"s\",\"key\":\"k\",\"salt\":\"l\"}",
		"{\"suite\":\"s\",\"mki_length\":1,\"masters\":["
		"{\"key\":\"k\",\"salt\":\"l\",\"mki\":0}]}"},
	{"{\"sdes\":\"s\"}",
		"{\"sdes\":\"s\",\"streams\":[{\"ssrc\":0,\"roc\":0,\"highest_seq\":0}]}"},
};

/* The smallest session with that key as a's member. */
static void run_with_key(const char *member, const char *key, struct run *run)
{
	char *with = malloc(strlen(key) + 64);
	char *text;

	ck_assert_ptr_nonnull(with);
	sprintf(with, "\"required\",\"%s\":%s}", member, key);
	text = edited(small_put, "\"required\"}", with);
	run_of(text, run);
	free(text);
	free(with);
}

START_TEST(no_member_flows_into_the_next)
{
	struct run first, second;

	run_with_key("send", shared_out[_i][0], &first);
	run_with_key("send", shared_out[_i][1], &second);
	ck_assert(!same_run(&first, &second));
}
END_TEST

START_TEST(the_direction_of_a_key_counts)
{
	static const char key[] = "{\"sdes\":\"s\",\"shared\":true}";
	static const char as_receive[] = "{\"sdes\":\"s\",\"shared\":true,\"overlap_ms\":0}";
	struct run first, second;

	run_with_key("send", key, &first);
	run_with_key("receive", as_receive, &second);
	ck_assert(!same_run(&first, &second));
}
END_TEST

START_TEST(the_default_of_send_mki_is_the_first_master_keys)
{
	static const char masters[] = "\"suite\":\"s\",\"mki_length\":1,\"masters\":[{\"key\":"
				      "\"k\",\"salt\":\"l\",\"mki\":5},"
				      "{\"key\":\"m\",\"salt\":\"n\",\"mki\":6}]";
	char absent[256], given[256], other[256];
	struct run first, second, third;

	snprintf(absent, sizeof(absent), "{%s}", masters);
	snprintf(given, sizeof(given), "{%s,\"send_mki\":5}", masters);
	snprintf(other, sizeof(other), "{%s,\"send_mki\":6}", masters);
	run_with_key("send", absent, &first);
	run_with_key("send", given, &second);
	run_with_key("send", other, &third);
	ck_assert(same_run(&first, &second) && !same_run(&first, &third));
}
END_TEST

/* --- every byte of the structs --------------------------------------------------------------- */

/* A stretch of a struct that is no content: another member's business, or padding. */
struct gap {
	size_t at, end;
};

#define MEMBER(type, name)                                                                         \
	{                                                                                          \
		offsetof(struct sotto_rpc_##type, name),                                           \
			offsetof(struct sotto_rpc_##type, name) +                                  \
				sizeof(((struct sotto_rpc_##type *)NULL)->name)                    \
	}
/* What the compiler leaves free between two members that follow each other, or behind the last. */
#define BETWEEN(type, name, next)                                                                  \
	{                                                                                          \
		offsetof(struct sotto_rpc_##type, name) +                                          \
			sizeof(((struct sotto_rpc_##type *)NULL)->name),                           \
			offsetof(struct sotto_rpc_##type, next)                                    \
	}
#define BEHIND(type, name)                                                                         \
	{                                                                                          \
		offsetof(struct sotto_rpc_##type, name) +                                          \
			sizeof(((struct sotto_rpc_##type *)NULL)->name),                           \
			sizeof(struct sotto_rpc_##type)                                            \
	}

/* Whether one bit of a text lies behind its closing zero. */
static bool is_tail(const struct gap *text, const uint8_t *object, size_t at)
{
	return at >= text->at && at < text->end &&
	       at >= text->at + strlen((const char *)object + text->at);
}

static bool is_in_gap(const struct gap *gaps, size_t at)
{
	for (; gaps->end; gaps++)
		if (at >= gaps->at && at < gaps->end)
			return true;
	return false;
}

struct layout {
	const char *name;
	size_t size;
	struct gap text[2]; /* arrays of characters: bytes behind the closing zero are no content */
	struct gap gap[10]; /* ends with {0, 0} */
};

static const struct layout put_layout = {"put", offsetof(struct sotto_rpc_put, media),
	{MEMBER(put, id)}, {BETWEEN(put, id, rev), MEMBER(put, rev), MEMBER(put, media_count)}};
static const struct layout media_layout = {"media", offsetof(struct sotto_rpc_media, legs),
	{MEMBER(media, id)}, {BETWEEN(media, id, legs)}};
static const struct layout leg_layout = {"leg", sizeof(struct sotto_rpc_leg),
	{MEMBER(leg, interface)},
	{BETWEEN(leg, family, local_port), BETWEEN(leg, remote.addr, remote.port),
		BETWEEN(leg, remote_rtcp_port, security), BETWEEN(leg, allow, source),
		BETWEEN(leg, cryptex, replay_window), BETWEEN(leg, early_ms, encrypted_extensions),
		MEMBER(leg, receive), MEMBER(leg, send)}};
static const struct layout key_layout = {"key", sizeof(struct sotto_rpc_key), {MEMBER(key, suite)},
	{BETWEEN(key, form, sdes), MEMBER(key, sdes), MEMBER(key, masters),
		/* how long a list is cannot be changed alone; has_send_mki has its test above */
		MEMBER(key, master_count), MEMBER(key, stream_count), MEMBER(key, streams),
		BETWEEN(key, master_count, masters), BETWEEN(key, stream_count, streams),
		{offsetof(struct sotto_rpc_key, has_send_mki),
			offsetof(struct sotto_rpc_key, send_mki)}}};
static const struct layout master_layout = {"master", sizeof(struct sotto_rpc_master),
	{MEMBER(master, key), MEMBER(master, salt)}, {BEHIND(master, salt)}};
static const struct layout position_layout = {
	"position", sizeof(struct sotto_rpc_position), {{0}}, {BEHIND(position, has_srtcp_index)}};

/* Changes one bit of each byte of an object of the put; the run must be another each time. */
static unsigned expect_bytes_count(
	const struct sotto_rpc_put *put, const struct layout *layout, void *object)
{
	struct run before, after;
	uint8_t *bytes = object;
	unsigned changed = 0;

	run_of_put(put, &before);
	for (size_t at = 0; at < layout->size; at++) {
		if (is_in_gap(layout->gap, at) || is_tail(&layout->text[0], bytes, at) ||
			is_tail(&layout->text[1], bytes, at))
			continue;
		bytes[at] ^= 1; /* a bool stays one */
		run_of_put(put, &after);
		bytes[at] ^= 1;
		ck_assert_msg(!same_run(&before, &after), "byte %zu of a %s does not count", at,
			layout->name);
		changed++;
	}
	return changed;
}

static unsigned expect_key_counts(const struct sotto_rpc_put *put, struct sotto_rpc_key *key)
{
	unsigned changed = 0;

	if (!key)
		return 0;
	key->has_send_mki = true; /* so that its value counts */
	changed += expect_bytes_count(put, &key_layout, key);
	for (unsigned i = 0; i < key->master_count; i++)
		changed += expect_bytes_count(put, &master_layout, &key->masters[i]);
	for (unsigned i = 0; i < key->stream_count; i++) {
		key->streams[i].has_srtcp_index = true;
		changed += expect_bytes_count(put, &position_layout, &key->streams[i]);
	}
	return changed;
}

/*
 * Whoever adds a member to these structs and forgets it in the run finds it here: a request with
 * another value of it would pass for a repetition of the first.
 */
START_TEST(every_byte_of_a_wish_counts)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_put *put = decode_put(real_put, &batch);
	unsigned changed = expect_bytes_count(put, &put_layout, put);

	for (unsigned i = 0; i < put->media_count; i++) {
		changed += expect_bytes_count(put, &media_layout, &put->media[i]);
		for (unsigned side = 0; side < 2; side++) {
			struct sotto_rpc_leg *leg = &put->media[i].legs[side];

			changed += expect_bytes_count(put, &leg_layout, leg);
			changed += expect_key_counts(put, leg->receive);
			changed += expect_key_counts(put, leg->send);
		}
	}
	ck_assert_uint_gt(changed, 800);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(a_key_line_counts)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_put *put = decode_put(real_put, &batch);
	struct sotto_rpc_key *key = put->media[0].legs[0].receive;
	struct run before, after;

	run_of_put(put, &before);
	for (char *at = key->sdes; *at; at++) {
		*at ^= 1;
		run_of_put(put, &after);
		*at ^= 1;
		ck_assert(!same_run(&before, &after));
	}
	sotto_rpc_batch_free(&batch);
}
END_TEST

/* A line is longer than the pieces that are fed. */
START_TEST(the_longest_key_line_counts_to_its_end)
{
	char *line = quoted('s', SOTTO_RPC_SDES_BYTES);
	char *key = malloc(SOTTO_RPC_SDES_BYTES + 64);
	struct run first, second;

	ck_assert_ptr_nonnull(key);
	sprintf(key, "{\"sdes\":%s}", line);
	run_with_key("send", key, &first);
	key[strlen(key) - 3] = 't';
	run_with_key("send", key, &second);
	ck_assert(!same_run(&first, &second));
	free(key);
	free(line);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpc: content of session.put");
	TCase *content = tcase_create("content");

	tcase_add_loop_test(content, equal_wishes_have_equal_runs, 0, COUNT(same_content));
	tcase_add_loop_test(content, different_wishes_have_different_runs, 0, COUNT(other_content));
	tcase_add_loop_test(content, no_member_flows_into_the_next, 0, COUNT(shared_out));
	tcase_add_test(content, the_direction_of_a_key_counts);
	tcase_add_test(content, the_default_of_send_mki_is_the_first_master_keys);
	tcase_add_test(content, every_byte_of_a_wish_counts);
	tcase_add_test(content, a_key_line_counts);
	tcase_add_test(content, the_longest_key_line_counts_to_its_end);
	suite_add_tcase(suite, content);
	return sotto_unit_run(suite);
}
