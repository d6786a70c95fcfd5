#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""SD-20, MH-02: key material stands nowhere but in key objects, and after a delete nowhere.

Canaries, keys that exist nowhere else in the world, are installed, used, replaced, refused and
deleted. Then neither the log nor anything that the engine said holds them, and neither does its
memory or a core dump.
"""

import json
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest

import calls
import files
import frames
import netns
import peers
import rig
import srtp
from calls import leg, media, session
from canaries import Canary, Search, stopped
from test_wire import Helpers

WIPED_S = 0.2  # after a delete, or after the answer to a request, nothing is left that much later


def show(found):
    return f"secrets in {len(found)} places, such as\n" + "\n".join(
        f"0x{address:x} in {mapping}: {what}: {around!r}"
        for address, mapping, what, around in found[:12])


def secure_call(receive, send=None, rev=1):
    """The call of files.py with canaries."""
    return session("call", rev, [media(
        {"interface": "access", "local_port": files.ENGINE_ACCESS[1], "security": "required",
         "remote": {"address": files.PHONE[0], "port": files.PHONE[1]},
         "receive": {**receive.sdes(), "overlap_ms": 200},
         "send": {**(send or receive).raw(), "shared": send is None}},
        {"interface": "core", "local_port": files.ENGINE_CORE[1], "security": "clear",
         "remote": {"address": files.CORE[0], "port": files.CORE[1]}})])


class Listening:
    """An engine that is heard: every byte that it says to self.client is kept."""

    def listen(self, engine):
        self.canaries = []
        self.engine = engine
        self.client = self.engine.client()
        self.client.call("events.subscribe")
        self.said = b""

    def canary(self, name, suite=rig.SUITE_80):
        self.canaries.append(Canary(name, suite))
        return self.canaries[-1]

    def ask(self, value, client=None):
        """Sends a request (or any text); returns its answer."""
        client = client or self.client
        client.send(value if isinstance(value, bytes) else json.dumps(value).encode() + b"\n")
        while True:
            line = client.line()
            self.said += line + b"\n"
            answer = json.loads(line)
            if isinstance(answer, list) or "method" not in answer:
                return answer

    def put(self, params, client=None):
        return self.ask({"jsonrpc": "2.0", "id": 1, "method": "session.put", "params": params},
                        client)

    def ask_all(self):
        """Whatever may be asked, and every event."""
        for method, params in (("session.get", {"id": "call"}), ("session.list", {}),
                               ("stats.get", {}), ("hello", {"api": {"major": 1, "minor": 0}}),
                               ("session.delete", {"id": "call"}), ("session.get", {"id": "call"}),
                               ("events.subscribe", {"from_seq": 0}), ("session.list", {})):
            self.ask({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})

    def assert_never_said(self):
        needles = {}
        for canary in self.canaries:
            needles |= canary.spoken_needles()
        found = Search(needles).find(self.said + self.engine.log().encode(), 0, "what was said")
        self.assertEqual(found, [], show(found))

    def assert_not_in_memory(self, needles):
        """Nothing may be left once WIPED_S is over."""
        time.sleep(WIPED_S)
        found = Search(needles).scan(self.engine.pid)
        self.assertEqual(found, [], show(found))

    def assert_clean(self, with_session_keys=True):
        """No master key, and no session key either when no session is left."""
        needles = {}
        for canary in self.canaries:
            needles |= canary.needles()
            if with_session_keys:
                needles |= canary.session_needles()
        self.assert_not_in_memory(needles)
        self.assert_never_said()


class Secrets(Listening, files.FileTest):
    def start_listening(self, access_in=()):
        self.listen(self.start_between_files(access_in, []))

    def test_the_scan_finds_what_is_there(self):
        """A standing session's ready keys are in memory; their masters are not."""
        self.start_listening()
        canary = self.canary("installed")
        self.assertIn("result", self.put(secure_call(canary)))
        self.assertNotEqual(Search(canary.session_needles()).scan(self.engine.pid), [])
        self.assert_clean(with_session_keys=False)
        self.ask_all()
        self.assert_clean()

    def test_used_replaced_and_deleted(self):
        receive = Canary("used")
        sender = srtp.Srtp(receive.master)
        self.start_listening([frames.build(frames.Datagram(
            files.PHONE, files.ENGINE_ACCESS, sender.protect(srtp.rtp(seq, 7, srtp.payload(seq))),
            dst_mac=files.ENGINE_MAC)) for seq in range(500)])
        self.canaries.append(receive)
        self.assertIn("result", self.put(secure_call(receive, self.canary("sent with"))))
        stats = self.play(self.engine, "access", 500)
        self.assertEqual(stats["totals"]["sent"], 500)
        for rev in (2, 3):
            new = self.canary(f"of revision {rev}"), self.canary(f"sent with in revision {rev}")
            self.assertIn("result", self.put(secure_call(*new, rev=rev)))
            self.assertIn("result", self.put(secure_call(*new, rev=rev)))  # unchanged
        self.assertIn("error", self.put(secure_call(self.canary("of a conflict"), rev=3)))
        self.assertIn("error", self.put(secure_call(self.canary("of a stale request"), rev=1)))
        self.assert_not_in_memory({k: v for c in self.canaries[:4] for k, v in
                                   c.session_needles().items()})  # what was replaced
        self.ask_all()
        self.assert_clean()

    def test_refused_requests(self):
        self.start_listening()
        base = secure_call(self.canary("beside wrong things"))
        text = self.canary("in wrong places").text
        raw = self.canary("raw and wrong").raw()
        for path, value in (
                ("media.0.a.receive", {"sdes": f"1 {rig.SUITE_80} inline:{text[:-4]}"}),
                ("media.0.a.receive", {"sdes": f"1 {rig.SUITE_80} inline:{text}AAAA"}),
                ("media.0.a.receive", {"sdes": f"1 {rig.SUITE_80} inline:{text}|2^20|1:4"}),
                ("media.0.a.receive", {"sdes": f"1 NO_SUITE inline:{text}"}),
                ("media.0.a.receive", {"sdes": f"1 {text} inline:{text}"}),
                ("media.0.a.receive", {"sdes": f"1 {rig.SUITE_80} {text}"}),
                ("media.0.a.receive", {"sdes": text}),
                ("media.0.a.receive", {"sdes": text * 120}),
                ("media.0.a.receive", text), ("media.0.a.receive", [text]),
                ("media.0.a.receive", {text: text}), ("media.0.a.receive", {"sdes": {text: 1}}),
                ("media.0.a.send", {**raw, "key": raw["key"][:-4]}),
                ("media.0.a.send", {**raw, "salt": raw["key"]}),
                ("media.0.a.send", {**raw, "suite": raw["key"]}),
                ("media.0.a.send", {**raw, "sdes": text}),
                ("media.0.a.send", {k: raw[k] for k in ("key", "salt")}),
                ("media.0.b.send", {"sdes": f"1 {rig.SUITE_80} inline:{text}"}),
                ("media.0.a.interface", text[:32]), ("media.0.a.family", text),
                ("media.0.a.security", text), ("media.0.a.local_port", text),
                ("media.0.a.remote", {"address": text, "port": 1}), ("media.0.a.dscp", text),
                (f"media.0.a.{text.replace('.', '')}", text), ("rev", text), ("media.0.id", text),
                ("timeout_s", text), ("x-note", text), ("media.0.b.interface", "nowhere")):
            self.put(calls.changed(base, path, value))
        self.ask_all()
        self.assert_clean()

    def test_lines_that_are_no_requests(self):
        self.start_listening()
        good = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "session.put",
                           "params": secure_call(self.canary("in odd lines"))}).encode()
        for line in (good[:-1], good + b"}", good.replace(b"inline", b"in\x00line"),
                     good.replace(b'"sdes"', b'"sdes":1,"sdes"'), good.replace(b"inline:", b"\xff"),
                     b"[" * 20 + good + b"]" * 20, b"[" + good + b"," + good + b",]",
                     good.replace(b"session.put", b"session.punt"), good.replace(b"2.0", b"3.0"),
                     good.replace(b'"params"', b'"parms"'), good.replace(b'"id": 1,', b'"id": {},'),
                     good.replace(b"1 AES", b"\\u0031 AES")[:-3]):
            self.ask(line + b"\n")
        self.ask(b"[" + good.replace(b'"call"', b'"one"') + b"," +
                 good.replace(b'"call"', b'"two"').replace(b"10000", b"10002") + b"]\n")
        for id_ in ("call", "one", "two"):
            self.ask({"jsonrpc": "2.0", "id": 1, "method": "session.delete", "params": {"id": id_}})
        self.assertEqual(self.engine.call("session.list")["total"], 0)
        self.assert_clean()

    def test_clients_that_vanish(self):
        """Half a line, a line that is too long, and a client that does not wait for its answer."""
        self.start_listening()
        line = json.dumps({"jsonrpc": "2.0", "method": "session.put",
                           "params": secure_call(self.canary("left behind"))}).encode()
        for text in (line, line[:len(line) // 2], b" " * (1 << 20) + line, line + b"\n",
                     line[:200] + b"\n" + line):
            with rig.Client(self.engine.socket) as client:
                try:
                    for at in range(0, len(text), 4096):
                        client.send(text[at:at + 4096])
                except BrokenPipeError:
                    pass
        rig.poll("they are gone",
                 lambda: self.engine.call("stats.get")["control"]["clients"] == 2)
        self.engine.call("session.delete", id="call")
        self.assert_clean()

    def test_one_line_and_the_start_of_the_next(self):
        """A client that stands in the middle of a line keeps no line before it in memory."""
        self.start_listening()
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "session.put",
                           "params": secure_call(self.canary("before half a line"))}).encode()
        with rig.Client(self.engine.socket) as client:
            self.ask(line + b'\n{"jsonrpc":"2.0",', client)
            self.engine.call("session.delete", id="call")
            self.assert_clean()

    def test_line_in_pieces(self):
        self.start_listening()
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "session.put",
                           "params": secure_call(self.canary("in pieces"))}).encode() + b"\n"
        for byte in line[:-1]:
            self.client.send(bytes([byte]))
        self.ask(b"\n")
        self.ask_all()
        self.assert_clean()

    def test_many_sessions(self):
        """Keys in numbers, so that memory is used and freed in every order."""
        self.start_listening()
        batch = []
        for n in range(300):
            canary = Canary(f"number {n}")
            if n % 50 == 0:
                self.canaries.append(canary)
            batch.append(session(f"call-{n}", 1, [media(
                leg("access", "required", receive=canary.sdes(rig.SUITE_32), allow=["TAG_32"],
                    send={**canary.raw(), "shared": True}),
                leg("core", "required", receive=canary.raw(),
                    send={**canary.sdes(), "shared": True}))]))
        answers = self.ask(calls.requests("session.put", batch))
        self.assertEqual({a["result"]["state"] for a in answers}, {"applied"})
        self.assert_clean(with_session_keys=False)
        self.ask(calls.requests("session.delete", [{"id": f"call-{n}"} for n in range(300)]))
        self.assert_clean()


