/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Building installs. Three ways lead from an old one to a new one: nothing has changed, and it
 * stays; some master key stays, and so do the streams with their windows; or every key is new, and
 * the streams are new too and go on as the request says (RFC 3711, 3.3.1).
 */
#include "session/install.h"

#include "base/secret.h"
#include "session/internal.h"

#include <errno.h>
#include <stdlib.h>

/* How long a sender's old streams stay, to tell copies of packets that went out under the old key.
 */
#define SEND_OVERLAP_US 2000000u

/* An install in the making. */
struct making {
	struct sotto_sessions *sessions;
	const struct sotto_install_spec *spec;
	struct sotto_install *old; /* NULL: none, or none that matters */
	struct sotto_install *install;
	bool same_key;
	bool keeps_streams;
	const char *member;
};

static void *take(struct sotto_sessions *sessions, size_t size)
{
	return sessions->env.alloc(sessions->env.arg, size);
}

static void give_back(struct sotto_sessions *sessions, void *memory)
{
	if (memory)
		sessions->env.release(sessions->env.arg, memory);
}

static int refuse(struct making *making, const char *member)
{
	making->member = member;
	return -EINVAL;
}

struct sotto_install *sotto_install_get(struct sotto_install *install)
{
	if (install)
		install->references++;
	return install;
}

void sotto_install_put_streams(struct sotto_sessions *sessions, struct sotto_srtp_streams *streams)
{
	if (streams && --streams->references == 0)
		give_back(sessions, streams);
}

static void put_use(struct sotto_sessions *sessions, struct sotto_counted_use *use)
{
	if (use && --use->references == 0)
		give_back(sessions, use);
}

static void free_keys(struct sotto_sessions *sessions, struct sotto_install *install)
{
	for (unsigned n = 0; n < install->master_count; n++) {
		struct sotto_install_master *master = &install->master[n];

		for (unsigned k = 0; k < 3; k++) {
			sotto_crypto_key_wipe(master->key[k]);
			give_back(sessions, master->key[k]);
		}
		put_use(sessions, master->use);
	}
}

void sotto_install_put(struct sotto_sessions *sessions, struct sotto_install *install)
{
	if (!install || --install->references != 0)
		return;
	if (install->overlap)
		sotto_install_overlap_free(sessions, install->overlap);
	free_keys(sessions, install);
	sotto_install_put_streams(sessions, install->context.streams);
	give_back(sessions, install->more);
	free(install);
}

static bool same_options(const struct making *making)
{
	const struct sotto_leg_spec *leg = making->spec->leg;
	const struct sotto_srtp_more *more = making->old->more;
	static const uint64_t none[4];

	if (!more)
		return !leg->cryptex && leg->security != SOTTO_VERIFY &&
		       memcmp(leg->ids, none, sizeof(none)) == 0;
	return more->cryptex == leg->cryptex && memcmp(more->ids, leg->ids, sizeof(none)) == 0 &&
	       more->verify_only == (leg->security == SOTTO_VERIFY) &&
	       (!making->spec->send || more->send_master == making->spec->key->send_master);
}

/* What belongs to streams cannot change under them. */
static int compare_shape(struct making *making)
{
	const struct sotto_leg_spec *leg = making->spec->leg;
	const struct sotto_install *old = making->old;

	if (old->ssrcs != leg->max_ssrcs)
		return refuse(making, "max_ssrcs");
	if (leg->window_fixed && old->window != leg->window)
		return refuse(making, "replay_window");
	if (old->repeat != (leg->repeat && making->spec->send))
		return refuse(making, "repeat");
	return 0;
}

/* Whether old and new have a master key in common. */
static bool shares_master(const struct sotto_install *old, const struct sotto_key_spec *key)
{
	for (unsigned a = 0; a < old->master_count; a++) {
		for (unsigned b = 0; b < key->keying->count; b++) {
			if (memcmp(old->master[a].digest, key->master[b], SOTTO_DIGEST_LEN) == 0)
				return true;
		}
	}
	return false;
}

