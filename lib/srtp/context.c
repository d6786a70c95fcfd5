/* SPDX-License-Identifier: BSD-3-Clause */
/* Laying out and preparing the streams of a context (RFC 3711, 3.2.1). Slow path. */
#include "srtp/context.h"

#include <errno.h>
#include <stddef.h>

#define SRTCP_LEAP 1024 /* indices that a sender leaves out when it inherits from a live stream */

_Static_assert(sizeof(struct sotto_stream) == 2 * SOTTO_CACHE_LINE, "a stream is two cache lines");
_Static_assert(offsetof(struct sotto_srtp_streams, slot) == 2 * SOTTO_CACHE_LINE,
	"the slots follow two lines");

static size_t whole_lines(size_t bytes)
{
	return (bytes + SOTTO_CACHE_LINE - 1) / SOTTO_CACHE_LINE * SOTTO_CACHE_LINE;
}

static size_t slots_size(const struct sotto_srtp_shape *shape)
{
	return sizeof(struct sotto_srtp_streams) + shape->count * sizeof(struct sotto_stream);
}

static size_t wide_size(const struct sotto_srtp_shape *shape)
{
	return shape->count * sotto_replay_words(sotto_replay_shape(shape->window)) *
	       sizeof(uint64_t);
}

size_t sotto_srtp_streams_size(const struct sotto_srtp_shape *shape)
{
	size_t repeats = shape->repeat ? shape->count * SOTTO_SRTP_REPEATS * sizeof(uint64_t) : 0;

	return whole_lines(slots_size(shape) + wide_size(shape) + repeats);
}

void sotto_srtp_use_init(struct sotto_key_use *use, uint64_t lifetime)
{
	/* RFC 3711, 9.2: 2^48 SRTP packets or 2^31 SRTCP packets, whichever comes first */
	const uint64_t most[2] = {
		[SOTTO_SRTP] = SOTTO_INDEX_END, [SOTTO_SRTCP] = SOTTO_RTCP_INDEX_END};

	for (int kind = 0; kind < 2; kind++) {
		uint64_t limit = lifetime != 0 && lifetime < most[kind] ? lifetime : most[kind];

		use->packets[kind] = 0;
		use->limit[kind] = limit;
		use->mark[kind] = limit - limit / 10;
	}
}

void sotto_srtp_streams_init(
	struct sotto_srtp_streams *streams, const struct sotto_srtp_shape *shape)
{
	size_t words;
	uint64_t *wide = (uint64_t *)((uint8_t *)streams + slots_size(shape));

	sotto_srtp_use_init(&streams->use, shape->lifetime);
	streams->count = (uint8_t)shape->count;
	streams->shape = sotto_replay_shape(shape->window);
	streams->roc_tries = shape->try_roc_zero ? SOTTO_SRTP_ROC_TRIES : 0;
	streams->size = sotto_srtp_streams_size(shape);
	words = sotto_replay_words(streams->shape);
	for (uint32_t i = 0; i < shape->count; i++) {
		struct sotto_stream *slot = &streams->slot[i];

		slot->shape = streams->shape;
		slot->roc = shape->roc;
		slot->repeats = shape->repeat;
		if (words != 0)
			slot->rtp.wide = wide + i * words;
	}
	if (shape->repeat)
		streams->repeat = wide + shape->count * words;
	sotto_srtp_streams_allot(streams);
}

/* Packets under the streams' own key: what it has itself, and what the streams have for it. */
static uint64_t own_use(const struct sotto_srtp_streams *streams, enum sotto_srtp_kind kind)
{
	uint64_t sum = __atomic_load_n(&streams->use.packets[kind], __ATOMIC_RELAXED);

	for (uint32_t i = 0; kind == SOTTO_SRTP && i < streams->count; i++) {
		const struct sotto_stream *slot = &streams->slot[i];
		uint64_t settled = __atomic_load_n(&slot->settled, __ATOMIC_ACQUIRE);

		sum += __atomic_load_n(&slot->packets, __ATOMIC_RELAXED) - settled;
	}
	return sum;
}

