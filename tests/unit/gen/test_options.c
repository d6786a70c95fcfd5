/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line: what is read, and what is refused with status 2. */
#include "unit.h"

#include "app/sotto-gen/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define WORDS 40

static struct gen_options options;

/* Reads a command line of words between blanks. */
static int read_line(const char *line)
{
	static char copy[1024];
	char *argv[WORDS + 1] = {NULL}, *save = NULL;
	int argc = 0;

	ck_assert_uint_lt(strlen(line), sizeof(copy));
	memcpy(copy, line, strlen(line) + 1);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	optind = 0; /* begin anew */
	return gen_options_read(&options, argc, argv);
}

#define SIDES "gen --address a=10.0.0.1/24 --address b=2001:db8::1/64 "
#define WHOLE SIDES "--device a=net_null0 --control /s "

START_TEST(defaults)
{
	ck_assert_int_eq(read_line(WHOLE), -1);
	ck_assert_uint_eq(options.calls, 1);
	ck_assert_uint_eq(options.payload, 160);
	ck_assert_uint_eq(options.ptime_ms, 20);
	ck_assert(options.sends[GEN_A] && options.sends[GEN_B]);
	ck_assert_str_eq(options.side[GEN_A].interface[0], "access");
	ck_assert_str_eq(options.side[GEN_B].interface[0], "core");
	ck_assert_ptr_null(options.side[GEN_A].suite);
	ck_assert_ptr_null(options.side[GEN_B].device);
	ck_assert_uint_eq(options.side[GEN_B].address[0].prefix, 64);
	ck_assert(options.max_loss == 0);
	ck_assert_double_eq(options.drain_s, 2);
}
END_TEST

START_TEST(every_option)
{
	ck_assert_int_eq(
		read_line(WHOLE
			"--calls 7 --payload 20 --ptime 10 --payload-type 96 --seed 5 "
			"--send b --suite a=aead_aes_128_gcm --rate 1e6 --duration 1.5 "
			"--max-loss 0.5 --search pdr --trial 3 --confirm 0 --drain 9 --settle 3 "
			"--hugepages no"),
		-1);
	ck_assert_uint_eq(options.calls, 7);
	ck_assert_uint_eq(options.payload, 20);
	ck_assert_uint_eq(options.payload_type, 96);
	ck_assert(!options.sends[GEN_A] && options.sends[GEN_B]);
	ck_assert_str_eq(options.side[GEN_A].suite->name, "AEAD_AES_128_GCM");
	ck_assert_double_eq(options.rate, 1e6);
	ck_assert_double_eq(options.max_loss, 0.005);
	ck_assert_int_eq(options.search, GEN_SEARCH_PDR);
	ck_assert_double_eq(options.confirm_s, 0);
	ck_assert_double_eq(options.drain_s, 9);
	ck_assert_double_eq(options.settle_s, 3);
	ck_assert(options.no_huge);
	ck_assert_int_eq(read_line(WHOLE "--mac b=02:00:00:00:00:01 --vlan a=7 --gateway "
					 "a=10.0.0.9 --ports b=20000-20001 --interface a=x "
					 "--interface a=y --address a=10.0.0.2/24"),
		-1);
	ck_assert(options.side[GEN_B].has_mac && !options.side[GEN_A].has_mac);
	ck_assert_uint_eq(options.side[GEN_A].vlan, 7);
	ck_assert_uint_eq(options.side[GEN_A].gateway.bytes[3], 9);
	ck_assert_uint_eq(options.side[GEN_B].port_high, 20001);
	ck_assert_uint_eq(options.side[GEN_A].interface_count, 2);
	ck_assert_uint_eq(options.side[GEN_A].address_count, 2);
}
END_TEST

START_TEST(eal_arguments_stand_behind_two_dashes)
{
	ck_assert_int_eq(read_line(WHOLE "-- -n 4"), -1);
	ck_assert_int_eq(options.eal_count, 2);
	ck_assert_int_eq(read_line(WHOLE "surplus"), 2);
}
END_TEST

START_TEST(files_alone_need_no_device)
{
	ck_assert_int_eq(read_line(SIDES "--write-plan f"), -1);
	ck_assert(!gen_options_run(&options));
	ck_assert_int_eq(read_line(WHOLE), -1);
	ck_assert(gen_options_run(&options));
}
END_TEST

START_TEST(incomplete_lines_are_refused)
{
	ck_assert_int_eq(read_line(SIDES), 2);
	ck_assert_int_eq(read_line(SIDES "--control /s"), 2);
	ck_assert_int_eq(read_line("gen --address a=10.0.0.1/24 --write-plan f"), 2);
	ck_assert_int_eq(read_line(WHOLE "--plan f"), 2);
	ck_assert_int_eq(read_line(WHOLE "--address a=2001:db8::5/64"), 2);
	ck_assert_int_eq(read_line(WHOLE "--search ndr --max-loss 0.1"), 2);
	ck_assert_int_eq(read_line(WHOLE "--search ndr --max-loss 0"), -1);
	ck_assert_int_eq(read_line(WHOLE "--unknown 1"), 2);
	ck_assert_int_eq(read_line(WHOLE "--calls"), 2);
}
END_TEST

START_TEST(wrong_values_are_refused)
{
	static const char *const wrong[] = {"--calls 0", "--calls 1x", "--calls -1",
		"--payload 1401", "--ptime 0", "--payload-type 72", "--payload-type 128",
		"--seed x", "--rate 0", "--rate nan", "--rate inf", "--duration 0",
		"--max-loss 101", "--search fast", "--precision 0", "--drain 0", "--settle -1",
		"--hugepages yes", "--suite AES", "--suite a=AES", "--suite c=clear",
		"--device net_null0", "--address a=10.0.0.1", "--address a=10.0.0.1/33",
		"--address a=224.0.0.1/24", "--mac a=01:00:00:00:00:01", "--mac a=x",
		"--vlan a=4095", "--ports a=10001-10002", "--ports a=10000-10001x",
		"--ports a=80-81", "--gateway a=x", "--send c", "--core x", "--idle-us 10001"};

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char line[512];

		snprintf(line, sizeof(line), "%s%s", WHOLE, wrong[i]);
		ck_assert_msg(read_line(line) == 2, "%s was taken", wrong[i]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gen_options");
	TCase *tcase = tcase_create("options");

	tcase_add_test(tcase, defaults);
	tcase_add_test(tcase, every_option);
	tcase_add_test(tcase, eal_arguments_stand_behind_two_dashes);
	tcase_add_test(tcase, files_alone_need_no_device);
	tcase_add_test(tcase, incomplete_lines_are_refused);
	tcase_add_test(tcase, wrong_values_are_refused);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
