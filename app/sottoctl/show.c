/* SPDX-License-Identifier: BSD-3-Clause */
/* What all printing for people needs: members that may be missing, endpoints, times, errors. */
#include "show.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *show_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "-";
}

long long show_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

long long show_sum(const json_t *counts)
{
	const char *name;
	json_t *value;
	long long sum = 0;

	json_object_foreach((json_t *)counts, name, value)
	{
		sum += json_integer_value(value);
	}
	return sum;
}

const char *show_endpoint(const json_t *object, char out[SHOW_ENDPOINT])
{
	const char *address = show_text(object, "address");
	const char *format = strchr(address, ':') ? "[%s]:%lld" : "%s:%lld";

	if (!json_is_object(object))
		return "-";
	snprintf(out, SHOW_ENDPOINT, format, address, show_number(object, "port"));
	return out;
}

const char *show_time(long long t_us, char out[SHOW_TIME])
{
	time_t seconds = (time_t)(t_us / 1000000);
	struct tm tm = {.tm_year = 0};
	size_t used;

	gmtime_r(&seconds, &tm);
	used = strftime(out, SHOW_TIME, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + used, SHOW_TIME - used, ".%06lldZ", t_us % 1000000);
	return out;
}

void show_error(FILE *out, const json_t *error)
{
	const json_t *data = json_object_get(error, "data");
	const char *field = json_string_value(json_object_get(data, "field"));

	fprintf(out, "%s: ", show_text(data, "kind"));
	if (field)
		fprintf(out, "%s: ", field);
	fprintf(out, "%s\n", show_text(data, "detail"));
}
