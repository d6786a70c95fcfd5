/* SPDX-License-Identifier: BSD-3-Clause */
/* Walking a compound RTCP packet (RFC 3550, 6.1 and A.2). */
#include "rtp/rtp.h"

bool sotto_rtcp_is_compound(const uint8_t *data, uint32_t len)
{
	if (len < SOTTO_RTCP_HEADER_LEN)
		return false;
	while (len >= 4) {
		uint32_t part = 4 + 4u * sotto_base_get16(data + 2);

		if (data[0] >> 6 != 2 || data[1] < 192 || data[1] > 223 || part > len)
			return false;
		data += part;
		len -= part;
	}
	return len == 0;
}
