/* SPDX-License-Identifier: BSD-3-Clause */
/* Plans: made, written, read, turned into requests, and refused when they cannot be run. */
#include "unit.h"

#include "app/sotto-gen/plan_file.h"
#include "app/sotto-gen/requests.h"
#include "keys/sdes.h"

#include <errno.h>
#include <string.h>

static struct gen_options make_options(uint32_t calls)
{
	struct gen_options options = {.calls = calls, .seed = 1, .sends = {true, true}};

	for (int s = 0; s < GEN_SIDES; s++) {
		struct gen_side_options *side = &options.side[s];

		sotto_base_addr_parse(s == GEN_A ? "10.0.0.1" : "2001:db8::1",
			&side->address[side->address_count++].addr);
		side->interface[side->interface_count++] = s == GEN_A ? "access" : "core";
		side->port_low = 10000;
		side->port_high = 10007;
	}
	options.side[GEN_A].suite = sotto_keys_suite_by_name("AES_CM_128_HMAC_SHA1_32", 23);
	ck_assert_ptr_nonnull(options.side[GEN_A].suite);
	return options;
}

static struct gen_plan make(const struct gen_options *options)
{
	struct gen_plan plan;
	int side;

	ck_assert_int_eq(gen_plan_make(&plan, options, &side), 0);
	return plan;
}

START_TEST(ports_are_even_and_used_once)
{
	struct gen_options options = make_options(4);
	struct gen_plan plan = make(&options);

	for (uint32_t i = 0; i < 4; i++) {
		ck_assert_uint_eq(plan.call[i].leg[GEN_A].local.port, 10000 + 2 * i);
		ck_assert_uint_eq(plan.call[i].leg[GEN_B].local.port, 10000 + 2 * i);
	}
	gen_plan_free(&plan);
}
END_TEST

START_TEST(further_addresses_take_further_calls)
{
	struct gen_options options = make_options(6);
	struct gen_plan plan;
	int side;

	ck_assert_int_eq(gen_plan_make(&plan, &options, &side), -ENOSPC);
	ck_assert_int_eq(side, GEN_A);
	ck_assert_uint_eq(plan.count, 0);
	sotto_base_addr_parse("10.0.0.2", &options.side[GEN_A].address[1].addr);
	options.side[GEN_A].address_count = 2;
	ck_assert_int_eq(gen_plan_make(&plan, &options, &side), -ENOSPC);
	ck_assert_int_eq(side, GEN_B);
	options.side[GEN_B].port_high = 10011;
	plan = make(&options);
	ck_assert_uint_eq(plan.call[4].leg[GEN_A].local.addr.bytes[3], 2);
	ck_assert_uint_eq(plan.call[4].leg[GEN_A].local.port, 10000);
	ck_assert_uint_eq(plan.call[4].leg[GEN_B].local.port, 10008);
	gen_plan_free(&plan);
}
END_TEST

START_TEST(keys_differ_and_follow_from_the_seed)
{
	struct gen_options options = make_options(2);
	struct gen_plan one = make(&options), two = make(&options), other;
	struct gen_leg *leg = &one.call[0].leg[GEN_A];

	ck_assert_str_eq(leg->send, two.call[0].leg[GEN_A].send);
	ck_assert_str_eq(leg->receive, two.call[0].leg[GEN_A].receive);
	ck_assert_str_ne(leg->send, leg->receive);
	ck_assert_str_ne(leg->send, one.call[1].leg[GEN_A].send);
	ck_assert_ptr_null(one.call[0].leg[GEN_B].send);
	options.seed = 2;
	other = make(&options);
	ck_assert_str_ne(leg->send, other.call[0].leg[GEN_A].send);
	gen_plan_free(&one);
	gen_plan_free(&two);
	gen_plan_free(&other);
}
END_TEST

START_TEST(every_suite_gets_lines_that_can_be_read)
{
	const struct sotto_suite *suite;

	for (unsigned i = 0; (suite = sotto_keys_suite_at(i)) != NULL; i++) {
		struct gen_options options = make_options(1);
		struct sotto_sdes_error error;
		struct sotto_sdes sdes;
		struct gen_plan plan;

		options.side[GEN_A].suite = suite;
		plan = make(&options);
		ck_assert_int_eq(sotto_keys_sdes_parse(plan.call[0].leg[GEN_A].send,
					 strlen(plan.call[0].leg[GEN_A].send), &sdes, &error),
			0);
		ck_assert_ptr_eq(sdes.keying.suite, suite);
		gen_plan_free(&plan);
	}
}
END_TEST

