/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorting datagrams by their first bytes (RFC 7983, RFC 5761). */
#include "rtp/demux.h"

enum sotto_rtp_class sotto_rtp_classify(const uint8_t *data, uint32_t len)
{
	if (len < 2)
		return SOTTO_RTP_CLASS_NONE;
	if (data[0] >= 128 && data[0] <= 191)
		return data[1] >= 192 && data[1] <= 223 ? SOTTO_RTP_CLASS_RTCP
							: SOTTO_RTP_CLASS_RTP;
	if (data[0] <= 3)
		return SOTTO_RTP_CLASS_STUN;
	if (data[0] >= 16 && data[0] <= 19)
		return SOTTO_RTP_CLASS_ZRTP;
	if (data[0] >= 20 && data[0] <= 63)
		return SOTTO_RTP_CLASS_DTLS;
	return data[0] >= 64 && data[0] <= 79 ? SOTTO_RTP_CLASS_TURN : SOTTO_RTP_CLASS_NONE;
}
