/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bursts of everything at once: packets of all suites, and of what is special about a context,
 * beside each other. Each comes out as it does in a burst of its own.
 */
#include "bed.h"

#define SPECIALS 9
#define CALLS (SUITES + SPECIALS)
#define SSRC 0x3000

/* Calls of every kind, and one packet for each kind and position, as it is sent alone. */
struct fair {
	struct bed *bed;
	struct call *calls[CALLS];
	enum sotto_srtp_kind kind;
	struct packet plain[CALLS][SOTTO_BURST];
	struct packet alone[CALLS][SOTTO_BURST];
};

static struct call *special_open(struct bed *bed, unsigned which)
{
	static const struct {
		const char *suite;
		uint8_t modes, mki_len;
		bool cryptex, elements;
	} rows[SPECIALS] = {
		{SUITE_80, SOTTO_CONSENT_UNENCRYPTED_SRTP, 0, false, false},
		{SUITE_80, SOTTO_CONSENT_UNENCRYPTED_SRTCP, 0, false, false},
		{SUITE_32, SOTTO_CONSENT_UNAUTHENTICATED_SRTP, 0, false, false},
		{"AEAD_AES_256_GCM", SOTTO_CONSENT_UNENCRYPTED_SRTCP, 0, false, false},
		{SUITE_80, 0, 4, false, false},
		{"AEAD_AES_128_GCM", 0, 1, false, false},
		{SUITE_80, 0, 0, true, false},
		{"AEAD_AES_128_GCM", 0, 128, true, false},
		{SUITE_32, 0, 2, false, true},
	};
	struct sotto_master master;
	struct call *call;

	master_make(rows[which].suite, 40 + which, &master);
	master.modes = rows[which].modes;
	call = call_open_master(bed, &master);
	call_set_mki(call, rows[which].mki_len, 0x51);
	if (rows[which].cryptex)
		call_set_cryptex(call);
	if (!rows[which].elements)
		return call;
	call_set_element(call, 7);
	side_add_header_key(bed, &call->tx, &master);
	side_add_header_key(bed, &call->rx, &master);
	return call;
}

static void plain_make(struct packet *packet, enum sotto_srtp_kind kind, unsigned c, unsigned i)
{
	struct shape shape = {.csrc = i % 3,
		.extension = 2,
		.payload = (13 * i + 5 * c) % 300,
		.first_byte = (uint8_t)(i + c)};

	if (kind == SOTTO_SRTCP) {
		packet_rtcp(packet, SSRC + i, shape.payload);
		return;
	}
	packet_rtp_shaped(packet, (uint16_t)(100 + i), SSRC, &shape);
	/* an element of id 7 with 7 bytes, as RFC 6904 can encrypt it */
	packet->bytes[16 + 4 * shape.csrc] = 0x76;
}

static void streams_reset(struct fair *fair)
{
	for (unsigned c = 0; c < CALLS; c++) {
		side_reset(&fair->calls[c]->tx);
		side_reset(&fair->calls[c]->rx);
	}
}

static struct fair *fair_open(int way, enum sotto_srtp_kind kind)
{
	static const struct sotto_srtp_shape wide = {.count = SOTTO_SRTP_SLOTS_MAX, .window = 1024};
	struct fair *fair = malloc(sizeof(*fair));

	fair->bed = bed_open(way);
	fair->kind = kind;
	for (unsigned c = 0; c < CALLS; c++) {
		fair->calls[c] = c < SUITES ? call_open(fair->bed, suite_names[c], c)
					    : special_open(fair->bed, c - SUITES);
		side_reshape(&fair->calls[c]->tx, &wide);
		side_reshape(&fair->calls[c]->rx, &wide);
		for (unsigned i = 0; i < SOTTO_BURST; i++) {
			plain_make(&fair->plain[c][i], kind, c, i);
			fair->alone[c][i] = fair->plain[c][i];
			ck_assert_uint_eq(protect_one(fair->bed, &fair->calls[c]->tx,
						  &fair->alone[c][i], kind),
				SOTTO_OK);
		}
	}
	return fair;
}

static void fair_close(struct fair *fair)
{
	for (unsigned c = 0; c < CALLS; c++)
		call_close(fair->calls[c]);
	bed_close(fair->bed);
	free(fair);
}

