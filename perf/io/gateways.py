# SPDX-License-Identifier: BSD-3-Clause
"""The gateways that are compared. Each starts, tells sotto-gen how to reach it and its calls, and
ends; all of it on the gateway's core."""

import contextlib
import json
import os
import resource
import shutil
import subprocess

import netns
import rig
import rtpengine
import veth
from netns import ENGINE, SIDES

SUITE = rig.SUITE_80
START_S = 30
rig.START_S = 120  # an engine with much memory, on a machine that is busy
TX_PACKETS = 10  # column of /proc/net/dev


class Unavailable(Exception):
    """A path that cannot be had here, and why."""


class Gateway:
    """What all have in common. directory: for files; cores: {"engine": N, "access": N}."""

    name = None
    highest = 20e6  # rate that a search begins with, packets a second
    driver = None  # of its devices on the veth pairs

    def __init__(self, directory, args, cores, generator):
        self.directory, self.args, self.cores = directory, args, cores
        self.generator = generator  # the driver of sotto-gen on veth pairs
        self.stack = contextlib.ExitStack()
        self.pid = None

    def path(self, name):
        return os.path.join(self.directory, name)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *_):
        self.stack.close()

    def on_core(self):
        return "taskset", "-c", str(self.cores["engine"])

    def place(self):
        """sotto-gen's options that say where it stands."""
        return veth.generator_place(self.generator)

    def generator_prefix(self):
        """Words before sotto-gen's command."""
        return "ip", "netns", "exec", netns.namespace("access")

    def counters(self):
        """What a Meter notes: packets sent, and the cycles of a poll loop where there is one."""
        raise NotImplementedError

    @contextlib.contextmanager
    def calls(self, seed):
        """sotto-gen's options that lead to calls of that seed, which stand in this block."""
        raise NotImplementedError


class Sotto(Gateway):
    """sottod; sotto-gen puts the calls into it and takes them out."""

    def __init__(self, *args):
        super().__init__(*args)
        self.engine = None

    def device(self, number, side):
        return veth.device(self.driver, number, side)

    def config(self):
        core, calls = self.cores["engine"], self.args.calls
        return rig.sections(
            self.path("control.sock"),
            {side: {"device": self.device(n, side)} for n, side in enumerate(SIDES)},
            {side: {"port": side, "address": f"{ENGINE[side, 4]}/{veth.PREFIX}",
                    "ports": "10000-65535"} for side in SIDES},
            engine={"workers": core, "main_core": core, "memory": 512, "mbufs": 32768,
                    "idle_us": 0, "hugepages": self.args.hugepages},
            limits={"sessions": calls + 10, "streams": 64 * calls + 1024})

    def start(self):
        if self.driver:
            self.stack.enter_context(veth.pairs(kernel_addresses=False))
        namespace = netns.namespace("engine") if self.driver else None
        self.engine = rig.Engine(self.directory, self.config(), netns=namespace,
                                 prefix=self.on_core())
        self.stack.callback(self.engine.stop)
        try:
            self.engine.wait_until_ready()
        except AssertionError as e:
            raise Unavailable(f"sottod does not start on {self.name}: {last_line(str(e))}") from e
        self.pid = self.engine.pid

    def counters(self):
        worker = self.engine.call("stats.get")["workers"][0]
        return {key: worker[key] for key in ("sent", "bursts", "busy_cycles", "idle_cycles")}

    @contextlib.contextmanager
    def calls(self, seed):
        yield ("--control", self.engine.socket, "--suite", f"a={SUITE}")


class AfPacket(Sotto):
    name = driver = "af_packet"
    highest = 4e6


class AfXdp(Sotto):
    name = driver = "af_xdp"
    highest = 4e6


class Memif(Sotto):
    name = "memif"

    def memif(self, number, role):
        return (f"net_memif{number},role={role},id={number},socket-abstract=no,"
                f"socket={self.path(f'memif{number}.sock')}")

    def device(self, number, side):
        return self.memif(number, "server")

    def generator_prefix(self):
        return ()

    def place(self):
        for number, side in enumerate(SIDES):
            yield from ("--device", f"{veth.LETTER[side]}={self.memif(number, 'client')}")
            yield from veth.own_address(side)


class Rtpengine(Gateway):
    """Debian's rtpengine-daemon without its kernel module."""

    name = "rtpengine"
    highest = 1e6

    def __init__(self, *args):
        super().__init__(*args)
        self.client = None

    def start(self):
        if not shutil.which("rtpengine"):
            raise Unavailable("rtpengine is not installed (Debian: rtpengine-daemon)")
        self.stack.enter_context(veth.pairs(kernel_addresses=True))
        addresses = {side: ENGINE[side, 4] for side in SIDES}
        command = [*self.on_core(), "ip", "netns", "exec", netns.namespace("engine"),
                   *rtpengine.arguments(addresses, self.args.rtpengine_threads)]
        with open(self.path("rtpengine.log"), "wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       preexec_fn=self.prepare)
        self.stack.callback(stop, process)
        self.pid = process.pid  # the commands before it become rtpengine
        with netns.inside("engine"):
            self.client = rtpengine.Client()
        self.stack.callback(self.client.close)
        try:
            rig.poll("rtpengine answers", lambda: process.poll() is not None
                     or self.client.is_alive(), START_S)
        except AssertionError as e:
            raise Unavailable(str(e)) from e
        if process.poll() is not None:
            with open(self.path("rtpengine.log"), encoding="utf-8", errors="replace") as f:
                raise Unavailable(f"rtpengine does not start: {last_line(f.read())}")

    def counters(self):
        """Of its namespace: it sends nothing but what it forwards, ARP aside."""
        with open(f"/proc/{self.pid}/net/dev", encoding="ascii") as f:
            rows = [line.split() for line in f]
        return {"sent": sum(int(row[TX_PACKETS]) for row in rows if row[0][:-1] in SIDES)}

    def prepare(self):
        """In the child: sockets enough, and no life of its own."""
        files = rtpengine.FILES + rtpengine.FILES_PER_CALL * self.args.calls
        hard = max(resource.getrlimit(resource.RLIMIT_NOFILE)[1], files)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
        rig.end_with_parent()

    @contextlib.contextmanager
    def calls(self, seed):
        path = self.path("plan.json")
        subprocess.run([generator(), *self.place(), "--calls", str(self.args.calls), "--suite",
                        f"a={SUITE}", "--seed", str(seed), "--write-plan", path], check=True,
                       stdout=subprocess.DEVNULL)
        with open(path, encoding="ascii") as f:
            plan = json.load(f)
        names = [f"call-{seed}-{i}" for i in range(len(plan["calls"]))]
        done = []
        try:
            for name, call in zip(names, plan["calls"]):
                done.append(name)
                self.client.set_up(name, call)
            with open(path, "w", encoding="ascii") as f:
                json.dump(plan, f)
            yield ("--plan", path)
        finally:
            for name in done:
                self.client.delete(name)


PATHS = {gateway.name: gateway for gateway in (AfPacket, AfXdp, Memif, Rtpengine)}


def generator():
    return os.path.join(rig.BUILD, "app", "sotto-gen", "sotto-gen")


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(rig.STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
