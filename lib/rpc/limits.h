/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every size of the control protocol in one place. docs/protocol.md repeats these numbers for its
 * readers; both change together. Texts are counted without the closing zero.
 */
#ifndef SOTTO_RPC_LIMITS_H
#define SOTTO_RPC_LIMITS_H

#include <stdint.h>

#define SOTTO_RPC_API_MAJOR 1 /* another major: another protocol */
#define SOTTO_RPC_API_MINOR 1 /* a minor only adds */

/* one line */
#define SOTTO_RPC_LINE_BYTES 1048576     /* without the newline */
#define SOTTO_RPC_DEPTH 16               /* objects and arrays inside each other */
#define SOTTO_RPC_VALUES 65536           /* openings and commas, bounds the parser's memory */
#define SOTTO_RPC_BATCH 1000             /* requests in a batch */
#define SOTTO_RPC_REPLY_BYTES (16 << 20) /* a batch is cut short when its answers exceed this */
#define SOTTO_RPC_CALL_ID_BYTES 128      /* a JSON-RPC id that is a string */

/* texts, in bytes */
#define SOTTO_RPC_SESSION_ID_BYTES 128
#define SOTTO_RPC_MEDIA_ID_BYTES 32
#define SOTTO_RPC_NAME_BYTES 32 /* an interface or a port */
#define SOTTO_RPC_CLIENT_BYTES 64
#define SOTTO_RPC_CURSOR_BYTES 128
#define SOTTO_RPC_SDES_BYTES 4096  /* a whole line a=crypto of RFC 4568 */
#define SOTTO_RPC_SUITE_BYTES 64   /* a crypto suite's name */
#define SOTTO_RPC_KEY_BYTES 128    /* a master key in base64 */
#define SOTTO_RPC_SALT_BYTES 64    /* a master salt in base64 */
#define SOTTO_RPC_FIELD_BYTES 96   /* the path of a field in an error */
#define SOTTO_RPC_DETAIL_BYTES 160 /* the detail of an error */

/* counts and ranges */
#define SOTTO_RPC_MEDIA 8
#define SOTTO_RPC_QUEUES 16       /* of one device that are told apart in stats.get */
#define SOTTO_RPC_SSRCS 64        /* highest max_ssrcs of a leg */
#define SOTTO_RPC_SSRCS_DEFAULT 4 /* max_ssrcs when absent */
#define SOTTO_RPC_WINDOW_MIN 64   /* replay_window of a leg, in packets */
#define SOTTO_RPC_WINDOW_MAX 32768
#define SOTTO_RPC_ELEMENTS 255  /* highest identifier of a header extension element */
#define SOTTO_RPC_EARLY_MS 5000 /* highest early_ms of a leg */
#define SOTTO_RPC_EARLY_MS_DEFAULT 500
#define SOTTO_RPC_MASTERS 16                  /* master keys of one key */
#define SOTTO_RPC_MKI_BYTES 128               /* highest mki_length */
#define SOTTO_RPC_LIFETIME (INT64_C(1) << 48) /* highest lifetime of a master key, in packets */
#define SOTTO_RPC_OVERLAP_MS 10000            /* highest overlap_ms of a key */
#define SOTTO_RPC_OVERLAP_MS_DEFAULT 2000
#define SOTTO_RPC_POSITIONS 64 /* highest count of streams of a key */
#define SOTTO_RPC_LIST 1000    /* highest limit of session.list */
#define SOTTO_RPC_LIST_DEFAULT 100
#define SOTTO_RPC_TIMEOUT_S 86400            /* highest timeout_s of a session */
#define SOTTO_RPC_INTEGER (INT64_C(1) << 53) /* exact in every JSON reader (RFC 8259, 6) */

#endif
