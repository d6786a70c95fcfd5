/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How legs are published, replaced and retired (lib/session, docs/threads.md), for SPIN: one
 * control thread, two workers, every interleaving of their loads and stores.
 *
 * Control puts a session. Then it either replaces its media (at its ports, or with one leg moved),
 * may give its owner an order, may end the overlap of two keys, and deletes the session; or it deletes it and puts another one at
 * the same ports with the other worker as owner, and deletes that. In between it frees what may be
 * freed, as much as it likes. A worker's round is: a packet at any port, a packet that the other
 * worker handed over, each carried to its end, then control's orders and a quiescent state, which is
 * that of before the orders were looked for. After any round worker 1, which gets no orders, may
 * stop and start again.
 *
 * What is claimed:
 *   - no worker touches memory that is not filled yet, or is wiped and freed;
 *   - all that a worker reads of a leg is of one generation;
 *   - a state is touched by the worker that owns it, and by no other;
 *   - when a grace period begins, no port leads to what is retired, not even through a peer;
 *   - everything that was built is freed once in the end;
 *   - (liveness, weak fairness) whatever is retired gets freed.
 *
 * Smaller than the engine, without loss: a worker touches all that it has pointers to at the end of
 * a packet, when it would find them freed if it ever does; objects that are retired in a row share a
 * grace period. No object is used a second time, so that a stale pointer cannot meet a new object by
 * luck. SPIN knows sequential consistency only: that release and acquire are enough on a processor
 * with a weaker order is not shown here, only that the order which they stand for is.
 *
 * A macro FAULT_... plants a fault; run_spin shows that each is found. SMALL leaves out the second
 * session and packets at all ports but one, NO_REPLACEMENT the replacement.
 */

#define WORKERS 2
#define PORTS 3 /* two of the session's, and one that a leg may move to */
#define MEDIAS 3
#define STATES 4
#define OBJECTS 8
#define NOBODY 15 /* no object, and no leg */

/* Objects by number: media, then states (streams live as long), then the first session's old key. */
#define STATE(n) (MEDIAS + (n))
#define OLD_KEY (MEDIAS + STATES)

/* A set of objects, one bit each. */
#define ONE(object) (1 << (object))
#define STATES_FROM(first) (ONE(STATE(first)) | ONE(STATE(first + 1)))
#define FIRST_MEDIA (ONE(0) | ONE(OLD_KEY)) /* with its reference to its key */

/* A pointer to a leg, as a number. */
#define LEG(media, side) ((media) * 2 + (side))
#define MEDIA_OF(leg) ((leg) / 2)
#define SIDE_OF(leg) ((leg) % 2)

/* What becomes of an object, in this order; retired ones may still be read. */
#define ABSENT 0
#define FILLING 1
#define FILLED 2
#define RETIRED 3
#define FREED 4

/* Both legs of a media with their keys in one block. A generation stands for the bytes around it. */
typedef media_t {
	byte key_generation; /* 0 = not written yet */
	byte leg_generation;
	byte owner;
	byte state[2];
	byte previous /* atomic; the only field that changes while published */
}

byte life[OBJECTS];
media_t media[MEDIAS];
byte state_owner[STATES];
byte references; /* to the old key, which is freed with the last */
byte held;       /* those among them that no grace period runs for */
byte port[PORTS];

byte token = 1;     /* the newest; 1 before any */
byte seen[WORKERS]; /* newest token that the worker reported; 0 = it does not run */

chan waiting = [4] of { byte, byte };     /* sets of retired objects with their tokens */
chan handover[WORKERS] = [1] of { byte }; /* packets, known by their port */
bit ordered;                              /* worker 0 has an order that names state 0 */
byte owed;                                /* what is retired and not yet given back */

/* --- workers ------------------------------------------------------------------------------------ */

#define TOUCH(object) assert(life[object] == FILLED || life[object] == RETIRED)
#define TOUCH_AS_OWNER(n) \
	TOUCH(STATE(n)); \
	assert(state_owner[n] == me)

