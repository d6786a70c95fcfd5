#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""sottod as a daemon: its command line and configuration, who may connect, start and end."""

import grp
import os
import pwd
import select
import shutil
import signal
import socket
import stat
import subprocess
import time
import unittest

import calls
import frames
import rig

NOBODY, OTHER = 65534, 65533  # users that own nothing
SOME_GROUP = 65531


def run(*arguments, seconds=20, before=()):
    """sottod to its end: exit status, standard output, standard error. before: what starts it."""
    done = subprocess.run([*before, rig.SOTTOD, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=seconds, check=False)
    return done.returncode, done.stdout, done.stderr


class CommandLine(rig.EngineTest):
    needs_root = False

    def test_help(self):
        for option in ("--help", "-h"):
            status, out, err = run(option)
            self.assertEqual((status, err), (0, ""))
            for word in ("usage: sottod", "--config", "--check", "--version"):
                self.assertIn(word, out)

    def test_version(self):
        for option in ("--version", "-V"):
            status, out, err = run(option)
            self.assertEqual((status, err), (0, ""))
            self.assertRegex(out, r"^sottod \d+\.\d+\.\d+\n$")

    def test_wrong_arguments(self):
        for arguments in (["--nonsense"], ["-c"], ["extra"], ["-x"]):
            status, out, err = run(*arguments)
            self.assertEqual((status, out), (2, ""), arguments)
            self.assertIn("usage: sottod", err)

    def test_no_configuration(self):
        status, _, err = run("-c", self.path("missing.ini"))
        self.assertEqual(status, 1)
        self.assertIn("missing.ini", err)


class Configuration(rig.EngineTest):
    needs_root = False
    GOOD = rig.sections("/run/sotto-e2e/none.sock", rig.NULL_PORTS, rig.NULL_ADDRESSES)

    def check(self, text):
        with open(self.path("c.ini"), "w", encoding="utf-8") as f:
            f.write(text)
        return run("-c", self.path("c.ini"), "--check")

    def accept(self, text):
        status, out, err = self.check(text)
        self.assertEqual((status, err), (0, ""), text)
        self.assertIn("good", out)

    def refuse(self, text, *words, line=None):
        """--check ends with 1 and FILE:LINE before a message with these words."""
        with self.subTest(text=text):
            status, out, err = self.check(text)
            self.assertEqual((status, out), (1, ""), err)
            place = self.path("c.ini") + (f":{line}: " if line else ": ")
            self.assertTrue(err.startswith(place), err)
            self.assertEqual(err.count("\n"), 1, err)
            for word in words:
                self.assertIn(word, err)

    def with_key(self, section, key, value):
        """The good configuration with a key of one section changed, and the key's line."""
        text = rig.ini({**self.GOOD, section: {**self.GOOD.get(section, {}), key: value}})
        lines = text.splitlines()
        start = lines.index(f"[{section}]")
        at = next(i for i in range(start, len(lines)) if lines[i].startswith(f"{key} = "))
        return text, at + 1

    def test_good(self):
        self.accept(rig.ini(self.GOOD))
        self.accept("; a comment\n" + rig.ini(self.GOOD) + "; another\n")
        for section, key, value in (
                ("engine", "workers", "1,2, 3"), ("engine", "idle_us", "0"),
                ("engine", "crypto", "ipsecmb/sse"), ("engine", "hugepages", "auto"),
                ("control", "mode", "0600"), ("control", "users", "root, 12345"),
                ("control", "groups", "root"), ("port access", "mac", "02:00:00:00:00:07"),
                ("port access", "mtu", "9000"), ("port access", "start", "manual"),
                ("port access", "steering", "none"),
                ("address access", "vlan", "4094"), ("address access", "gateway", "192.0.2.254"),
                ("address access", "ports", "1024-65535"), ("limits", "media_timeout", "0")):
            self.accept(self.with_key(section, key, value)[0])

    def test_values(self):
        for section, key, values in (
                ("engine", "workers", ("", "one", "-1", "1,x", "9999")),
                ("engine", "main_core", ("", "-1", "0x1", "1 2", "99999999999999999999")),
                ("engine", "memory", ("63", "1048577", "lots", "512M")),
                ("engine", "mbufs", ("1023", "16777217", "1e6")),
                ("engine", "idle_us", ("10001", "-1", "1.5")),
                ("engine", "hugepages", ("maybe", "1", "Yes")),
                ("engine", "lock_memory", ("maybe", "1", "Yes", "")),
                ("control", "mode", ("888", "1777", "rw", "")),
                ("control", "users", ("nobody-of-that-name", "-1", "4294967295")),
                ("control", "groups", ("nobody-of-that-name", "99999999999")),
                ("limits", "sessions", ("0", "100000001", "many")),
                ("limits", "streams", ("0", "-5")),
                ("limits", "media_timeout", ("86401", "-1", "soon")),
                ("port access", "device", ("",)),
                ("port access", "mac", ("02:00:00:00:00", "03:00:00:00:00:01", "xx", "")),
                ("port access", "mtu", ("575", "9001", "big")),
                ("port access", "start", ("later", "")),
                ("port access", "steering", ("yes", "Flow", "")),
                ("address access", "address", ("192.0.2.1", "192.0.2.256/24", "192.0.2.1/0",
                                               "192.0.2.1/33", "224.0.0.1/24", "host/24",
                                               "2001:db8::1/129", "::/64", "")),
                ("address access", "vlan", ("4095", "-1", "x")),
                ("address access", "gateway", ("0.0.0.0", "ff02::1", "gw", "")),
                ("address access", "neighbor", ("192.0.2.9", "x 02:00:00:00:00:01",
                                                "192.0.2.9 02:00", "")),
                ("address access", "ports", ("20001-29999", "20000-29998", "29998-20001",
                                             "1022-2001", "20000-65537", "20000", "20000-",
                                             "a-b", "20000-29999x", "4294987296-39999")),
                ("address access", "interface", ("a b", "a/b", "i" * 32))):
            for value in values:
                text, line = self.with_key(section, key, value)
                self.refuse(text, key, line=line)

    def test_unknown_keys_and_sections(self):
        for section in ("engine", "control", "port access", "address access"):
            text, line = self.with_key(section, "colour", "blue")
            self.refuse(text, "colour", line=line)
        good = rig.ini(self.GOOD)
        lines = good.count("\n")
        for section in ("colours", "Engine", "port", "address", "engine x", "ports access"):
            self.refuse(f"{good}[{section}]\ncolour = blue\n", section, line=lines + 2)
        self.refuse("workers = 1\n" + good, line=1)

    def test_lines_that_are_none(self):
        good = rig.ini(self.GOOD)
        lines = good.count("\n")
        for text in ("nonsense", "[engine", "= 1"):
            self.refuse(good + text + "\n", line=lines + 1)

    def test_long_lines(self):
        """199 characters are read whole; more are refused, never cut."""
        key = "socket = "
        text, _ = self.with_key("control", "socket", "/" + "s" * (199 - len(key) - 1))
        self.accept(text)
        text, line = self.with_key("control", "socket", "/" + "s" * (199 - len(key)))
        self.refuse(text, "199 characters", line=line + 1)  # what is left over counts as a line

    def test_what_does_not_fit_together(self):
        self.refuse("[engine]\nworkers = 1\n")
        for section, key in (("port access", "device"), ("address access", "address"),
                             ("address access", "port")):
            changed = {**self.GOOD, section: {**self.GOOD[section], key: None}}
            # a section without any key is not seen at all: give it one
            changed[section].setdefault("mtu" if section.startswith("port") else "vlan", 0 if
                                        section.startswith("address") else 1500)
            self.refuse(rig.ini(changed), section, key)
        text, _ = self.with_key("address access", "port", "dmz")
        self.refuse(text, "address access", "port")
        text, _ = self.with_key("address access", "gateway", "198.51.100.254")
        self.refuse(text, "address access", "gateway")

    def test_one_address_twice(self):
        """Two sections cannot both answer for the ports of one address."""
        for ports in ("20000-29999", "24000-34999"):
            twice = {**self.GOOD, "address again": {**self.GOOD["address access"],
                                                    "ports": ports}}
            self.refuse(rig.ini(twice), "again")

    def test_check_opens_nothing(self):
        text, _ = self.with_key("control", "socket", self.path("never.sock"))
        self.accept(text)
        self.assertFalse(os.path.exists(self.path("never.sock")))

    def test_unknown_crypto(self):
        text, line = self.with_key("engine", "crypto", "rot13")
        self.refuse(text, "crypto", line=line)


class Failures(rig.EngineTest):
    """An engine that cannot run says why, ends with 1, and leaves no socket behind."""

    def fails(self, *words, ports=None, before=(), **more):
        config = rig.sections(self.path("control.sock"), ports or rig.NULL_PORTS,
                              rig.NULL_ADDRESSES, **more)
        with open(self.path("c.ini"), "w", encoding="ascii") as f:
            f.write(rig.ini(config))
        status, _, err = run("-c", self.path("c.ini"), before=before)
        self.assertEqual(status, 1, err)
        for word in words:
            self.assertIn(word, err)
        self.assertNotIn("ready", err)
        self.assertFalse(os.path.exists(self.path("control.sock")))

    def test_crypto(self):
        self.fails("crypto", engine={"crypto": "rot13"})
        self.fails("ipsecmb", engine={"crypto": "ipsecmb/abacus"})

    def test_devices(self):
        for device in ("net_nothing0", "net_af_packet0,iface=no-such-device",
                       "net_pcap0,rx_pcap=/no/such/file,tx_pcap=/no/such/file"):
            self.fails("DPDK", ports={**rig.NULL_PORTS, "access": {"device": device}})

    def test_memory(self):
        self.fails("memory", engine={"mbufs": 1000000})

    @unittest.skipUnless(shutil.which("setpriv") and shutil.which("prlimit"), "no setpriv, prlimit")
    def test_mh_07_memory_that_cannot_be_locked(self):
        """Keys could be swapped out: it does not start."""
        self.fails("cannot be locked", "lock_memory", before=(
            "setpriv", "--bounding-set=-ipc_lock", "prlimit", "--memlock=65536:65536"))

    def test_too_few_queues(self):
        access = f"net_pcap0,rx_pcap={self.path('in.pcap')},tx_pcap={self.path('out.pcap')}"
        frames.write_pcap(self.path("in.pcap"), [])
        self.fails("queues", engine={"workers": "1,1"},
                  ports={**rig.NULL_PORTS, "access": {"device": access}})

    def test_no_hugepages(self):
        with open("/proc/sys/vm/nr_hugepages", encoding="ascii") as f:
            if f.read().strip() != "0":
                self.skipTest("this machine has huge pages")
        self.fails("DPDK did not start", engine={"hugepages": "yes"})


def connect_as(path, uid, gid, groups=()):
    """What a process of that user meets at the socket: "answer", "closed", or an errno's name."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(list(groups))
            os.setgid(gid)
            os.setuid(uid)
            try:
                with rig.Client(path) as client:
                    client.send(b'{"jsonrpc":"2.0","id":1,"method":"session.list"}\n')
                    word = "answer" if client.line() else "closed"
            except BrokenPipeError:
                word = "closed"
            except OSError as e:
                word = type(e).__name__
            os.write(writer, word.encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as f:
        word = f.read()
    os.waitpid(child, 0)
    return word


class Peers(rig.EngineTest):
    """SD-15: the file's mode and the peer's credentials decide who may connect."""

    def start_open(self, **control):
        """An engine whose socket any process can reach, so that credentials decide."""
        os.chmod(self.directory, 0o755)
        return self.start_null(control={"mode": "0666", **control})

    def test_nobody_else_by_default(self):
        engine = self.start_open()
        self.assertEqual(connect_as(engine.socket, 0, 0), "answer")
        for uid in (NOBODY, OTHER):
            self.assertEqual(connect_as(engine.socket, uid, uid), "closed")
        # the group of a process that is not root is no reason either
        self.assertEqual(connect_as(engine.socket, NOBODY, 0), "closed")
        self.assertIn("not allowed", engine.log())
        self.assertEqual(engine.call("stats.get")["control"]["clients"], 1)

    def test_mode_keeps_others_out(self):
        os.chmod(self.directory, 0o755)
        engine = self.start_null(control={"users": NOBODY})
        self.assertEqual(connect_as(engine.socket, NOBODY, NOBODY), "PermissionError")

    def test_users(self):
        name = pwd.getpwuid(NOBODY).pw_name
        engine = self.start_open(users=f"{name}, 12345")
        self.assertEqual(connect_as(engine.socket, NOBODY, OTHER), "answer")
        self.assertEqual(connect_as(engine.socket, 12345, OTHER), "answer")
        self.assertEqual(connect_as(engine.socket, OTHER, NOBODY), "closed")

    def test_groups(self):
        engine = self.start_open(groups=SOME_GROUP)
        self.assertEqual(connect_as(engine.socket, NOBODY, SOME_GROUP), "answer")
        self.assertEqual(connect_as(engine.socket, NOBODY, OTHER, (12345, SOME_GROUP)), "answer")
        self.assertEqual(connect_as(engine.socket, NOBODY, OTHER, (12345,)), "closed")
        self.assertEqual(connect_as(engine.socket, SOME_GROUP, OTHER), "closed")

    def test_mode_and_owner_of_the_socket(self):
        group = grp.getgrgid(NOBODY).gr_name
        for control, mode, gid in (({}, 0o660, 0), ({"mode": "0600"}, 0o600, 0),
                                   ({"groups": f"{group}, root"}, 0o660, NOBODY)):
            with self.subTest(control=control):
                engine = self.start_null(control=control)
                st = os.stat(engine.socket)
                self.assertTrue(stat.S_ISSOCK(st.st_mode))
                self.assertEqual((stat.S_IMODE(st.st_mode), st.st_uid, st.st_gid), (mode, 0, gid))
                self.end(engine)

    def test_directory_of_the_socket(self):
        for control, mode in (({}, 0o700), ({"users": "root"}, 0o711)):
            path = self.path(f"made-{mode}/control.sock")
            self.start(rig.sections(path, rig.NULL_PORTS, rig.NULL_ADDRESSES, control=control))
            self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode), mode)


class SocketPath(rig.EngineTest):
    """What stands at the socket's path is replaced only when it is nobody's socket."""

    def setUp(self):
        super().setUp()
        self.socket = self.path("control.sock")

    def refuse_to_start(self, *words):
        engine = self.spawn(rig.sections(self.socket, rig.NULL_PORTS, rig.NULL_ADDRESSES))
        rig.poll("it has decided", lambda: engine.process.poll() is not None or
                 "sottod: ready" in engine.log(), rig.START_S)
        self.end(engine, 1)
        for word in words:
            self.assertIn(word, engine.log())

    def listen(self, kind=socket.SOCK_STREAM):
        listener = socket.socket(socket.AF_UNIX, kind)
        self.addCleanup(listener.close)
        listener.bind(self.socket)
        return listener

    def test_stale_socket_is_replaced(self):
        self.listen().close()
        self.start_null().call("session.list")

    def test_killed_engine_is_followed(self):
        engine = self.start_null()
        engine.process.kill()
        engine.process.wait(rig.STOP_S)
        self.end(engine, -signal.SIGKILL)
        self.assertTrue(os.path.exists(self.socket))
        self.start_null().call("session.list")

    def test_second_engine_leaves_the_first_alone(self):
        engine = self.start_null()
        engine.call("session.put", **calls.session())
        before = os.stat(self.socket)
        self.refuse_to_start(self.socket)
        self.assertEqual(os.stat(self.socket), before)
        with rig.Client(self.socket) as client:
            self.assertEqual(client.call("session.list")["total"], 1)

    def test_busy_listener_is_left_alone(self):
        """A listener that does not accept for a while is a listener all the same."""
        listener = self.listen()
        listener.listen(0)
        waiting = []
        for _ in range(2):  # its queue is full then
            waiting.append(socket.socket(socket.AF_UNIX))
            self.addCleanup(waiting[-1].close)
            waiting[-1].setblocking(False)
            try:
                waiting[-1].connect(self.socket)
            except BlockingIOError:
                pass
        before = os.stat(self.socket).st_ino
        self.refuse_to_start(self.socket)
        self.assertEqual(os.stat(self.socket).st_ino, before)

    def test_socket_of_another_type_is_left_alone(self):
        self.listen(socket.SOCK_DGRAM)
        before = os.stat(self.socket).st_ino
        self.refuse_to_start(self.socket)
        self.assertEqual(os.stat(self.socket).st_ino, before)

    def test_file_is_not_deleted(self):
        with open(self.socket, "w", encoding="ascii") as f:
            f.write("precious")
        self.refuse_to_start("not a socket")
        with open(self.socket, encoding="ascii") as f:
            self.assertEqual(f.read(), "precious")

    def test_directory_and_link_are_not_deleted(self):
        os.mkdir(self.socket)
        self.refuse_to_start("not a socket")
        os.rmdir(self.socket)
        os.symlink(self.path("elsewhere"), self.socket)
        self.refuse_to_start("not a socket")
        self.assertTrue(os.path.islink(self.socket))

    def test_path_that_is_too_long(self):
        self.socket = self.path("s" * 108)
        self.refuse_to_start("too long")

    def test_directory_that_cannot_be_made(self):
        self.socket = self.path("no/such/control.sock")
        self.refuse_to_start(self.socket)

    def test_removed_at_the_end(self):
        self.end(self.start_null())
        self.assertFalse(os.path.exists(self.socket))

    def test_replaced_socket_is_not_removed(self):
        engine = self.start_null()
        engine.client()
        os.unlink(self.socket)
        listener = self.listen()
        listener.listen()
        self.end(engine)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.socket)


class StartAndEnd(rig.EngineTest):
    def test_signals_end_it_soon_and_well(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            engine = self.start_null()
            start = time.monotonic()
            engine.process.send_signal(number)
            self.assertEqual(engine.process.wait(rig.STOP_S), 0)
            self.assertLess(time.monotonic() - start, rig.STOP_S)
            self.end(engine)

    def test_ends_with_clients_and_sessions(self):
        engine = self.start_null()
        crowd = [engine.client() for _ in range(50)]
        for n, client in enumerate(crowd):
            client.call("events.subscribe")
            client.call_with("session.put", calls.secure_session(f"call-{n}"))
        crowd[0].send(b'{"half')
        engine.process.send_signal(signal.SIGTERM)
        self.assertEqual(engine.process.wait(rig.STOP_S), 0)

    def test_no_core_is_left(self):
        engine = self.start_null()
        with open(f"/proc/{engine.pid}/limits", encoding="ascii") as f:
            core = next(text for text in f if text.startswith("Max core file size"))
        self.assertEqual(core.split()[4:6], ["0", "0"])

    def heard(self, listener):
        ready, _, _ = select.select([listener], [], [], rig.START_S)
        self.assertTrue(ready, "nothing was told")
        return listener.recv(1024).decode().splitlines()

    def test_systemd_is_told(self):
        name = f"\0sotto-e2e-{os.getpid()}"
        for address, shown in ((self.path("notify.sock"), self.path("notify.sock")),
                               (name, "@" + name[1:])):
            with self.subTest(shown), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
                listener.bind(address)
                engine = self.spawn(rig.sections(self.path("control.sock"), rig.NULL_PORTS,
                                                 rig.NULL_ADDRESSES),
                                    environment={"NOTIFY_SOCKET": shown})
                self.assertIn("READY=1", self.heard(listener))
                engine.call("session.list")  # ready means: it answers
                engine.process.send_signal(signal.SIGTERM)
                self.assertIn("STOPPING=1", self.heard(listener))
                self.assertEqual(engine.process.wait(rig.STOP_S), 0)
                self.end(engine)

    def test_nobody_listens_for_notifications(self):
        config = rig.sections(self.path("control.sock"), rig.NULL_PORTS, rig.NULL_ADDRESSES)
        self.end(self.start(config, environment={"NOTIFY_SOCKET": self.path("nobody.sock")}))

    def test_arguments_for_dpdk(self):
        config = rig.sections(self.path("control.sock"), rig.NULL_PORTS, rig.NULL_ADDRESSES)
        engine = self.start(config, arguments=["--", "--log-level=*:info"])
        self.assertIn("EAL: ", engine.log())


if __name__ == "__main__":
    unittest.main()
