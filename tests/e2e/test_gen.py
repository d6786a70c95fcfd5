#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""sotto-gen, which sends calls through a gateway and verifies what comes out.

Against sottod over AF_PACKET, AF_XDP and memif it must find nothing; against planted faults (a wrong
key, a session that ends, a relay that loses, repeats, swaps and changes packets) it must find each.
"""

import json
import os
import select
import socket
import subprocess
import threading
import time
import unittest

import netns
import rig
from netns import ENGINE, PEER

GEN = os.path.join(rig.BUILD, "app", "sotto-gen", "sotto-gen")
OWN = {"access": "eth0", "core": "eth1"}  # the generator's devices, in the namespace "access"
LETTER = {"access": "a", "core": "b"}
FAULTS = ("wrong", "bad_tag", "duplicate", "malformed", "unexpected")
SUITE = ("--suite", f"a={rig.SUITE_80}")
NO_WARMUP = ("--warmup", "0")
SMALL = ("--memory", "64", "--mbufs", "8192", "--idle-us", "50")
RUN_S = 120  # a run must have ended by then; on a busy machine the kernel closes sockets slowly


def bound(address, port):
    """A UDP socket of this process's namespace."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, netns.SO_RCVBUFFORCE, 4 << 20)
    opened.bind((address, port))
    return opened


