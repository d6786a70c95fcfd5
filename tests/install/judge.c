/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads what docs/examples/burst.c wrote, with libsrtp2: every packet must be accepted and be what
 * the example says it protected. Knows nothing of ours: key line, base64 and packets are read here.
 *
 * usage: judge FILE PACKETS
 */
#include <err.h>
#include <srtp2/srtp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN_LEN 172
#define KEY_MAX 46 /* bytes of the longest master key and salt */

struct suite {
	const char *name;
	void (*set)(srtp_crypto_policy_t *policy);
	size_t len; /* bytes of master key and salt */
};

static const struct suite suites[] = {
	{"AES_CM_128_HMAC_SHA1_80", srtp_crypto_policy_set_rtp_default, 30},
	{"AES_256_CM_HMAC_SHA1_80", srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80, 46},
	{"AEAD_AES_128_GCM", srtp_crypto_policy_set_aes_gcm_128_16_auth, 28},
	{"AEAD_AES_256_GCM", srtp_crypto_policy_set_aes_gcm_256_16_auth, 44},
};

static int base64_value(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Bytes that the text up to its first other character stands for. */
static size_t decode(const char *text, uint8_t *out)
{
	uint32_t bits = 0;
	unsigned n = 0;
	size_t len = 0;

	for (; base64_value(*text) >= 0 && len < KEY_MAX; text++) {
		bits = bits << 6 | (uint32_t)base64_value(*text);
		n += 6;
		if (n >= 8) {
			n -= 8;
			out[len++] = (uint8_t)(bits >> n);
		}
	}
	return len;
}

/* Opens a receiving session for the key line that the file begins with. */
static srtp_t session_open(FILE *file)
{
	char line[256], name[64], text[128];
	static uint8_t key[KEY_MAX];
	const struct suite *suite = NULL;
	srtp_policy_t policy;
	srtp_t session;

	if (!fgets(line, sizeof(line), file) ||
		sscanf(line, "1 %63s inline:%127s", name, text) != 2)
		errx(1, "no key line");
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (strcmp(suites[i].name, name) == 0)
			suite = &suites[i];
	if (!suite || decode(text, key) != suite->len)
		errx(1, "a key that we cannot read: %s", name);
	memset(&policy, 0, sizeof(policy));
	suite->set(&policy.rtp);
	suite->set(&policy.rtcp);
	policy.ssrc.type = ssrc_any_inbound;
	policy.key = key;
	policy.window_size = 128;
	if (srtp_create(&session, &policy) != srtp_err_status_ok)
		errx(1, "libsrtp2 makes no session for %s", name);
	return session;
}

/* Reads a packet behind its length; 0 at the end of the file. */
static int packet_read(FILE *file, uint8_t *packet, size_t room)
{
	uint8_t head[2];
	size_t len;

	if (fread(head, 1, 2, file) != 2)
		return 0;
	len = (size_t)(head[0] << 8 | head[1]);
	if (len > room || fread(packet, 1, len, file) != len)
		errx(1, "the file ends within a packet");
	return (int)len;
}

/* An RTP packet of G.711 A-law with that sequence number and nothing but zeros otherwise. */
static void check_plain(const uint8_t *packet, int len, unsigned seq)
{
	uint8_t plain[PLAIN_LEN] = {0x80, 0x08, (uint8_t)(seq >> 8), (uint8_t)seq};

	if (len != PLAIN_LEN || memcmp(packet, plain, PLAIN_LEN) != 0)
		errx(1, "packet %u is not what was protected", seq);
}

int main(int argc, char **argv)
{
	_Alignas(8) uint8_t packet[2048];
	unsigned wanted = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
	FILE *file = wanted ? fopen(argv[1], "rb") : NULL;
	unsigned n = 0;
	srtp_t session;
	int len;

	if (!file)
		errx(2, "usage: judge FILE PACKETS");
	if (srtp_init() != srtp_err_status_ok)
		errx(1, "libsrtp2 does not start");
	session = session_open(file);
	while ((len = packet_read(file, packet, sizeof(packet))) > 0) {
		srtp_err_status_t status = srtp_unprotect(session, packet, &len);

		if (status != srtp_err_status_ok)
			errx(1, "libsrtp2 refuses packet %u: %d", n, (int)status);
		check_plain(packet, len, n++);
	}
	if (n != wanted)
		errx(1, "%u packets instead of %u", n, wanted);
	printf("%s accepted %u packets\n", srtp_get_version_string(), n);
	srtp_dealloc(session);
	fclose(file);
	return srtp_shutdown() == srtp_err_status_ok ? 0 : 1;
}
