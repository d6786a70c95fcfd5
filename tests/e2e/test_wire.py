#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Calls over real sockets: two network namespaces, and the engine between them.

Each test runs on AF_PACKET and on AF_XDP. The judge of what arrives is srtp.py.
"""

import re
import socket
import struct
import time
import unittest

import frames
import netns
import rig
import srtp
from netns import ENGINE, PEER
from peers import CORE_SSRC, NEW_KEY, PHONE_KEY, PHONE_SSRC, Call, TaggedPhone

class Helpers:
    """What the tests of all drivers need."""

    def prime(self, send, receiver):
        """Sends until something arrives, then forgets what arrived."""

        def try_again():
            send()
            try:
                return receiver.receive(0.05)
            except AssertionError:
                return None

        rig.poll("the way is open", try_again)
        receiver.drain()

    def drops(self, engine):
        return engine.call("stats.get")["totals"]["drops"]

    def wait_for_drop(self, engine, reason, count):
        """Until so many packets were dropped for a reason; fails when there are more."""
        rig.poll(f"{count} drops for {reason}",
                 lambda: self.drops(engine).get(reason, 0) >= count)
        self.assertEqual(self.drops(engine).get(reason, 0), count)

    def assert_all_ended(self, engine):
        """Every packet has one end, worker by worker, once nothing is under way."""

        def is_even():
            return all(w["received"] + w["taken_over"] == w["sent"] + w["punted"] +
                       w["handed_over"] + sum(w["drops"].values())
                       for w in engine.call("stats.get")["workers"])

        rig.poll("received is sent + punted + dropped", is_even)

    def ping(self, side, family, size):
        """An echo request from a raw socket; its answer must be the same but for the type."""
        protocol, request, reply = {4: (socket.IPPROTO_ICMP, 8, 0),
                                    6: (socket.IPPROTO_ICMPV6, 128, 129)}[family]
        with netns.inside(side):
            raw = socket.socket(netns.FAMILY[family], socket.SOCK_RAW, protocol)
        with raw:
            raw.settimeout(5)
            body = struct.pack(">HH", 0x5077, size) + srtp.payload("ping", size)
            message = struct.pack(">BBH", request, 0, 0) + body
            if family == 4:  # the kernel sums up ICMPv6 only
                message = message[:2] + struct.pack(">H", frames.checksum(message)) + message[4:]
            raw.sendto(message, (ENGINE[side, family], 0))
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline:
                answer, source = raw.recvfrom(65536)
                if family == 4:
                    self.assertEqual(frames.checksum(answer), 0)  # an even sum over IP and ICMP
                    answer = answer[4 * (answer[0] & 15):]
                if answer[0] == reply and source[0] == ENGINE[side, family]:
                    self.assertEqual(answer[4:], body)
                    return
        self.fail(f"no echo from {ENGINE[side, family]}")


class Wire(Helpers):
    """The tests, for each driver below."""

    def test_echo_arp_and_neighbour_discovery(self):
        engine = self.start_between_peers()
        macs = {p["name"]: p["mac"] for p in engine.call("stats.get")["ports"]}
        for side in netns.SIDES:
            for family in (4, 6):
                for size in (8, 56, 1400):
                    self.ping(side, family, size)
                known = self.inside_run(side, "ip", "neigh", "show", ENGINE[side, family])
                self.assertIn(macs[side], known)
        self.assertEqual(re.findall("FAILED|INCOMPLETE",
                                    self.inside_run("access", "ip", "neigh", "show")), [])
        self.assert_all_ended(engine)

    # --- calls ---

    def check_call(self, families, mux=(False, False)):
        engine = self.start_between_peers()
        call = Call(self, engine, families=families, mux=mux).start()
        call.check_both_ways()
        call.check_rtcp()
        state = call.state()
        # nothing was dropped but what came before the next hop had answered
        for side in "ab":
            self.assertLessEqual(state[side]["dropped"].keys(), {"no_neighbor"})
        stream = next(s for s in state["a"]["streams"] if s["direction"] == "receive")
        self.assertEqual((stream["ssrc"], stream["roc"], stream["highest_seq"]),
                         (PHONE_SSRC, (call.phone_seq - 1) >> 16, (call.phone_seq - 1) & 0xffff))
        self.assert_all_ended(engine)

    def test_ipv4(self):
        self.check_call((4, 4))

    def test_ipv6(self):
        self.check_call((6, 6))

    def test_ipv4_to_ipv6(self):
        self.check_call((4, 6))

    def test_ipv6_to_ipv4(self):
        self.check_call((6, 4))

    def test_rtcp_mux(self):
        self.check_call((4, 4), (True, True))

    def test_rtcp_mux_on_one_side(self):
        self.check_call((6, 6), (True, False))

    def test_rtcp_mux_on_the_other_side(self):
        self.check_call((6, 4), (False, True))

    def test_srtp_on_both_sides(self):
        """Two phones with keys of their own, and of different suites."""
        engine = self.start_between_peers()
        call = Call(self, engine, security="required", receive=rig.key(NEW_KEY, rig.SUITE_32),
                    send=rig.key(PHONE_KEY, rig.SUITE_32), allow=["TAG_32"])
        call.core_send = srtp.Srtp(NEW_KEY, rig.SUITE_32)
        call.start()
        sent = call.from_phone(30)
        receiver = srtp.Srtp(PHONE_KEY, rig.SUITE_32)
        receiver.rtp.highest[PHONE_SSRC] = call.phone_send.rtp.highest[PHONE_SSRC] - 30
        got = call.core.receive_all(30)
        self.assertEqual([receiver.unprotect(data) for data, _, _ in got], sent)
        sent = call.from_core(30)
        got = call.phone.receive_all(30)
        self.assertEqual([call.phone_receive.unprotect(data) for data, _, _ in got], sent)
        report = srtp.sender_report(PHONE_SSRC)
        call.phone_rtcp.send(call.phone_send.protect_rtcp(report), call.to_access_rtcp)
        self.assertEqual(receiver.unprotect_rtcp(call.core_rtcp.receive()[0]), report)

    def test_vlan(self):
        """SRTP in tagged frames on one side, RTP without a tag on the other."""
        engine = self.start_between_peers()
        call = Call(self, engine, mux=(True, True), phone=TaggedPhone(self, engine))
        call.access_leg["interface"] = "vlan"
        call.start()
        self.assertEqual(call.to_access[0], netns.VLAN_ENGINE)
        call.check_both_ways()
        call.check_rtcp()
        call.phone.tag = 0  # the address lives in its VLAN only
        before = self.drops(engine).get("not_for_us", 0)
        call.from_phone(1)
        rig.poll("it is dropped", lambda: self.drops(engine).get("not_for_us", 0) > before)
        self.assertTrue(call.core.is_empty())

    def test_dscp(self):
        engine = self.start_between_peers()
        for families in ((4, 6), (6, 4)):
            call = Call(self, engine, f"call-{families}".replace(" ", ""), families,
                        port=40000 + 2 * families[0]).start()
            for socket_ in (call.phone, call.core):
                socket_.set_dscp(46)
            call.from_phone(1)
            self.assertEqual(call.core.receive()[2], 46)
            call.from_core(1)
            self.assertEqual(call.phone.receive()[2], 46)
            call.core_leg["dscp"] = 34
            call.access_leg["dscp"] = 0
            call.put()
            call.from_phone(1)
            self.assertEqual(call.core.receive()[2], 34)
            call.from_core(1)
            self.assertEqual(call.phone.receive()[2], 0)

    def test_update_keeps_windows_and_counters(self):
        """A new key and a new remote: the ports, counters and rollover counters go on."""
        engine = self.start_between_peers()
        call = Call(self, engine).start()
        call.check_both_ways(60)  # the phone's sequence number wraps
        before, put = call.state(), call.put
        ports = call.to_access, call.to_core
        call.access_leg["receive"] = rig.key(NEW_KEY)
        call.core = self.socket("core", call.core_address, 41000)
        call.core_leg["remote"]["port"] = 41000
        put()
        self.assertEqual((call.to_access, call.to_core), ports)
        after = call.state()
        self.assertEqual([after[s]["received"] for s in "ab"],
                         [before[s]["received"] for s in "ab"])
        self.assertEqual(after["a"]["streams"], before["a"]["streams"])
        fresh = srtp.Srtp(NEW_KEY)
        fresh.rtp.highest = call.phone_send.rtp.highest  # the rollover counter goes on
        call.phone_send = fresh
        call.check_both_ways(20)
        self.assertEqual(call.state()["a"]["received"]["packets"],
                         before["a"]["received"]["packets"] + 20)

    def test_delete_under_traffic(self):
        engine = self.start_between_peers()
        call = Call(self, engine).start()
        for n in range(200):
            call.from_phone(1)
            call.from_core(1)
            if n == 100:
                call.core.receive_all(50)
                deleted = engine.call("session.delete", id="call")
        self.assertGreaterEqual(deleted["statistics"][0]["a"]["received"]["packets"], 50)
        rig.poll("the rest found nobody", lambda: self.drops(engine).get("no_port", 0) >= 100)
        self.assert_all_ended(engine)
        self.assertEqual(engine.call("session.list")["total"], 0)

    # --- what must not pass ---

    def test_plain_packets_on_a_secure_leg(self):
        """SD-04: dropped, counted as plain, and told."""
        engine = self.start_between_peers()
        call = Call(self, engine).start()
        client = engine.client()
        client.call("events.subscribe")
        silence = srtp.rtp(call.phone_seq, PHONE_SSRC, b"\xd5" * 160)  # A-law silence
        call.phone.send(silence, call.to_access)
        event = client.event("plain.seen")
        self.assertEqual((event["session"], event["media"], event["leg"], event["count"]),
                         ("call", "0", "a", 1))
        self.assertEqual(event["from"], {"address": PEER["access", 4], "port": 40000})
        call.phone_rtcp.send(srtp.sender_report(PHONE_SSRC), call.to_access_rtcp)
        self.wait_for_drop(engine, "plain", 2)
        self.assertEqual(call.state()["a"]["dropped"]["plain"], 2)
        self.assertTrue(call.core.is_empty())
        self.assertTrue(call.core_rtcp.is_empty())
        call.check_both_ways(5)  # and it has changed nothing

    def test_forged_packets(self):
        engine = self.start_between_peers()
        call = Call(self, engine).start()
        client = engine.client()
        client.call("events.subscribe")
        streams = call.state()["a"]["streams"]
        forger = srtp.Srtp(NEW_KEY)
        for n in range(20):
            call.phone.send(forger.protect(srtp.rtp(call.phone_seq + n, PHONE_SSRC + n % 2,
                                                    srtp.payload(n))), call.to_access)
        self.wait_for_drop(engine, "auth", 20)
        event = client.event("auth.failures")
        self.assertEqual((event["session"], event["leg"]), ("call", "a"))
        self.assertEqual(call.state()["a"]["dropped"]["auth"], 20)
        self.assertEqual(call.state()["a"]["streams"], streams)
        call.check_both_ways(5)

    def test_sources_of_a_clear_leg(self):
        engine = self.start_between_peers()
        self.add_address("core", "eth0", "10.99.2.77/24")
        other_port = self.socket("core", PEER["core", 4], 55555)
        other_address = self.socket("core", "10.99.2.77", 40000)
        call = Call(self, engine).start()
        dropped = 0
        for source, passing in (("strict", []), ("address", [other_port]),
                                ("any", [other_port, other_address])):
            call.core_leg["source"] = source
            call.put()
            right, others = call.core, (other_port, other_address)
            for sender in others:
                call.core = sender
                call.from_core(3)
                if sender in passing:
                    call.phone.receive_all(3)
                else:
                    dropped += 3
                    self.wait_for_drop(engine, "wrong_source", dropped)
                    self.assertTrue(call.phone.is_empty())
            call.core = right
            call.from_core(1)
            call.phone.receive()
        self.assertEqual(call.state()["b"]["dropped"]["wrong_source"], dropped)

    def test_fragments(self):
        engine = self.start_between_peers()
        Call(self, engine).start()
        before = self.drops(engine).get("fragment", 0)
        for family in (4, 6):
            sender = self.socket("access", PEER["access", family], 50000)
            self.ping("access", family, 8)  # so that the kernel need not ask for the neighbour
            sender.send(bytes(4000), (ENGINE["access", family], 20000))
            if family == 4 and self.reassembles:  # and then it is too long for a buffer
                self.wait_for_drop(engine, "ip_header", 1)
            else:
                before += 3
                self.wait_for_drop(engine, "fragment", before)
        self.assert_all_ended(engine)

    def test_unknown_ports(self):
        engine = self.start_between_peers()
        call = Call(self, engine, mux=(True, True)).start()
        for n, port in enumerate((call.to_access[1] + 1, 39999, 10, 65535), 1):
            call.phone.send(b"\x80" + bytes(40), (call.to_access[0], port))
            self.wait_for_drop(engine, "no_port", n)

    def test_what_is_no_media(self):
        engine = self.start_between_peers()
        call = Call(self, engine).start()
        for payload, reason in ((bytes(20), "not_media"),
                                (b"\x16\xfe\xff" + bytes(50), "not_media"),
                                (b"\x80\xc8" + bytes(30), "component"), (b"\x80\x08", None),
                                (b"", None), (b"\x80\x08" + bytes(8), None)):
            before = self.drops(engine)
            call.phone.send(payload, call.to_access)
            rig.poll("it is dropped", lambda: self.drops(engine) != before)
            if reason:
                self.assertEqual(self.drops(engine).get(reason), before.get(reason, 0) + 1)
        self.assertTrue(call.core.is_empty())
        self.assert_all_ended(engine)

    # --- what is told ---

    def test_first_packet_and_timeouts(self):
        engine = self.start_between_peers()
        client = engine.client()
        client.call("events.subscribe")
        call = Call(self, engine)
        call.put(timeout_s=1)
        for leg in "ab":
            self.assertIn(client.event("media.timeout", leg=leg)["since_s"], (1, 2))
        call.start(timeout_s=1)
        first = client.event("stream.first_packet", leg="a")
        self.assertEqual((first["session"], first["media"], first["ssrc"], first["from"]),
                         ("call", "0", PHONE_SSRC, {"address": PEER["access", 4], "port": 40000}))
        self.assertEqual(client.event("stream.first_packet", leg="b")["ssrc"], CORE_SSRC)
        self.assertEqual(client.event("ssrc.new", leg="a")["ssrc"], PHONE_SSRC)
        for leg in "ab":
            client.event("media.resumed", leg=leg)
        for leg in "ab":  # silence again
            client.event("media.timeout", leg=leg)


class AfPacket(Wire, netns.NetnsTest):
    driver = "net_af_packet"
    reassembles = True  # the kernel puts IPv4 together for AF_PACKET (PACKET_FANOUT_FLAG_DEFRAG)


class AfXdp(Wire, netns.NetnsTest):
    driver = "net_af_xdp"
    reassembles = False


class TwoWorkers(Helpers, netns.NetnsTest):
    """Two queues: what arrives at one worker and belongs to the other is handed over."""

    driver = "net_af_packet"
    queues = 2
    CALLS, ROUNDS, PACE_S = 20, 40, 0.01

    def test_all_packets_of_twenty_calls_arrive(self):
        engine = self.start_between_peers(workers="0,1")
        calls = [Call(self, engine, f"call-{n}", port=40000 + 2 * n) for n in range(self.CALLS)]
        for call in calls:
            call.start()
        owners = {engine.call("session.get", id=c.id)["worker"] for c in calls}
        self.assertEqual(owners, {0, 1})
        sent = {c.id: ([], []) for c in calls}
        for _ in range(self.ROUNDS):
            until = time.monotonic() + self.PACE_S
            for call in calls:
                sent[call.id][0].extend(call.from_phone(1))
                sent[call.id][1].extend(call.from_core(1))
            time.sleep(max(0, until - time.monotonic()))
        for call in calls:
            got = [data for data, _, _ in call.core.receive_all(self.ROUNDS)]
            self.assertEqual(got, sent[call.id][0])
            got = [call.phone_receive.unprotect(data)
                   for data, _, _ in call.phone.receive_all(self.ROUNDS)]
            self.assertEqual(got, sent[call.id][1])
        self.assert_all_ended(engine)
        self.assertLessEqual(self.drops(engine).keys(),
                             {"no_neighbor", "protocol"})  # protocol: multicast of the peers
        workers = engine.call("stats.get")["workers"]
        self.assertEqual(sum(w["handed_over"] for w in workers),
                         sum(w["taken_over"] for w in workers))


if __name__ == "__main__":
    unittest.main()
