/* SPDX-License-Identifier: BSD-3-Clause */
/* Next hops: made and given back, learnt from answers, asked for when it is time. */
#include "unit.h"

#include "session/neighbor.h"

#include <string.h>

#define SECOND 1000000ull /* microseconds */

static const uint8_t mac_a[6] = {2, 0, 0, 0, 0, 0xa};
static const uint8_t mac_b[6] = {0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa};

/* Only their addresses are looked at. */
static const struct sotto_interface access_side, core_side;

static struct sotto_neighbors *table;

static void open_table(void)
{
	table = calloc(1, sizeof(*table));
	ck_assert_ptr_nonnull(table);
}

static void close_table(void)
{
	free(table);
}

static struct sotto_addr addr_number(uint32_t n)
{
	uint8_t bytes[4] = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
	struct sotto_addr addr;

	sotto_base_addr_set(&addr, 4, bytes);
	return addr;
}

static struct sotto_neighbor *get(const struct sotto_interface *interface, uint32_t n)
{
	struct sotto_addr addr = addr_number(n);

	return sotto_neighbor_get(table, interface, &addr);
}

static bool learn(
	const struct sotto_interface *interface, uint32_t n, const uint8_t *mac, uint64_t now_us)
{
	struct sotto_net_news news = {.addr = addr_number(n)};

	memcpy(news.mac, mac, 6);
	return sotto_neighbor_learn(table, interface, &news, now_us);
}

/* How many entries are due. */
static unsigned due(uint64_t now_us)
{
	uint32_t position = 0;
	unsigned n = 0;

	while (sotto_neighbor_due(table, &position, now_us))
		n++;
	return n;
}

START_TEST(new_entry_is_unknown)
{
	struct sotto_neighbor *neighbor = get(&access_side, 1);
	struct sotto_addr addr = addr_number(1);
	uint8_t mac[6];

	ck_assert_ptr_nonnull(neighbor);
	ck_assert(sotto_base_addr_equal(&neighbor->addr, &addr));
	ck_assert_ptr_eq(neighbor->interface, &access_side);
	ck_assert_uint_eq(neighbor->references, 1);
	ck_assert(!sotto_neighbor_mac(neighbor, mac));
}
END_TEST

START_TEST(same_address_is_the_same_entry)
{
	struct sotto_neighbor *one = get(&access_side, 1);

	ck_assert_ptr_eq(get(&access_side, 1), one);
	ck_assert_uint_eq(one->references, 2);
	ck_assert_uint_eq(table->count, 1);
	sotto_neighbor_put(one);
	ck_assert_uint_eq(one->references, 1);
}
END_TEST

START_TEST(other_address_or_interface_is_another_entry)
{
	struct sotto_neighbor *one = get(&access_side, 1);

	ck_assert_ptr_ne(get(&access_side, 2), one);
	ck_assert_ptr_ne(get(&core_side, 1), one);
	ck_assert_uint_eq(table->count, 3);
}
END_TEST

START_TEST(entry_without_references_keeps_what_it_knows)
{
	struct sotto_neighbor *one = get(&access_side, 1);
	uint8_t mac[6];

	ck_assert(learn(&access_side, 1, mac_a, SECOND));
	sotto_neighbor_put(one);
	ck_assert_ptr_eq(get(&access_side, 1), one);
	ck_assert(sotto_neighbor_mac(one, mac));
	ck_assert_mem_eq(mac, mac_a, 6);
}
END_TEST

START_TEST(entry_without_references_is_reused_clean)
{
	struct sotto_neighbor *one = get(&access_side, 1);
	struct sotto_neighbor *two;
	uint8_t mac[6];

	learn(&access_side, 1, mac_a, SECOND);
	sotto_neighbor_put(one);
	two = get(&core_side, 2);
	ck_assert_ptr_eq(two, one);
	ck_assert_uint_eq(table->count, 1);
	ck_assert(!sotto_neighbor_mac(two, mac));
	ck_assert_uint_eq(two->told_us, 0);
	ck_assert_uint_eq(two->asked_us, 0);
	ck_assert_uint_eq(two->references, 1);
	ck_assert_ptr_eq(two->interface, &core_side);
}
END_TEST