static int build_master(struct making *making, unsigned n)
{
	const struct sotto_keying *keying = making->spec->key->keying;
	struct sotto_session_env *env = &making->sessions->env;
	const struct sotto_crypto_backend *backend = env->crypto->backend;
	size_t size = sotto_keys_size(backend, keying->suite);
	struct sotto_key **key = making->install->master[n].key;
	struct sotto_master master;
	int rc;

	if (size == 0)
		return -ENOTSUP;
	key[0] = take(making->sessions, size);
	key[1] = take(making->sessions, size);
	if (!key[0] || !key[1])
		return -ENOMEM;
	sotto_keys_master_at(keying, n, &master);
	rc = sotto_keys_build(env->crypto, &master, key[0], key[1]);
	if (rc == 0 && making->install->more && making->install->more->encrypts_ids) {
		key[2] = take(making->sessions, sotto_keys_header_size(backend, keying->suite));
		rc = key[2] ? sotto_keys_build_header(env->crypto, &master, key[2]) : -ENOMEM;
	}
	sotto_base_wipe(&master, sizeof(master));
	return rc;
}

/* The old install's number of master key n of the new one, when the streams are kept; or -1. */
static int old_number(const struct making *making, unsigned n)
{
	const uint8_t *digest = making->install->master[n].digest;

	for (unsigned k = 0; making->keeps_streams && k < making->old->master_count; k++) {
		if (memcmp(making->old->master[k].digest, digest, SOTTO_DIGEST_LEN) == 0)
			return (int)k;
	}
	return -1;
}

/* Finds where packets under master key n are counted: where they were, or anew. */
static int make_use(struct making *making, unsigned n, struct sotto_key_use **out)
{
	struct sotto_install *install = making->install;
	struct sotto_counted_use **use = &install->master[n].use;
	int old = old_number(making, n);

	*out = &install->context.streams->use;
	if (old >= 0) {
		*use = making->old->master[old].use;
		if (*use) {
			(*use)->references++;
			*out = &(*use)->use;
		}
		return 0;
	}
	if (n == 0 && !making->keeps_streams)
		return 0;
	*use = take(making->sessions, sizeof(**use));
	if (!*use)
		return -ENOMEM;
	(*use)->references = 1;
	*out = &(*use)->use;
	sotto_srtp_use_init(*out, making->spec->key->keying->master[n].lifetime);
	return 0;
}

/* Whether each packet needs what most contexts do not have. */
static bool is_special(const struct sotto_leg_spec *leg, const struct sotto_keying *keying)
{
	return keying->mki_len != 0 || leg->cryptex || leg->security == SOTTO_VERIFY ||
	       (leg->ids[0] | leg->ids[1] | leg->ids[2] | leg->ids[3]) != 0;
}

static bool needs_more(const struct making *making)
{
	const struct sotto_leg_spec *leg = making->spec->leg;
	const struct sotto_keying *keying = making->spec->key->keying;

	return making->keeps_streams || is_special(leg, keying) ||
	       (making->old && !making->spec->send && making->spec->key->overlap_us != 0);
}

static int make_more(struct making *making)
{
	const struct sotto_leg_spec *leg = making->spec->leg;
	const struct sotto_key_spec *key = making->spec->key;
	struct sotto_srtp_more *more;

	if (!needs_more(making))
		return 0;
	more = take(making->sessions,
		sizeof(*more) + key->keying->count * sizeof(struct sotto_srtp_master));
	if (!more)
		return -ENOMEM;
	making->install->more = more;
	more->master_count = key->keying->count;
	more->mki_len = key->keying->mki_len;
	more->send_master = key->send_master;
	more->verify_only = leg->security == SOTTO_VERIFY;
	more->cryptex = leg->cryptex;
	memcpy(more->ids, leg->ids, sizeof(more->ids));
	more->encrypts_ids = (leg->ids[0] | leg->ids[1] | leg->ids[2] | leg->ids[3]) != 0;
	more->late_only = !making->keeps_streams && !is_special(leg, key->keying);
	return 0;
}

/* Whether the SSRCs that are there go on under the new key. */
static bool inherits(const struct making *making)
{
	enum sotto_roc_policy policy = making->spec->key->roc_policy;

	return making->old && (policy == SOTTO_ROC_KEEP || policy == SOTTO_ROC_TRY);
}

static struct sotto_srtp_shape shape_of(const struct making *making)
{
	const struct sotto_key_spec *key = making->spec->key;
	const struct sotto_install *install = making->install;

