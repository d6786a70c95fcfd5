/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The test bed of lib/srtp: one crypto instance, two ends of a call with the same keys, packets
 * between guards, and bursts over them. Every test runs once for each backend and tier.
 * Included by the tests of this folder only; errors of the bed itself abort.
 */
#ifndef SOTTO_TESTS_UNIT_SRTP_BED_H
#define SOTTO_TESTS_UNIT_SRTP_BED_H

#include "keys/keys.h"
#include "srtp/srtp.h"
#include "unit.h"

#define SUITE_80 "AES_CM_128_HMAC_SHA1_80"
#define SUITE_32 "AES_CM_128_HMAC_SHA1_32"

#define SIDE_SLOTS 8       /* SSRC slots of one side */
#define SIDE_MASTERS 4     /* most master keys of one side */
#define WINDOW 128         /* of SRTP, where a test does not choose another */
#define PACKET_ROOM 2048   /* bytes from the first byte of the header on */
#define GUARD_BYTE 0xa5    /* fills a packet's buffer before and behind the packet */
#define RTCP_TRAILER_LEN 4 /* E bit and SRTCP index */
#define RTCP_TAG_LEN 10    /* in every suite without an AEAD (RFC 3711, 5.2) */
#define RTCP_E_BIT 0x80000000u

/* One packet; len as struct sotto_srtp_batch has it. */
struct packet {
	uint8_t bytes[PACKET_ROOM];
	uint32_t len;
};

/* The ready keys of one master key. */
struct side_keys {
	struct sotto_key *rtp;
	struct sotto_key *rtcp;
	struct sotto_key *header;
};

/* One direction's context, with ready keys and streams of its own. */
struct side {
	struct sotto_srtp_context context;
	struct sotto_key *rtp; /* of master key 0 */
	struct sotto_key *rtcp;
	struct sotto_srtp_streams *streams;
	struct sotto_stream *slot; /* streams->slot */
	struct sotto_srtp_shape shape;
	struct sotto_srtp_more *more; /* NULL before side_more() */
	struct side_keys keys[SIDE_MASTERS];
	struct sotto_key_use uses[SIDE_MASTERS]; /* from master key 1 on */
};

/* Both ends of one session under one master key: what tx protects, rx unprotects. */
struct call {
	const struct sotto_suite *suite;
	struct side tx;
	struct side rx;
};

/* The suites, each under one of its names. */
#define SUITES 10
extern const char *const suite_names[SUITES];

/* Two suites without and two with an AEAD: enough where the suite only changes the layout. */
#define LAYOUTS 4
extern const char *const layout_names[LAYOUTS];

/* A burst in the making and its result. */
struct bed {
	struct sotto_crypto *crypto;
	const char *suite; /* of this round; SUITE_80 with bed_main() */
	struct sotto_srtp srtp;
	struct sotto_srtp_batch batch;
	struct packet *packets[SOTTO_BURST];
	unsigned n;
};

/* Ends the program when the bed itself is wrong. */
void bed_must(bool condition, const char *what);

/* A runner's whole main(): every test once for each backend and tier. */
int bed_main(const char *name, const TTest *const *tests, size_t count);

/* The same for each layout too: those tests take bed->suite. */
int bed_main_layouts(const char *name, const TTest *const *tests, size_t count);

/* way is the loop index of the test, _i. */
struct bed *bed_open(int way);
void bed_close(struct bed *bed);

/* Prepares both ends under a master key that follows from number, or under the given one. */
struct call *call_open(struct bed *bed, const char *suite, unsigned number);
struct call *call_open_master(struct bed *bed, const struct sotto_master *master);

/* The same with streams of that shape on both ends; count and window 0 mean those above. */
struct call *call_open_shaped(
	struct bed *bed, const struct sotto_master *master, const struct sotto_srtp_shape *shape);

/* The master that call_open() takes. */
void master_make(const char *suite, unsigned number, struct sotto_master *out);
void call_close(struct call *call);

/* Forgets all SSRCs, indices and counts of one end. */
void side_reset(struct side *side);

/* Packets so far under its master key 0; and as if it had been that many. */
uint64_t side_used(const struct side *side, enum sotto_srtp_kind kind);
void side_pretend_used(struct side *side, enum sotto_srtp_kind kind, uint64_t packets);

/* Gives one end new streams of another shape. */
void side_reshape(struct side *side, const struct sotto_srtp_shape *shape);

