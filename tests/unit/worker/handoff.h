/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the thread sanitizer cannot see: DPDK's own libraries are not instrumented, so a packet that
 * goes through a device or a pool seems to change hands without order. handoff_tsan.c tells it;
 * handoff_none.c is for all other builds and does nothing. Meson chooses.
 */
#ifndef SOTTO_TESTS_UNIT_WORKER_HANDOFF_H
#define SOTTO_TESTS_UNIT_WORKER_HANDOFF_H

#include <stdint.h>

/* Around every pass of an object from one thread to another: by the giver before, the taker after.
 */
void handoff_give(void *object);
void handoff_take(void *object);

/* The same inside the receive and transmit calls of a device. Before it is started. */
void handoff_watch_device(uint16_t port, uint16_t queues);

/* Name of the pool operations that do the same for what is freed and allocated; NULL = default. */
const char *handoff_pool_ops(void);

#endif
