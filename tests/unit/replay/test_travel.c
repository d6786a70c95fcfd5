/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Journeys of an index through a window (RP-02), the kind of table that WireGuard's counter is
 * held to: single packets with the answer to each, and sweeps over whole windows. Indices are
 * written as a * W + b from a base, since the window here is exactly W; every table runs with
 * several windows and bases of the 48-bit space.
 */
#include "list.h"

static const uint32_t travel_windows[] = {64, 128, 1024};

/* The start, turns of the sequence number, of 31 and 32 bits; and one more, see base_of(). */
static const uint64_t bases[] = {0, 0x10000 - 64, 0x10000 - 3 * 1024, 0x7fffffffull - 100,
	0xffffffffull - 1024, 0x123456780000ull};

#define JOURNEYS (COUNT(travel_windows) * (COUNT(bases) + 1))

static uint32_t window_of(int journey)
{
	return travel_windows[journey % COUNT(travel_windows)];
}

/* Behind the bases of the table: the one from which 64 windows reach the end of the space. */
static uint64_t base_of(int journey)
{
	int i = journey / COUNT(travel_windows);

	return i < COUNT(bases) ? bases[i] : SOTTO_INDEX_END - 64ull * window_of(journey);
}

struct step {
	int32_t windows;
	int32_t more;
	enum sotto_replay_answer answer;
};

static const struct step steps[] = {
	/* in order, and again */
	{0, 0, NEW},
	{0, 0, SEEN},
	{0, 1, NEW},
	{0, 1, SEEN},
	{0, 0, SEEN},
	/* two ahead, then the one between */
	{0, 3, NEW},
	{0, 2, NEW},
	{0, 2, SEEN},
	{0, 3, SEEN},
	/* the last place from which the first index is still seen */
	{1, -1, NEW},
	{0, 0, SEEN},
	{0, 4, NEW},
	/* one further: it is too old, and its successor is the oldest */
	{1, 0, NEW},
	{0, 0, OLD},
	{0, 1, SEEN},
	{0, 5, NEW},
	{1, 0, SEEN},
	/* a whole window ahead of the highest: nothing of before is left */
	{2, 0, NEW},
	{1, 0, OLD},
	{1, 1, NEW},
	{1, 1, SEEN},
	{1, -1, OLD},
	/* a window and one: also over the place that the highest had */
	{3, 1, NEW},
	{2, 1, OLD},
	{2, 2, NEW},
	{2, 0, OLD},
	/* a window less one: the highest becomes the oldest */
	{4, 0, NEW},
	{3, 1, SEEN},
	{3, 0, OLD},
	{3, 2, NEW},
	/* half a window, and back into both halves */
	{4, 32, NEW},
	{4, 31, NEW},
	{4, 1, NEW},
	{4, 0, SEEN},
	{3, 33, NEW},
	{3, 33, SEEN},
	{3, 32, OLD},
	/* many windows ahead; the same places of the list were used before */
	{12, 32, NEW},
	{12, 31, NEW},
	{12, 1, NEW},
	{11, 33, NEW},
	{11, 32, OLD},
	{4, 32, OLD},
	{0, 0, OLD},
	/* refused packets have not moved anything */
	{12, 33, NEW},
	{12, 33, SEEN},
	{12, 32, SEEN},
	{11, 34, NEW},
	{11, 33, OLD},
	/* far ahead: from the last base this is the last index there is */
	{64, -1, NEW},
	{64, -1, SEEN},
	{63, 0, NEW},
	{63, -1, OLD},
	{64, -2, NEW},
};

START_TEST(rp02_single_packets)
{
	static struct list l;
	int64_t w = window_of(_i);
	uint64_t base = base_of(_i);

	list_init(&l, (uint32_t)w);
	for (int i = 0; i < COUNT(steps); i++) {
		uint64_t index = base + (uint64_t)(steps[i].windows * w + steps[i].more);
		enum sotto_replay_answer answer = commit(&l, index);

		if (answer != steps[i].answer)
			ck_abort_msg("window %d, base %llu, step %d: %d", (int)w,
				(unsigned long long)base, i, answer);
	}
}
END_TEST

/* Packets that all get one answer, from windows * W + more on: halves * W / 2 + count of them. */
struct sweep {
	int32_t windows;
	int32_t more;
	int32_t step; /* from each to the next; 0: no sweep */
	int32_t count;
	int32_t halves;
	enum sotto_replay_answer answer;
};

#define SWEEPS 6

struct journey {
	const char *what;
	struct sweep sweep[SWEEPS];
};