static void give_remotes(struct gen_plan *plan)
{
	for (uint32_t i = 0; i < plan->count; i++) {
		for (int s = 0; s < GEN_SIDES; s++) {
			struct gen_leg *leg = &plan->call[i].leg[s];

			leg->remote = leg->local;
			leg->remote.addr.bytes[3] ^= 0x40;
			leg->remote.port = (uint16_t)(20000 + 2 * i);
		}
	}
}

static void assert_same_leg(const struct gen_leg *a, const struct gen_leg *b)
{
	ck_assert_mem_eq(&a->local, &b->local, sizeof(a->local));
	ck_assert_mem_eq(&a->remote, &b->remote, sizeof(a->remote));
	ck_assert_pstr_eq(a->send, b->send);
	ck_assert_pstr_eq(a->receive, b->receive);
}

START_TEST(written_and_read_again_it_is_the_same)
{
	struct gen_options options = make_options(3);
	struct gen_plan plan = make(&options), read;
	json_t *json;
	char why[64];

	give_remotes(&plan);
	plan.call[2].leg[GEN_B].remote = (struct sotto_endpoint){.port = 0};
	json = gen_plan_print(&plan);
	ck_assert_int_eq(gen_plan_parse(json, 0, &read, why, sizeof(why)), 0);
	ck_assert_uint_eq(read.count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_same_leg(&plan.call[i].leg[GEN_A], &read.call[i].leg[GEN_A]);
		assert_same_leg(&plan.call[i].leg[GEN_B], &read.call[i].leg[GEN_B]);
	}
	gen_plan_free(&read);
	ck_assert_int_eq(gen_plan_parse(json, 2, &read, why, sizeof(why)), 0);
	ck_assert_uint_eq(read.count, 2);
	gen_plan_free(&read);
	gen_plan_free(&plan);
	json_decref(json);
}
END_TEST

START_TEST(wrong_files_are_refused_with_the_place)
{
	static const struct {
		const char *text, *names;
	} cases[] = {
		{"[]", "version"},
		{"{\"version\":2,\"calls\":[{}]}", "version"},
		{"{\"version\":1,\"calls\":[]}", "calls"},
		{"{\"version\":1,\"calls\":[{\"a\":{}}]}", "calls[0]: 'a or b'"},
		{"{\"version\":1,\"calls\":[{\"a\":{},\"b\":{\"local\":{\"address\":\"x\"}}}]}",
			"'address'"},
		{"{\"version\":1,\"calls\":[{\"a\":{},\"b\":{\"local\":{\"address\":\"10.0.0.1\","
		 "\"port\":65536}}}]}",
			"'port'"},
		{"{\"version\":1,\"calls\":[{\"a\":{\"send\":5},\"b\":{}}]}", "'send or receive'"},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *json = json_loads(cases[i].text, 0, NULL);
		struct gen_plan plan;
		char why[128];

		ck_assert_ptr_nonnull(json);
		ck_assert_int_eq(gen_plan_parse(json, 0, &plan, why, sizeof(why)), -EINVAL);
		ck_assert_msg(strstr(why, cases[i].names), "%s", why);
		ck_assert_uint_eq(plan.count, 0);
		json_decref(json);
	}
}
END_TEST

START_TEST(plan_that_cannot_be_run_is_refused)
{
	struct gen_options options = make_options(2);
	struct gen_plan plan = make(&options);
	char *key = plan.call[1].leg[GEN_A].receive;
	uint32_t call;
	int side;

	ck_assert_ptr_nonnull(strstr(gen_plan_fault(&plan, &options, &call, &side), "gateway"));
	give_remotes(&plan);
	ck_assert_ptr_null(gen_plan_fault(&plan, &options, &call, &side));
	plan.call[1].leg[GEN_A].receive = NULL;
	ck_assert_ptr_nonnull(strstr(gen_plan_fault(&plan, &options, &call, &side), "key"));
	ck_assert_uint_eq(call, 1);
	ck_assert_int_eq(side, GEN_A);
	plan.call[1].leg[GEN_A].receive = key;
	plan.call[0].leg[GEN_B].local.addr.bytes[15]++;
	ck_assert_ptr_nonnull(strstr(gen_plan_fault(&plan, &options, &call, &side), "--address"));
	ck_assert_int_eq(side, GEN_B);
	gen_plan_free(&plan);
}
END_TEST

