/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Does the time of a tag comparison tell where the first wrong byte is? One compare at a time is
 * timed for each place of that byte and for equal tags, all in random order; then Welch's t-test
 * says whether any two places differ. A compare that ends early is measured in the same way, to
 * see that the method would notice.
 */
#include "base/secret.h"
#include "machine.h"
#include "srtp/internal.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <x86intrin.h>

#define TAG_MAX 16
#define CLASSES_MAX                                                                                \
	(TAG_MAX + 1) /* first wrong byte at 0, 1, ...; the last class: no wrong byte              \
		       */
#define EACH 16       /* compares of each class in a block, which fits the first cache */
#define BLOCK_MAX (CLASSES_MAX * EACH)
#define TICKS_MAX 4096 /* longer ones, which were interrupted, are counted as this */
#define THRESHOLD 4.5  /* of |t|: what is below is taken for chance */
#define CONTROL_FACTOR 10.0
#define CPU_MAX 4095

typedef bool compare_function(const uint8_t *a, const uint8_t *b, size_t n);

struct subject {
	const char *name;
	compare_function *compare;
	unsigned len;
	bool control; /* ends early on purpose */
};

struct options {
	unsigned compares; /* of each class */
	double percentile;
	uint64_t seed;
	int cpu; /* -1 = the one it starts on */
	bool check;
};

/* One compare that is to be timed. Both tags are within one cache line. */
struct trial {
	uint8_t a[TAG_MAX];
	uint8_t b[TAG_MAX];
};

struct figures {
	uint64_t n;
	double mean, variance;
	unsigned median;
};

/* How often a compare of each class took so many ticks. */
struct times {
	unsigned classes;
	uint32_t count[CLASSES_MAX][TICKS_MAX + 1];
};

/* The length is known where it is called, as for nearly all tags in lib/srtp. */
#define KNOWN_LENGTH(len)                                                                          \
	static __attribute__((noinline)) bool equal_##len(                                         \
		const uint8_t *a, const uint8_t *b, size_t n)                                      \
	{                                                                                          \
		(void)n;                                                                           \
		return sotto_base_equal(a, b, len);                                                \
	}
KNOWN_LENGTH(4)
KNOWN_LENGTH(10)
KNOWN_LENGTH(16)

static __attribute__((noinline)) bool equal_any(const uint8_t *a, const uint8_t *b, size_t n)
{
	return sotto_base_equal(a, b, n);
}

/* As the receiving side of lib/srtp compares. */
static __attribute__((noinline)) bool equal_tag(const uint8_t *a, const uint8_t *b, size_t n)
{
	return sotto_srtp_tag_equal(a, b, (uint32_t)n);
}

/* What must never be used: it ends at the first byte that differs. */
static __attribute__((noinline)) bool equal_early(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i])
			return false;
	}
	return true;
}

static const struct subject subjects[] = {
	{"sotto_base_equal, 4 bytes known in advance", equal_4, 4, false},
	{"sotto_base_equal, 10 bytes known in advance", equal_10, 10, false},
	{"sotto_base_equal, 16 bytes known in advance", equal_16, 16, false},
	{"sotto_base_equal, 4 bytes as an argument", equal_any, 4, false},
	{"sotto_base_equal, 10 bytes as an argument", equal_any, 10, false},
	{"sotto_base_equal, 16 bytes as an argument", equal_any, 16, false},
	{"sotto_srtp_tag_equal, 4 bytes", equal_tag, 4, false},
	{"sotto_srtp_tag_equal, 10 bytes", equal_tag, 10, false},
	{"sotto_srtp_tag_equal, 16 bytes", equal_tag, 16, false},
	{"control: a compare that ends early, 10 bytes", equal_early, 10, true},
};

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

/* Random tags that agree up to byte first; what stands behind is random too. */
static void make_trial(struct trial *trial, unsigned first, unsigned len, uint64_t *random)
{
	for (unsigned i = 0; i < len; i++) {
		uint64_t bits = next_random(random) >> 32;

		trial->a[i] = (uint8_t)bits;
		trial->b[i] = i < first ? (uint8_t)bits : (uint8_t)(bits >> 8);
	}
	if (first < len && trial->b[first] == trial->a[first])
		trial->b[first] ^= (uint8_t)(1u << (next_random(random) >> 61));
}

/* The same number of each class, in random order. */
static void shuffle(uint8_t *classes, unsigned n, uint64_t *random)
{
	for (unsigned i = 0; i < n; i++)
		classes[i] = (uint8_t)(i / EACH);
	for (unsigned i = n - 1; i > 0; i--) {
		unsigned other = (unsigned)((next_random(random) >> 32) % (i + 1));
		uint8_t kept = classes[i];

		classes[i] = classes[other];
		classes[other] = kept;
	}
}

