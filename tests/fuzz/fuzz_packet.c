/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sequence of steps on real contexts with the deployed backend (srtp/srtp.h). The input first
 * chooses lines and policies (packet_world.c), then steps: bursts are protected, and what
 * came out is delivered in any order, twice, cut, changed, under another line, or with a right tag
 * over wrong bytes; time passes, sequence numbers jump, keys change. packet_burst.c holds what must
 * be true after each burst.
 */
#include "packet_burst.h"

#include "base/bytes.h"
#include "rtp/rtp.h"

#define STEPS_MAX 48
#define RAW_MAX 80 /* bytes of a packet that stands in the input */

/* --- plain packets -------------------------------------------------------------------------------
 */

static const uint16_t payload_lens[] = {0, 1, 15, 16, 17, 33, 160, 1201};

/* Bytes that look random and follow from their seed. */
static void fill(uint8_t *p, uint32_t len, uint32_t seed)
{
	uint32_t state = seed * 2654435761u + 1;

	for (uint32_t i = 0; i < len; i++) {
		state = state * 1664525u + 1013904223u;
		p[i] = (uint8_t)(state >> 24);
	}
}

/* Elements of RFC 8285 from the input, so that good and bad ones come; returns whole words. */
static uint32_t fill_extension(uint8_t *p, unsigned shape, struct fuzz_input *in)
{
	static const uint16_t profiles[] = {0xbede, 0x1000, 0xc0de, 0xc2de, 0x1005, 0x1234};
	uint16_t profile = profiles[shape % 6];
	uint32_t words = shape / 6 % 4;

	sotto_base_put16(p, profile);
	sotto_base_put16(p + 2, (uint16_t)words);
	for (uint32_t i = 0; i < 4 * words; i++)
		p[4 + i] = fuzz_take8(in);
	return 4 + 4 * words;
}

static uint32_t make_rtp(
	uint8_t *p, struct line *line, unsigned ssrc, unsigned shape, struct fuzz_input *in)
{
	uint32_t csrcs = shape & 0x08 ? 1 + (shape >> 6) : 0;
	uint32_t at = 12 + 4 * csrcs;
	uint32_t payload = payload_lens[shape & 7];

	p[0] = (uint8_t)(0x80 | csrcs);
	p[1] = (uint8_t)(shape & 0x80);
	sotto_base_put16(p + 2, line->seq[ssrc]);
	sotto_base_put32(p + 4, line->seq[ssrc] * 160u);
	sotto_base_put32(p + 8, SSRC_BASE + ssrc);
	fill(p + 12, 4 * csrcs, ssrc);
	if (shape & 0x10) {
		p[0] |= 0x10;
		at += fill_extension(p + at, fuzz_take8(in), in);
	}
	fill(p + at, payload, line->seq[ssrc] + 77u * (uint32_t)fuzz_left(in));
	return at + payload;
}

static uint32_t make_rtcp(uint8_t *p, unsigned ssrc, unsigned shape)
{
	uint32_t payload = payload_lens[shape & 7];

	p[0] = 0x80;
	p[1] = (uint8_t)(200 + (shape >> 3 & 3));
	sotto_base_put16(p + 2, (uint16_t)(1 + payload / 4));
	sotto_base_put32(p + 4, SSRC_BASE + ssrc);
	fill(p + 8, payload, shape);
	return 8 + payload;
}

/* --- sending -------------------------------------------------------------------------------------
 */

struct run {
	struct world world;
	struct store store;
	struct burst burst;
};

static struct line *some_line(struct run *run, struct fuzz_input *in)
{
	return &run->world.lines[fuzz_below(in, run->world.line_count)];
}

/* Bits: 0-3 SSRC, 4-6 how seq moves, 7 whether room is scarce. */
static uint32_t spare_room(const struct line *line, enum sotto_srtp_kind kind, unsigned choice)
{
	uint32_t trailer = sotto_srtp_trailer(&line->tx->context, kind);

	return choice & 0x80 ? choice >> 4 & 7 : trailer;
}

static void add_send(struct run *run, struct fuzz_input *in)
{
	struct line *line = some_line(run, in);
	unsigned choice = fuzz_take8(in), shape = fuzz_take8(in);
	unsigned ssrc = choice % SSRCS;
	enum sotto_srtp_kind kind = run->burst.kind;
	uint8_t plain[PACKET_MAX];
	uint32_t len = kind == SOTTO_SRTP ? make_rtp(plain, line, ssrc, shape, in)
					  : make_rtcp(plain, ssrc, shape);

	if (!(choice & 0x40))
		line->seq[ssrc]++;
	burst_add(&run->burst, line, plain, len, spare_room(line, kind, choice));
}

