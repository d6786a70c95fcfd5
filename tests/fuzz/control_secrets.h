/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys that stand in an input's lines, so that they are known again where they may not be. */
#ifndef SOTTO_TESTS_FUZZ_CONTROL_SECRETS_H
#define SOTTO_TESTS_FUZZ_CONTROL_SECRETS_H

#include <stddef.h>

/* Bytes by which a key is known: longer than any number that an answer counts to. */
#define CONTROL_SECRET 17
#define CONTROL_SECRETS 256

struct control_secrets {
	unsigned count;
	char text[CONTROL_SECRETS][CONTROL_SECRET + 1];
	/* names, ids and numbers of the lines: what an answer may repeat */
	char *spoken;
	size_t spoken_len, spoken_room;
};

/* Learns from a line, whether or not it is a good request. */
void control_secrets_read(struct control_secrets *secrets, const char *line, size_t len);

/* Requires that a text holds no key, unless the client gave it as something else, too. */
void control_secrets_check(const struct control_secrets *secrets, const char *text);

void control_secrets_free(struct control_secrets *secrets);

#endif
