/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Readers of single option values, named after what they fill. Each returns NULL when the value is
 * good, else what is expected: "expected ...".
 */
#ifndef SOTTO_GEN_VALUES_H
#define SOTTO_GEN_VALUES_H

const char *value_path(const char *value, void *target);
const char *value_device(const char *value, void *target);
const char *value_gateway(const char *value, void *target);
const char *value_vlan(const char *value, void *target);
const char *value_calls(const char *value, void *target);
const char *value_suite(const char *value, void *target);
const char *value_payload(const char *value, void *target);
const char *value_ptime_ms(const char *value, void *target);
const char *value_payload_type(const char *value, void *target);
const char *value_seed(const char *value, void *target);
const char *value_rate(const char *value, void *target);
const char *value_seconds(const char *value, void *target);
const char *value_seconds_or_none(const char *value, void *target);
const char *value_percent(const char *value, void *target);   /* to a share */
const char *value_precision(const char *value, void *target); /* percent to a share */
const char *value_search(const char *value, void *target);
const char *value_core(const char *value, void *target);
const char *value_memory_mib(const char *value, void *target);
const char *value_mbufs(const char *value, void *target);
const char *value_hugepages(const char *value, void *target);
const char *value_idle_us(const char *value, void *target);

/* The target of these is the whole struct gen_side_options. */
const char *value_address(const char *value, void *target);
const char *value_mac(const char *value, void *target);
const char *value_ports(const char *value, void *target);
const char *value_interface(const char *value, void *target);

/* The target of this one is the whole struct gen_options. */
const char *value_send(const char *value, void *target);

#endif
