/* SPDX-License-Identifier: BSD-3-Clause */
/* What every unit test program shares: one runner, so that all print and exit alike. */
#ifndef SOTTO_TESTS_UNIT_UNIT_H
#define SOTTO_TESTS_UNIT_UNIT_H

#include <check.h>
#include <stdlib.h>

/*
 * Runs a suite; the exit status of main(). Prints a line "ok N - FILE:CASE:TEST: Passed" for each
 * test, which scripts/check-cases reads, then every failed check and Check's summary line.
 */
static inline int sotto_unit_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
