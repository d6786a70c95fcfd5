/* SPDX-License-Identifier: BSD-3-Clause */
/* Somebody else's word on a packet that the gateway sent. */
#ifndef SOTTO_PERF_PIPELINE_JUDGE_H
#define SOTTO_PERF_PIPELINE_JUDGE_H

#include "keys/keys.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether lengths and checksums of an IPv4 UDP frame are right. */
bool pipeline_judge_headers(const uint8_t *frame, uint32_t len);

/* Opens a stream's SRTP packet in its first round of sequence numbers with libsrtp2. */
bool pipeline_judge_open(const struct sotto_keying *keying, uint8_t *data, uint32_t *len);

#endif
