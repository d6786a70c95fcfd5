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
	call->spec.digest[31] = (uint8_t)call->id[0];
}

static void fill_master(struct sotto_master *master, unsigned seed)
{
	master->suite = sotto_keys_suite_at(0);
	for (unsigned i = 0; i < sizeof(master->key); i++)
		master->key[i] = (uint8_t)(seed * 31 + i * 7 + 1);
	for (unsigned i = 0; i < sizeof(master->salt); i++)
		master->salt[i] = (uint8_t)(seed * 17 + i * 5 + 2);
}

void call_secure(struct call *call, unsigned media, int side, unsigned seed)
{
	struct sotto_leg_spec *leg = &call->spec.media[media].leg[side];
	struct sotto_master *master = call->master[media][side];

	leg->secure = seed != 0;
	leg->receive = seed ? &master[0] : NULL;
	leg->send = seed ? &master[1] : NULL;
	if (seed == 0)
		return;
	fill_master(&master[0], 2 * seed);
	fill_master(&master[1], 2 * seed + 1);
}

static void init_media(struct call *call, unsigned i, const char *id, struct sotto_interface *from,
	struct sotto_interface *to)
{
	struct sotto_media_spec *media = &call->spec.media[i];

	memset(media, 0, sizeof(*media));
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
		};
	}
	call_secure(call, i, 0, i + 1);
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

void call_remove_media(struct call *call, unsigned i)
{
	struct sotto_media_spec *media = call->spec.media;

	/* keys stay where they are: the specs that move up keep pointing at them */
	call->spec.media_count--;
	memmove(&media[i], &media[i + 1], (call->spec.media_count - i) * sizeof(media[0]));
}

void call_revise(struct call *call)
{
	call->spec.revision++;
	set_digest(call);
}
