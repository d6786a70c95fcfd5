#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The control socket's lines: batches, events, and clients that do not behave."""

import json
import random
import socket
import threading
import time
import unittest

import calls
import rig
from calls import session

LINE_BYTES = 1 << 20  # a request line has no more, without its newline
CLIENTS = 64
EVENTS_KEPT = 4096
TAKES_NOTHING_S = 30  # a client that takes no answer for so long is closed


def request(id_, method="stats.get", params=None):
    out = {"jsonrpc": "2.0", "id": id_, "method": method}
    if params is not None:
        out["params"] = params
    return out


def line(value):
    return json.dumps(value).encode() + b"\n"


class Lines(rig.EngineTest):
    def setUp(self):
        super().setUp()
        self.engine = self.start_null()
        self.client = self.engine.client()

    def ask(self, data):
        self.client.send(data)
        return self.client.read()

    def kind_of(self, data):
        """The kind and the id that an answered error has."""
        answer = self.ask(data)
        return answer["error"]["data"]["kind"], answer["id"]

    def assert_well(self):
        self.assertIn("result", self.ask(line(request("well"))))

    def test_malformed_lines(self):
        for text in (b"", b" ", b"{", b"}", b"[", b"]", b"{]", b"nonsense", b'"', b'{"jsonrpc":',
                     b"{'jsonrpc':'2.0'}", b'{"id":1,}', b"[1,]", b"\xff\xfe", b"\xc3\x28",
                     b'{"jsonrpc":"2.0","id":1,"method":"stats.get"} x',
                     b'{"jsonrpc":"2.0","id":1,"method":"stats.get"}{}',
                     b'{"jsonrpc":"2.0","id":1,"method":"stats.get","id":2}',
                     b'{"jsonrpc":"2.0","id":99999999999999999999,"method":"stats.get"}',
                     b'{"jsonrpc":"2.0","id":1,"method":"stats.get\\ud800"}',
                     b"\x00", b'{"jsonrpc":"2.0",\x00"id":1,"method":"stats.get"}',
                     b'{"jsonrpc":"2.0","id":1,"method":"stats.get"}\x00',
                     b'{"jsonrpc":"2.0","id":"a\x00b","method":"stats.get"}',
                     b'{"jsonrpc":"2.0","id":"a\\u0000b","method":"stats.get"}'):
            with self.subTest(text=text):
                self.assertEqual(self.kind_of(text + b"\n"), ("parse", None))
        self.assert_well()

    def test_requests_that_are_none(self):
        good = request(7)
        for change, id_ in (({"jsonrpc": "1.0"}, 7), ({"jsonrpc": 2.0}, 7), ({"method": 1}, 7),
                            ({"method": None}, 7), ({"extra": 1}, 7), ({"id": 1.5}, None),
                            ({"id": True}, None), ({"id": []}, None), ({"id": "i" * 129}, None)):
            with self.subTest(change=change):
                self.assertEqual(self.kind_of(line({**good, **change})), ("invalid", id_))
        for value in ("x", 1, 1.5, None, True, {}, {"id": 7}):
            with self.subTest(value=value):
                self.assertEqual(self.kind_of(line(value))[0], "invalid")
        for method in ("", "session", "Session.get", "session.get ", "none", "rpc.list", "x" * 999):
            self.assertEqual(self.kind_of(line(request(7, method))), ("method", 7))

    def test_ids_come_back(self):
        for id_ in (0, -1, 2 ** 63 - 1, -2 ** 63, "", "a", "ä€", "i" * 128, None, '"\\'):
            self.assertEqual(self.ask(line(request(id_)))["id"], id_)

    def test_notifications_are_done_and_not_answered(self):
        silent = {"jsonrpc": "2.0", "method": "session.put", "params": session("quiet")}
        self.client.send(line(silent) + line(silent | {"params": {"id": 1}}) +
                         line(silent | {"method": "nothing"}))
        self.assertEqual(self.ask(line(request(1, "session.list")))["result"]["total"], 1)

    def test_batches(self):
        batch = calls.requests("session.put", [session(f"call-{i}") for i in range(1000)])
        answers = self.ask(line(batch))
        self.assertEqual([a["id"] for a in answers], list(range(1, 1001)))
        self.assertTrue(all(a["result"]["state"] == "applied" for a in answers))
        self.assertEqual(self.kind_of(line(batch + batch[:1])), ("too_large", None))
        self.assertEqual(self.kind_of(line([])), ("invalid", None))
        nested = self.ask(line([[], [request(1)], request(2), None]))
        self.assertEqual([a.get("error", {}).get("data", {}).get("kind") for a in nested],
                         ["invalid", "invalid", None, "invalid"])
        silent = calls.requests("session.delete", [{"id": "call-1"}, {"id": "call-2"}], None)
        self.client.send(line(silent))
        self.assertEqual(self.ask(line(request(1, "session.list")))["result"]["total"], 998)

    def test_batch_whose_answers_grow_too_large(self):
        self.ask(line(calls.requests("session.put", [session(f"{'i' * 120}{i}") for i in
                                                     range(1000)])))
        answers = self.ask(line([request(i, "session.list", {"limit": 1000})
                                 for i in range(1000)]))
        good = [a for a in answers if "result" in a]
        self.assertEqual([a["id"] for a in answers], list(range(1000)))
        self.assertLess(sum(len(line(a)) for a in good), 17 << 20)
        self.assertEqual({a["error"]["data"]["kind"] for a in answers if "error" in a}, {"limit"})
        self.assert_well()

    def test_longest_line(self):
        start = b'{"jsonrpc":"2.0","id":1,"method":"stats.get","params":{"x-fill":"'
        fill = b"f" * (LINE_BYTES - len(start) - 3)
        self.assertIn("result", self.ask(start + fill + b'"}}\n'))
        self.assertIn("result", self.ask(start + fill + b'"}}\n'))

    def test_too_long_lines_end_the_connection(self):
        for tail in (b"\n", b"", b"\n" + line(request(2))):
            with self.subTest(tail=tail), self.engine.client() as client:
                try:
                    client.send(b"x" * (LINE_BYTES + 1) + tail)
                except BrokenPipeError:
                    pass
                answer = client.read()
                self.assertEqual((answer["error"]["data"]["kind"], answer["id"]),
                                 ("too_large", None))
                self.assertEqual(client.line(), b"")
        self.assert_well()

    def test_deep_nesting(self):
        self.assertEqual(self.kind_of(b"[" * 500000 + b"\n"), ("too_large", None))
        self.assertEqual(self.kind_of(b'{"a":' * 200000 + b"\n"), ("too_large", None))
        for inside, kind in ((14, None), (15, "too_large")):  # two levels stand around it
            params = json.loads('{"x-deep":' + "[" * inside + "]" * inside + "}")
            answer = self.ask(line(request(1, "stats.get", params)))
            self.assertEqual(answer.get("error", {}).get("data", {}).get("kind"), kind)

    def test_many_values(self):
        self.assertEqual(self.kind_of(b"[" + b"0," * 70000 + b"0]\n"), ("too_large", None))
        members = ",".join(f'"x-{i}":0' for i in range(60000))
        many = b'{"jsonrpc":"2.0","id":1,"method":"stats.get","params":{%s}}\n' % members.encode()
        self.assertIn("result", self.ask(many))

    def test_byte_at_a_time(self):
        for byte in line(request("slow")):
            self.client.send(bytes([byte]))
        self.assertEqual(self.client.read()["id"], "slow")

    def test_mutated_requests(self):
        """Whatever a line holds: one answer, and the next line is read as if nothing was."""
        chance = random.Random(20260101)
        seeds = [line(request(1, "session.put", calls.secure_session())),
                 line(request("a", "hello", {"api": {"major": 1, "minor": 0}})),
                 line([request(1), request(2, "session.list", {"limit": 3})])]
        for n in range(1500):
            text = bytearray(chance.choice(seeds)[:-1])
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(text))
                how = chance.randrange(4)
                if how == 0:
                    text[at] = chance.randrange(256)
                elif how == 1:
                    del text[at:at + chance.randint(1, 9)]
                elif how == 2:
                    text[at:at] = text[at:at + chance.randint(1, 40)]
                else:
                    text[at:at] = chance.choice((b"{", b"[", b'"', b"null", b"-1e9", b"\\u0000"))
                text = text or bytearray(b"0")
            self.client.send(bytes(text).replace(b"\n", b" ") + b"\n" + line(request(f"next-{n}")))
            answers = [self.client.read()]
            if not (isinstance(answers[0], dict) and answers[0]["id"] == f"next-{n}"):
                answers.append(self.client.read())  # else it had become a notification
            self.assertEqual(answers[-1]["id"], f"next-{n}", bytes(text))


