/* SPDX-License-Identifier: BSD-3-Clause */
/* libsrtp2 as the judge; see judge.h. */
#include "judge.h"

#include "base/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
		[OUTCOME_CLEAR] = "not encrypted",
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
	case SOTTO_DROP_RTP_HEADER:
	case SOTTO_DROP_RTCP_HEADER:
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
	case srtp_err_status_bad_param:
	case srtp_err_status_parse_err:
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

void judge_open(struct judge *judge, const struct sotto_master *master, bool sender)
{
	uint8_t key[SOTTO_MASTER_KEY_MAX + SOTTO_MASTER_SALT_MAX];
	srtp_policy_t policy;

	memset(&policy, 0, sizeof(policy));
	memcpy(key, master->key, master->suite->key_len);
	memcpy(key + master->suite->key_len, master->salt, master->suite->salt_len);
	if (master->suite->tag_len == 4)
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
	else
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp); /* RFC 3711, 5.2 */
	policy.ssrc.type = sender ? ssrc_any_outbound : ssrc_any_inbound;
	policy.key = key;
	policy.window_size = SOTTO_REPLAY_WINDOW;
	must(srtp_create(&judge->session, &policy), "create");
}

void judge_close(struct judge *judge)
{
	must(srtp_dealloc(judge->session), "dealloc");
}

enum outcome judge_protect(
	struct judge *judge, uint8_t *data, uint32_t *len, enum sotto_srtp_kind kind)
{
	int n = (int)*len;
	srtp_err_status_t status = kind == SOTTO_SRTP ? srtp_protect(judge->session, data, &n)
						      : srtp_protect_rtcp(judge->session, data, &n);

	*len = (uint32_t)n;
	return outcome_of_status(status);
}

enum outcome judge_unprotect(
	struct judge *judge, uint8_t *data, uint32_t *len, enum sotto_srtp_kind kind)
{
	int n = (int)*len;
	srtp_err_status_t status = kind == SOTTO_SRTP
					   ? srtp_unprotect(judge->session, data, &n)
					   : srtp_unprotect_rtcp(judge->session, data, &n);

	*len = (uint32_t)n;
	return outcome_of_status(status);
}

void judge_set_roc(struct judge *judge, uint32_t ssrc, uint32_t roc)
{
	must(srtp_set_stream_roc(judge->session, ssrc, roc), "set ROC");
}
