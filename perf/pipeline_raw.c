/* SPDX-License-Identifier: BSD-3-Clause */
/* Bare ipsec-mb beside bench_pipeline; see pipeline_raw.h. */
#include "pipeline_raw.h"

#include "machine.h"
#include "raw.h"

#include <stdio.h>
#include <string.h>

/* The best tier that runs here, as the gateway has it too. */
static const char *best_tier(void)
{
	unsigned i = 0;

	while (sotto_ipsecmb_tier_names[i + 1] && !raw_tier("ipsecmb", sotto_ipsecmb_tier_names[i]))
		i++;
	return sotto_ipsecmb_tier_names[i];
}

bool pipeline_raw_open(struct pipeline_raw *raw, const struct scene *scene)
{
	memset(raw, 0, sizeof(*raw));
	raw->kind =
		sotto_crypto_is_aead(scene->suite->cipher) ? &contender_raw_gcm : &contender_raw;
	for (unsigned d = 0; d < 2; d++) {
		struct scene own = *scene;

		own.direction = d;
		if (!traffic_open(&raw->traffic[d], &own)) {
			fputs("not enough memory for bare ipsec-mb\n", stderr);
			return false;
		}
		raw->state[d] = raw->kind->open(&raw->traffic[d], "ipsecmb", best_tier());
	}
	return true;
}

void pipeline_raw_close(struct pipeline_raw *raw)
{
	for (unsigned d = 0; d < 2; d++) {
		if (raw->state[d])
			raw->kind->close(raw->state[d]);
		traffic_close(&raw->traffic[d]);
	}
}

static void run_direction(struct pipeline_raw *raw, unsigned d)
{
	struct traffic *traffic = &raw->traffic[d];
	unsigned packets = traffic->scene.packets;
	uint64_t start;

	if (!raw->state[d])
		return;
	traffic_next_round(traffic);
	traffic_restore(traffic);
	if (raw->kind->prepare)
		raw->kind->prepare(raw->state[d], traffic);
	start = machine_ns();
	raw->kind->run(raw->state[d], traffic, 0, packets);
	samples_add(&raw->ns[d], (double)(machine_ns() - start) / packets);
}

void pipeline_raw_run(struct pipeline_raw *raw)
{
	for (unsigned d = 0; d < 2; d++)
		run_direction(raw, d);
}

/* For both ways of SRTP to SRTP that of either, on the average. */
void pipeline_raw_of(const struct pipeline_raw *raw, enum way way, struct samples *out)
{
	*out = raw->ns[way == WAY_PROTECT ? PROTECT : UNPROTECT];
	for (unsigned i = 0; way == WAY_BOTH && i < out->n; i++)
		out->value[i] = (out->value[i] + raw->ns[PROTECT].value[i]) / 2;
}
