/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The meetings of control thread and workers (docs/threads.md) under the memory model of C11, which
 * allows more than any x86 processor does. Relacy runs the threads below in random interleavings,
 * gives each load any value that the model allows, and calls every access to a plain variable that
 * is not ordered after the last write to it an error.
 *
 * FAULT is the number of a planted fault, or 0. run_relacy sees that each is found, and has their
 * numbers and names from the list below.
 */
#include <relacy/relacy.hpp>

#include <cstdio>
#include <cstdlib>

/*
 * faults:
 *   1 published-relaxed
 *   2 looked-up-relaxed
 *   3 token-relaxed
 *   4 token-read-relaxed
 *   5 report-relaxed
 *   6 report-read-relaxed
 *   7 token-before-unpublished
 *   8 reported-in-the-middle
 *   9 up-relaxed
 *   10 stopped-without-waiting
 *   11 bound-relaxed
 *   12 bound-before-the-ssrc
 *   13 answered-before-published
 *   14 two-words-for-a-neighbour
 */
#define FAULT_IS(number) (FAULT == (number))

using rl::mo_acquire;
using rl::mo_relaxed;
using rl::mo_release;

/* An order, unless that fault is planted: then none. */
static rl::memory_order unless(bool fault, rl::memory_order order)
{
	return fault ? mo_relaxed : order;
}

/* The grace periods of rte_rcu_qsbr with one worker, as control and lib/worker/loop.c use them. */
struct grace {
	rl::atomic<unsigned> token, reported;

	void begin()
	{
		token.store(1, mo_relaxed, $);
		reported.store(1, mo_relaxed, $); /* the worker is registered and running */
	}

	/* control: rte_rcu_qsbr_start() */
	unsigned start()
	{
		return token.fetch_add(1, unless(FAULT_IS(3), mo_release), $) + 1;
	}

	/* control: rte_rcu_qsbr_check(), so often; whether the worker has reported */
	bool is_over(unsigned wanted)
	{
		for (int i = 0; i < 4; i++) {
			if (reported.load(unless(FAULT_IS(6), mo_acquire), $) >= wanted)
				return true;
			rl::yield(1, $);
		}
		return false;
	}

	/* the worker, when it holds no pointer */
	void report(unsigned &last)
	{
		unsigned now = token.load(unless(FAULT_IS(4), mo_acquire), $);

		if (now != last)
			reported.store(now, unless(FAULT_IS(5), mo_release), $);
		last = now;
	}
};

/* A leg, as far as it matters: something that control writes, and wipes in the end. */
struct leg {
	rl::var<int> key;
};

/*
 * One leg is replaced by another, which is then removed. The worker finds nothing or a whole leg,
 * and what it has found stays whole until the worker has reported.
 */
struct publish_and_retire : rl::test_suite<publish_and_retire, 2> {
	rl::atomic<leg *> port;
	struct grace grace;
	leg legs[2];

	void before()
	{
		port.store(nullptr, mo_relaxed, $);
		grace.begin();
	}

	void publish(leg *which)
	{
		port.store(which, unless(FAULT_IS(1), mo_release), $);
	}

	void replace(leg *old, leg *by)
	{
		unsigned token = FAULT_IS(7) ? grace.start() : 0;

		publish(by);
		if (!FAULT_IS(7))
			token = grace.start();
		if (grace.is_over(token))
			VAR(old->key) = -1; /* wiped and freed */
	}

	void control()
	{
		VAR(legs[0].key) = 1;
		publish(&legs[0]);
		VAR(legs[1].key) = 2;
		replace(&legs[0], &legs[1]);
		replace(&legs[1], nullptr);
	}

	void worker()
	{
		unsigned last = 1;

		for (int round = 0; round < 4; round++) {
			leg *found = port.load(unless(FAULT_IS(2), mo_acquire), $);

			if (FAULT_IS(8))
				grace.report(last);
			if (found) {
				RL_ASSERT(VAR(found->key) == 1 + (found - legs));
				RL_ASSERT(VAR(found->key) == 1 + (found - legs));
			}
			grace.report(last);
		}
	}

	void thread(unsigned n)
	{
		if (n == 0)
			control();
		else
			worker();
	}
};

/* A device is configured, started and stopped; the worker writes to it while it is up. */
struct device_up_and_down : rl::test_suite<device_up_and_down, 2> {
	rl::atomic<int> up;
	rl::var<int> queue;
	struct grace grace;

