# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of security policies share: keys of every suite and form, a call, its events."""

import base64
import hashlib

import netns
import rig
import srtp
from peers import PHONE_SSRC, Call
from test_wire import Helpers


def master(name, suite=rig.SUITE_80):
    """Master key and salt of that name, as bytes."""
    return hashlib.sha512(name.encode()).digest()[:srtp.Suite(suite).master_len]


def sdes(name, suite=rig.SUITE_80, **more):
    """A KEY of the protocol as a line."""
    return {**rig.key(base64.b64encode(master(name, suite)).decode(), suite), **more}


def parts(name, suite=rig.SUITE_80, **more):
    """key and salt of a KEY, or of one of its masters."""
    both, at = master(name, suite), srtp.Suite(suite).key_len
    return {"key": base64.b64encode(both[:at]).decode(),
            "salt": base64.b64encode(both[at:]).decode(), **more}


def raw(name, suite=rig.SUITE_80, **more):
    """A KEY of the protocol in parts."""
    return {"suite": suite, **parts(name, suite), **more}


def allowed(suite):
    """The consent that a suite needs."""
    return ([] if not suite.endswith("_32") else ["TAG_32"]) + \
        ([] if not suite.startswith("NULL") else ["NULL_CIPHER"])


class PolicyTest(Helpers, netns.NetnsTest):
    driver = "net_af_packet"

    def setUp(self):
        super().setUp()
        self.engine = self.start_between_peers()
        self.client = self.engine.client()
        self.client.call("events.subscribe")

    def call(self, id_="call", **more):
        return Call(self, self.engine, id_, **more)

    def open_the_way(self):
        """So that next hops are known before the first packet of a test."""
        primer = self.call("primer", port=45000).start()
        self.engine.call("session.delete", id=primer.id)

    def receive_with(self, call, name, key=None, suite=rig.SUITE_80, mki=b""):
        """Another key for the phone to send with, for the next put; its streams go on."""
        call.access_leg["receive"] = key or sdes(name, suite)
        self.phone_turns_to(call, name, suite, mki)

    @staticmethod
    def phone_turns_to(call, name, suite=rig.SUITE_80, mki=b""):
        sender = srtp.Srtp(master(name, suite), suite, mki)
        sender.rtp.highest = dict(call.phone_send.rtp.highest)
        call.phone_send = sender

    def assert_passes(self, call, count=5):
        """Packets of the phone come to the core unchanged."""
        sent = call.from_phone(count)
        self.assertEqual([data for data, _, _ in call.core.receive_all(count)], sent)

    def assert_comes_back(self, call, count=5):
        """Packets of the core come to the phone, encrypted, unchanged."""
        sent = call.from_core(count)
        got = [data for data, _, _ in call.phone.receive_all(count)]
        self.assertEqual([call.phone_receive.unprotect(data) for data in got], sent)

    def dropped(self, call, reason, leg="a"):
        return call.state()[leg]["dropped"].get(reason, 0)

    def assert_dropped(self, call, reason, count=3, send=None, leg="a"):
        """What send(count) sends is dropped on a leg for that reason, and nothing else happens."""
        before = self.dropped(call, reason, leg)
        (send or call.from_phone)(count)
        rig.poll(f"{count} dropped for {reason}",
                 lambda: self.dropped(call, reason, leg) >= before + count)
        self.assertEqual(self.dropped(call, reason, leg), before + count)
        self.assertTrue(call.core.is_empty())

    def resend(self, call, wires):
        """Sends ready datagrams from the phone."""
        for wire in wires:
            call.phone.send(wire, call.to_access)

    def assert_plain_is_dropped(self, call, count=3, reason="plain"):
        """Plain media, which shows as such: the payload is A-law silence."""
        packets = [srtp.rtp(call.phone_seq + n, PHONE_SSRC, b"\xd5" * 160) for n in range(count)]
        self.assert_dropped(call, reason, count, lambda _: self.resend(call, packets))

    def protected(self, call, count=1):
        """The phone's next packets, not sent yet: [(RTP, SRTP)]."""
        out = []
        for _ in range(count):
            packet = srtp.rtp(call.phone_seq, PHONE_SSRC, srtp.payload(call.phone_seq))
            out.append((packet, call.phone_send.protect(packet)))
            call.phone_seq += 1
        return out

    def stream(self, call, direction="receive", leg="a"):
        return next(s for s in call.state()[leg]["streams"] if s["direction"] == direction)
