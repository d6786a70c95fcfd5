#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""sottoctl against a small server that answers as docs/protocol.md shows, or misbehaves.

Needs neither root nor an engine. SOTTO_BUILD names the build directory, SOTTOCTL another program.
"""

import contextlib
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("SOTTO_BUILD") or os.path.join(ROOT, "build")
PROGRAM = os.environ.get("SOTTOCTL") or os.path.join(BUILD, "app", "sottoctl", "sottoctl")
PAGE = os.path.join(ROOT, "docs", "protocol.md")
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"


def examples():
    """The page's examples by name: (request, response), and its events: (event,)."""
    with open(PAGE, encoding="utf-8") as page:
        text = page.read()
    found = {}
    mark = r"<!-- (?:example|event) (\S+) -->\n((?:```json\n.*\n```\n)+)"
    for name, blocks in re.findall(mark, text):
        found[name] = tuple(re.findall(r"```json\n(.*)\n```\n", blocks))
    return found


EXAMPLES = examples()


def example(name):
    """The request's params and the result (or error) of an example."""
    request, response = (json.loads(line) for line in EXAMPLES[name])
    return request.get("params", {}), response


class FakeEngine:
    """Takes one connection after another.

    reply(request) gives what to send: bytes, or a list of bytes, of seconds to wait, and of None,
    which closes the connection.
    """

    def __init__(self, path, reply):
        self.path = path
        self.reply = reply
        self.lines = []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(4)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError), client.makefile("rb") as lines:
                self.serve_client(client, lines)

    def serve_client(self, client, lines):
        for line in lines:
            self.lines.append(json.loads(line))
            answer = self.reply(self.lines[-1])
            for piece in answer if isinstance(answer, list) else [answer]:
                if piece is None:
                    return
                if isinstance(piece, float):
                    time.sleep(piece)
                else:
                    client.sendall(piece)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)


def line_of(value):
    return json.dumps(value).encode() + b"\n"


def answer_with(response):
    """A reply that gives every request this response, under the request's own id."""

    def reply(request):
        return line_of({**response, "id": request["id"]})

    return reply


