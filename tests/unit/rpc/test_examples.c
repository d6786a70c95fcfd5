/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The examples of docs/protocol.md against the decoder: the page and the code cannot drift apart
 * unseen. Requests must decode to what their answers say; blocks must be the JSON that they show.
 */
#include "support.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *page; /* path of docs/protocol.md */

enum {
	NAME_ROOM = 64,
	LINE_ROOM = 65536
};

/* The next line without its newline; false at the end. */
static bool next_line(FILE *file, char *line)
{
	size_t len;

	if (!fgets(line, LINE_ROOM, file))
		return false;
	len = strlen(line);
	ck_assert_msg(line[len - 1] == '\n', "a line without end, or too long");
	line[len - 1] = '\0';
	return true;
}

/* The one line of the block that follows. */
static void next_block(FILE *file, const char *name, char *line)
{
	char fence[LINE_ROOM];

	ck_assert_msg(
		next_line(file, fence) && strcmp(fence, "```json") == 0, "%s: %s", name, fence);
	ck_assert(next_line(file, line));
	ck_assert_msg(next_line(file, fence) && strcmp(fence, "```") == 0, "%s: %s", name, fence);
}

static json_t *load(const char *name, const char *line)
{
	json_error_t why;
	json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, &why);

	ck_assert_msg(json, "%s: %s", name, why.text);
	return json;
}

/* An error that the decoder alone finds is the one that the page shows. */
static void check_error(const char *name, const json_t *answer, const struct sotto_rpc_error *error)
{
	const json_t *shown = json_object_get(answer, "error");
	const json_t *data = json_object_get(shown, "data");
	const char *field = json_string_value(json_object_get(data, "field"));
	unsigned kind = SOTTO_RPC_NO_ERROR;

	if (error->kind == SOTTO_RPC_NO_ERROR)
		return;
	ck_assert_msg(shown, "%s: %s: %s", name, error->field, error->detail);
	ck_assert_str_eq(
		json_string_value(json_object_get(data, "kind")), sotto_rpc_kind_name(error->kind));
	ck_assert_str_eq(field ? field : "", error->field);
	ck_assert_str_eq(json_string_value(json_object_get(data, "detail")), error->detail);
	while (strcmp(sotto_rpc_kind_name(kind), sotto_rpc_kind_name(error->kind)) != 0)
		kind++;
	ck_assert_int_eq(
		json_integer_value(json_object_get(shown, "code")), sotto_rpc_kind_code(kind));
	ck_assert_str_eq(
		json_string_value(json_object_get(shown, "message")), sotto_rpc_kind_message(kind));
}

/* Kinds that the decoder is to find; all others are found behind it. */
static bool is_ours(const char *kind)
{
	return strcmp(kind, "parse") == 0 || strcmp(kind, "invalid") == 0 ||
	       strcmp(kind, "method") == 0 || strcmp(kind, "params") == 0;
}

static void check_answer(
	const char *name, const json_t *answer, const struct sotto_rpc_request *request)
{
	const json_t *data = json_object_get(json_object_get(answer, "error"), "data");
	const char *kind = json_string_value(json_object_get(data, "kind"));

	ck_assert_msg(json_equal(json_object_get(answer, "id"), request->id), "%s: id", name);
	check_error(name, answer, &request->error);
	if (request->error.kind == SOTTO_RPC_NO_ERROR)
		ck_assert_msg(!kind || !is_ours(kind), "%s: decodes well", name);
}

static void check_example(const char *name, const char *request, const char *response)
{
	struct sotto_rpc_batch batch;
	json_t *answer = load(name, response);
	size_t n = 0;

	decode(request, &batch);
	ck_assert_int_eq(json_is_array(answer), batch.is_array);
	for (size_t i = 0; i < batch.count; i++) {
		if (!batch.requests[i].id)
			continue;
		check_answer(name, batch.is_array ? json_array_get(answer, n) : answer,
			&batch.requests[i]);
		n++;
	}
	ck_assert_uint_eq(n, batch.is_array ? json_array_size(answer) : 1);
	sotto_rpc_batch_free(&batch);
	json_decref(answer);
}

START_TEST(the_page_shows_what_the_code_does)
{
	char line[LINE_ROOM], request[LINE_ROOM], response[LINE_ROOM], name[NAME_ROOM];
	FILE *file = fopen(page, "r");
	unsigned examples = 0, events = 0;

	ck_assert_msg(file, "cannot open %s", page);
	while (next_line(file, line)) {
		if (sscanf(line, "<!-- example %63s -->", name) == 1) {
			next_block(file, name, request);
			next_block(file, name, response);
			check_example(name, request, response);
			examples++;
		} else if (sscanf(line, "<!-- event %63s -->", name) == 1) {
			next_block(file, name, response);
			json_decref(load(name, response));
			events++;
		} else {
			ck_assert_msg(strcmp(line, "```json") != 0, "a block without a name");
		}
	}
	fclose(file);
	ck_assert_uint_gt(examples, 30);
	ck_assert_uint_gt(events, 1);
}
END_TEST

/* The page's tables name every kind of error, every event and every verdict. */
START_TEST(the_page_names_all_names)
{
	static char text[1 << 18];
	FILE *file = fopen(page, "r");
	char name[NAME_ROOM];

	ck_assert_msg(file, "cannot open %s", page);
	ck_assert_uint_lt(fread(text, 1, sizeof(text) - 1, file), sizeof(text) - 1);
	fclose(file);
	for (unsigned k = SOTTO_RPC_PARSE; k < SOTTO_RPC_KINDS; k++) {
		snprintf(name, sizeof(name), "\n| `%s` | %d |", sotto_rpc_kind_name(k),
			sotto_rpc_kind_code(k));
		ck_assert_msg(strstr(text, name), "kind %s", name);
	}
	for (unsigned e = 0; e < SOTTO_RPC_EVENT_KINDS; e++) {
		snprintf(name, sizeof(name), "`%s`", sotto_rpc_event_name(e));
		ck_assert_msg(strstr(text, name), "event %s", name);
	}
	for (unsigned v = SOTTO_PUNTED + 1; v < SOTTO_VERDICTS; v++) {
		snprintf(name, sizeof(name), "`%s`", sotto_base_verdict_name(v));
		ck_assert_msg(strstr(text, name), "verdict %s", name);
	}
	for (unsigned m = SOTTO_RPC_HELLO; m < SOTTO_RPC_METHODS; m++) {
		snprintf(name, sizeof(name), "\n## %s\n", sotto_rpc_method_name(m));
		ck_assert_msg(strstr(text, name), "method %s", name);
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("rpc: examples of the page");
	TCase *tcase = tcase_create("examples");

	if (argc != 2) {
		fprintf(stderr, "usage: %s docs/protocol.md\n", argv[0]);
		return EXIT_FAILURE;
	}
	page = argv[1];
	tcase_add_test(tcase, the_page_shows_what_the_code_does);
	tcase_add_test(tcase, the_page_names_all_names);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
