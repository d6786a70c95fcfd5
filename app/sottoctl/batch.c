/* SPDX-License-Identifier: BSD-3-Clause */
/* batch: many requests from a file, sent as few JSON-RPC batches (JSON-RPC 2.0, section 6). */
#include "show.h"

#include "base/secret.h"
#include "rpc/limits.h"

#include <stdio.h>
#include <string.h>

/* The requests of one line on the wire, as text: "[" ... "]". */
struct line {
	char text[SOTTO_RPC_LINE_BYTES];
	size_t used;
	size_t count;
};

/* An array in the text is taken as it is; otherwise each line that is not empty is a request. */
static json_t *parse_requests(const char *text, size_t len, const char *origin)
{
	json_t *requests;
	const char *end = text + len;

	if (text[strspn(text, " \t\r\n")] == '[')
		return ctl_parse(text, len, origin);
	requests = json_array();
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;
		json_t *request = NULL;

		if (strspn(text, " \t\r") < (size_t)(stop - text)) {
			request = ctl_parse(text, (size_t)(stop - text), origin);
			if (!request) {
				json_decref(requests);
				return NULL;
			}
			json_array_append_new(requests, request);
		}
		text = stop + 1;
	}
	return requests;
}

/* Fills in what people leave out; with an id, every request is answered, in order. */
static void complete(json_t *request, size_t number)
{
	if (!json_is_object(request))
		return;
	if (!json_object_get(request, "jsonrpc"))
		json_object_set_new(request, "jsonrpc", json_string("2.0"));
	if (!json_object_get(request, "id"))
		json_object_set_new(request, "id", json_integer((json_int_t)number));
}

/* Adds a request's text. False: the line is full. */
static bool add_request(struct line *line, const char *text, size_t len)
{
	if (line->count == SOTTO_RPC_BATCH || line->used + len + 2 > sizeof(line->text))
		return false;
	line->text[line->used++] = line->count == 0 ? '[' : ',';
	memcpy(line->text + line->used, text, len);
	line->used += len;
	line->count++;
	return true;
}

/* Prints one answer; CTL_REFUSED when it is an error. */
static enum ctl_exit show_answer(const struct ctl *ctl, const json_t *answer)
{
	const json_t *error = json_object_get(answer, "error");
	const json_t *id = json_object_get(answer, "id");

	if (ctl->json) {
		ctl_print_json(answer);
	} else {
		json_dumpf(id ? id : json_null(), stdout, JSON_ENCODE_ANY);
		if (error) {
			printf(" failed: ");
			show_error(stdout, error);
		} else {
			printf(" ok\n");
		}
	}
	return error ? CTL_REFUSED : CTL_OK;
}

/* Receives and prints the answers of a line. */
static enum ctl_exit show_answers(struct ctl *ctl, size_t count)
{
	json_t *answers;
	enum ctl_exit worst = CTL_OK;
	enum ctl_exit rc = client_receive_answer(&ctl->client, &answers);

	if (rc != CTL_OK)
		return rc;
	if (json_object_get(answers, "error"))
		worst = show_answer(ctl, answers);
	else if (json_array_size(answers) != count)
		worst = CTL_PROTOCOL;
	for (size_t i = 0; i < json_array_size(answers) && worst != CTL_PROTOCOL; i++)
		if (show_answer(ctl, json_array_get(answers, i)) != CTL_OK)
			worst = CTL_REFUSED;
	json_decref(answers);
	if (worst == CTL_PROTOCOL)
		ctl_complain("the engine did not answer each request of the batch");
	return worst;
}

/* Sends what is in the line and empties it. */
static enum ctl_exit flush_line(struct ctl *ctl, struct line *line)
{
	size_t count = line->count;
	enum ctl_exit rc;

	if (count == 0)
		return CTL_OK;
	line->text[line->used++] = ']';
	rc = client_send(&ctl->client, line->text, line->used);
	sotto_base_wipe(line->text, line->used);
	line->used = 0;
	line->count = 0;
	return rc == CTL_OK ? show_answers(ctl, count) : rc;
}

static bool may_go_on(enum ctl_exit rc)
{
	return rc == CTL_OK || rc == CTL_REFUSED;
}

/* Puts one request into the line, which is sent first when it is full. */
static enum ctl_exit push(struct ctl *ctl, struct line *line, json_t *request, size_t number)
{
	enum ctl_exit rc = CTL_OK;
	size_t len = 0;
	char *text;

	complete(request, number);
	text = ctl_text(request, &len);
	if (!text)
		return CTL_PROTOCOL;
	if (!add_request(line, text, len)) {
		rc = flush_line(ctl, line);
		if (may_go_on(rc) && !add_request(line, text, len)) {
			ctl_complain("request %zu is too long", number);
			rc = CTL_USAGE;
		}
	}
	ctl_forget(text, len);
	return rc;
}

static enum ctl_exit send_all(struct ctl *ctl, json_t *requests)
{
	static struct line line; /* a MiB is much for a stack */
	enum ctl_exit worst = CTL_OK;
	enum ctl_exit rc = CTL_OK;

	for (size_t i = 0; i < json_array_size(requests) && may_go_on(rc); i++) {
		rc = push(ctl, &line, json_array_get(requests, i), i + 1);
		worst = rc == CTL_OK ? worst : rc;
	}
	if (may_go_on(rc))
		rc = flush_line(ctl, &line);
	sotto_base_wipe(&line, sizeof(line));
	return rc == CTL_OK ? worst : rc;
}

enum ctl_exit ctl_batch(struct ctl *ctl, int argc, char **argv)
{
	json_t *requests;
	enum ctl_exit rc;
	size_t len = 0;
	char *text;

	if (argc != 2)
		return ctl_misused(argv[0]);
	text = ctl_read(argv[1], &len);
	if (!text)
		return CTL_USAGE;
	requests = parse_requests(text, len, argv[1]);
	ctl_forget(text, len);
	if (!requests)
		return CTL_USAGE;
	rc = ctl_connect(ctl);
	if (rc == CTL_OK)
		rc = send_all(ctl, requests);
	json_decref(requests);
	return rc;
}
