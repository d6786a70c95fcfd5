/* SPDX-License-Identifier: BSD-3-Clause */
/* burst FILE < KEY-LINE: protects RTP packets under a line of a=crypto, writes FILE (the line, then
 * each SRTP packet behind its length in two bytes), and unprotects the packets again. */
#include <base/secret.h>
#include <context/open.h>
#include <crypto/backends.h>
#include <err.h>
#include <keys/sdes.h>
#include <srtp/srtp.h>
#include <stdio.h>

#define LEN 172
#define ALL UINT64_MAX /* position i of a burst is bit i of a set */

static void must(bool good, const char *what)
{
	if (!good)
		errx(1, "cannot %s", what);
}

int main(int argc, char **argv)
{
	const struct sotto_context_options send = {.sends = true}, receive = {.sends = false};
	static const uint8_t plain[LEN] = {0x80, 0x08}; /* RTP version 2, G.711 A-law */
	static uint8_t data[SOTTO_BURST][LEN + SOTTO_SRTP_TRAILER_MAX];
	static struct sotto_srtp_batch batch;
	static struct sotto_srtp srtp; /* scratch of this thread */
	struct sotto_srtp_context *tx, *rx;
	struct sotto_crypto *crypto;
	struct sotto_sdes_error error;
	struct sotto_sdes sdes;
	char line[SOTTO_SDES_LINE_MAX];
	FILE *file = argc == 2 ? fopen(argv[1], "wb") : NULL;

	must(file && fgets(line, sizeof(line), stdin), "open the file and read the key line");
	must(!sotto_keys_sdes_parse(line, strcspn(line, "\n"), &sdes, &error), "parse the line");
	must(!sotto_crypto_open_fastest(&crypto), "choose and test a crypto backend");
	must(!sotto_context_open(crypto, &sdes.keying, &send, &tx), "open the sender");
	must(!sotto_context_open(crypto, &sdes.keying, &receive, &rx), "open the receiver");
	sotto_base_wipe(&sdes, sizeof(sdes));
	sotto_srtp_init(&srtp, crypto);
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		batch.data[i] = memcpy(data[i], plain, LEN);
		batch.data[i][3] = (uint8_t)i; /* sequence number */
		batch.len[i] = LEN, batch.room[i] = sizeof(data[i]), batch.context[i] = tx;
	}
	must(sotto_srtp_protect_burst(&srtp, &batch, ALL, SOTTO_SRTP) == ALL, "protect a burst");
	fputs(line, file);
	for (unsigned i = 0; i < SOTTO_BURST; batch.context[i++] = rx) {
		fprintf(file, "%c%c", batch.len[i] >> 8, batch.len[i] & 255);
		fwrite(data[i], 1, batch.len[i], file);
	}
	must(!fclose(file), "write the file");
	must(sotto_srtp_unprotect_burst(&srtp, &batch, ALL, SOTTO_SRTP) == ALL, "unprotect it");
	for (unsigned i = 0; i < SOTTO_BURST; i++)
		must(batch.len[i] == LEN && !memcmp(data[i] + 4, plain + 4, LEN - 4), "compare");
	sotto_context_close(tx), sotto_context_close(rx);
	printf("%u packets: %s\n", SOTTO_BURST, crypto->backend->describe(crypto));
	crypto->backend->destroy(crypto);
}