static const struct journey journeys[] = {
	{"forwards, then again",
		{
			{0, 0, 1, 0, 2, NEW},
			{0, 0, 1, 0, 2, SEEN},
			{1, -1, -1, 0, 2, SEEN},
		}},
	{"forwards over the edge: the first are too old, the others seen",
		{
			{0, 0, 1, 7, 2, NEW},
			{0, 0, 1, 7, 0, OLD},
			{0, 7, 1, 0, 2, SEEN},
		}},
	{"forwards but for the first, which fits at the end",
		{
			{0, 1, 1, -1, 2, NEW},
			{0, 0, 1, 1, 0, NEW},
			{0, 0, 1, 0, 2, SEEN},
		}},
	{"forwards but for the first, which no longer fits",
		{
			{0, 1, 1, 0, 2, NEW},
			{0, 0, 1, 1, 0, OLD},
			{0, 1, 1, 0, 2, SEEN},
		}},
	{"backwards from the edge, then one beyond",
		{
			{2, 0, -1, 0, 2, NEW},
			{1, 0, -1, 0, 2, OLD},
			{2, 0, -1, 0, 2, SEEN},
		}},
	{"backwards down to the first index",
		{
			{1, -1, -1, 0, 2, NEW},
			{1, -1, -1, 0, 2, SEEN},
			{1, 0, 1, 1, 0, NEW},
			{0, 0, 1, 1, 0, OLD},
			{0, 1, 1, 0, 2, SEEN},
		}},
	{"every second forwards, then those between backwards",
		{
			{3, 0, 2, 0, 1, NEW},
			{4, -1, -2, 0, 1, NEW},
			{3, 0, 1, 0, 2, SEEN},
		}},
	{"every second over two windows, then those between",
		{
			{0, 0, 2, 0, 2, NEW}, /* the highest is 2 W - 2 */
			{1, -1, 2, 0, 1, NEW},
			{1, -1, 1, 0, 2, SEEN},
			{0, 0, 1, -1, 2, OLD},
		}},
	{"blocks in reversed order",
		{
			{1, -8, 1, 8, 0, NEW},
			{1, -16, 1, 8, 0, NEW},
			{1, -24, 1, 8, 0, NEW},
			{1, -24, 1, 24, 0, SEEN},
			{0, 0, 1, -24, 2, NEW},
			{0, 0, 1, 0, 2, SEEN},
		}},
	{"a window, a jump to where its last still fits, and what lies between",
		{
			{0, 0, 1, 0, 2, NEW},
			{2, -2, 1, 1, 0, NEW},
			{1, -1, 1, 1, 0, SEEN},
			{1, 0, 1, -2, 2, NEW},
			{1, -1, 1, 0, 2, SEEN},
			{0, 0, 1, -1, 2, OLD},
		}},
	{"a window, a jump of exactly a window, and what lies between",
		{
			{0, 0, 1, 0, 2, NEW},
			{2, -1, 1, 1, 0, NEW},
			{0, 0, 1, 0, 2, OLD},
			{1, 0, 1, -1, 2, NEW},
			{1, 0, 1, 0, 2, SEEN},
		}},
	{"a window, a jump of a window and one, and what lies between",
		{
			{0, 0, 1, 0, 2, NEW},
			{2, 0, 1, 1, 0, NEW},
			{1, 1, 1, -1, 2, NEW},
			{1, 0, 1, 1, 0, OLD},
			{2, 0, -1, 0, 2, SEEN},
		}},
	{"each window forwards after a jump over four",
		{
			{0, 0, 1, 0, 2, NEW},
			{5, 0, 1, 0, 2, NEW},
			{5, 0, 1, 0, 2, SEEN},
			{10, 0, 1, 0, 2, NEW},
			{5, 0, 1, 0, 2, OLD},
			{10, 0, 1, 0, 2, SEEN},
		}},
	{"steps of a window: each makes the last too old",
		{
			{0, 0, 1, 1, 0, NEW},
			{1, 0, 1, 1, 0, NEW},
			{2, 0, 1, 1, 0, NEW},
			{0, 0, 1, 1, 0, OLD},
			{1, 0, 1, 1, 0, OLD},
			{1, 1, 1, -1, 2, NEW},
		}},
};

static void run_sweep(struct list *l, const struct journey *j, uint64_t base, const struct sweep *s)
{
	int64_t w = l->shape.window;
	int64_t index = (int64_t)base + s->windows * w + s->more;
	int64_t count = s->count + s->halves * w / 2;

	ck_assert_int_gt(count, 0);
	for (int64_t i = 0; i < count; i++, index += s->step) {
		enum sotto_replay_answer answer = commit(l, (uint64_t)index);

		if (answer != s->answer)
			ck_abort_msg("window %d, base %llu, %s: sweep %d, packet %d: %d", (int)w,
				(unsigned long long)base, j->what, (int)(s - j->sweep), (int)i,
				answer);
	}
}

START_TEST(rp02_sweeps)
{
	static struct list l;

	for (int i = 0; i < COUNT(journeys); i++) {
		const struct journey *j = &journeys[i];

		list_init(&l, window_of(_i));
		for (int k = 0; k < SWEEPS && j->sweep[k].step != 0; k++)
			run_sweep(&l, j, base_of(_i), &j->sweep[k]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay/travel");
	TCase *tc = tcase_create("travel");

	tcase_add_loop_test(tc, rp02_single_packets, 0, JOURNEYS);
	tcase_add_loop_test(tc, rp02_sweeps, 0, JOURNEYS);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
