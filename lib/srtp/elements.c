/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Encryption of single elements of a header extension (RFC 6904): keystream under a key of its own
 * over the whole extension, of which only the data of the chosen elements is used.
 */
#include "rtp/rtp.h"
#include "srtp/internal.h"

#define EXTENSION_BIT 0x10
#define ONE_BYTE 0xbede  /* RFC 8285, 4.2 */
#define TWO_BYTE 0x1000  /* RFC 8285, 4.3: the upper 12 bits */
#define ONE_BYTE_STOP 15 /* an id that ends the walk (RFC 8285, 4.2) */

/* The elements of a packet's extension, behind its 4-byte header. */
struct elements {
	const uint8_t *data;
	uint32_t len;
	bool one_byte;
};

/* One element: its data at at, len bytes. */
struct element {
	uint32_t at;
	uint32_t len;
	uint8_t id;
};

/* False: no extension of RFC 8285. */
static bool open_extension(const uint8_t *data, struct elements *out)
{
	const uint8_t *at = data + SOTTO_RTP_HEADER_LEN + 4u * (data[0] & 15);
	uint16_t profile;

	if (!(data[0] & EXTENSION_BIT))
		return false;
	profile = sotto_base_get16(at);
	out->data = at + 4;
	out->len = 4u * sotto_base_get16(at + 2);
	out->one_byte = profile == ONE_BYTE;
	return profile == ONE_BYTE || (profile & 0xfff0) == TWO_BYTE;
}

/*
 * The next element from *at on: 1 with *out, 0 at the end, -1 when it does not fit. Padding is
 * stepped over.
 */
static int next_element(const struct elements *in, uint32_t *at, struct element *out)
{
	uint32_t head = in->one_byte ? 1 : 2;

	while (*at < in->len && in->data[*at] == 0)
		++*at;
	if (*at >= in->len)
		return 0;
	if (in->one_byte) {
		out->id = in->data[*at] >> 4;
		out->len = (in->data[*at] & 15) + 1u;
		if (out->id == ONE_BYTE_STOP)
			return 0;
	} else {
		if (in->len - *at < head)
			return -1;
		out->id = in->data[*at];
		out->len = in->data[*at + 1];
	}
	out->at = *at + head;
	if (out->len > in->len - out->at)
		return -1;
	*at = out->at + out->len;
	return 1;
}

bool sotto_srtp_elements_fit(const uint8_t *data)
{
	struct elements in;
	struct element element;
	uint32_t at = 0;
	int rc;

	if (!open_extension(data, &in))
		return true;
	if (in.len > SOTTO_SRTP_EXTENSION_MAX)
		return false;
	do
		rc = next_element(&in, &at, &element);
	while (rc > 0);
	return rc == 0;
}

static bool keystream(struct sotto_srtp *srtp, const struct sotto_srtp_work *work,
	const struct sotto_key *key, uint32_t len)
{
	struct sotto_cipher_job job = {.key = key, .data = srtp->extension, .len = len};

	memset(srtp->extension, 0, len);
	sotto_base_put64(job.iv, sotto_base_get64(key->iv) ^ work->ssrc);
	sotto_base_put64(job.iv + 8, sotto_base_get64(key->iv + 8) ^ work->index << 16);
	return srtp->crypto->backend->cipher_burst(srtp->crypto, &job, 1) == 0;
}

bool sotto_srtp_elements(struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, unsigned i)
{
	const struct sotto_srtp_work *work = &srtp->work[i];
	const struct sotto_srtp_more *more = batch->context[i]->more;
	struct elements in;
	struct element element;
	uint32_t at = 0;

	if (!open_extension(batch->data[i], &in) || in.len == 0)
		return true;
	if (!keystream(srtp, work, more->master[work->master].header, in.len))
		return false;
	while (next_element(&in, &at, &element) > 0) {
		uint8_t *data = batch->data[i] + (in.data - batch->data[i]) + element.at;

		if (!(more->ids[element.id / 64] >> (element.id % 64) & 1))
			continue;
		for (uint32_t k = 0; k < element.len; k++)
			data[k] ^= srtp->extension[element.at + k];
	}
	return true;
}