/* Ticks of the time-stamp counter. The fences keep everything else out of what is timed. */
static inline uint64_t time_one(const struct subject *subject, const struct trial *trial)
{
	unsigned processor;
	uint64_t start, end;
	bool equal;

	_mm_mfence();
	_mm_lfence();
	start = __rdtsc();
	_mm_lfence();
	equal = subject->compare(trial->a, trial->b, subject->len);
	/* used, but nothing branches on it */
	__asm__ volatile("" : : "r"(equal) : "memory");
	end = __rdtscp(&processor);
	_mm_lfence();
	return end - start;
}

static void time_block(struct times *times, const struct subject *subject, uint64_t *random)
{
	static struct trial trials[BLOCK_MAX] __attribute__((aligned(64)));
	static uint8_t classes[BLOCK_MAX];
	static uint32_t ticks[BLOCK_MAX];
	unsigned n = times->classes * EACH;

	shuffle(classes, n, random);
	for (unsigned i = 0; i < n; i++)
		make_trial(&trials[i], classes[i], subject->len, random);
	for (unsigned i = 0; i < n; i++) {
		uint64_t one = time_one(subject, &trials[i]);

		ticks[i] = one < TICKS_MAX ? (uint32_t)one : TICKS_MAX;
	}
	for (unsigned i = 0; i < n; i++)
		times->count[classes[i]][ticks[i]]++;
}

/* The longest time that counts: that of the percentile over all classes together. */
static unsigned crop_at(const struct times *times, double percentile)
{
	uint64_t all = 0, below = 0;

	for (unsigned c = 0; c < times->classes; c++) {
		for (unsigned t = 0; t <= TICKS_MAX; t++)
			all += times->count[c][t];
	}
	for (unsigned t = 0; t < TICKS_MAX; t++) {
		for (unsigned c = 0; c < times->classes; c++)
			below += times->count[c][t];
		if ((double)below >= percentile / 100 * (double)all)
			return t;
	}
	return TICKS_MAX;
}

static struct figures class_figures(const uint32_t *count, unsigned longest)
{
	struct figures f = {0};
	double sum = 0, squares = 0;
	uint64_t below = 0;

	for (unsigned t = 0; t <= longest; t++) {
		f.n += count[t];
		sum += (double)count[t] * t;
	}
	if (f.n < 2)
		return f;
	f.mean = sum / (double)f.n;
	for (unsigned t = 0; t <= longest; t++)
		squares += (double)count[t] * (t - f.mean) * (t - f.mean);
	f.variance = squares / (double)(f.n - 1);
	while (below + count[f.median] < (f.n + 1) / 2)
		below += count[f.median++];
	return f;
}

static double welch_t(const struct figures *a, const struct figures *b)
{
	double error;

	if (a->n < 2 || b->n < 2)
		return 0;
	error = sqrt(a->variance / (double)a->n + b->variance / (double)b->n);
	/* without any spread a difference is certain */
	if (error == 0)
		return a->mean == b->mean ? 0 : INFINITY;
	return (a->mean - b->mean) / error;
}

static const char *class_name(unsigned c, unsigned classes)
{
	static const char *const names[TAG_MAX] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
		"10", "11", "12", "13", "14", "15"};

	return c + 1 < classes ? names[c] : "equal";
}

static void print_class(const struct figures *f, unsigned c, unsigned classes)
{
	printf("  %-11s %9llu %7u %9.3f %8.3f %9.2f\n", class_name(c, classes),
		(unsigned long long)f[c].n, f[c].median, f[c].mean, sqrt(f[c].variance),
		welch_t(&f[c], &f[0]));
}

/* Prints what was found; returns the greatest |t| of any two classes. */
static double report(const struct times *times, const struct options *options)
{
	struct figures f[CLASSES_MAX];
	unsigned longest = crop_at(times, options->percentile);
	unsigned of[2] = {0, 0};
	double greatest = 0;

	for (unsigned c = 0; c < times->classes; c++)
		f[c] = class_figures(times->count[c], longest);
	printf("  first wrong         n  median      mean   spread    t to 0   (ticks, up to %u)\n",
		longest);
	for (unsigned c = 0; c < times->classes; c++)
		print_class(f, c, times->classes);
	for (unsigned a = 0; a < times->classes; a++) {
		for (unsigned b = 0; b < a; b++) {
			if (fabs(welch_t(&f[a], &f[b])) <= greatest)
				continue;
			greatest = fabs(welch_t(&f[a], &f[b]));
			of[0] = b;
			of[1] = a;
		}
	}
	printf("  greatest |t| of any two: %.2f (%s and %s)\n\n", greatest,
		class_name(of[0], times->classes), class_name(of[1], times->classes));
	return greatest;
}

