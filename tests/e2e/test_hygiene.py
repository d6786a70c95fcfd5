#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""MH: who could read a key that should not. A core dump, another process, the next user of a page,
a child, whoever receives a packet; and what a release's optimisation leaves of a wipe.
"""

import contextlib
import ctypes
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import unittest
from unittest import mock

import calls
import files
import frames
import rig
import srtp
from canaries import Search
from programs import compile_c, compilers, preloaded

HERE = os.path.dirname(os.path.abspath(__file__))
NOBODY = 65534
EAL = "librte_eal.so"
HUGEPAGES = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"


def text_of(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def mappings(pid):
    """(access, what is mapped) of each mapping of a process."""
    for line in text_of(f"/proc/{pid}/maps").splitlines():
        parts = line.split(maxsplit=5)
        yield parts[1], parts[5] if len(parts) > 5 else ""


class Wipes(unittest.TestCase):
    """MH-03: what a release's optimisation leaves of a wipe."""

    def leftovers(self, compiler, how):
        """How many pieces of the keys are left in the program's memory, (stack, heap)."""
        program, seed = os.path.join(self.directory, f"{compiler}-{how}"), 17
        compile_c(compiler, program, ["tests/e2e/wipe.c", "lib/base/secret.c"], "-O3", "-flto",
                  "-DNDEBUG", f"-DHOW={how}", "-I", os.path.join(rig.ROOT, "lib"))
        with subprocess.Popen([program, str(seed)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            self.assertEqual(process.stdout.read(1), b"\n")
            found = Search({key[at:at + 16]: which for which, key in (
                ("stack", self.key(seed)), ("heap", self.key(seed + 1)))
                for at in range(0, len(key), 64)}).scan(process.pid)
            process.stdin.write(b"\n")
        self.assertEqual(process.returncode, 0)
        return tuple(sum(what == which for _, _, what, _ in found) for which in ("stack", "heap"))

    @staticmethod
    def key(seed):
        out = bytearray()
        for _ in range(4096):
            seed = (seed * 1664525 + 1013904223) & 0xffffffff
            out.append(seed >> 24)
        return bytes(out)

    def test_mh_03_wipes_survive_link_time_optimisation(self):
        ran = 0
        self.directory = rig.tempfile.mkdtemp(prefix="sotto-e2e-")
        self.addCleanup(shutil.rmtree, self.directory)
        for compiler in compilers():
            with self.subTest(compiler):
                try:
                    self.assertNotIn(0, self.leftovers(compiler, "NOT"))
                except subprocess.CalledProcessError:
                    continue  # a compiler without the plugin for its linker
                # this is what a compiler may drop, and here it does
                self.assertGreater(sum(self.leftovers(compiler, "MEMSET")), 0)
                self.assertEqual(self.leftovers(compiler, "WIPE"), (0, 0))
                stack, heap = self.leftovers(compiler, "STACK")
                self.assertEqual(stack, 0)
                self.assertGreater(heap, 0)
                ran += 1
        if not ran:
            self.skipTest("no C compiler that can optimise at link time")


class Core(rig.EngineTest):
    """MH-01: two locks keep a core from being written, and each of them would do."""

    def dies_with_a_core(self, lax):
        """Whether an engine in which some calls do nothing leaves a core: lax_limits.c."""
        engine = self.start_with(lax)
        for n in range(10):
            engine.call("session.put", **calls.secure_session(f"call-{n}"))
        engine.process.send_signal(signal.SIGABRT)
        how = os.waitid(os.P_PID, engine.pid, os.WEXITED | os.WNOWAIT).si_code
        self.end(engine, -signal.SIGABRT)
        return how == os.CLD_DUMPED

    def start_with(self, lax):
        config = rig.sections(self.path("control.sock"), rig.NULL_PORTS, rig.NULL_ADDRESSES)
        return self.start(config, environment={**preloaded("lax_limits.c", self.directory),
                                               "SOTTO_LAX": lax})

    @unittest.skipUnless(compilers(), "no C compiler")
    def test_mh_01_either_lock_is_enough(self):
        before, here = resource.getrlimit(resource.RLIMIT_CORE), os.getcwd()
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, before)
        resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
        self.addCleanup(os.chdir, here)
        os.chdir(self.directory)  # a core, if there is one, is removed with all else
        if not self.dies_with_a_core("setrlimit prctl"):
            self.skipTest("no process leaves a core here")
        for lax in ("setrlimit", "prctl", "neither"):
            self.assertFalse(self.dies_with_a_core(lax), f"without {lax}")


class Pages:
    """What an engine's memory leaves to others; once without huge pages, once with."""

    hugepages = None

    def start_with_prefix(self):
        self.prefix = f"sotto-e2e-{os.getpid()}"
        self.runtime = os.path.join("/var/run/dpdk", self.prefix)
        self.addCleanup(shutil.rmtree, self.runtime, ignore_errors=True)
        config = rig.sections(self.path("control.sock"), rig.NULL_PORTS, rig.NULL_ADDRESSES,
                              engine={"hugepages": self.hugepages})
        engine = self.start(config, arguments=["--", f"--file-prefix={self.prefix}"])
        engine.call("session.put", **calls.secure_session())
        return engine

    def files_of_pages(self):
        """All files in places where DPDK keeps pages."""
        places = [line.split()[1] for line in text_of("/proc/mounts").splitlines()
                  if line.split()[2] == "hugetlbfs"] + ["/dev/shm"]
        return {os.path.join(place, name) for place in places for name in os.listdir(place)}

    def test_mh_05_no_page_is_left_behind(self):
        before, free = self.files_of_pages(), self.free_hugepages()
        engine = self.start_with_prefix()
        writable = [(access, what) for access, what in mappings(engine.pid)
                    if access[1] == "w" and what.startswith("/")]
        # writable and with a name: data of libraries, private; or memory that never had a file
        named = {what for access, what in writable
                 if not (access[3] == "p" and re.search(r"\.so(\.|$)|/sottod$", what))}
        self.assertEqual([what for what in named if not what.startswith(("/memfd:",
                                                                        "/anon_hugepage"))], [])
        self.assertEqual(self.files_of_pages(), before)
        engine.process.kill()
        engine.process.wait(rig.STOP_S)
        self.end(engine, -signal.SIGKILL)
        self.assertEqual(self.files_of_pages(), before)
        rig.poll("the pages are free", lambda: self.free_hugepages() == free)

    @staticmethod
    def free_hugepages():
        return int(text_of(HUGEPAGES)) if os.path.exists(HUGEPAGES) else 0

    def test_mh_06_no_second_process_attaches(self):
        engine = self.start_with_prefix()
        left = os.listdir(self.runtime) if os.path.isdir(self.runtime) else []
        self.assertEqual([name for name in left if name.startswith(
            ("config", "fbarray", "hugepage", "mp_socket", "dpdk_telemetry"))], [])
        library = next(what for _, what in mappings(engine.pid) if EAL in what)
        arguments = ["other", "--proc-type=secondary", "--no-pci", f"--file-prefix={self.prefix}"]
        code = (f"import ctypes\nwords = {arguments!r}\n"
                "argv = (ctypes.c_char_p * len(words))(*(w.encode() for w in words))\n"
                f"print('returned', ctypes.CDLL({library!r}).rte_eal_init(len(words), argv))\n")
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                              timeout=20, check=False)
        self.assertNotIn("returned 3", done.stdout + done.stderr)
        self.assertTrue("returned -1" in done.stdout or done.returncode != 0, done)
        self.assertEqual(engine.call("session.list")["total"], 1)