/* A burst of n in which position i belongs to kind i + turn. */
static void mix(struct fair *fair, unsigned n, unsigned turn)
{
	struct packet packets[SOTTO_BURST];
	uint64_t all = n == 64 ? ~0ull : (1ull << n) - 1;

	streams_reset(fair);
	burst_clear(fair->bed);
	for (unsigned i = 0; i < n; i++) {
		packets[i] = fair->plain[(i + turn) % CALLS][i];
		burst_add(fair->bed, &fair->calls[(i + turn) % CALLS]->tx, &packets[i]);
	}
	ck_assert_uint_eq(burst_protect(fair->bed, fair->kind), all);
	for (unsigned i = 0; i < n; i++)
		ck_assert_msg(packet_equal(&packets[i], &fair->alone[(i + turn) % CALLS][i]),
			"sent: burst of %u, position %u, kind %u", n, i, (i + turn) % CALLS);
	burst_clear(fair->bed);
	for (unsigned i = 0; i < n; i++)
		burst_add(fair->bed, &fair->calls[(i + turn) % CALLS]->rx, &packets[i]);
	ck_assert_uint_eq(burst_unprotect(fair->bed, fair->kind), all);
	for (unsigned i = 0; i < n; i++) {
		const struct packet *plain = &fair->plain[(i + turn) % CALLS][i];

		ck_assert_uint_eq(packets[i].len, plain->len);
		ck_assert_msg(memcmp(packets[i].bytes, plain->bytes, plain->len) == 0,
			"received: burst of %u, position %u, kind %u", n, i, (i + turn) % CALLS);
	}
}

/* Every size with a turn of its own, and the full burst with every turn: all kinds everywhere. */
static void all_mixtures(int way, enum sotto_srtp_kind kind)
{
	struct fair *fair = fair_open(way, kind);

	for (unsigned n = 1; n <= SOTTO_BURST; n++)
		for (unsigned turn = 0; turn < CALLS; turn += n == SOTTO_BURST ? 1 : 6)
			mix(fair, n, turn + n);
	fair_close(fair);
}

START_TEST(srtp_all_kinds_at_all_positions)
{
	all_mixtures(_i, SOTTO_SRTP);
}
END_TEST

START_TEST(srtcp_all_kinds_at_all_positions)
{
	all_mixtures(_i, SOTTO_SRTCP);
}
END_TEST

/*
 * The same burst with every third packet forged: the forged come back as they went in, the others
 * are what they are alone.
 */
static void forged_among(struct fair *fair, unsigned turn)
{
	struct packet packets[SOTTO_BURST], as_sent[SOTTO_BURST];
	uint64_t want = 0, authentic = 0, passed;

	streams_reset(fair);
	burst_clear(fair->bed);
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		unsigned c = (i + turn) % CALLS;

		packets[i] = fair->alone[c][i];
		if (i % 3 == 0)
			packets[i].bytes[11] ^= 0x40; /* SSRC, or of SRTCP the first word */
		else
			want |= 1ull << i;
		if (fair->kind == SOTTO_SRTCP || fair->calls[c]->rx.rtp->tag_len != 0)
			authentic |= 1ull << i;
		as_sent[i] = packets[i];
		burst_add(fair->bed, &fair->calls[c]->rx, &packets[i]);
	}
	passed = burst_unprotect(fair->bed, fair->kind);
	ck_assert_uint_eq(passed & authentic, want & authentic);
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		const struct packet *plain = &fair->plain[(i + turn) % CALLS][i];

		if (passed >> i & 1)
			ck_assert(i % 3 == 0 ||
				  memcmp(packets[i].bytes, plain->bytes, plain->len) == 0);
		else
			ck_assert(packet_equal(&packets[i], &as_sent[i]));
	}
}

START_TEST(forged_beside_all_kinds)
{
	for (unsigned kind = 0; kind < 2; kind++) {
		struct fair *fair = fair_open(_i, (enum sotto_srtp_kind)kind);

		for (unsigned turn = 0; turn < CALLS; turn++)
			forged_among(fair, turn);
		fair_close(fair);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {srtp_all_kinds_at_all_positions,
		srtcp_all_kinds_at_all_positions, forged_beside_all_kinds};

	return bed_main("srtp_mixed", tests, sizeof(tests) / sizeof(tests[0]));
}
