/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts DPDK with what the options say, and makes the packet pool. */
#include "gen.h"
#include "say.h"

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ether.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POOL_CACHE 256 /* packets */

static void add(struct gen *gen, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct gen *gen, const char *format, ...)
{
	char *text;
	va_list list;

	va_start(list, format);
	if (gen->eal_count < GEN_EAL_ARGS - 1 && vasprintf(&text, format, list) >= 0)
		gen->eal_arg[gen->eal_count++] = text;
	va_end(list);
}

/* Huge pages of 2 MiB that are free, in MiB. */
static unsigned long free_huge_mib(void)
{
	FILE *file = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "re");
	unsigned long n = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%lu", &n) != 1)
		n = 0;
	fclose(file);
	return 2 * n;
}

static bool is_pci(const char *device)
{
	unsigned domain, bus, slot, function;

	return sscanf(device, "%x:%x:%x.%x", &domain, &bus, &slot, &function) == 4;
}

static void add_devices(struct gen *gen)
{
	bool pci = false;

	for (int s = 0; s < GEN_SIDES; s++) {
		const char *device = gen->options.side[s].device;

		if (!device)
			continue;
		add(gen, is_pci(device) ? "-a" : "--vdev");
		add(gen, "%s", device);
		pci = pci || is_pci(device);
	}
	if (!pci)
		add(gen, "--no-pci");
}

static void fill(struct gen *gen)
{
	add(gen, "sotto-gen");
	if (!gen->options.no_huge && free_huge_mib() >= gen->options.memory_mib) {
		add(gen, "--in-memory");
	} else {
		add(gen, "--no-huge");
		add(gen, "--no-shconf");
	}
	add(gen, "-m");
	add(gen, "%u", gen->options.memory_mib);
	add(gen, "--no-telemetry");
	add(gen, "--log-level=*:warning");
	add(gen, "--lcores");
	add(gen, "0@%u", gen->options.core);
	add_devices(gen);
	for (int i = 0; i < gen->options.eal_count; i++)
		add(gen, "%s", gen->options.eal[i]);
}

int gen_eal_start(struct gen *gen)
{
	char *shuffled[GEN_EAL_ARGS]; /* EAL sorts what it is given */

	fill(gen);
	memcpy(shuffled, gen->eal_arg, sizeof(shuffled));
	if (rte_eal_init(gen->eal_count, shuffled) < 0)
		return gen_complain(GEN_FAULT,
			"DPDK did not start: %s (its own message stands above)",
			rte_strerror(rte_errno));
	gen->eal_started = true;
	gen->hz = rte_get_tsc_hz();
	gen->pool = rte_pktmbuf_pool_create("sotto-gen", gen->options.mbufs, POOL_CACHE, 0,
		RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (!gen->pool)
		return gen_complain(GEN_FAULT,
			"no memory for %u packets: raise --memory or lower --mbufs",
			gen->options.mbufs);
	return 0;
}

void gen_eal_end(struct gen *gen)
{
	if (gen->eal_started)
		rte_eal_cleanup();
	while (gen->eal_count > 0)
		free(gen->eal_arg[--gen->eal_count]);
}
