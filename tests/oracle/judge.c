/* SPDX-License-Identifier: BSD-3-Clause */
/* libsrtp2 as the judge; see judge.h. */
#include "judge.h"

#include "base/verdict.h"

#include <srtp2/crypto_types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_MAX 0x7fff /* rounded up to 0x8000 by libsrtp2 */

static void must(srtp_err_status_t status, const char *what)
{
	if (status == srtp_err_status_ok)
		return;
	fprintf(stderr, "libsrtp2: %s: status %d\n", what, status);
	exit(EXIT_FAILURE);
}

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[OUTCOMES] = {
		[OUTCOME_ACCEPTED] = "accepted",
		[OUTCOME_AUTH] = "wrong tag",
		[OUTCOME_SEEN] = "seen before",
		[OUTCOME_OLD] = "behind the window",
		[OUTCOME_CLEAR] = "wrong E bit",
		[OUTCOME_MKI] = "unknown MKI",
		[OUTCOME_MALFORMED] = "malformed",
		[OUTCOME_OTHER] = "other",
	};

	return names[outcome];
}

enum outcome outcome_of_verdict(unsigned verdict)
{
	switch (verdict) {
	case SOTTO_OK:
		return OUTCOME_ACCEPTED;
	case SOTTO_DROP_AUTH:
		return OUTCOME_AUTH;
	case SOTTO_DROP_REPLAY:
	case SOTTO_DROP_SEND_REUSE: /* on sending, behind the window counts as used */
		return OUTCOME_SEEN;
	case SOTTO_DROP_OLD:
		return OUTCOME_OLD;
	case SOTTO_DROP_RTCP_CLEAR:
		return OUTCOME_CLEAR;
	case SOTTO_DROP_MKI:
		return OUTCOME_MKI;
	case SOTTO_DROP_RTP_HEADER:
	case SOTTO_DROP_RTCP_HEADER:
	case SOTTO_DROP_EXTENSION:
	case SOTTO_DROP_SHORT:
		return OUTCOME_MALFORMED;
	default:
		return OUTCOME_OTHER;
	}
}

static enum outcome outcome_of_status(srtp_err_status_t status)
{
	switch (status) {
	case srtp_err_status_ok:
		return OUTCOME_ACCEPTED;
	case srtp_err_status_auth_fail:
		return OUTCOME_AUTH;
	case srtp_err_status_replay_fail:
		return OUTCOME_SEEN;
	case srtp_err_status_replay_old:
		return OUTCOME_OLD;
	case srtp_err_status_cant_check:
		return OUTCOME_CLEAR;
	case srtp_err_status_bad_mki:
		return OUTCOME_MKI;
	case srtp_err_status_bad_param:
	case srtp_err_status_parse_err:
	case srtp_err_status_cipher_fail: /* GCM: shorter than its tag */
		return OUTCOME_MALFORMED;
	default:
		return OUTCOME_OTHER;
	}
}

void judge_init(void)
{
	must(srtp_init(), "init");
}

void judge_shutdown(void)
{
	must(srtp_shutdown(), "shutdown");
}

static void set_suite(srtp_crypto_policy_t *policy, enum sotto_cipher cipher)
{
	switch (cipher) {
	case SOTTO_CIPHER_AES_CM_192:
		srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80(policy);
		break;
	case SOTTO_CIPHER_AES_CM_256:
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(policy);
		break;
	case SOTTO_CIPHER_AES_GCM_128:
		srtp_crypto_policy_set_aes_gcm_128_16_auth(policy);
		break;
	case SOTTO_CIPHER_AES_GCM_256:
		srtp_crypto_policy_set_aes_gcm_256_16_auth(policy);
		break;
	case SOTTO_CIPHER_NONE:
		srtp_crypto_policy_set_null_cipher_hmac_sha1_80(policy);
		break;
	default:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(policy);
		break;
	}
}

static void set_services(srtp_policy_t *policy, const struct plan *plan)
{
	unsigned rtp, rtcp;

	set_suite(&policy->rtp, plan->suite->cipher);
	set_suite(&policy->rtcp, plan->suite->cipher);
	policy->rtp.auth_tag_len = plan->suite->tag_len;
	rtp = policy->rtp.sec_serv;
	rtcp = policy->rtcp.sec_serv;
	if (plan->modes & SOTTO_CONSENT_UNENCRYPTED_SRTP)
		rtp &= ~(unsigned)sec_serv_conf;
	if (plan->modes & SOTTO_CONSENT_UNENCRYPTED_SRTCP)
		rtcp &= ~(unsigned)sec_serv_conf;
	if (plan->modes & SOTTO_CONSENT_UNAUTHENTICATED_SRTP) {
		rtp &= ~(unsigned)sec_serv_auth;
		policy->rtp.auth_type = SRTP_NULL_AUTH;
		policy->rtp.auth_key_len = 0;
		policy->rtp.auth_tag_len = 0;
	}
	policy->rtp.sec_serv = (srtp_sec_serv_t)rtp;
	policy->rtcp.sec_serv = (srtp_sec_serv_t)rtcp;
}

