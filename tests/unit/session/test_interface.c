/* SPDX-License-Identifier: BSD-3-Clause */
/* Port tables: which ranges are allowed, which ports are given, who is found, which way leads out.
 */
#include "unit.h"

#include "allocations.h"
#include "session/interface.h"

#include <errno.h>

#define LOW 20000
#define PAIRS 8
#define HIGH (LOW + 2 * PAIRS - 1)

static struct sotto_addr addr_of(const char *text)
{
	struct sotto_addr addr;

	ck_assert_int_eq(sotto_base_addr_parse(text, &addr), 0);
	return addr;
}

static struct sotto_interface open_range(uint16_t low, uint16_t high)
{
	struct sotto_interface interface = {.port_low = low, .port_high = high};

	ck_assert_int_eq(sotto_interface_init(&interface), 0);
	return interface;
}

START_TEST(ranges_that_are_no_pairs_are_refused)
{
	static const uint16_t bad[][2] = {{0, 1}, {0, 65535}, {20001, 20003}, {20000, 20002},
		{20001, 20002}, {20002, 20001}, {20000, 19999}, {65534, 1}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sotto_interface interface = {.port_low = bad[i][0], .port_high = bad[i][1]};

		ck_assert_int_eq(sotto_interface_init(&interface), -EINVAL);
		ck_assert_ptr_null(interface.table);
		ck_assert_ptr_null(interface.used);
	}
}
END_TEST

START_TEST(smallest_and_largest_range_open)
{
	struct sotto_interface one = open_range(65534, 65535), all = open_range(2, 65535);
	uint16_t port = 0;

	ck_assert_int_eq(sotto_interface_reserve(&one, 0, &port), 0);
	ck_assert_uint_eq(port, 65534);
	ck_assert_int_eq(sotto_interface_reserve(&one, 0, &port), -EADDRNOTAVAIL);
	ck_assert_int_eq(sotto_interface_reserve(&all, 65534, &port), 0);
	ck_assert_int_eq(sotto_interface_reserve(&all, 2, &port), 0);
	ck_assert_ptr_null(sotto_interface_lookup(&all, 65535));
	ck_assert_ptr_null(sotto_interface_lookup(&all, 0));
	ck_assert_ptr_null(sotto_interface_lookup(&all, 1));
	sotto_interface_fini(&one);
	sotto_interface_fini(&all);
}
END_TEST

START_TEST(mh11_init_without_memory)
{
	struct sotto_interface interface = {.port_low = LOW, .port_high = HIGH};

	for (unsigned n = 1; n <= 2; n++) {
		int rc;

		allocations_fail_at(n, false);
		allocations_count(true);
		rc = sotto_interface_init(&interface);
		allocations_count(false);
		ck_assert_int_eq(rc, -ENOMEM);
		ck_assert_int_eq(allocations_out(), 0);
		ck_assert_ptr_null(interface.table);
		ck_assert_ptr_null(interface.used);
	}
}
END_TEST

START_TEST(free_pairs_are_given_in_turn)
{
	struct sotto_interface interface = open_range(LOW, HIGH);
	uint16_t port = 0;

	for (unsigned i = 0; i < PAIRS; i++) {
		ck_assert_int_eq(sotto_interface_reserve(&interface, 0, &port), 0);
		ck_assert_uint_eq(port, LOW + 2 * i);
	}
	sotto_interface_fini(&interface);
}
END_TEST

/* A released port rests until its turn comes round again. */
START_TEST(released_port_rests_as_long_as_possible)
{
	struct sotto_interface interface = open_range(LOW, HIGH);
	uint16_t port = 0;

	ck_assert_int_eq(sotto_interface_reserve(&interface, 0, &port), 0);
	sotto_interface_unreserve(&interface, port);
	for (unsigned i = 1; i < PAIRS; i++) {
		ck_assert_int_eq(sotto_interface_reserve(&interface, 0, &port), 0);
		ck_assert_uint_eq(port, LOW + 2 * i);
		sotto_interface_unreserve(&interface, port);
	}
	ck_assert_int_eq(sotto_interface_reserve(&interface, 0, &port), 0);
	ck_assert_uint_eq(port, LOW);
	sotto_interface_fini(&interface);
}
END_TEST