class Crowd(rig.EngineTest):
    """Many clients, slow clients, clients that vanish; the others do not notice."""

    def setUp(self):
        super().setUp()
        self.engine = self.start_null()

    def clients(self):
        return self.engine.call("stats.get")["control"]["clients"]

    def resident_kib(self):
        with open(f"/proc/{self.engine.pid}/status", encoding="ascii") as f:
            return next(int(text.split()[1]) for text in f if text.startswith("VmRSS:"))

    def send_beside(self, client, count, last=None):
        """Sends count requests from a thread of their own, since the answers must be read."""

        def send():
            client.send(b"".join(line(request(i)) for i in range(count)))
            if last:
                last()

        thread = threading.Thread(target=send)
        thread.start()
        self.addCleanup(thread.join)

    def is_sanitized(self):
        with open(f"/proc/{self.engine.pid}/maps", encoding="utf-8", errors="replace") as f:
            return "libasan" in f.read()

    def test_ten_thousand_requests_in_one_go(self):
        count = 10000
        client = self.engine.client()
        self.send_beside(client, count)
        self.assertEqual([client.read()["id"] for _ in range(count)], list(range(count)))

    def test_answers_come_after_the_client_has_said_its_last(self):
        """As `printf ... | nc -N -U` does it: the requests' end closes one direction only."""
        for count in (1, 10000):
            with self.subTest(count=count), rig.Client(self.engine.socket) as client:
                self.send_beside(client, count, lambda: client.socket.shutdown(socket.SHUT_WR))
                got = 0
                while client.line():
                    got += 1
                self.assertEqual(got, count)

    def test_half_a_line_is_no_request(self):
        put = line(request(1, "session.put", session()))
        for cut in (1, len(put) // 2, len(put) - 1):
            with rig.Client(self.engine.socket) as client:
                client.send(put[:cut])
        rig.poll("they are gone", lambda: self.clients() == 1)
        self.assertEqual(self.engine.call("session.list")["total"], 0)

    def test_client_that_vanishes_before_its_answers(self):
        put = line(calls.requests("session.put", [session(f"call-{i}") for i in range(1000)]))
        ask = line(request(1, "session.list", {"limit": 1000}))
        with rig.Client(self.engine.socket) as client:
            client.send(put + ask * 200)
        rig.poll("it is gone", lambda: self.clients() == 1)

    def test_client_that_never_reads(self):
        """Its requests wait; others are answered at once, and memory stays bounded."""
        other = self.engine.client()
        other.send(line(calls.requests("session.put", [session(f"{'i' * 100}{i}") for i in
                                                       range(1000)])))
        other.read()
        before = self.resident_kib()
        deaf = self.engine.client()
        deaf.call("events.subscribe")
        deaf.socket.setblocking(False)
        ask, sent = line(request(0, "session.list", {"limit": 1000})), 0
        slowest, until = 0, time.monotonic() + 2
        while time.monotonic() < until:
            try:
                for _ in range(100):
                    sent += deaf.socket.send(ask)
            except BlockingIOError:
                pass
            start = time.monotonic()
            other.call("session.put", **session("event"))
            other.call("session.delete", id="event")
            slowest = max(slowest, time.monotonic() - start)
        self.assertLess(slowest, 0.5)
        if not self.is_sanitized():  # a sanitizer keeps freed memory for a while
            self.assertLess(self.resident_kib() - before, 64 << 10)
        # what it asked is answered when it reads at last, each whole request
        deaf.socket.settimeout(rig.ANSWER_S)
        for _ in range(min(sent // len(ask), 300)):
            self.assertEqual(len(deaf.answer()["result"]["sessions"]), 1000)

    def test_client_that_takes_nothing_is_closed(self):
        """After 30 seconds; one that takes little by little is not, and gets all its answers."""
        count = 4000
        self.engine.client().send(b"".join(line(request(i)) for i in range(count)))
        slow = self.engine.client()
        self.send_beside(slow, count)
        start, answers = time.monotonic(), 0
        while self.clients() == 3:
            self.assertLess(time.monotonic() - start, TAKES_NOTHING_S + 10, "it is not closed")
            answers += slow.socket.recv(1000).count(b"\n")
            time.sleep(0.5)
        self.assertGreater(time.monotonic() - start, TAKES_NOTHING_S - 5)
        while answers < count:
            data = slow.socket.recv(1 << 20)
            self.assertNotEqual(data, b"", "the slow one was closed, too")
            answers += data.count(b"\n")

    def test_one_more_client_than_there_may_be(self):
        while len(self.engine.clients) < CLIENTS:
            self.engine.client()
        crowd = list(self.engine.clients)
        for client in crowd:
            client.call("stats.get")
        for _ in range(3):
            with rig.Client(self.engine.socket) as one_more:
                self.assertEqual(one_more.line(), b"")
        for client in crowd:
            client.call("stats.get")
        crowd.pop().close()
        rig.poll("there is room", lambda: crowd[0].call("stats.get")["control"]["clients"] ==
                 CLIENTS - 1)
        self.engine.client().call("stats.get")

    def test_clients_that_come_and_go(self):
        for n in range(1000):
            with rig.Client(self.engine.socket) as client:
                if n % 2:
                    client.send(line(request(1)) + b"{")
                if n % 4 == 1:
                    client.read()
        rig.poll("they are gone", lambda: self.clients() == 1)


class Events(rig.EngineTest):
    def setUp(self):
        super().setUp()
        self.engine = self.start_null()
        self.client = self.engine.client()

    def end_sessions(self, count):
        """Makes count events session.ended."""
        other = self.engine.client()
        while count > 0:
            some = min(count, 500)
            ids = [f"call-{i}" for i in range(some)]
            batch = calls.requests("session.put", [session(id_) for id_ in ids], None)
            batch += calls.requests("session.delete", [{"id": id_} for id_ in ids], None)
            other.send(line(batch) + line(request("done")))
            self.assertEqual(other.read()["id"], "done")
            count -= some

    def next_event(self):
        return self.client.events.pop(0) if self.client.events else self.client.read()["params"]

    def test_from_now_on(self):
        self.end_sessions(3)
        self.assertEqual(self.client.call("events.subscribe"), {"seq": 4})
        self.end_sessions(2)
        events = [self.next_event() for _ in range(2)]
        self.assertEqual([e["seq"] for e in events], [4, 5])
        boot_id = self.client.call("hello", api={"major": 1, "minor": 0})["boot_id"]
        for event in events:
            self.assertEqual((event["kind"], event["cause"], event["boot_id"]),
                             ("session.ended", "deleted", boot_id))
            self.assertLess(abs(event["t_us"] / 1e6 - time.time()), 10)

    def test_from_seq(self):
        self.end_sessions(10)
        self.assertEqual(self.client.call("events.subscribe", from_seq=4)["seq"], 4)
        self.assertEqual([self.next_event()["seq"] for _ in range(7)], list(range(4, 11)))
        # a second subscription replaces the first; one from the future begins now
        self.assertEqual(self.client.call("events.subscribe", from_seq=1000)["seq"], 11)
        self.end_sessions(1)
        self.assertEqual(self.next_event()["seq"], 11)
        self.assertEqual(self.client.call("events.subscribe", from_seq=0)["seq"], 1)
        self.assertEqual(self.next_event()["seq"], 1)

    def test_kinds(self):
        self.client.call("events.subscribe", kinds=["port.down", "port.up"])
        self.end_sessions(3)
        self.engine.call("port.set", name="core", up=False)
        event = self.next_event()
        self.assertEqual((event["kind"], event["port"], event["seq"]), ("port.down", "core", 4))
        self.assertNotIn("session", event)

    def test_events_that_are_kept_no_more(self):
        count = EVENTS_KEPT + 904
        self.end_sessions(count)
        self.client.call("events.subscribe", from_seq=1, kinds=["port.up"])
        overflow = self.next_event()
        self.assertEqual({k: overflow[k] for k in ("kind", "lost", "next_seq", "seq")},
                         {"kind": "overflow", "lost": 904, "next_seq": 905, "seq": 905})
        self.client.call("events.subscribe", from_seq=905)
        self.assertEqual([self.next_event()["seq"] for _ in range(EVENTS_KEPT)],
                         list(range(905, count + 1)))

    def test_slow_subscriber_is_told_what_it_lost(self):
        expected = self.client.call("events.subscribe")["seq"]
        count = 20000
        self.end_sessions(count)
        self.engine.call("port.set", name="core", up=False)  # the last event
        lost = 0
        while True:
            event = self.next_event()
            if event["kind"] == "overflow":
                lost += event["lost"]
                expected += event["lost"]
                self.assertEqual(event["next_seq"], expected)
                continue
            self.assertEqual(event["seq"], expected)
            expected += 1
            if event["kind"] == "port.down":
                break
        self.assertGreater(lost, 0)
        self.assertEqual(expected, count + 2)


if __name__ == "__main__":
    unittest.main()
