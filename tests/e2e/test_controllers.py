#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Clients that work against each other, that cross, and that die: SD-14, SD-17, SD-19."""

import json
import os
import signal
import threading
import time
import unittest

import calls
import rig
import srtp
from policies import PolicyTest, master, sdes


class TwoControllers(rig.EngineTest):
    """SD-14: revisions decide who comes first, and the other one is told."""

    def setUp(self):
        super().setUp()
        self.engine = self.start_null()
        self.one, self.other = self.engine.client(), self.engine.client()

    @staticmethod
    def params(rev, port):
        """A session whose remote port tells who put it."""
        return calls.changed(calls.secure_session("call", rev), "media.0.b.remote.port", port)

    def put(self, client, rev, port):
        return client.call_with("session.put", self.params(rev, port))["state"]

    def stands(self):
        got = self.engine.call("session.get", id="call")
        return got["rev"], got["media"][0]["b"]["remote"]["port"]

    def test_sd_14_conflicting_requests_are_refused(self):
        self.assertEqual(self.put(self.one, 1, 50000), "applied")
        self.refused("conflict", self.put, self.other, 1, 60000)
        self.assertEqual(self.stands(), (1, 50000))
        self.assertEqual(self.put(self.other, 1, 50000), "unchanged")  # they agree
        self.assertEqual(self.put(self.other, 5, 60000), "applied")
        self.refused("stale", self.put, self.one, 2, 50000)
        self.refused("stale", self.one.call, "session.delete", id="call", rev=4)
        self.assertEqual(self.stands(), (5, 60000))

    def test_sd_14_other_keys_under_one_revision(self):
        self.assertEqual(self.put(self.one, 1, 50000), "applied")
        other = calls.changed(self.params(1, 50000), "media.0.a.receive", sdes("of the other one"))
        self.refused("conflict", self.other.call_with, "session.put", other)

    def test_sd_14_race(self):
        """Both put every revision at full speed: each is applied for one of them at most."""
        count, answers = 500, {}

        def run(client, port):
            batch = calls.requests("session.put", [self.params(rev, port)
                                                   for rev in range(1, count + 1)])
            for at in range(0, count, 20):
                client.send(json.dumps(batch[at:at + 20]).encode() + b"\n")
                answers.setdefault(port, []).extend(client.answer())

        threads = [threading.Thread(target=run, args=pair)
                   for pair in ((self.one, 50000), (self.other, 60000))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        applied = {port: {a["id"] for a in of if "result" in a} for port, of in answers.items()}
        self.assertEqual(applied[50000] & applied[60000], set())
        self.assertIn(count, applied[50000] | applied[60000])
        self.assertEqual({a["error"]["data"]["kind"] for of in answers.values() for a in of
                          if "error" in a} - {"stale", "conflict"}, set())
        winner = next(port for port, revs in applied.items() if count in revs)
        self.assertEqual(self.stands(), (count, winner))


class Crossing(PolicyTest):
    """SD-19: a key belongs to a leg of a media of a session; there is no other way to say it."""

    def test_sd_19_late_request_does_not_bring_its_key_back(self):
        call = self.call().start()
        old = {"id": call.id, "rev": call.rev, "media": [{"a": dict(call.access_leg),
                                                          "b": call.core_leg}]}
        self.receive_with(call, "of the answer")
        call.put()
        self.assert_passes(call)
        self.refused("stale", self.engine.call, "session.put", **old)
        self.assert_passes(call)

    def test_sd_19_send_key_of_another_call_is_refused(self):
        first, second = self.call("first"), self.call("second", port=41000)
        first.access_leg["send"] = sdes("to the first")
        first.phone_receive = srtp.Srtp(master("to the first"))
        second.access_leg["send"] = sdes("to the second")
        second.phone_receive = srtp.Srtp(master("to the second"))
        first.start()
        second.start()
        second.access_leg["send"] = sdes("to the first")
        self.refused("key_in_use", second.put, field="media[0].a.send")
        self.assert_comes_back(first)
        self.assert_comes_back(second)

    def test_sd_19_receive_key_of_another_call_opens_nothing(self):
        first, second = self.call("first"), self.call("second", port=41000)
        first.access_leg["receive"] = sdes("of the first")
        first.phone_send = srtp.Srtp(master("of the first"))
        first.start()
        second.start()
        right = second.phone_send
        second.access_leg["receive"] = {**sdes("of the first"), "overlap_ms": 0}
        second.put()
        self.assert_dropped(second, "auth")
        self.assert_passes(first)
        second.access_leg["receive"] = rig.key(calls.base64.b64encode(
            master("of the second")).decode())
        second.put()
        highest, second.phone_send = right.rtp.highest, srtp.Srtp(master("of the second"))
        second.phone_send.rtp.highest = highest
        self.assert_passes(second)

    def test_sd_19_keys_outside_a_leg(self):
        leg = {"interface": "access", "security": "required"}
        for more in ({"receive": sdes("a key")}, {"a": leg, "b": leg, "c": leg},
                     {"a": leg, "b": leg, "receive": sdes("a key")}):
            self.refused("params", self.engine.call, "session.put", id="call", rev=1,
                         media=[{"a": leg, "b": leg, **more}])


class Controller:
    """A client in a process of its own, which can be killed. Has call() as an engine does."""

    def __init__(self, path):
        self.reader, write_end = os.pipe()
        read_end, self.writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._serve(path, read_end, write_end)
            finally:
                os._exit(1)
        os.close(write_end)
        os.close(read_end)
        self.answers = os.fdopen(self.reader, encoding="ascii")

    @staticmethod
    def _serve(path, read_end, write_end):
        client = rig.Client(path)
        with os.fdopen(read_end, encoding="ascii") as requests:
            for line in requests:
                method, params = json.loads(line)
                if method == "half":  # a request that is never ended
                    client.send(b'{"jsonrpc":"2.0","id":1,"method":"session.put","par')
                    result = None
                else:
                    result = client.call_with(method, params)
                os.write(write_end, json.dumps(result).encode() + b"\n")

    def call(self, method, **params):
        os.write(self.writer, json.dumps([method, params]).encode() + b"\n")
        return json.loads(self.answers.readline())

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.answers.close()
        os.close(self.writer)


class Reconciling(PolicyTest):
    """SD-17: the calls do not notice that their controller is gone, and a new one finds them."""

    CALLS, AWAY_S = 3, 3

    def test_sd_17_controller_is_killed_and_comes_back(self):
        self.client.call("hello", api={"major": 1, "minor": 0})
        controller = Controller(self.engine.socket)
        before = controller.call("hello", api={"major": 1, "minor": 0})
        controller.call("events.subscribe", kinds=["media.timeout"])
        placed = [self.call(f"call-{n}", port=40000 + 2 * n) for n in range(self.CALLS)]
        for call in placed:
            call.engine = controller
            call.start()
        controller.call("half")
        controller.kill()
        until = time.monotonic() + self.AWAY_S
        while time.monotonic() < until:
            for call in placed:
                call.check_both_ways(5)
        with rig.Client(self.engine.socket) as anew:
            hello = anew.call("hello", api={"major": 1, "minor": 0})
            self.assertEqual(hello["boot_id"], before["boot_id"])
            self.assertGreaterEqual(anew.call("events.subscribe", from_seq=before["event_seq"])["seq"],
                                    before["event_seq"])
            self.assertEqual({s["id"]: s["rev"] for s in anew.call("session.list")["sessions"]},
                             {call.id: call.rev for call in placed})
            for call in placed:
                got = anew.call("session.get", id=call.id)
                self.assertEqual((got["rev"], got["media"][0]["a"]["port"]),
                                 (call.rev, call.to_access[1]))
                # what was put is put again: known, and nothing changes
                again = anew.call("session.put", id=call.id, rev=call.rev,
                                  media=[{"a": call.access_leg, "b": call.core_leg}])
                self.assertEqual(again["state"], "unchanged")
            self.assertEqual({anew.event("stream.first_packet", session=call.id, leg=leg)["leg"]
                              for call in placed for leg in "ab"}, {"a", "b"})
            for call in placed:
                call.engine = self.engine
                call.put()
                call.check_both_ways(5)
        rig.poll("the killed one is gone",
                 lambda: self.engine.call("stats.get")["control"]["clients"] <= 3)


if __name__ == "__main__":
    unittest.main()
