/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The search for the highest rate that a gateway carries (the throughput of RFC 2544, 26.1): with
 * no loss (NDR) or with little (PDR). Halves the range, then confirms what it found with a longer
 * trial. Pure arithmetic: the caller runs the trials.
 */
#ifndef SOTTO_GEN_SEARCH_H
#define SOTTO_GEN_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#define GEN_SEARCH_TRIALS 60  /* most trials of a search, confirmations included */
#define GEN_SEARCH_CONFIRMS 8 /* most confirmations: each that fails lowers the rate */
#define GEN_SEARCH_DEAD 3     /* after so many trials from which nothing came back, it is over */
#define GEN_SEARCH_KEPT 0.95  /* below this share of the rate asked for, it was not offered */
#define GEN_SEARCH_AGAIN 3    /* how often a trial is repeated that was carried but not offered */

enum gen_search_phase {
	GEN_SEARCH_FIRST,   /* at the highest rate */
	GEN_SEARCH_BISECT,  /* between low and high */
	GEN_SEARCH_CONFIRM, /* at low, for longer */
	GEN_SEARCH_END,
};

/* Rates in packets a second. */
struct gen_search {
	double low;       /* carried */
	double high;      /* not carried, or not offered */
	double guess;     /* rate of the next trial; 0 = the middle */
	double max_loss;  /* share of the packets that may be lost */
	double precision; /* share of high: the search ends when low is that close */
	double back;      /* share by which a failed confirmation lowers the rate */
	unsigned trials;
	unsigned confirms;
	unsigned again; /* repetitions of the last trial */
	unsigned dead;  /* trials one after another from which nothing came back */
	enum gen_search_phase phase;
	bool wants_confirm;
	bool confirmed;
	bool limited; /* more could not be offered: not the gateway's loss set the limit */
};

/* What a trial came to. */
struct gen_search_trial {
	double asked;
	double offered; /* really sent a second */
	uint64_t sent;
	uint64_t received;
};

/* Begins; the first trial is at highest. */
void gen_search_start(struct gen_search *search, double highest, double max_loss, double precision,
	bool wants_confirm);

/* The rate of the next trial, and whether it is a confirmation; 0 at the end: low is the result. */
double gen_search_next(struct gen_search *search, bool *confirm);

/* Takes the result of the trial that was named last. */
void gen_search_result(struct gen_search *search, const struct gen_search_trial *trial);

/* Whether the generator offered what was asked of it. */
bool gen_search_kept(const struct gen_search_trial *trial);

/* Whether so few were lost; nothing sent is a failure. */
bool gen_search_passed(double max_loss, const struct gen_search_trial *trial);

#endif
