/* SPDX-License-Identifier: BSD-3-Clause */
/* What a client may wish of a session: a usual call, to be changed by the test before the put. */
#include "call.h"

#include <stdio.h>
#include <string.h>

struct sotto_endpoint call_endpoint(const char *address, uint16_t port)
{
	struct sotto_endpoint endpoint = {.port = port};

	ck_assert_int_eq(sotto_base_addr_parse(address, &endpoint.addr), 0);
	return endpoint;
}

static void set_digest(struct call *call)
{
	memset(call->spec.digest, 0, sizeof(call->spec.digest));
	memcpy(call->spec.digest, &call->spec.revision, sizeof(call->spec.revision));
	call->spec.digest[SOTTO_DIGEST_LEN - 1] = (uint8_t)call->id[0];
}

/* Any simple hash does: FNV-1a with a last stir. */
static uint64_t hash(uint64_t sum, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum = (sum ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3ull;
	sum = (sum ^ sum >> 31) * 0x9e3779b97f4a7c15ull;
	return sum ^ sum >> 29;
}

static void spread(uint64_t sum, uint8_t out[SOTTO_DIGEST_LEN])
{
	for (unsigned i = 0; i < SOTTO_DIGEST_LEN / 8; i++) {
		sum = hash(sum, &i, sizeof(i));
		memcpy(out + 8 * i, &sum, 8);
	}
}

void call_digest(struct call_key *key)
{
	const struct sotto_keying *keying = &key->keying;
	uint64_t all = hash(2, &keying->suite, sizeof(keying->suite));

	all = hash(all, &keying->modes, sizeof(keying->modes));
	all = hash(all, &keying->mki_len, sizeof(keying->mki_len));
	for (unsigned n = 0; n < keying->count; n++) {
		const struct sotto_keyed *master = &keying->master[n];
		uint64_t one = hash(1, master->key, keying->suite->key_len);

		one = hash(one, master->salt, keying->suite->salt_len);
		spread(one, key->spec.master[n]);
		all = hash(hash(all, &one, sizeof(one)), &master->mki, sizeof(master->mki));
	}
	spread(all, key->spec.identity);
	spread(hash(3, key->preset, key->spec.preset_count * sizeof(key->preset[0])),
		key->spec.preset_digest);
}

static void fill_master(struct sotto_keyed *master, uint64_t seed)
{
	for (unsigned i = 0; i < sizeof(master->key); i++)
		master->key[i] = (uint8_t)(hash(seed, &i, sizeof(i)) | 1);
	for (unsigned i = 0; i < sizeof(master->salt); i++)
		master->salt[i] = (uint8_t)(hash(~seed, &i, sizeof(i)) | 1);
}

static struct call_key *set_key(struct call *call, unsigned media, int side, int direction,
	unsigned count, const unsigned *seeds, uint8_t mki_len)
{
	struct call_key *key = &call->key[media][side][direction];
	struct sotto_leg_spec *leg = &call->spec.media[media].leg[side];

	key->keying = (struct sotto_keying){
		.suite = key->keying.suite ? key->keying.suite : sotto_keys_suite_at(0),
		.modes = key->keying.modes,
		.count = (uint8_t)count,
		.mki_len = mki_len,
	};
	for (unsigned n = 0; n < count; n++) {
		uint64_t seed =
			hash(hash(4, &seeds[n], sizeof(seeds[n])), call->id, strlen(call->id));

		fill_master(&key->keying.master[n], 2 * seed + (uint64_t)(direction == SEND));
		key->keying.master[n].mki = mki_len ? seeds[n] : 0;
	}
	key->spec.keying = &key->keying;
	key->spec.preset = key->preset;
	call_digest(key);
	*(direction == SEND ? &leg->send : &leg->receive) = &key->spec;
	if (leg->security == SOTTO_CLEAR)
		leg->security = SOTTO_REQUIRED;
	return key;
}

struct call_key *call_rekey(
	struct call *call, unsigned media, int side, int direction, unsigned seed)
{
	return set_key(call, media, side, direction, 1, &seed, 0);
}

struct call_key *call_roll(struct call *call, unsigned media, int side, int direction,
	unsigned count, const unsigned *seeds)
{
	return set_key(call, media, side, direction, count, seeds, 4);
}

struct call_key *call_copy_key(
	struct call *call, unsigned media, int side, int direction, const struct call_key *from)
{
	struct call_key *key = call_rekey(call, media, side, direction, 0);

	key->keying = from->keying;
	call_digest(key);
	return key;
}

void call_preset(struct call_key *key, unsigned count, const struct sotto_srtp_preset *preset)
{
	ck_assert_uint_le(count, CALL_PRESETS);
	memset(key->preset, 0, sizeof(key->preset));
	for (unsigned i = 0; i < count; i++) {
		/* field by field: the padding is digested, too */
		key->preset[i].ssrc = preset[i].ssrc;
		key->preset[i].next_rtp = preset[i].next_rtp;
		key->preset[i].next_rtcp = preset[i].next_rtcp;
	}
	key->spec.preset_count = count;
	call_digest(key);
}

void call_secure(struct call *call, unsigned media, int side, unsigned seed)
{
	struct sotto_leg_spec *leg = &call->spec.media[media].leg[side];

	leg->security = seed ? SOTTO_REQUIRED : SOTTO_CLEAR;
	leg->receive = leg->send = NULL;
	if (seed == 0)
		return;
	call_rekey(call, media, side, RECEIVE, seed);
	call_rekey(call, media, side, SEND, seed);
}

static void init_media(struct call *call, unsigned i, const char *id, struct sotto_interface *from,
	struct sotto_interface *to)
{
	struct sotto_media_spec *media = &call->spec.media[i];

	memset(media, 0, sizeof(*media));
	memset(call->key[i], 0, sizeof(call->key[i]));
	snprintf(media->id, sizeof(media->id), "%s", id);
	for (int side = 0; side < 2; side++) {
		media->leg[side] = (struct sotto_leg_spec){
			.interface = side == 0 ? from : to,
			.remote = side == 0 ? call_endpoint("192.0.2.77", 4000)
					    : call_endpoint("2001:db8::77", 5000),
			.remote_rtcp_port = side == 0 ? 4001 : 5001,
			.source_check = SOTTO_SOURCE_STRICT,
			.dscp = -1,
			.max_ssrcs = 2,
			.window = 128,
		};
	}
	call_secure(call, i, 0, ++call->media_made);
}

void call_init(struct call *call, struct world *world, const char *id)
{
	memset(call, 0, sizeof(*call));
	snprintf(call->id, sizeof(call->id), "%s", id);
	call->spec.id = call->id;
	call->spec.revision = 1;
	call->spec.timeout_s = 60;
	call->spec.media_count = 1;
	set_digest(call);
	init_media(call, 0, "audio", &world->interface[ACCESS], &world->interface[CORE]);
}

unsigned call_add_media(struct call *call, const char *id)
{
	unsigned i = call->spec.media_count++;

	ck_assert_uint_lt(i, SOTTO_MEDIA_MAX);
	init_media(call, i, id, call->spec.media[0].leg[0].interface,
		call->spec.media[0].leg[1].interface);
	return i;
}

/* The keys of a leg have moved: what pointed at them must follow. */
static void repoint(struct call *call, unsigned media, int side)
{
	struct sotto_leg_spec *leg = &call->spec.media[media].leg[side];

	for (int d = 0; d < DIRECTIONS; d++) {
		struct call_key *key = &call->key[media][side][d];
		const struct sotto_key_spec **at = d == SEND ? &leg->send : &leg->receive;

		key->spec.keying = &key->keying;
		key->spec.preset = key->preset;
		if (*at)
			*at = &key->spec;
	}
}

void call_remove_media(struct call *call, unsigned i)
{
	struct sotto_media_spec *media = call->spec.media;

	call->spec.media_count--;
	memmove(&media[i], &media[i + 1], (call->spec.media_count - i) * sizeof(media[0]));
	memmove(call->key[i], call->key[i + 1],
		(call->spec.media_count - i) * sizeof(call->key[0]));
	for (; i < call->spec.media_count; i++) {
		repoint(call, i, 0);
		repoint(call, i, 1);
	}
}

void call_revise(struct call *call)
{
	call->spec.revision++;
	set_digest(call);
}
