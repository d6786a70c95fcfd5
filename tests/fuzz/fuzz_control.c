/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sequence of control lines against real session tables: lib/rpc, lib/control from a line to its
 * answers, lib/session. Sockets, rings, the packet pool and the clock are played here. Between
 * lines the input lets time pass, grace periods end, packets and events come, memory run out.
 */
#include "control_secrets.h"
#include "control_world.h"
#include "fuzz.h"

#include "control/internal.h"
#include "rpc/memory.h"

#include <event2/buffer.h>
#include <jansson.h>

#define SAID_MAX 64 /* texts that one line brings and that are looked at */
#define WALL_US 1700000000000000u

struct play {
	struct control_world world;
	struct control_secrets secrets;
	struct sotto_control control;
	struct client client;
	struct sotto_event event; /* what a worker tells next */
	bool tells;
	bool congested; /* the client takes nothing */
	bool port_up;
	char *said[SAID_MAX]; /* since the last line */
	unsigned said_count;
};

static struct play play; /* one input at a time; as large as the ring of events */

/* --- what lib/control speaks to -----------------------------------------------------------------
 */

void control_send(struct client *client, char *text, size_t len)
{
	fuzz_require(client == &play.client, "our client");
	fuzz_require(text[len] == 0 && strlen(text) == len, "a closing zero");
	fuzz_require(strchr(text, '\n') == text + len - 1, "one line");
	control_secrets_check(&play.secrets, text);
	if (play.said_count < SAID_MAX)
		play.said[play.said_count++] = text;
	else
		free(text);
}

struct evbuffer *bufferevent_get_output(struct bufferevent *stream)
{
	return NULL;
}

size_t evbuffer_get_length(const struct evbuffer *buffer)
{
	return play.congested ? EVENT_OUTPUT_PAUSE : 0;
}

unsigned rte_mempool_avail_count(const struct rte_mempool *pool)
{
	return pool->size;
}

unsigned sotto_punt_hear(struct sotto_punt *punt, struct sotto_event *events, unsigned most)
{
	if (!play.tells)
		return 0;
	play.tells = false;
	events[0] = play.event;
	return 1;
}

uint64_t control_wall_us(void)
{
	return WALL_US + play.world.now_us;
}

void control_neighbors_ask(struct sotto_control *control)
{
	struct sotto_neighbors *table = sotto_sessions_neighbors(control->config.sessions);
	const struct sotto_neighbor *neighbor;
	uint8_t question[SOTTO_NET_ANSWER_MAX];
	uint32_t position = 0;

	while ((neighbor = sotto_neighbor_due(table, &position, play.world.now_us)) != NULL)
		fuzz_require(sotto_net_question(
				     &neighbor->interface->local, &neighbor->addr, question) > 0,
			"a next hop of the interface's family");
}

static uint64_t now_us(void *arg)
{
	return play.world.now_us;
}

static size_t workers(void *arg, struct sotto_rpc_worker_stats *out, size_t room)
{
	memset(out, 0, sizeof(*out));
	return 1;
}

static size_t ports(void *arg, struct sotto_rpc_port_stats *out, size_t room)
{
	*out = (struct sotto_rpc_port_stats){
		.name = "p0", .device = "net_null0", .up = play.port_up};
	return 1;
}

static int port_set(void *arg, const char *name, bool up)
{
	bool was = play.port_up;

	if (strcmp(name, "p0") != 0)
		return -ENOENT;
	play.port_up = up;
	return was == up;
}

/* --- lines --------------------------------------------------------------------------------------
 */

/* The answers of the last line in order, and the events behind them; all is JSON. */
static json_t *take_answers(void)
{
	json_t *answers = NULL;

	for (unsigned i = 0; i < play.said_count; i++) {
		json_t *json = json_loads(play.said[i], JSON_REJECT_DUPLICATES, NULL);

		fuzz_require(json, "what is said is JSON");
		free(play.said[i]);
		if (json_object_get(json, "method")) {
			json_decref(json);
			continue;
		}
		fuzz_require(i == 0, "one answer, before all events");
		answers = json_is_array(json) ? json_incref(json) : json_pack("[O]", json);
		fuzz_require(answers, "memory");
		json_decref(json);
	}
	play.said_count = 0;
	return answers;
}

static bool is_state(const json_t *result, const char *state)
{
	const char *text = json_string_value(json_object_get(result, "state"));

	return text && strcmp(text, state) == 0;
}

/* Whether a request, with its answer or none, may have changed the tables. */
static bool may_change(const struct sotto_rpc_request *request, const json_t *answer)
{
	const json_t *result = answer ? json_object_get(answer, "result") : NULL;

	if (request->method != SOTTO_RPC_SESSION_PUT && request->method != SOTTO_RPC_SESSION_DELETE)
		return false;
	if (!answer)
		return true;
	if (request->method == SOTTO_RPC_SESSION_PUT)
		return result && !is_state(result, "unchanged");
	return result && !is_state(result, "absent");
}

