/* SPDX-License-Identifier: BSD-3-Clause */
/* Options that may be repeated: each time the list of what is measured grows by one. */
#ifndef SOTTO_PERF_CHOICES_H
#define SOTTO_PERF_CHOICES_H

#include "keys/suite.h"

#include <stdbool.h>

#define CHOICES_MAX 8

/* Appends a number from low to high. False when it is none, or the list is full. */
bool choices_number(const char *text, unsigned low, unsigned high, unsigned *list, unsigned *count);

/* Appends the suite of a name as in a=crypto. False when there is none, or the list is full. */
bool choices_suite(const char *name, const struct sotto_suite **list, unsigned *count);

#endif
