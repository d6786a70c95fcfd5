/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists that grow with each option; see choices.h. */
#include "choices.h"

#include "common.h"

#include <string.h>

bool choices_number(const char *text, unsigned low, unsigned high, unsigned *list, unsigned *count)
{
	return *count < CHOICES_MAX && common_number(text, low, high, &list[(*count)++]);
}

bool choices_suite(const char *name, const struct sotto_suite **list, unsigned *count)
{
	const struct sotto_suite *suite = sotto_keys_suite_by_name(name, strlen(name));

	if (!suite || *count == CHOICES_MAX)
		return false;
	list[(*count)++] = suite;
	return true;
}
