/* SPDX-License-Identifier: BSD-3-Clause */
/* What a keying and options must not be. They may be made by hand: nothing is taken for granted. */
#include "context/internal.h"

#include <errno.h>

static bool mki_fits(const struct sotto_keying *keying, unsigned n)
{
	uint64_t mki = keying->master[n].mki;

	return keying->mki_len >= sizeof(mki) || mki >> (8 * keying->mki_len) == 0;
}

/* RFC 3711, 3.1: an MKI names one master key; without MKIs there is nothing to choose by. */
static bool keying_is_sound(const struct sotto_keying *keying)
{
	if (!keying->suite || keying->count == 0 || keying->count > SOTTO_SRTP_MASTERS_MAX)
		return false;
	if (keying->mki_len > SOTTO_SRTP_MKI_MAX || (keying->mki_len == 0 && keying->count != 1))
		return false;
	for (unsigned n = 0; keying->mki_len != 0 && n < keying->count; n++) {
		if (!mki_fits(keying, n))
			return false;
		for (unsigned k = 0; k < n; k++)
			if (keying->master[k].mki == keying->master[n].mki)
				return false;
	}
	return true;
}

static bool fits_sender(const struct sotto_context_options *options)
{
	return !options->verify_only && !options->try_roc_zero && options->until_us == 0;
}

static bool fits_receiver(const struct sotto_context_options *options)
{
	if (!options->old && (options->try_roc_zero || options->until_us != 0))
		return false;
	if (options->verify_only && (options->cryptex || sotto_context_has_ids(options)))
		return false;
	return !options->repeat && options->send_master == 0;
}

static bool options_are_sound(
	const struct sotto_keying *keying, const struct sotto_context_options *options)
{
	bool has_tags = !(keying->modes & SOTTO_CONSENT_UNAUTHENTICATED_SRTP);

	if (options->ssrcs > SOTTO_SRTP_SLOTS_MAX || options->send_master >= keying->count)
		return false;
	if (options->cryptex && sotto_context_has_ids(options))
		return false;
	if (!has_tags && (options->repeat || options->verify_only))
		return false;
	return options->sends ? fits_sender(options) : fits_receiver(options);
}

int sotto_context_check(
	const struct sotto_keying *keying, const struct sotto_context_options *options)
{
	if (!keying_is_sound(keying) || !options_are_sound(keying, options))
		return -EINVAL;
	return sotto_keys_consent(keying) & ~options->allow ? -EACCES : 0;
}
