/* SPDX-License-Identifier: BSD-3-Clause */
/* Params of every method but session.put: good ones, and each field wrong in each way. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static struct sotto_rpc_request *good(
	const char *method, const char *params, struct sotto_rpc_batch *batch)
{
	char *text = request_of(method, params);
	struct sotto_rpc_request *request = decode_good(text, batch);

	ck_assert_str_eq(sotto_rpc_method_name(request->method), method);
	free(text);
	return request;
}

/* A string of max bytes in the place of @ is good, one of none or max + 1 blames field. */
static void check_length(const char *method, const char *params, const char *field, size_t max)
{
	static const char *const not_text[] = {
		"1", "null", "true", "[]", "{}", "\"\"", "\"\\u00e9\"", "\"\\u007f\"", "\"\\n\""};
	struct sotto_rpc_batch batch;
	char *value = quoted('v', max);
	char *text = edited(params, "@", value);

	good(method, text, &batch);
	sotto_rpc_batch_free(&batch);
	free(text);
	free(value);
	value = quoted('v', max + 1);
	text = edited(params, "@", value);
	expect_bad_params(method, text, field);
	free(text);
	free(value);
	value = quoted('v', 65536);
	text = edited(params, "@", value);
	expect_bad_params(method, text, field);
	free(text);
	free(value);
	for (int i = 0; i < COUNT(not_text); i++) {
		text = edited(params, "@", not_text[i]);
		expect_bad_params(method, text, field);
		free(text);
	}
}

START_TEST(hello)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_request *request;

	request = good("hello", "{\"client\":\"sbc 4\",\"api\":{\"major\":1,\"minor\":9}}", &batch);
	ck_assert_str_eq(request->params.hello.client, "sbc 4");
	ck_assert_uint_eq(request->params.hello.minor, 9);
	sotto_rpc_batch_free(&batch);
	request = good("hello", "{\"api\":{\"major\":1,\"minor\":65535},\"x-a\":0}", &batch);
	ck_assert_str_eq(request->params.hello.client, "");
	sotto_rpc_batch_free(&batch);
	check_length("hello", "{\"client\":@,\"api\":{\"major\":1,\"minor\":0}}", "client",
		SOTTO_RPC_CLIENT_BYTES);
}
END_TEST

START_TEST(session_get)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_request *request = good("session.get", "{\"id\":\"!~a@b;c\"}", &batch);

	ck_assert_str_eq(request->params.get.id, "!~a@b;c");
	sotto_rpc_batch_free(&batch);
	check_length("session.get", "{\"id\":@}", "id", SOTTO_RPC_SESSION_ID_BYTES);
}
END_TEST

START_TEST(session_list)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_request *request = good("session.list", NULL, &batch);

	ck_assert_str_eq(request->params.list.cursor, "");
	ck_assert_uint_eq(request->params.list.limit, 100);
	sotto_rpc_batch_free(&batch);
	request = good("session.list", "{\"cursor\":\"s7\",\"limit\":1}", &batch);
	ck_assert_str_eq(request->params.list.cursor, "s7");
	ck_assert_uint_eq(request->params.list.limit, 1);
	sotto_rpc_batch_free(&batch);
	request = good("session.list", "{\"limit\":1000}", &batch);
	ck_assert_uint_eq(request->params.list.limit, 1000);
	sotto_rpc_batch_free(&batch);
	check_length("session.list", "{\"cursor\":@}", "cursor", SOTTO_RPC_CURSOR_BYTES);
}
END_TEST

START_TEST(session_delete)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_request *request = good("session.delete", "{\"id\":\"c\"}", &batch);

	ck_assert_str_eq(request->params.del.id, "c");
	ck_assert(!request->params.del.has_rev);
	sotto_rpc_batch_free(&batch);
	request = good("session.delete", "{\"id\":\"c\",\"rev\":0}", &batch);
	ck_assert(request->params.del.has_rev);
	ck_assert_uint_eq(request->params.del.rev, 0);
	sotto_rpc_batch_free(&batch);
	request = good("session.delete", "{\"id\":\"c\",\"rev\":9007199254740992}", &batch);
	ck_assert_uint_eq(request->params.del.rev, UINT64_C(1) << 53);
	sotto_rpc_batch_free(&batch);
	check_length("session.delete", "{\"id\":@}", "id", SOTTO_RPC_SESSION_ID_BYTES);
}
END_TEST

START_TEST(stats_get)
{
	struct sotto_rpc_batch batch;

	good("stats.get", NULL, &batch);
	sotto_rpc_batch_free(&batch);
	good("stats.get", "{}", &batch);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(events_subscribe)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_request *request = good("events.subscribe", NULL, &batch);
	char params[80];

	ck_assert_uint_eq(request->params.subscribe.kinds, (1u << SOTTO_RPC_EVENT_KINDS) - 1);
	ck_assert(!request->params.subscribe.has_from_seq);
	sotto_rpc_batch_free(&batch);
	for (unsigned kind = 0; kind < SOTTO_RPC_EVENT_KINDS; kind++) {
		snprintf(params, sizeof(params), "{\"kinds\":[\"%s\"],\"from_seq\":%u}",
			sotto_rpc_event_name(kind), kind);
		request = good("events.subscribe", params, &batch);
		ck_assert_uint_eq(request->params.subscribe.kinds, 1u << kind);
		ck_assert(request->params.subscribe.has_from_seq);
		ck_assert_uint_eq(request->params.subscribe.from_seq, kind);
		sotto_rpc_batch_free(&batch);
	}
	request = good("events.subscribe", "{\"kinds\":[\"port.up\",\"port.down\"]}", &batch);
	ck_assert_uint_eq(request->params.subscribe.kinds,
		1u << SOTTO_RPC_PORT_UP | 1u << SOTTO_RPC_PORT_DOWN);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(port_set)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_request *request =
		good("port.set", "{\"name\":\"access\",\"up\":true}", &batch);

	ck_assert_str_eq(request->params.port.name, "access");
	ck_assert(request->params.port.up);
	sotto_rpc_batch_free(&batch);
	request = good("port.set", "{\"up\":false,\"name\":\"p\"}", &batch);
	ck_assert(!request->params.port.up);
	sotto_rpc_batch_free(&batch);
	check_length("port.set", "{\"name\":@,\"up\":true}", "name", SOTTO_RPC_NAME_BYTES);
}
END_TEST

