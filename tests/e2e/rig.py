# SPDX-License-Identifier: BSD-3-Clause
"""What the end-to-end tests share: a running sottod, its control socket, waiting with an end.

SOTTO_BUILD names the build directory (default: build/ beside this tree). Every engine has its own
temporary directory, is ended by SIGTERM when its test ends, and must then end well and soon; a test
that fails shows the log of its engines. Nothing here sleeps for a fixed time to "let it settle":
poll() asks again until a deadline.
"""

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("SOTTO_BUILD") or os.path.join(ROOT, "build"))
SOTTOD = os.path.join(BUILD, "app", "sottod", "sottod")

START_S = 20  # an engine must answer by then; a sanitizer makes it slow
STOP_S = 3  # an engine must have ended that long after SIGTERM
ANSWER_S = 10  # a request must have been answered by then
POLL_S = 0.01  # between two looks
PR_SET_PDEATHSIG = 1

SUITE_80 = "AES_CM_128_HMAC_SHA1_80"
SUITE_32 = "AES_CM_128_HMAC_SHA1_32"


def why_not(needs_root=True):
    """Why no engine can run here, or None."""
    if needs_root and os.geteuid() != 0:
        return "needs root"
    if not os.access(SOTTOD, os.X_OK):
        return f"{SOTTOD} is not built (SOTTO_BUILD names the build directory)"
    return None


def poll(what, condition, seconds=5.0):
    """The first true value of condition(); fails with the words in what after some seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(POLL_S)


# --- configuration --------------------------------------------------------------------------------


def ini(sections):
    """INI text of {section: {key: value}}; a list repeats its key, None leaves it out."""
    lines = []
    for section, keys in sections.items():
        lines.append(f"[{section}]")
        for key, value in keys.items():
            values = value if isinstance(value, list) else [value]
            lines += [f"{key} = {v}" for v in values if v is not None]
        lines.append("")
    return "\n".join(lines)


def sections(socket_path, ports, addresses, engine=None, control=None, limits=None):
    """The sections of a small engine: one worker on core 1, control on core 0, little memory.

    ports and addresses: {name: {key: value}}.
    """
    out = {
        "engine": {"workers": 1, "main_core": 0, "memory": 128, "mbufs": 8192, "idle_us": 100,
                   "hugepages": "no", **(engine or {})},
        "control": {"socket": socket_path, **(control or {})},
    }
    if limits:
        out["limits"] = limits
    out.update({f"port {name}": keys for name, keys in ports.items()})
    out.update({f"address {name}": keys for name, keys in addresses.items()})
    return out


NULL_PORTS = {"access": {"device": "net_null0,no-rx=1"}, "core": {"device": "net_null1,no-rx=1"}}
# Documentation addresses (RFC 5737, RFC 3849) with static neighbours: no ARP on a null device.
NULL_ADDRESSES = {
    "access": {"port": "access", "address": "192.0.2.1/24", "ports": "20000-29999",
               "neighbor": "192.0.2.9 02:00:00:00:00:09"},
    "core": {"port": "core", "address": "198.51.100.1/24", "ports": "20000-29999",
             "neighbor": "198.51.100.9 02:00:00:00:00:0a"},
}


# --- the control socket ---------------------------------------------------------------------------


class RpcError(Exception):
    """An error answer."""

    def __init__(self, error):
        super().__init__(json.dumps(error))
        self.code = error["code"]
        self.data = error.get("data") or {}
        self.kind = self.data.get("kind")
        self.field = self.data.get("field")
        self.detail = self.data.get("detail")


class Client:
    """A JSON-RPC client of the control socket. Events that come between answers are kept."""

    def __init__(self, path, timeout=ANSWER_S):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise
        self.rest = b""
        self.events = []
        self.last_id = 0

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.socket.sendall(data)

    def line(self):
        """The next line as bytes, without its newline; b"" when the engine has closed."""
        while b"\n" not in self.rest:
            try:
                more = self.socket.recv(1 << 20)
            except ConnectionResetError:
                more = b""
            if not more:
                return b""
            self.rest += more
        line, _, self.rest = self.rest.partition(b"\n")
        return line

    def read(self):
        """The next JSON text."""
        line = self.line()
        if not line:
            raise ConnectionError("the engine closed the connection")
        return json.loads(line)

    def answer(self, wanted=...):
        """The next answer; with wanted the one of that id. Events are kept aside."""
        while True:
            message = self.read()
            if isinstance(message, dict) and message.get("method") == "event":
                self.events.append(message["params"])
            elif wanted is ... or (isinstance(message, dict) and message.get("id") == wanted):
                return message

    def request(self, method, params=None):
        """A request object with the next id."""
        self.last_id += 1
        out = {"jsonrpc": "2.0", "id": self.last_id, "method": method}
        if params is not None:
            out["params"] = params
        return out

    def call(self, method, **params):
        """The result of a request, or RpcError."""
        return self.call_with(method, params)

    def call_with(self, method, params):
        request = self.request(method, params)
        self.send(json.dumps(request).encode() + b"\n")
        answer = self.answer(request["id"])
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def event(self, kind, seconds=5.0, **members):
        """Waits for the first kept or coming event of a kind with these members; takes it out."""
        deadline = time.monotonic() + seconds
        while True:
            for i, event in enumerate(self.events):
                if event["kind"] == kind and all(event.get(k) == v for k, v in members.items()):
                    return self.events.pop(i)
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"no event {kind} {members} in {seconds} s; others: "
                                     f"{[e['kind'] for e in self.events]}")
            before = self.socket.gettimeout()
            self.socket.settimeout(left)
            try:
                self.events.append(self.read()["params"])
            except TimeoutError:
                pass
            finally:
                self.socket.settimeout(before)


# --- the engine -----------------------------------------------------------------------------------


def end_with_parent():
    """In the child: no engine outlives a test program that was killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Engine:
    """A running sottod with a directory of its own. prefix: words before the command."""

    def __init__(self, directory, config, netns=None, environment=None, arguments=(), prefix=()):
        self.socket = config["control"]["socket"]
        self.config_path = os.path.join(directory, "sottod.ini")
        self.log_path = os.path.join(directory, "sottod.log")
        with open(self.config_path, "w", encoding="ascii") as f:
            f.write(ini(config))
        command = [SOTTOD, "-c", self.config_path, *arguments]
        if netns:
            command = ["ip", "netns", "exec", netns] + command
        command = [*prefix, *command]
        self.clients = []
        self.is_over = False
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env={**os.environ, **(environment or {})},
                                            preexec_fn=end_with_parent)

    @property
    def pid(self):
        return self.process.pid  # "ip netns exec" becomes the command, so this is sottod's

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_until_ready(self):
        """Until it says so and its socket answers."""

        def is_ready():
            if self.process.poll() is not None:
                raise AssertionError(f"sottod ended with {self.process.returncode}:\n{self.log()}")
            return "sottod: ready" in self.log()

        poll("the engine is ready", is_ready, START_S)
        self.client().call("stats.get")

    def client(self):
        client = Client(self.socket)
        self.clients.append(client)
        return client

    def call(self, method, **params):
        """A call on a connection of the engine's own."""
        if not self.clients:
            self.client()
        return self.clients[0].call(method, **params)

    def stop(self):
        """SIGTERM; the exit status, negative for a signal. Killed when it takes too long."""
        for client in self.clients:
            client.close()
        self.clients = []
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(STOP_S)
        return self.process.returncode


