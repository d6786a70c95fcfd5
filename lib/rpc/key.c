/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of session.put: a key line, or a suite with master keys apart, kept unread (RFC 4568).
 */
#include "rpc/put.h"

#include "base/secret.h"

#include <stdlib.h>

/* What a key may have, as bits; one for each name of form_names. */
enum {
	HAS_SDES = 1,
	HAS_SUITE = 2,
	HAS_KEY = 4,
	HAS_SALT = 8,
	HAS_LIFETIME = 16,
	HAS_MODES = 32,
	HAS_MASTERS = 64,
	HAS_MKI_LENGTH = 128,
};

static const char *const form_names[] = {
	"sdes", "suite", "key", "salt", "lifetime", "modes", "masters", "mki_length", NULL};

struct form {
	enum sotto_rpc_key_form form;
	unsigned must;
	unsigned may;
};

static const struct form forms[] = {
	{SOTTO_RPC_KEY_SDES, HAS_SDES, 0},
	{SOTTO_RPC_KEY_RAW, HAS_SUITE | HAS_KEY | HAS_SALT, HAS_LIFETIME | HAS_MODES},
	{SOTTO_RPC_KEY_MASTERS, HAS_SUITE | HAS_MASTERS | HAS_MKI_LENGTH, HAS_MODES},
};

/* 5 names, of which the last three are modes. */
const char *const sotto_rpc_allow_names[] = {"TAG_32", "NULL_CIPHER", "UNENCRYPTED_SRTP",
	"UNENCRYPTED_SRTCP", "UNAUTHENTICATED_SRTP", NULL};

#define FIRST_MODE 2

static void wipe_free(void *memory, size_t size)
{
	if (memory)
		sotto_base_wipe(memory, size);
	free(memory);
}

void sotto_rpc_key_free(struct sotto_rpc_key *key)
{
	if (!key)
		return;
	wipe_free(key->sdes, key->sdes ? strlen(key->sdes) : 0);
	wipe_free(key->masters, key->master_count * sizeof(*key->masters));
	wipe_free(key->streams, key->stream_count * sizeof(*key->streams));
	wipe_free(key, sizeof(*key));
}

