/* SPDX-License-Identifier: BSD-3-Clause */
/* Genuine packets and guarded buffers; see packet_store.h. */
#include "packet_store.h"

#include "rtp/rtp.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#endif

#define GUARD 64 /* bytes before and behind; before: plus skew */
#define GUARD_BYTE 0xa5

void store_clear(struct store *store)
{
	for (unsigned i = 0; i < RECORDS; i++)
		store->records[i].used = false;
	store->next = 0;
}

struct record *store_add(struct store *store)
{
	struct record *record;

	do {
		record = &store->records[store->next++ % RECORDS];
	} while (record->used && record->held);
	memset(record, 0, offsetof(struct record, plain));
	record->used = true;
	return record;
}

struct record *store_newest(struct store *store, unsigned n)
{
	unsigned have = store->next < RECORDS ? store->next : RECORDS;

	return have == 0 ? NULL : &store->records[(store->next - 1 - n % have) % RECORDS];
}

struct record *store_find(
	struct store *store, const uint8_t *wire, uint32_t len, unsigned line, unsigned kind)
{
	for (unsigned i = 0; i < RECORDS; i++) {
		struct record *record = &store->records[i];

		if (record->used && record->wire_len == len && record->line == line &&
			record->kind == kind && memcmp(record->wire, wire, len) == 0)
			return record;
	}
	return NULL;
}

/*
 * The guards are poisoned while the library works, so that C code that reads or writes there is
 * caught at once; what assembler code writes there is seen afterwards by its bytes.
 */
void guarded_place(
	struct guarded *guarded, const uint8_t *bytes, uint32_t len, uint32_t room, unsigned skew)
{
	size_t before = GUARD + skew;

	guarded->block = aligned_alloc(64, (before + room + GUARD + 63) / 64 * 64);
	fuzz_require(guarded->block, "memory");
	guarded->data = guarded->block + before;
	guarded->room = room;
	memset(guarded->block, GUARD_BYTE, before);
	memset(guarded->data + len, GUARD_BYTE, room - len + GUARD);
	if (len > 0)
		memcpy(guarded->data, bytes, len);
	ASAN_POISON_MEMORY_REGION(guarded->block, before);
	ASAN_POISON_MEMORY_REGION(guarded->data + room, GUARD);
}

static void check_guard(const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fuzz_require(at[i] == GUARD_BYTE, "nothing is written outside the packet's room");
}

void guarded_release(struct guarded *guarded)
{
	size_t before = (size_t)(guarded->data - guarded->block);

	ASAN_UNPOISON_MEMORY_REGION(guarded->block, before);
	ASAN_UNPOISON_MEMORY_REGION(guarded->data + guarded->room, GUARD);
	check_guard(guarded->block, before);
	check_guard(guarded->data + guarded->room, GUARD);
	free(guarded->block);
	guarded->block = NULL;
}

uint32_t packet_ssrc(const uint8_t *data, uint32_t len, enum sotto_srtp_kind kind)
{
	uint32_t at = kind == SOTTO_SRTP ? 8 : 4;

	return len >= at + 4 ? sotto_base_get32(data + at) : 0;
}

uint16_t packet_seq(const uint8_t *data, uint32_t len)
{
	return len >= 4 ? sotto_base_get16(data + 2) : 0;
}

bool same_keystream(const struct record *a, const struct record *b)
{
	struct sotto_rtp x, y;

	if (!sotto_rtp_parse(a->plain, a->plain_len, &x) ||
		!sotto_rtp_parse(b->plain, b->plain_len, &y) || x.header_len + 8 > a->plain_len ||
		y.header_len + 8 > b->plain_len)
		return false;
	for (unsigned i = 0; i < 8; i++)
		if ((a->plain[x.header_len + i] ^ a->wire[x.header_len + i]) !=
			(b->plain[y.header_len + i] ^ b->wire[y.header_len + i]))
			return false;
	return true;
}