/* What is special about one end, to be set by the test; made on the first call, master key 0 in. */
struct sotto_srtp_more *side_more(struct side *side);
/* The same for both ends, as one call changes them: MKI and its length, elements, Cryptex. */
void call_set_mki(struct call *call, uint8_t mki_len, uint64_t mki);
void call_set_cryptex(struct call *call);
void call_set_element(struct call *call, uint8_t id);

/* Adds a master key with its MKI to one end; its number. */
unsigned side_add_master(
	struct bed *bed, struct side *side, const struct sotto_master *master, uint64_t mki);

/* The header key (RFC 6904) of master key 0. */
void side_add_header_key(struct bed *bed, struct side *side, const struct sotto_master *master);

/* The slot of that SSRC, bound on the spot with its next index when it is not there yet. */
struct sotto_stream *side_preset(struct side *side, uint32_t ssrc, uint64_t next);

/* A copy of all that packets may change in streams. */
struct snapshot {
	struct sotto_srtp_streams *streams;
	size_t size;
};

struct snapshot snapshot_take(const struct side *side);

/* Whether the streams are as they were, but for the counting of wrong tags. Frees the copy. */
bool snapshot_same(struct snapshot *snapshot, const struct side *side);

/* Empties the burst. */
void burst_clear(struct bed *bed);

/* Appends a packet to the burst; returns its position. Its whole buffer may be written. */
unsigned burst_add(struct bed *bed, const struct side *side, struct packet *packet);

/*
 * Run the burst: the positions that passed. The packets' len follow. Checks on the way that each
 * position either passed or has a drop verdict, and none both.
 */
uint64_t burst_protect(struct bed *bed, enum sotto_srtp_kind kind);
uint64_t burst_unprotect(struct bed *bed, enum sotto_srtp_kind kind);

/* The verdict of a position of the last burst. */
enum sotto_verdict burst_verdict(const struct bed *bed, unsigned i);

/* Bursts of one packet: the verdict. */
enum sotto_verdict protect_one(
	struct bed *bed, struct side *side, struct packet *packet, enum sotto_srtp_kind kind);
enum sotto_verdict unprotect_one(
	struct bed *bed, struct side *side, struct packet *packet, enum sotto_srtp_kind kind);

/* What a header may hold besides the fixed part. */
struct shape {
	unsigned csrc;      /* 0 to 15 */
	int extension;      /* 32-bit words of the extension, -1 = no extension */
	uint32_t payload;   /* bytes */
	uint8_t first_byte; /* of the payload; the others count up from it */
};

/* Makes a plain packet between guard bytes. */
void packet_rtp(struct packet *packet, uint16_t seq, uint32_t ssrc, uint32_t payload);
void packet_rtp_shaped(
	struct packet *packet, uint16_t seq, uint32_t ssrc, const struct shape *shape);
void packet_rtcp(struct packet *packet, uint32_t ssrc, uint32_t payload);

/* The same in one step, and protected by the call's sender as a burst of one. */
void sent_rtp(
	struct bed *bed, struct call *call, struct packet *packet, uint16_t seq, uint32_t ssrc);
void sent_rtcp(struct bed *bed, struct call *call, struct packet *packet, uint32_t ssrc);

/* Whether all bytes of the buffer from offset on are guards. */
bool packet_guarded(const struct packet *packet, uint32_t from);

/* Whether two packets have the same length, bytes, and bytes behind them. */
bool packet_equal(const struct packet *a, const struct packet *b);

/*
 * The tag under that key over the first len bytes, cut to the key's length: a test's own way to a
 * valid packet that protect would never make. For SRTP the caller puts the ROC behind the packet.
 */
void sign(struct bed *bed, const struct sotto_key *key, const uint8_t *data, uint32_t len,
	uint8_t *tag);

/* Memory of at least len bytes that ends where no access is allowed: reads behind it fault too. */
struct fence {
	uint8_t *map;
	size_t len;
};

void fence_open(struct fence *fence, size_t len);
void fence_close(struct fence *fence);

/* Copies len bytes to the end of the fenced memory; where they stand now. */
uint8_t *fence_place(struct fence *fence, const uint8_t *bytes, size_t len);

/* As unprotect_one(), for a packet that stands behind no room at all: *len follows. */
enum sotto_verdict unprotect_at(struct bed *bed, struct side *side, uint8_t *data, uint32_t *len,
	enum sotto_srtp_kind kind);

#endif