class CanaryCall:
    """A call between two secure legs, whose keys are canaries; it can be re-keyed and used."""

    def __init__(self, test, n):
        self.test, self.n, self.rev, self.seq = test, n, 0, 100
        self.judge = {}  # (side, "receive" or "send", revision): [srtp.Srtp], one for each master
        self.port = {}

    def make_key(self, side, way):
        """A key of the protocol of the next suite and form."""
        suite, form = self.test.next_suite_and_form()
        made = [self.test.canary(f"{way} key {self.rev} of {suite} on {side} of call {self.n}",
                                 suite) for _ in range(1 + form % 2)]
        mki_len = 2 if form % 2 else 0
        self.judge[side, way, self.rev] = [
            srtp.Srtp(c.master, suite, (k + 1).to_bytes(mki_len, "big") if mki_len else b"")
            for k, c in enumerate(made)]
        value = (made[0].sdes(), {"sdes": f"7 {suite} " + ";".join(
            f"inline:{c.text}|2^20|{k + 1}:{mki_len}" for k, c in enumerate(made))},
            made[0].raw(), {"suite": suite, "mki_length": mki_len,
                            "masters": [c.parts(mki=k + 1) for k, c in enumerate(made)]})[form]
        if way == "receive":
            return {**value, "overlap_ms": ThousandCanaries.OVERLAP_MS}
        return {**value, "send_mki": 2} if mki_len else value

    def wish(self):
        """The next revision, with new keys."""
        self.rev += 1
        return session(f"call-{self.n}", self.rev, [media(*(leg(
            side, "required", family="ip4", allow=["TAG_32", "NULL_CIPHER"],
            remote={"address": netns.PEER[side, 4], "port": 40000},
            receive=self.make_key(side, "receive"), send=self.make_key(side, "send"))
            for side in netns.SIDES))])

    def learn_ports(self, result):
        for side, name in zip(netns.SIDES, "ab"):
            self.port[side] = result["media"][0][name]["port"]

    def use(self):
        """Packets under every key that may be used: each must come out under the newest key."""
        for here, there in (netns.SIDES, netns.SIDES[::-1]):
            for rev in range(self.rev, 0, -1):
                for judge in self.judge[here, "receive", rev]:
                    packet = srtp.rtp(self.seq, self.n, srtp.payload(self.seq))
                    self.seq += 1
                    self.test.socket_of[here].send(judge.protect(packet),
                                               (netns.ENGINE[here, 4], self.port[here]))
                    data = self.test.socket_of[there].receive()[0]
                    self.test.assertEqual(
                        self.judge[there, "send", self.rev][-1].unprotect(data), packet)


