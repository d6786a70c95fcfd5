/* SPDX-License-Identifier: BSD-3-Clause */
/* Readers of single configuration values. Each returns NULL, or what was expected instead. */
#ifndef SOTTO_APP_CONFIG_VALUES_H
#define SOTTO_APP_CONFIG_VALUES_H

/* target: char[CONFIG_TEXT] */
const char *value_text(const char *value, void *target);
const char *value_crypto(const char *value, void *target);
/* target: char[32], a name of letters, digits, '-', '_' and '.' */
const char *value_name(const char *value, void *target);
/* target: unsigned */
const char *value_core(const char *value, void *target);
const char *value_memory(const char *value, void *target);
const char *value_mbufs(const char *value, void *target);
const char *value_idle(const char *value, void *target);
const char *value_mode(const char *value, void *target);
/* target: uint32_t */
const char *value_limit(const char *value, void *target);
const char *value_seconds(const char *value, void *target);
/* target: uint16_t */
const char *value_mtu(const char *value, void *target);
const char *value_vlan(const char *value, void *target);
/* target: enum config_hugepages */
const char *value_hugepages(const char *value, void *target);
/* target: enum config_steering */
const char *value_steering(const char *value, void *target);
/* target: bool */
const char *value_start(const char *value, void *target);
const char *value_yes_no(const char *value, void *target);
/* target: struct sotto_addr */
const char *value_addr(const char *value, void *target);
/* target: struct config */
const char *value_workers(const char *value, void *target);
const char *value_users(const char *value, void *target);
const char *value_groups(const char *value, void *target);
/* target: struct config_port */
const char *value_port_mac(const char *value, void *target);
/* target: struct config_address */
const char *value_prefix(const char *value, void *target);
const char *value_neighbor(const char *value, void *target);
const char *value_port_range(const char *value, void *target);

#endif
