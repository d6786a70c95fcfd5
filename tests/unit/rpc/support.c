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
	"\"receive\":{\"sdes\":\"1 AES_CM_128_HMAC_SHA1_80 inline:" CANARY "QUJDREVGR0hJ\","
	"\"roc\":\"try_both\",\"overlap_ms\":750},"
	"\"send\":{\"suite\":\"AES_CM_128_HMAC_SHA1_32\",\"key\":\"" CANARY "Cg==\","
	"\"salt\":\"" CANARY "==\",\"lifetime\":1000,\"modes\":[\"UNENCRYPTED_SRTCP\"],"
	"\"roc\":7,\"shared\":true},"
	"\"dscp\":46,\"max_ssrcs\":8,\"allow\":[\"UNENCRYPTED_SRTCP\",\"TAG_32\"],"
	"\"replay_window\":2048,\"repeat\":true,\"encrypted_extensions\":[255,1,64],"
	"\"latch\":true,\"downgrade\":true,\"early_ms\":250},"
	"\"b\":{\"interface\":\"core\",\"family\":\"ip6\","
	"\"remote\":{\"address\":\"2001:db8::7\",\"port\":50000},"
	"\"security\":\"clear\",\"rtcp_mux\":true,\"source\":\"address\",\"dscp\":\"keep\"}},{"
	"\"id\":\"video\","
	"\"a\":{\"interface\":\"access\",\"security\":\"preferred\",\"cryptex\":true,"
	"\"receive\":{\"suite\":\"AES_256_CM_HMAC_SHA1_80\",\"mki_length\":4,\"masters\":["
	"{\"key\":\"" CANARY "Dg==\",\"salt\":\"" CANARY "Eg==\",\"mki\":4294967295,"
	"\"lifetime\":281474976710656},"
	"{\"key\":\"" CANARY "Fg==\",\"salt\":\"" CANARY "Gg==\",\"mki\":0}],"
	"\"streams\":[{\"ssrc\":9,\"roc\":2,\"highest_seq\":65535,\"srtcp_index\":2147483647},"
	"{\"ssrc\":5,\"roc\":0,\"highest_seq\":17}]},"
	"\"send\":{\"suite\":\"AES_192_CM_HMAC_SHA1_80\",\"mki_length\":1,\"masters\":["
	"{\"key\":\"" CANARY "Hg==\",\"salt\":\"" CANARY "Ig==\",\"mki\":1},"
	"{\"key\":\"" CANARY "Jg==\",\"salt\":\"" CANARY "Kg==\",\"mki\":2}],\"send_mki\":2}},"
	"\"b\":{\"interface\":\"core\",\"security\":\"clear\"}}]}}";

const char small_put[] =
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.put\",\"params\":{\"id\":\"c\","
	"\"rev\":0,\"media\":[{\"a\":{\"interface\":\"x\",\"security\":\"required\"},"
	"\"b\":{\"interface\":\"y\",\"security\":\"clear\"}}]}}";

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

struct sotto_rpc_put *decode_put(const char *text, struct sotto_rpc_batch *out)
{
	struct sotto_rpc_request *request = decode_good(text, out);

	ck_assert_int_eq(request->method, SOTTO_RPC_SESSION_PUT);
	return request->params.put;
}

void expect_edit_good(const struct edit *edit)
{
	struct sotto_rpc_batch batch;
	char *text = edited(real_put, edit->from, edit->to);

	decode_put(text, &batch);
	sotto_rpc_batch_free(&batch);
	free(text);
}

void expect_edit_bad(const struct edit *edit)
{
	char *text = edited(real_put, edit->from, edit->to);

	expect_error(text, SOTTO_RPC_PARAMS, edit->field);
	free(text);
}

void expect_bad_params(const char *method, const char *params, const char *field)
{
	char *text = request_of(method, params);

	expect_error(text, SOTTO_RPC_PARAMS, field);
	free(text);
}

static void check_key(const struct sotto_rpc_key *key, bool send)
{
	ck_assert(key->form >= SOTTO_RPC_KEY_SDES && key->form <= SOTTO_RPC_KEY_MASTERS);
	ck_assert_int_eq(key->sdes != NULL, key->form == SOTTO_RPC_KEY_SDES);
	ck_assert_int_eq(key->masters != NULL, key->form != SOTTO_RPC_KEY_SDES);
	ck_assert_int_eq(key->suite[0] != '\0', key->form != SOTTO_RPC_KEY_SDES);
	ck_assert_int_eq(key->mki_len != 0, key->form == SOTTO_RPC_KEY_MASTERS);
	ck_assert_uint_le(key->master_count, SOTTO_RPC_MASTERS);
	for (unsigned i = 0; i < key->master_count; i++) {
		ck_assert(key->masters[i].key[0] != '\0' && key->masters[i].salt[0] != '\0');
		ck_assert(key->masters[i].lifetime <= SOTTO_RPC_LIFETIME);
	}
	ck_assert_int_eq(key->streams != NULL, key->stream_count != 0);
	for (unsigned i = 1; i < key->stream_count; i++)
		ck_assert_uint_lt(key->streams[i - 1].ssrc, key->streams[i].ssrc);
	ck_assert_uint_le(key->overlap_ms, send ? 0 : SOTTO_RPC_OVERLAP_MS);
	ck_assert(!(send && key->roc == SOTTO_RPC_ROC_TRY_BOTH));
	ck_assert(send || !key->has_send_mki);
}

static void check_protection(const struct sotto_rpc_leg *leg)
{
	bool clear = leg->security == SOTTO_RPC_SECURITY_CLEAR ||
		     leg->security == SOTTO_RPC_SECURITY_OPAQUE;
	bool verify = leg->security == SOTTO_RPC_SECURITY_VERIFY;
	const uint64_t *set = leg->encrypted_extensions;
	bool extensions = (set[0] | set[1] | set[2] | set[3]) != 0;

	ck_assert(leg->security < SOTTO_RPC_SECURITIES);
	ck_assert(!clear || (!leg->receive && leg->allow == 0 && leg->replay_window == 0));
	ck_assert(!(clear || verify) || !leg->send);
	ck_assert(!(clear || verify) || (!leg->repeat && !leg->cryptex && !extensions));
	ck_assert(!(leg->cryptex && extensions) && (set[0] & 1) == 0);
	ck_assert(leg->replay_window == 0 || (leg->replay_window >= SOTTO_RPC_WINDOW_MIN &&
						     leg->replay_window <= SOTTO_RPC_WINDOW_MAX));
	ck_assert_uint_lt(leg->allow, 2 * SOTTO_RPC_ALLOW_UNAUTHENTICATED_SRTP);
	ck_assert_uint_le(leg->early_ms, SOTTO_RPC_EARLY_MS);
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
	check_protection(leg);
	if (leg->receive)
		check_key(leg->receive, false);
	if (leg->send)
		check_key(leg->send, true);
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
