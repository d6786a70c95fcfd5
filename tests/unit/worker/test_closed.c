/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fail closed: every kind of leg beside every other, with and without keys. Control would refuse
 * most of these pairs; here they are made by force, since no way may lead around protect.
 */
#include "drop.h"

#include "base/bytes.h"

#include <errno.h>
#include <string.h>

#define SUITE_80 "AES_CM_128_HMAC_SHA1_80"
#define SSRC 0xa0a0a001
#define KINDS 5 /* enum sotto_security */
#define INPUTS 6
#define MARK_AT 20 /* offset of bytes that no header and no ciphertext has */

static const uint8_t mark[8] = "in clear";

static struct rig rig;
static struct call call;

static void setup(void)
{
	rig_open(&rig);
	call_init(&call, &rig, RIG_ACCESS4, RIG_CORE4);
}

static void teardown(void)
{
	call_end(&call);
	rig_close(&rig);
}

/* What is different from case to case. */
struct pair {
	unsigned in, out;     /* enum sotto_security */
	bool receives, sends; /* keys: of the leg that it comes in on, of the one it leaves on */
	bool locked;
};

/* Published legs are constant, and nobody but this test bends them. */
static struct sotto_leg *bend(int side)
{
	return (struct sotto_leg *)(uintptr_t)call_leg(&call, side);
}

static void put(const struct pair *pair)
{
	struct sotto_leg *out;

	call_verify(&call, SUITE_80);
	for (int side = 0; side < SIDES; side++) {
		call_remember(&call, side, true, true);
		call.spec.media[0].leg[side].security = (enum sotto_security)pair->in;
	}
	call_put(&call);
	out = bend(SIDE_B);
	out->security = (uint8_t)pair->out;
	out->state->locked = pair->locked;
	if (!pair->receives)
		memset(&bend(SIDE_A)->receive, 0, sizeof(out->receive));
	if (!pair->sends)
		memset(&out->send, 0, sizeof(out->send));
}

/* Plain and protected RTP and RTCP, and two other protocols. */
static enum sotto_srtp_kind make(unsigned input, struct packet *out)
{
	static const uint8_t first[] = {0x80, 0x80, 0x80, 0x80, 0x01, 0x16};
	enum sotto_srtp_kind kind = input == 2 || input == 3 ? SOTTO_SRTCP : SOTTO_SRTP;

	packet_rtp(out, SSRC, (uint16_t)(1 + rig.injected), 100);
	if (kind == SOTTO_SRTCP)
		packet_rtcp(out, SSRC);
	out->bytes[0] = first[input];
	memcpy(out->bytes + MARK_AT, mark, sizeof(mark));
	if (input % 2 == 1 && input < 4)
		call_protect(&call, SIDE_A, out, kind);
	return kind;
}

static bool is_readable(const struct packet *payload)
{
	for (uint32_t i = 0; i + sizeof(mark) <= payload->len; i++) {
		if (memcmp(payload->bytes + i, mark, sizeof(mark)) == 0)
			return true;
	}
	return false;
}

static bool may_be_readable(const struct pair *pair)
{
	if (pair->out == SOTTO_PREFERRED)
		return !pair->sends && !pair->locked;
	return pair->out == SOTTO_CLEAR || pair->out == SOTTO_OPAQUE;
}

static bool may_pass(const struct pair *pair)
{
	if (pair->in >= SOTTO_VERIFY || pair->out >= SOTTO_VERIFY)
		return pair->in == pair->out;
	if (pair->in == SOTTO_REQUIRED && !pair->receives)
		return false;
	if (pair->out == SOTTO_REQUIRED)
		return pair->sends;
	return pair->out != SOTTO_PREFERRED || pair->sends || !pair->locked;
}