class Helpers:
    """What the tests of all devices need."""

    def setUp(self):
        if not os.access(GEN, os.X_OK):
            self.skipTest(f"{GEN} is not built")
        super().setUp()

    def spawn_gen(self, *arguments, command=()):
        """Starts the generator; its results go to a file."""
        self.results = self.path("results.json")
        if os.path.exists(self.results):
            os.remove(self.results)
        process = subprocess.Popen([*command, GEN, *SMALL, "--json", self.results, *arguments],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process

    def finish(self, process, wanted):
        """Waits for its end with that status; the results, or what it said without any."""
        self.output, _ = process.communicate(timeout=RUN_S)
        self.assertEqual(process.returncode, wanted, self.output)
        if not os.path.exists(self.results):
            return self.output
        with open(self.results, encoding="ascii") as f:
            return json.load(f)

    def assert_clean(self, results, lost=0):
        result = results["result"]
        self.assertGreater(result["sent"], 0, self.output)
        self.assertEqual(result["lost"], lost, self.output)
        self.assertEqual({name: result[name] for name in FAULTS}, dict.fromkeys(FAULTS, 0),
                         self.output)


class GenTest(Helpers, netns.NetnsTest):
    """Both sides of the generator in the namespace "access", the gateway in "engine"."""

    def join(self, side):
        """A veth pair between the two."""
        run = netns.run
        if side == "access":
            self.inside_run(side, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1",
                            "net.ipv6.conf.all.disable_ipv6=1")
        run("ip", "-n", netns.namespace("engine"), "link", "add", side, "type", "veth", "peer",
            "name", OWN[side], "netns", netns.namespace("access"))
        for name, device in (("engine", side), ("access", OWN[side])):
            self.inside_run(name, "ethtool", "-K", device, "tx", "off", "rx", "off",
                            "txvlan", "off", "rxvlan", "off")
            run("ip", "-n", netns.namespace(name), "link", "set", device, "up")

    def where(self, family=4):
        """The options that say where the generator stands."""
        driver = self.driver or "net_af_packet"
        more = {"net_af_packet": "qpairs=1", "net_af_xdp": "start_queue=0,queue_count=1"}[driver]
        for number, side in enumerate(netns.SIDES):
            yield from ("--device", f"{LETTER[side]}={driver}{number},iface={OWN[side]},{more}")
            yield from ("--address", f"{LETTER[side]}={PEER[side, family]}/{netns.PREFIX[family]}")

    def start_gen(self, *arguments, family=4):
        return self.spawn_gen(*self.where(family), *arguments,
                              command=("ip", "netns", "exec", netns.namespace("access")))

    def gen(self, *arguments, wanted=0, family=4):
        return self.finish(self.start_gen(*arguments, family=family), wanted)

    def through(self, engine, *arguments, **more):
        return self.gen("--control", engine.socket, *arguments, **more)


class Gateway:
    """Against sottod, for each driver below."""

    def check_carried(self, family=4, calls=50, arguments=()):
        engine = self.start_between_peers()
        results = self.through(engine, "--calls", str(calls), "--rate", "2500", "--duration", "1.5",
                               "--warmup", "0.3", *arguments, family=family)
        self.assert_clean(results)
        self.assertEqual(results["result"]["received"], results["result"]["sent"])
        self.assertGreater(results["latency_us"]["p50"], 0)
        stats = engine.call("stats.get")
        self.assertEqual(stats["sessions"], 0)  # they were deleted
        self.assertGreaterEqual(stats["totals"]["sent"], results["result"]["sent"])
        return results

    def test_srtp_to_rtp(self):
        results = self.check_carried(arguments=SUITE)
        self.assertEqual(results["settings"]["streams"], 100)
        self.assertGreater(results["result"]["sent"], 1500)  # even on a machine that is busy

    def test_srtp_to_srtp_over_ipv6(self):
        self.check_carried(6, 10, ("--suite", "a=AEAD_AES_256_GCM", "--suite",
                                   "b=AES_CM_128_HMAC_SHA1_32", "--payload", "24"))


class AfPacket(Gateway, GenTest):
    driver = "net_af_packet"


class AfXdp(Gateway, GenTest):
    driver = "net_af_xdp"


# --- a relay with planted faults ------------------------------------------------------------------


class Relay(threading.Thread):
    """Forwards datagrams between two ports, and does to some of them what fault says.

    fault(number, packet): the datagrams to send on in place of one. Runs in the namespace in which
    its sockets were made.
    """

    def __init__(self, fault):
        super().__init__(daemon=True)
        self.fault = fault
        self.count = 0
        with netns.inside("engine"):
            self.sockets = [bound(ENGINE[side, 4], 20000) for side in netns.SIDES]
            self.stray = bound(ENGINE["core", 4], 30000)
        self.peers = [(PEER[side, 4], 10000) for side in netns.SIDES]
        self.stopped = False

    def run(self):
        while not self.stopped:
            for ready in select.select(self.sockets, [], [], 0.1)[0]:
                to = 1 - self.sockets.index(ready)
                for packet in self.fault(self.count, ready.recv(2048)):
                    self.sockets[to].sendto(packet, self.peers[to])
                self.count += 1

    def stop(self):
        self.stopped = True
        self.join()
        for opened in (*self.sockets, self.stray):
            opened.close()


class Faults(GenTest):
    """Against a relay of the kernel's sockets: what it plants is what is counted."""

    def relay(self, fault, wanted, *arguments):
        """The results of one plain call through a relay."""
        for side in netns.SIDES:
            netns.run("ip", "-n", netns.namespace("engine"), "address", "add",
                      f"{ENGINE[side, 4]}/24", "dev", side)
        plan = {"version": 1, "calls": [{
            LETTER[side]: {"local": {"address": PEER[side, 4], "port": 10000},
                           "remote": {"address": ENGINE[side, 4], "port": 20000}}
            for side in netns.SIDES}]}
        with open(self.path("plan.json"), "w", encoding="ascii") as f:
            json.dump(plan, f)
        relay = Relay(fault)
        relay.start()
        self.addCleanup(relay.stop)
        process = self.start_gen("--plan", self.path("plan.json"), "--rate", "250", "--duration",
                                 "0.7", *NO_WARMUP, *arguments)
        if wanted == "stray":
            rig.poll("packets come", lambda: relay.count > 10)
            for _ in range(5):
                relay.stray.sendto(bytes(172), relay.peers[1])  # not from the call's gateway
                relay.sockets[1].sendto(bytes(172), (PEER["core", 4], 10001))  # to no call's port
            wanted = 1
        results = self.finish(process, wanted)
        self.assertGreater(relay.count, 50)
        if not results["search"]:
            self.assertEqual(relay.count, results["result"]["sent"])
        return results

    def test_relay_without_faults(self):
        self.assert_clean(self.relay(lambda n, packet: [packet], 0))

    def test_each_fault_is_counted(self):
        planted = dict.fromkeys(("lost", "duplicate", "wrong"), 0)

        def fault(number, packet):
            if number % 20 == 5:
                planted["lost"] += 1
                return []
            if number % 20 == 9:
                planted["duplicate"] += 2
                return [packet] * 3
            if number % 20 == 13:  # a bit of the header, of the stamp, of the payload, one after another
                planted["wrong"] += 1
                at = (3, 8, 15, 25, 60, 171)[planted["wrong"] % 6]
                return [packet[:at] + bytes([packet[at] ^ 4]) + packet[at + 1:]]
            if number % 20 == 17:
                planted["wrong"] += 2
                return [packet[:-1], packet + b"\0", packet]
            return [packet]

        result = self.relay(fault, 1)["result"]
        changed = planted["wrong"] - 2 * sum(n % 20 == 17 for n in range(result["sent"]))
        self.assertEqual(result["lost"], planted["lost"] + changed)
        self.assertEqual(result["duplicate"], planted["duplicate"])
        self.assertEqual(result["wrong"], planted["wrong"])
        self.assertEqual(result["unexpected"], 0)

    def test_swapped_packets_are_reordered_not_lost(self):
        held, swapped = [], [0]

        def fault(number, packet):
            if number % 10 == 3:
                held.append(packet)
                return []
            if number % 10 == 6 and held:
                swapped[0] += 1
                return [packet, held.pop()]
            return [packet]

        # of one stream: one side sends
        result = self.relay(fault, 0, "--send", "a", "--max-loss", "2")["result"]
        self.assertEqual(result["reordered"], swapped[0])
        self.assertEqual(result["lost"], len(held))
        self.assertGreater(swapped[0], 5)

    def test_strays_are_unexpected(self):
        result = self.relay(lambda n, packet: [packet], "stray")["result"]
        self.assertEqual(result["unexpected"], 10)
        self.assertEqual(result["lost"], 0)

    def test_max_loss_is_what_decides(self):
        self.relay(lambda n, packet: [packet] if n % 10 else [], 0, "--max-loss", "12", "--payload",
                   "20")

    def test_search_with_another_loss(self):
        brief = ("--highest", "300", "--trial", "0.5", "--precision", "50", "--confirm", "0")

        def tenth_lost(number, packet):
            return [packet] if number % 10 else []

        search = self.relay(tenth_lost, 0, "--search", "pdr", "--max-loss", "12", *brief)["search"]
        self.assertEqual((search["kind"], search["max_loss_percent"]), ("pdr", 12))
        self.assertTrue(search["trials"][0]["passed"])

    def test_drain_waits_for_a_slow_gateway(self):
        def slow(_, packet):
            time.sleep(0.006)  # 560 packets take 3.4 s, of which it sends for 0.7
            return [packet]

        before = time.monotonic()
        result = self.relay(slow, 0, "--rate", "800", "--drain", "30")["result"]
        self.assertEqual(result["received"], result["sent"])
        self.assertLess(before, result["began_s"])
        self.assertLess(result["began_s"] + result["seconds"] + 2, time.monotonic())

    def test_search_settles_a_gateway_that_holds_packets_back(self):
        held = []

        def stuck(number, packet):
            """Of the first 100 packets 60 stay in a queue, which each of the later ones frees 2 of."""
            if number < 100 and number % 5 < 3:
                held.append(packet)
                return []
            return [packet] + [held.pop() for _ in range(2) if number >= 100 and held]

        search = self.relay(stuck, 0, "--search", "pdr", "--max-loss", "1", "--highest", "200",
                            "--trial", "0.5", "--precision", "20", "--confirm", "0", "--settle",
                            "3", "--send", "a")["search"]
        self.assertFalse(search["trials"][0]["passed"])
        self.assertEqual([trial["late"] for trial in search["trials"]],
                         [0] * len(search["trials"]))

    def test_gateway_beyond_the_prefix_needs_a_next_hop(self):
        with open(self.path("plan.json"), "w", encoding="ascii") as f:
            json.dump({"version": 1, "calls": [{
                side: {"local": {"address": PEER[name, 4], "port": 10000},
                       "remote": {"address": "10.99.9.9", "port": 20000}}
                for name, side in LETTER.items()}]}, f)
        self.assertIn("--gateway", self.gen("--plan", self.path("plan.json"), wanted=2))


# --- memif ----------------------------------------------------------------------------------------


class Memif(Helpers, rig.EngineTest):
    """Two programs over shared memory: the engine is the server, and generators come and go."""

    def device(self, number, role):
        return (f"net_memif{number},role={role},id={number},socket-abstract=no,"
                f"socket={self.path(f'memif{number}.sock')}")

    def start_engine(self):
        return self.start(rig.sections(
            self.path("control.sock"),
            {side: {"device": self.device(n, "server")} for n, side in enumerate(netns.SIDES)},
            {side: {"port": side, "address": f"{ENGINE[side, 4]}/24"} for side in netns.SIDES}))

    def start_gen(self, *arguments):
        where = (word for n, side in enumerate(netns.SIDES) for word in (
            "--device", f"{LETTER[side]}={self.device(n, 'client')}",
            "--address", f"{LETTER[side]}={PEER[side, 4]}/24"))
        return self.spawn_gen(*where, *arguments)

    def gen(self, *arguments, wanted=0):
        return self.finish(self.start_gen(*arguments), wanted)

    def test_one_generator_after_another(self):
        engine = self.start_engine()
        for seed in "12":
            results = self.gen("--control", engine.socket, *SUITE, "--calls", "50", "--duration",
                               "1", "--warmup", "0.3", "--seed", seed)
            self.assert_clean(results)
        self.assertEqual(engine.call("stats.get")["totals"]["drops"], {})

    def test_refusals(self):
        self.assertIn("--address", self.gen("--control", "/nowhere", "--address", "a=x", wanted=2))
        self.assertIn("cannot connect", self.gen("--control", "/nowhere", wanted=3))
        engine = self.start_engine()
        said = self.gen("--control", engine.socket, "--interface", "a=dmz", wanted=3)
        self.assertIn("no_interface", said)
        self.assertEqual(engine.call("stats.get")["sessions"], 0)

    def test_wrong_key_of_one_call_is_found(self):
        engine = self.start_engine()
        plan, requests = self.path("plan.json"), self.path("requests")
        self.gen("--calls", "10", *SUITE, "--write-plan", plan, "--write-requests", requests)
        with open(plan, encoding="ascii") as f:
            made = json.load(f)
        with open(requests, encoding="ascii") as f:
            for call, line in zip(made["calls"], f):
                media = engine.call("session.put", **json.loads(line)["params"])["media"][0]
                for side in "ab":
                    call[side]["remote"] = {name: media[side][name] for name in ("address", "port")}
        good = [call["a"]["send"] for call in made["calls"]]
        made["calls"][3]["a"]["send"] = good[3].replace(good[3][-12:], good[4][-12:])
        made["calls"][3]["a"]["receive"] = made["calls"][3]["a"]["send"]
        with open(plan, "w", encoding="ascii") as f:
            json.dump(made, f)
        results = self.gen("--plan", plan, "--duration", "1", wanted=1)
        result = results["result"]
        # a tenth: the gateway drops what it gets, and what it sends cannot be authenticated
        self.assertAlmostEqual(result["lost"] / result["sent"], 0.1, delta=0.005)
        self.assertAlmostEqual(result["bad_tag"] / result["sent"], 0.05, delta=0.005)
        self.assertEqual(result["wrong"] + result["duplicate"] + result["unexpected"], 0)
        self.assertIn("verdict: BAD", self.output)

    def test_session_that_ends_is_loss(self):
        engine = self.start_engine()
        process = self.start_gen("--control", engine.socket, "--calls", "10", *SUITE,
                                 "--seed", "7", "--duration", "1.5", "--warmup", "0.2")
        rig.poll("the calls stand", lambda: engine.call("stats.get")["totals"]["sent"] > 500)
        engine.call("session.delete", id="sotto-gen-7-4")
        result = self.finish(process, 1)["result"]
        self.assertGreater(result["lost"], 0)
        self.assertLess(result["lost"], result["sent"] / 9)
        self.assertEqual([result[name] for name in FAULTS], [0] * len(FAULTS))

    def test_search(self):
        engine = self.start_engine()
        results = self.gen("--control", engine.socket, "--calls", "10", *SUITE, "--search", "pdr", "--highest",
                               "3000", "--trial", "0.4", "--confirm", "1", "--precision", "30",
                               "--warmup", "0.3", "--send", "a")
        search = results["search"]
        self.assertTrue(search["confirmed"])
        self.assertGreater(search["pps"], 100)  # it is the machine that decides how much
        self.assertLessEqual(search["pps"], 3000)
        self.assertEqual(search["trials"][0]["asked_pps"], 3000)
        self.assertEqual(search["trials"][-1]["what"], "confirm")


if __name__ == "__main__":
    unittest.main()
