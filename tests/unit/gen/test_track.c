/* SPDX-License-Identifier: BSD-3-Clause */
/* Which serial numbers have arrived: every kind of arrival, and a random stream against a list. */
#include "unit.h"

#include "app/sotto-gen/random.h"
#include "app/sotto-gen/track.h"

#include <stdbool.h>

#define PACKETS 20000

static void arrive(struct gen_track *track, uint64_t serial, enum gen_arrival wanted)
{
	ck_assert_int_eq(gen_track_arrive(track, serial), wanted);
}

START_TEST(in_order)
{
	struct gen_track track = {.next = 0};

	for (uint64_t s = 0; s < 5000; s++)
		arrive(&track, s, GEN_ARRIVAL_NEXT);
}
END_TEST

START_TEST(behind_a_later_one_is_reordered)
{
	struct gen_track track = {.next = 0};

	arrive(&track, 0, GEN_ARRIVAL_NEXT);
	arrive(&track, 3, GEN_ARRIVAL_NEXT);
	arrive(&track, 1, GEN_ARRIVAL_REORDERED);
	arrive(&track, 2, GEN_ARRIVAL_REORDERED);
	arrive(&track, 4, GEN_ARRIVAL_NEXT);
}
END_TEST

START_TEST(twice_is_a_duplicate)
{
	struct gen_track track = {.next = 0};

	arrive(&track, 5, GEN_ARRIVAL_NEXT);
	arrive(&track, 5, GEN_ARRIVAL_DUPLICATE);
	arrive(&track, 4, GEN_ARRIVAL_REORDERED);
	arrive(&track, 4, GEN_ARRIVAL_DUPLICATE);
}
END_TEST

START_TEST(too_old_is_late)
{
	struct gen_track track = {.next = 0};

	arrive(&track, 0, GEN_ARRIVAL_NEXT);
	arrive(&track, GEN_TRACK_WINDOW + 1, GEN_ARRIVAL_NEXT);
	arrive(&track, 1, GEN_ARRIVAL_LATE);
	arrive(&track, 2, GEN_ARRIVAL_REORDERED);
}
END_TEST

START_TEST(of_a_trial_before_is_late)
{
	struct gen_track track = {.next = 0};

	arrive(&track, 7, GEN_ARRIVAL_NEXT);
	gen_track_begin(&track, 20);
	arrive(&track, 15, GEN_ARRIVAL_LATE);
	arrive(&track, 19, GEN_ARRIVAL_LATE);
	arrive(&track, 20, GEN_ARRIVAL_NEXT);
	arrive(&track, 18, GEN_ARRIVAL_LATE);
}
END_TEST

/* Serial numbers that wander around a rising middle, against a list of what has been. */
START_TEST(random_walk_agrees_with_a_list)
{
	static bool seen[PACKETS + 4096];
	struct gen_track track = {.next = 0};
	uint64_t state = 11, next = 0;

	for (uint64_t i = 0; i < PACKETS; i++) {
		uint64_t serial = i + gen_random_below(&state, 2000);
		enum gen_arrival wanted = GEN_ARRIVAL_REORDERED;

		if (serial >= next)
			wanted = GEN_ARRIVAL_NEXT;
		else if (next - serial > GEN_TRACK_WINDOW)
			wanted = GEN_ARRIVAL_LATE;
		else if (seen[serial])
			wanted = GEN_ARRIVAL_DUPLICATE;
		arrive(&track, serial, wanted);
		seen[serial] = true;
		next = serial >= next ? serial + 1 : next;
	}
}
END_TEST

START_TEST(sixteen_bits_are_extended_to_what_is_near)
{
	struct gen_track track = {.next = 0};

	ck_assert_uint_eq(gen_track_extend(&track, 0), 0);
	ck_assert_uint_eq(gen_track_extend(&track, 9), 9);
	track.next = 65530;
	ck_assert_uint_eq(gen_track_extend(&track, 65530), 65530);
	ck_assert_uint_eq(gen_track_extend(&track, 3), 65539);
	ck_assert_uint_eq(gen_track_extend(&track, 65000), 65000);
	track.next = 0x30005;
	ck_assert_uint_eq(gen_track_extend(&track, 0xfffe), 0x2fffe);
	ck_assert_uint_eq(gen_track_extend(&track, 6), 0x30006);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gen_track");
	TCase *tcase = tcase_create("track");

	tcase_add_test(tcase, in_order);
	tcase_add_test(tcase, behind_a_later_one_is_reordered);
	tcase_add_test(tcase, twice_is_a_duplicate);
	tcase_add_test(tcase, too_old_is_late);
	tcase_add_test(tcase, of_a_trial_before_is_late);
	tcase_add_test(tcase, random_walk_agrees_with_a_list);
	tcase_add_test(tcase, sixteen_bits_are_extended_to_what_is_near);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
