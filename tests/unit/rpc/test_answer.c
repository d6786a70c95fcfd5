/* SPDX-License-Identifier: BSD-3-Clause */
/* Results and errors as text, byte for byte; batches and notifications. */
#include "support.h"

#include <string.h>

/* A request with id 1 of a method that needs no params, to be answered in many ways. */
static struct sotto_rpc_request *any_request(struct sotto_rpc_batch *batch)
{
	return decode_good("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"stats.get\"}", batch);
}

/* The reply's only answer is id 1 with this result. */
static void expect_result(struct sotto_rpc_reply *reply, const char *result)
{
	static const char head[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":";
	char *text;
	size_t len;

	ck_assert_int_eq(sotto_rpc_reply_finish(reply, &text, &len), 0);
	ck_assert_uint_eq(strlen(text), len);
	ck_assert_uint_eq(len, strlen(head) + strlen(result) + 2);
	ck_assert(strncmp(text, head, strlen(head)) == 0);
	ck_assert_msg(strncmp(text + strlen(head), result, strlen(result)) == 0, "%s", text);
	ck_assert_str_eq(text + len - 2, "}\n");
	free(text);
}

START_TEST(hello)
{
	static const char *const suites[] = {"AES_CM_128_HMAC_SHA1_80", NULL};
	static const char *const features[] = {"a", "b", NULL};
	const struct sotto_rpc_interface_info interfaces[] = {
		{.name = "access", .addr = addr_of("10.99.1.2"), 20000, 39999},
		{.name = "access", .addr = addr_of("2001:db8::2"), 1, 65535},
	};
	const struct sotto_rpc_hello_result result = {.server = "sottod 0.1.0",
		.instance = "gw1",
		.boot_id = "b",
		.sessions = 10,
		.streams = 80,
		.suites = suites,
		.features = features,
		.interfaces = interfaces,
		.interface_count = 2,
		.event_seq = 5};
	struct sotto_rpc_batch batch;
	struct sotto_rpc_reply reply;

	sotto_rpc_reply_start(&reply, NULL);
	sotto_rpc_reply_hello(&reply, any_request(&batch), &result);
	expect_result(&reply,
		"{\"api\":{\"major\":1,\"minor\":1},\"server\":\"sottod 0.1.0\",\"instance\":"
		"\"gw1\",\"boot_id\":\"b\",\"limits\":{\"sessions\":10,\"streams\":80,"
		"\"line_bytes\":1048576,\"batch\":1000},\"suites\":[\"AES_CM_128_HMAC_SHA1_80\"],"
		"\"features\":[\"a\",\"b\"],\"interfaces\":[{\"name\":\"access\",\"family\":"
		"\"ip4\",\"address\":\"10.99.1.2\",\"ports\":\"20000-39999\"},{\"name\":"
		"\"access\",\"family\":\"ip6\",\"address\":\"2001:db8::2\",\"ports\":\"1-65535\"}]"
		",\"event_seq\":5}");
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(session_put)
{
	const struct sotto_rpc_put_media media = {.id = "audio",
		.legs = {{"access", {addr_of("10.99.1.2"), 20000}, 20001},
			{"core", {addr_of("2001:db8::1"), 20002}, 20002}}};
	struct sotto_rpc_put_result result = {
		.id = "c", .rev = 7, .worker = 2, .media = &media, .media_count = 1};
	struct sotto_rpc_batch batch;
	struct sotto_rpc_request *request = any_request(&batch);
	struct sotto_rpc_reply reply;

	sotto_rpc_reply_start(&reply, NULL);
	sotto_rpc_reply_session_put(&reply, request, &result);
	expect_result(&reply,
		"{\"id\":\"c\",\"rev\":7,\"state\":\"applied\",\"worker\":2,\"media\":[{\"id\":"
		"\"audio\",\"a\":{\"interface\":\"access\",\"address\":\"10.99.1.2\",\"port\":"
		"20000,\"rtcp_port\":20001},\"b\":{\"interface\":\"core\",\"address\":"
		"\"2001:db8::1\",\"port\":20002,\"rtcp_port\":20002}}]}");
	result.unchanged = true;
	result.media_count = 0;
	sotto_rpc_reply_start(&reply, NULL);
	sotto_rpc_reply_session_put(&reply, request, &result);
	expect_result(&reply, "{\"id\":\"c\",\"rev\":7,\"state\":\"unchanged\",\"worker\":2,"
			      "\"media\":[]}");
	sotto_rpc_batch_free(&batch);
}
END_TEST

/* A media with one leg that has everything and one that has nothing. */
static struct sotto_rpc_media_state some_media(void)
{
	static const struct sotto_rpc_stream_state streams[] = {
		{.ssrc = UINT32_MAX, .send = false, .roc = 2, .highest_seq = 65535, 3, 4},
		{.ssrc = 0, .send = true, .roc = UINT32_MAX, .highest_seq = 0, 0x7fffffff, 0},
	};
	struct sotto_rpc_media_state media = {.id = "0"};
	struct sotto_rpc_leg_state *a = &media.legs[0];
	struct sotto_rpc_leg_state *b = &media.legs[1];

	a->local = (struct sotto_rpc_local){"access", {addr_of("10.99.1.2"), 20000}, 20001};
	a->remote = (struct sotto_endpoint){addr_of("10.99.1.1"), 40000};
	a->remote_rtcp_port = 40001;
	a->security = SOTTO_RPC_SECURITY_PREFERRED;
	a->locked = true;
	a->replay_window = 1024;
	a->receive_suite = "AES_CM_128_HMAC_SHA1_80";
	a->receive_use = (struct sotto_rpc_key_use){12, 3, UINT64_C(1) << 48, 16, true};
	a->send_use = (struct sotto_rpc_key_use){1, 1, 1, 1, true}; /* no key: not shown */
	a->received_packets = 5;
	a->received_bytes = 860;
	a->sent_packets = UINT64_MAX;
	a->dropped[SOTTO_OK] = 99;
	a->dropped[SOTTO_PUNTED] = 98;
	a->dropped[SOTTO_DROP_SEGMENTED] = 1;
	a->dropped[SOTTO_DROP_AUTH] = 3;
	a->dropped[SOTTO_VERDICTS - 1] = 7;
	a->streams = streams;
	a->stream_count = 2;
	b->local = (struct sotto_rpc_local){"core", {addr_of("10.99.2.2"), 20002}, 20002};
	b->rtcp_mux = true;
	b->security = SOTTO_RPC_SECURITY_CLEAR;
	return media;
}

#define SOME_MEDIA                                                                                 \
	"[{\"id\":\"0\",\"a\":{\"interface\":\"access\",\"address\":\"10.99.1.2\",\"port\":20000," \
	"\"rtcp_port\":20001,\"remote\":{\"address\":\"10.99.1.1\",\"port\":40000,\"rtcp_port\":"  \
	"40001},\"security\":\"preferred\",\"locked\":true,\"suite\":{\"receive\":"                \
	"\"AES_CM_128_HMAC_SHA1_80\",\"send\":null},\"use\":{\"receive\":{\"rtp\":12,\"rtcp\":3,"  \
	"\"limit\":281474976710656,\"masters\":16,\"previous\":true},\"send\":null},"              \
	"\"replay_window\":1024,\"rtcp_mux\":false,"                                               \
	"\"received\":{\"packets\":5,\"bytes\":860},\"sent\":{"                                    \
	"\"packets\":9223372036854775807,\"bytes\":0},\"dropped\":{\"segmented\":1,\"auth\":3,"    \
	"\"crypto\":7},\"streams\":[{\"ssrc\":4294967295,\"direction\":\"receive\",\"roc\":2,"     \
	"\"highest_seq\":65535,\"srtcp_index\":3,\"packets\":4},{\"ssrc\":0,\"direction\":"        \
	"\"send\",\"roc\":4294967295,\"highest_seq\":0,\"srtcp_index\":2147483647,\"packets\":0}"  \
	"]},\"b\":{\"interface\":\"core\",\"address\":\"10.99.2.2\",\"port\":20002,\"rtcp_port\":" \
	"20002,\"remote\":null,\"security\":\"clear\",\"locked\":false,"                           \
	"\"suite\":{\"receive\":null,\"send\":null},\"use\":{\"receive\":null,\"send\":null},"     \
	"\"replay_window\":0,"                                                                     \
	"\"rtcp_mux\":true,\"received\":{\"packets\":0,\"bytes\":0},\"sent\":{\"packets\":0,"      \
	"\"bytes\":0},\"dropped\":{},\"streams\":[]}}]"

START_TEST(session_get)
{
	const struct sotto_rpc_media_state media = some_media();
	const struct sotto_rpc_get_result result = {.id = "c",
		.rev = UINT64_C(1) << 53,
		.worker = 1,
		.created_s = 1700000000,
		.media = &media,
		.media_count = 1};
	struct sotto_rpc_batch batch;
	struct sotto_rpc_reply reply;

	sotto_rpc_reply_start(&reply, NULL);
	sotto_rpc_reply_session_get(&reply, any_request(&batch), &result);
	expect_result(&reply, "{\"id\":\"c\",\"rev\":9007199254740992,\"worker\":1,\"created_s\":"
			      "1700000000,\"media\":" SOME_MEDIA "}");
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(session_delete)
{
	const struct sotto_rpc_media_state media = some_media();
	struct sotto_rpc_delete_result result = {.id = "c", .media = &media, .media_count = 1};
	struct sotto_rpc_batch batch;
	struct sotto_rpc_request *request = any_request(&batch);
	struct sotto_rpc_reply reply;

	sotto_rpc_reply_start(&reply, NULL);
	sotto_rpc_reply_session_delete(&reply, request, &result);
	expect_result(&reply, "{\"id\":\"c\",\"state\":\"deleted\",\"statistics\":" SOME_MEDIA "}");
	result = (struct sotto_rpc_delete_result){.id = "d", .absent = true};
	sotto_rpc_reply_start(&reply, NULL);
	sotto_rpc_reply_session_delete(&reply, request, &result);
	expect_result(&reply, "{\"id\":\"d\",\"state\":\"absent\",\"statistics\":null}");
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(session_list)
{
	static const struct sotto_rpc_list_item items[] = {{"c", 1, 0, 2}, {"d", 9, 3, 1}};
	struct sotto_rpc_list_result result = {
		.sessions = items, .session_count = 2, .cursor = "s3", .total = 8};
	struct sotto_rpc_batch batch;
	struct sotto_rpc_request *request = any_request(&batch);
	struct sotto_rpc_reply reply;

	sotto_rpc_reply_start(&reply, NULL);
	sotto_rpc_reply_session_list(&reply, request, &result);
	expect_result(&reply,
		"{\"sessions\":[{\"id\":\"c\",\"rev\":1,\"worker\":0,\"media\":2},{\"id\":\"d\","
		"\"rev\":9,\"worker\":3,\"media\":1}],\"cursor\":\"s3\",\"total\":8}");
	result = (struct sotto_rpc_list_result){.total = 0};
	sotto_rpc_reply_start(&reply, NULL);
	sotto_rpc_reply_session_list(&reply, request, &result);
	expect_result(&reply, "{\"sessions\":[],\"cursor\":null,\"total\":0}");
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(stats_get)
{
	struct sotto_rpc_worker_stats worker = {.worker = 0,
		.core = 3,
		.traffic = {.received = 10, .sent = 7, .punted = 1, .generated = 2},
		.handed_over = 4,
		.taken_over = 5,
		.busy_cycles = 6,
		.idle_cycles = 8,
		.bursts = 9};
	const struct sotto_rpc_port_stats port = {.name = "access",
		.device = "net_af_xdp0",
		.up = true,
		.mac = {2, 0, 0x5e, 0x10, 0, 0xff},
		.received = 1,
		.sent = 2,
		.missed = 3,
		.no_buffer = 4,
		.tx_errors = 5,
		.steering = "rss-port",
		.steered = 6,
		.astray = 7,
		.queue = {8, 9, 10},
		.queue_count = 2};
	struct sotto_rpc_stats_result result = {.uptime_s = 60,
		.sessions = 2,
		.streams = 8,
		.workers = &worker,
		.worker_count = 1,
		.totals = {.received = 10, .sent = 7, .punted = 1, .generated = 2},
		.ports = &port,
		.port_count = 1,
		.pool_size = 100,
		.pool_free = 90,
		.clients = 1,
		.requests = 3,
		.errors = 1,
		.events = 12};
	struct sotto_rpc_batch batch;
	struct sotto_rpc_reply reply;

	worker.traffic.drops[SOTTO_DROP_REPLAY] = 2;
	result.totals.drops[SOTTO_DROP_REPLAY] = 2;
	sotto_rpc_reply_start(&reply, NULL);
	sotto_rpc_reply_stats_get(&reply, any_request(&batch), &result);
	expect_result(&reply,
		"{\"uptime_s\":60,\"sessions\":2,\"streams\":8,\"workers\":[{\"worker\":0,"
		"\"core\":3,\"received\":10,\"sent\":7,\"punted\":1,\"generated\":2,\"drops\":{"
		"\"replay\":2},\"handed_over\":4,\"taken_over\":5,\"busy_cycles\":6,"
		"\"idle_cycles\":8,\"bursts\":9}],\"totals\":{\"received\":10,\"sent\":7,"
		"\"punted\":1,\"generated\":2,\"drops\":{\"replay\":2}},\"ports\":[{\"name\":"
		"\"access\",\"device\":\"net_af_xdp0\",\"up\":true,\"mac\":\"02:00:5e:10:00:ff\","
		"\"received\":1,\"sent\":2,\"missed\":3,\"no_buffer\":4,\"tx_errors\":5,"
		"\"steering\":\"rss-port\",\"steered\":6,\"astray\":7,\"queues\":[8,9]}],"
		"\"pool\":{\"size\":100,\"free\":90},\"control\":{\"clients\":1,\"requests\":3,"
		"\"errors\":1,\"events\":12}}");
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(events_subscribe_and_port_set)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_request *request = any_request(&batch);
	struct sotto_rpc_reply reply;

	sotto_rpc_reply_start(&reply, NULL);
	sotto_rpc_reply_events_subscribe(&reply, request, 77);
	expect_result(&reply, "{\"seq\":77}");
	sotto_rpc_reply_start(&reply, NULL);
	sotto_rpc_reply_port_set(&reply, request, "access", false);
	expect_result(&reply, "{\"name\":\"access\",\"up\":false}");
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(an_error_has_code_kind_field_and_detail)
{
	struct sotto_rpc_error error;
	struct sotto_rpc_batch batch;
	struct sotto_rpc_reply reply;
	char *text;
	size_t len;

	sotto_rpc_error_set(&error, SOTTO_RPC_BAD_KEY, "media[0].a.receive", "too \"short\"");
	sotto_rpc_reply_start(&reply, NULL);
	sotto_rpc_reply_error(&reply, any_request(&batch), &error);
	ck_assert_int_eq(sotto_rpc_reply_finish(&reply, &text, &len), 0);
	ck_assert_str_eq(text,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32000,\"message\":\"Bad key\","
		"\"data\":{\"kind\":\"bad_key\",\"field\":\"media[0].a.receive\",\"detail\":"
		"\"too \\\"short\\\"\"}}}\n");
	free(text);
	sotto_rpc_batch_free(&batch);
}
END_TEST

START_TEST(a_line_that_was_never_decoded_is_answered_with_null)
{
	struct sotto_rpc_error error;
	struct sotto_rpc_reply reply;
	char *text;
	size_t len;

	sotto_rpc_error_set(&error, SOTTO_RPC_TOO_LARGE, NULL, "d");
	sotto_rpc_reply_start(&reply, NULL);
	sotto_rpc_reply_error(&reply, NULL, &error);
	ck_assert_int_eq(sotto_rpc_reply_finish(&reply, &text, &len), 0);
	ck_assert_str_eq(text, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,"
			       "\"message\":\"Too large\",\"data\":{\"kind\":\"too_large\","
			       "\"detail\":\"d\"}}}\n");
	free(text);
}
END_TEST

/* Answers each request of a line with its error, or with {"seq": its place}. */
static char *answer_line(const char *line, size_t *len)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_reply reply;
	char *text;

	decode(line, &batch);
	sotto_rpc_reply_start(&reply, &batch);
	for (size_t i = 0; i < batch.count; i++) {
		if (batch.requests[i].method == SOTTO_RPC_NONE)
			sotto_rpc_reply_error(&reply, &batch.requests[i], &batch.requests[i].error);
		else
			sotto_rpc_reply_events_subscribe(&reply, &batch.requests[i], i);
	}
	ck_assert_int_eq(sotto_rpc_reply_finish(&reply, &text, len), 0);
	sotto_rpc_batch_free(&batch);
	return text;
}

START_TEST(a_batch_is_answered_in_order_without_its_notifications)
{
	size_t len;
	char *text = answer_line("[{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\"},"
				 "{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":\"b\"},"
				 "{\"jsonrpc\":\"2.0\",\"method\":\"no.such\"},"
				 "7,"
				 "{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":null}]",
		&len);

	ck_assert_str_eq(text,
		"[{\"jsonrpc\":\"2.0\",\"id\":\"b\",\"result\":{\"seq\":1}},"
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":"
		"\"Invalid request\",\"data\":{\"kind\":\"invalid\",\"detail\":\"must be an "
		"object\"}}},{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":{\"seq\":4}}]\n");
	free(text);
}
END_TEST

START_TEST(a_batch_of_one_is_answered_as_an_array)
{
	size_t len;
	char *text = answer_line("[{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\",\"id\":1}]", &len);

	ck_assert_str_eq(text, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"seq\":0}}]\n");
	free(text);
}
END_TEST

START_TEST(notifications_alone_are_not_answered_at_all)
{
	static const char *const lines[] = {
		"{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\"}",
		"[{\"jsonrpc\":\"2.0\",\"method\":\"stats.get\"},"
		"{\"jsonrpc\":\"2.0\",\"method\":\"no.such\"}]",
	};
	size_t len;

	ck_assert_ptr_null(answer_line(lines[_i], &len));
	ck_assert_uint_eq(len, 0);
}
END_TEST

START_TEST(a_reply_says_when_it_is_full)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_request *request = any_request(&batch);
	struct sotto_rpc_reply reply;
	char *name = malloc(1 << 20);
	char *text;
	size_t len;

	ck_assert_ptr_nonnull(name);
	memset(name, 'n', (1 << 20) - 1);
	name[(1 << 20) - 1] = '\0';
	sotto_rpc_reply_start(&reply, &batch);
	for (int i = 0; i < 16; i++) {
		ck_assert(!sotto_rpc_reply_is_full(&reply));
		sotto_rpc_reply_port_set(&reply, request, name, true);
	}
	ck_assert(sotto_rpc_reply_is_full(&reply));
	ck_assert_int_eq(sotto_rpc_reply_finish(&reply, &text, &len), 0);
	ck_assert(len > SOTTO_RPC_REPLY_BYTES && strlen(text) == len);
	free(text);
	free(name);
	sotto_rpc_batch_free(&batch);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpc: answers");
	TCase *results = tcase_create("results");
	TCase *replies = tcase_create("replies");

	tcase_add_test(results, hello);
	tcase_add_test(results, session_put);
	tcase_add_test(results, session_get);
	tcase_add_test(results, session_delete);
	tcase_add_test(results, session_list);
	tcase_add_test(results, stats_get);
	tcase_add_test(results, events_subscribe_and_port_set);
	suite_add_tcase(suite, results);
	tcase_add_test(replies, an_error_has_code_kind_field_and_detail);
	tcase_add_test(replies, a_line_that_was_never_decoded_is_answered_with_null);
	tcase_add_test(replies, a_batch_is_answered_in_order_without_its_notifications);
	tcase_add_test(replies, a_batch_of_one_is_answered_as_an_array);
	tcase_add_loop_test(replies, notifications_alone_are_not_answered_at_all, 0, 2);
	tcase_add_test(replies, a_reply_says_when_it_is_full);
	suite_add_tcase(suite, replies);
	return sotto_unit_run(suite);
}
