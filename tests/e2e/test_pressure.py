#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Floods that calls must not notice: of requests (SD-16), of valid RTCP (RC-15), of junk (MB-07)."""

import json
import os
import random
import time
import unittest

import calls
import files
import frames
import rig
import srtp
from peers import PHONE_SSRC
from policies import PolicyTest


class Flooder:
    """A process that asks an engine for one thing after another, as fast as it is answered."""

    BATCH = 200

    def __init__(self, path, seconds):
        reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.write(writer, json.dumps(self._ask(path, seconds)).encode())
            finally:
                os._exit(0)
        os.close(writer)
        self.report = os.fdopen(reader, encoding="ascii")

    def _ask(self, path, seconds):
        """[requests that were answered, those that were answered with an error]"""
        until, done, wrong = time.monotonic() + seconds, 0, 0
        ids = [f"flood-{n}" for n in range(self.BATCH)]
        batches = [json.dumps(calls.requests(method, params)).encode() + b"\n"
                   for method, params in (
                       ("session.put", [calls.session(id_) for id_ in ids]),
                       ("session.get", [{"id": id_} for id_ in ids]),
                       ("session.delete", [{"id": id_} for id_ in ids]))]
        with rig.Client(path) as client:
            while time.monotonic() < until:
                for batch in batches:
                    client.send(batch)
                    answers = client.answer()
                    done += len(answers)
                    wrong += sum("error" in a for a in answers)
        return [done, wrong]

    def end(self):
        with self.report:
            done, wrong = json.loads(self.report.read())
        os.waitpid(self.pid, 0)
        return done, wrong


class Flood(PolicyTest):
    def test_sd_16_requests_at_full_speed(self):
        """Every packet arrives, in order; every request is answered; the log stays short."""
        placed = [self.call(f"call-{n}", port=40000 + 2 * n).start() for n in range(4)]
        lines = self.engine.log().count("\n")
        seconds, rounds = 5, 0
        flooder = Flooder(self.engine.socket, seconds)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for call in placed:
                call.check_both_ways(5)
            rounds += 1
        done, wrong = flooder.end()
        self.assertEqual(wrong, 0)
        self.assertGreater(done, 1000 * seconds)
        self.assertGreater(rounds, 10)
        for call in placed:
            state = call.state()
            for leg in "ab":
                self.assertLessEqual(state[leg]["dropped"].keys(), {"no_neighbor"})
        self.assertLess(self.engine.log().count("\n") - lines, 10)
        self.assert_all_ended(self.engine)

    def test_rc_15_flood_of_valid_rtcp(self):
        """All of it is relayed, nothing of it is told, and the audio between is as ever."""
        call = self.call().start()
        call.check_rtcp()
        self.engine.call("session.list")
        self.client.call("session.list")  # all events up to now are read
        told = len(self.client.events)
        count, burst = 3000, 20
        for n in range(0, count, burst):
            reports = [srtp.sender_report(PHONE_SSRC, n + k) for k in range(burst)]
            for report in reports:
                call.phone_rtcp.send(call.phone_send.protect_rtcp(report), call.to_access_rtcp)
            sent = call.from_phone(1)
            self.assertEqual([data for data, _, _ in call.core.receive_all(1)], sent)
            self.assertEqual([data for data, _, _ in call.core_rtcp.receive_all(burst)], reports)
        self.client.call("session.list")
        self.assertEqual(self.client.events[told:], [])
        self.assertEqual(self.engine.log().count("<4>") + self.engine.log().count("<3>"), 0)
        call.check_both_ways(20)


class Junk(files.FileTest):
    """MB-07: 200 packets of junk to every port of a range, and no call ends."""

    CALLS, JUNK, GOOD = 100, 200, 3

    def junk(self, chance, n):
        """Whatever might come: by chance, and such that it looks like something."""
        tail = chance.randbytes(chance.choice((0, 1, 7, 8, 20, 172, 900)))
        return (b"", tail, b"\x80", b"\x80\x08" + tail, b"\x00\x01\x00\x00\x21\x12\xa4\x42" + tail,
                b"\x16\xfe\xfd" + tail, b"\x80\xc8\x00\x06" + tail, b"\x90\x08" + tail,
                srtp.rtp(chance.randrange(65536), chance.randrange(1 << 32), tail),
                srtp.rtp(self.GOOD + n % 50, 1000 + n % self.CALLS, tail),
                b"\x80\xc8\x00\x06" + (1000 + n % self.CALLS).to_bytes(4, "big") + tail,
                b"\xff" + tail)[n % 12]

    def put_calls(self, engine):
        for n in range(self.CALLS):
            engine.call("session.put", id=f"call-{n}", rev=1, media=[{
                "a": {"interface": "access", "local_port": files.ENGINE_ACCESS[1] + 2 * n,
                      "security": "required", "receive": rig.key(calls.MASTER_80),
                      "remote": {"address": files.PHONE[0], "port": files.PHONE[1] + 2 * n}},
                "b": {"interface": "core", "local_port": files.ENGINE_CORE[1] + 2 * n,
                      "security": "clear",
                      "remote": {"address": files.CORE[0], "port": files.CORE[1] + 2 * n}}}])

    def test_mb_07_no_call_ends(self):
        chance = random.Random(16384)

        def to(port, data):
            return frames.build(frames.Datagram(files.PHONE, (files.ENGINE_ACCESS[0], port), data,
                                                dst_mac=files.ENGINE_MAC))

        ports = [files.ENGINE_ACCESS[1] + n for n in range(2 * self.CALLS)]
        senders = [srtp.Srtp(calls.MASTER_80) for _ in range(self.CALLS)]
        good = {half: [[srtp.rtp(seq, 1000 + n, srtp.payload(seq)) for n in range(self.CALLS)]
                       for seq in range(self.GOOD * half, self.GOOD * (half + 1))]
                for half in (0, 1)}

        def all_good(half):
            return [to(ports[2 * n], senders[n].protect(packet)) for row in good[half]
                    for n, packet in enumerate(row)]

        junk = [to(port, self.junk(chance, n)) for port in ports for n in range(self.JUNK)]
        chance.shuffle(junk)
        engine = self.start_between_files(all_good(0) + junk + all_good(1), [])
        client = engine.client()
        client.call("events.subscribe", kinds=["session.ended", "media.timeout", "key.expired"])
        self.put_calls(engine)
        total = len(junk) + 2 * self.GOOD * self.CALLS
        stats = self.play(engine, "access", total)
        self.assertEqual(stats["totals"]["sent"], total - len(junk))
        self.assertEqual(client.call("session.list")["total"], self.CALLS)
        self.assertEqual(client.events, [])
        out = {}
        for datagram in self.written(engine, "core"):
            out.setdefault(datagram.dst[1], []).append(datagram.payload)
        self.assertEqual(out, {files.CORE[1] + 2 * n: [row[n] for half in (0, 1)
                                                       for row in good[half]]
                               for n in range(self.CALLS)})


if __name__ == "__main__":
    unittest.main()
