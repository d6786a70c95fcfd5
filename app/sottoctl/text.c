/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts in and out: files, JSON, numbers. What may hold keys is wiped. */
#include "sottoctl.h"

#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_BYTES (64u << 20) /* an input file beyond this is a mistake */
#define FIRST_ROOM 65536

void ctl_complain(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("sottoctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void ctl_forget(char *text, size_t len)
{
	if (text)
		sotto_base_wipe(text, len);
	free(text);
}

/* A larger block with the same bytes; the old one is wiped. */
static char *grow(char *text, size_t used, size_t room)
{
	char *larger = room <= INPUT_BYTES ? malloc(room) : NULL;

	if (larger && text)
		memcpy(larger, text, used);
	ctl_forget(text, used);
	return larger;
}

/* Reads to the end. Unlike stdio it leaves no copy of keys in a buffer of its own. */
static char *read_all(int fd, size_t *len)
{
	size_t room = FIRST_ROOM;
	char *text = grow(NULL, 0, room);
	ssize_t got = 1;

	*len = 0;
	while (text && got > 0) {
		if (*len + 1 == room)
			text = grow(text, *len, room *= 2);
		if (!text)
			break;
		got = read(fd, text + *len, room - *len - 1);
		if (got > 0)
			*len += (size_t)got;
	}
	if (text && got < 0) {
		ctl_forget(text, *len);
		return NULL;
	}
	if (text)
		text[*len] = '\0';
	else
		errno = EFBIG;
	return text;
}

char *ctl_read(const char *path, size_t *len)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	char *text = fd >= 0 ? read_all(fd, len) : NULL;

	if (!text)
		ctl_complain("%s: %s", is_stdin ? "standard input" : path, strerror(errno));
	if (fd >= 0 && !is_stdin)
		close(fd);
	return text;
}

json_t *ctl_parse(const char *text, size_t len, const char *origin)
{
	json_error_t why;
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);

	if (!json)
		ctl_complain("%s: no JSON, line %d column %d", origin, why.line, why.column);
	sotto_base_wipe(&why, sizeof(why));
	return json;
}

char *ctl_text(const json_t *json, size_t *len)
{
	size_t size = json_dumpb(json, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
	char *text = malloc(size + 1);

	if (!text) {
		ctl_complain("out of memory");
		return NULL;
	}
	json_dumpb(json, text, size, JSON_COMPACT | JSON_ENCODE_ANY);
	text[size] = '\0';
	*len = size;
	return text;
}

void ctl_print_json(const json_t *json)
{
	json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
	putchar('\n');
	fflush(stdout);
}

bool ctl_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
	long long value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < min || value > max) {
		ctl_complain("'%s' is not a whole number from %lld to %lld", text, (long long)min,
			(long long)max);
		return false;
	}
	*out = value;
	return true;
}

enum ctl_exit ctl_misused(const char *command)
{
	ctl_complain("wrong arguments; see: sottoctl %s --help", command);
	return CTL_USAGE;
}
