/* SPDX-License-Identifier: BSD-3-Clause */
/* A leg of session.put: where its packets go, how they are protected, whose are taken. */
#include "rpc/put.h"

const char *const sotto_rpc_security_words[SOTTO_RPC_SECURITIES + 1] = {
	[SOTTO_RPC_SECURITY_REQUIRED] = "required",
	[SOTTO_RPC_SECURITY_PREFERRED] = "preferred",
	[SOTTO_RPC_SECURITY_CLEAR] = "clear",
	[SOTTO_RPC_SECURITY_VERIFY] = "verify",
	[SOTTO_RPC_SECURITY_OPAQUE] = "opaque",
};

/* RTCP goes to the next port (RFC 3550, 11) unless it shares RTP's (RFC 5761). */
static void default_rtcp_port(struct sotto_rpc_reader *r, struct sotto_rpc_leg *leg)
{
	if (leg->rtcp_mux)
		leg->remote_rtcp_port = leg->remote.port;
	else if (leg->remote.port == UINT16_MAX)
		sotto_rpc_fail(r, "rtcp_port", "is missing, and port + 1 is no port");
	else
		leg->remote_rtcp_port = leg->remote.port + 1;
}

static void read_remote(struct sotto_rpc_reader *r, const json_t *value, struct sotto_rpc_leg *leg)
{
	static const struct sotto_rpc_name names[] = {
		{"address", true}, {"port", true}, {"rtcp_port", false}, {NULL, false}};
	const json_t *remote = sotto_rpc_member(r, value, "remote");
	size_t mark = sotto_rpc_enter(r, "remote");

	if (remote) {
		sotto_rpc_check_object(r, remote, names);
		sotto_rpc_read_addr(r, remote, "address", &leg->remote.addr);
		sotto_rpc_read_port(r, remote, "port", &leg->remote.port);
		if (!sotto_rpc_read_port(r, remote, "rtcp_port", &leg->remote_rtcp_port))
			default_rtcp_port(r, leg);
	}
	sotto_rpc_leave(r, mark);
}

static void read_local_port(
	struct sotto_rpc_reader *r, const json_t *leg, struct sotto_rpc_leg *out)
{
	int64_t port = 0;

	sotto_rpc_read_int(r, leg, "local_port", 0, UINT16_MAX - 1, &port);
	if (port % 2 != 0)
		sotto_rpc_fail(r, "local_port", "must be even (RFC 3550, 11)");
	out->local_port = (uint16_t)port;
}

/* A number, or the word that leaves each packet's DSCP as it came. */
static void read_dscp(struct sotto_rpc_reader *r, const json_t *leg, struct sotto_rpc_leg *out)
{
	const json_t *value = sotto_rpc_member(r, leg, "dscp");
	int64_t dscp = SOTTO_RPC_DSCP_KEEP;

	if (json_is_integer(value))
		sotto_rpc_read_int(r, leg, "dscp", 0, 63, &dscp);
	else if (value && (!json_is_string(value) || strcmp(json_string_value(value), "keep") != 0))
		sotto_rpc_fail(r, "dscp", "must be an integer from 0 to 63 or \"keep\"");
	out->dscp = (int8_t)dscp;
}

static void read_handling(struct sotto_rpc_reader *r, const json_t *leg, struct sotto_rpc_leg *out)
{
	static const char *const sources[] = {
		[SOTTO_RPC_SOURCE_STRICT] = "strict",
		[SOTTO_RPC_SOURCE_ADDRESS] = "address",
		[SOTTO_RPC_SOURCE_ANY] = "any",
		NULL,
	};
	unsigned source = SOTTO_RPC_SOURCE_STRICT;
	int64_t max_ssrcs = SOTTO_RPC_SSRCS_DEFAULT;

	sotto_rpc_read_choice(r, leg, "source", sources, &source);
	sotto_rpc_read_bool(r, leg, "latch", &out->latch);
	sotto_rpc_read_bool(r, leg, "downgrade", &out->downgrade);
	sotto_rpc_read_bool(r, leg, "rtcp_mux", &out->rtcp_mux);
	sotto_rpc_read_int(r, leg, "max_ssrcs", 1, SOTTO_RPC_SSRCS, &max_ssrcs);
	read_dscp(r, leg, out);
	out->source = source;
	out->max_ssrcs = (uint8_t)max_ssrcs;
}

static void read_extensions(
	struct sotto_rpc_reader *r, const json_t *leg, struct sotto_rpc_leg *out)
{
	size_t count;
	const json_t *array = sotto_rpc_read_array(r, leg, "encrypted_extensions",
		SOTTO_RPC_ELEMENTS, "header extension elements", &count);