/* What a policy points to. */
struct policy_parts {
	srtp_master_key_t masters[PLAN_MASTERS];
	srtp_master_key_t *list[PLAN_MASTERS];
	uint8_t keys[PLAN_MASTERS][SOTTO_MASTER_KEY_MAX + SOTTO_MASTER_SALT_MAX];
	uint8_t mkis[PLAN_MASTERS][SOTTO_MKI_LEN_MAX];
	int ids[PLAN_IDS];
};

static void set_master(
	struct policy_parts *parts, const struct sotto_keying *keying, unsigned number)
{
	const struct sotto_keyed *from = &keying->master[number];
	srtp_master_key_t *to = &parts->masters[number];
	uint64_t mki = from->mki;

	memcpy(parts->keys[number], from->key, keying->suite->key_len);
	memcpy(parts->keys[number] + keying->suite->key_len, from->salt, keying->suite->salt_len);
	for (unsigned k = keying->mki_len; k-- > 0; mki >>= 8)
		parts->mkis[number][k] = (uint8_t)mki;
	to->key = parts->keys[number];
	to->mki_id = parts->mkis[number];
	to->mki_size = keying->mki_len;
	parts->list[number] = to;
}

static void set_policy(srtp_policy_t *policy, struct policy_parts *parts, const struct plan *plan,
	const struct sotto_keying *keying, bool sender)
{
	memset(policy, 0, sizeof(*policy));
	memset(parts, 0, sizeof(*parts));
	set_services(policy, plan);
	for (unsigned i = 0; i < keying->count; i++)
		set_master(parts, keying, i);
	if (keying->mki_len == 0)
		policy->key = parts->keys[0];
	policy->keys = parts->list;
	policy->num_master_keys = keying->count;
	policy->ssrc.type = sender ? ssrc_any_outbound : ssrc_any_inbound;
	policy->window_size = plan->window < WINDOW_MAX ? plan->window : WINDOW_MAX;
	for (unsigned i = 0; i < plan->id_count; i++)
		parts->ids[i] = plan->ids[i];
	policy->enc_xtn_hdr = plan->id_count ? parts->ids : NULL;
	policy->enc_xtn_hdr_count = plan->id_count;
}

void judge_open(struct judge *judge, const struct plan *plan, const struct sotto_keying *keying,
	bool sender, bool twin)
{
	struct policy_parts parts;
	srtp_policy_t policy;

	memset(judge, 0, sizeof(*judge));
	judge->mki = keying->mki_len != 0;
	set_policy(&policy, &parts, plan, keying, sender);
	must(srtp_create(&judge->session, &policy), "create");
	if (twin)
		must(srtp_create(&judge->twin, &policy), "create");
}

void judge_go_on(struct judge *to, struct judge *from, const struct plan *plan,
	const struct sotto_keying *keying, bool sender)
{
	srtp_t *source = sender ? &from->session : &from->twin;
	struct policy_parts parts;
	srtp_policy_t policy;

	memset(to, 0, sizeof(*to));
	to->mki = keying->mki_len != 0;
	to->session = *source;
	*source = NULL;
	set_policy(&policy, &parts, plan, keying, sender);
	must(srtp_update(to->session, &policy), "update");
}

void judge_close(struct judge *judge)
{
	if (judge->session)
		must(srtp_dealloc(judge->session), "dealloc");
	if (judge->twin)
		must(srtp_dealloc(judge->twin), "dealloc");
}

enum outcome judge_protect(struct judge *judge, unsigned master, uint8_t *data, uint32_t *len,
	enum sotto_srtp_kind kind)
{
	int n = (int)*len;
	srtp_err_status_t status;

	status = kind == SOTTO_SRTP
			 ? srtp_protect_mki(judge->session, data, &n, judge->mki, master)
			 : srtp_protect_rtcp_mki(judge->session, data, &n, judge->mki, master);
	*len = (uint32_t)n;
	return outcome_of_status(status);
}

static srtp_err_status_t unprotect(
	srtp_t session, uint8_t *data, uint32_t *len, enum sotto_srtp_kind kind, bool mki)
{
	int n = (int)*len;
	srtp_err_status_t status = kind == SOTTO_SRTP
					   ? srtp_unprotect_mki(session, data, &n, mki)
					   : srtp_unprotect_rtcp_mki(session, data, &n, mki);

	*len = (uint32_t)n;
	return status;
}

enum outcome judge_unprotect(
	struct judge *judge, uint8_t *data, uint32_t *len, enum sotto_srtp_kind kind)
{
	uint8_t copy[2048];
	uint32_t copy_len = *len;
	srtp_err_status_t status;

	if (judge->twin)
		memcpy(copy, data, *len);
	status = unprotect(judge->session, data, len, kind, judge->mki);
	if (judge->twin && status == srtp_err_status_ok)
		must(unprotect(judge->twin, copy, &copy_len, kind, judge->mki), "twin");
	return outcome_of_status(status);
}

void judge_set_roc(struct judge *judge, uint32_t ssrc, uint32_t roc)
{
	must(srtp_set_stream_roc(judge->session, ssrc, roc), "set ROC");
	if (judge->twin)
		must(srtp_set_stream_roc(judge->twin, ssrc, roc), "set ROC");
}

bool judge_get_roc(const struct judge *judge, uint32_t ssrc, uint32_t *roc)
{
	return srtp_get_stream_roc(judge->session, ssrc, roc) == srtp_err_status_ok;
}
