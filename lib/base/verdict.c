/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of the verdicts, as counters and the control protocol show them. */
#include "base/verdict.h"

static const char *const names[SOTTO_VERDICTS] = {
	[SOTTO_OK] = "ok",
	[SOTTO_PUNTED] = "punted",
	[SOTTO_DROP_SEGMENTED] = "segmented",
	[SOTTO_DROP_ETHERNET] = "ethernet",
	[SOTTO_DROP_NOT_FOR_US] = "not_for_us",
	[SOTTO_DROP_IP_HEADER] = "ip_header",
	[SOTTO_DROP_IP_CHECKSUM] = "ip_checksum",
	[SOTTO_DROP_FRAGMENT] = "fragment",
	[SOTTO_DROP_PROTOCOL] = "protocol",
	[SOTTO_DROP_UDP_LENGTH] = "udp_length",
	[SOTTO_DROP_UDP_CHECKSUM] = "udp_checksum",
	[SOTTO_DROP_SOURCE] = "source",
	[SOTTO_DROP_NO_PORT] = "no_port",
	[SOTTO_DROP_NOT_MEDIA] = "not_media",
	[SOTTO_DROP_COMPONENT] = "component",
	[SOTTO_DROP_RTP_HEADER] = "rtp_header",
	[SOTTO_DROP_RTCP_HEADER] = "rtcp_header",
	[SOTTO_DROP_SHORT] = "short",
	[SOTTO_DROP_NO_KEY] = "no_key",
	[SOTTO_DROP_EARLY] = "early",
	[SOTTO_DROP_MKI] = "mki",
	[SOTTO_DROP_KEY_EXPIRED] = "key_expired",
	[SOTTO_DROP_FLOOD] = "flood",
	[SOTTO_DROP_SSRC_LIMIT] = "ssrc_limit",
	[SOTTO_DROP_WRONG_SOURCE] = "wrong_source",
	[SOTTO_DROP_REPLAY] = "replay",
	[SOTTO_DROP_OLD] = "old",
	[SOTTO_DROP_RTCP_CLEAR] = "rtcp_clear",
	[SOTTO_DROP_EXTENSION] = "extension",
	[SOTTO_DROP_AUTH] = "auth",
	[SOTTO_DROP_PLAIN] = "plain",
	[SOTTO_DROP_SEND_NO_KEY] = "send_no_key",
	[SOTTO_DROP_SEND_REUSE] = "send_reuse",
	[SOTTO_DROP_SEND_EXPIRED] = "send_expired",
	[SOTTO_DROP_SEND_EXHAUSTED] = "send_exhausted",
	[SOTTO_DROP_SEND_SSRC_LIMIT] = "send_ssrc_limit",
	[SOTTO_DROP_SEND_SIZE] = "send_size",
	[SOTTO_DROP_NO_REMOTE] = "no_remote",
	[SOTTO_DROP_NO_NEIGHBOR] = "no_neighbor",
	[SOTTO_DROP_HANDOVER_FULL] = "handover_full",
	[SOTTO_DROP_PUNT_FULL] = "punt_full",
	[SOTTO_DROP_TX_FULL] = "tx_full",
	[SOTTO_DROP_CRYPTO] = "crypto",
};

const char *sotto_base_verdict_name(unsigned verdict)
{
	return verdict < SOTTO_VERDICTS ? names[verdict] : "invalid";
}
