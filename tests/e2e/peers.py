# SPDX-License-Identifier: BSD-3-Clause
"""The two ends of a call in namespaces: a phone that speaks SRTP and a peer that speaks RTP."""

import base64
import hashlib
import time

import frames
import netns
import rig
import srtp
from netns import PEER

PHONE_KEY = base64.b64encode(hashlib.sha256(b"from the phone").digest()[:30]).decode()
ENGINE_KEY = base64.b64encode(hashlib.sha256(b"to the phone").digest()[:30]).decode()
NEW_KEY = base64.b64encode(hashlib.sha256(b"after a re-key").digest()[:30]).decode()
PHONE_SSRC, CORE_SSRC = 0x11111111, 0x22222222


class Call:
    """A call between a phone in "access" that speaks SRTP and a peer in "core" that speaks RTP."""

    def __init__(self, test, engine, id_="call", families=(4, 4), mux=(False, False), port=40000,
                 phone=None, **core_leg):
        self.test, self.engine, self.id, self.rev = test, engine, id_, 0
        self.core_address = PEER["core", families[1]]
        self.phone = phone or test.socket("access", PEER["access", families[0]], port)
        self.core = test.socket("core", self.core_address, port)
        self.phone_rtcp, self.core_rtcp = self.phone, self.core
        if not mux[0]:
            self.phone_rtcp = test.socket("access", PEER["access", families[0]], port + 1)
        if not mux[1]:
            self.core_rtcp = test.socket("core", self.core_address, port + 1)
        self.access_leg = {
            "interface": "access", "family": f"ip{families[0]}", "security": "required",
            "rtcp_mux": mux[0], "remote": {"address": self.phone.address[0], "port": port},
            "receive": rig.key(PHONE_KEY), "send": {**rig.key(ENGINE_KEY), "shared": True}}
        self.core_leg = {
            "interface": "core", "family": f"ip{families[1]}", "security": "clear",
            "rtcp_mux": mux[1], "remote": {"address": self.core_address, "port": port}, **core_leg}
        self.phone_send, self.phone_receive = srtp.Srtp(PHONE_KEY), srtp.Srtp(ENGINE_KEY)
        self.core_send = None  # an srtp.Srtp, when the core speaks SRTP; phone_send None: plain
        self.phone_seq, self.core_seq = 65500, 1000  # the first one wraps soon

    def put(self, **more):
        self.rev += 1
        put = self.engine.call("session.put", id=self.id, rev=self.rev,
                               media=[{"a": self.access_leg, "b": self.core_leg}], **more)
        a, b = put["media"][0]["a"], put["media"][0]["b"]
        self.to_access, self.to_access_rtcp = ((a["address"], a[p]) for p in ("port", "rtcp_port"))
        self.to_core, self.to_core_rtcp = ((b["address"], b[p]) for p in ("port", "rtcp_port"))
        return put

    def start(self, **more):
        """Puts the call, and waits until packets come through: next hops are known then."""
        self.put(**more)
        self.test.prime(lambda: self.from_phone(1), self.core)
        self.test.prime(lambda: self.from_core(1), self.phone)
        return self

    def from_phone(self, count):
        """The phone sends; returns the RTP that should come out."""
        packets = []
        for _ in range(count):
            packets.append(srtp.rtp(self.phone_seq, PHONE_SSRC, srtp.payload(self.phone_seq)))
            self.phone.send(self.phone_send.protect(packets[-1]) if self.phone_send
                            else packets[-1], self.to_access)
            self.phone_seq += 1
        return packets

    def from_core(self, count):
        packets = []
        for _ in range(count):
            packets.append(srtp.rtp(self.core_seq, CORE_SSRC, srtp.payload(-self.core_seq)))
            self.core.send(self.core_send.protect(packets[-1]) if self.core_send else packets[-1],
                           self.to_core)
            self.core_seq += 1
        return packets

    def check_both_ways(self, count=50):
        """All packets of both directions arrive unchanged, from the right addresses."""
        sent = self.from_phone(count)
        got = self.core.receive_all(count)
        self.test.assertEqual([data for data, _, _ in got], sent)
        self.test.assertEqual({source for _, source, _ in got}, {self.to_core})
        sent = self.from_core(count)
        got = self.phone.receive_all(count)
        self.test.assertEqual([self.phone_receive.unprotect(data) for data, _, _ in got], sent)
        self.test.assertNotIn(sent[0], [data for data, _, _ in got])
        self.test.assertEqual({source for _, source, _ in got}, {self.to_access})

    def check_rtcp(self):
        """Sender reports of both directions arrive on the right ports."""
        report = srtp.sender_report(PHONE_SSRC)
        self.phone_rtcp.send(self.phone_send.protect_rtcp(report), self.to_access_rtcp)
        data, source, _ = self.core_rtcp.receive()
        self.test.assertEqual((data, source), (report, self.to_core_rtcp))
        report = srtp.sender_report(CORE_SSRC)
        self.core_rtcp.send(report, self.to_core_rtcp)
        data, source, _ = self.phone_rtcp.receive()
        self.test.assertEqual(self.phone_receive.unprotect_rtcp(data), report)
        self.test.assertEqual(source, self.to_access_rtcp)

    def state(self):
        return self.engine.call("session.get", id=self.id)["media"][0]


class TaggedPhone:
    """A phone in a VLAN, made of raw frames so that the kernel need not know VLANs."""

    def __init__(self, test, engine):
        self.raw = test.raw_socket("access")
        self.mac = test.mac("access")
        ports = {p["name"]: p["mac"] for p in engine.call("stats.get")["ports"]}
        self.engine_mac = bytes.fromhex(ports["access"].replace(":", ""))
        self.address = (netns.VLAN_PEER, 40000)
        self.tag = netns.VLAN

    def send(self, payload, to):
        self.raw.send(frames.build(frames.Datagram(self.address, to, payload, self.engine_mac,
                                                   self.mac, vlan=self.tag)))

    def receive(self, seconds=5.0):
        """As netns.Socket does it; what has another tag is overheard."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.raw.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                frame, vlan, _ = netns.receive_frame(self.raw)
                datagram = frames.parse(frame)
            except (TimeoutError, ValueError):
                continue
            if vlan == netns.VLAN and datagram.dst == self.address:
                return datagram.payload, datagram.src, datagram.dscp
        raise AssertionError(f"nothing came to {self.address} in {seconds} s")

    def receive_all(self, count):
        return [self.receive() for _ in range(count)]

    def drain(self):
        self.raw.setblocking(False)
        try:
            while True:
                self.raw.recv(65536)
        except BlockingIOError:
            pass