START_TEST(taken_pairs_are_stepped_over)
{
	struct sotto_interface interface = open_range(LOW, HIGH);
	uint16_t port = 0;

	ck_assert_int_eq(sotto_interface_reserve(&interface, LOW, &port), 0);
	ck_assert_int_eq(sotto_interface_reserve(&interface, LOW + 2, &port), 0);
	ck_assert_int_eq(sotto_interface_reserve(&interface, LOW + 6, &port), 0);
	ck_assert_int_eq(sotto_interface_reserve(&interface, 0, &port), 0);
	ck_assert_uint_eq(port, LOW + 4);
	ck_assert_int_eq(sotto_interface_reserve(&interface, 0, &port), 0);
	ck_assert_uint_eq(port, LOW + 8);
	sotto_interface_fini(&interface);
}
END_TEST

START_TEST(full_range_is_refused_and_one_release_helps)
{
	struct sotto_interface interface = open_range(LOW, HIGH);
	uint16_t port = 0;

	for (unsigned i = 0; i < PAIRS; i++)
		ck_assert_int_eq(sotto_interface_reserve(&interface, 0, &port), 0);
	port = 7;
	ck_assert_int_eq(sotto_interface_reserve(&interface, 0, &port), -EADDRNOTAVAIL);
	ck_assert_uint_eq(port, 7);
	for (unsigned i = 0; i < PAIRS; i++) {
		sotto_interface_unreserve(&interface, (uint16_t)(LOW + 2 * i));
		ck_assert_int_eq(sotto_interface_reserve(&interface, 0, &port), 0);
		ck_assert_uint_eq(port, LOW + 2 * i);
	}
	sotto_interface_fini(&interface);
}
END_TEST

START_TEST(wished_port_is_given_once)
{
	struct sotto_interface interface = open_range(LOW, HIGH);
	uint16_t port = 7;

	for (unsigned wish = LOW; wish < HIGH; wish += 2) {
		ck_assert_int_eq(sotto_interface_reserve(&interface, (uint16_t)wish, &port), 0);
		ck_assert_uint_eq(port, wish);
		port = 7;
		ck_assert_int_eq(
			sotto_interface_reserve(&interface, (uint16_t)wish, &port), -EADDRINUSE);
		ck_assert_uint_eq(port, 7);
	}
	sotto_interface_fini(&interface);
}
END_TEST

START_TEST(odd_and_outside_wishes_are_refused)
{
	static const uint16_t bad[] = {
		1, 2, LOW - 2, LOW - 1, LOW + 1, HIGH, HIGH + 1, HIGH + 2, 65534, 65535};
	struct sotto_interface interface = open_range(LOW, HIGH);
	uint16_t port = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(sotto_interface_reserve(&interface, bad[i], &port), -EINVAL);
		ck_assert_uint_eq(port, 7);
	}
	sotto_interface_fini(&interface);
}
END_TEST

START_TEST(lookup_finds_who_was_published)
{
	struct sotto_interface interface = open_range(LOW, HIGH);
	const struct sotto_leg *legs = (const struct sotto_leg *)(uintptr_t)4096;

	for (unsigned port = LOW; port <= HIGH; port++)
		sotto_interface_publish(&interface, (uint16_t)port,
			(const struct sotto_leg *)((uintptr_t)legs + 64 * port));
	for (unsigned port = 0; port <= 65535; port++) {
		const struct sotto_leg *leg = sotto_interface_lookup(&interface, (uint16_t)port);

		if (port < LOW || port > HIGH)
			ck_assert_ptr_null(leg);
		else
			ck_assert_uint_eq((uintptr_t)leg, (uintptr_t)legs + 64 * port);
	}
	sotto_interface_publish(&interface, LOW + 3, NULL);
	ck_assert_ptr_null(sotto_interface_lookup(&interface, LOW + 3));
	ck_assert_ptr_nonnull(sotto_interface_lookup(&interface, LOW + 2));
	ck_assert_ptr_nonnull(sotto_interface_lookup(&interface, LOW + 4));
	sotto_interface_fini(&interface);
}
END_TEST

static struct sotto_interface with_address(const char *address, uint8_t prefix, const char *gateway)
{
	struct sotto_interface interface = {.port_low = LOW, .port_high = HIGH};

	interface.local.addr = addr_of(address);
	interface.local.prefix = prefix;
	if (gateway)
		interface.gateway = addr_of(gateway);
	ck_assert_int_eq(sotto_interface_init(&interface), 0);
	return interface;
}