	for (size_t i = 0; i < count; i++) {
		size_t mark = sotto_rpc_enter_item(r, "encrypted_extensions", i);
		int64_t element = 1;
		uint64_t *word;
		uint64_t bit;

		sotto_rpc_read_item(r, array, i, 1, SOTTO_RPC_ELEMENTS, &element);
		word = &out->encrypted_extensions[element / 64];
		bit = UINT64_C(1) << element % 64;
		if (*word & bit)
			sotto_rpc_fail(r, NULL, "stands twice");
		*word |= bit;
		sotto_rpc_leave(r, mark);
	}
}

/* What the leg's packets may and shall be under a key. */
static void read_protection(
	struct sotto_rpc_reader *r, const json_t *leg, struct sotto_rpc_leg *out)
{
	unsigned security = SOTTO_RPC_SECURITY_REQUIRED;
	uint32_t allow = 0;
	int64_t window = 0;
	int64_t early_ms = SOTTO_RPC_EARLY_MS_DEFAULT;

	sotto_rpc_read_choice(r, leg, "security", sotto_rpc_security_words, &security);
	sotto_rpc_read_set(r, leg, "allow", sotto_rpc_allow_names, &allow);
	sotto_rpc_read_int(
		r, leg, "replay_window", SOTTO_RPC_WINDOW_MIN, SOTTO_RPC_WINDOW_MAX, &window);
	sotto_rpc_read_bool(r, leg, "repeat", &out->repeat);
	sotto_rpc_read_bool(r, leg, "cryptex", &out->cryptex);
	read_extensions(r, leg, out);
	sotto_rpc_read_int(r, leg, "early_ms", 0, SOTTO_RPC_EARLY_MS, &early_ms);
	out->security = security;
	out->allow = (uint8_t)allow;
	out->replay_window = (uint16_t)window;
	out->early_ms = (uint16_t)early_ms;
}

/* Nothing is wished that a leg of this security cannot give. A false that is spelled out may be. */
static void check_protection(
	struct sotto_rpc_reader *r, const json_t *leg, const struct sotto_rpc_leg *out)
{
	bool authenticates = out->security != SOTTO_RPC_SECURITY_CLEAR &&
			     out->security != SOTTO_RPC_SECURITY_OPAQUE;
	bool encrypts = authenticates && out->security != SOTTO_RPC_SECURITY_VERIFY;
	bool has_elements = sotto_rpc_member(r, leg, "encrypted_extensions");

	if (!authenticates && sotto_rpc_member(r, leg, "allow"))
		sotto_rpc_fail(r, "allow", "is for legs with keys");
	if (!authenticates && sotto_rpc_member(r, leg, "replay_window"))
		sotto_rpc_fail(r, "replay_window", "is for legs with keys");
	if (!encrypts && out->repeat)
		sotto_rpc_fail(r, "repeat", "is for legs that encrypt");
	if (!encrypts && out->cryptex)
		sotto_rpc_fail(r, "cryptex", "is for legs that encrypt");
	if (!encrypts && has_elements)
		sotto_rpc_fail(r, "encrypted_extensions", "is for legs that encrypt");
	if (out->cryptex && has_elements)
		sotto_rpc_fail(r, "cryptex", "cannot be together with encrypted_extensions");
}

void sotto_rpc_read_leg(struct sotto_rpc_reader *r, const json_t *media, const char *name,
	struct sotto_rpc_leg *out)
{
	static const struct sotto_rpc_name names[] = {{"interface", true}, {"security", true},
		{"family", false}, {"local_port", false}, {"remote", false}, {"rtcp_mux", false},
		{"receive", false}, {"send", false}, {"dscp", false}, {"source", false},
		{"latch", false}, {"downgrade", false}, {"max_ssrcs", false}, {"allow", false},
		{"replay_window", false}, {"repeat", false}, {"cryptex", false},
		{"encrypted_extensions", false}, {"early_ms", false}, {NULL, false}};
	static const char *const families[] = {"ip4", "ip6", NULL};
	const json_t *leg = sotto_rpc_member(r, media, name);
	size_t mark = sotto_rpc_enter(r, name);
	unsigned family;

	sotto_rpc_check_object(r, leg, names);
	sotto_rpc_read_word(r, leg, "interface", SOTTO_RPC_NAME_BYTES, out->interface);
	if (sotto_rpc_read_choice(r, leg, "family", families, &family))
		out->family = family == 0 ? 4 : 6;
	read_local_port(r, leg, out);
	read_handling(r, leg, out);
	read_protection(r, leg, out);
	read_remote(r, leg, out);
	sotto_rpc_read_key(r, leg, "receive", out->security, &out->receive);
	sotto_rpc_read_key(r, leg, "send", out->security, &out->send);
	check_protection(r, leg, out);
	sotto_rpc_leave(r, mark);
}