class SottoctlTest(unittest.TestCase):
    """Runs the program with a fake engine; run() gives (status, stdout, stderr)."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.socket = os.path.join(self.folder, "control.sock")
        self.engine = None

    def start(self, reply):
        self.engine = FakeEngine(self.socket, reply)
        self.addCleanup(self.engine.close)

    def command(self, *arguments):
        return [PROGRAM, "-s", self.socket, *arguments]

    def run_program(self, *arguments, given="", environment=None):
        done = subprocess.run(self.command(*arguments), input=given, text=True, timeout=30,
                              capture_output=True, env=environment, check=False)
        return done.returncode, done.stdout, done.stderr

    def run_example(self, name, *arguments, given=""):
        """The program sends what the example requests, and gets what it answers."""
        params, response = example(name)
        self.start(answer_with(response))
        result = self.run_program(*arguments, given=given)
        self.assertEqual(len(self.engine.lines), 1)
        request = self.engine.lines[0]
        self.assertEqual(request["jsonrpc"], "2.0")
        self.assertEqual(request.get("params", {}), params)
        return result

    def file(self, text):
        path = os.path.join(self.folder, "input")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path


class Commands(SottoctlTest):
    """Each command sends its method and shows its result."""

    def test_hello(self):
        _, response = example("hello")
        self.start(answer_with(response))
        status, out, err = self.run_program("hello")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(self.engine.lines[0]["method"], "hello")
        self.assertEqual(self.engine.lines[0]["params"]["api"], {"major": 1, "minor": 1})
        self.assertIn("sottod 0.1.0", out)
        self.assertRegex(out, r"\n\nINTERFACE  FAMILY  ADDRESS    PORTS\n")
        self.assertRegex(out, r"\naccess     ip6     fd99:1::2  20000-39999\n")

    def test_json_is_the_result_as_it_came(self):
        _, response = example("hello")
        self.start(answer_with(response))
        status, out, err = self.run_program("--json", "hello")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(json.loads(out), response["result"])
        self.assertEqual(out.count("\n"), 1)

    def test_session_put_from_a_file(self):
        params, _ = example("commit")
        path = self.file(json.dumps(params, indent=2))
        status, out, _ = self.run_example("commit", "session.put", path)
        self.assertEqual(status, 0)
        self.assertEqual(out, "4711@sbc1 revision 2: applied, worker 0\n"
                              "MEDIA  LEG  INTERFACE  LOCAL             RTCP\n"
                              "audio  a    access     10.99.1.2:20000  20001\n"
                              "audio  b    core       10.99.2.2:20000  20001\n")

    def test_session_put_from_standard_input(self):
        params, _ = example("second-session")
        status, out, _ = self.run_example("second-session", "session.put", "-",
                                          given=json.dumps(params))
        self.assertEqual(status, 0)
        self.assertIn("[fd99:1::2]:30000", out)

    def test_session_put_from_the_argument(self):
        params, _ = example("reserve")
        status, out, _ = self.run_example("reserve", "session.put", json.dumps(params))
        self.assertEqual(status, 0)
        self.assertIn("applied", out)

    def test_session_put_of_a_large_file(self):
        params, response = example("reserve")
        params["x-note"] = "n" * 300000
        self.start(answer_with(response))
        status, _, _ = self.run_program("session.put", self.file(json.dumps(params)))
        self.assertEqual(status, 0)
        self.assertEqual(self.engine.lines[0]["params"], params)

    def test_session_get(self):
        status, out, _ = self.run_example("get", "session.get", "4711@sbc1")
        self.assertEqual(status, 0)
        self.assertIn("revision 2, worker 0, since 2025-11-21T08:00:00.000000Z", out)
        self.assertRegex(out, r"audio +b +core .* 10.99.2.1:50000 +50001 +clear +- +-\n")

    def test_session_get_shows_keys(self):
        _, response = example("get")
        leg = response["result"]["media"][0]["a"]
        leg["security"] = "preferred"
        leg["locked"] = True
        leg["replay_window"] = 2048
        leg["use"]["receive"] = {"rtp": 900, "rtcp": 12, "limit": 1048576, "masters": 2,
                                 "previous": True}
        self.start(answer_with(response))
        status, out, _ = self.run_program("session.get", "4711@sbc1")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"audio +a +access .* preferred, locked +AES_CM_128_HMAC_SHA1_80 ")
        self.assertRegex(out, r"\naudio +a +receive +900 +12 +1048576 +2 +yes +2048\n")
        self.assertRegex(out, r"\naudio +a +send +0 +0 +281474976710656 +1 +- +2048\n")
        self.assertNotRegex(out, r"\naudio +b +(receive|send) ")

    def test_session_get_of_an_engine_that_tells_less(self):
        _, response = example("get")
        for media in response["result"]["media"]:
            for side in ("a", "b"):
                for name in ("locked", "replay_window", "use"):
                    del media[side][name]
        self.start(answer_with(response))
        status, out, _ = self.run_program("session.get", "4711@sbc1")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"audio +b +core .* +clear +- +-\n")
        self.assertNotIn("MASTERS", out)

    def test_session_get_with_traffic(self):
        _, response = example("get")
        leg = response["result"]["media"][0]["a"]
        leg["dropped"] = {"auth": 3, "replay": 1}
        leg["streams"] = [{"ssrc": 3735928559, "direction": "receive", "roc": 1,
                           "highest_seq": 65535, "srtcp_index": 12, "packets": 900}]
        leg["received"] = {"packets": 900, "bytes": 154800}
        leg["remote"] = None
        self.start(answer_with(response))
        status, out, _ = self.run_program("session.get", "4711@sbc1")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"audio +a +900 +154800 +0 +0 +auth 3, replay 1\n")
        self.assertRegex(out, r"audio +a +receive +0xdeadbeef +1 +65535 +12 +900\n")

    def test_session_list(self):
        status, out, _ = self.run_example("list", "session.list")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"4712@sbc1 +1 +0 +1\n2 of 2 sessions\n$")

    def test_session_list_by_pages(self):
        status, out, _ = self.run_example("list-page", "session.list", "--limit", "1")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"\n1 of 2 sessions\nmore with: --cursor s1\n$")
        self.run_program("session.list", "--cursor", "s1")
        self.assertEqual(self.engine.lines[1]["params"], {"cursor": "s1"})

    def test_session_delete(self):
        status, out, _ = self.run_example("delete", "session.delete", "4711@sbc1", "--rev", "2")
        self.assertEqual(status, 0)
        self.assertTrue(out.startswith("4711@sbc1: deleted\nMEDIA "))

    def test_session_delete_of_what_is_absent(self):
        status, out, _ = self.run_example("delete-again", "session.delete", "4711@sbc1")
        self.assertEqual((status, out), (0, "4711@sbc1: absent\n"))

    def test_stats_get(self):
        _, response = example("stats")
        response["result"]["totals"]["drops"] = {"no_port": 7}
        response["result"]["workers"][0]["busy_cycles"] = 3000000000
        self.start(answer_with(response))
        status, out, _ = self.run_program("stats.get")
        self.assertEqual(status, 0)
        self.assertEqual(self.engine.lines[0]["params"], {})
        self.assertIn("up 3 s, 2 sessions, 28 streams\n", out)
        self.assertRegex(out, r"\nno_port +7\n")
        self.assertRegex(out, r"\n +0 +1 .* 25\.0\n")
        self.assertRegex(out, r"\naccess  up +02:00:5e:10:00:01 ")

    def test_port_set(self):
        status, out, _ = self.run_example("port-set", "port.set", "access", "up")
        self.assertEqual((status, out), (0, "access: up\n"))
        self.run_program("port.set", "access", "down")
        self.assertEqual(self.engine.lines[1]["params"], {"name": "access", "up": False})

    def test_bytes_that_a_terminal_obeys_are_not_printed(self):
        _, response = example("list")
        response["result"]["sessions"][0]["id"] = "a\x1b[2Jb\x7f"
        self.start(answer_with(response))
        _, out, _ = self.run_program("session.list")
        self.assertIn("a?[2Jb?", out)
        self.assertNotIn("\x1b", out)


class Errors(SottoctlTest):
    """Exit statuses, and what is said on standard error."""

    def test_an_error_of_the_engine_is_status_1(self):
        params, _ = example("bad-key")
        status, out, err = self.run_example("bad-key", "session.put", json.dumps(params))
        self.assertEqual((status, out), (1, ""))
        self.assertEqual(err, "sottoctl: bad_key: media[0].a.receive: "
                              "key has the wrong length (at character 33 of sdes)\n")

    def test_an_error_of_the_engine_as_json(self):
        _, response = example("get-unknown")
        status, out, _ = self.run_example("get-unknown", "--json", "session.get", "4799@sbc1")
        self.assertEqual(status, 1)
        self.assertEqual(json.loads(out), response["error"])

    def test_an_error_that_has_lost_its_id(self):
        self.start(lambda request: EXAMPLES["parse-error"][1].encode() + b"\n")
        status, _, err = self.run_program("stats.get")
        self.assertEqual((status, err), (1, "sottoctl: parse: not a JSON text, at byte 45\n"))

    def test_wrong_use_is_status_2(self):
        for arguments in (("no.such",), ("session.get",), ("session.get", "a", "b"),
                          ("hello", "x"), ("stats.get", "x"), ("port.set", "p"),
                          ("port.set", "p", "on"), ("session.list", "x"),
                          ("session.list", "--limit", "0"), ("session.list", "--limit", "1001"),
                          ("session.list", "--limit", "5x"), ("session.list", "--no-such"),
                          ("session.delete",), ("session.delete", "c", "--rev", "-1"),
                          ("session.delete", "c", "--rev", "9007199254740993"),
                          ("session.put",), ("session.put", "/no/such/file"), ("batch",),
                          ("batch", "/no/such/file"), ("events.subscribe", "--count", "0"),
                          ("events.subscribe", "--timeout", "x"), ("watch", "-i", "0"),
                          ("watch", "-i", "x"), ("watch", "-n", "0"), ("watch", "x"),
                          ("-t", "0", "hello"), ("-t",), ("--no-such", "hello"), ()):
            with self.subTest(arguments=arguments):
                status, out, err = self.run_program(*arguments)
                self.assertEqual((status, out), (2, ""))
                self.assertNotEqual(err, "")

    def test_input_that_is_no_json_is_status_2_and_is_not_repeated(self):
        text = '{"id":"c","sdes":"1 AES_CM_128_HMAC_SHA1_80 inline:' + KEY
        for command in ("session.put", "batch"):
            for arguments, given in ((("-",), text), ((self.file(text),), "")):
                with self.subTest(command=command, arguments=arguments):
                    status, _, err = self.run_program(command, *arguments, given=given)
                    self.assertEqual(status, 2)
                    self.assertIn("no JSON, line 1", err)
                    self.assertNotIn(KEY[:8], err)
        status, _, err = self.run_program("session.put", text)
        self.assertEqual(status, 2)
        self.assertNotIn(KEY[:8], err)

    def test_a_request_that_is_too_long_is_status_2(self):
        self.start(answer_with({}))
        text = json.dumps({"x-note": "n" * 1048576})
        status, _, err = self.run_program("session.put", self.file(text))
        self.assertEqual(status, 2)
        self.assertIn("at most 1048576", err)

    def test_nobody_there_is_status_3(self):
        status, _, err = self.run_program("hello")
        self.assertEqual(status, 3)
        self.assertIn("No such file", err)
        self.assertIn("is sottod running?", err)

    def test_a_socket_that_was_left_behind_is_status_3(self):
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(self.socket)
        status, _, err = self.run_program("hello")
        self.assertEqual(status, 3)
        self.assertIn("refused", err)

    def test_a_path_that_is_too_long_is_status_3(self):
        done = subprocess.run([PROGRAM, "-s", "/" + "p" * 200, "hello"], capture_output=True,
                              text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 3)

    @unittest.skipIf(os.geteuid() != 0, "needs root, to become somebody else")
    def test_a_socket_that_may_not_be_opened_is_status_3(self):
        self.start(answer_with({}))
        os.chmod(self.folder, 0o755)
        os.chmod(self.socket, 0o600)
        # a copy, because others may not look into the folder of the build
        program = shutil.copy(PROGRAM, os.path.join(self.folder, "sottoctl"))
        done = subprocess.run([program, "-s", self.socket, "hello"], capture_output=True,
                              text=True, timeout=30, user=65534, group=65534, extra_groups=[],
                              check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("sottod.conf(5)", done.stderr)

    def test_a_connection_closed_without_a_word_is_status_4(self):
        self.start(lambda request: None)
        status, _, err = self.run_program("hello")
        self.assertEqual(status, 4)
        self.assertIn("closed the connection", err)

    def test_silence_is_status_4(self):
        self.start(lambda request: b"")
        started = time.monotonic()
        status, _, err = self.run_program("-t", "1", "hello")
        self.assertEqual(status, 4)
        self.assertIn("no answer in 1 seconds", err)
        self.assertLess(time.monotonic() - started, 5)

    def test_what_is_no_answer_is_status_4(self):
        self.start(None)
        for bad in (b"hello\n", b"\n", b"[]\n", b"{}\n", b"7\n", b"{\"id\":1\n",
                    b"\xff\xfe\n", line_of({"jsonrpc": "2.0", "id": 99, "result": {}}),
                    line_of({"jsonrpc": "2.0", "id": 1}),
                    line_of({"jsonrpc": "2.0", "id": 99, "error": {}})):
            with self.subTest(bad=bad):
                self.engine.reply = lambda request, bad=bad: bad
                status, _, err = self.run_program("hello")
                self.assertEqual(status, 4)
                self.assertIn("the engine sent", err)

    def test_an_answer_may_come_in_pieces(self):
        _, response = example("list")

        def reply(request):
            whole = line_of({**response, "id": request["id"]})
            return [whole[:1], 0.05, whole[1:40], 0.05, whole[40:-1], 0.05, whole[-1:]]

        self.start(reply)
        status, out, _ = self.run_program("session.list")
        self.assertEqual(status, 0)
        self.assertIn("2 of 2 sessions", out)

    def test_an_answer_may_be_long(self):
        sessions = [{"id": f"{i:0100}", "rev": i, "worker": 0, "media": 1} for i in range(20000)]
        self.start(answer_with({"jsonrpc": "2.0", "result": {
            "sessions": sessions, "cursor": None, "total": 20000}}))
        status, out, _ = self.run_program("session.list")
        self.assertEqual((status, out.count("\n")), (0, 20002))

    def test_results_that_lack_everything_are_shown_all_the_same(self):
        self.start(answer_with({"jsonrpc": "2.0", "result": {}}))
        for arguments in (("hello",), ("stats.get",), ("session.list",), ("session.get", "c"),
                          ("session.delete", "c"), ("session.put", "{}"),
                          ("port.set", "p", "up"), ("watch", "-i", "0.1", "-n", "1")):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.run_program(*arguments)[0], 0)


class Options(SottoctlTest):
    """Where the engine is, help and version."""

    def test_the_socket_of_the_environment(self):
        _, response = example("hello")
        self.start(answer_with(response))
        done = subprocess.run([PROGRAM, "hello"], capture_output=True, timeout=30, check=False,
                              env={"SOTTO_SOCKET": self.socket})
        self.assertEqual(done.returncode, 0)

    def test_the_option_goes_before_the_environment(self):
        _, response = example("hello")
        self.start(answer_with(response))
        status, _, _ = self.run_program("hello", environment={"SOTTO_SOCKET": "/no/such"})
        self.assertEqual(status, 0)

    def test_version(self):
        status, out, _ = self.run_program("--version")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"^sottoctl \d+\.\d+\.\d+\n$")

    def test_help_names_all_commands_and_each_has_its_own(self):
        status, out, _ = self.run_program("--help")
        self.assertEqual(status, 0)
        commands = re.findall(r"\n  ([a-z.]+)  ", out)
        self.assertEqual(len(commands), 10)
        for command in commands:
            status, out, err = self.run_program(command, "--help")
            self.assertEqual((status, err), (0, ""))
            self.assertTrue(out.startswith(f"usage: sottoctl [OPTIONS] {command}"))


class Events(SottoctlTest):
    """events.subscribe: prints until something ends it."""

    def subscribe(self, events):
        """Answers the subscription, then sends the events."""

        def reply(request):
            answer = {"jsonrpc": "2.0", "id": request["id"], "result": {"seq": 1}}
            return [line_of(answer), *events]

        self.start(reply)

    def test_events_are_printed_for_people(self):
        self.subscribe([EXAMPLES["session-ended"][0].encode() + b"\n"])
        status, out, _ = self.run_program("events.subscribe", "--count", "1")
        self.assertEqual(status, 0)
        self.assertEqual(out, "2025-11-21T08:00:03.000000Z 3 session.ended "
                              "session=4711@sbc1 cause=deleted\n")
        self.assertEqual(self.engine.lines[0]["params"], {})

    def test_an_event_with_a_sender(self):
        event = {"jsonrpc": "2.0", "method": "event", "params": {
            "seq": 9, "boot_id": "b", "t_us": 1000001, "kind": "auth.failures", "session": "c",
            "media": "0", "leg": "a", "count": 12,
            "from": {"address": "fd99:1::1", "port": 4000}}}
        self.subscribe([line_of(event)])
        _, out, _ = self.run_program("events.subscribe", "--count", "1")
        self.assertEqual(out, "1970-01-01T00:00:01.000001Z 9 auth.failures session=c media=0 "
                              "leg=a count=12 from=[fd99:1::1]:4000\n")

    def test_an_event_with_a_place_that_was_nowhere(self):
        event = {"jsonrpc": "2.0", "method": "event", "params": {
            "seq": 9, "boot_id": "b", "t_us": 1000001, "kind": "latched", "session": "c",
            "media": "0", "leg": "a", "from": None,
            "to": {"address": "10.99.1.1", "port": 4000}}}
        self.subscribe([line_of(event)])
        _, out, _ = self.run_program("events.subscribe", "--count", "1")
        self.assertEqual(out, "1970-01-01T00:00:01.000001Z 9 latched session=c media=0 "
                              "leg=a from=- to=10.99.1.1:4000\n")

    def test_events_as_json(self):
        event = EXAMPLES["session-ended"][0]
        self.subscribe([event.encode() + b"\n"] * 3)
        status, out, _ = self.run_program("--json", "events.subscribe", "--count", "3")
        self.assertEqual(status, 0)
        self.assertEqual([json.loads(line) for line in out.splitlines()],
                         [json.loads(event)["params"]] * 3)

    def test_kinds_and_where_to_start(self):
        self.subscribe([])
        status, out, _ = self.run_program("events.subscribe", "--timeout", "0", "--from-seq", "5",
                                          "port.up", "port.down")
        self.assertEqual((status, out), (0, ""))
        self.assertEqual(self.engine.lines[0]["params"],
                         {"from_seq": 5, "kinds": ["port.up", "port.down"]})

    def test_the_time_limit(self):
        self.subscribe([])
        started = time.monotonic()
        status, _, _ = self.run_program("events.subscribe", "--timeout", "1")
        self.assertEqual(status, 0)
        self.assertGreater(time.monotonic() - started, 0.9)

    def test_an_interrupt_ends_it_well(self):
        self.subscribe([EXAMPLES["session-ended"][0].encode() + b"\n"])
        with subprocess.Popen(self.command("events.subscribe"), stdout=subprocess.PIPE,
                              text=True) as program:
            self.assertIn("session.ended", program.stdout.readline())
            program.send_signal(signal.SIGINT)
            self.assertEqual(program.wait(10), 0)

    def test_an_engine_that_goes_away_is_status_4(self):
        self.subscribe([EXAMPLES["session-ended"][0].encode() + b"\n", None])
        status, out, err = self.run_program("events.subscribe")
        self.assertEqual((status, out.count("\n")), (4, 1))
        self.assertIn("closed the connection", err)


class Batches(SottoctlTest):
    """batch: arrays and lines, many of them, and answers that fail."""

    @staticmethod
    def answer(requests):
        """Good answers, but for methods that begin with bad."""
        answers = []
        for request in requests:
            answer = {"jsonrpc": "2.0", "id": request["id"]}
            if request["method"].startswith("bad"):
                answer["error"] = {"code": -32601, "message": "m", "data": {
                    "kind": "method", "detail": "no such method"}}
            else:
                answer["result"] = {}
            answers.append(answer)
        return line_of(answers)

    def test_an_array(self):
        self.start(self.answer)
        text = json.dumps([{"method": "stats.get"},
                           {"jsonrpc": "2.0", "id": "own", "method": "session.list"}])
        status, out, _ = self.run_program("batch", self.file(text))
        self.assertEqual((status, out), (0, "1 ok\n\"own\" ok\n"))
        self.assertEqual(self.engine.lines, [[
            {"jsonrpc": "2.0", "id": 1, "method": "stats.get"},
            {"jsonrpc": "2.0", "id": "own", "method": "session.list"}]])

    def test_lines(self):
        self.start(self.answer)
        status, out, _ = self.run_program(
            "batch", "-", given='{"method":"stats.get"}\n\n  \n{"method":"session.list"}')
        self.assertEqual((status, out), (0, "1 ok\n2 ok\n"))

    def test_one_failure_is_status_1_and_all_are_shown(self):
        self.start(self.answer)
        text = '{"method":"stats.get"}\n{"method":"bad"}\n{"method":"stats.get"}\n'
        status, out, _ = self.run_program("batch", "-", given=text)
        self.assertEqual((status, out),
                         (1, "1 ok\n2 failed: method: no such method\n3 ok\n"))

    def test_answers_as_json(self):
        self.start(self.answer)
        status, out, _ = self.run_program("--json", "batch", "-", given='{"method":"bad"}')
        self.assertEqual(status, 1)
        self.assertEqual(json.loads(out)["error"]["data"]["kind"], "method")

    def test_many_requests_go_in_several_lines(self):
        self.start(self.answer)
        status, out, _ = self.run_program("batch", "-", given='{"method":"stats.get"}\n' * 2500)
        self.assertEqual((status, out.count(" ok\n")), (0, 2500))
        self.assertEqual([len(line) for line in self.engine.lines], [1000, 1000, 500])

    def test_long_requests_go_in_several_lines(self):
        self.start(self.answer)
        one = json.dumps({"method": "session.put", "x-note": "n" * 400000})
        status, _, _ = self.run_program("batch", "-", given=(one + "\n") * 5)
        self.assertEqual(status, 0)
        self.assertEqual([len(line) for line in self.engine.lines], [2, 2, 1])

    def test_a_request_that_is_too_long(self):
        self.start(self.answer)
        one = json.dumps({"method": "session.put", "x-note": "n" * 1048576})
        status, _, err = self.run_program("batch", "-", given='{"method":"stats.get"}\n' + one)
        self.assertEqual(status, 2)
        self.assertIn("request 2 is too long", err)

    def test_nothing_to_send(self):
        self.start(self.answer)
        for given in ("", "\n\n", "[]"):
            status, out, _ = self.run_program("batch", "-", given=given)
            self.assertEqual((status, out), (0, ""))
        self.assertEqual(self.engine.lines, [])

    def test_an_answer_is_missing(self):
        self.start(lambda request: line_of([]))
        status, _, err = self.run_program("batch", "-", given='{"method":"stats.get"}')
        self.assertEqual(status, 4)
        self.assertIn("did not answer each", err)

    def test_the_whole_batch_is_refused(self):
        self.start(lambda request: line_of(json.loads(EXAMPLES["empty-batch"][1])))
        status, out, _ = self.run_program("batch", "-", given='{"method":"stats.get"}')
        self.assertEqual((status, out), (1, "null failed: invalid: an empty batch\n"))


class Watch(SottoctlTest):
    """watch: rates between two readings of the same counters."""

    def start_counting(self):
        """Each reading: 1000 received, 900 sent and 100 dropped more, 60 of them for auth."""
        _, response = example("stats")

        def reply(request):
            n = len(self.engine.lines)
            result = json.loads(json.dumps(response["result"]))
            for part in (result["workers"][0], result["totals"]):
                part.update(received=1000 * n, sent=900 * n,
                            drops={"no_port": 40 * n, "auth": 60 * n, "old": 5})
            result["workers"][0].update(busy_cycles=n, idle_cycles=3 * n)
            return line_of({"jsonrpc": "2.0", "id": request["id"], "result": result})

        self.start(reply)

    def test_lines_where_there_is_no_terminal(self):
        self.start_counting()
        status, out, _ = self.run_program("watch", "-i", "0.5", "-n", "2")
        self.assertEqual((status, out.count("\n")), (0, 2))
        found = re.search(r"^uptime_s=3 sessions=2 streams=28 received/s=(\d+) sent/s=(\d+) "
                          r"dropped/s=(\d+) worker0=\1/\2/\3 auth=(\d+) no_port=(\d+) old=0$",
                          out, re.M)
        self.assertIsNotNone(found, out)
        received, sent, dropped, auth, no_port = (int(n) for n in found.groups())
        self.assertTrue(1000 < received <= 2001, out)  # 1000 in half a second and a bit
        self.assertAlmostEqual(sent / received, 0.9, delta=0.01)
        self.assertAlmostEqual(dropped / received, 0.1, delta=0.01)
        self.assertAlmostEqual(auth / received, 0.06, delta=0.01)
        self.assertAlmostEqual(no_port / received, 0.04, delta=0.01)

    def test_json(self):
        self.start_counting()
        status, out, _ = self.run_program("--json", "watch", "-i", "0.1", "-n", "2")
        self.assertEqual(status, 0)
        self.assertEqual([json.loads(line)["totals"]["sent"] for line in out.splitlines()],
                         [1800, 2700])

    def test_a_terminal_is_redrawn(self):
        self.start_counting()
        master, slave = pty.openpty()
        with subprocess.Popen(self.command("watch", "-i", "0.2", "-n", "2"), stdout=slave,
                              stdin=slave) as program:
            os.close(slave)
            out = b""
            with contextlib.suppress(OSError):
                while piece := os.read(master, 65536):
                    out += piece
            self.assertEqual(program.wait(10), 0)
        os.close(master)
        self.assertEqual(out.count(b"\x1b[H\x1b[2J"), 2)
        self.assertRegex(out.decode(), r"WORKER  CORE  RECEIVED/S  SENT/S  DROPPED/S  BUSY %\r\n")
        self.assertRegex(out.decode(), r" 25\.0\r\n")
        self.assertRegex(out.decode(), r"\r\nauth +\d+ +120\r\n")

    def test_an_interrupt_ends_it_well(self):
        self.start_counting()
        with subprocess.Popen(self.command("watch", "-i", "0.1"), stdout=subprocess.PIPE,
                              text=True) as program:
            program.stdout.readline()
            program.send_signal(signal.SIGINT)
            self.assertEqual(program.wait(10), 0)

    def test_an_engine_that_goes_away_is_status_4(self):
        _, response = example("stats")

        def reply(request):
            if len(self.engine.lines) > 2:
                return None
            return line_of({**response, "id": request["id"]})

        self.start(reply)
        status, out, err = self.run_program("watch", "-i", "0.1")
        self.assertEqual((status, out.count("\n")), (4, 1))
        self.assertIn("closed the connection", err)


if __name__ == "__main__":
    if not os.access(PROGRAM, os.X_OK):
        raise SystemExit(f"{PROGRAM} is not built")
    unittest.main()
