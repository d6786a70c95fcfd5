/* SPDX-License-Identifier: BSD-3-Clause */
/* libsrtp2, and sums computed the plain way, as judges of bench_pipeline's packets. */
#include "pipeline_judge.h"

#include "tests/oracle/judge.h"

static uint32_t sum16(const uint8_t *p, uint32_t len, uint32_t sum)
{
	for (uint32_t i = 0; i < len; i++)
		sum += (uint32_t)p[i] << (i % 2 == 0 ? 8 : 0);
	return sum;
}

static bool folds_to_ones(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

bool pipeline_judge_headers(const uint8_t *frame, uint32_t len)
{
	const uint8_t *ip = frame + 14;
	uint32_t total = (uint32_t)ip[2] << 8 | ip[3];
	const uint8_t *udp = ip + 20;
	uint32_t udp_len = (uint32_t)udp[4] << 8 | udp[5];

	if (ip[0] != 0x45 || total != len - 14 || udp_len != total - 20)
		return false;
	if (!folds_to_ones(sum16(ip, 20, 0)))
		return false;
	if (udp[6] == 0 && udp[7] == 0)
		return true; /* no sum (RFC 768) */
	return folds_to_ones(sum16(udp, udp_len, sum16(ip + 12, 8, 17 + udp_len)));
}

bool pipeline_judge_open(const struct sotto_keying *keying, uint8_t *data, uint32_t *len)
{
	const struct plan plan = {.suite = keying->suite, .window = 128};
	struct judge judge;
	enum outcome outcome;

	judge_open(&judge, &plan, keying, false, false);
	outcome = judge_unprotect(&judge, data, len, SOTTO_SRTP);
	judge_close(&judge);
	return outcome == OUTCOME_ACCEPTED;
}