/* One case: what of six inputs comes out, and how. Returns how many did. */
static unsigned try(const struct pair *pair)
{
	struct packet packet, payload;
	unsigned passed = 0;

	put(pair);
	for (unsigned input = 0; input < INPUTS; input++) {
		enum sotto_srtp_kind kind = make(input, &packet);

		call_send_raw(&call, SIDE_A, &packet, kind);
		rig_poll(&rig);
		if (!call_take(&call, SIDE_B, kind, &payload))
			continue;
		passed++;
		ck_assert_msg(may_pass(pair), "%u to %u: input %u passed (keys %d %d, locked %d)",
			pair->in, pair->out, input, pair->receives, pair->sends, pair->locked);
		ck_assert_msg(may_be_readable(pair) || !is_readable(&payload),
			"%u to %u: input %u is readable (keys %d %d, locked %d)", pair->in,
			pair->out, input, pair->receives, pair->sends, pair->locked);
	}
	ck_assert(wire_is_silent(&rig));
	return passed;
}

static void end(void)
{
	sotto_session_delete(rig.sessions, call.session);
	rig_poll(&rig);
	sotto_sessions_reclaim(rig.sessions);
	rig_forget_events(&rig);
}

/* SD-01, SD-02: all 200 of them. */
START_TEST(sd_01_every_pair_of_legs)
{
	for (unsigned n = 0; n < KINDS * KINDS * 8; n++) {
		struct pair pair = {.in = n / 8 % KINDS,
			.out = n / 8 / KINDS,
			.receives = n & 1,
			.sends = n & 2,
			.locked = n & 4};
		unsigned passed = try(&pair);
		bool secure = pair.in == SOTTO_REQUIRED || pair.in == SOTTO_VERIFY;

		/* and what may pass does: the test must not be content with silence */
		if (may_pass(&pair) && (pair.receives || !secure))
			ck_assert_uint_ge(passed, 2);
		else
			ck_assert_uint_eq(passed, 0);
		end();
	}
}
END_TEST

/* SD-03: the put itself refuses pairs of which one side only passes on. */
START_TEST(sd_03_uneven_pairs_are_refused)
{
	enum sotto_session_outcome outcome;
	struct sotto_session_error error;

	for (unsigned n = 0; n < KINDS * KINDS; n++) {
		unsigned a = n / KINDS, b = n % KINDS;
		bool fits = a == b || (a < SOTTO_VERIFY && b < SOTTO_VERIFY);

		call_verify(&call, SUITE_80);
		call.spec.media[0].leg[SIDE_A].security = (enum sotto_security)a;
		call.spec.media[0].leg[SIDE_B].security = (enum sotto_security)b;
		call.spec.revision++;
		ck_assert_int_eq(sotto_session_put(rig.sessions, &call.spec, rig.now_us,
					 &call.session, &outcome, &error),
			fits ? 0 : -EINVAL);
		if (fits)
			end();
	}
}
END_TEST

/* SD-04: what is plain never passes a secure leg, whatever key it has. */
START_TEST(sd_04_plain_on_secure)
{
	struct packet packet;

	for (unsigned out = 0; out < SOTTO_VERIFY; out++) {
		struct pair pair = {
			.in = SOTTO_REQUIRED, .out = out, .receives = true, .sends = true};

		put(&pair);
		for (unsigned input = 0; input < INPUTS; input += 2) {
			enum sotto_srtp_kind kind = make(input, &packet);

			call_send_raw(&call, SIDE_A, &packet, kind);
			rig_poll(&rig);
			ck_assert(wire_is_silent(&rig));
		}
		end();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker: fail closed");
	TCase *closed = tcase_create("closed");

	rig_start(&rig, &rig_small);
	tcase_add_checked_fixture(closed, setup, teardown);
	tcase_add_test(closed, sd_01_every_pair_of_legs);
	tcase_add_test(closed, sd_03_uneven_pairs_are_refused);
	tcase_add_test(closed, sd_04_plain_on_secure);
	suite_add_tcase(suite, closed);
	return sotto_unit_run(suite);
}
