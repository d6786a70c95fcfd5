/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Telling plain media from ciphertext: uniform bytes are never called plain; silence, tones and
 * G.711 speech made here are. SD-04 needs it to count plain packets on secure legs.
 */
#include "unit.h"

#include "rtp/rtp.h"

#include <math.h>
#include <stdio.h>

#define RANDOM_PAYLOADS 100000
#define FRAME 160 /* bytes: 20 ms of G.711 */
#define LEAST 24  /* bytes: below that the answer is always false */

/* xorshift64*: the same payloads in every run. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

static void fill_random(uint64_t *state, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(next_random(state) >> 56);
}

/* A linear sample as A-law (ITU-T G.711): sign, chord and step, even bits inverted. */
static uint8_t a_law(int sample)
{
	unsigned magnitude = (unsigned)(sample < 0 ? -sample - 1 : sample) >> 3; /* 12 bits */
	unsigned chord = 0;

	while (chord < 7 && magnitude >> (chord + 5) != 0)
		chord++;
	if (chord > 0)
		magnitude >>= chord;
	else
		magnitude >>= 1;
	return (uint8_t)((sample < 0 ? 0 : 0x80) | chord << 4 | (magnitude & 15)) ^ 0x55;
}

/*
 * A vowel: a few harmonics of a glottal pulse under an envelope that rises and falls three times a
 * second. rms is the level in the loudest moment, of 32768.
 */
static int speech_sample(unsigned n, double pitch, double rms)
{
	static const double gain[] = {1.0, 0.8, 0.5, 0.7, 0.3, 0.1};
	static const double gain_rms = 1.113;
	double t = n / 8000.0, sum = 0;

	for (int h = 0; h < 6; h++)
		sum += gain[h] * sin(2 * M_PI * pitch * (h + 1) * t);
	return (int)(rms / gain_rms * sum * (0.55 + 0.45 * sin(2 * M_PI * 3.1 * t)));
}

/* The per cent of speech frames at that level that are called plain. */
static unsigned speech_called_plain(double rms)
{
	unsigned frames = 0, plain = 0;
	uint8_t payload[FRAME];

	for (double pitch = 90; pitch <= 260; pitch += 10) {
		for (unsigned start = 0; start < 8000; start += FRAME, frames++) {
			for (unsigned n = 0; n < FRAME; n++)
				payload[n] = a_law(speech_sample(start + n, pitch, rms));
			plain += sotto_rtp_is_not_ciphertext(payload, FRAME);
		}
	}
	printf("speech, rms %.0f: %u of %u frames called plain\n", rms, plain, frames);
	return 100 * plain / frames;
}

START_TEST(random_payloads_are_never_called_plain)
{
	uint64_t state = 0x9e3779b97f4a7c15ull;
	uint8_t payload[1500];
	unsigned called_plain = 0;

	for (unsigned i = 0; i < RANDOM_PAYLOADS; i++) {
		/* half of them as long as voice, half of any length up to an Ethernet frame */
		size_t most = i % 2 ? 320 : sizeof(payload);
		size_t len = LEAST + next_random(&state) % (most - LEAST + 1);

		fill_random(&state, payload, len);
		called_plain += sotto_rtp_is_not_ciphertext(payload, (uint32_t)len);
	}
	printf("%u of %u random payloads called plain\n", called_plain, RANDOM_PAYLOADS);
	ck_assert_uint_eq(called_plain, 0);
}
END_TEST

START_TEST(silence_is_plain)
{
	static const uint8_t silences[] = {0xd5, 0x55, 0xff, 0x7f, 0x00};
	uint8_t payload[1500];

	for (size_t i = 0; i < sizeof(silences); i++) {
		memset(payload, silences[i], sizeof(payload));
		for (uint32_t len = LEAST; len <= sizeof(payload); len++)
			ck_assert(sotto_rtp_is_not_ciphertext(payload, len));
	}
}
END_TEST

START_TEST(tones_are_plain)
{
	static const double tones[] = {400, 425, 440, 697, 941, 1000, 1209, 1633, 2100, 3400};
	uint8_t payload[FRAME];

	for (size_t i = 0; i < sizeof(tones) / sizeof(tones[0]); i++) {
		for (unsigned frame = 0; frame < 50; frame++) {
			for (unsigned n = 0; n < FRAME; n++)
				payload[n] =
					a_law((int)(8000 * sin(2 * M_PI * tones[i] *
								   (frame * FRAME + n) / 8000)));
			ck_assert_msg(
				sotto_rtp_is_not_ciphertext(payload, FRAME), "%.0f Hz", tones[i]);
		}
	}
}
END_TEST

START_TEST(quiet_speech_is_plain)
{
	ck_assert_uint_eq(speech_called_plain(300), 100);
	ck_assert_uint_eq(speech_called_plain(1000), 100);
}
END_TEST

/*
 * The louder, the more values occur: at full level a frame of 160 bytes may pass for ciphertext.
 * What matters is that a stream of plain packets is noticed within a few packets.
 */
START_TEST(loud_speech_is_noticed_within_a_few_frames)
{
	ck_assert_uint_ge(speech_called_plain(2600), 60);
	ck_assert_uint_ge(speech_called_plain(8000), 20);
}
END_TEST

START_TEST(below_24_bytes_is_never_plain)
{
	for (uint32_t len = 0; len < LEAST; len++) {
		uint8_t *payload = malloc(len ? len : 1);

		ck_assert_ptr_nonnull(payload);
		memset(payload, 0xd5, len);
		ck_assert(!sotto_rtp_is_not_ciphertext(payload, len));
		free(payload);
	}
}
END_TEST

/* Every byte value as often as every other: the least repeats there can be. */
START_TEST(counting_bytes_are_not_plain)
{
	uint8_t payload[512];

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7);
	for (uint32_t len = 0; len <= sizeof(payload); len++)
		ck_assert(!sotto_rtp_is_not_ciphertext(payload, len));
}
END_TEST

/* Only the first 256 bytes count, and no byte behind the payload is read. */
START_TEST(first_256_bytes_decide)
{
	uint8_t payload[512];
	uint64_t state = 1;

	fill_random(&state, payload, 256);
	memset(payload + 256, 0, 256);
	ck_assert(!sotto_rtp_is_not_ciphertext(payload, 512));
	memset(payload, 0, 256);
	fill_random(&state, payload + 256, 256);
	ck_assert(sotto_rtp_is_not_ciphertext(payload, 512));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rtp/plain");
	TCase *tc = tcase_create("plain");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, random_payloads_are_never_called_plain);
	tcase_add_test(tc, silence_is_plain);
	tcase_add_test(tc, tones_are_plain);
	tcase_add_test(tc, quiet_speech_is_plain);
	tcase_add_test(tc, loud_speech_is_noticed_within_a_few_frames);
	tcase_add_test(tc, below_24_bytes_is_never_plain);
	tcase_add_test(tc, counting_bytes_are_not_plain);
	tcase_add_test(tc, first_256_bytes_decide);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