class ThousandCanaries(Listening, Helpers, netns.NetnsTest):
    """Keys of every suite and form are used, replaced and, in the overlap, deleted."""

    driver = "net_af_packet"
    COUNT = 1000
    OVERLAP_MS = 10000  # longer than the test: the old keys are there when all is deleted
    # It is to be 100 ms, of which stopping the engine takes up to 20; a busy machine may need more.
    LOOKS_S = (0.08, 0.2, 0.5, 1.0, 2.0)

    def setUp(self):
        super().setUp()
        self.listen(self.start_between_peers())
        hello = self.ask({"jsonrpc": "2.0", "id": 1, "method": "hello",
                          "params": {"api": {"major": 1, "minor": 1}}})
        self.kinds = [(suite, form) for form in range(4) for suite in hello["result"]["suites"]]
        self.socket_of = {side: self.socket(side, netns.PEER[side, 4], 40000)
                          for side in netns.SIDES}
        peers.Call(self, self.engine, "primer", port=45000).start()  # next hops are known then
        self.engine.call("session.delete", id="primer")

    def next_suite_and_form(self):
        self.kinds.append(self.kinds.pop(0))
        return self.kinds[-1]

    def put_all(self, canary_calls):
        answers = self.ask(calls.requests("session.put", [c.wish() for c in canary_calls]))
        for call, answer in zip(canary_calls, answers):
            self.assertEqual(answer.get("result", answer).get("state"), "applied", answer)
            call.learn_ports(answer["result"])

    def install_use_and_replace(self):
        """The calls, when all have their second keys."""
        out = []
        while len(self.canaries) < self.COUNT // 2:
            out.append(CanaryCall(self, len(out)))
            self.put_all(out[-1:])
        for _ in range(2):
            for call in out:
                call.use()
            if out[0].rev == 1:
                self.put_all(out)
        self.assertGreaterEqual(len(self.canaries), self.COUNT)
        return out

    def ask_about(self, canary_calls):
        self.ask(calls.requests("session.get", [{"id": f"call-{c.n}"} for c in canary_calls]))
        stale = self.ask(calls.requests("session.put", [
            {**c.wish(), "rev": rev} for c, rev in zip(canary_calls, (0, 1, 2, 2))]))
        self.assertEqual({answer["error"]["data"]["kind"] for answer in stale},
                         {"stale", "conflict"})
        self.ask_all()

    def needles(self, masters, session_keys):
        out = {}
        for canary in self.canaries:
            out |= (canary.needles() if masters else {}) | \
                (canary.session_needles() if session_keys else {})
        return out

    def look_until_clean(self, search, since):
        """Looks at the moments of LOOKS_S after since, until nothing is left."""
        stood_s = 0.0  # while somebody looks, the engine stands still
        for moment in self.LOOKS_S:
            time.sleep(max(0.0, since + stood_s + moment - time.monotonic()))
            with stopped(self.engine.pid):
                at = time.monotonic()
                found = search.scan(self.engine.pid)
            print(f"{len(self.canaries)} canary keys, {1000 * (at - since - stood_s):.0f} ms after "
                  f"the deletes were answered: {len(found)} pieces of keys in the engine's memory")
            if not found:
                return
            stood_s += time.monotonic() - at
        self.fail(show(found))

    def find_in_core_dump(self, search):
        """What is in a dump that an administrator makes of the engine, with all that it has."""
        path = self.path("core")
        subprocess.run(["gdb", "-batch", "-nx", "-p", str(self.engine.pid),
                        "-ex", "set use-coredump-filter off",
                        "-ex", "set dump-excluded-mappings on", "-ex", f"gcore {path}"],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=120, check=False)
        found = search.scan_file(path)
        os.unlink(path)
        return found

    def test_nowhere_after_100_ms(self):
        canary_calls = self.install_use_and_replace()
        self.ask_about(canary_calls)
        masters = Search(self.needles(masters=True, session_keys=False))
        ready = Search(self.needles(masters=False, session_keys=True))
        everything = Search(self.needles(masters=True, session_keys=True))
        has_gdb = shutil.which("gdb")
        with stopped(self.engine.pid):
            found = masters.scan(self.engine.pid)
            self.assertEqual(found, [], show(found))
            self.assertGreater(len(ready.scan(self.engine.pid)), self.COUNT)
        if has_gdb:  # the search in a dump does find what is there
            self.assertGreater(len(self.find_in_core_dump(ready)), self.COUNT)
        deleted = self.ask(calls.requests("session.delete",
                                          [{"id": f"call-{c.n}"} for c in canary_calls]))
        since = time.monotonic()
        self.assertEqual({answer["result"]["state"] for answer in deleted}, {"deleted"})
        self.look_until_clean(everything, since)
        if has_gdb:
            found = self.find_in_core_dump(everything)
            self.assertEqual(found, [], show(found))
        self.assert_never_said()
        if not has_gdb:
            self.skipTest("no gdb here to make a core dump with; memory, log and answers are clean")


class NoCore(Listening, files.FileTest):
    """An engine that dies with keys in its memory leaves no core file behind."""

    @staticmethod
    def has_dumped(pid):
        """Whether a child that was killed by a signal left a core file; it can be waited for."""
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT).si_code == os.CLD_DUMPED

    def test_abort_with_keys_installed(self):
        before = resource.getrlimit(resource.RLIMIT_CORE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, before)
        resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
        other = subprocess.Popen(["sleep", "60"], cwd=self.directory)
        other.send_signal(signal.SIGABRT)
        others_dump = self.has_dumped(other.pid)
        other.wait()
        if not others_dump:
            self.skipTest("no process leaves a core file here")
        self.listen(self.start_between_files([], []))
        self.assertIn("result", self.put(secure_call(self.canary("installed"))))
        self.engine.process.send_signal(signal.SIGABRT)
        self.assertFalse(self.has_dumped(self.engine.pid))
        self.end(self.engine, wanted=-signal.SIGABRT)


if __name__ == "__main__":
    unittest.main()
