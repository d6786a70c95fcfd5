/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads a key of a request: its text in any of the protocol's forms, what the leg consents to, and
 * digests by which the key is known again without being kept.
 */
#include "control/internal.h"

#include "base/secret.h"
#include "keys/sdes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A key that is being read. */
struct reading {
	const struct sotto_rpc_key *from;
	struct control_key *key;
	const struct control_place *at;
	const char *member; /* "receive" or "send" */
	bool send;
};

static int refuse(const struct reading *r, enum sotto_rpc_kind kind, const char *detail)
{
	return control_refuse_leg(r->at, kind, r->member, detail);
}

static int refuse_member(const struct reading *r, const char *member, const char *detail)
{
	char path[SOTTO_RPC_FIELD_BYTES];

	snprintf(path, sizeof(path), "%s.%s", r->member, member);
	return control_refuse_leg(r->at, SOTTO_RPC_PARAMS, path, detail);
}

static int read_sdes(const struct reading *r)
{
	char detail[SOTTO_RPC_DETAIL_BYTES];
	struct sotto_sdes_error why;
	struct sotto_sdes sdes;
	int rc = sotto_keys_sdes_parse(r->from->sdes, strlen(r->from->sdes), &sdes, &why);

	if (rc != 0) {
		snprintf(
			detail, sizeof(detail), "%s (at character %u of sdes)", why.reason, why.at);
		return refuse(r, rc == -ENOTSUP ? SOTTO_RPC_UNSUPPORTED_SUITE : SOTTO_RPC_BAD_KEY,
			detail);
	}
	r->key->keying = sdes.keying;
	sotto_base_wipe(&sdes, sizeof(sdes));
	return 0;
}

static int read_masters(const struct reading *r)
{
	struct sotto_keying *keying = &r->key->keying;
	const char *name = r->from->suite;
	const char *reason = sotto_keys_suite_refused(name, strlen(name));

	keying->suite = sotto_keys_suite_by_name(name, strlen(name));
	if (!keying->suite)
		return refuse(
			r, SOTTO_RPC_UNSUPPORTED_SUITE, reason ? reason : "unknown crypto suite");
	keying->modes = r->from->modes;
	keying->mki_len = r->from->mki_len;
	keying->count = r->from->master_count;
	for (unsigned n = 0; n < keying->count; n++) {
		const struct sotto_rpc_master *master = &r->from->masters[n];
		struct sotto_keyed *to = &keying->master[n];

		if (sotto_keys_from_base64(keying->suite, master->key, master->salt, to, &reason) !=
			0)
			return refuse(r, SOTTO_RPC_BAD_KEY, reason);
		to->lifetime = master->lifetime;
		to->mki = master->mki;
	}
	return 0;
}

/* What the suite and its modes are, and whether the leg consents to it. */
static int check_consent(const struct reading *r, uint8_t allowed)
{
	const struct sotto_keying *keying = &r->key->keying;
	uint8_t missing = sotto_keys_consent(keying) & (uint8_t)~allowed;
	char detail[SOTTO_RPC_DETAIL_BYTES];

	if (sotto_crypto_is_aead(keying->suite->cipher) &&
		keying->modes &
			(SOTTO_CONSENT_UNENCRYPTED_SRTP | SOTTO_CONSENT_UNAUTHENTICATED_SRTP))
		return refuse(r, SOTTO_RPC_BAD_KEY, "an AEAD suite cannot have these modes");
	if (missing == 0)
		return 0;
	missing &= (uint8_t)-missing; /* one at a time */
	snprintf(detail, sizeof(detail), "the leg must allow %s by name",
		sotto_keys_consent_name((enum sotto_consent)missing));
	return refuse(r, SOTTO_RPC_CONSENT, detail);
}

static int read_send_master(const struct reading *r)
{
	const struct sotto_keying *keying = &r->key->keying;

	if (!r->from->has_send_mki)
		return 0;
	for (unsigned n = 0; keying->mki_len != 0 && n < keying->count; n++) {
		if (keying->master[n].mki == r->from->send_mki) {
			r->key->spec.send_master = (uint8_t)n;
			return 0;
		}
	}
	return refuse_member(r, "send_mki", "no master key has that MKI");
}