START_TEST(fixed_entry_that_is_held_is_not_reused)
{
	struct sotto_neighbor *one = get(&access_side, 1);
	uint8_t mac[6];

	sotto_neighbor_fix(one, mac_a);
	for (uint32_t n = 2; n < 10; n++)
		sotto_neighbor_put(get(&access_side, n));
	ck_assert_uint_eq(table->count, 2);
	ck_assert(sotto_neighbor_mac(one, mac));
	ck_assert_mem_eq(mac, mac_a, 6);
}
END_TEST

START_TEST(full_table_is_refused_and_one_release_helps)
{
	for (uint32_t n = 0; n < SOTTO_NEIGHBORS_MAX; n++)
		ck_assert_ptr_nonnull(get(&access_side, n));
	ck_assert_ptr_null(get(&access_side, SOTTO_NEIGHBORS_MAX));
	ck_assert_ptr_null(get(&core_side, 0));
	ck_assert_ptr_eq(get(&access_side, 77), &table->entry[77]);
	sotto_neighbor_put(&table->entry[1000]);
	ck_assert_ptr_eq(get(&access_side, SOTTO_NEIGHBORS_MAX), &table->entry[1000]);
	ck_assert_ptr_null(get(&core_side, 0));
}
END_TEST

START_TEST(learning_tells_what_is_new)
{
	struct sotto_neighbor *one = get(&access_side, 1);
	uint8_t mac[6];

	ck_assert(learn(&access_side, 1, mac_a, SECOND));
	ck_assert(!learn(&access_side, 1, mac_a, 2 * SECOND));
	ck_assert_uint_eq(one->told_us, 2 * SECOND);
	ck_assert(learn(&access_side, 1, mac_b, 3 * SECOND));
	ck_assert(sotto_neighbor_mac(one, mac));
	ck_assert_mem_eq(mac, mac_b, 6);
}
END_TEST