class WithoutHugePages(Pages, rig.EngineTest):
    hugepages = "no"


class WithHugePages(Pages, rig.EngineTest):
    hugepages = "yes"

    def setUp(self):
        super().setUp()
        if self.free_hugepages() < 64:
            self.skipTest("fewer than 64 huge pages are free")


def as_nobody(attempt):
    """What attempt() comes to in a process of that user: "done", or the name of its error."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            try:
                attempt()
                word = "done"
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


class SameUser(rig.EngineTest):
    """MH-08: an engine that runs as some user is closed to other processes of that user."""

    PTRACE_ATTACH, PTRACE_DETACH = 16, 17

    def read_memory(self, pid):
        with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as f:
            start = next(int(line.split("-")[0], 16) for line in f if "[heap]" in line)
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as f:
            f.seek(start)
            f.read(16)

    def attach(self, pid):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ptrace(self.PTRACE_ATTACH, pid, None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")
        os.waitpid(pid, 0)
        libc.ptrace(self.PTRACE_DETACH, pid, None, None)

    def ways(self, pid):
        """Each way in, and what comes of it."""
        return {name: as_nobody(attempt) for name, attempt in (
            ("mem", lambda: self.read_memory(pid)), ("ptrace", lambda: self.attach(pid)),
            ("maps", lambda: text_of(f"/proc/{pid}/maps")),
            ("environ", lambda: text_of(f"/proc/{pid}/environ")),
            ("fd", lambda: os.listdir(f"/proc/{pid}/fd")))}

    @contextlib.contextmanager
    def engine_of_nobody(self):
        program = self.path("sottod")
        shutil.copy(rig.SOTTOD, program)
        os.chmod(self.directory, 0o755)
        os.mkdir(self.path("run"))
        os.chown(self.path("run"), NOBODY, NOBODY)
        with open(self.path("start"), "w", encoding="ascii") as f:
            f.write(f"#!/bin/sh\nexec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups "
                    f"{program} \"$@\"\n")
        os.chmod(self.path("start"), 0o755)
        # whether so much may be locked depends on the machine's limits
        config = rig.sections(self.path("run/control.sock"), rig.NULL_PORTS, rig.NULL_ADDRESSES,
                              engine={"lock_memory": "no"})
        with mock.patch.object(rig, "SOTTOD", self.path("start")), \
                mock.patch.object(rig.tempfile, "mkdtemp", lambda **_: self.path("run")):
            yield self.start(config, environment={"XDG_RUNTIME_DIR": self.path("run")})

    @unittest.skipUnless(shutil.which("setpriv"), "no setpriv")
    def test_mh_08_memory_is_closed_to_the_same_user(self):
        with subprocess.Popen(["sleep", "60"], user=NOBODY, group=NOBODY,
                              extra_groups=[]) as other:
            self.addCleanup(other.kill)
            rig.poll("it sleeps", lambda: "sleep" in text_of(f"/proc/{other.pid}/comm"))
            open_ways = [way for way, word in self.ways(other.pid).items() if word == "done"]
            other.kill()
        self.assertIn("maps", open_ways)  # the attempts themselves are right
        with self.engine_of_nobody() as engine:
            self.assertIn(f"Uid:\t{NOBODY}\t{NOBODY}", text_of(f"/proc/{engine.pid}/status"))
            engine.call("session.put", **calls.secure_session())
            self.assertEqual(set(self.ways(engine.pid).values()), {"PermissionError"})
            self.assertEqual(engine.call("session.list")["total"], 1)


class Children(rig.EngineTest):
    """MH-09: there are none, and one that came would inherit nothing."""

    O_CLOEXEC = 0o2000000
    MAKERS = ("fork", "vfork", "clone", "posix_spawn", "posix_spawnp", "execl", "execlp", "execle",
              "execv", "execve", "execvp", "execvpe", "fexecve", "system", "popen", "wordexp")

    def test_mh_09_no_descriptor_would_be_inherited(self):
        engine = self.start_null()
        engine.call("session.put", **calls.secure_session())
        engine.client().call("events.subscribe")
        open_ones = {}
        for fd in map(int, os.listdir(f"/proc/{engine.pid}/fd")):
            flags = re.search(r"flags:\s+(\d+)", text_of(f"/proc/{engine.pid}/fdinfo/{fd}"))
            if not int(flags.group(1), 8) & self.O_CLOEXEC:
                open_ones[fd] = os.readlink(f"/proc/{engine.pid}/fd/{fd}")
        self.assertLessEqual(open_ones.keys(), {0, 1, 2}, open_ones)
        self.assertGreater(len(os.listdir(f"/proc/{engine.pid}/fd")), 5)

    def test_mh_09_no_process_is_started(self):
        engine = self.start_null()
        for task in os.listdir(f"/proc/{engine.pid}/task"):
            self.assertEqual(text_of(f"/proc/{engine.pid}/task/{task}/children"), "")
        self.assertEqual(imports(rig.SOTTOD) & set(self.MAKERS), set())


def imports(program):
    """The functions that a program asks of libraries."""
    done = subprocess.run(["nm", "-D", "--undefined-only", program], capture_output=True, text=True,
                          timeout=20, check=True)
    return {line.split()[-1].split("@")[0] for line in done.stdout.splitlines()}


class Observers(rig.EngineTest):
    """MH-13: nothing that looks into the crypto library is built in."""

    def test_mh_13_no_key_log(self):
        asked = imports(rig.SOTTOD)
        self.assertIn("EVP_EncryptUpdate", asked)  # it is OpenSSL that is looked for
        self.assertEqual([name for name in asked if re.search(
            r"^SSL_|^TLS_|keylog|_msg_callback|_info_callback|^BIO_dump|^OSSL_trace|"
            r"CRYPTO_set_mem_debug|ERR_print", name)], [])
        with mock.patch.dict(os.environ, {"SSLKEYLOGFILE": self.path("keys.log")}):
            engine = self.start_null()
        engine.call("session.put", **calls.secure_session())
        self.end(engine)
        self.assertFalse(os.path.exists(self.path("keys.log")))


class Wire(files.FileTest):
    """MH-10: what leaves is right to the byte, though the buffers held other things before."""

    LONG, CANARY = 1100, b"\xc4" * 1100

    def sizes(self):
        """Payloads: long ones, which fill every buffer with canaries, then every short size."""
        return [self.LONG] * 600 + list(range(200)) * 3

    def payload(self, size):
        return self.CANARY if size == self.LONG else bytes(n % 191 for n in range(size))

    def check(self, port, protect, unprotect):
        """Packets into one port; what comes out of the other, with what is allowed to differ."""
        packets = [srtp.rtp(seq, 7, self.payload(size)) for seq, size in enumerate(self.sizes())]
        source, target, mac = (files.PHONE, files.ENGINE_ACCESS, files.ENGINE_MAC) \
            if port == "access" else (files.CORE, files.ENGINE_CORE, files.ENGINE_MAC)
        frames_in = [frames.build(frames.Datagram(source, target, protect(packet), dst_mac=mac))
                     .ljust(60, b"\xc4") for packet in packets]  # the link's padding is a canary
        key = calls.MASTER_80
        engine = self.start_between_files(*((frames_in, []) if port == "access" else
                                            ([], frames_in)))
        self.put_call(engine, key)
        stats = self.play(engine, port, len(packets))
        self.assertEqual(stats["totals"]["sent"], len(packets))
        self.end(engine)
        other = "core" if port == "access" else "access"
        out = frames.read_pcap(self.path(f"{other}.pcap"))
        self.assertEqual(len(out), len(packets))
        for frame, packet in zip(out, packets):
            datagram = frames.parse(frame)
            self.assertEqual(unprotect(datagram.payload), packet)
            self.assertEqual(len(frame), 14 + 20 + 8 + len(datagram.payload))

    def test_mh_10_decrypted(self):
        sender = srtp.Srtp(calls.MASTER_80)
        self.check("access", sender.protect, lambda data: data)

    def test_mh_10_encrypted(self):
        judge = srtp.Srtp(calls.MASTER_80)

        def unprotect(data):
            packet = judge.unprotect(data)
            self.assertEqual(len(data), len(packet) + 10)  # its tag and nothing else
            return packet

        self.check("core", lambda data: data, unprotect)


class Churn(rig.EngineTest):
    """MH-12 in short: while calls come and go an engine stays as large as it is."""

    ROUNDS, CALLS = 30, 500

    def resident_kib(self, pid):
        return int(re.search(r"VmRSS:\s+(\d+)", text_of(f"/proc/{pid}/status")).group(1))

    def measure(self, engine):
        stats = engine.call("stats.get")
        self.assertEqual((stats["sessions"], stats["streams"]), (0, 0))
        return (self.resident_kib(engine.pid), len(os.listdir(f"/proc/{engine.pid}/fd")),
                stats["pool"]["free"])

    def test_mh_12_ten_thousand_calls(self):
        engine = self.start_null(limits={"sessions": self.CALLS + 1})
        client, seen = engine.client(), []
        for n in range(self.ROUNDS):
            ids = [f"round-{n}-call-{i}" for i in range(self.CALLS)]
            for method, params in (
                    ("session.put", [calls.secure_session(id_) for id_ in ids]),
                    ("session.put", [calls.secure_session(id_, 2, srtp_key(n)) for id_ in ids]),
                    ("session.delete", [{"id": id_} for id_ in ids])):
                client.send(json.dumps(calls.requests(method, params)).encode() + b"\n")
                for answer in client.answer():
                    self.assertIn("result", answer)
            seen.append(self.measure(engine))
        # it varies with what just waits to be freed; the least of ten rounds does not
        least = [min(size for size, _, _ in seen[at:at + 10]) for at in (10, 20)]
        self.assertLess(least[1] - least[0], 1024, [size for size, _, _ in seen])
        self.assertEqual(len({round_[1:] for round_ in seen}), 1, seen)


def srtp_key(n):
    """Another key for each n."""
    return calls.base64.b64encode(bytes((n + i) & 0xff for i in range(30))).decode()


if __name__ == "__main__":
    unittest.main()