static void read_presets(const struct reading *r)
{
	for (unsigned i = 0; i < r->from->stream_count; i++) {
		const struct sotto_rpc_position *from = &r->from->streams[i];

		struct sotto_srtp_preset *to = &r->key->preset[i];

		/* field by field: the whole, padding too, is digested */
		to->ssrc = from->ssrc;
		to->next_rtp = ((uint64_t)from->roc << 16 | from->highest_seq) + 1;
		to->next_rtcp = from->has_srtcp_index ? from->srtcp_index + 1ull : 0;
	}
	r->key->spec.preset = r->key->preset;
	r->key->spec.preset_count = r->from->stream_count;
}

static int digest_master(const struct sotto_control *control, const struct sotto_keying *keying,
	unsigned n, uint8_t out[SOTTO_DIGEST_LEN])
{
	struct control_digest *digest = control_digest_begin(control, "master");

	control_digest_add(digest, keying->master[n].key, keying->suite->key_len);
	control_digest_add(digest, keying->master[n].salt, keying->suite->salt_len);
	return control_digest_end(digest, out);
}

/* All that makes the ready keys; lifetimes and window may change while the key stays. */
static int digest_identity(const struct sotto_control *control, struct control_key *key)
{
	const struct sotto_keying *keying = &key->keying;
	struct control_digest *digest = control_digest_begin(control, keying->suite->name);

	control_digest_add(digest, &keying->modes, 1);
	control_digest_add(digest, &keying->mki_len, 1);
	for (unsigned n = 0; n < keying->count; n++) {
		control_digest_add(digest, key->spec.master[n], SOTTO_DIGEST_LEN);
		control_digest_add(digest, &keying->master[n].mki, sizeof(uint64_t));
	}
	return control_digest_end(digest, key->spec.identity);
}

/* Without presets the digest stays zero. */
static int digest_presets(const struct sotto_control *control, struct control_key *key)
{
	struct control_digest *digest;

	if (key->spec.preset_count == 0)
		return 0;
	digest = control_digest_begin(control, "streams");

	control_digest_add(digest, key->preset, key->spec.preset_count * sizeof(key->preset[0]));
	return control_digest_end(digest, key->spec.preset_digest);
}

static int digest(const struct sotto_control *control, struct control_key *key)
{
	int rc = 0;

	for (unsigned n = 0; rc == 0 && n < key->keying.count; n++)
		rc = digest_master(control, &key->keying, n, key->spec.master[n]);
	if (rc == 0)
		rc = digest_identity(control, key);
	return rc == 0 ? digest_presets(control, key) : rc;
}

static void read_options(const struct reading *r)
{
	static const enum sotto_roc_policy policy[] = {
		[SOTTO_RPC_ROC_KEEP] = SOTTO_ROC_KEEP,
		[SOTTO_RPC_ROC_RESET] = SOTTO_ROC_RESET,
		[SOTTO_RPC_ROC_TRY_BOTH] = SOTTO_ROC_TRY,
		[SOTTO_RPC_ROC_GIVEN] = SOTTO_ROC_VALUE,
	};
	struct sotto_key_spec *spec = &r->key->spec;

	spec->keying = &r->key->keying;
	spec->roc_policy = policy[r->from->roc];
	spec->roc = r->from->roc_value;
	spec->overlap_us = r->from->overlap_ms * 1000u;
	spec->shared = r->from->shared;
}

int control_key_read(const struct sotto_control *control, const struct sotto_rpc_leg *leg,
	bool send, struct control_key **out, const struct control_place *at)
{
	struct reading r = {
		.from = send ? leg->send : leg->receive,
		.key = calloc(1, sizeof(*r.key)),
		.at = at,
		.member = send ? "send" : "receive",
		.send = send,
	};
	int rc;

	*out = r.key;
	if (!r.key)
		return refuse(&r, SOTTO_RPC_INTERNAL, "no memory");
	rc = r.from->form == SOTTO_RPC_KEY_SDES ? read_sdes(&r) : read_masters(&r);
	if (rc == 0)
		rc = check_consent(&r, leg->allow);
	if (rc == 0)
		rc = read_send_master(&r);
	if (rc != 0)
		return rc;
	read_options(&r);
	read_presets(&r);
	return digest(control, r.key) == 0 ? 0 : refuse(&r, SOTTO_RPC_INTERNAL, "no memory");
}

void control_key_free(struct control_key *key)
{
	if (!key)
		return;
	sotto_base_wipe(key, sizeof(*key));
	free(key);
}