inline obey()
{
	if
	:: me == 0 && ordered ->
		d_step {
			TOUCH_AS_OWNER(0);
			ordered = 0
		}
	:: me != 0 || !ordered
	fi
}

inline report_quiescent()
{
#ifdef FAULT_REPORT_A_LATER_TOKEN
	obey();
	now = token;
#else
	now = token;
	obey();
#endif
	seen[me] = now;
	now = 0
}

/* Uses a leg that this worker owns: every field, the peer, and what a burst keeps to its end. */
inline use()
{
	previous = media[MEDIA_OF(leg)].previous;
#ifdef FAULT_REPORT_EARLY
	report_quiescent();
#endif
	d_step {
		TOUCH(MEDIA_OF(leg));
		assert(generation != 0 && media[MEDIA_OF(leg)].leg_generation == generation);
		generation = 0;
		/* the state of the leg that received, and of its peer, which counts what is sent */
		TOUCH_AS_OWNER(media[MEDIA_OF(leg)].state[SIDE_OF(leg)]);
		TOUCH_AS_OWNER(media[MEDIA_OF(leg)].state[1 - SIDE_OF(leg)]);
		/* the key of the first media, or the one that late packets get a try with */
		if
		:: MEDIA_OF(leg) == 0 || previous != NOBODY -> TOUCH(OLD_KEY)
		:: else
		fi;
		previous = NOBODY
	}
}

/* To the owner's ring, or dropped when that is full. What goes along is the packet alone. */
inline hand_over()
{
	atomic {
		generation = 0;
#ifdef FAULT_POINTER_IN_RING
		packet = leg;
#endif
		if
		:: nfull(handover[1 - me]) -> handover[1 - me]!packet
		:: full(handover[1 - me])
		fi
	}
}

inline look_up()
{
#ifdef FAULT_POINTER_IN_RING
	if
	:: handed -> leg = packet
	:: else -> leg = port[packet]
	fi
#else
	leg = port[packet]
#endif
}

/* The leg's first line: who owns it, and where its keys are. */
inline read_leg()
{
	d_step {
		TOUCH(MEDIA_OF(leg));
		owner = media[MEDIA_OF(leg)].owner;
		generation = media[MEDIA_OF(leg)].key_generation;
#ifdef FAULT_TAKE_WHAT_IS_HANDED_OVER
		if
		:: handed -> owner = me
		:: else
		fi
#endif
#ifdef FAULT_NO_HANDOVER
		owner = me
#endif
	}
}

/* One packet from its lookup to its end. */
inline carry()
{
	look_up();
	if
	:: leg == NOBODY
	:: else ->
		read_leg();
		if
		:: owner == me -> use()
		:: else -> hand_over()
		fi;
		owner = 0;
		leg = NOBODY
	fi
}

proctype worker(byte me)
{
	byte packet, leg = NOBODY, previous = NOBODY, generation, owner, now;
	bit handed;

	do
	::
		if
#ifndef SMALL
		:: packet = 0; goto carrying
		:: packet = 2; goto carrying
#endif
		:: packet = 1; goto carrying
		:: skip /* nothing came */
#ifdef FAULT_SILENT_WHEN_IDLE
		   ; goto idle
#endif
		fi;
		goto from_the_ring;
carrying:
		carry();
from_the_ring:
		if
		:: !handed && nempty(handover[me]) ->
			handed = 1;
			handover[me]?packet;
			goto carrying
		:: handed || empty(handover[me])
		fi;
		packet = 0;
		handed = 0;
		report_quiescent();
idle:
		if
		:: skip
		:: me == 1 -> seen[me] = 0; report_quiescent() /* stops; starts again */
		fi
	od
}

/* --- control ------------------------------------------------------------------------------------ */

/* Whether a leg leads into a set: to its media, the states of both sides, or what came before. */
#define LEADS(leg, set) \
	((leg) != NOBODY && \
		(set & (ONE(MEDIA_OF(leg)) | ONE(STATE(media[MEDIA_OF(leg)].state[0])) | \
			       ONE(STATE(media[MEDIA_OF(leg)].state[1])) | \
			       ONE(media[MEDIA_OF(leg)].previous))))

