/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A call through the engine and the two peers that have it: side 0 (a) and side 1 (b). A secure
 * peer has keys, streams and a lib/srtp instance of its own, apart from the engine's.
 */
#ifndef SOTTO_TESTS_UNIT_WORKER_CALL_H
#define SOTTO_TESTS_UNIT_WORKER_CALL_H

#include "wire.h"

#define CALL_SSRCS 4 /* max_ssrcs of each leg, unless a test says otherwise */

enum {
	SIDE_A,
	SIDE_B,
	SIDES
};

/* The far end of one leg. */
struct peer {
	struct sotto_net_path path; /* from its RTP port to the leg's */
	uint16_t rtcp_port;         /* its own */
	bool secure;
	struct sotto_keying keying[2]; /* what the peer sends with, what it receives with */
	struct sotto_key_spec spec[2]; /* the same for the engine: receive, send */
	struct sotto_srtp_context send;
	struct sotto_srtp_context receive;
	struct sotto_key *key[4];
	struct sotto_srtp_streams *streams[2];
};

struct call {
	struct rig *rig;
	unsigned number; /* of the rig's calls */
	char id[16];
	struct sotto_session_spec spec; /* what the next call_put() wishes */
	struct sotto_session *session;  /* what stands */
	enum rig_interface interface[SIDES];
	sotto_modes modes; /* of the keys that call_secure() makes, like these: */
	uint64_t lifetime;
	uint32_t overlap_us;
	struct peer peer[SIDES];
};

/*
 * Prepares a call with one media between two interfaces: clear legs, strict source check, DSCP
 * kept, RTCP on the odd port, remotes known. Nothing is put yet.
 */
void call_init(struct call *call, struct rig *rig, enum rig_interface a, enum rig_interface b);

/*
 * Makes a leg secure (required) and gives both ends of it fresh keys; again = re-key, where the
 * streams go on at the peer. Before call_put().
 */
void call_secure(struct call *call, int side, const char *suite);

/* Takes the keys of a leg away in the next call_put(); its peer keeps them. */
void call_forget(struct call *call, int side, bool receive, bool send);
void call_remember(struct call *call, int side, bool receive, bool send);

/* Makes both legs verify: each peer opens what the other sends. Before call_put(). */
void call_verify(struct call *call, const char *suite);

/* Puts the session with the next revision, which must be applied; peers learn the local ports. */
void call_put(struct call *call);

/* Frees what the peers hold; the session is the rig's. */
void call_end(struct call *call);

/* An untouched secure (a, AES_CM_128_HMAC_SHA1_80) and clear (b) call, put. */
void call_make(struct call *call, struct rig *rig);

/* What the engine has of an SSRC: the first slot of a leg's receive or send streams. */
struct sotto_stream *call_stream(const struct call *call, int side, bool send);

const struct sotto_leg *call_leg(const struct call *call, int side);
struct sotto_leg_state *call_state(const struct call *call, int side);

/* The device that a side's interface is on, and the queue of the call's owner. */
unsigned call_device(const struct call *call, int side);
unsigned call_queue(const struct call *call);

/* What the peer of that side does with its own keys, in place; unprotect: false = refused. */
void call_protect(struct call *call, int side, struct packet *packet, enum sotto_srtp_kind kind);
bool call_unprotect(struct call *call, int side, struct packet *packet, enum sotto_srtp_kind kind);

/* The path of the peer's frames to the leg, and of the leg's frames to the peer (TTL 64). */
struct sotto_net_path call_path_in(const struct call *call, int side, enum sotto_srtp_kind kind);
struct sotto_net_path call_path_out(const struct call *call, int side, enum sotto_srtp_kind kind);

/* The frame with which the peer sends a plain packet: protected where the leg is secure. */
void call_frame(struct call *call, int side, const struct packet *plain, enum sotto_srtp_kind kind,
	struct packet *frame);

/* Sends a datagram as it is, protected by nobody, from the peer or from another source. */
void call_send_raw(
	struct call *call, int side, const struct packet *datagram, enum sotto_srtp_kind kind);
void call_send_from(struct call *call, int side, const struct sotto_endpoint *from,
	const struct packet *datagram, enum sotto_srtp_kind kind);

/*
 * The payload of the next frame to the peer of that side, whose headers must be right. False: there
 * is none.
 */
bool call_take(struct call *call, int side, enum sotto_srtp_kind kind, struct packet *payload);

/* Asserts that the next payload to the peer of that side is exactly this one. */
void call_expect_raw(
	struct call *call, int side, const struct packet *datagram, enum sotto_srtp_kind kind);

/* Sends it to the owner's queue. */
void call_send(struct call *call, int side, const struct packet *plain, enum sotto_srtp_kind kind);

/*
 * Asserts that the next frame to the peer of that side is this plain packet: headers, checksums,
 * and after the peer's own unprotect every byte.
 */
void call_expect(
	struct call *call, int side, const struct packet *plain, enum sotto_srtp_kind kind);

/* Sends from one side, polls, expects at the other, and nothing else. */
void call_carry(struct call *call, int from, const struct packet *plain, enum sotto_srtp_kind kind);

#endif