START_TEST(next_hop_on_the_prefix_is_the_remote)
{
	struct sotto_interface four = with_address("192.0.2.10", 24, "192.0.2.1");
	struct sotto_interface six = with_address("2001:db8::10", 64, NULL);
	struct sotto_addr remote = addr_of("192.0.2.255"), remote6 = addr_of("2001:db8::ffff:1");

	ck_assert_ptr_eq(sotto_interface_next_hop(&four, &remote), &remote);
	ck_assert_ptr_eq(sotto_interface_next_hop(&six, &remote6), &remote6);
	sotto_interface_fini(&four);
	sotto_interface_fini(&six);
}
END_TEST

START_TEST(next_hop_off_the_prefix_is_the_gateway)
{
	struct sotto_interface four = with_address("192.0.2.10", 25, "192.0.2.1");
	struct sotto_interface six = with_address("2001:db8::10", 64, "fe80::1");
	struct sotto_addr remote = addr_of("192.0.2.128"), remote6 = addr_of("2001:db8:0:1::1");

	ck_assert_ptr_eq(sotto_interface_next_hop(&four, &remote), &four.gateway);
	ck_assert_ptr_eq(sotto_interface_next_hop(&six, &remote6), &six.gateway);
	sotto_interface_fini(&four);
	sotto_interface_fini(&six);
}
END_TEST

START_TEST(no_way_without_gateway_or_with_another_family)
{
	struct sotto_interface four = with_address("192.0.2.10", 24, NULL);
	struct sotto_interface mixed = with_address("192.0.2.10", 24, "fe80::1");
	struct sotto_addr far = addr_of("198.51.100.1"), six = addr_of("2001:db8::1");
	struct sotto_addr none = {.family = 0};

	ck_assert_ptr_null(sotto_interface_next_hop(&four, &far));
	ck_assert_ptr_null(sotto_interface_next_hop(&four, &six));
	ck_assert_ptr_null(sotto_interface_next_hop(&four, &none));
	ck_assert_ptr_null(sotto_interface_next_hop(&mixed, &far));
	sotto_interface_fini(&four);
	sotto_interface_fini(&mixed);
}
END_TEST

START_TEST(pp24_directed_broadcast_is_derived)
{
	static const struct {
		uint8_t prefix;
		const char *broadcast;
	} rows[] = {{24, "192.0.2.255"}, {25, "192.0.2.127"}, {30, "192.0.2.11"},
		{1, "255.255.255.255"}, {16, "192.0.255.255"}, {0, "255.255.255.255"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sotto_interface interface = with_address("192.0.2.10", rows[i].prefix, NULL);
		struct sotto_addr want = addr_of(rows[i].broadcast);

		ck_assert_msg(
			sotto_base_addr_equal(&interface.broadcast, &want), "/%u", rows[i].prefix);
		sotto_interface_fini(&interface);
	}
}
END_TEST

START_TEST(pp24_no_broadcast_on_31_32_and_ipv6)
{
	struct sotto_interface a = with_address("192.0.2.10", 31, NULL);
	struct sotto_interface b = with_address("192.0.2.10", 32, NULL);
	struct sotto_interface c = with_address("2001:db8::10", 24, NULL);

	ck_assert_uint_eq(a.broadcast.family, 0);
	ck_assert_uint_eq(b.broadcast.family, 0);
	ck_assert_uint_eq(c.broadcast.family, 0);
	sotto_interface_fini(&a);
	sotto_interface_fini(&b);
	sotto_interface_fini(&c);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/interface");
	TCase *tc = tcase_create("interface");

	tcase_add_test(tc, ranges_that_are_no_pairs_are_refused);
	tcase_add_test(tc, smallest_and_largest_range_open);
	tcase_add_test(tc, mh11_init_without_memory);
	tcase_add_test(tc, free_pairs_are_given_in_turn);
	tcase_add_test(tc, released_port_rests_as_long_as_possible);
	tcase_add_test(tc, taken_pairs_are_stepped_over);
	tcase_add_test(tc, full_range_is_refused_and_one_release_helps);
	tcase_add_test(tc, wished_port_is_given_once);
	tcase_add_test(tc, odd_and_outside_wishes_are_refused);
	tcase_add_test(tc, lookup_finds_who_was_published);
	tcase_add_test(tc, next_hop_on_the_prefix_is_the_remote);
	tcase_add_test(tc, next_hop_off_the_prefix_is_the_gateway);
	tcase_add_test(tc, no_way_without_gateway_or_with_another_family);
	tcase_add_test(tc, pp24_directed_broadcast_is_derived);
	tcase_add_test(tc, pp24_no_broadcast_on_31_32_and_ipv6);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
