/* SPDX-License-Identifier: BSD-3-Clause */
/* The search against gateways that are formulas: it finds their rate, and always ends. */
#include "unit.h"

#include "app/sotto-gen/search.h"

/* A gateway with a limit, and a generator with one; rates in packets a second. */
struct world {
	double carries;       /* up to there without loss, beyond it all else is lost */
	double overloaded;    /* what it carries when it gets too much */
	double base_loss;     /* share that is lost in any case */
	double offers;        /* most that the generator can send */
	double confirm_drops; /* share by which long trials carry less */
	unsigned busy;        /* so many trials are offered only half */
};

static struct gen_search_trial try_rate(struct world *world, double rate, bool confirm)
{
	double offered = rate < world->offers ? rate : world->offers;
	double carries = world->carries * (confirm ? 1 - world->confirm_drops : 1);
	struct gen_search_trial trial = {.asked = rate};

	if (world->busy > 0) {
		world->busy--;
		offered /= 2;
	}
	trial.offered = offered;
	trial.sent = (uint64_t)(offered * 2);
	trial.received = offered <= carries ? trial.sent : (uint64_t)(world->overloaded * 2);
	trial.received -= (uint64_t)((double)trial.received * world->base_loss);
	return trial;
}

/* Searches to the end; fails when there is none. */
static void search_in(struct world *world, struct gen_search *search, double max_loss, bool confirm)
{
	double rate;
	bool is_confirm;

	gen_search_start(search, 20e6, max_loss, 0.01, confirm);
	while ((rate = gen_search_next(search, &is_confirm)) > 0) {
		struct gen_search_trial trial = try_rate(world, rate, is_confirm);

		gen_search_result(search, &trial);
		ck_assert_uint_le(search->trials, GEN_SEARCH_TRIALS);
	}
}

static void assert_within(double value, double wanted, double share)
{
	ck_assert_double_le(value, wanted);
	ck_assert_double_ge(value, wanted * (1 - share));
}

START_TEST(rate_of_a_gateway_is_found_within_the_precision)
{
	static const double rates[] = {120, 3777, 123456, 1.9e6, 12.3e6};

	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct world world = {
			.carries = rates[i], .overloaded = rates[i] * 0.7, .offers = 25e6};
		struct gen_search search;

		search_in(&world, &search, 0, true);
		assert_within(search.low, rates[i], 0.011);
		ck_assert(search.confirmed);
		ck_assert(!search.limited);
	}
}
END_TEST

START_TEST(gateway_that_collapses_under_load_is_found_too)
{
	struct world world = {.carries = 500000, .overloaded = 20000, .offers = 25e6};
	struct gen_search search;

	search_in(&world, &search, 0, true);
	assert_within(search.low, 500000, 0.011);
	ck_assert(search.confirmed);
}
END_TEST

START_TEST(little_loss_is_good_for_pdr_and_not_for_ndr)
{
	struct world world = {
		.carries = 400000, .overloaded = 390000, .offers = 25e6, .base_loss = 0.004};
	struct gen_search search;

	search_in(&world, &search, 0.005, true);
	assert_within(search.low, 400000, 0.011);
	ck_assert(search.confirmed);
	search_in(&world, &search, 0, true);
	ck_assert_double_lt(search.low, 400000 * 0.01);
}
END_TEST

START_TEST(slow_generator_is_told)
{
	struct world world = {.carries = 3e6, .overloaded = 2e6, .offers = 800000};
	struct gen_search search;

	search_in(&world, &search, 0, true);
	ck_assert_double_eq(search.low, 800000);
	ck_assert(search.limited);
	ck_assert(search.confirmed);
	ck_assert_uint_eq(search.trials, 2);
}
END_TEST

START_TEST(slow_generator_that_still_overloads_is_no_limit)
{
	struct world world = {.carries = 300000, .overloaded = 100000, .offers = 800000};
	struct gen_search search;

	search_in(&world, &search, 0, true);
	assert_within(search.low, 300000, 0.011);
	ck_assert(!search.limited);
}
END_TEST

START_TEST(busy_machine_is_tried_again)
{
	struct world world = {.carries = 300000, .overloaded = 100000, .offers = 800000};
	struct gen_search search;
	bool confirm;

	gen_search_start(&search, 20e6, 0, 0.01, true);
	for (double rate; (rate = gen_search_next(&search, &confirm)) > 0;) {
		struct gen_search_trial trial;

		world.busy = search.trials == 2 || search.trials == 4;
		trial = try_rate(&world, rate, confirm);
		gen_search_result(&search, &trial);
	}
	assert_within(search.low, 300000, 0.011);
	ck_assert(!search.limited);
}
END_TEST

START_TEST(failed_confirmation_lowers_the_rate)
{
	struct world world = {
		.carries = 500000, .overloaded = 400000, .offers = 25e6, .confirm_drops = 0.1};
	struct gen_search search;

	search_in(&world, &search, 0, true);
	ck_assert(search.confirmed);
	ck_assert_uint_gt(search.confirms, 1);
	ck_assert_double_le(search.low, 450000);
	ck_assert_double_ge(search.low, 400000);
}
END_TEST

START_TEST(dead_gateway_ends_with_nothing)
{
	struct world world = {.carries = 0, .overloaded = 0, .offers = 25e6};
	struct gen_search search;

	search_in(&world, &search, 0.005, true);
	ck_assert_double_eq(search.low, 0);
	ck_assert(!search.confirmed);
	ck_assert_uint_eq(search.trials, GEN_SEARCH_DEAD);
}
END_TEST

START_TEST(nothing_sent_is_no_success)
{
	struct world world = {.carries = 1e6, .offers = 0};
	struct gen_search search;

	search_in(&world, &search, 0.005, true);
	ck_assert_double_eq(search.low, 0);
	ck_assert(!search.confirmed);
}
END_TEST

START_TEST(loss_is_compared_with_what_was_sent)
{
	struct gen_search_trial trial = {.sent = 1000, .received = 995};

	ck_assert(gen_search_passed(0.005, &trial));
	ck_assert(!gen_search_passed(0, &trial));
	trial.received = 994;
	ck_assert(!gen_search_passed(0.005, &trial));
	trial.received = 1000;
	ck_assert(gen_search_passed(0, &trial));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gen_search");
	TCase *tcase = tcase_create("search");

	tcase_add_test(tcase, rate_of_a_gateway_is_found_within_the_precision);
	tcase_add_test(tcase, gateway_that_collapses_under_load_is_found_too);
	tcase_add_test(tcase, little_loss_is_good_for_pdr_and_not_for_ndr);
	tcase_add_test(tcase, slow_generator_is_told);
	tcase_add_test(tcase, slow_generator_that_still_overloads_is_no_limit);
	tcase_add_test(tcase, busy_machine_is_tried_again);
	tcase_add_test(tcase, failed_confirmation_lowers_the_rate);
	tcase_add_test(tcase, dead_gateway_ends_with_nothing);
	tcase_add_test(tcase, nothing_sent_is_no_success);
	tcase_add_test(tcase, loss_is_compared_with_what_was_sent);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