	return (struct sotto_srtp_shape){
		.count = install->ssrcs,
		.window = install->window,
		.roc = key->roc_policy == SOTTO_ROC_VALUE ? key->roc : 0,
		.try_roc_zero = inherits(making) && key->roc_policy == SOTTO_ROC_TRY,
		.repeat = install->repeat,
		.lifetime = key->keying->master[0].lifetime,
	};
}

static int make_streams(struct making *making)
{
	const struct sotto_key_spec *key = making->spec->key;
	const struct sotto_srtp_shape shape = shape_of(making);
	struct sotto_install *install = making->install;
	struct sotto_srtp_streams *streams;

	if (making->keeps_streams) {
		install->window = making->old->window;
		install->context.streams = making->old->context.streams;
		install->context.streams->references++;
		return 0;
	}
	streams = take(making->sessions, sotto_srtp_streams_size(&shape));
	if (!streams)
		return -ENOMEM;
	install->context.streams = streams;
	streams->references = 1;
	sotto_srtp_streams_init(streams, &shape);
	if (inherits(making))
		sotto_srtp_streams_inherit(
			streams, making->old->context.streams, making->spec->send);
	for (uint32_t i = 0; i < key->preset_count; i++) {
		if (sotto_srtp_streams_preset(streams, &key->preset[i]) != 0)
			return refuse(making, "streams");
	}
	return 0;
}

static int make_keys(struct making *making)
{
	const struct sotto_keying *keying = making->spec->key->keying;
	struct sotto_install *install = making->install;
	unsigned sends = making->spec->key->send_master;
	struct sotto_key_use *use;

	for (unsigned n = 0; n < keying->count; n++) {
		struct sotto_key **key = install->master[n].key;
		int rc = build_master(making, n);

		if (rc == 0)
			rc = make_use(making, n, &use);
		if (rc != 0)
			return rc;
		if (install->more)
			install->more->master[n] = (struct sotto_srtp_master){
				.rtp = key[0],
				.rtcp = key[1],
				.header = key[2],
				.use = use,
				.mki = keying->master[n].mki,
			};
	}
	install->context.more = install->more;
	install->context.rtp = install->master[sends].key[0];
	install->context.rtcp = install->master[sends].key[1];
	return 0;
}

/* Of the install before, how long what lives: none of it when that is 0. */
static uint32_t overlap_time(const struct making *making)
{
	const struct sotto_key_spec *key = making->spec->key;

	if (!making->old)
		return 0;
	if (!making->spec->send)
		return key->overlap_us;
	return making->keeps_streams || key->roc_policy != SOTTO_ROC_KEEP ? 0 : SEND_OVERLAP_US;
}

/*
 * Lets the install before open late packets for a while. A sender's new streams go on from where
 * the old ones are when the first packet comes.
 */
static int make_overlap(struct making *making)
{
	struct sotto_install *install = making->install, *old = making->old;
	uint32_t time_us = overlap_time(making);
	struct sotto_overlap *overlap;

	if (time_us == 0)
		return 0;
	overlap = sotto_install_overlap_new(
		making->sessions, install, making->spec->now_us + time_us);
	if (!overlap)
		return -ENOMEM;
	install->overlap = overlap;
	if (install->send) {
		overlap->before = old->context.streams;
		overlap->before->references++;
		install->context.streams->before = overlap->before;
	} else {
		overlap->previous = sotto_install_get(old);
		overlap->late.context = old->context;
		install->more->previous = &overlap->late;
	}
	return 0;
}

static int make_new(struct making *making)
{
	const struct sotto_key_spec *key = making->spec->key;
	struct sotto_install *install = making->install;
	int rc;

	install->suite = key->keying->suite;
	install->window = making->spec->leg->window;
	install->ssrcs = (uint8_t)making->spec->leg->max_ssrcs;
	install->repeat = making->spec->leg->repeat && making->spec->send;
	install->send = making->spec->send;
	install->master_count = key->keying->count;
	memcpy(install->identity, key->identity, sizeof(install->identity));
	memcpy(install->preset_digest, key->preset_digest, sizeof(install->preset_digest));
	for (unsigned n = 0; n < install->master_count; n++)
		memcpy(install->master[n].digest, key->master[n], SOTTO_DIGEST_LEN);
	rc = make_more(making);
	if (rc == 0)
		rc = make_streams(making);
	if (rc == 0)
		rc = make_keys(making);
	if (rc == 0)
		rc = make_overlap(making);
	return rc;
}