/* Which of the three forms a key has, by the names in it; fails when it is none of them. */
static void read_form(struct sotto_rpc_reader *r, const json_t *value, struct sotto_rpc_key *key)
{
	unsigned has = 0;

	for (unsigned i = 0; form_names[i]; i++)
		if (sotto_rpc_member(r, value, form_names[i]))
			has |= 1u << i;
	for (unsigned i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if ((has & ~forms[i].may) == forms[i].must)
			key->form = forms[i].form;
	if (key->form == 0)
		sotto_rpc_fail(r, NULL,
			"must have either sdes, or suite, key and salt, or suite, masters and "
			"mki_length");
}

static void read_sdes(struct sotto_rpc_reader *r, const json_t *value, struct sotto_rpc_key *key)
{
	size_t len = json_string_length(sotto_rpc_member(r, value, "sdes"));

	/* What is too long is not copied, but refused below. */
	if (len > SOTTO_RPC_SDES_BYTES)
		len = 0;
	key->sdes = sotto_rpc_new(r, len + 1, 1);
	if (key->sdes)
		sotto_rpc_read_text(r, value, "sdes", SOTTO_RPC_SDES_BYTES, key->sdes);
}

static void read_master(
	struct sotto_rpc_reader *r, const json_t *value, struct sotto_rpc_master *master)
{
	int64_t lifetime = 0;

	sotto_rpc_read_word(r, value, "key", SOTTO_RPC_KEY_BYTES, master->key);
	sotto_rpc_read_word(r, value, "salt", SOTTO_RPC_SALT_BYTES, master->salt);
	sotto_rpc_read_int(r, value, "lifetime", 1, SOTTO_RPC_LIFETIME, &lifetime);
	master->lifetime = (uint64_t)lifetime;
}

/* The MKI of master i fits its length and is no earlier one's. */
static void check_mki(struct sotto_rpc_reader *r, const struct sotto_rpc_key *key, size_t i)
{
	uint64_t mki = key->masters[i].mki;

	if (key->mki_len < sizeof(mki) && mki >> 8 * key->mki_len != 0)
		sotto_rpc_fail(r, "mki", "does not fit into mki_length bytes");
	for (size_t earlier = 0; earlier < i; earlier++)
		if (key->masters[earlier].mki == mki)
			sotto_rpc_fail(r, "mki", "is another master key's MKI");
}

static void read_masters(struct sotto_rpc_reader *r, const json_t *value, struct sotto_rpc_key *key)
{
	static const struct sotto_rpc_name names[] = {
		{"key", true}, {"salt", true}, {"mki", true}, {"lifetime", false}, {NULL, false}};
	int64_t mki_len = 0;
	size_t count;
	const json_t *array;

	sotto_rpc_read_int(r, value, "mki_length", 1, SOTTO_RPC_MKI_BYTES, &mki_len);
	array = sotto_rpc_read_array(r, value, "masters", SOTTO_RPC_MASTERS, "master keys", &count);
	key->mki_len = (uint8_t)mki_len;
	key->masters = array ? sotto_rpc_new(r, count, sizeof(*key->masters)) : NULL;
	if (!key->masters)
		return;
	key->master_count = (uint8_t)count;
	for (size_t i = 0; i < count && !sotto_rpc_reader_failed(r); i++) {
		const json_t *item = json_array_get(array, i);
		size_t mark = sotto_rpc_enter_item(r, "masters", i);

		sotto_rpc_check_object(r, item, names);
		read_master(r, item, &key->masters[i]);
		sotto_rpc_read_counter(r, item, "mki", &key->masters[i].mki);
		check_mki(r, key, i);
		sotto_rpc_leave(r, mark);
	}
}

/* The keying itself, in the form that it has. */
static void read_keying(struct sotto_rpc_reader *r, const json_t *value, struct sotto_rpc_key *key)
{
	uint32_t modes = 0;

	read_form(r, value, key);
	if (key->form == SOTTO_RPC_KEY_SDES) {
		read_sdes(r, value, key);
		return;
	}
	sotto_rpc_read_word(r, value, "suite", SOTTO_RPC_SUITE_BYTES, key->suite);
	sotto_rpc_read_set(r, value, "modes", sotto_rpc_allow_names + FIRST_MODE, &modes);
	key->modes = (uint8_t)(modes << FIRST_MODE);
	if (key->form == SOTTO_RPC_KEY_MASTERS) {
		read_masters(r, value, key);
		return;
	}
	key->masters = sotto_rpc_new(r, 1, sizeof(*key->masters));
	if (!key->masters)
		return;
	key->master_count = 1;
	read_master(r, value, key->masters);
}

/* A word, or the number that the rollover counters shall have. */
static void read_roc(
	struct sotto_rpc_reader *r, const json_t *value, bool send, struct sotto_rpc_key *key)
{
	static const char *const words[] = {
		[SOTTO_RPC_ROC_KEEP] = "keep",
		[SOTTO_RPC_ROC_RESET] = "reset",
		[SOTTO_RPC_ROC_TRY_BOTH] = "try_both",
		NULL,
	};
	const json_t *roc = sotto_rpc_member(r, value, "roc");
	int word = sotto_rpc_find(roc, words);

	if (word == SOTTO_RPC_ROC_TRY_BOTH && send)
		sotto_rpc_fail(r, "roc", "a sender cannot try: \"try_both\" is for receive only");
	if (word >= 0)
		key->roc = (enum sotto_rpc_roc)word;
	else if (json_is_integer(roc) && sotto_rpc_read_u32(r, value, "roc", &key->roc_value))
		key->roc = SOTTO_RPC_ROC_GIVEN;
	else if (roc)
		sotto_rpc_fail(r, "roc",
			"must be \"keep\", \"reset\", \"try_both\" or an integer from 0 to "
			"4294967295");
}

/* Puts a position among the count that are sorted already. */
static void insert_position(struct sotto_rpc_reader *r, struct sotto_rpc_position *sorted,
	size_t count, const struct sotto_rpc_position *position)
{
	size_t at = count;

	while (at > 0 && sorted[at - 1].ssrc > position->ssrc)
		at--;
	if (at > 0 && sorted[at - 1].ssrc == position->ssrc)
		sotto_rpc_fail(r, "ssrc", "stands twice");
	memmove(sorted + at + 1, sorted + at, (count - at) * sizeof(*sorted));
	sorted[at] = *position;
}

static struct sotto_rpc_position read_position(struct sotto_rpc_reader *r, const json_t *value)
{
	static const struct sotto_rpc_name names[] = {{"ssrc", true}, {"roc", true},
		{"highest_seq", true}, {"srtcp_index", false}, {NULL, false}};
	struct sotto_rpc_position position = {.ssrc = 0};
	int64_t highest_seq = 0;
	int64_t srtcp_index = 0;

	sotto_rpc_check_object(r, value, names);
	sotto_rpc_read_u32(r, value, "ssrc", &position.ssrc);
	sotto_rpc_read_u32(r, value, "roc", &position.roc);
	sotto_rpc_read_int(r, value, "highest_seq", 0, UINT16_MAX, &highest_seq);
	position.has_srtcp_index =
		sotto_rpc_read_int(r, value, "srtcp_index", 0, INT32_MAX, &srtcp_index);
	position.highest_seq = (uint16_t)highest_seq;
	position.srtcp_index = (uint32_t)srtcp_index;
	return position;
}

static void read_streams(struct sotto_rpc_reader *r, const json_t *value, struct sotto_rpc_key *key)
{
	size_t count;
	const json_t *array =
		sotto_rpc_read_array(r, value, "streams", SOTTO_RPC_POSITIONS, "streams", &count);

	key->streams = array ? sotto_rpc_new(r, count, sizeof(*key->streams)) : NULL;
	if (!key->streams)
		return;
	for (size_t i = 0; i < count && !sotto_rpc_reader_failed(r); i++) {
		size_t mark = sotto_rpc_enter_item(r, "streams", i);
		struct sotto_rpc_position position = read_position(r, json_array_get(array, i));

		insert_position(r, key->streams, i, &position);
		sotto_rpc_leave(r, mark);
	}
	key->stream_count = (uint8_t)count;
}

static void read_overlap(
	struct sotto_rpc_reader *r, const json_t *value, bool send, struct sotto_rpc_key *key)
{
	int64_t overlap_ms = send ? 0 : SOTTO_RPC_OVERLAP_MS_DEFAULT;

	if (send && sotto_rpc_member(r, value, "overlap_ms"))
		sotto_rpc_fail(r, "overlap_ms", "is for receive only");
	sotto_rpc_read_int(r, value, "overlap_ms", 0, SOTTO_RPC_OVERLAP_MS, &overlap_ms);
	key->overlap_ms = (uint16_t)overlap_ms;
}

static bool has_mki(const struct sotto_rpc_key *key, uint64_t mki)
{
	for (unsigned i = 0; i < key->master_count; i++)
		if (key->masters[i].mki == mki)
			return true;
	return false;
}

/* Whether a key line has that MKI is not known here: it is unread. */
static void read_send_mki(
	struct sotto_rpc_reader *r, const json_t *value, bool send, struct sotto_rpc_key *key)
{
	if (!send && sotto_rpc_member(r, value, "send_mki"))
		sotto_rpc_fail(r, "send_mki", "is for send only");
	key->has_send_mki = sotto_rpc_read_counter(r, value, "send_mki", &key->send_mki);
	if (!key->has_send_mki)
		return;
	if (key->form == SOTTO_RPC_KEY_RAW)
		sotto_rpc_fail(r, "send_mki", "this key has no MKI");
	else if (key->form == SOTTO_RPC_KEY_MASTERS && !has_mki(key, key->send_mki))
		sotto_rpc_fail(r, "send_mki", "is no master key's MKI");
}

static void read_members(
	struct sotto_rpc_reader *r, const json_t *value, bool send, struct sotto_rpc_key *key)
{
	static const struct sotto_rpc_name names[] = {{"sdes", false}, {"suite", false},
		{"key", false}, {"salt", false}, {"lifetime", false}, {"modes", false},
		{"masters", false}, {"mki_length", false}, {"roc", false}, {"overlap_ms", false},
		{"shared", false}, {"streams", false}, {"send_mki", false}, {NULL, false}};

	sotto_rpc_check_object(r, value, names);
	read_keying(r, value, key);
	read_roc(r, value, send, key);
	read_overlap(r, value, send, key);
	sotto_rpc_read_bool(r, value, "shared", &key->shared);
	read_streams(r, value, key);
	read_send_mki(r, value, send, key);
}

static void check_leg_has_keys(
	struct sotto_rpc_reader *r, enum sotto_rpc_security security, bool send)
{
	if (security == SOTTO_RPC_SECURITY_CLEAR)
		sotto_rpc_fail(r, NULL, "a clear leg has no keys");
	else if (security == SOTTO_RPC_SECURITY_OPAQUE)
		sotto_rpc_fail(r, NULL, "an opaque leg has no keys");
	else if (security == SOTTO_RPC_SECURITY_VERIFY && send)
		sotto_rpc_fail(r, NULL, "a verify leg sends packets as they came: no send key");
}

void sotto_rpc_read_key(struct sotto_rpc_reader *r, const json_t *leg, const char *name,
	enum sotto_rpc_security security, struct sotto_rpc_key **out)
{
	const json_t *value = sotto_rpc_member(r, leg, name);
	bool send = strcmp(name, "send") == 0;
	size_t mark = sotto_rpc_enter(r, name);

	if (value) {
		check_leg_has_keys(r, security, send);
		*out = sotto_rpc_new(r, 1, sizeof(**out));
	}
	r->secret = true;
	if (*out)
		read_members(r, value, send, *out);
	r->secret = false;
	sotto_rpc_leave(r, mark);
}
