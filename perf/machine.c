/* SPDX-License-Identifier: BSD-3-Clause */
/* Processor, core, clock and memory; see machine.h. */
#include "machine.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* The value of a line "key : value" of /proc/cpuinfo; false when the line is of another key. */
static bool cpuinfo_value(const char *line, const char *key, char *out, size_t size)
{
	const char *colon = strchr(line, ':');

	if (strncmp(line, key, strlen(key)) != 0 || !colon)
		return false;
	snprintf(out, size, "%s", colon[1] == ' ' ? colon + 2 : colon + 1);
	out[strcspn(out, "\n")] = 0;
	return true;
}

/* Keeps those words of all that decide which code a crypto library picks. */
static void pick_flags(char *all, char *out, size_t size)
{
	static const char *const wanted[] = {"hypervisor", "aes", "pclmulqdq", "avx", "avx2",
		"sha_ni", "avx512f", "avx512vl", "gfni", "vaes", "vpclmulqdq"};
	char *rest = NULL;

	*out = 0;
	for (char *word = strtok_r(all, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		for (unsigned i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			size_t used = strlen(out);

			if (strcmp(word, wanted[i]) == 0)
				snprintf(out + used, size - used, "%s%s", used ? " " : "", word);
		}
	}
}

static void describe_cpu(struct machine *machine)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	static char line[8192], flags[8192];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		cpuinfo_value(line, "model name", machine->cpu, sizeof(machine->cpu));
		found = cpuinfo_value(line, "flags", flags, sizeof(flags));
	}
	if (found)
		pick_flags(flags, machine->flags, sizeof(machine->flags));
	if (file)
		fclose(file);
}

/* The number of a line "key : N" of /proc/meminfo, 0 without it. */
static uint64_t meminfo(const char *key)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128], value[64];
	uint64_t number = 0;

	while (file && number == 0 && fgets(line, sizeof(line), file))
		if (cpuinfo_value(line, key, value, sizeof(value)))
			number = strtoull(value, NULL, 10);
	if (file)
		fclose(file);
	return number;
}

uint64_t machine_free_memory(void)
{
	return meminfo("MemAvailable") * 1024;
}

uint64_t machine_free_hugepages(void)
{
	return meminfo("HugePages_Free") * meminfo("Hugepagesize") * 1024;
}

static void describe_date(struct machine *machine)
{
	time_t now = time(NULL);
	struct tm utc;

	if (gmtime_r(&now, &utc))
		strftime(machine->date, sizeof(machine->date), "%Y-%m-%dT%H:%M:%SZ", &utc);
}

void machine_describe(struct machine *machine)
{
	struct utsname system;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	memset(machine, 0, sizeof(*machine));
	describe_cpu(machine);
	describe_date(machine);
	machine->cores = cores > 0 ? (unsigned)cores : 1;
	machine->memory = meminfo("MemTotal") * 1024;
	if (uname(&system) == 0)
		snprintf(machine->kernel, sizeof(machine->kernel), "%.40s %.50s", system.sysname,
			system.release);
	snprintf(machine->compiler, sizeof(machine->compiler), "%s%s",
		strstr(__VERSION__, "lang") ? "" : "gcc ", __VERSION__);
#ifdef NDEBUG
	machine->build = "release";
#else
	machine->build = "with assertions";
#endif
	if (getloadavg(&machine->load, 1) != 1)
		machine->load = -1;
}

bool machine_pin(unsigned cpu)
{
	cpu_set_t set;

	if (cpu >= CPU_SETSIZE)
		return false;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0;
}

unsigned machine_cpu(void)
{
	return (unsigned)sched_getcpu();
}

uint64_t machine_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