/* Many in order for one SSRC: what a call is most of the time. */
static void add_row(struct run *run, struct fuzz_input *in)
{
	struct line *line = some_line(run, in);
	unsigned ssrc = fuzz_below(in, SSRCS), shape = fuzz_take8(in) & ~0x10u;
	uint8_t plain[PACKET_MAX];

	for (unsigned n = 1 + fuzz_below(in, SOTTO_BURST); n > 0; n--) {
		enum sotto_srtp_kind kind = run->burst.kind;
		uint32_t len = kind == SOTTO_SRTP ? make_rtp(plain, line, ssrc, shape, in)
						  : make_rtcp(plain, ssrc, shape);

		line->seq[ssrc]++;
		burst_add(&run->burst, line, plain, len, spare_room(line, kind, 0));
	}
}

/* Any bytes as a packet, to protect or to unprotect. */
static void add_raw(struct run *run, struct fuzz_input *in)
{
	struct line *line = some_line(run, in);
	unsigned choice = fuzz_take8(in);
	const uint8_t *bytes;
	uint32_t len = (uint32_t)fuzz_take(in, &bytes, choice % RAW_MAX);
	uint8_t packet[RAW_MAX];

	memcpy(packet, bytes, len);
	if (choice & 0x80 && len >= 12) { /* far enough to meet a stream */
		packet[0] = (uint8_t)(0x80 | (packet[0] & 0x1f));
		sotto_base_put32(packet + (run->burst.kind == SOTTO_SRTP ? 8 : 4),
			SSRC_BASE + packet[1] % SSRCS);
	}
	burst_add(&run->burst, line, packet, len,
		run->burst.sends ? spare_room(line, run->burst.kind, 0) : 0);
}

static void step_send(struct run *run, struct fuzz_input *in, unsigned op)
{
	enum sotto_srtp_kind kind = op & 0x10 ? SOTTO_SRTCP : SOTTO_SRTP;

	burst_start(&run->burst, &run->world, &run->store, kind, true);
	for (unsigned n = 1 + (op >> 5); n > 0; n--)
		switch (fuzz_below(in, 4)) {
		case 0:
		case 1:
			add_row(run, in);
			break;
		case 2:
			add_send(run, in);
			break;
		default:
			add_raw(run, in);
		}
	burst_run(&run->burst, 0);
}

/* --- receiving -----------------------------------------------------------------------------------
 */

/* Where a packet that was changed is built. */
struct draft {
	uint8_t bytes[WIRE_MAX];
	uint32_t len;
};

/* The rollover counter that the receiver would take for a sequence number. */
static uint32_t expected_roc(const struct line *line, uint32_t ssrc, uint16_t seq)
{
	const struct sotto_srtp_streams *streams = line->rx->streams;

	for (unsigned i = 0; i < streams->count; i++)
		if (streams->slot[i].bound && streams->slot[i].ssrc == ssrc)
			return (uint32_t)(sotto_replay_estimate(streams->slot[i].rtp.next, seq) >>
					  16);
	return streams->slot[0].roc;
}

/* HMAC: | header and payload | MKI | tag |, and for SRTP the rollover counter is signed with it. */
static bool sign_hmac(struct run *run, const struct sotto_key *key, uint32_t mki_len, uint32_t roc,
	struct draft *draft)
{
	uint8_t signed_bytes[WIRE_MAX + 4];
	struct sotto_auth_job job = {.key = key, .data = signed_bytes};
	uint32_t behind = key->tag_len + mki_len;

	if (draft->len < behind + 12)
		return false;
	job.len = draft->len - behind;
	memcpy(signed_bytes, draft->bytes, job.len);
	if (run->burst.kind == SOTTO_SRTP) {
		sotto_base_put32(signed_bytes + job.len, roc);
		job.len += 4;
	}
	fuzz_require(
		run->world.crypto->backend->auth_burst(run->world.crypto, &job, 1) == 0, "a tag");
	memset(draft->bytes + draft->len - behind, 0, mki_len);
	if (mki_len > 0)
		draft->bytes[draft->len - key->tag_len - 1] = 1; /* the first master key */
	memcpy(draft->bytes + draft->len - key->tag_len, job.tag, key->tag_len);
	return true;
}

