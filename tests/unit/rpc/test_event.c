/* SPDX-License-Identifier: BSD-3-Clause */
/* Events as text, byte for byte: each kind with what it has. */
#include "support.h"

#include "rpc/event.h"

#include <stdio.h>
#include <string.h>

/* An event of kind, with whatever that kind has. */
static void expect_event(const struct sotto_rpc_event *event, const char *rest)
{
	static const char head[] = "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"seq\":"
				   "9,\"boot_id\":\"b\",\"t_us\":1700000000000001,\"kind\":\"";
	char *text;
	size_t len;

	ck_assert_int_eq(sotto_rpc_event_text(event, &text, &len), 0);
	ck_assert_uint_eq(strlen(text), len);
	ck_assert_msg(strncmp(text, head, strlen(head)) == 0, "%s", text);
	ck_assert_str_eq(text + strlen(head), rest);
	free(text);
}

static struct sotto_rpc_event event_of(enum sotto_rpc_event_kind kind)
{
	return (struct sotto_rpc_event){
		.kind = kind, .seq = 9, .boot_id = "b", .t_us = UINT64_C(1700000000000001)};
}

#define ON_LEG ",\"session\":\"c\",\"media\":\"0\",\"leg\":\"b\""

START_TEST(events_of_a_leg)
{
	struct sotto_rpc_event event = event_of(SOTTO_RPC_STREAM_FIRST_PACKET);

	event.session = "c";
	event.media = "0";
	event.leg = 'b';
	event.u.stream.ssrc = 0xfffffffe;
	event.u.stream.from = (struct sotto_endpoint){addr_of("10.99.1.1"), 40000};
	expect_event(&event, "stream.first_packet\"" ON_LEG ",\"ssrc\":4294967294,\"from\":{"
			     "\"address\":\"10.99.1.1\",\"port\":40000}}}\n");
	event.kind = SOTTO_RPC_SSRC_NEW;
	expect_event(&event, "ssrc.new\"" ON_LEG ",\"ssrc\":4294967294}}\n");
	event.kind = SOTTO_RPC_MEDIA_TIMEOUT;
	event.u.since_s = 30;
	expect_event(&event, "media.timeout\"" ON_LEG ",\"since_s\":30}}\n");
	event.kind = SOTTO_RPC_MEDIA_RESUMED;
	expect_event(&event, "media.resumed\"" ON_LEG "}}\n");
	event.kind = SOTTO_RPC_AUTH_FAILURES;
	event.u.seen.count = 12;
	event.u.seen.from = (struct sotto_endpoint){addr_of("2001:db8::1"), 1};
	expect_event(&event, "auth.failures\"" ON_LEG ",\"count\":12,\"from\":{\"address\":"
			     "\"2001:db8::1\",\"port\":1}}}\n");
	event.kind = SOTTO_RPC_PLAIN_SEEN;
	expect_event(&event, "plain.seen\"" ON_LEG ",\"count\":12,\"from\":{\"address\":"
			     "\"2001:db8::1\",\"port\":1}}}\n");
}
END_TEST

START_TEST(events_of_keys)
{
	struct sotto_rpc_event event = event_of(SOTTO_RPC_REKEY_NEEDED);

	event.session = "c";
	event.media = "0";
	event.leg = 'b';
	event.u.key.packets = 900;
	event.u.key.limit = UINT64_C(1) << 48;
	expect_event(&event, "rekey.needed\"" ON_LEG ",\"direction\":\"receive\",\"packets\":900,"
			     "\"limit\":281474976710656}}\n");
	event.u.key.send = true;
	expect_event(&event, "rekey.needed\"" ON_LEG ",\"direction\":\"send\",\"packets\":900,"
			     "\"limit\":281474976710656}}\n");
	event.kind = SOTTO_RPC_KEY_EXPIRED;
	expect_event(&event, "key.expired\"" ON_LEG ",\"direction\":\"send\"}}\n");
	event.u.key.send = false;
	expect_event(&event, "key.expired\"" ON_LEG ",\"direction\":\"receive\"}}\n");
}
END_TEST

