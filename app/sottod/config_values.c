/* SPDX-License-Identifier: BSD-3-Clause */
/* Readers of single configuration values: text to checked number, name or address. */
#include "config_values.h"

#include "config.h"
#include "drivers/crypto/drivers.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A whole number in low..high, in the given base. */
static bool number(
	const char *value, int base, unsigned long low, unsigned long high, unsigned long *out)
{
	char *end;

	if (!isdigit((unsigned char)value[0]))
		return false;
	errno = 0;
	*out = strtoul(value, &end, base);
	return errno == 0 && *end == 0 && *out >= low && *out <= high;
}

static const char *read_unsigned(const char *value, unsigned long low, unsigned long high,
	void *target, const char *expected)
{
	unsigned long v;

	if (!number(value, 10, low, high, &v))
		return expected;
	*(unsigned *)target = (unsigned)v;
	return NULL;
}

static const char *read_u16(const char *value, unsigned long low, unsigned long high, void *target,
	const char *expected)
{
	unsigned long v;

	if (!number(value, 10, low, high, &v))
		return expected;
	*(uint16_t *)target = (uint16_t)v;
	return NULL;
}

const char *value_text(const char *value, void *target)
{
	if (value[0] == 0 || strlen(value) >= CONFIG_TEXT)
		return "expected 1 to 255 characters";
	memcpy(target, value, strlen(value) + 1);
	return NULL;
}

const char *value_name(const char *value, void *target)
{
	size_t len = strlen(value);

	if (len == 0 || len >= SOTTO_INTERFACE_NAME)
		return "expected a name of 1 to 31 characters";
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)value[i]) && !strchr("-_.", value[i]))
			return "expected a name of letters, digits, '-', '_' and '.'";
	}
	memcpy(target, value, len + 1);
	return NULL;
}

const char *value_core(const char *value, void *target)
{
	return read_unsigned(value, 0, 1023, target, "expected a core's number");
}

const char *value_memory(const char *value, void *target)
{
	return read_unsigned(value, 64, 1 << 20, target, "expected 64 to 1048576 MiB");
}

const char *value_mbufs(const char *value, void *target)
{
	return read_unsigned(value, 1024, 1 << 24, target, "expected 1024 to 16777216 packets");
}

const char *value_idle(const char *value, void *target)
{
	return read_unsigned(
		value, 0, 10000, target, "expected 0 (poll always) to 10000 microseconds");
}

const char *value_mode(const char *value, void *target)
{
	unsigned long v;

	if (!number(value, 8, 0, 0777, &v))
		return "expected an octal mode such as 0660";
	*(unsigned *)target = (unsigned)v;
	return NULL;
}

const char *value_limit(const char *value, void *target)
{
	return read_unsigned(value, 1, 100000000, target, "expected 1 to 100000000");
}

const char *value_seconds(const char *value, void *target)
{
	return read_unsigned(value, 0, 86400, target, "expected 0 (never) to 86400 seconds");
}

const char *value_mtu(const char *value, void *target)
{
	return read_u16(value, 576, 9000, target, "expected 576 to 9000 bytes");
}

const char *value_vlan(const char *value, void *target)
{
	return read_u16(value, 0, 4094, target, "expected 1 to 4094, or 0 for untagged");
}

const char *value_hugepages(const char *value, void *target)
{
	enum config_hugepages *out = target;

	if (strcmp(value, "auto") == 0)
		*out = HUGEPAGES_AUTO;
	else if (strcmp(value, "yes") == 0)
		*out = HUGEPAGES_YES;
	else if (strcmp(value, "no") == 0)
		*out = HUGEPAGES_NO;
	else
		return "expected auto, yes or no";
	return NULL;
}

/* Whether tier is one of the backend's; an empty one is the best. */
static bool has_tier(const struct sotto_crypto_backend *backend, const char *tier)
{
	for (unsigned i = 0; backend->tiers[i]; i++) {
		if (strcmp(backend->tiers[i], tier) == 0)
			return true;
	}
	return false;
}

const char *value_crypto(const char *value, void *target)
{
	const struct sotto_crypto_backend *backend;
	char name[CONFIG_TEXT];
	char *slash;

	if (strcmp(value, "auto") == 0 || strlen(value) >= sizeof(name))
		return value_text(value, target);
	memcpy(name, value, strlen(value) + 1);
	slash = strchr(name, '/');
	if (slash)
		*slash = 0;
	backend = sotto_crypto_backend_by_name(name);
	if (!backend || (slash && !has_tier(backend, slash + 1)))
		return "expected auto, ipsecmb, openssl or ref, and perhaps a tier as in "
		       "ipsecmb/sse";
	return value_text(value, target);
}

const char *value_steering(const char *value, void *target)
{
	static const struct {
		const char *name;
		enum config_steering steering;
	} names[] = {
		{"auto", STEERING_AUTO},
		{"rss", STEERING_RSS},
		{"flow", STEERING_FLOW},
		{"none", STEERING_NONE},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i].name) == 0) {
			*(enum config_steering *)target = names[i].steering;
			return NULL;
		}
	}
	return "expected auto, rss, flow or none";
}

const char *value_start(const char *value, void *target)
{
	bool *out = target;

	*out = strcmp(value, "auto") == 0;
	return *out || strcmp(value, "manual") == 0 ? NULL : "expected auto or manual";
}

const char *value_yes_no(const char *value, void *target)
{
	bool *out = target;

	*out = strcmp(value, "yes") == 0;
	return *out || strcmp(value, "no") == 0 ? NULL : "expected yes or no";
}

