/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of lib/rpc share. */
#include "support.h"

#include <stdio.h>
#include <string.h>

const char real_put[] =
	"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"session.put\",\"params\":{"
	"\"id\":\"call-1\",\"rev\":3,\"timeout_s\":60,\"x-note\":{\"any\":[1,null]},\"media\":[{"
	"\"id\":\"audio\","
	"\"a\":{\"interface\":\"access\",\"family\":\"ip4\",\"local_port\":30000,"
	"\"remote\":{\"address\":\"198.51.100.7\",\"port\":40000,\"rtcp_port\":40005},"
	"\"security\":\"required\",\"rtcp_mux\":false,"
	"\"receive\":{\"sdes\":\"1 AES_CM_128_HMAC_SHA1_80 inline:" CANARY "QUJDREVGR0hJ\"},"
	"\"send\":{\"suite\":\"AES_CM_128_HMAC_SHA1_32\",\"key\":\"" CANARY "Cg==\","
	"\"salt\":\"" CANARY "==\"},"
	"\"dscp\":46,\"max_ssrcs\":8},"
	"\"b\":{\"interface\":\"core\",\"family\":\"ip6\","
	"\"remote\":{\"address\":\"2001:db8::7\",\"port\":50000},"
	"\"security\":\"clear\",\"rtcp_mux\":true,\"source\":\"address\",\"dscp\":\"keep\"}}]}}";

char *edited(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *out = malloc(strlen(text) + strlen(to) + 1);

	ck_assert_msg(at && out, "no \"%s\" in the text", from);
	sprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	return out;
}

char *request_of(const char *method, const char *params)
{
	size_t room = strlen(method) + (params ? strlen(params) : 0) + 64;
	char *out = malloc(room);

	ck_assert_ptr_nonnull(out);
	snprintf(out, room, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"%s%s}", method,
		params ? ",\"params\":" : "", params ? params : "");
	return out;
}

char *quoted(char c, size_t count)
{
	char *out = malloc(count + 3);

	ck_assert_ptr_nonnull(out);
	memset(out, c, count + 2);
	out[0] = out[count + 1] = '"';
	out[count + 2] = '\0';
	return out;
}

struct sotto_addr addr_of(const char *text)
{
	struct sotto_addr addr;

	ck_assert_int_eq(sotto_base_addr_parse(text, &addr), 0);
	return addr;
}

void decode_bytes(const char *bytes, size_t len, struct sotto_rpc_batch *out)
{
	char *copy = malloc(len ? len : 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, len);
	ck_assert_int_eq(sotto_rpc_decode(copy, len, out), 0);
	ck_assert_msg(memcmp(copy, bytes, len) == 0, "the line was written to");
	free(copy);
	check_batch(out);
}

void decode(const char *text, struct sotto_rpc_batch *out)
{
	decode_bytes(text, strlen(text), out);
}

struct sotto_rpc_request *decode_good(const char *text, struct sotto_rpc_batch *out)
{
	const struct sotto_rpc_error *error;

	decode(text, out);
	ck_assert_uint_eq(out->count, 1);
	error = &out->requests->error;
	ck_assert_msg(error->kind == SOTTO_RPC_NO_ERROR, "%s: %s in %.200s", error->field,
		error->detail, text);
	return out->requests;
}

void expect_error(const char *text, enum sotto_rpc_kind kind, const char *field)
{
	struct sotto_rpc_batch batch;
	const struct sotto_rpc_error *error;

	decode(text, &batch);
	ck_assert_uint_eq(batch.count, 1);
	error = &batch.requests->error;
	ck_assert_msg(error->kind == kind, "%s, not %s, for %.200s",
		sotto_rpc_kind_name(error->kind), sotto_rpc_kind_name(kind), text);
	ck_assert_msg(strcmp(error->field, field) == 0, "field %s, not %s, for %.200s",
		error->field, field, text);
	sotto_rpc_batch_free(&batch);
}

void expect_bad_params(const char *method, const char *params, const char *field)
{
	char *text = request_of(method, params);

	expect_error(text, SOTTO_RPC_PARAMS, field);
	free(text);
}

static void check_leg(const struct sotto_rpc_leg *leg)
{
	ck_assert(leg->interface[0] != '\0');
	ck_assert(leg->family == 0 || leg->family == 4 || leg->family == 6);
	ck_assert_uint_eq(leg->local_port % 2, 0);
	ck_assert(leg->dscp >= SOTTO_RPC_DSCP_KEEP && leg->dscp <= 63);
	ck_assert(leg->max_ssrcs >= 1 && leg->max_ssrcs <= SOTTO_RPC_SSRCS);
	ck_assert(leg->source <= SOTTO_RPC_SOURCE_ANY);
	ck_assert_int_eq(leg->remote.addr.family != 0, leg->remote.port != 0);
	ck_assert_int_eq(leg->remote.addr.family != 0, leg->remote_rtcp_port != 0);
	if (!leg->required) {
		ck_assert_int_eq(leg->receive.form, SOTTO_RPC_KEY_NONE);
		ck_assert_int_eq(leg->send.form, SOTTO_RPC_KEY_NONE);
	}
}

static void check_put(const struct sotto_rpc_put *put)
{
	ck_assert_ptr_nonnull(put);
	ck_assert(put->id[0] != '\0' && put->rev <= SOTTO_RPC_INTEGER);
	ck_assert(put->media_count >= 1 && put->media_count <= SOTTO_RPC_MEDIA);
	for (unsigned i = 0; i < put->media_count; i++) {
		ck_assert(put->media[i].id[0] != '\0');
		check_leg(&put->media[i].legs[0]);
		check_leg(&put->media[i].legs[1]);
	}
}

void check_batch(const struct sotto_rpc_batch *batch)
{
	ck_assert(batch->count >= 1 && batch->count <= SOTTO_RPC_BATCH);
	ck_assert(batch->is_array || batch->count == 1);
	for (size_t i = 0; i < batch->count; i++) {
		const struct sotto_rpc_request *request = &batch->requests[i];
		bool failed = request->error.kind != SOTTO_RPC_NO_ERROR;

		ck_assert_int_eq(request->method == SOTTO_RPC_NONE, failed);
		ck_assert_int_eq(request->error.detail[0] != '\0', failed);
		ck_assert_msg(!strstr(request->error.field, CANARY), "%s", request->error.field);
		ck_assert_msg(!strstr(request->error.detail, CANARY), "%s", request->error.detail);
		if (request->method == SOTTO_RPC_SESSION_PUT)
			check_put(request->params.put);
	}
}
