# SPDX-License-Identifier: BSD-3-Clause
"""Keys that exist nowhere else in the world, and the search for them: in the memory of a process
and in whatever else there is of bytes."""

import base64
import contextlib
import os
import secrets
import signal

import rig
import srtp

PIECE = 8  # bytes of a secret that are found, wherever they stand
CHUNK = 1 << 18
LARGEST = 4 << 30  # larger mappings are a sanitizer's shadow


class Canary:
    """A master key with its salt."""

    def __init__(self, name, suite=rig.SUITE_80):
        self.name = name
        self.suite = srtp.Suite(suite)
        self.master = secrets.token_bytes(self.suite.master_len)
        self.key, self.salt = self.master[:self.suite.key_len], self.master[self.suite.key_len:]
        self.text = base64.b64encode(self.master).decode()

    def sdes(self, suite=None):
        return rig.key(self.text, suite or self.suite.name)

    def parts(self, **more):
        return {"key": base64.b64encode(self.key).decode(),
                "salt": base64.b64encode(self.salt).decode(), **more}

    def raw(self):
        return {"suite": self.suite.name, **self.parts()}

    def needles(self):
        """What must not be found: {bytes: what it is}; pieces, so that half a copy counts too."""
        parts = self.parts()
        forms = {"key": self.key, "salt": self.salt, "base64 of both": self.text.encode(),
                 "base64 of the key": parts["key"].rstrip("=").encode(),
                 "base64 of the salt": parts["salt"].rstrip("=").encode()}
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
        judge = srtp.Srtp(self.master, self.suite.name)
        keys = {"session key of SRTP": judge.rtp.cipher_key,
                "session key of SRTCP": judge.rtcp.cipher_key}
        if not self.suite.aead:
            keys |= {"authentication key of SRTP": judge.rtp.auth_key,
                     "authentication key of SRTCP": judge.rtcp.auth_key}
        return {key[at:at + PIECE]: f"{self.name}, {what}, from byte {at}"
                for what, key in keys.items() for at in range(0, len(key) - PIECE + 1, PIECE)}


class Search:
    """Looks for many needles at once: their first eight bytes, as numbers, at every offset."""

    def __init__(self, needles):
        self.needles = {}
        for needle, what in needles.items():
            self.needles.setdefault(int.from_bytes(needle[:PIECE], "little"),
                                    []).append((needle, what))
        self.numbers = set(self.needles)

    def find(self, data, address=0, mapping=""):
        """[(address, mapping, what, bytes around it)]"""
        found = []
        for shift in range(PIECE):
            end = len(data) - (len(data) - shift) % PIECE
            words = memoryview(data)[shift:end].cast("Q") if end > shift else []
            for number in self.numbers.intersection(words):
                found += self._confirm(data, number, address, mapping)
        return found

    def _confirm(self, data, number, address, mapping):
        found = []
        for needle, what in self.needles[number]:
            at = data.find(needle)
            while at >= 0:
                around = data[max(0, at - 32):at + len(needle) + 32]
                found.append((address + at, mapping, what, around))
                at = data.find(needle, at + 1)
        return list(dict.fromkeys(found))

    def scan(self, pid):
        """The same in the memory of a process that may run on meanwhile."""
        return [hit for chunk in memory(pid) for hit in self.find(*chunk)]

    def scan_file(self, path):
        found = []
        with open(path, "rb") as f:
            at, rest = 0, b""
            while data := f.read(CHUNK):
                if data.count(0) != len(data):
                    found += self.find(rest + data, at - len(rest), os.path.basename(path))
                at, rest = at + len(data), data[-2 * PIECE:]
        return found


def writable(pid):
    """(start, end, name) of each mapping that a process may read and write."""
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as f:
        for text in f:
            where, access, *_ = text.split()
            start, end = (int(part, 16) for part in where.split("-"))
            if access.startswith("rw") and end - start < LARGEST:
                yield start, end, " ".join(text.split()[5:]) or "anonymous"


def memory(pid):
    """(bytes, address, mapping) of all that a process may read and write and that is not zero."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for start, end, name in writable(pid):
            for at in range(start, end, CHUNK):
                try:
                    mem.seek(at)
                    data = mem.read(min(CHUNK + 2 * PIECE, end - at))
                except OSError:
                    continue  # a mapping that cannot be read, or that is gone
                if data.count(0) != len(data):
                    yield data, at, f"{name} {start:x}-{end:x}"


def is_stopped(pid):
    """Whether every thread of a process stands still."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/stat", encoding="ascii", errors="replace") as f:
            if f.read().rpartition(")")[2].split()[0] not in "tT":
                return False
    return True


@contextlib.contextmanager
def stopped(pid):
    """A process that stands still, so that its memory is of one moment."""
    os.kill(pid, signal.SIGSTOP)
    try:
        rig.poll("it stands still", lambda: is_stopped(pid))
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