#ifdef UNREACHABLE_IS_NOT_ASSERTED
#define ASSERT_UNREACHABLE(set) skip
#else
#define ASSERT_UNREACHABLE(set) \
	assert(!LEADS(port[0], set) && !LEADS(port[1], set) && !LEADS(port[2], set))
#endif

/* Runs through the objects of a set, each of which must be where it comes from. */
inline move(set, from, to)
{
	i = 0;
	do
	:: i < OLD_KEY && (set & ONE(i)) ->
		assert(life[i] == from);
		life[i] = to;
		i++
	:: i < OLD_KEY && !(set & ONE(i)) -> i++
	:: else -> break
	od;
	i = 0
}

#define COUNT(set) \
	((set & 1) + (set >> 1 & 1) + (set >> 2 & 1) + (set >> 3 & 1) + (set >> 4 & 1) + \
		(set >> 5 & 1) + (set >> 6 & 1) + (set >> 7 & 1))

inline give_back_old_key()
{
	assert(references > 0);
	references--;
	if
	:: references == 0 -> life[OLD_KEY] = FREED
	:: else
	fi
}

/* Nothing is freed twice, or before it was retired. */
inline wipe_and_free(set)
{
	d_step {
		move(set, RETIRED, FREED);
		if
		:: set & ONE(OLD_KEY) -> give_back_old_key()
		:: else
		fi;
		owed = owed - COUNT(set)
	}
}

#define PASSED(worker, its) (seen[worker] == 0 || seen[worker] >= its)

/*
 * Takes what no port leads to any more, and begins its grace period. Then into the queue, or, when
 * there is no memory for the entry, waits for the workers at once.
 */
inline retire(set)
{
	d_step {
		move(set, FILLED, RETIRED);
		owed = owed + COUNT(set);
		if
		:: set & ONE(OLD_KEY) ->
			assert(held > 0);
			held--
		:: else
		fi;
		/* a key that others still hold may be reached through them */
		ASSERT_UNREACHABLE((held > 0 -> set & ~ONE(OLD_KEY) : set));
		token++;
		begun = token
	}
	if
	:: waiting!set, begun
#ifdef FAULT_FORGET_WITHOUT_MEMORY
	:: skip
#else
	:: PASSED(0, begun) -> PASSED(1, begun) -> wipe_and_free(set)
#endif
	fi;
	begun = 0
}

/* Frees, from the oldest on, what no worker can hold any more; may stop before that. */
inline reclaim()
{
	do
	:: break
	:: nempty(waiting) ->
		waiting?<oldest, begun>;
#ifndef FAULT_NO_WAIT
		if
		:: PASSED(0, begun)
		:: else -> break
		fi;
#ifndef FAULT_ONE_IS_ASKED
		if
		:: PASSED(1, begun)
		:: else -> break
		fi;
#endif
#endif
		waiting?oldest, begun;
		wipe_and_free(oldest)
	od;
	oldest = 0;
	begun = 0
}

/* Control goes on asking for as long as it lives. */
inline reclaim_all()
{
	do
	:: empty(waiting) -> break
	:: nempty(waiting) ->
		waiting?<oldest, begun>;
		PASSED(0, begun);
		PASSED(1, begun);
		waiting?oldest, begun;
		wipe_and_free(oldest)
	od;
	oldest = 0;
	begun = 0
}

inline build_states(first, who)
{
	d_step {
		state_owner[first] = who;
		state_owner[first + 1] = who;
		life[STATE(first)] = FILLED;
		life[STATE(first + 1)] = FILLED
	}
}

/* A media whose legs have the states first and first + 1; its keys come first. */
inline build(m, first, who, before)
{
	d_step {
		life[m] = FILLING;
		media[m].owner = who;
		media[m].state[0] = first;
		media[m].state[1] = first + 1;
		media[m].previous = before;
		media[m].key_generation = m + 1
	}
	d_step {
		media[m].leg_generation = m + 1;
		life[m] = FILLED
	}
}