/* The address of six zero bytes is an address: known is a bit of its own. */
START_TEST(every_mac_address_can_be_learnt)
{
	static const uint8_t zero[6], ones[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct sotto_neighbor *one = get(&access_side, 1);
	uint8_t mac[6] = {9};

	ck_assert(learn(&access_side, 1, zero, SECOND));
	ck_assert(sotto_neighbor_mac(one, mac));
	ck_assert_mem_eq(mac, zero, 6);
	ck_assert(learn(&access_side, 1, ones, SECOND));
	ck_assert(sotto_neighbor_mac(one, mac));
	ck_assert_mem_eq(mac, ones, 6);
}
END_TEST

START_TEST(strangers_teach_nothing)
{
	struct sotto_neighbor *one = get(&access_side, 1);
	uint8_t mac[6];

	ck_assert(!learn(&access_side, 2, mac_a, SECOND));
	ck_assert(!learn(&core_side, 1, mac_a, SECOND));
	ck_assert_uint_eq(table->count, 1);
	ck_assert(!sotto_neighbor_mac(one, mac));
}
END_TEST

START_TEST(fixed_address_never_changes_and_is_never_asked_for)
{
	struct sotto_neighbor *one = get(&access_side, 1);
	uint8_t mac[6];

	sotto_neighbor_fix(one, mac_a);
	ck_assert(sotto_neighbor_mac(one, mac));
	ck_assert(!learn(&access_side, 1, mac_b, SECOND));
	ck_assert(sotto_neighbor_mac(one, mac));
	ck_assert_mem_eq(mac, mac_a, 6);
	ck_assert_uint_eq(due(0), 0);
	ck_assert_uint_eq(due(1000 * SECOND), 0);
}
END_TEST

START_TEST(unknown_entry_is_asked_for_once_a_second)
{
	get(&access_side, 1);
	ck_assert_uint_eq(due(5 * SECOND), 1);
	ck_assert_uint_eq(due(5 * SECOND), 0);
	ck_assert_uint_eq(due(6 * SECOND - 1), 0);
	ck_assert_uint_eq(due(6 * SECOND), 1);
	ck_assert_uint_eq(due(6 * SECOND + 1), 0);
	ck_assert_uint_eq(due(7 * SECOND), 1);
}
END_TEST

START_TEST(known_entry_is_refreshed_after_30_seconds)
{
	get(&access_side, 1);
	ck_assert_uint_eq(due(5 * SECOND), 1);
	learn(&access_side, 1, mac_a, 5 * SECOND + 100);
	ck_assert_uint_eq(due(7 * SECOND), 0);
	ck_assert_uint_eq(due(35 * SECOND + 99), 0);
	ck_assert_uint_eq(due(35 * SECOND + 100), 1);
	/* no answer: every second from now on, and the old address stays in use meanwhile */
	ck_assert_uint_eq(due(36 * SECOND), 0);
	ck_assert_uint_eq(due(36 * SECOND + 100), 1);
	ck_assert(sotto_neighbor_mac(&table->entry[0], (uint8_t[6]){0}));
	learn(&access_side, 1, mac_a, 36 * SECOND + 200);
	ck_assert_uint_eq(due(40 * SECOND), 0);
	ck_assert_uint_eq(due(66 * SECOND + 200), 1);
}
END_TEST

START_TEST(entry_without_references_is_not_asked_for)
{
	struct sotto_neighbor *one = get(&access_side, 1);

	sotto_neighbor_put(one);
	ck_assert_uint_eq(due(5 * SECOND), 0);
	get(&access_side, 1);
	ck_assert_uint_eq(due(5 * SECOND), 1);
}
END_TEST

/* The walk can be stopped and gone on with: the rate of questions is the caller's business. */
START_TEST(walk_over_due_entries_goes_on_where_it_was)
{
	uint32_t position = 0;

	for (uint32_t n = 0; n < 10; n++)
		get(&access_side, n);
	learn(&access_side, 4, mac_a, SECOND);
	for (uint32_t n = 0; n < 10; n++) {
		if (n == 4)
			continue;
		ck_assert_ptr_eq(
			sotto_neighbor_due(table, &position, 2 * SECOND), &table->entry[n]);
		ck_assert_uint_eq(position, n + 1);
	}
	ck_assert_ptr_null(sotto_neighbor_due(table, &position, 2 * SECOND));
	ck_assert_ptr_null(sotto_neighbor_due(table, &position, 2 * SECOND));
}
END_TEST

START_TEST(empty_table_has_nothing_due)
{
	ck_assert_uint_eq(due(0), 0);
	ck_assert_uint_eq(due(UINT64_MAX), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/neighbor");
	TCase *tc = tcase_create("neighbor");

	tcase_add_checked_fixture(tc, open_table, close_table);
	tcase_add_test(tc, new_entry_is_unknown);
	tcase_add_test(tc, same_address_is_the_same_entry);
	tcase_add_test(tc, other_address_or_interface_is_another_entry);
	tcase_add_test(tc, entry_without_references_keeps_what_it_knows);
	tcase_add_test(tc, entry_without_references_is_reused_clean);
	tcase_add_test(tc, fixed_entry_that_is_held_is_not_reused);
	tcase_add_test(tc, full_table_is_refused_and_one_release_helps);
	tcase_add_test(tc, learning_tells_what_is_new);
	tcase_add_test(tc, every_mac_address_can_be_learnt);
	tcase_add_test(tc, strangers_teach_nothing);
	tcase_add_test(tc, fixed_address_never_changes_and_is_never_asked_for);
	tcase_add_test(tc, unknown_entry_is_asked_for_once_a_second);
	tcase_add_test(tc, known_entry_is_refreshed_after_30_seconds);
	tcase_add_test(tc, entry_without_references_is_not_asked_for);
	tcase_add_test(tc, walk_over_due_entries_goes_on_where_it_was);
	tcase_add_test(tc, empty_table_has_nothing_due);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