class EngineTest(unittest.TestCase):
    """A test with engines: start() them; they are ended, and asked for a good end, behind it."""

    needs_root = True

    def setUp(self):
        reason = why_not(self.needs_root)
        if reason:
            self.skipTest(reason)
        self.directory = tempfile.mkdtemp(prefix="sotto-e2e-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.logs = []

    def run(self, result=None):
        result = result if result is not None else self.defaultTestResult()
        before = len(result.errors) + len(result.failures)
        super().run(result)
        if len(result.errors) + len(result.failures) > before:
            for log in getattr(self, "logs", []):
                print(f"--- log of sottod in {self.id()}\n{log}---", file=sys.stderr)
        return result

    def path(self, name):
        return os.path.join(self.directory, name)

    def spawn(self, config, **more):
        """Starts an engine and does not wait for it; it is ended behind the test."""
        engine = Engine(tempfile.mkdtemp(dir=self.directory), config, **more)
        self.addCleanup(self.end, engine)
        return engine

    def start(self, config, **more):
        engine = self.spawn(config, **more)
        engine.wait_until_ready()
        return engine

    def start_null(self, **more):
        """An engine whose devices send and receive nothing: for what control does."""
        return self.start(sections(self.path("control.sock"), NULL_PORTS, NULL_ADDRESSES, **more))

    def end(self, engine, wanted=0):
        """Ends an engine, or finds it ended, with the wanted status; once is enough."""
        if engine.is_over:
            return
        engine.is_over = True
        status = engine.stop()
        self.logs.append(engine.log())
        self.assertEqual(status, wanted, "exit status of sottod")

    def refused(self, kind, call, *args, field=None, **params):
        """Asserts that call(*args, **params) is refused with that kind; returns the error."""
        with self.assertRaises(RpcError) as caught:
            call(*args, **params)
        self.assertEqual(caught.exception.kind, kind, caught.exception)
        if field is not None:
            self.assertEqual(caught.exception.field, field, caught.exception)
        return caught.exception

    def assert_conserved(self, stats):
        """Packets in = packets out + packets to control + every drop."""
        totals = stats["totals"]
        self.assertEqual(totals["received"],
                         totals["sent"] + totals["punted"] + sum(totals["drops"].values()), totals)


def key(text, suite=SUITE_80):
    """A KEY of the protocol from base64 text of master key and salt."""
    return {"sdes": f"1 {suite} inline:{text}"}