/* What one request says that it did must be so; the batch has no other. */
static void check_done(const struct sotto_rpc_request *request, const json_t *answer)
{
	const struct sotto_session *session;

	if (!answer || !json_object_get(answer, "result"))
		return;
	if (request->method == SOTTO_RPC_SESSION_DELETE)
		fuzz_require(!sotto_session_find(play.world.sessions, request->params.del.id),
			"what was deleted is gone");
	if (request->method != SOTTO_RPC_SESSION_PUT)
		return;
	session = sotto_session_find(play.world.sessions, request->params.put->id);
	fuzz_require(session && session->revision == request->params.put->rev &&
			     session->media_count == request->params.put->media_count,
		"what was put stands");
}

/* Compares a line's answers with its requests; whether it may have changed the tables. */
static bool check_answers(const struct sotto_rpc_batch *batch, const json_t *answers)
{
	bool changes = false;
	size_t n = 0;

	for (size_t i = 0; i < batch->count; i++) {
		const struct sotto_rpc_request *request = &batch->requests[i];
		const json_t *answer = request->id ? json_array_get(answers, n++) : NULL;

		fuzz_require(!request->id || answer, "an answer for each");
		fuzz_require(!answer || !json_object_get(answer, "result") !=
						!json_object_get(answer, "error"),
			"a result, or an error");
		changes |= may_change(request, answer);
		if (batch->count == 1)
			check_done(request, answer);
	}
	fuzz_require(json_array_size(answers) == n, "no answer too many");
	return changes;
}

/* The same put once more, as after a lost answer. */
static void put_again(const char *line, size_t len)
{
	uint64_t before = control_world_fingerprint(&play.world);
	json_t *answers;

	control_line(&play.client, line, len);
	answers = take_answers();
	fuzz_require(is_state(json_object_get(json_array_get(answers, 0), "result"), "unchanged"),
		"the same request again is unchanged");
	json_decref(answers);
	fuzz_require(control_world_fingerprint(&play.world) == before,
		"the same request again changes nothing");
}

static void run_line(const uint8_t *data, size_t len)
{
	char *line = fuzz_copy(data, len);
	uint64_t before = control_world_fingerprint(&play.world);
	struct sotto_rpc_batch batch;
	json_t *answers;
	bool changes;

	fuzz_require(sotto_rpc_decode(line, len, &batch) == 0, "memory");
	control_line(&play.client, line, len);
	fuzz_require(!play.client.closing, "a line does not end the client");
	answers = take_answers();
	changes = check_answers(&batch, answers);
	fuzz_require(changes || control_world_fingerprint(&play.world) == before,
		"what is refused, or only asks, changes nothing");
	if (changes && answers && batch.count == 1 &&
		batch.requests[0].method == SOTTO_RPC_SESSION_PUT)
		put_again(line, len);
	json_decref(answers);
	sotto_rpc_batch_free(&batch);
	free(line);
}

/* --- steps between lines ------------------------------------------------------------------------
 */

static void tick(void)
{
	struct sotto_sessions *sessions = play.world.sessions;

	control_events_hear(&play.control);
	sotto_sessions_reclaim(sessions);
	control_neighbors_ask(&play.control);
	sotto_sessions_end_overlaps(sessions, play.world.now_us);
	control_timeouts_walk(&play.control, CONTROL_SESSIONS / 2);
}

/* Digits: milliseconds. */
static void pass_time(struct fuzz_input *in)
{
	uint64_t ms = 0;

	while (fuzz_left(in) > 0 && ms < 1000000)
		ms = 10 * ms + fuzz_take8(in) % 16;
	play.world.now_us += 1000 * ms;
	tick();
}

/* Where a packet may come from on that leg: on its network, or by a gateway. */
static struct sotto_endpoint take_place(
	struct fuzz_input *in, const struct sotto_interface *interface)
{
	struct sotto_endpoint place = {.addr = interface->local.addr};
	uint16_t port = fuzz_take16(in);

	place.addr.bytes[sotto_base_addr_len(place.addr.family) - 1] = fuzz_take8(in) | 1;
	place.addr.bytes[1] ^= fuzz_take8(in) % 16 == 15;
	place.port = port > 0 ? port : 1;
	return place;
}

/* An event of a worker, of a session that stands or stood. */
static void hear(struct fuzz_input *in, enum sotto_event_kind kind)
{
	uint32_t slot = fuzz_below(in, CONTROL_SESSIONS);
	const struct sotto_session *session = sotto_session_next(play.world.sessions, &slot);
	struct sotto_event event = {.kind = (uint8_t)kind, .time_us = play.world.now_us};
	const struct sotto_interface *interface = &play.world.interface[0];

	event.media = (uint8_t)fuzz_below(in, SOTTO_MEDIA_MAX);
	event.side = (uint8_t)fuzz_below(in, 2);
	event.rtcp = (uint8_t)fuzz_below(in, 2);
	if (session) {
		event.session = slot;
		event.generation = session->generation;
		event.media %= session->media_count;
		interface = session->media[event.media].leg[event.side].interface;
	}
	event.from = take_place(in, interface);
	event.generation += fuzz_below(in, 16) == 15;
	event.cause = (uint8_t)fuzz_below(in, SOTTO_VERDICTS);
	event.count = fuzz_take8(in);
	event.ssrc = event.count;
	event.send = event.rtcp;
	play.event = event;
	play.tells = true;
	control_events_hear(&play.control);
}