uint64_t sotto_srtp_used(
	const struct sotto_srtp_context *context, unsigned n, enum sotto_srtp_kind kind)
{
	const struct sotto_key_use *use = sotto_srtp_use(context, n);

	return use == &context->streams->use
		       ? own_use(context->streams, kind)
		       : __atomic_load_n(&use->packets[kind], __ATOMIC_RELAXED);
}

void sotto_srtp_streams_allot(struct sotto_srtp_streams *streams)
{
	const struct sotto_key_use *use = &streams->use;
	uint64_t used = own_use(streams, SOTTO_SRTP);
	uint64_t mark = use->mark[SOTTO_SRTP], limit = use->limit[SOTTO_SRTP];
	uint64_t end =
		used < mark && mark <= limit ? mark - 1 : limit; /* the mark itself is told */
	uint64_t share = used < end ? (end - used) / streams->count : 0;

	for (uint32_t i = 0; i < streams->count; i++)
		streams->slot[i].allotted = streams->slot[i].packets + share;
}

static void bind(struct sotto_stream *to, uint32_t ssrc)
{
	__atomic_store_n(&to->ssrc, ssrc, __ATOMIC_RELAXED);
	__atomic_store_n(&to->bound, 1, __ATOMIC_RELEASE);
}

void sotto_srtp_streams_inherit(
	struct sotto_srtp_streams *to, const struct sotto_srtp_streams *from, bool sender)
{
	struct sotto_stream *slot = to->slot;

	for (uint32_t i = 0; i < from->count && slot < to->slot + to->count; i++) {
		const struct sotto_stream *old = &from->slot[i];

		if (!__atomic_load_n(&old->bound, __ATOMIC_ACQUIRE))
			break;
		bind(slot, __atomic_load_n(&old->ssrc, __ATOMIC_RELAXED));
		slot->packets = __atomic_load_n(&old->packets, __ATOMIC_RELAXED);
		slot->settled = slot->packets;
		slot->rtp.next = __atomic_load_n(&old->rtp.next, __ATOMIC_RELAXED);
		slot->expected = slot->rtp.next != 0;
		if (sender)
			slot->rtcp.next =
				__atomic_load_n(&old->rtcp.next, __ATOMIC_RELAXED) + SRTCP_LEAP;
		slot++;
	}
	sotto_srtp_streams_allot(to);
}

/* The slot of an SSRC, or a free one, or NULL. */
static struct sotto_stream *slot_for(struct sotto_srtp_streams *streams, uint32_t ssrc)
{
	for (uint32_t i = 0; i < streams->count; i++) {
		struct sotto_stream *slot = &streams->slot[i];

		if (!slot->bound || slot->ssrc == ssrc)
			return slot;
	}
	return NULL;
}

int sotto_srtp_streams_preset(
	struct sotto_srtp_streams *streams, const struct sotto_srtp_preset *preset)
{
	struct sotto_stream *slot = slot_for(streams, preset->ssrc);

	if (!slot)
		return -ENOSPC;
	if (preset->next_rtp > SOTTO_INDEX_END || preset->next_rtcp > SOTTO_RTCP_INDEX_END)
		return -EINVAL;
	if ((preset->next_rtp != 0 && preset->next_rtp < slot->rtp.next) ||
		(preset->next_rtcp != 0 && preset->next_rtcp < slot->rtcp.next))
		return -EINVAL;
	slot->expected = 0;
	if (preset->next_rtp != 0)
		sotto_replay_start(&slot->rtp, streams->shape, preset->next_rtp, true);
	if (preset->next_rtcp != 0)
		sotto_replay_start(&slot->rtcp, sotto_replay_narrow(), preset->next_rtcp, true);
	if (!slot->bound)
		bind(slot, preset->ssrc); /* last: control may be reading */
	return 0;
}

int sotto_srtp_slot(const struct sotto_srtp_context *context, uint32_t ssrc)
{
	for (int i = 0; context->rtp && i < context->streams->count; i++) {
		if (context->streams->slot[i].bound && context->streams->slot[i].ssrc == ssrc)
			return i;
	}
	return -1;
}