	void before()
	{
		up.store(0, mo_relaxed, $);
		grace.begin();
	}

	void control()
	{
		unsigned token;

		VAR(queue) = 1; /* configured */
		up.store(1, unless(FAULT_IS(9), mo_release), $);
		up.store(0, mo_release, $);
		token = grace.start();
		if (FAULT_IS(10) || grace.is_over(token))
			VAR(queue) = 0; /* stopped */
	}

	void worker()
	{
		unsigned last = 1;

		for (int round = 0; round < 3; round++) {
			if (up.load(mo_acquire, $)) {
				int before = VAR(queue);

				RL_ASSERT(before != 0);
				VAR(queue) = before + 1;
			}
			grace.report(last);
		}
	}

	void thread(unsigned n)
	{
		if (n == 0)
			control();
		else
			worker();
	}
};

/* The worker binds a slot to an SSRC; control, which reads statistics, sees the SSRC with it. */
struct slot_is_bound : rl::test_suite<slot_is_bound, 2> {
	rl::atomic<int> bound;
	rl::var<int> ssrc;

	void before()
	{
		bound.store(0, mo_relaxed, $);
	}

	void thread(unsigned n)
	{
		if (n == 0) {
			if (FAULT_IS(12))
				bound.store(1, mo_release, $);
			VAR(ssrc) = 7;
			bound.store(1, unless(FAULT_IS(11), mo_release), $);
		} else if (bound.load(mo_acquire, $)) {
			RL_ASSERT(VAR(ssrc) == 7);
		}
	}
};

/*
 * "The call is usable when the answer arrives": control publishes and answers, the client sends a
 * packet then, and the worker that gets the packet finds the leg. Socket and wire order as a
 * release and an acquire at least.
 */
struct usable_when_answered : rl::test_suite<usable_when_answered, 3> {
	rl::atomic<int> port, answer, wire;

	void before()
	{
		port.store(0, mo_relaxed, $);
		answer.store(0, mo_relaxed, $);
		wire.store(0, mo_relaxed, $);
	}

	void thread(unsigned n)
	{
		if (n == 0) {
			if (FAULT_IS(13))
				answer.store(1, mo_release, $);
			port.store(1, mo_release, $);
			answer.store(1, mo_release, $);
		} else if (n == 1) {
			if (answer.load(mo_acquire, $))
				wire.store(1, mo_release, $);
		} else if (wire.load(mo_acquire, $)) {
			RL_ASSERT(port.load(mo_acquire, $) == 1);
		}
	}
};

/* A neighbour's address and the bit that says that it is known are one word, without any order. */
struct neighbour_in_one_word : rl::test_suite<neighbour_in_one_word, 2> {
	rl::atomic<unsigned> word, known;

	void before()
	{
		word.store(0, mo_relaxed, $);
		known.store(0, mo_relaxed, $);
	}

	void thread(unsigned n)
	{
		if (n == 0) {
			word.store(FAULT_IS(14) ? 0xabcd : 0x1abcd, mo_relaxed, $);
			if (FAULT_IS(14))
				known.store(1, mo_relaxed, $);
		} else if (FAULT_IS(14)) {
			if (known.load(mo_relaxed, $))
				RL_ASSERT(word.load(mo_relaxed, $) == 0xabcd);
		} else {
			unsigned seen = word.load(mo_relaxed, $);

			RL_ASSERT(seen == 0 || seen == 0x1abcd);
		}
	}
};

/* Runs one of them; 0 when no error was found. */
template <class Test> static int run(const char *name, unsigned iterations)
{
	rl::test_params params;

	params.iteration_count = iterations;
	params.search_type = rl::random_scheduler_type;
	if (rl::simulate<Test>(params)) {
		printf("holds  %-24s %u executions\n", name, iterations);
		return 0;
	}
	printf("fails  %-24s %s\n", name, rl::test_result_str(params.test_result));
	return 1;
}

int main(int argc, char **argv)
{
	unsigned iterations = argc > 1 ? (unsigned)strtoul(argv[1], nullptr, 10) : 100000;
	int failed = 0;

	failed += run<publish_and_retire>("publish and retire", iterations);
	failed += run<device_up_and_down>("device up and down", iterations);
	failed += run<slot_is_bound>("slot is bound", iterations);
	failed += run<usable_when_answered>("usable when answered", iterations);
	failed += run<neighbour_in_one_word>("neighbour in one word", iterations);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
