/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading the configuration: one table row for each key of each section. */
#include "config.h"

#include "config_values.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct key {
	const char *name;
	/* Reads value into target; NULL when good, else what is expected. */
	const char *(*read)(const char *value, void *target);
	size_t offset; /* of the target in the section's struct */
};

#define ENGINE(field) offsetof(struct config, field)
#define PORT(field) offsetof(struct config_port, field)
#define ADDRESS(field) offsetof(struct config_address, field)

static const struct key engine_keys[] = {
	{"workers", value_workers, 0},
	{"main_core", value_core, ENGINE(main_core)},
	{"crypto", value_crypto, ENGINE(crypto)},
	{"hugepages", value_hugepages, ENGINE(hugepages)},
	{"memory", value_memory, ENGINE(memory_mib)},
	{"mbufs", value_mbufs, ENGINE(mbufs)},
	{"idle_us", value_idle, ENGINE(idle_us)},
	{"lock_memory", value_yes_no, ENGINE(lock_memory)},
	{NULL, NULL, 0},
};

static const struct key control_keys[] = {
	{"socket", value_text, ENGINE(socket)},
	{"mode", value_mode, ENGINE(mode)},
	{"users", value_users, 0},
	{"groups", value_groups, 0},
	{NULL, NULL, 0},
};

static const struct key limits_keys[] = {
	{"sessions", value_limit, ENGINE(sessions)},
	{"streams", value_limit, ENGINE(streams)},
	{"media_timeout", value_seconds, ENGINE(media_timeout_s)},
	{NULL, NULL, 0},
};

static const struct key port_keys[] = {
	{"device", value_text, PORT(device)},
	{"mac", value_port_mac, 0},
	{"mtu", value_mtu, PORT(mtu)},
	{"start", value_start, PORT(start)},
	{"steering", value_steering, PORT(steering)},
	{NULL, NULL, 0},
};

static const struct key address_keys[] = {
	{"port", value_name, ADDRESS(port)},
	{"interface", value_name, ADDRESS(interface)},
	{"address", value_prefix, 0},
	{"vlan", value_vlan, ADDRESS(vlan)},
	{"gateway", value_addr, ADDRESS(gateway)},
	{"neighbor", value_neighbor, 0},
	{"ports", value_port_range, 0},
	{NULL, NULL, 0},
};

/* What the callback of inih needs to know. */
struct reading {
	struct config *config;
	bool failed;
	char complaint[CONFIG_TEXT + 128]; /* the first; inih tells its line at the end */
};

static int complain(struct reading *r, const char *what, const char *name, const char *expected)
{
	if (!r->failed)
		snprintf(r->complaint, sizeof(r->complaint), "%s '%.200s': %s", what, name,
			expected);
	r->failed = true;
	return 0;
}

/* The name in "[port NAME]", or NULL when the section is of another kind. */
static const char *named(const char *section, const char *kind)
{
	size_t len = strlen(kind);

	return strncmp(section, kind, len) == 0 && section[len] == ' ' ? section + len + 1 : NULL;
}

static struct config_port *port_of(struct config *config, const char *name)
{
	struct config_port *port;

	for (unsigned i = 0; i < config->port_count; i++) {
		if (strcmp(config->port[i].name, name) == 0)
			return &config->port[i];
	}
	if (config->port_count == SOTTO_DEVICES_MAX)
		return NULL;
	port = &config->port[config->port_count];
	if (value_name(name, port->name))
		return NULL;
	port->mtu = 1500;
	port->start = true;
	config->port_count++;
	return port;
}

static struct config_address *address_of(struct config *config, const char *name)
{
	struct config_address *address;

	for (unsigned i = 0; i < config->address_count; i++) {
		if (strcmp(config->address[i].name, name) == 0)
			return &config->address[i];
	}
	if (config->address_count == SOTTO_INTERFACES_MAX)
		return NULL;
	address = &config->address[config->address_count];
	if (value_name(name, address->name))
		return NULL;
	value_name(name, address->interface);
	address->port_low = 20000;
	address->port_high = 39999;
	config->address_count++;
	return address;
}

/* The keys of a section and the struct that they fill; false for an unknown section. */
static bool find_section(
	struct config *config, const char *section, const struct key **keys, void **base)
{
	const char *name;

