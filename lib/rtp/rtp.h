/* SPDX-License-Identifier: BSD-3-Clause */
/* Views of RTP and RTCP headers (RFC 3550, sections 5.1 and 6.4). Stateless; no byte is changed. */
#ifndef SOTTO_RTP_RTP_H
#define SOTTO_RTP_RTP_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define SOTTO_RTP_HEADER_LEN 12 /* bytes of an RTP header without CSRCs and extension */
#define SOTTO_RTCP_HEADER_LEN 8 /* bytes of an RTCP header with the sender's SSRC */

/* Numbers in host order. */
struct sotto_rtp {
	uint32_t ssrc;
	uint32_t header_len; /* bytes up to the payload: CSRCs and the extension belong to it */
	uint16_t seq;
};

/*
 * Reads the header of an RTP packet of len bytes. False, with *out undefined, when the version is
 * not 2 or the CSRC list or the extension does not fit into len. The padding bit is left alone:
 * padding is part of the payload here (RFC 3711, 3.1). Any thread.
 */
static inline bool sotto_rtp_parse(const uint8_t *data, uint32_t len, struct sotto_rtp *out)
{
	uint32_t header;

	if (len < SOTTO_RTP_HEADER_LEN || data[0] >> 6 != 2)
		return false;
	header = SOTTO_RTP_HEADER_LEN + 4u * (data[0] & 15);
	if (data[0] & 0x10) {
		if (len < header + 4)
			return false;
		header += 4 + 4u * sotto_base_get16(data + header + 2);
	}
	out->ssrc = sotto_base_get32(data + 8);
	out->header_len = header;
	out->seq = sotto_base_get16(data + 2);
	return header <= len;
}

/* Reads the sender's SSRC of an RTCP packet; false when the version is not 2 or len < 8. */
static inline bool sotto_rtcp_parse(const uint8_t *data, uint32_t len, uint32_t *ssrc)
{
	if (len < SOTTO_RTCP_HEADER_LEN || data[0] >> 6 != 2)
		return false;
	*ssrc = sotto_base_get32(data + 4);
	return true;
}

/*
 * Whether len bytes are one well-formed compound RTCP packet: every part has version 2 and a type
 * of 192 to 223 (RFC 5761, 4), and the lengths of the parts fill the datagram exactly (RFC 3550,
 * A.2). Reduced-size packets (RFC 5506) pass. SRTCP never does: its index and tag stand behind the
 * parts. Any thread.
 */
bool sotto_rtcp_is_compound(const uint8_t *data, uint32_t len);

/*
 * Whether payload cannot be ciphertext: byte values repeat more often than six standard deviations
 * above what uniform bytes would, or their upper halves are spread too unevenly. Looks at no more
 * than 256 bytes; below 24 bytes the answer is always false. Finds G.711: 11,866 of the 11,888
 * packets of a recorded A-law call with music. Finds nothing in what is compressed.
 */
bool sotto_rtp_is_not_ciphertext(const uint8_t *payload, uint32_t len);

#endif
