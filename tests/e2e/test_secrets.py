#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""SD-20, MH-02: key material stands nowhere but in key objects, and after a delete nowhere.

Canaries, keys that exist nowhere else in the world, are installed, used, replaced, refused and
deleted. Then neither the log nor anything that the engine said holds them, and neither does its
memory.
"""

import base64
import json
import secrets
import time
import unittest

import calls
import files
import frames
import rig
import srtp
from calls import leg, media, session

WIPED_S = 0.2  # after a delete, or after the answer to a request, nothing is left that much later
PIECE = 8  # so many bytes of a secret are found
CHUNK = 1 << 20
LARGEST = 4 << 30  # larger mappings are a sanitizer's shadow


class Canary:
    """A master key with its salt."""

    def __init__(self, name):
        self.name = name
        self.master = secrets.token_bytes(30)
        self.key, self.salt = self.master[:16], self.master[16:]
        self.text = base64.b64encode(self.master).decode()

    def sdes(self, suite=rig.SUITE_80):
        return rig.key(self.text, suite)

    def raw(self):
        return {"suite": rig.SUITE_80, "key": base64.b64encode(self.key).decode(),
                "salt": base64.b64encode(self.salt).decode()}

    def needles(self):
        """What must not be found: {bytes: what it is}; pieces, so that half a copy counts too."""
        raw = self.raw()
        forms = {"key": self.key, "salt": self.salt, "base64 of both": self.text.encode(),
                 "base64 of the key": raw["key"].rstrip("=").encode(),
                 "base64 of the salt": raw["salt"].rstrip("=").encode()}
        return {form[at:at + PIECE]: f"{self.name}, {what}, from byte {at}"
                for what, form in forms.items()
                for at in (*range(0, len(form) - PIECE, PIECE), len(form) - PIECE)}

    def spoken_needles(self):
        """Further forms that somebody might print."""
        out = self.needles()
        for what, form in (("hex", self.master.hex()), ("HEX", self.master.hex().upper()),
                           ("hex with colons", self.master.hex(":")),
                           ("base64 for URLs", base64.urlsafe_b64encode(self.master).decode())):
            for at in range(0, len(form) - 2 * PIECE, PIECE):
                out[form[at:at + 2 * PIECE].encode()] = f"{self.name}, {what}, from byte {at}"
        return out

    def session_needles(self):
        """The session keys that the engine derives and keeps as long as the session stands."""
        judge = srtp.Srtp(self.master)
        return {key[:16]: f"{self.name}, {what}" for what, key in (
            ("session key of SRTP", judge.rtp.cipher_key),
            ("session key of SRTCP", judge.rtcp.cipher_key))}


def writable_memory(pid):
    """(start, end, name) of each mapping that a process may read and write."""
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as f:
        for text in f:
            where, access, *_ = text.split()
            start, end = (int(part, 16) for part in where.split("-"))
            if access.startswith("rw") and end - start < LARGEST:
                yield start, end, " ".join(text.split()[5:]) or "anonymous"


def scan(pid, needles):
    """[(address, mapping, what, bytes around it)] of the needles in a process's memory."""
    found = []
    longest = max(map(len, needles))
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for start, end, name in writable_memory(pid):
            for at in range(start, end, CHUNK):
                try:
                    mem.seek(at)
                    data = mem.read(min(CHUNK + longest, end - at))
                except OSError:
                    continue  # a mapping that cannot be read, or that is gone
                if data.count(0) == len(data):
                    continue
                found += find(data, at, f"{name} {start:x}-{end:x}", needles)
    return found


def find(data, address, mapping, needles):
    found = []
    for needle, what in needles.items():
        at = data.find(needle)
        while at >= 0:
            around = data[max(0, at - 32):at + len(needle) + 32]
            found.append((address + at, mapping, what, around))
            at = data.find(needle, at + 1)
    return found


