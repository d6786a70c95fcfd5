#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What legs take and send under each security policy, and where they send it, over real sockets;
replay windows, floods, and keys that have one sender."""

import time
import unittest

import rig
import srtp
from netns import PEER
from peers import CORE_SSRC, ENGINE_KEY, NEW_KEY, PHONE_KEY, PHONE_SSRC
from policies import PolicyTest, master, parts, raw, sdes

PLACE = {"address": PEER["access", 4], "port": 40000}


class Security(PolicyTest):
    def test_preferred_takes_plain_until_the_first_authenticated_packet(self):
        call = self.call()
        call.access_leg["security"] = "preferred"
        secure, call.phone_send = call.phone_send, None
        call.start()
        self.assert_passes(call)
        self.assertFalse(call.state()["a"]["locked"])
        call.phone_send = secure
        self.assert_passes(call, 1)
        event = self.client.event("security.locked")
        self.assertEqual((event["session"], event["leg"], event["ssrc"], event["from"]),
                         ("call", "a", PHONE_SSRC, PLACE))
        self.assertTrue(call.state()["a"]["locked"])
        self.assert_plain_is_dropped(call)
        self.assertEqual(self.client.event("plain.seen")["leg"], "a")
        call.check_both_ways(5)
        call.check_rtcp()

    def test_a_lock_outlives_revisions(self):
        call = self.call()
        call.access_leg["security"] = "preferred"
        call.start()
        self.assertTrue(call.state()["a"]["locked"])
        for change, reason in (({"receive": sdes("another")}, "plain"), ({"dscp": 10}, "plain"),
                               ({"receive": None}, "no_key")):
            call.access_leg.update(change)
            call.access_leg = {k: v for k, v in call.access_leg.items() if v is not None}
            call.put()
            self.assertTrue(call.state()["a"]["locked"])
            self.assert_plain_is_dropped(call, reason=reason)

    def test_weaker_only_when_it_is_wished(self):
        call = self.call().start()
        strong = call.access_leg
        for security in ("preferred", "clear"):
            call.access_leg = {**strong, "security": security}
            if security == "clear":
                del call.access_leg["receive"], call.access_leg["send"]
            self.refused("params", call.put, field="media[0].a.security")
            self.assertEqual(call.state()["a"]["security"], "required")
        call.access_leg["downgrade"] = True
        call.put()
        call.phone_send = None
        self.assert_passes(call)

    def test_preferred_without_a_send_key_sends_plain(self):
        call = self.call()
        call.access_leg["security"] = "preferred"
        del call.access_leg["send"]
        secure, call.phone_send = call.phone_send, None
        call.start()
        sent = call.from_core(5)
        self.assertEqual([data for data, _, _ in call.phone.receive_all(5)], sent)
        call.phone_send = secure
        self.assert_passes(call)  # which locks the leg: plain packets to it end, too
        call.from_core(3)
        rig.poll("they are dropped", lambda: self.drops(self.engine).get("send_no_key", 0) >= 3)
        self.assertTrue(call.phone.is_empty())
        call.access_leg["send"] = sdes("for the answer")
        call.put()
        call.phone_receive = srtp.Srtp(sdes_text(call.access_leg["send"]))
        self.assert_comes_back(call)

    def test_required_without_a_send_key_is_silent(self):
        call = self.call()
        call.start()
        del call.access_leg["send"]
        call.put()
        call.from_core(3)
        rig.poll("they are dropped", lambda: self.drops(self.engine).get("send_no_key", 0) >= 3)
        self.assertTrue(call.phone.is_empty())

    def test_verify_forwards_what_is_authentic_as_it_came(self):
        call = self.call(security="verify", receive=sdes("of the core"))
        call.access_leg["security"] = "verify"
        del call.access_leg["send"]
        call.core_send = srtp.Srtp(sdes_text(sdes("of the core")))
        call.start()
        wires = [wire for _, wire in self.protected(call, 10)]
        self.resend(call, wires)
        self.assertEqual([data for data, _, _ in call.core.receive_all(10)], wires)
        report = call.phone_send.protect_rtcp(srtp.sender_report(PHONE_SSRC))
        call.phone_rtcp.send(report, call.to_access_rtcp)
        self.assertEqual(call.core_rtcp.receive()[0], report)
        wire = call.core_send.protect(srtp.rtp(call.core_seq, CORE_SSRC, b"back" * 40))
        call.core.send(wire, call.to_core)
        self.assertEqual(call.phone.receive()[0], wire)
        self.assert_dropped(call, "replay", 10, lambda _: self.resend(call, wires))
        call.phone_send, right = srtp.Srtp(NEW_KEY), call.phone_send
        call.phone_send.rtp.highest = dict(right.rtp.highest)
        self.assert_dropped(call, "auth")
        self.assert_plain_is_dropped(call)

    def test_opaque_forwards_everything_of_rfc_7983(self):
        call = self.call(security="opaque")
        call.access_leg["security"] = "opaque"
        del call.access_leg["receive"], call.access_leg["send"]
        call.phone_send = None
        call.start()
        kinds = {"RTP": srtp.rtp(7, PHONE_SSRC, b"media"), "RTCP": srtp.sender_report(PHONE_SSRC),
                 "SRTP": srtp.Srtp(PHONE_KEY).protect(srtp.rtp(8, PHONE_SSRC, b"media")),
                 "STUN": b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12),
                 "ZRTP": b"\x10\x00\x12\x34ZRTP" + bytes(40),
                 "DTLS": b"\x16\xfe\xff" + bytes(60), "TURN": b"\x40\x00\x00\x08" + bytes(8)}
        for name, data in kinds.items():
            with self.subTest(name):
                call.phone.send(data, call.to_access)
                self.assertEqual(call.core.receive()[:2], (data, call.to_core))
                call.core.send(data, call.to_core)
                self.assertEqual(call.phone.receive()[:2], (data, call.to_access))
                call.phone_rtcp.send(data, call.to_access_rtcp)
                self.assertEqual(call.core_rtcp.receive()[:2], (data, call.to_core_rtcp))
        for first in (0x05, 0xff):
            self.assert_dropped(call, "not_media", 1,
                                lambda _: self.resend(call, [bytes([first]) * 40]))

    def test_consent(self):
        """What is weak is refused until the leg allows it by name; then it works."""
        call = self.call()
        for suite, names in ((rig.SUITE_32, ["TAG_32"]), ("NULL_HMAC_SHA1_80", ["NULL_CIPHER"]),
                             ("NULL_HMAC_SHA1_32", ["TAG_32", "NULL_CIPHER"])):
            weak = sdes("weak", suite)
            for side in ("receive", "send"):
                for partly in [names[:n] for n in range(len(names))]:
                    leg = {**call.access_leg, side: weak, "allow": partly or None}
                    leg = {k: v for k, v in leg.items() if v is not None}
                    self.refused("consent", self.engine.call, "session.put", id="call", rev=1,
                                 media=[{"a": leg, "b": call.core_leg}],
                                 field=f"media[0].a.{side}")
        for mode in ("UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP", "UNAUTHENTICATED_SRTP"):
            leg = {**call.access_leg, "receive": {
                "sdes": f"1 {rig.SUITE_80} inline:{PHONE_KEY} {mode}"}}
            self.refused("consent", self.engine.call, "session.put", id="call", rev=1,
                         media=[{"a": leg, "b": call.core_leg}], field="media[0].a.receive")
        call.access_leg.update(receive=sdes("weak", rig.SUITE_32), allow=["TAG_32"])
        call.phone_send = srtp.Srtp(sdes_text(call.access_leg["receive"]), rig.SUITE_32)
        call.start()
        self.assert_passes(call)


def sdes_text(key):
    """The base64 of key and salt in a line."""
    return key["sdes"].split("inline:")[1]


class Latching(PolicyTest):
    def test_secure_leg_follows_its_phone(self):
        call = self.call()
        call.access_leg["latch"] = True
        call.start()
        self.add_address("access", "eth0", "10.99.1.77/24")
        old, before = call.phone, PLACE
        for address, port in ((PEER["access", 4], 47000), ("10.99.1.77", 40000)):
            call.phone = self.socket("access", address, port)
            for _ in range(3):  # a leg moves every few milliseconds at most
                self.assert_passes(call, 1)
                time.sleep(0.01)
            event = self.client.event("latched")
            now = {"address": address, "port": port}
            self.assertEqual((event["leg"], event["from"], event["to"]), ("a", before, now))
            self.assertEqual(call.state()["a"]["remote"]["port"], port)
            self.prime(lambda: call.from_core(1), call.phone)
            self.assert_comes_back(call)
            before = now
        old.drain()
        self.assert_comes_back(call)
        self.assertTrue(old.is_empty())

    def test_nobody_else_moves_a_secure_leg(self):
        """Forged, plain, replayed and merely late packets leave it where it is."""
        call = self.call()
        call.access_leg["latch"] = True
        call.start()
        (_, late), *_ = self.protected(call)
        sent = self.protected(call, 5)
        self.resend(call, [wire for _, wire in sent])
        call.core.receive_all(5)
        thief, phone = self.socket("access", PEER["access", 4], 47002), call.phone
        right, call.phone = call.phone_send, thief
        self.assert_dropped(call, "replay", 5,
                            lambda _: self.resend(call, [wire for _, wire in sent]))
        call.phone_send = srtp.Srtp(NEW_KEY)
        call.phone_send.rtp.highest = dict(right.rtp.highest)
        self.assert_dropped(call, "auth")
        self.assert_plain_is_dropped(call)
        thief.send(late, call.to_access)  # authentic and new, but not the newest
        call.core.receive()
        call.phone, call.phone_send = phone, right
        self.assert_comes_back(call)
        self.assertTrue(thief.is_empty())
        self.assertEqual(call.state()["a"]["remote"]["port"], 40000)
        self.assertEqual([e for e in self.client.events if e["kind"] == "latched"], [])

    def test_without_latch_a_leg_stays(self):
        call = self.call().start()
        elsewhere, call.phone = call.phone, self.socket("access", PEER["access", 4], 47004)
        self.assert_passes(call)
        call.phone, moved = elsewhere, call.phone
        self.assert_comes_back(call)
        self.assertTrue(moved.is_empty())

    def test_clear_leg_learns_once(self):
        """The remote that signalling gave is wrong; the first packets tell, and nobody later."""
        self.open_the_way()
        call = self.call(latch=True)
        call.core_leg["remote"]["port"] = 41000
        call.put()
        for _ in range(6):
            call.from_core(1)
        event = self.client.event("latched")
        self.assertEqual((event["leg"], event["from"]["port"], event["to"]["port"]),
                         ("b", 41000, 40000))
        call.phone.receive_all(6)
        self.assert_passes(call)
        right, call.core = call.core, self.socket("core", call.core_address, 41002)
        self.assert_dropped(call, "wrong_source", 10, call.from_core, leg="b")
        call.core = right
        self.assert_passes(call)
        self.assertEqual([e for e in self.client.events if e["kind"] == "latched"], [])

    def test_clear_leg_prefers_the_signalled_place(self):
        """A stranger is first, but the peer comes where signalling said: it wins."""
        self.open_the_way()
        call = self.call(latch=True)
        call.put()
        right, call.core = call.core, self.socket("core", call.core_address, 41002)
        call.from_core(2)
        call.core = right
        call.from_core(5)
        rig.poll("they came", lambda: call.state()["b"]["received"]["packets"] >= 5)
        self.assert_passes(call)
        self.assertEqual(call.state()["b"]["remote"]["port"], 40000)


class EarlyMedia(PolicyTest):
    LIMIT = 16  # packets of a leg

    def start_early(self, **leg):
        """A call whose phone sends before its key is there."""
        self.open_the_way()
        call = self.call()
        self.key = call.access_leg.pop("receive")
        call.access_leg.update(leg)
        call.put()
        return call

    def bring_key(self, call):
        call.access_leg["receive"] = self.key
        call.put()

    def test_packets_before_the_key_pass_when_it_comes_in_time(self):
        call = self.start_early(early_ms=4000)
        sent = call.from_phone(10)
        time.sleep(0.1)
        self.assertTrue(call.core.is_empty())
        self.bring_key(call)
        self.assertEqual([data for data, _, _ in call.core.receive_all(10)], sent)
        self.assert_passes(call)
        self.assertEqual(call.state()["a"]["dropped"], {})

    def test_not_more_than_a_few(self):
        call = self.start_early(early_ms=4000)
        sent = call.from_phone(self.LIMIT + 5)
        rig.poll("the rest is dropped", lambda: self.dropped(call, "no_key") == 5)
        self.bring_key(call)
        got = [data for data, _, _ in call.core.receive_all(self.LIMIT)]
        self.assertEqual(got, sent[:self.LIMIT])
        self.assert_passes(call)

    def test_not_when_the_key_comes_late(self):
        call = self.start_early(early_ms=200)
        call.from_phone(5)
        rig.poll("they are dropped", lambda: self.dropped(call, "early") == 5)
        self.bring_key(call)
        self.assert_passes(call)

    def test_not_without_early_ms(self):
        call = self.start_early(early_ms=0)
        self.assert_dropped(call, "no_key", 5)
        self.bring_key(call)
        self.assert_passes(call)

    def test_forged_packets_gain_nothing_by_being_early(self):
        call = self.start_early(early_ms=4000)
        call.phone_send, right = srtp.Srtp(ENGINE_KEY), call.phone_send
        call.from_phone(5)
        self.bring_key(call)
        rig.poll("they are dropped", lambda: self.dropped(call, "auth") == 5)
        call.phone_send = right
        self.assert_passes(call)


class Windows(PolicyTest):
    def check(self, width, passes):
        """A packet that is so many packets late passes or is old."""
        call = self.call_with_window(width)
        for late_by, passing in passes.items():
            (packet, wire), *others = self.protected(call, late_by + 1)
            self.resend(call, [others[-1][1]])
            call.core.receive()
            if passing:
                self.resend(call, [wire])
                self.assertEqual(call.core.receive()[0], packet)
                self.assert_dropped(call, "replay", 1, lambda _: self.resend(call, [wire]))
            else:
                self.assert_dropped(call, "old", 1, lambda _: self.resend(call, [wire]))
        self.assertEqual(call.state()["a"]["replay_window"], width or 1024)

    def call_with_window(self, width):
        call = self.call()
        if width:
            call.access_leg["replay_window"] = width
        return call.start()

    def test_narrowest(self):
        self.check(64, {1: True, 63: True, 64: False, 200: False})

    def test_default(self):
        self.check(None, {1000: True, 1023: True, 1024: False})

    def test_wide(self):
        self.check(4096, {2000: True, 4095: True, 4096: False})

    def test_of_a_line(self):
        """WSH of RFC 4568, 6.3.6; the leg's own word goes before it."""
        call = self.call()
        call.access_leg["receive"]["sdes"] += " WSH=300"
        call.start()
        self.assertEqual(call.state()["a"]["replay_window"], 300)

    def test_repeat(self):
        """The same packet may be sent again, as the same bytes; another one not (RFC 3711, 3.1)."""
        for repeat in (False, True):
            call = self.call(f"call-{repeat}", port=40000 + 10 * repeat)
            call.access_leg["repeat"] = repeat
            call.start()
            packet = srtp.rtp(call.core_seq, CORE_SSRC, b"once" * 40)
            call.core.send(packet, call.to_core)
            wire = call.phone.receive()[0]
            call.core.send(packet, call.to_core)
            if repeat:
                self.assertEqual(call.phone.receive()[0], wire)
            call.core.send(srtp.rtp(call.core_seq, CORE_SSRC, b"else" * 40), call.to_core)
            rig.poll("it is dropped",
                     lambda: self.drops(self.engine).get("send_reuse", 0) == 2 + repeat)
            self.assertTrue(call.phone.is_empty())