/* The member at a path of names. */
static const char *text_at(const json_t *json, const char *leg, const char *a, const char *b)
{
	const json_t *media =
		json_array_get(json_object_get(json_object_get(json, "params"), "media"), 0);
	const json_t *member = json_object_get(json_object_get(media, leg), a);

	return json_string_value(b ? json_object_get(member, b) : member);
}

START_TEST(request_turns_the_keys_round)
{
	struct gen_options options = make_options(1);
	struct gen_plan plan = make(&options);
	json_t *json = gen_request_put(&plan, &options, 0);
	const struct gen_leg *leg = &plan.call[0].leg[GEN_A];

	ck_assert_str_eq(text_at(json, "a", "receive", "sdes"), leg->send);
	ck_assert_str_eq(text_at(json, "a", "send", "sdes"), leg->receive);
	ck_assert_str_eq(text_at(json, "a", "security", NULL), "required");
	ck_assert_str_eq(text_at(json, "a", "remote", "address"), "10.0.0.1");
	ck_assert_str_eq(text_at(json, "b", "security", NULL), "clear");
	ck_assert_str_eq(text_at(json, "b", "family", NULL), "ip6");
	ck_assert_ptr_null(text_at(json, "b", "send", "sdes"));
	json_decref(json);
	gen_plan_free(&plan);
}
END_TEST

START_TEST(request_allows_what_the_suite_needs)
{
	struct gen_options options = make_options(1);
	struct gen_plan plan = make(&options);
	json_t *json = gen_request_put(&plan, &options, 0);
	json_t *media =
		json_array_get(json_object_get(json_object_get(json, "params"), "media"), 0);
	json_t *allow = json_object_get(json_object_get(media, "a"), "allow");

	ck_assert_uint_eq(json_array_size(allow), 1);
	ck_assert_str_eq(json_string_value(json_array_get(allow, 0)), "TAG_32");
	ck_assert_ptr_null(json_object_get(json_object_get(media, "b"), "allow"));
	json_decref(json);
	gen_plan_free(&plan);
}
END_TEST

START_TEST(answer_fills_the_remotes_or_nothing)
{
	json_t *good = json_loads("{\"result\":{\"media\":[{\"a\":{\"address\":\"10.0.0.9\","
				  "\"port\":20000},\"b\":{\"address\":\"2001:db8::9\","
				  "\"port\":20002}}]}}",
		0, NULL);
	json_t *bad = json_loads("{\"error\":{\"code\":1}}", 0, NULL);
	struct gen_call call = {.leg[0].remote.port = 1}, before = call;

	ck_assert_int_eq(gen_request_answered(&call, bad), -EPROTO);
	ck_assert_mem_eq(&call, &before, sizeof(call));
	ck_assert_int_eq(gen_request_answered(&call, good), 0);
	ck_assert_uint_eq(call.leg[GEN_A].remote.port, 20000);
	ck_assert_uint_eq(call.leg[GEN_A].remote.addr.bytes[3], 9);
	ck_assert_uint_eq(call.leg[GEN_B].remote.port, 20002);
	ck_assert_uint_eq(call.leg[GEN_B].remote.addr.family, 6);
	json_decref(good);
	json_decref(bad);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gen_plan");
	TCase *tcase = tcase_create("plan");

	tcase_add_test(tcase, ports_are_even_and_used_once);
	tcase_add_test(tcase, further_addresses_take_further_calls);
	tcase_add_test(tcase, keys_differ_and_follow_from_the_seed);
	tcase_add_test(tcase, every_suite_gets_lines_that_can_be_read);
	tcase_add_test(tcase, written_and_read_again_it_is_the_same);
	tcase_add_test(tcase, wrong_files_are_refused_with_the_place);
	tcase_add_test(tcase, plan_that_cannot_be_run_is_refused);
	tcase_add_test(tcase, request_turns_the_keys_round);
	tcase_add_test(tcase, request_allows_what_the_suite_needs);
	tcase_add_test(tcase, answer_fills_the_remotes_or_nothing);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