static void neighbor_tells(struct fuzz_input *in)
{
	struct sotto_neighbors *table = sotto_sessions_neighbors(play.world.sessions);
	const struct sotto_neighbor *neighbor;
	struct sotto_net_news news = {.mac = {2}};

	if (table->count == 0)
		return;
	neighbor = &table->entry[fuzz_take8(in) % table->count];
	news.addr = neighbor->addr;
	news.mac[5] = fuzz_take8(in);
	sotto_neighbor_learn(table, neighbor->interface, &news, play.world.now_us);
}

static void move_packet(struct fuzz_input *in, bool send)
{
	const struct sotto_leg *leg = control_world_leg(&play.world, fuzz_take8(in));
	uint8_t ssrc = fuzz_take8(in);

	if (leg && send)
		control_world_send(&play.world, leg, ssrc, fuzz_take16(in));
	else if (leg)
		control_world_receive(&play.world, leg);
}

static void quiesce(uint64_t over_to)
{
	control_world_quiesce(&play.world, over_to);
	sotto_sessions_reclaim(play.world.sessions);
}

/* Whether the input's line was a step, by its first letter: README.md. */
static bool run_step(struct fuzz_input *in)
{
	struct control_world *world = &play.world;

	switch (fuzz_take8(in)) {
	case 'T':
		pass_time(in);
		break;
	case 'G':
		quiesce(world->begun);
		break;
	case 'H':
		quiesce(world->over_to < world->begun ? world->over_to + 1 : 0);
		break;
	case 'L':
		hear(in, SOTTO_EVENT_LATCH);
		break;
	case 'E':
		hear(in, fuzz_below(in, SOTTO_EVENT_KINDS));
		break;
	case 'N':
		neighbor_tells(in);
		break;
	case 'S':
		move_packet(in, true);
		break;
	case 'R':
		move_packet(in, false);
		break;
	case 'F':
		world->fails_in = fuzz_below(in, 48);
		break;
	case 'O':
		world->orders_full = !world->orders_full;
		break;
	case 'C':
		play.congested = !play.congested;
		break;
	default:
		return false;
	}
	return true;
}

/* --- an input -----------------------------------------------------------------------------------
 */

static void start(void)
{
	static struct rte_mempool pool = {.size = 64};
	struct events *events = &play.control.events;
	size_t kept = events->next_seq < EVENTS_KEPT ? events->next_seq : EVENTS_KEPT;

	memset(events->kept, 0, kept * sizeof(events->kept[0]));
	memset(&play.control, 0, offsetof(struct sotto_control, events));
	control_world_open(&play.world);
	play.control.config = (struct sotto_control_config){
		.host = {.now_us = now_us,
			.workers = workers,
			.ports = ports,
			.port_set = port_set},
		.sessions = play.world.sessions,
		.interface = play.world.interface,
		.interface_count = CONTROL_INTERFACES,
		.pool = &pool,
		.socket = "control.sock",
		.server = "sottod",
		.boot_id = "boot",
		.boot_salt = "salt",
		.limits = play.world.limits,
		.media_timeout_s = 20,
	};
	fuzz_require(control_digest_open(&play.control) == 0, "a digest");
	play.control.started_us = play.world.now_us;
	events->next_seq = 1;
	play.client = (struct client){.control = &play.control};
	play.control.clients = &play.client;
	play.control.client_count = 1;
	play.congested = play.tells = play.port_up = false;
}

static size_t line_end(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);

	return end ? (size_t)(end - data) : size;
}

static void run(const uint8_t *data, size_t len)
{
	struct fuzz_input in = {.at = data, .end = data + len};

	if (!run_step(&in))
		run_line(data, len);
	json_decref(take_answers());
	control_world_check(&play.world);
}

static void finish(void)
{
	control_digest_close(&play.control);
	control_world_close(&play.world);
	control_secrets_free(&play.secrets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	size_t at, len;

	if (!ready)
		sotto_rpc_memory_wipe_json();
	ready = true;
	start();
	for (at = 0; at < size; at += len + 1) {
		len = line_end(data + at, size - at);
		control_secrets_read(&play.secrets, (const char *)data + at, len);
	}
	for (at = 0; at < size; at += len + 1) {
		len = line_end(data + at, size - at);
		run(data + at, len);
	}
	finish();
	return 0;
}