const char *value_addr(const char *value, void *target)
{
	struct sotto_addr addr;

	if (sotto_base_addr_parse(value, &addr) != 0 || !sotto_base_addr_is_unicast(&addr))
		return "expected a unicast IPv4 or IPv6 address";
	*(struct sotto_addr *)target = addr;
	return NULL;
}

/* Calls each(word, arg) for the words between commas and blanks; NULL, or the first complaint. */
static const char *for_words(
	const char *value, const char *(*each)(const char *word, void *arg), void *arg)
{
	char copy[CONFIG_TEXT];
	char *save = NULL;
	const char *expected = NULL;

	if (strlen(value) >= sizeof(copy))
		return "expected at most 255 characters";
	memcpy(copy, value, strlen(value) + 1);
	for (char *word = strtok_r(copy, ", \t", &save); word && !expected;
		word = strtok_r(NULL, ", \t", &save))
		expected = each(word, arg);
	return expected;
}

static const char *add_worker(const char *word, void *arg)
{
	struct config *config = arg;

	if (config->worker_count == SOTTO_PUNT_WORKERS_MAX)
		return "expected at most 64 cores";
	return value_core(word, &config->worker_core[config->worker_count++]);
}

const char *value_workers(const char *value, void *target)
{
	struct config *config = target;
	const char *expected;

	config->worker_count = 0;
	expected = for_words(value, add_worker, config);
	if (!expected && config->worker_count == 0)
		return "expected cores such as 1 or 2,3";
	return expected;
}

static const char *add_user(const char *word, void *arg)
{
	struct config *config = arg;
	const struct passwd *user = getpwnam(word);
	unsigned long uid;

	if (config->user_count == CONFIG_PRINCIPALS_MAX)
		return "expected at most 16 users";
	if (!user && !number(word, 10, 0, UINT32_MAX - 1, &uid))
		return "expected names of existing users, or numbers";
	config->user[config->user_count++] = user ? user->pw_uid : (uid_t)uid;
	return NULL;
}

static const char *add_group(const char *word, void *arg)
{
	struct config *config = arg;
	const struct group *group = getgrnam(word);
	unsigned long gid;

	if (config->group_count == CONFIG_PRINCIPALS_MAX)
		return "expected at most 16 groups";
	if (!group && !number(word, 10, 0, UINT32_MAX - 1, &gid))
		return "expected names of existing groups, or numbers";
	config->group[config->group_count++] = group ? group->gr_gid : (gid_t)gid;
	return NULL;
}

const char *value_users(const char *value, void *target)
{
	return for_words(value, add_user, target);
}

const char *value_groups(const char *value, void *target)
{
	return for_words(value, add_group, target);
}

const char *value_port_mac(const char *value, void *target)
{
	struct config_port *port = target;

	port->has_mac = sotto_base_mac_parse(value, port->mac) == 0 && !(port->mac[0] & 1);
	return port->has_mac ? NULL : "expected a unicast MAC address such as 02:00:00:00:00:01";
}

const char *value_prefix(const char *value, void *target)
{
	struct config_address *address = target;
	char copy[SOTTO_ADDR_TEXT + 4];
	char *slash;
	unsigned long prefix;

	if (strlen(value) >= sizeof(copy))
		return "expected ADDRESS/PREFIX";
	memcpy(copy, value, strlen(value) + 1);
	slash = strchr(copy, '/');
	if (!slash)
		return "expected ADDRESS/PREFIX such as 192.0.2.1/24";
	*slash = 0;
	if (value_addr(copy, &address->addr))
		return "expected a unicast address before the '/'";
	if (!number(slash + 1, 10, 1, 8 * sotto_base_addr_len(address->addr.family), &prefix))
		return "expected a prefix length behind the '/'";
	address->prefix = (uint8_t)prefix;
	return NULL;
}

const char *value_neighbor(const char *value, void *target)
{
	struct config_address *address = target;
	struct config_neighbor *neighbor = &address->neighbor[address->neighbor_count];
	char ip[CONFIG_TEXT], mac[CONFIG_TEXT];

	if (address->neighbor_count == CONFIG_NEIGHBORS_MAX)
		return "expected at most 8 static neighbours";
	if (strlen(value) >= CONFIG_TEXT || sscanf(value, "%s %s", ip, mac) != 2 ||
		sotto_base_addr_parse(ip, &neighbor->addr) != 0 ||
		sotto_base_mac_parse(mac, neighbor->mac) != 0)
		return "expected IP-ADDRESS MAC-ADDRESS";
	address->neighbor_count++;
	return NULL;
}

const char *value_port_range(const char *value, void *target)
{
	struct config_address *address = target;
	char copy[16];
	char *dash;
	unsigned long low, high;

	if (strlen(value) >= sizeof(copy))
		return "expected LOW-HIGH such as 20000-39999";
	memcpy(copy, value, strlen(value) + 1);
	dash = strchr(copy, '-');
	if (!dash)
		return "expected LOW-HIGH such as 20000-39999";
	*dash = 0;
	if (!number(copy, 10, 1024, 65534, &low) || !number(dash + 1, 10, 1025, 65535, &high) ||
		low % 2 != 0 || high % 2 != 1 || low > high)
		return "expected an even LOW of at least 1024 and an odd HIGH above it";
	address->port_low = (uint16_t)low;
	address->port_high = (uint16_t)high;
	return NULL;
}