struct row {
	const char *method;
	const char *params;
	const char *field;
};

static const struct row bad[] = {
	{"hello", NULL, "api"},
	{"hello", "[]", ""},
	{"hello", "null", ""},
	{"hello", "{\"api\":1}", "api"},
	{"hello", "{\"api\":[1,0]}", "api"},
	{"hello", "{\"api\":{\"major\":1}}", "api.minor"},
	{"hello", "{\"api\":{\"minor\":0}}", "api.major"},
	{"hello", "{\"api\":{\"major\":2,\"minor\":0}}", "api.major"},
	{"hello", "{\"api\":{\"major\":0,\"minor\":0}}", "api.major"},
	{"hello", "{\"api\":{\"major\":\"1\",\"minor\":0}}", "api.major"},
	{"hello", "{\"api\":{\"major\":1.0,\"minor\":0}}", "api.major"},
	{"hello", "{\"api\":{\"major\":1,\"minor\":-1}}", "api.minor"},
	{"hello", "{\"api\":{\"major\":1,\"minor\":65536}}", "api.minor"},
	{"hello", "{\"api\":{\"major\":1,\"minor\":0,\"patch\":0}}", "api.patch"},
	{"hello", "{\"api\":{\"major\":1,\"minor\":0},\"features\":[]}", "features"},
	{"session.get", NULL, "id"},
	{"session.get", "{\"id\":\"a b\"}", "id"},
	{"session.get", "{\"id\":\"c\",\"rev\":1}", "rev"},
	{"session.get", "[\"c\"]", ""},
	{"session.get", "\"c\"", ""},
	{"session.list", "{\"limit\":0}", "limit"},
	{"session.list", "{\"limit\":1001}", "limit"},
	{"session.list", "{\"limit\":\"5\"}", "limit"},
	{"session.list", "{\"limit\":null}", "limit"},
	{"session.list", "{\"cursor\":\"a b\"}", "cursor"},
	{"session.list", "{\"offset\":1}", "offset"},
	{"session.delete", "{}", "id"},
	{"session.delete", "{\"rev\":1}", "id"},
	{"session.delete", "{\"id\":\"c\",\"rev\":-1}", "rev"},
	{"session.delete", "{\"id\":\"c\",\"rev\":9007199254740993}", "rev"},
	{"session.delete", "{\"id\":\"c\",\"rev\":1.5}", "rev"},
	{"session.delete", "{\"id\":\"c\",\"force\":true}", "force"},
	{"stats.get", "{\"worker\":1}", "worker"},
	{"stats.get", "[]", ""},
	{"stats.get", "null", ""},
	{"events.subscribe", "{\"kinds\":\"port.up\"}", "kinds"},
	{"events.subscribe", "{\"kinds\":{}}", "kinds"},
	{"events.subscribe", "{\"kinds\":null}", "kinds"},
	{"events.subscribe", "{\"kinds\":[]}", "kinds"},
	{"events.subscribe", "{\"kinds\":[\"port.up\",\"port\"]}", "kinds[1]"},
	{"events.subscribe", "{\"kinds\":[7]}", "kinds[0]"},
	{"events.subscribe", "{\"kinds\":[null]}", "kinds[0]"},
	{"events.subscribe", "{\"kinds\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}", "kinds"},
	{"events.subscribe", "{\"from_seq\":-1}", "from_seq"},
	{"events.subscribe", "{\"from_seq\":9007199254740993}", "from_seq"},
	{"events.subscribe", "{\"from_seq\":\"0\"}", "from_seq"},
	{"events.subscribe", "{\"session\":\"c\"}", "session"},
	{"port.set", "{}", "name"},
	{"port.set", "{\"name\":\"p\"}", "up"},
	{"port.set", "{\"up\":true}", "name"},
	{"port.set", "{\"name\":\"p\",\"up\":1}", "up"},
	{"port.set", "{\"name\":\"p\",\"up\":\"true\"}", "up"},
	{"port.set", "{\"name\":\"p\",\"up\":null}", "up"},
	{"port.set", "{\"name\":\"p q\",\"up\":true}", "name"},
	{"port.set", "{\"name\":\"p\",\"up\":true,\"down\":1}", "down"},
};

START_TEST(each_wrong_field_is_blamed)
{
	expect_bad_params(bad[_i].method, bad[_i].params, bad[_i].field);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpc: methods");
	TCase *tcase = tcase_create("params");

	tcase_add_test(tcase, hello);
	tcase_add_test(tcase, session_get);
	tcase_add_test(tcase, session_list);
	tcase_add_test(tcase, session_delete);
	tcase_add_test(tcase, stats_get);
	tcase_add_test(tcase, events_subscribe);
	tcase_add_test(tcase, port_set);
	tcase_add_loop_test(tcase, each_wrong_field_is_blamed, 0, COUNT(bad));
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
