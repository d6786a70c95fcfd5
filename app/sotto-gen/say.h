/* SPDX-License-Identifier: BSD-3-Clause */
/* The exit statuses of sotto-gen, and complaints. sotto-gen(1) lists them. */
#ifndef SOTTO_GEN_SAY_H
#define SOTTO_GEN_SAY_H

enum gen_exit {
	GEN_GOOD = 0,
	GEN_BAD = 1,   /* packets were lost beyond what was asked, or came back wrong */
	GEN_USAGE = 2, /* the command line or the plan is wrong */
	GEN_FAULT = 3, /* it could not run: devices, memory, the gateway does not answer */
};

/* Prints "sotto-gen: " and the text as one line on stderr. Returns status. */
int gen_complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
