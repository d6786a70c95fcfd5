/* SPDX-License-Identifier: BSD-3-Clause */
/* The search for the highest rate: see search.h. */
#include "search.h"

void gen_search_start(struct gen_search *search, double highest, double max_loss, double precision,
	bool wants_confirm)
{
	*search = (struct gen_search){
		.high = highest,
		.max_loss = max_loss,
		.precision = precision,
		.back = 2 * precision,
		.wants_confirm = wants_confirm,
	};
}

bool gen_search_passed(double max_loss, const struct gen_search_trial *trial)
{
	uint64_t lost = trial->sent > trial->received ? trial->sent - trial->received : 0;

	return trial->sent != 0 && (double)lost <= max_loss * (double)trial->sent;
}

bool gen_search_kept(const struct gen_search_trial *trial)
{
	return trial->offered >= GEN_SEARCH_KEPT * trial->asked;
}

static bool is_narrow(const struct gen_search *search)
{
	return search->high - search->low <= search->precision * search->high;
}

/* Leaves a phase that has nothing more to find out. */
static void settle(struct gen_search *search)
{
	if (search->phase == GEN_SEARCH_BISECT && is_narrow(search)) {
		search->phase = search->wants_confirm ? GEN_SEARCH_CONFIRM : GEN_SEARCH_END;
	}
	if (search->phase == GEN_SEARCH_CONFIRM &&
		(search->confirmed || search->confirms == GEN_SEARCH_CONFIRMS || search->low <= 0))
		search->phase = GEN_SEARCH_END;
	if (search->trials == GEN_SEARCH_TRIALS || search->dead == GEN_SEARCH_DEAD)
		search->phase = GEN_SEARCH_END;
}

double gen_search_next(struct gen_search *search, bool *confirm)
{
	settle(search);
	*confirm = search->phase == GEN_SEARCH_CONFIRM;
	switch (search->phase) {
	case GEN_SEARCH_FIRST:
		return search->high;
	case GEN_SEARCH_BISECT:
		return search->guess > 0 ? search->guess : (search->low + search->high) / 2;
	case GEN_SEARCH_CONFIRM:
		return search->low;
	default:
		return 0;
	}
}

/* Carried: what was asked for, or as much of it as the generator could offer. */
static void rise(struct gen_search *search, const struct gen_search_trial *trial, bool kept)
{
	double carried = kept ? trial->asked : trial->offered;

	if (carried > search->low)
		search->low = carried;
	if (kept)
		return;
	/* more than this cannot be offered, so no trial above would say anything of the gateway */
	search->limited = true;
	search->high = search->phase == GEN_SEARCH_FIRST ? search->low : trial->asked;
}

/* Not carried. What came through is a good guess at what can be carried. */
static void sink(struct gen_search *search, const struct gen_search_trial *trial, bool kept)
{
	double through = trial->sent == 0
				 ? 0
				 : trial->offered * (double)trial->received / (double)trial->sent;

	search->limited = false;
	search->high = kept ? trial->asked : trial->offered;
	if (search->high < search->low)
		search->low = 0; /* a rate that was carried before is carried no longer */
	if (search->phase == GEN_SEARCH_FIRST && through > search->low && through < search->high)
		search->guess = through;
}

static void confirm(
	struct gen_search *search, const struct gen_search_trial *trial, bool passed, bool kept)
{
	search->confirms++;
	search->confirmed = passed;
	if (passed && !kept) {
		search->limited = true;
		search->low = trial->offered;
	}
	if (passed)
		return;
	search->limited = false;
	search->high = search->low;
	search->low *= search->back < 1 ? 1 - search->back : 0.5;
	search->back *= 2;
}

void gen_search_result(struct gen_search *search, const struct gen_search_trial *trial)
{
	bool kept = gen_search_kept(trial);
	bool passed = gen_search_passed(search->max_loss, trial);

	search->trials++;
	search->dead = trial->received == 0 ? search->dead + 1 : 0;
	search->guess = 0;
	if (passed && !kept && search->phase == GEN_SEARCH_BISECT &&
		search->again < GEN_SEARCH_AGAIN) {
		search->again++; /* perhaps this machine only did something else for a moment */
		search->guess = trial->asked;
		return;
	}
	search->again = 0;
	if (search->phase == GEN_SEARCH_CONFIRM) {
		confirm(search, trial, passed, kept);
		return;
	}
	if (passed)
		rise(search, trial, kept);
	else
		sink(search, trial, kept);
	search->phase = GEN_SEARCH_BISECT;
}