class SecretTest(files.FileTest):
    def start_listening(self, access_in=()):
        """An engine that is heard: every byte that it says to self.client is kept."""
        self.canaries = []
        self.engine = self.start_between_files(access_in, [])
        self.client = self.engine.client()
        self.client.call("events.subscribe")
        self.said = b""

    def canary(self, name):
        self.canaries.append(Canary(name))
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
        said = self.said + self.engine.log().encode()
        for canary in self.canaries:
            for needle, what in canary.spoken_needles().items():
                self.assertNotIn(needle, said, what)

    def assert_not_in_memory(self, needles):
        """Nothing may be left once WIPED_S is over."""
        time.sleep(WIPED_S)
        found = scan(self.engine.pid, needles)
        if found:
            self.fail(f"secrets in {len(found)} places, such as\n" + "\n".join(
                f"0x{address:x} in {mapping}: {what}: {around!r}"
                for address, mapping, what, around in found[:12]))

    def assert_clean(self, with_session_keys=True):
        """No master key, and no session key either when no session is left."""
        needles = {}
        for canary in self.canaries:
            needles |= canary.needles()
            if with_session_keys:
                needles |= canary.session_needles()
        self.assert_not_in_memory(needles)
        self.assert_never_said()


class Secrets(SecretTest):
    def test_the_scan_finds_what_is_there(self):
        """A standing session's ready keys are in memory; their masters are not."""
        self.start_listening()
        canary = self.canary("installed")
        self.assertIn("result", self.put(self.call(canary)))
        self.assertNotEqual(scan(self.engine.pid, canary.session_needles()), [])
        self.assert_clean(with_session_keys=False)
        self.ask_all()
        self.assert_clean()

    def call(self, receive, send=None, rev=1):
        """The call of files.py with canaries."""
        return session("call", rev, [media(
            {"interface": "access", "local_port": files.ENGINE_ACCESS[1], "security": "required",
             "remote": {"address": files.PHONE[0], "port": files.PHONE[1]},
             "receive": {**receive.sdes(), "overlap_ms": 200},
             "send": {**(send or receive).raw(), "shared": send is None}},
            {"interface": "core", "local_port": files.ENGINE_CORE[1], "security": "clear",
             "remote": {"address": files.CORE[0], "port": files.CORE[1]}})])

    def test_used_replaced_and_deleted(self):
        receive = Canary("used")
        sender = srtp.Srtp(receive.master)
        self.start_listening([frames.build(frames.Datagram(
            files.PHONE, files.ENGINE_ACCESS, sender.protect(srtp.rtp(seq, 7, srtp.payload(seq))),
            dst_mac=files.ENGINE_MAC)) for seq in range(500)])
        self.canaries.append(receive)
        self.assertIn("result", self.put(self.call(receive, self.canary("sent with"))))
        stats = self.play(self.engine, "access", 500)
        self.assertEqual(stats["totals"]["sent"], 500)
        for rev in (2, 3):
            new = self.canary(f"of revision {rev}"), self.canary(f"sent with in revision {rev}")
            self.assertIn("result", self.put(self.call(*new, rev=rev)))
            self.assertIn("result", self.put(self.call(*new, rev=rev)))  # unchanged
        self.assertIn("error", self.put(self.call(self.canary("of a conflict"), rev=3)))
        self.assertIn("error", self.put(self.call(self.canary("of a stale request"), rev=1)))
        self.assert_not_in_memory({k: v for c in self.canaries[:4] for k, v in
                                   c.session_needles().items()})  # what was replaced
        self.ask_all()
        self.assert_clean()

    def test_refused_requests(self):
        self.start_listening()
        base = self.call(self.canary("beside wrong things"))
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
                           "params": self.call(self.canary("in odd lines"))}).encode()
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
                           "params": self.call(self.canary("left behind"))}).encode()
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
                           "params": self.call(self.canary("before half a line"))}).encode()
        with rig.Client(self.engine.socket) as client:
            self.ask(line + b'\n{"jsonrpc":"2.0",', client)
            self.engine.call("session.delete", id="call")
            self.assert_clean()

    def test_line_in_pieces(self):
        self.start_listening()
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "session.put",
                           "params": self.call(self.canary("in pieces"))}).encode() + b"\n"
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


if __name__ == "__main__":
    unittest.main()
