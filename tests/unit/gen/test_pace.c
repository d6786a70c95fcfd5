/* SPDX-License-Identifier: BSD-3-Clause */
/* Pacing: the right number of packets at the right time, and an order that is fair and random. */
#include "unit.h"

#include "app/sotto-gen/pace.h"

#include <string.h>

#define HZ 1000000000ull
#define STREAMS 1000

/* Polls every step cycles for some seconds; returns what was sent. */
static uint64_t run(struct gen_pace *pace, double rate, uint64_t step, double seconds)
{
	uint64_t sent = 0;

	gen_pace_start(pace, rate, HZ, 77);
	for (uint64_t now = 77; now <= 77 + (uint64_t)(seconds * HZ); now += step) {
		uint32_t due = gen_pace_due(pace, now, 32);

		gen_pace_sent(pace, due);
		sent += due;
	}
	return sent;
}

START_TEST(rate_is_kept_to_the_packet)
{
	static const double rates[] = {0.5, 50, 4999, 100000, 1234567};
	struct gen_pace pace;

	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		uint64_t sent = run(&pace, rates[i], 1000, 4);

		ck_assert_uint_le(sent, (uint64_t)(4 * rates[i]));
		ck_assert_uint_ge(sent + 3, (uint64_t)(4 * rates[i]));
		ck_assert_uint_eq(pace.let_go, 0);
	}
}
END_TEST

START_TEST(packets_are_evenly_spaced)
{
	struct gen_pace pace;
	uint64_t before = 0;

	gen_pace_start(&pace, 10000, HZ, 0);
	for (uint64_t now = 0; now < HZ / 50; now += 100) {
		uint32_t due = gen_pace_due(&pace, now, 32);

		ck_assert_uint_le(due, 1);
		gen_pace_sent(&pace, due);
		if (due == 1 && before != 0) {
			ck_assert_uint_ge(now - before, 99900);
			ck_assert_uint_le(now - before, 100100);
		}
		before = due == 1 ? now : before;
	}
	ck_assert_uint_ne(before, 0);
}
END_TEST

START_TEST(after_a_pause_a_millisecond_is_caught_up_and_the_rest_let_go)
{
	struct gen_pace pace;
	uint64_t caught_up = 0;
	uint32_t due;

	gen_pace_start(&pace, 1e6, HZ, 0);
	while ((due = gen_pace_due(&pace, HZ / 10, 32)) != 0) {
		gen_pace_sent(&pace, due);
		caught_up += due;
	}
	ck_assert_uint_eq(caught_up, 1000);
	ck_assert_uint_eq(pace.let_go, 99000);
}
END_TEST

START_TEST(a_slow_rate_catches_up_a_few_in_any_case)
{
	struct gen_pace pace;

	gen_pace_start(&pace, 100, HZ, 0);
	ck_assert_uint_eq(gen_pace_due(&pace, HZ / 10, 100), 10);
	ck_assert_uint_eq(pace.let_go, 0);
}
END_TEST

static void make(struct gen_order *order, uint32_t *stream, uint32_t count, uint64_t seed)
{
	*order = (struct gen_order){.stream = stream, .count = count, .state = seed};
	for (uint32_t i = 0; i < count; i++)
		stream[i] = i;
}

START_TEST(each_stream_comes_once_in_a_turn)
{
	static uint32_t stream[STREAMS];
	struct gen_order order;

	make(&order, stream, STREAMS, 3);
	for (int turn = 0; turn < 10; turn++) {
		uint8_t seen[STREAMS] = {0};

		for (unsigned i = 0; i < STREAMS; i++)
			ck_assert_uint_eq(seen[gen_order_next(&order)]++, 0);
	}
}
END_TEST

START_TEST(turns_have_different_orders_that_follow_from_the_seed)
{
	static uint32_t a[STREAMS], b[STREAMS];
	uint32_t first[STREAMS], followers = 0;
	struct gen_order one, two;

	make(&one, a, STREAMS, 3);
	make(&two, b, STREAMS, 3);
	for (unsigned i = 0; i < STREAMS; i++) {
		first[i] = gen_order_next(&one);
		ck_assert_uint_eq(gen_order_next(&two), first[i]);
	}
	for (unsigned i = 0, before = STREAMS; i < STREAMS; i++) {
		uint32_t stream = gen_order_next(&one);

		followers += stream == first[i] || stream == before + 1;
		before = stream;
	}
	/* by chance about one in a thousand stands where it stood, or behind its neighbour */
	ck_assert_uint_lt(followers, STREAMS / 50);
}
END_TEST

START_TEST(one_stream_is_an_order_too)
{
	uint32_t stream[1];
	struct gen_order order;

	make(&order, stream, 1, 3);
	for (int i = 0; i < 5; i++)
		ck_assert_uint_eq(gen_order_next(&order), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gen_pace");
	TCase *tcase = tcase_create("pace");

	tcase_add_test(tcase, rate_is_kept_to_the_packet);
	tcase_add_test(tcase, packets_are_evenly_spaced);
	tcase_add_test(tcase, after_a_pause_a_millisecond_is_caught_up_and_the_rest_let_go);
	tcase_add_test(tcase, a_slow_rate_catches_up_a_few_in_any_case);
	tcase_add_test(tcase, each_stream_comes_once_in_a_turn);
	tcase_add_test(tcase, turns_have_different_orders_that_follow_from_the_seed);
	tcase_add_test(tcase, one_stream_is_an_order_too);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
