/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the keys of a line by the names of their fields, in any JSON, good request or not. */
#include "control_secrets.h"

#include "fuzz.h"

#include <jansson.h>

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int speak(const char *text, size_t len, void *arg)
{
	struct control_secrets *secrets = arg;

	if (secrets->spoken_len + len + 2 > secrets->spoken_room) {
		secrets->spoken_room = 2 * (secrets->spoken_room + len + 2);
		secrets->spoken = realloc(secrets->spoken, secrets->spoken_room);
		fuzz_require(secrets->spoken, "memory");
	}
	memcpy(secrets->spoken + secrets->spoken_len, text, len);
	secrets->spoken_len += len;
	secrets->spoken[secrets->spoken_len] = 0;
	return 0;
}

static void speak_word(struct control_secrets *secrets, const char *text)
{
	speak(text, strlen(text), secrets);
	speak("\n", 1, secrets);
}

static void add(struct control_secrets *secrets, const char *text)
{
	char *to = secrets->text[secrets->count];

	if (secrets->count == CONTROL_SECRETS)
		return;
	memcpy(to, text, CONTROL_SECRET);
	to[CONTROL_SECRET] = 0;
	secrets->count++;
}

/* The beginning of every run of base64 that is long enough to be key, and no word of ours. */
static void read_secret(struct control_secrets *secrets, const char *text)
{
	while (*text) {
		size_t run = strspn(text, base64);

		if (run >= CONTROL_SECRET)
			add(secrets, text);
		text += run > 0 ? run : 1;
	}
}

static bool is_secret(const char *name)
{
	return name &&
	       (strcmp(name, "sdes") == 0 || strcmp(name, "key") == 0 || strcmp(name, "salt") == 0);
}

static void walk(struct control_secrets *secrets, const char *name, json_t *json)
{
	const char *member;
	json_t *value;
	size_t i;

	switch (json_typeof(json)) {
	case JSON_OBJECT:
		json_object_foreach(json, member, value)
		{
			speak_word(secrets, member);
			walk(secrets, member, value);
		}
		break;
	case JSON_ARRAY:
		json_array_foreach(json, i, value) walk(secrets, NULL, value);
		break;
	case JSON_STRING:
		if (is_secret(name))
			read_secret(secrets, json_string_value(json));
		else
			speak_word(secrets, json_string_value(json));
		break;
	default:
		json_dump_callback(json, speak, secrets, JSON_ENCODE_ANY);
		speak("\n", 1, secrets);
	}
}

void control_secrets_read(struct control_secrets *secrets, const char *line, size_t len)
{
	json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

	if (json)
		walk(secrets, NULL, json);
	json_decref(json);
}

void control_secrets_check(const struct control_secrets *secrets, const char *text)
{
	for (unsigned i = 0; i < secrets->count; i++) {
		const char *secret = secrets->text[i];

		fuzz_require(!strstr(text, secret) ||
				     (secrets->spoken && strstr(secrets->spoken, secret)),
			"no key in an answer, nor in an event");
	}
}

void control_secrets_free(struct control_secrets *secrets)
{
	free(secrets->spoken);
	memset(secrets, 0, sizeof(*secrets));
}