/* AEAD, SRTP only (RFC 7714, 8): | header | ciphertext | tag | MKI |. */
static bool sign_aead(struct run *run, const struct sotto_key *key, uint32_t mki_len, uint32_t roc,
	struct draft *draft)
{
	uint32_t behind = key->tag_len + mki_len;
	uint8_t opened[WIRE_MAX];
	struct sotto_aead_job job = {.key = key, .aad = draft->bytes, .data = opened};
	struct sotto_rtp rtp;

	if (run->burst.kind != SOTTO_SRTP || !sotto_rtp_parse(draft->bytes, draft->len, &rtp) ||
		draft->len < rtp.header_len + behind)
		return false;
	job.aad_len = rtp.header_len;
	job.len = draft->len - behind - job.aad_len;
	memcpy(opened, draft->bytes + job.aad_len, job.len);
	memcpy(job.iv, key->iv, sizeof(job.iv));
	sotto_base_put32(job.iv + 2, sotto_base_get32(job.iv + 2) ^ rtp.ssrc);
	sotto_base_put32(job.iv + 6, sotto_base_get32(job.iv + 6) ^ roc);
	sotto_base_put16(job.iv + 10, sotto_base_get16(job.iv + 10) ^ rtp.seq);
	fuzz_require(run->world.crypto->backend->aead_burst(
			     run->world.crypto, &job, 1, SOTTO_AEAD_OPEN) == 0,
		"a tag");
	memcpy(draft->bytes + draft->len - behind, job.tag, key->tag_len);
	memset(draft->bytes + draft->len - mki_len, 0, mki_len);
	if (mki_len > 0)
		draft->bytes[draft->len - 1] = 1;
	return true;
}

/*
 * Puts a right tag behind whatever the packet has become, as a peer with the keys could, and takes
 * note of it as genuine, though nobody knows its plaintext.
 */
static void sign(struct run *run, struct line *line, struct draft *draft)
{
	enum sotto_srtp_kind kind = run->burst.kind;
	const struct sotto_key *key =
		kind == SOTTO_SRTP ? line->rx->context.rtp : line->rx->context.rtcp;
	uint32_t mki_len = line->policy.mki_len;
	uint32_t roc = expected_roc(line, packet_ssrc(draft->bytes, draft->len, kind),
		packet_seq(draft->bytes, draft->len));
	struct record *record;

	if (key->tag_len == 0)
		return;
	if (sotto_crypto_is_aead(key->cipher) ? !sign_aead(run, key, mki_len, roc, draft)
					      : !sign_hmac(run, key, mki_len, roc, draft))
		return;
	if (store_find(&run->store, draft->bytes, draft->len, line->number, kind))
		return;
	record = store_add(&run->store);
	record->line = (uint8_t)line->number;
	record->kind = (uint8_t)kind;
	record->generation = line->rx->generation;
	record->wire_len = draft->len;
	memcpy(record->wire, draft->bytes, draft->len);
}

static uint32_t some_offset(const struct draft *draft, struct fuzz_input *in)
{
	unsigned choice = fuzz_take8(in);
	uint32_t at = choice & 0x80 ? draft->len - 1 - (choice & 0x7f) : choice;

	return draft->len == 0 ? 0 : at % draft->len;
}

/* Bytes, in sum small changes: most must only just miss. */
static void mutate(struct draft *draft, struct fuzz_input *in)
{
	uint32_t at = some_offset(draft, in);
	unsigned how = fuzz_take8(in);

	switch (how & 7) {
	case 0:
	case 1:
		draft->bytes[at] ^= (uint8_t)(1 << (how >> 3 & 7));
		break;
	case 2:
		draft->bytes[at] = fuzz_take8(in);
		break;
	case 3:
		draft->len = at;
		break;
	case 4:
		draft->len -= draft->len > how >> 3 ? how >> 3 : 0;
		break;
	case 5:
		for (unsigned n = how >> 3; n > 0 && draft->len < WIRE_MAX; n--)
			draft->bytes[draft->len++] = fuzz_take8(in);
		break;
	case 6:
		sotto_base_put16(draft->bytes + 2, fuzz_take16(in));
		break;
	default:
		sotto_base_put32(draft->bytes + (how & 8 ? 4 : 8), SSRC_BASE + (how >> 4) % SSRCS);
	}
}

