/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mutated frames by the hundred thousand with a fixed seed: under the sanitizers nothing may be
 * read or written out of bounds, and whatever is accepted must keep the promises of net.h.
 */
#include "frames.h"

#define ROUNDS 200000
#define SEED 0x5e7705011a7e0001u
#define MAC_OURS OUR_MAC PEER_MAC

static const char *const corpus[] = {
	MAC_OURS "0800 45b8 002c 0000 4000 3d11 0000" PEER_IP4 OUR_IP4
		 "0fa0 138c 0018 0000 80000001 00000000 00000000 00000000",
	MAC_OURS "8100 0064 0800 47b8 0034 0000 4000 3d11 0000" PEER_IP4 OUR_IP4
		 "01010101 01010101 0fa0 138c 0018 0000 80000001 00000000 00000000 00000000",
	MAC_OURS "86dd 6b812345 0018 113d" PEER_IP6 OUR_IP6
		 "0fa0 138c 0018 0000 80000001 00000000 00000000 00000000",
	MAC_OURS "8100 0064 86dd 60000000 0030 003d" PEER_IP6 OUR_IP6
		 "2b00 000000000000 3c00 000000000000 1101 0104 00000000 0000000000000000"
		 "0fa0 138c 0010 0000 8000000100000000",
	"ffffffffffff" PEER_MAC "0806 0001 0800 0604 0001" PEER_MAC PEER_IP4 "000000000000" OUR_IP4,
	MAC_OURS "0806 0001 0800 0604 0002" PEER_MAC PEER_IP4 OUR_MAC OUR_IP4,
	MAC_OURS "0800 4500 0024 0000 4000 4001 0000" PEER_IP4 OUR_IP4
		 "0800 0000 00010002 0102030405060708",
	MAC_OURS "86dd 60000000 0010 3a40" PEER_IP6 OUR_IP6 "8000 0000 00010002 0102030405060708",
	"3333ffaa0001" PEER_MAC "86dd 60000000 0020 3aff" PEER_IP6
	"ff0200000000000000000001ffaa0001 8700 0000 00000000" OUR_IP6 "0101" PEER_MAC,
	"3333ffaa0001" PEER_MAC "86dd 60000000 0018 3aff 00000000000000000000000000000000"
	"ff0200000000000000000001ffaa0001 8700 0000 00000000" OUR_IP6,
	MAC_OURS "86dd 60000000 0028 3aff" PEER_IP6 OUR_IP6 "8800 0000 60000000" PEER_IP6
		 "0e01000000000000 0201" PEER_MAC,
};
#define CORPUS (sizeof(corpus) / sizeof(corpus[0]))

/* xorshift64: any sequence will do, as long as it is the same every time. */
static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint32_t below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((next(state) >> 16) % n);
}

/* Values at which lengths, types and flags like to break. */
static uint8_t odd_byte(uint64_t *state)
{
	static const uint8_t values[] = {
		0, 1, 2, 6, 7, 8, 17, 43, 44, 58, 60, 127, 128, 135, 136, 255};

	return below(state, 2) ? values[below(state, sizeof(values))] : (uint8_t)next(state);
}

static void mutate(struct frame *f, uint64_t *state)
{
	uint32_t changes = below(state, 6);

	for (uint32_t i = 0; i < changes; i++)
		f->bytes[below(state, f->len)] = odd_byte(state);
	if (below(state, 4) == 0)
		f->len = below(state, f->len + 1);
	else if (below(state, 8) == 0)
		f->len += below(state, 64);
	/* Every second frame gets right checksums again, so that the checks behind are reached. */
	if (below(state, 2) == 0)
		frame_seal(f);
}

static void check_parse(const struct frame *f, unsigned checked, unsigned seen[SOTTO_VERDICTS])
{
	struct sotto_frame out;
	enum sotto_verdict verdict = frame_parse_part(f, f->len, checked, &out);

	require(verdict < SOTTO_VERDICTS, "a verdict from the list");
	seen[verdict]++;
	if (verdict != SOTTO_OK)
		return;
	require((uint32_t)out.payload + out.payload_len <= f->len, "payload inside the frame");
	require(out.l3 == 14 || out.l3 == 18, "l3");
	require(out.vlan <= 4095 && out.dscp <= 63, "vlan and dscp");
	if (out.kind == SOTTO_NET_NEIGHBOR)
		return;
	require(out.kind == SOTTO_NET_UDP, "kind");
	require(out.src == out.l3 + (out.family == 4 ? 12 : 8), "src");
	require(out.payload >= out.l3 + (out.family == 4 ? 28 : 48), "payload behind the headers");
	require(out.src_port != 0 && out.dst_port != 0, "ports");
	require(memcmp(f->bytes, "\x02\0\0\0\0\x01", 6) == 0, "sent to our MAC address");
}

/* Whatever is answered comes from us, and is sealed as by the slow routine. */
static void check_answer(const struct frame *f, uint8_t family, unsigned *answers, unsigned *news)
{
	struct sotto_net_local local = our_address(family);
	struct sotto_net_news told;
	static struct frame answer, sealed;

	local.vlan = f->bytes[12] == 0x81 ? 100 : 0;
	if (frame_answer_part(&local, f, f->len, &answer, &told) != 0) {
		(*answers)++;
		require(answer.len >= 42, "an answer is whole");
		require(memcmp(answer.bytes + 6, local.mac, 6) == 0, "an answer comes from us");
		sealed.len = answer.len;
		memcpy(sealed.bytes, answer.bytes, answer.len);
		frame_seal(&sealed);
		require(memcmp(sealed.bytes, answer.bytes, answer.len) == 0, "checksums");
	}
	if (told.addr.family == 0)
		return;
	(*news)++;
	require(told.addr.family == family, "news of the same family");
	require(sotto_base_addr_is_unicast(&told.addr), "a neighbour's address");
	require((told.mac[0] & 1) == 0 && told.vlan == local.vlan, "a neighbour's MAC address");
}

START_TEST(test_mutated_frames)
{
	uint64_t state = SEED;
	unsigned seen[SOTTO_VERDICTS] = {0};
	unsigned answers = 0, news = 0;
	static struct frame originals[CORPUS], f;

	for (size_t i = 0; i < CORPUS; i++)
		frame_hex(&originals[i], corpus[i]);
	for (unsigned round = 0; round < ROUNDS; round++) {
		const struct frame *from = &originals[below(&state, CORPUS)];

		f.len = from->len;
		memcpy(f.bytes, from->bytes, 256);
		mutate(&f, &state);
		check_parse(&f, below(&state, 4), seen);
		check_answer(&f, below(&state, 2) ? 4 : 6, &answers, &news);
	}
	/* The loop is worth something only if it came everywhere. */
	for (unsigned verdict = SOTTO_DROP_ETHERNET; verdict <= SOTTO_DROP_SOURCE; verdict++)
		ck_assert_msg(seen[verdict] > 100, "%s was seen %u times",
			sotto_base_verdict_name(verdict), seen[verdict]);
	ck_assert_uint_gt(seen[SOTTO_OK], ROUNDS / 20);
	ck_assert_uint_gt(answers, 1000);
	ck_assert_uint_gt(news, 1000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/fuzz");
	TCase *tc = tcase_create("fuzz");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_mutated_frames);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
