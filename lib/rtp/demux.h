/* SPDX-License-Identifier: BSD-3-Clause */
/* Which protocol a datagram on a media port belongs to: RFC 7983, section 7, and RFC 5761,
 * section 4. */
#ifndef SOTTO_RTP_DEMUX_H
#define SOTTO_RTP_DEMUX_H

#include <stdint.h>

enum sotto_rtp_class {
	SOTTO_RTP_CLASS_NONE, /* none of ours, or empty */
	SOTTO_RTP_CLASS_STUN, /* first byte 0 to 3 */
	SOTTO_RTP_CLASS_ZRTP, /* 16 to 19 */
	SOTTO_RTP_CLASS_DTLS, /* 20 to 63 */
	SOTTO_RTP_CLASS_TURN, /* 64 to 79: a channel */
	SOTTO_RTP_CLASS_RTP,  /* 128 to 191 */
	SOTTO_RTP_CLASS_RTCP, /* 128 to 191 and packet type 192 to 223 */
};

/* Sorts a datagram of len bytes by its first two bytes. Any thread. */
enum sotto_rtp_class sotto_rtp_classify(const uint8_t *data, uint32_t len);

#endif
