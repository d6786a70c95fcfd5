/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SHA-256 over this boot's salt, a word of what it is for, and bytes: by such digests control knows
 * requests and keys again. One context serves them all, for making one costs more than using it.
 */
#include "control/internal.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct control_digest {
	EVP_MD *sha256;
	EVP_MD_CTX *ctx;
	bool good; /* all has gone well since the digest was begun */
};

int control_digest_open(struct sotto_control *control)
{
	struct control_digest *digest = calloc(1, sizeof(*digest));

	if (!digest)
		return -ENOMEM;
	control->digest = digest;
	digest->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	digest->ctx = EVP_MD_CTX_new();
	return digest->sha256 && digest->ctx ? 0 : -ENOMEM;
}

void control_digest_close(struct sotto_control *control)
{
	struct control_digest *digest = control->digest;

	if (!digest)
		return;
	EVP_MD_CTX_free(digest->ctx);
	EVP_MD_free(digest->sha256);
	free(digest);
	control->digest = NULL;
}

void control_digest_add(void *arg, const void *bytes, size_t len)
{
	struct control_digest *digest = arg;

	digest->good = digest->good && EVP_DigestUpdate(digest->ctx, bytes, len);
}

struct control_digest *control_digest_begin(const struct sotto_control *control, const char *what)
{
	struct control_digest *digest = control->digest;

	digest->good = EVP_DigestInit_ex2(digest->ctx, digest->sha256, NULL);
	control_digest_add(digest, control->config.boot_salt, SOTTO_CONTROL_BOOT_SALT);
	control_digest_add(digest, what, strlen(what) + 1);
	return digest;
}

int control_digest_end(struct control_digest *digest, uint8_t out[SOTTO_DIGEST_LEN])
{
	uint8_t whole[EVP_MAX_MD_SIZE];

	if (digest->good && EVP_DigestFinal_ex(digest->ctx, whole, NULL)) {
		memcpy(out, whole, SOTTO_DIGEST_LEN);
		return 0;
	}
	EVP_MD_CTX_reset(digest->ctx); /* wipes what was added */
	return -ENOMEM;
}
