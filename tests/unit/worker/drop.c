/* SPDX-License-Identifier: BSD-3-Clause */
/* The picture before and after; see drop.h. */
#include "drop.h"

#include <string.h>

static const struct sotto_srtp_streams *streams_of(const struct call *call, int side, int d)
{
	const struct sotto_leg *leg = call_leg(call, side);

	return d == 0 ? leg->receive.streams : leg->send.streams;
}

void picture_take(struct picture *picture, const struct rig *rig, const struct call *call)
{
	memset(picture, 0, sizeof(*picture));
	picture->stats = rig_stats(rig);
	picture->pool = rig_pool_free(rig);
	for (int side = 0; call && side < SIDES; side++) {
		picture->state[side] = *call_state(call, side);
		for (int d = 0; d < 2; d++) {
			const struct sotto_srtp_streams *streams = streams_of(call, side, d);

			if (streams)
				memcpy(picture->streams[side][d], streams->slot,
					streams->count * sizeof(streams->slot[0]));
		}
	}
}

static void expect_stats(
	const struct picture *before, const struct rig *rig, unsigned verdict, uint64_t n)
{
	struct sotto_stats now = rig_stats(rig);

	for (unsigned v = 0; v < SOTTO_VERDICTS; v++) {
		uint64_t got = now.by_verdict[v] - before->stats.by_verdict[v];
		uint64_t want = v == verdict ? n : 0;

		ck_assert_msg(got == want, "verdict %s: %lu instead of %lu (expected %s)",
			sotto_base_verdict_name(v), (unsigned long)got, (unsigned long)want,
			sotto_base_verdict_name(verdict));
	}
	ck_assert_uint_eq(now.generated, before->stats.generated);
}

/* No byte of a stream is another one, but for what remembers that its end was told, and refusals.
 */
static void expect_streams(
	const struct picture *before, const struct call *call, int side, int direction)
{
	const struct sotto_srtp_streams *streams = streams_of(call, side, direction);

	for (unsigned k = 0; streams && k < streams->count; k++) {
		struct sotto_stream now = streams->slot[k];

		now.ended = before->streams[side][direction][k].ended;
		now.refused = before->streams[side][direction][k].refused;
		ck_assert_mem_eq(&before->streams[side][direction][k], &now, sizeof(now));
	}
}

static void expect_leg(const struct picture *before, const struct call *call, int side,
	unsigned verdict, uint64_t n)
{
	const struct sotto_leg_state *now = call_state(call, side);
	const struct sotto_leg_state *then = &before->state[side];

	for (unsigned v = 0; v < SOTTO_VERDICTS; v++) {
		uint64_t got = sotto_leg_dropped(now, v) - sotto_leg_dropped(then, v);
		uint64_t want = v == verdict ? n : 0;

		ck_assert_msg(got == want, "leg %c counts %s: %lu instead of %lu (expected %s)",
			side == SIDE_A ? 'a' : 'b', sotto_base_verdict_name(v), (unsigned long)got,
			(unsigned long)want, sotto_base_verdict_name(verdict));
	}
	for (int d = 0; d < 2; d++)
		expect_streams(before, call, side, d);
	ck_assert_uint_eq(now->sent_packets, then->sent_packets);
	ck_assert_uint_eq(now->sent_bytes, then->sent_bytes);
}

/* Of a packet that is lost on the way out, the leg that it came in on knows nothing bad. */
static bool is_lost_on_the_way_out(unsigned verdict)
{
	return verdict >= SOTTO_DROP_SEND_NO_KEY && verdict <= SOTTO_DROP_NO_NEIGHBOR;
}

static void expect_not_received(const struct picture *before, const struct call *call)
{
	for (int side = 0; side < SIDES; side++) {
		const struct sotto_leg_state *now = call_state(call, side);

		ck_assert_uint_eq(now->received_packets, before->state[side].received_packets);
		ck_assert_uint_eq(now->received_bytes, before->state[side].received_bytes);
		ck_assert_uint_eq(now->last_received_us, before->state[side].last_received_us);
	}
}

void picture_expect(const struct picture *before, const struct rig *rig, const struct call *call,
	enum sotto_verdict verdict, uint64_t n, int side)
{
	ck_assert_msg(wire_is_silent(rig), "something was sent");
	expect_stats(before, rig, verdict, n);
	for (int s = 0; call && s < SIDES; s++)
		expect_leg(before, call, s, verdict, s == side ? n : 0);
	if (call && !is_lost_on_the_way_out(verdict))
		expect_not_received(before, call);
	ck_assert_uint_eq(rig_pool_free(rig), before->pool);
}

void drop_expect(struct rig *rig, const struct call *call, unsigned d, const struct packet *frame,
	enum sotto_verdict verdict, int side)
{
	struct picture before;

	picture_take(&before, rig, call);
	wire_send(rig, d, call ? call_queue(call) : 0, frame);
	rig_poll(rig);
	picture_expect(&before, rig, call, verdict, 1, side);
}

void drop_on_leg(
	const struct call *call, int side, const struct packet *frame, enum sotto_verdict verdict)
{
	drop_expect(call->rig, call, call_device(call, side), frame, verdict, side);
}

void drop_datagram(const struct call *call, int side, const struct packet *datagram,
	enum sotto_srtp_kind kind, enum sotto_verdict verdict)
{
	struct sotto_net_path path = call_path_in(call, side, kind);
	struct packet frame;

	packet_frame(&path, datagram, &frame);
	drop_on_leg(call, side, &frame, verdict);
}
