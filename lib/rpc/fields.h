/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/rpc only: reading members of a JSON object into C, with ranges and with the path of
 * what was wrong. The first failure is kept; after it every call here does nothing, so decoders
 * read as a plain list of fields and look at the error once, at the end.
 */
#ifndef SOTTO_RPC_FIELDS_H
#define SOTTO_RPC_FIELDS_H

#include "base/addr.h"
#include "rpc/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sotto_rpc_reader {
	struct sotto_rpc_error *error; /* NO_ERROR until the first failure */
	enum sotto_rpc_kind kind;      /* of the failures to come: params or invalid */
	bool secret; /* inside a key: an unknown name could be key text and is not repeated */
	const json_t *object; /* the last one that was checked, */
	uint64_t present;     /* and a bit for each of its names: most that may be there are not */
	size_t path_len;
	char path[SOTTO_RPC_FIELD_BYTES];
};

/* A name that an object may have; a table of them ends with {NULL, false}. */
struct sotto_rpc_name {
	const char *name;
	bool required;
};

void sotto_rpc_reader_init(
	struct sotto_rpc_reader *r, struct sotto_rpc_error *error, enum sotto_rpc_kind kind);

bool sotto_rpc_reader_failed(const struct sotto_rpc_reader *r);

/* Blames the member name of the present object, or the object itself when name is NULL. */
void sotto_rpc_fail(struct sotto_rpc_reader *r, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Extends the path by a member or by one of its items; leave() takes back what was returned. */
size_t sotto_rpc_enter(struct sotto_rpc_reader *r, const char *name);
size_t sotto_rpc_enter_item(struct sotto_rpc_reader *r, const char *name, size_t index);
void sotto_rpc_leave(struct sotto_rpc_reader *r, size_t mark);

/* The value at the path is an object, all its names are known or begin x-, none is missing. */
void sotto_rpc_check_object(
	struct sotto_rpc_reader *r, const json_t *value, const struct sotto_rpc_name *names);

/* The member, or NULL when it is absent or a failure came before. */
const json_t *sotto_rpc_member(
	const struct sotto_rpc_reader *r, const json_t *object, const char *name);

/* Out of memory: an internal error that blames no field. */
void sotto_rpc_fail_memory(struct sotto_rpc_reader *r);

/* Zeroed memory, freed by the caller; NULL after a failure, its own included. */
void *sotto_rpc_new(struct sotto_rpc_reader *r, size_t count, size_t size);

/* The place of a string in choices, which ends with NULL; -1 for all other values. */
int sotto_rpc_find(const json_t *value, const char *const *choices);

/*
 * The member as an array of 1 to max items, what they are in the words of an error; *count is their
 * number. NULL when it is absent or wrong, with *count 0.
 */
const json_t *sotto_rpc_read_array(struct sotto_rpc_reader *r, const json_t *object,
	const char *name, size_t max, const char *what, size_t *count);

/*
 * Each reads one member: true = it is there and good, and *out is set; false = it is absent or
 * wrong (then the reader has failed), and *out is as before.
 */
bool sotto_rpc_read_int(struct sotto_rpc_reader *r, const json_t *object, const char *name,
	int64_t min, int64_t max, int64_t *out);
bool sotto_rpc_read_bool(
	struct sotto_rpc_reader *r, const json_t *object, const char *name, bool *out);
/* One of the texts in choices, which ends with NULL; *out is its index. */
bool sotto_rpc_read_choice(struct sotto_rpc_reader *r, const json_t *object, const char *name,
	const char *const *choices, unsigned *out);
/* An array of texts in choices, each at most once; bit i of *out is choice i, below 32. */
bool sotto_rpc_read_set(struct sotto_rpc_reader *r, const json_t *object, const char *name,
	const char *const *choices, uint32_t *out);
/* The integer item of an array; the path stands on it already. */
bool sotto_rpc_read_item(struct sotto_rpc_reader *r, const json_t *array, size_t index, int64_t min,
	int64_t max, int64_t *out);
/* 1 to max printable ASCII characters; out has room for max and a closing zero. */
bool sotto_rpc_read_text(
	struct sotto_rpc_reader *r, const json_t *object, const char *name, size_t max, char *out);
/* The same without spaces. */
bool sotto_rpc_read_word(
	struct sotto_rpc_reader *r, const json_t *object, const char *name, size_t max, char *out);
/* A unicast IP address. */
bool sotto_rpc_read_addr(
	struct sotto_rpc_reader *r, const json_t *object, const char *name, struct sotto_addr *out);
/* A UDP port, 1..65535. */
bool sotto_rpc_read_port(
	struct sotto_rpc_reader *r, const json_t *object, const char *name, uint16_t *out);
/* A number that counts up for ever: a revision or a sequence number, 0..2^53. */
bool sotto_rpc_read_counter(
	struct sotto_rpc_reader *r, const json_t *object, const char *name, uint64_t *out);

/* An SSRC, or another unsigned number of 32 bits. */
bool sotto_rpc_read_u32(
	struct sotto_rpc_reader *r, const json_t *object, const char *name, uint32_t *out);

#endif
