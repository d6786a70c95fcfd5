/* SPDX-License-Identifier: BSD-3-Clause */
/* What a measurement depends on besides the code: processor, core, clock, memory. */
#ifndef SOTTO_PERF_MACHINE_H
#define SOTTO_PERF_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct machine {
	char cpu[96];    /* model name as the kernel tells it */
	char flags[160]; /* those of its features that matter here */
	char kernel[96];
	char compiler[96];
	char date[32];     /* when it was asked, UTC, ISO 8601 */
	const char *build; /* how this program was built, as far as it can tell */
	double load;       /* average of the last minute, at the start */
	unsigned cores;    /* that this machine has */
	uint64_t memory;   /* bytes of it */
};

void machine_describe(struct machine *machine);

/* Pins the process to that core. False when it may not run there. */
bool machine_pin(unsigned cpu);

/* The core this process runs on. */
unsigned machine_cpu(void);

/* Bytes that can be had without swapping, as the kernel guesses; 0: it does not tell. */
uint64_t machine_free_memory(void);

/* Bytes of reserved huge pages of 2 MiB that nobody uses. */
uint64_t machine_free_hugepages(void);

/*
 * Nanoseconds of processor time that this thread has used (CLOCK_THREAD_CPUTIME_ID): others who
 * take the core away do not count, what they do to caches and clock rate does.
 */
uint64_t machine_ns(void);

#define MACHINE_CLOCK "CLOCK_THREAD_CPUTIME_ID"

#endif