/* One packet of those that were sent. Bits of how: 0-2 changes, 3 sign, 4 another line. */
static void add_delivery(struct run *run, struct fuzz_input *in)
{
	struct record *record = store_newest(&run->store, fuzz_take8(in));
	unsigned how = fuzz_take8(in);
	struct draft draft;
	struct line *line;

	if (!record)
		return;
	line = &run->world.lines[record->line];
	memcpy(draft.bytes, record->wire, record->wire_len);
	draft.len = record->wire_len;
	if ((how & 7) < 5)
		for (unsigned n = how & 7; n > 0; n--)
			mutate(&draft, in);
	if (how & 0x08)
		sign(run, line, &draft);
	if (how & 0x10)
		line = some_line(run, in);
	burst_add(&run->burst, line, draft.bytes, draft.len, how & 0x20 ? 9 : 0);
}

/* What was sent last, in order or backwards, with gaps. */
static void add_stretch(struct run *run, struct fuzz_input *in)
{
	unsigned last = fuzz_below(in, 128), n = 1 + fuzz_below(in, SOTTO_BURST);
	unsigned how = fuzz_take8(in), step = how >> 4 == 15 ? 2 : 1;

	for (unsigned i = 0; i < n; i += step) {
		unsigned back = how & 1 ? last + i : last + n - 1 - i;
		const struct record *record = store_newest(&run->store, back);

		if (record && record->kind == run->burst.kind)
			burst_add(&run->burst, &run->world.lines[record->line], record->wire,
				record->wire_len, 0);
	}
}

static void step_receive(struct run *run, struct fuzz_input *in, unsigned op)
{
	enum sotto_srtp_kind kind = op & 0x10 ? SOTTO_SRTCP : SOTTO_SRTP;
	uint64_t skip = 0;

	burst_start(&run->burst, &run->world, &run->store, kind, false);
	for (unsigned n = 1 + (op >> 5); n > 0; n--)
		switch (fuzz_below(in, 8)) {
		case 0:
		case 1:
		case 2:
			add_stretch(run, in);
			break;
		case 3:
			add_raw(run, in);
			break;
		case 4:
			skip |= 1ull << fuzz_below(in, 64);
			break;
		default:
			add_delivery(run, in);
		}
	burst_run(&run->burst, skip);
}

/* --- what happens between bursts -----------------------------------------------------------------
 */

static void step_time(struct run *run, struct fuzz_input *in)
{
	run->world.now_us += 1000ull * fuzz_take16(in);
}

static void step_jump(struct run *run, struct fuzz_input *in)
{
	static const uint16_t jumps[] = {1, 5, 63, 64, 65, 127, 128, 129, 1000, 8192, 30000, 32767,
		32768, 32769, 65535, 65530};
	struct line *line = some_line(run, in);
	unsigned choice = fuzz_take8(in);

	line->seq[fuzz_below(in, SSRCS)] += jumps[choice & 15];
}

static void step_rekey(struct run *run, struct fuzz_input *in)
{
	struct line *line = some_line(run, in);
	unsigned choice = fuzz_take8(in);
	struct rekey how = {
		.tx = (choice & 3) != 1,
		.rx = (choice & 3) != 2,
		.inherit = choice & 4,
		.overlap_ms = choice & 8 ? 1 + (choice >> 4) * 50u : 0,
	};

	line_rekey(&run->world, line, &how);
}

static void step(struct run *run, struct fuzz_input *in)
{
	unsigned op = fuzz_take8(in);

	switch (op & 15) {
	case 0:
	case 1:
	case 2:
	case 3:
		step_send(run, in, op);
		break;
	case 10:
		step_time(run, in);
		break;
	case 11:
		step_jump(run, in);
		break;
	case 12:
		step_rekey(run, in);
		break;
	case 13:
		line_end_overlap(some_line(run, in));
		break;
	case 14:
		line_send_with(some_line(run, in), op >> 4);
		break;
	default:
		step_receive(run, in, op);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, data + size};
	static struct run *run; /* large, and used again */

	if (!run)
		run = aligned_alloc(64, (sizeof(*run) + 63) / 64 * 64);
	fuzz_require(run, "memory");
	store_clear(&run->store);
	world_open(&run->world, &in);
	for (unsigned i = 0; i < STEPS_MAX && fuzz_left(&in) > 0; i++)
		step(run, &in);
	world_close(&run->world);
	return 0;
}
