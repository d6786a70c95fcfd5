/* SPDX-License-Identifier: BSD-3-Clause */
/* Datagrams that end where readable memory ends: one byte read behind them ends the test. */
#ifndef SOTTO_TESTS_UNIT_RTP_GUARDED_H
#define SOTTO_TESTS_UNIT_RTP_GUARDED_H

#include <stddef.h>
#include <stdint.h>

/*
 * A copy of len bytes (at most 300,000) right before a page that cannot be read. Valid until the
 * next call. The byte before it is 0xa5.
 */
uint8_t *guarded_copy(const uint8_t *from, size_t len);

#endif