static bool leads_back(const struct sotto_stream *slot, const struct sotto_srtp_preset *preset)
{
	return (preset->next_rtp != 0 &&
		       preset->next_rtp < __atomic_load_n(&slot->rtp.next, __ATOMIC_RELAXED)) ||
	       (preset->next_rtcp != 0 &&
		       preset->next_rtcp < __atomic_load_n(&slot->rtcp.next, __ATOMIC_RELAXED));
}

/* Slots that are bound: the first ones. */
static uint32_t bound_slots(const struct sotto_srtp_streams *streams)
{
	uint32_t n = 0;

	while (n < streams->count && __atomic_load_n(&streams->slot[n].bound, __ATOMIC_ACQUIRE))
		n++;
	return n;
}

/* The slot among the first count that is bound to an SSRC, or NULL. */
static const struct sotto_stream *slot_of(
	const struct sotto_srtp_streams *streams, uint32_t count, uint32_t ssrc)
{
	for (uint32_t k = 0; k < count; k++) {
		if (__atomic_load_n(&streams->slot[k].ssrc, __ATOMIC_RELAXED) == ssrc)
			return &streams->slot[k];
	}
	return NULL;
}

/*
 * Presets of streams that are in use may neither lead back nor be more than there are slots; their
 * owner, who may be binding one right now, looks again.
 */
static int check_presets(struct making *making)
{
	const struct sotto_key_spec *key = making->spec->key;
	const struct sotto_srtp_streams *streams = making->old->context.streams;
	uint32_t bound = bound_slots(streams), wanted = bound;

	if (memcmp(making->old->preset_digest, key->preset_digest, SOTTO_DIGEST_LEN) == 0)
		return 0;
	for (uint32_t i = 0; i < key->preset_count; i++) {
		const struct sotto_stream *slot = slot_of(streams, bound, key->preset[i].ssrc);

		wanted += !slot;
		if (wanted > streams->count || (slot && leads_back(slot, &key->preset[i])))
			return refuse(making, "streams");
	}
	return 0;
}

/* What the key's options contradict. */
static int check(struct making *making)
{
	const struct sotto_key_spec *key = making->spec->key;
	const struct sotto_leg_spec *leg = making->spec->leg;
	bool authenticates = !(key->keying->modes & SOTTO_CONSENT_UNAUTHENTICATED_SRTP);
	int rc;

	if (leg->repeat && making->spec->send && !authenticates)
		return refuse(making, "repeat");
	/* without tags there is nothing to verify, and anything would lock a preferred leg */
	if ((leg->security == SOTTO_VERIFY || leg->security == SOTTO_PREFERRED) && !authenticates)
		return refuse(making, "security");
	if (!making->keeps_streams)
		return 0;
	if (!making->same_key && key->roc_policy != SOTTO_ROC_KEEP)
		return refuse(making, "roc");
	rc = compare_shape(making);
	return rc == 0 ? check_presets(making) : rc;
}

/* The key and its options are what stands: only where streams are may be wished otherwise. */
static int keep(struct making *making, struct sotto_install **out)
{
	int rc = compare_shape(making);

	if (rc == 0)
		rc = check_presets(making);
	if (rc == 0)
		*out = sotto_install_get(making->old);
	return rc;
}

int sotto_install_make(struct sotto_sessions *sessions, const struct sotto_install_spec *spec,
	struct sotto_install *old, struct sotto_install **out, const char **member)
{
	struct making making = {.sessions = sessions, .spec = spec, .old = old};
	int rc;

	making.same_key = old && memcmp(old->identity, spec->key->identity, SOTTO_DIGEST_LEN) == 0;
	if (making.same_key && same_options(&making)) {
		rc = keep(&making, out);
		*member = making.member;
		return rc;
	}
	making.keeps_streams = old && shares_master(old, spec->key);
	rc = check(&making);
	*member = making.member;
	if (rc != 0)
		return rc;
	making.install =
		calloc(1, sizeof(*making.install) +
				  spec->key->keying->count * sizeof(making.install->master[0]));
	if (!making.install)
		return -ENOMEM;
	making.install->references = 1;
	rc = make_new(&making);
	*member = making.member;
	if (rc != 0)
		sotto_install_put(sessions, making.install);
	else
		*out = making.install;
	return rc;
}
