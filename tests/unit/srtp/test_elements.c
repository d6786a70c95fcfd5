/* SPDX-License-Identifier: BSD-3-Clause */
/* Single encrypted elements of a header extension (RFC 6904). */
#include "bed.h"

#include "base/bytes.h"

#define SSRC 0x00e1e0e7
#define BODY 32 /* bytes of the extension behind its header */

/* An extension: its profile and its elements as bytes; which of the bytes get encrypted. */
struct row {
	const char *what;
	uint16_t profile;
	uint8_t body[BODY];
	uint8_t secret[BODY]; /* 1: data of an element that is to be encrypted */
};

/* Elements 1, 9 and 200 are encrypted. */
static const struct row rows[] = {
	{"one-byte: first, second not, padding, third", 0xbede,
		{0x12, 1, 2, 3, 0x21, 4, 5, 0, 0, 0, 0x90, 6, 0x30, 7},
		{0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1}},
	{"one-byte: an element of 16 bytes", 0xbede, {0x9f, 1, 2, 3, 4, 5, 6, 7, 8},
		{0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	{"one-byte: behind id 15 is nothing", 0xbede, {0x10, 1, 0xf0, 0x55, 0x11, 2, 3}, {0, 1}},
	{"one-byte: twice the same id", 0xbede, {0x10, 1, 0x10, 2, 0x11, 3, 4},
		{0, 1, 0, 1, 0, 1, 1}},
	{"one-byte: none that is meant", 0xbede, {0x22, 1, 2, 3, 0x31, 4, 5}, {0}},
	{"one-byte: all padding", 0xbede, {0}, {0}},
	{"two-byte: first, empty, high id, other", 0x1000,
		{1, 2, 7, 8, 9, 0, 200, 3, 1, 2, 3, 201, 2, 4, 5, 0, 0, 9, 1, 6},
		{0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
	{"two-byte: application bits", 0x100f, {200, 4, 1, 2, 3, 4}, {0, 0, 1, 1, 1, 1}},
	{"two-byte: 30 bytes, to the end", 0x1000, {9, 30, 1},
		{0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
			1, 1, 1, 1}},
	{"two-byte: id 15 is an id", 0x1000, {15, 1, 7, 1, 1, 8}, {0, 0, 0, 0, 0, 1}},
	{"neither", 0x5555, {0x12, 1, 2, 3}, {0}},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static struct call *call_elements(struct bed *bed, const char *suite)
{
	struct call *call = call_open(bed, suite, 1);
	struct sotto_master master;

	master_make(suite, 1, &master);
	side_add_header_key(bed, &call->tx, &master);
	side_add_header_key(bed, &call->rx, &master);
	call_set_element(call, 1);
	call_set_element(call, 9);
	call_set_element(call, 200);
	return call;
}

static void packet_row(struct packet *packet, uint16_t seq, const struct row *row)
{
	struct shape shape = {.csrc = seq % 3, .extension = BODY / 4, .payload = 30};
	uint8_t *at;

	packet_rtp_shaped(packet, seq, SSRC, &shape);
	at = packet->bytes + 12 + 4 * shape.csrc;
	sotto_base_put16(at, row->profile);
	memcpy(at + 4, row->body, BODY);
}

/* What is secret differs somewhere, what is not nowhere. */
static void check_row(const struct row *row, const uint8_t *plain, const uint8_t *sent)
{
	unsigned secret = 0, changed = 0;

	for (unsigned k = 0; k < BODY; k++) {
		secret += row->secret[k];
		changed += plain[k] != sent[k];
		ck_assert_msg(plain[k] == sent[k] || row->secret[k], "%s: byte %u", row->what, k);
	}
	ck_assert_msg(secret < 3 || changed > 0, "%s", row->what);
}

START_TEST(only_the_chosen_elements)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < SUITES; s++) {
		struct call *call = call_elements(bed, suite_names[s]);

		for (unsigned r = 0; r < 3 * ROWS; r++) {
			const struct row *row = &rows[r % ROWS];
			struct packet plain, packet;
			uint32_t at = 16 + 4 * (r % 3);

			packet_row(&plain, (uint16_t)r, row);
			packet = plain;
			ck_assert_uint_eq(
				protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_OK);
			ck_assert_mem_eq(packet.bytes, plain.bytes, at);
			check_row(row, plain.bytes + at, packet.bytes + at);
			ck_assert_uint_eq(
				unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
			ck_assert_uint_eq(packet.len, plain.len);
			ck_assert_mem_eq(packet.bytes, plain.bytes, plain.len);
		}
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* The keystream is that of the byte's place in the extension, whatever else is encrypted. */
START_TEST(keystream_by_place)
{
	static const struct row all = {.profile = 0xbede, .body = {0x1f}};
	static const struct row late = {.profile = 0xbede, .body = {0x20, 0, 0x1d}};
	struct bed *bed = bed_open(_i);
	struct call *call = call_elements(bed, SUITE_80);
	struct packet a, b;

	packet_row(&a, 3, &all);
	packet_row(&b, 3, &late);
	protect_one(bed, &call->tx, &a, SOTTO_SRTP);
	side_reset(&call->tx);
	protect_one(bed, &call->tx, &b, SOTTO_SRTP);
	ck_assert_mem_eq(a.bytes + 16 + 3, b.bytes + 16 + 3, 14);
	ck_assert_mem_ne(a.bytes + 16 + 3, all.body + 3, 14);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Packets without an extension, and with an empty one, pass. */
START_TEST(without_elements)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_elements(bed, SUITE_80);

	for (int extension = -1; extension < 1; extension++) {
		struct shape shape = {.extension = extension, .payload = 30};
		struct packet plain, packet;

		packet_rtp_shaped(&plain, (uint16_t)(5 + extension), SSRC, &shape);
		packet = plain;
		ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_OK);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
		ck_assert_mem_eq(packet.bytes, plain.bytes, plain.len);
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

static const struct row misfits[] = {
	{.what = "one-byte: 16 bytes, 15 there", .profile = 0xbede, .body = {[16] = 0x1f}},
	{.what = "one-byte: header at the end", .profile = 0xbede, .body = {[31] = 0x10}},
	{.what = "one-byte: not even one that is meant",
		.profile = 0xbede,
		.body = {[30] = 0x22, [31] = 1}},
	{.what = "two-byte: half a header", .profile = 0x1000, .body = {[31] = 3}},
	{.what = "two-byte: one more than there is", .profile = 0x1000, .body = {9, 31}},
	{.what = "two-byte: 255", .profile = 0x1000, .body = {[20] = 200, 255}},
};
#define MISFITS (sizeof(misfits) / sizeof(misfits[0]))

START_TEST(element_that_does_not_fit)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_elements(bed, "AEAD_AES_128_GCM");

	for (unsigned r = 0; r < MISFITS; r++) {
		struct snapshot before = snapshot_take(&call->tx);
		struct packet packet;
		enum sotto_verdict verdict;

		packet_row(&packet, 7, &misfits[r]);
		verdict = protect_one(bed, &call->tx, &packet, SOTTO_SRTP);
		ck_assert_msg(verdict == SOTTO_DROP_EXTENSION, "%s: %s", misfits[r].what,
			sotto_base_verdict_name(verdict));
		ck_assert(snapshot_same(&before, &call->tx));
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

/* The same from a peer that did not look: it must not be taken apart. */
START_TEST(received_element_that_does_not_fit)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *call = call_elements(bed, layout_names[s]);

		call->tx.more->encrypts_ids = 0;
		for (unsigned r = 0; r < MISFITS; r++) {
			struct snapshot before = snapshot_take(&call->rx);
			struct packet packet, as_sent;

			packet_row(&packet, (uint16_t)r, &misfits[r]);
			protect_one(bed, &call->tx, &packet, SOTTO_SRTP);
			as_sent = packet;
			ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP),
				SOTTO_DROP_EXTENSION);
			ck_assert(packet_equal(&packet, &as_sent));
			ck_assert(snapshot_same(&before, &call->rx));
		}
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/*
 * Protects a packet whose extension has so many bytes, each element valid. It stays the burst's
 * only packet, now on the receiver's context.
 */
static enum sotto_verdict send_large(struct bed *bed, struct call *call, uint32_t extension)
{
	static uint8_t bytes[SOTTO_SRTP_EXTENSION_MAX + 128];
	static struct packet scratch;

	memset(bytes, 0, sizeof(bytes)); /* padding is the shortest element */
	packet_rtp(&scratch, 8, SSRC, 0);
	memcpy(bytes, scratch.bytes, 12);
	bytes[0] |= 0x10;
	sotto_base_put16(bytes + 12, 0xbede);
	sotto_base_put16(bytes + 14, (uint16_t)(extension / 4));
	bytes[16] = 0x13;
	bytes[16 + extension - 4] = 0x12;
	side_reset(&call->tx);
	side_reset(&call->rx);
	burst_clear(bed);
	burst_add(bed, &call->tx, &scratch);
	bed->batch.data[0] = bytes;
	bed->batch.len[0] = 16 + extension;
	bed->batch.room[0] = sizeof(bytes);
	burst_protect(bed, SOTTO_SRTP);
	bed->batch.context[0] = &call->rx.context;
	return burst_verdict(bed, 0);
}

/* The longest extension that is taken, and the next one, which is refused. */
START_TEST(long_extension)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_elements(bed, SUITE_80);
	const uint32_t max = SOTTO_SRTP_EXTENSION_MAX;

	for (uint32_t len = max - 4; len <= max; len += 4) {
		ck_assert_uint_eq(send_large(bed, call, len), SOTTO_OK);
		ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), 1);
		ck_assert_uint_eq(bed->batch.len[0], 16 + len);
	}
	ck_assert_uint_eq(send_large(bed, call, max + 4), SOTTO_DROP_EXTENSION);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* A peer that sends more than we have keystream for must not make us write behind it. */
START_TEST(received_extension_that_is_too_long)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_elements(bed, SUITE_80);
	struct snapshot before;

	call->tx.more->encrypts_ids = 0;
	ck_assert_uint_eq(send_large(bed, call, SOTTO_SRTP_EXTENSION_MAX + 4), SOTTO_OK);
	before = snapshot_take(&call->rx);
	ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), 0);
	ck_assert_uint_eq(burst_verdict(bed, 0), SOTTO_DROP_EXTENSION);
	ck_assert(snapshot_same(&before, &call->rx));
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Ids beyond the chosen stay as they are, each one for itself. */
START_TEST(every_id_by_itself)
{
	struct bed *bed = bed_open(_i);

	for (unsigned id = 1; id < 256; id++) {
		struct call *call = call_open(bed, SUITE_32, 1);
		struct row row = {.profile = 0x1000,
			.body = {(uint8_t)(id - 1), 6, 1, 2, 3, 4, 5, 6, (uint8_t)id, 6, 1, 2, 3, 4,
				5, 6, (uint8_t)(id + 1), 6, 1, 2, 3, 4, 5, 6}};
		struct sotto_master master;
		struct packet packet;
		const uint8_t *body = packet.bytes + 16;

		if (id == 1 || id == 255) {
			call_close(call);
			continue; /* a neighbour is padding */
		}
		master_make(SUITE_32, 1, &master);
		side_add_header_key(bed, &call->tx, &master);
		call_set_element(call, (uint8_t)id);
		packet_row(&packet, 3, &row);
		protect_one(bed, &call->tx, &packet, SOTTO_SRTP);
		ck_assert_mem_eq(body, row.body, 10);
		ck_assert_mem_ne(body + 10, row.body + 10, 6);
		ck_assert_mem_eq(body + 16, row.body + 16, 8);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {only_the_chosen_elements, keystream_by_place,
		without_elements, element_that_does_not_fit, received_element_that_does_not_fit,
		long_extension, received_extension_that_is_too_long, every_id_by_itself};

	return bed_main("srtp_elements", tests, sizeof(tests) / sizeof(tests[0]));
}