class Attacks(PolicyTest):
    def test_flood(self):
        """Hundreds of wrong tags in a second: told once, and the call goes on."""
        call = self.call().start()
        forger = srtp.Srtp(master("nobody's"))
        forged = []
        for n in range(600):  # all over the space of sequence numbers
            forged.append(forger.protect(srtp.rtp(n * 109 & 0xffff, PHONE_SSRC, srtp.payload(n))))
        # one after the other: the device's queue does not hold all of them while the engine sleeps
        for n, (packet, wire) in enumerate(self.protected(call, 60)):
            self.resend(call, forged[10 * n:10 * n + 10])
            self.resend(call, [wire])
            self.assertEqual(call.core.receive()[0], packet)
        event = self.client.event("auth.flood")
        self.assertEqual(event["leg"], "a")
        self.assertGreaterEqual(event["count"], 200)
        rig.poll("all are dropped", lambda: sum(
            self.dropped(call, reason) for reason in ("auth", "flood", "old", "replay")) == 600)
        self.assertGreater(self.dropped(call, "flood"), 0)
        time.sleep(1.1)
        self.assert_passes(call)

    def test_a_key_has_one_sender(self):
        one = self.call("one")
        one.access_leg["send"] = sdes("mine")
        one.start()
        two = self.call("two", port=41000)
        for form in (sdes("mine"), raw("mine"), {
                "suite": rig.SUITE_80, "mki_length": 1, "masters": [parts("mine", mki=9)]}):
            two.access_leg["send"] = form
            self.refused("key_in_use", two.put, field="media[0].a.send")
        two.access_leg["send"] = two.access_leg["receive"]
        self.refused("key_in_use", two.put, field="media[0].a.send")
        two.access_leg["send"] = sdes("mine", shared=True)
        two.put()
        self.engine.call("session.delete", id="one")
        self.engine.call("session.delete", id="two")
        three = self.call("three", port=42000)
        three.access_leg["send"] = sdes("mine")
        three.put()


if __name__ == "__main__":
    unittest.main()
