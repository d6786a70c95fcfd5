/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * To be preloaded: one of the two locks that keep a process from leaving a core does not hold.
 * $SOTTO_LAX holds the names of those calls that do nothing: setrlimit, prctl.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_lax(const char *name)
{
	const char *names = getenv("SOTTO_LAX");

	return names && strstr(names, name) != NULL;
}

int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limit)
{
	if (resource == RLIMIT_CORE && is_lax("setrlimit"))
		return 0;
	return (int)syscall(SYS_prlimit64, 0, resource, limit, NULL);
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	return setrlimit64(resource, (const struct rlimit64 *)limit); /* the same with 64 bits */
}

int prctl(int option, ...)
{
	unsigned long argument[4];
	va_list list;

	va_start(list, option);
	for (int i = 0; i < 4; i++)
		argument[i] = va_arg(list, unsigned long);
	va_end(list);
	if (option == PR_SET_DUMPABLE && is_lax("prctl"))
		return 0;
	return (int)syscall(SYS_prctl, option, argument[0], argument[1], argument[2], argument[3]);
}