/* Whether the subject behaves: no difference, or for the control a very clear one. */
static bool measure(const struct subject *subject, const struct options *options, uint64_t seed)
{
	static struct times times;
	uint64_t random = seed;
	double t;

	memset(&times, 0, sizeof(times));
	times.classes = subject->len + 1;
	for (unsigned i = 0; i < 64; i++) /* nothing is cold when it begins to count */
		time_block(&times, subject, &random);
	memset(times.count, 0, sizeof(times.count));
	for (unsigned done = 0; done < options->compares; done += EACH)
		time_block(&times, subject, &random);
	printf("%s\n", subject->name);
	t = report(&times, options);
	return subject->control ? t > THRESHOLD * CONTROL_FACTOR : t < THRESHOLD;
}

/* What chance made once it does not make again; a leak shows every time. */
static bool passes(const struct subject *subject, const struct options *options)
{
	if (measure(subject, options, options->seed))
		return true;
	if (!options->check)
		return false;
	printf("once more:\n");
	return measure(subject, options, options->seed + 1);
}

static int usage(FILE *to)
{
	fprintf(to,
		"usage: tag_compare [options]\n"
		"Times the comparison of authentication tags by the place of the first wrong "
		"byte,\n"
		"and tests with Welch's t whether the place shows. Below %.1f it does not; the\n"
		"control, which ends early on purpose, has to be above %.0f.\n"
		"  --compares N     of each class (default 1000000)\n"
		"  --percentile P   longer times than this one of all classes together are left\n"
		"                   out, 50 to 100 (default 99)\n"
		"  --seed N         of tags and order (default 1)\n"
		"  --cpu N          core to run on (default: the one it starts on)\n"
		"  --check          measure again what is not as it should be, and end with 1 when "
		"it\n"
		"                   still is not; else only wrong arguments do that\n",
		THRESHOLD, THRESHOLD * CONTROL_FACTOR);
	return to == stdout ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool parse_number(const char *text, double low, double high, double *out)
{
	char *end;

	errno = 0;
	*out = strtod(text, &end);
	return *text >= '0' && *text <= '9' && *end == 0 && errno == 0 && *out >= low &&
	       *out <= high;
}

static bool parse_one(struct options *options, int c, const char *text)
{
	double value = 0;
	bool good = false;

	switch (c) {
	case 'n':
		good = parse_number(text, EACH, 1e9, &value);
		options->compares = (unsigned)value;
		break;
	case 'p':
		good = parse_number(text, 50, 100, &options->percentile);
		break;
	case 's':
		good = parse_number(text, 1, 1e15, &value);
		options->seed = (uint64_t)value;
		break;
	case 'c':
		good = parse_number(text, 0, CPU_MAX, &value);
		options->cpu = (int)value;
		break;
	case 'k':
		options->check = true;
		good = true;
		break;
	default:
		break;
	}
	return good;
}

/* False when the program must end with *status. */
static bool parse(int argc, char **argv, struct options *options, int *status)
{
	static const struct option names[] = {
		{"compares", required_argument, NULL, 'n'},
		{"percentile", required_argument, NULL, 'p'},
		{"seed", required_argument, NULL, 's'},
		{"cpu", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'k'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (parse_one(options, c, optarg))
			continue;
		if (c != 'h')
			fprintf(stderr, "tag_compare: wrong option or value\n");
		*status = usage(c == 'h' ? stdout : stderr);
		return false;
	}
	if (optind == argc)
		return true;
	*status = usage(stderr);
	return false;
}

int main(int argc, char **argv)
{
	struct options options = {.compares = 1000000, .percentile = 99, .seed = 1, .cpu = -1};
	struct machine machine;
	bool good = true;
	int status;

	if (!parse(argc, argv, &options, &status))
		return status;
	if (!machine_pin(options.cpu < 0 ? machine_cpu() : (unsigned)options.cpu)) {
		fprintf(stderr, "tag_compare: cannot run on that core\n");
		return EXIT_FAILURE;
	}
	machine_describe(&machine);
	printf("%s, %s, %s, load %.2f, core %u\n%u compares of each class\n\n", machine.cpu,
		machine.compiler, machine.build, machine.load, machine_cpu(), options.compares);
	for (unsigned i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		good = passes(&subjects[i], &options) && good;
	return good || !options.check ? EXIT_SUCCESS : EXIT_FAILURE;
}