inline put_first()
{
	build_states(0, 0);
	d_step {
		life[OLD_KEY] = FILLED;
		references = 1;
		held = 1
	}
#ifdef FAULT_PUBLISH_EARLY
	port[0] = LEG(0, 0);
#endif
	build(0, 0, 0, NOBODY);
	port[0] = LEG(0, 0);
	port[1] = LEG(0, 1);
	current = 0
}

/*
 * Another media with the same states, and with the old key for an overlap; side 0 stays at its
 * port or moves to the third one.
 */
inline replace()
{
#ifndef FAULT_PREVIOUS_TAKES_NO_REFERENCE
	d_step {
		references++;
		held++
	}
#endif
	build(1, 0, 0, OLD_KEY);
	current = 1;
	if
	:: port[2] = LEG(1, 0);
	   port[1] = LEG(1, 1);
#ifdef FAULT_TOKEN_EARLY
	   retire(FIRST_MEDIA);
	   port[0] = NOBODY
#else
	   port[0] = NOBODY;
	   retire(FIRST_MEDIA)
#endif
	:: port[0] = LEG(1, 0);
	   port[1] = LEG(1, 1);
	   if
	   :: ordered = 1
	   :: skip
	   fi;
	   retire(FIRST_MEDIA)
	fi
}

/* The old key is given up while its media stays. */
inline end_overlap()
{
	media[current].previous = NOBODY;
#ifdef FAULT_PREVIOUS_AT_ONCE
	d_step {
		held--;
		give_back_old_key()
	}
#else
	retire(ONE(OLD_KEY))
#endif
}

inline delete_session(first)
{
	port[0] = NOBODY;
#ifdef FAULT_PARTNER_IS_STILL_PUBLISHED
	retire(ONE(STATE(first)));
#endif
	port[1] = NOBODY;
	port[2] = NOBODY;
	d_step {
		left = ONE(current) | STATES_FROM(first);
#ifdef FAULT_PARTNER_IS_STILL_PUBLISHED
		left = left & ~ONE(STATE(first));
#endif
#ifdef FAULT_FORGET_THE_PEERS_STATE
		left = left & ~ONE(STATE(first + 1));
#endif
		if
		:: current == 0 || media[current].previous != NOBODY -> left = left | ONE(OLD_KEY)
#ifdef FAULT_RETIRE_TWICE
		:: current == 1 && media[current].previous == NOBODY -> left = left | ONE(OLD_KEY)
		:: current == 2
#else
		:: else
#endif
		fi
	}
	retire(left);
	left = 0
}

inline put_second()
{
	build_states(2, 1);
	build(2, 2, 1, NOBODY);
	current = 2;
	port[0] = LEG(2, 0);
	port[1] = LEG(2, 1)
}

/* FAULT: the session is moved to new keys by writing over the old ones. */
inline edit_in_place()
{
	media[0].key_generation = 2;
	media[0].leg_generation = 2
}

inline assert_all_is_freed()
{
	d_step {
		assert(owed == 0 && references == 0 && held == 0);
		i = 0;
		do
		:: i < OBJECTS ->
			assert(life[i] == ABSENT || life[i] == FREED);
			i++
		:: else -> break
		od;
		i = 0
	}
}

proctype control()
{
	byte current, begun, oldest, left, i;

	put_first();
#ifdef FAULT_EDIT_IN_PLACE
	edit_in_place();
#endif
	if
#ifndef NO_REPLACEMENT
	:: replace();
	   reclaim();
	   if
	   :: end_overlap(); reclaim()
	   :: skip
	   fi;
	   delete_session(0)
#endif
#ifndef SMALL
	:: delete_session(0);
	   reclaim();
	   put_second();
	   delete_session(2)
#endif
	fi;
	reclaim_all();
	assert_all_is_freed()
}

init
{
	atomic {
		port[0] = NOBODY;
		port[1] = NOBODY;
		port[2] = NOBODY;
		seen[0] = token;
		seen[1] = token;
		run control();
		run worker(0);
		run worker(1)
	}
}

#ifdef LIVENESS
ltl all_is_freed { [] (owed > 0 -> <> (owed == 0)) }
#endif