	*base = config;
	if (strcmp(section, "engine") == 0) {
		*keys = engine_keys;
	} else if (strcmp(section, "control") == 0) {
		*keys = control_keys;
	} else if (strcmp(section, "limits") == 0) {
		*keys = limits_keys;
	} else if ((name = named(section, "port")) != NULL) {
		*keys = port_keys;
		*base = port_of(config, name);
	} else if ((name = named(section, "address")) != NULL) {
		*keys = address_keys;
		*base = address_of(config, name);
	} else {
		return false;
	}
	return *base != NULL;
}

static int on_value(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *r = arg;
	const struct key *key;
	const char *expected;
	void *base;

	if (!find_section(r->config, section, &key, &base))
		return complain(r, "section", section,
			"expected engine, control, limits, 'port NAME' or 'address NAME'");
	while (key->name && strcmp(key->name, name) != 0)
		key++;
	if (!key->name)
		return complain(r, "key", name, "not known in this section");
	expected = key->read(value, (char *)base + key->offset);
	return expected ? complain(r, "key", name, expected) : 1;
}

static int complain_about(const char *path, const char *section, const char *name, const char *what)
{
	fprintf(stderr, "%s: [%s %s]: %s\n", path, section, name, what);
	return -EINVAL;
}

/* Whether an earlier section has the same address in the same VLAN of the same port. */
static bool is_repeated(const struct config *config, unsigned i)
{
	const struct config_address *a = &config->address[i];

	for (unsigned k = 0; k < i; k++) {
		const struct config_address *b = &config->address[k];

		if (strcmp(a->port, b->port) == 0 && a->vlan == b->vlan &&
			sotto_base_addr_equal(&a->addr, &b->addr))
			return true;
	}
	return false;
}

static bool has_port(const struct config *config, const char *name)
{
	for (unsigned i = 0; i < config->port_count; i++) {
		if (strcmp(config->port[i].name, name) == 0)
			return true;
	}
	return false;
}

/* What is wrong with an address section as a whole, or NULL. */
static const char *address_fault(const struct config *config, unsigned i)
{
	const struct config_address *a = &config->address[i];

	if (a->addr.family == 0)
		return "address is missing";
	if (!has_port(config, a->port))
		return "port names no [port ...] section";
	if (a->gateway.family != 0 && !sotto_base_addr_in_prefix(&a->gateway, &a->addr, a->prefix))
		return "gateway is outside the prefix";
	return is_repeated(config, i) ? "another section has this address on this port" : NULL;
}

/* What no single key shows: that sections are complete and fit together. */
static int check_whole(const char *path, const struct config *config)
{
	for (unsigned i = 0; i < config->port_count; i++) {
		if (config->port[i].device[0] == 0)
			return complain_about(
				path, "port", config->port[i].name, "device is missing");
	}
	for (unsigned i = 0; i < config->address_count; i++) {
		const char *fault = address_fault(config, i);

		if (fault)
			return complain_about(path, "address", config->address[i].name, fault);
	}
	if (config->port_count != 0 && config->address_count != 0)
		return 0;
	fprintf(stderr, "%s: at least one [port NAME] and one [address NAME] are needed\n", path);
	return -EINVAL;
}

static void set_defaults(struct config *config)
{
	memset(config, 0, sizeof(*config));
	config->worker_count = 1;
	config->worker_core[0] = 1;
	snprintf(config->crypto, sizeof(config->crypto), "auto");
	config->memory_mib = 512;
	config->mbufs = 32768;
	config->lock_memory = true;
	snprintf(config->socket, sizeof(config->socket), "/run/sotto/control.sock");
	config->mode = 0660;
	config->sessions = 10000;
	config->streams = 160000;
	config->media_timeout_s = 60;
}

int config_read(const char *path, struct config *config)
{
	struct reading r = {.config = config};
	int rc;

	set_defaults(config);
	rc = ini_parse(path, on_value, &r);
	if (rc == -1) {
		fprintf(stderr, "%s: cannot be read: %s\n", path, strerror(errno));
		return -ENOENT;
	}
	if (rc != 0)
		fprintf(stderr, "%s:%d: %s\n", path, rc,
			r.failed ? r.complaint
				 : "neither 'key = value' nor '[section]', or longer than 199 "
				   "characters");
	return rc != 0 ? -EINVAL : check_whole(path, config);
}