START_TEST(a_lost_synchronisation_has_a_cause)
{
	static const char *const words[] = {"auth", "replay", "old"};
	static const enum sotto_rpc_sync_cause causes[] = {
		SOTTO_RPC_SYNC_AUTH, SOTTO_RPC_SYNC_REPLAY, SOTTO_RPC_SYNC_OLD};
	struct sotto_rpc_event event = event_of(SOTTO_RPC_SYNC_LOST);
	char rest[256];

	event.session = "c";
	event.media = "0";
	event.leg = 'b';
	event.u.sync.ssrc = UINT32_MAX;
	event.u.sync.count = 50;
	event.u.sync.from = (struct sotto_endpoint){addr_of("10.99.1.1"), 40000};
	for (int i = 0; i < COUNT(words); i++) {
		event.u.sync.cause = causes[i];
		snprintf(rest, sizeof(rest),
			"sync.lost\"" ON_LEG ",\"ssrc\":4294967295,\"count\":50,\"cause\":\"%s\","
			"\"from\":{\"address\":\"10.99.1.1\",\"port\":40000}}}\n",
			words[i]);
		expect_event(&event, rest);
	}
}
END_TEST

START_TEST(events_of_floods_latching_and_locking)
{
	struct sotto_rpc_event event = event_of(SOTTO_RPC_AUTH_FLOOD);

	event.session = "c";
	event.media = "0";
	event.leg = 'b';
	event.u.seen.count = 200;
	event.u.seen.from = (struct sotto_endpoint){addr_of("10.99.1.9"), 9};
	expect_event(&event, "auth.flood\"" ON_LEG ",\"count\":200,\"from\":{\"address\":"
			     "\"10.99.1.9\",\"port\":9}}}\n");
	event = event_of(SOTTO_RPC_LATCHED);
	event.session = "c";
	event.media = "0";
	event.leg = 'b';
	event.u.latch.to = (struct sotto_endpoint){addr_of("2001:db8::1"), 4};
	expect_event(&event, "latched\"" ON_LEG ",\"from\":null,\"to\":{\"address\":"
			     "\"2001:db8::1\",\"port\":4}}}\n");
	event.u.latch.from = (struct sotto_endpoint){addr_of("2001:db8::2"), 5};
	expect_event(&event, "latched\"" ON_LEG ",\"from\":{\"address\":\"2001:db8::2\","
			     "\"port\":5},\"to\":{\"address\":\"2001:db8::1\",\"port\":4}}}\n");
	event.kind = SOTTO_RPC_SECURITY_LOCKED;
	event.u.stream.ssrc = 7;
	event.u.stream.from = (struct sotto_endpoint){addr_of("10.99.1.1"), 40000};
	expect_event(&event, "security.locked\"" ON_LEG ",\"ssrc\":7,\"from\":{\"address\":"
			     "\"10.99.1.1\",\"port\":40000}}}\n");
}
END_TEST

/* No kind is without a name, and no name stands for two. */
START_TEST(sixteen_kinds_have_names_of_their_own)
{
	ck_assert_uint_eq(SOTTO_RPC_EVENT_KINDS, 16);
	for (unsigned i = 0; i < SOTTO_RPC_EVENT_KINDS; i++) {
		ck_assert_ptr_nonnull(sotto_rpc_event_name(i));
		for (unsigned j = 0; j < i; j++)
			ck_assert_str_ne(sotto_rpc_event_name(i), sotto_rpc_event_name(j));
	}
}
END_TEST

START_TEST(events_of_sessions_and_ports)
{
	struct sotto_rpc_event event = event_of(SOTTO_RPC_SESSION_ENDED);

	event.session = "c";
	event.u.cause = SOTTO_RPC_CAUSE_DELETED;
	expect_event(&event, "session.ended\",\"session\":\"c\",\"cause\":\"deleted\"}}\n");
	event = event_of(SOTTO_RPC_PORT_UP);
	event.u.port = "access";
	expect_event(&event, "port.up\",\"port\":\"access\"}}\n");
	event.kind = SOTTO_RPC_PORT_DOWN;
	expect_event(&event, "port.down\",\"port\":\"access\"}}\n");
	event = event_of(SOTTO_RPC_OVERFLOW);
	event.u.overflow.lost = 3;
	event.u.overflow.next_seq = 9;
	expect_event(&event, "overflow\",\"lost\":3,\"next_seq\":9}}\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpc: events");
	TCase *tcase = tcase_create("events");

	tcase_add_test(tcase, events_of_a_leg);
	tcase_add_test(tcase, events_of_keys);
	tcase_add_test(tcase, a_lost_synchronisation_has_a_cause);
	tcase_add_test(tcase, events_of_floods_latching_and_locking);
	tcase_add_test(tcase, sixteen_kinds_have_names_of_their_own);
	tcase_add_test(tcase, events_of_sessions_and_ports);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
