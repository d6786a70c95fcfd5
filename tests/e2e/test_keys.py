#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Keys and their lives over real sockets: suites, MKIs, lifetimes, re-keys, rollover counters."""

import time
import unittest

import extensions
import rig
import srtp
from peers import CORE_SSRC, PHONE_SSRC
from policies import PolicyTest, allowed, master, parts, raw, sdes


class Suites(PolicyTest):
    def test_a_call_with_each_suite_of_hello(self):
        suites = self.engine.call("hello", api={"major": 1, "minor": 1})["suites"]
        self.assertIn("AEAD_AES_256_GCM", suites)
        for n, suite in enumerate(suites):
            with self.subTest(suite):
                call = self.call(f"call-{n}", port=40000 + 2 * n)
                form = (sdes, raw)[n % 2]
                call.access_leg.update(receive=form(f"in {n}", suite),
                                       send=form(f"out {n}", suite))
                if allowed(suite):
                    call.access_leg["allow"] = allowed(suite)
                call.phone_send = srtp.Srtp(master(f"in {n}", suite), suite)
                call.phone_receive = srtp.Srtp(master(f"out {n}", suite), suite)
                call.start()
                if suite.startswith("NULL"):
                    self.assert_passes(call, 50)
                    self.assert_comes_back(call, 50)
                else:
                    call.check_both_ways()
                call.check_rtcp()
                state = call.state()["a"]
                self.assertEqual(state["suite"], {"receive": suite, "send": suite})
                self.assertLessEqual(state["dropped"].keys(), {"no_neighbor"})

    def test_between_two_suites(self):
        """AES-256-GCM on one side, AES-128-CM on the other."""
        gcm = "AEAD_AES_256_GCM"
        call = self.call(security="required", receive=sdes("of the core"),
                         send=sdes("to the core"))
        call.access_leg.update(receive=sdes("of the phone", gcm), send=sdes("to the phone", gcm))
        call.phone_send = srtp.Srtp(master("of the phone", gcm), gcm)
        call.phone_receive = srtp.Srtp(master("to the phone", gcm), gcm)
        call.core_send = srtp.Srtp(master("of the core"))
        judge = srtp.Srtp(master("to the core"))
        call.start()
        judge.rtp.highest[PHONE_SSRC] = call.phone_send.rtp.highest[PHONE_SSRC]
        sent = call.from_phone(50)
        got = [data for data, _, _ in call.core.receive_all(50)]
        self.assertEqual([judge.unprotect(data) for data in got], sent)
        self.assert_comes_back(call, 50)


class Mki(PolicyTest):
    LENGTH = 4

    @classmethod
    def mki(cls, value):
        return value.to_bytes(cls.LENGTH, "big")

    def line(self, *names):
        """A line with a master key for each name; their MKIs count from 1."""
        return {"sdes": f"1 {rig.SUITE_80} " + ";".join(
            f"inline:{sdes(name)['sdes'].split('inline:')[1]}|2^20|{n}:{self.LENGTH}"
            for n, name in enumerate(names, 1))}

    def masters(self, *names):
        return {"suite": rig.SUITE_80, "mki_length": self.LENGTH,
                "masters": [parts(name, mki=n) for n, name in enumerate(names, 1)]}

    def check(self, form):
        call = self.call()
        call.access_leg.update(receive=form("in 1", "in 2"),
                               send={**form("out 1", "out 2"), "send_mki": 2})
        call.phone_send = srtp.Srtp(master("in 1"), mki=self.mki(1))
        call.phone_receive = srtp.Srtp(master("out 2"), mki=self.mki(2))
        call.start()
        call.check_both_ways(5)
        call.check_rtcp()
        self.phone_turns_to(call, "in 2", mki=self.mki(2))  # any of them, any time
        self.assert_passes(call)
        self.phone_turns_to(call, "in 1", mki=self.mki(1))
        self.assert_passes(call)
        self.phone_turns_to(call, "in 1", mki=self.mki(3))
        self.assert_dropped(call, "mki")
        self.phone_turns_to(call, "in 1", mki=self.mki(2))  # the other one's
        self.assert_dropped(call, "auth")
        self.phone_turns_to(call, "in 2", mki=self.mki(2))
        self.assert_passes(call)
        call.access_leg["send"]["send_mki"] = 1
        call.put()
        state, highest = call.phone_receive.rtp.highest, self.stream(call, "send")
        call.phone_receive = srtp.Srtp(master("out 1"), mki=self.mki(1))
        call.phone_receive.rtp.highest = state
        call.check_both_ways(5)
        self.assertEqual(self.stream(call, "send")["highest_seq"], highest["highest_seq"] + 5)
        self.assertEqual({call.state()["a"]["use"][way]["masters"]
                          for way in ("receive", "send")}, {2})

    def test_several_masters_in_a_line(self):
        self.check(self.line)

    def test_several_masters_apart(self):
        self.check(self.masters)

    def test_the_next_master_is_added_and_the_first_one_leaves(self):
        """A re-key by MKI: streams and windows go on, nothing is lost or taken twice."""
        call = self.call()
        call.access_leg["receive"] = self.masters("in 1")
        call.phone_send = srtp.Srtp(master("in 1"), mki=self.mki(1))
        call.start()
        sent = self.protected(call, 5)
        self.resend(call, [wire for _, wire in sent])
        call.core.receive_all(5)
        call.access_leg["receive"] = self.masters("in 1", "in 2")
        call.put()
        self.assert_passes(call)
        self.phone_turns_to(call, "in 2", mki=self.mki(2))
        self.assert_passes(call)
        self.assert_dropped(call, "replay", 5,
                            lambda _: self.resend(call, [wire for _, wire in sent]))
        call.access_leg["receive"] = {**self.masters("in 2"), "overlap_ms": 0}
        call.access_leg["receive"]["masters"][0]["mki"] = 2
        call.put()
        self.assert_passes(call)
        self.phone_turns_to(call, "in 1", mki=self.mki(1))
        self.assert_dropped(call, "mki")

    def test_mki_of_128_bytes(self):
        call = self.call()
        call.access_leg["receive"] = {"suite": rig.SUITE_80, "mki_length": 128,
                                      "masters": [parts("long", mki=5)]}
        call.phone_send = srtp.Srtp(master("long"), mki=bytes(127) + b"\5")
        call.start()
        self.assert_passes(call)


class Lifetimes(PolicyTest):
    LIFE, WORN = 50, 45  # packets; rekey.needed comes after 90 %

    def check(self, call, direction, send):
        """send(count) uses the key of a direction up; a new one helps."""
        self.assertTrue(send(self.WORN - 1))
        self.assertEqual([e for e in self.client.events if e["kind"] == "rekey.needed"], [])
        self.assertTrue(send(1))
        event = self.client.event("rekey.needed")
        self.assertEqual({k: event[k] for k in ("leg", "direction", "packets", "limit")},
                         {"leg": "a", "direction": direction, "packets": self.WORN,
                          "limit": self.LIFE})
        self.assertTrue(send(self.LIFE - self.WORN))
        use = call.state()["a"]["use"][direction]
        self.assertEqual((use["rtp"], use["limit"]), (self.LIFE, self.LIFE))

    def assert_expired(self, direction):
        event = self.client.event("key.expired")
        self.assertEqual((event["leg"], event["direction"]), ("a", direction))
        self.assertEqual([e for e in self.client.events if e["kind"] == "key.expired"], [])

    def test_receive_key(self):
        for key in (raw("short-lived", lifetime=self.LIFE),
                    {"sdes": sdes("short-lived, too")["sdes"] + f"|{self.LIFE}"}):
            call = self.call(f"call-{len(key)}", port=40000 + 2 * len(key)).start()
            name = "short-lived" if "key" in key else "short-lived, too"
            self.receive_with(call, name, {**key, "overlap_ms": 0})
            call.put()
            self.check(call, "receive", lambda count: self.assert_passes(call, count) or True)
            self.assert_dropped(call, "key_expired")
            self.assert_expired("receive")
            self.receive_with(call, "fresh")
            call.put()
            self.assert_passes(call)

    def test_send_key(self):
        call = self.call().start()
        self.turn_back(call, "short-lived", raw("short-lived", lifetime=self.LIFE))
        self.check(call, "send", lambda count: self.assert_comes_back(call, count) or True)
        call.from_core(3)
        rig.poll("they are dropped", lambda: self.drops(self.engine).get("send_expired", 0) == 3)
        self.assertTrue(call.phone.is_empty())
        self.assert_expired("send")
        self.turn_back(call, "fresh", sdes("fresh"))
        self.assert_comes_back(call)

    @staticmethod
    def turn_back(call, name, key):
        """Another key towards the phone, which goes on with it."""
        call.access_leg["send"] = key
        call.put()
        highest, call.phone_receive = call.phone_receive.rtp.highest, srtp.Srtp(master(name))
        call.phone_receive.rtp.highest = highest


class Rekey(PolicyTest):
    def test_late_packets_of_the_old_key(self):
        call = self.call().start()
        late = self.protected(call, 12)
        self.assert_passes(call)
        old = call.phone_send
        self.receive_with(call, "new", sdes("new", overlap_ms=1500))
        call.put()
        put_at = time.monotonic()
        self.assertTrue(call.state()["a"]["use"]["receive"]["previous"])
        self.assert_passes(call)
        self.resend(call, [wire for _, wire in late[:10]])
        self.assertEqual([data for data, _, _ in call.core.receive_all(10)],
                         [packet for packet, _ in late[:10]])
        self.assert_passes(call)
        # once only
        wires = [wire for _, wire in late[:10]]
        before = sum(call.state()["a"]["dropped"].values())
        self.resend(call, wires)
        rig.poll("they are dropped",
                 lambda: sum(call.state()["a"]["dropped"].values()) == before + 10)
        self.assertTrue(call.core.is_empty())
        # the phone may go on with the old key for a while
        new, call.phone_send = call.phone_send, old
        call.phone_send.rtp.highest = dict(new.rtp.highest)
        self.assert_passes(call, 1)
        new.rtp.highest = dict(call.phone_send.rtp.highest)
        call.phone_send = new
        time.sleep(max(0, put_at + 1.7 - time.monotonic()))
        self.assertFalse(call.state()["a"]["use"]["receive"]["previous"])
        self.assert_dropped(call, "auth", 2,
                            lambda _: self.resend(call, [wire for _, wire in late[10:]]))
        self.assert_passes(call)

    def test_without_overlap(self):
        call = self.call().start()
        late = self.protected(call, 3)
        self.receive_with(call, "new", sdes("new", overlap_ms=0))
        call.put()
        self.assertFalse(call.state()["a"]["use"]["receive"]["previous"])
        self.assert_dropped(call, "auth", 3,
                            lambda _: self.resend(call, [wire for _, wire in late]))
        self.assert_passes(call)

    def test_a_fast_phone_goes_on_with_the_old_key(self):
        """More packets than a flood has wrong tags: none is lost, none is called a flood."""
        call = self.call().start()
        sent = self.protected(call, 600)
        call.access_leg["receive"] = sdes("new")
        call.put()
        for at in range(0, 600, 50):
            self.resend(call, [wire for _, wire in sent[at:at + 50]])
            got = [data for data, _, _ in call.core.receive_all(50)]
            self.assertEqual(got, [packet for packet, _ in sent[at:at + 50]])
        self.phone_turns_to(call, "new")
        self.assert_passes(call)
        self.assertEqual([e["kind"] for e in self.client.events if e["kind"][:4] == "auth"], [])

    def test_between_suites(self):
        """From AES-128-CM with a short tag to AES-256-GCM, and late packets of the former."""
        call = self.call()
        call.access_leg["allow"] = ["TAG_32"]
        call.access_leg["receive"] = sdes("short", rig.SUITE_32)
        call.phone_send = srtp.Srtp(master("short", rig.SUITE_32), rig.SUITE_32)
        call.start()
        late = self.protected(call, 5)
        gcm = "AEAD_AES_256_GCM"
        self.receive_with(call, "long", suite=gcm)
        call.put()
        self.assert_passes(call)
        self.resend(call, [wire for _, wire in late])
        self.assertEqual([data for data, _, _ in call.core.receive_all(5)],
                         [packet for packet, _ in late])

    def test_a_send_key_changes_at_once(self):
        call = self.call().start()
        self.assert_comes_back(call)
        highest = call.phone_receive.rtp.highest
        call.access_leg["send"] = sdes("new")
        call.put()
        call.phone_receive = srtp.Srtp(master("new"))
        call.phone_receive.rtp.highest = highest
        self.assert_comes_back(call)


class Rollover(PolicyTest):
    def start_wrapped(self):
        """A call whose phone is at rollover counter 1."""
        call = self.call().start()
        self.assert_passes(call, 60)
        self.assertEqual(self.stream(call)["roc"], 1)
        return call

    def restart(self, call, roc=0, seq=3000):
        """The phone begins anew under a new key: with this rollover counter."""
        call.phone_send.rtp.highest[PHONE_SSRC] = roc << 16 | seq
        call.phone_seq = roc << 16 | (seq + 1)

    def rekey(self, call, name, **policy):
        self.receive_with(call, name, sdes(name, overlap_ms=0, **policy))
        call.put()

    def test_keep(self):
        call = self.start_wrapped()
        self.rekey(call, "kept", roc="keep")
        self.assert_passes(call)
        self.assertEqual(self.stream(call)["roc"], 1)
        self.rekey(call, "kept again")  # the default
        self.assert_passes(call)
        self.rekey(call, "and again")
        self.restart(call)
        self.assert_dropped(call, "auth")

    def test_reset(self):
        call = self.start_wrapped()
        self.rekey(call, "reset", roc="reset")
        self.restart(call)
        self.assert_passes(call)
        self.assertEqual(self.stream(call)["roc"], 0)

    def test_value(self):
        call = self.start_wrapped()
        self.rekey(call, "value", roc=70000)
        self.restart(call, 70000)
        self.assert_passes(call)
        self.assertEqual(self.stream(call)["roc"], 70000)

    def test_try_both_with_a_phone_that_restarts(self):
        call = self.start_wrapped()
        self.rekey(call, "both", roc="try_both")
        self.restart(call)
        self.assert_passes(call)
        self.assertEqual(self.stream(call)["roc"], 0)

    def test_try_both_with_a_phone_that_goes_on(self):
        call = self.start_wrapped()
        self.rekey(call, "both", roc="try_both")
        self.assert_passes(call)
        self.assertEqual(self.stream(call)["roc"], 1)
        self.restart(call)  # too late: the stream has its place
        call.from_phone(3)
        rig.poll("they are dropped", lambda: sum(call.state()["a"]["dropped"].get(r, 0)
                                                 for r in ("auth", "old", "replay")) == 3)
        self.assertTrue(call.core.is_empty())

    def test_send(self):
        """The engine's own rollover counter, as the phone needs it."""
        call = self.call().start()
        call.access_leg["send"] = sdes("new", roc=9)
        call.put()
        call.phone_receive = srtp.Srtp(master("new"))
        call.phone_receive.rtp.highest[CORE_SSRC] = 9 << 16 | call.core_seq
        self.assert_comes_back(call)

    # --- streams ---

    def test_another_engine_takes_a_call_over(self):
        """What one engine shows of its streams is all that the next one needs."""
        self.open_the_way()
        call = self.call()
        call.access_leg["receive"]["streams"] = [
            {"ssrc": PHONE_SSRC, "roc": 70000, "highest_seq": 65533, "srtcp_index": 41}]
        call.access_leg["send"]["streams"] = [
            {"ssrc": CORE_SSRC, "roc": 70001, "highest_seq": 999, "srtcp_index": 76}]
        call.put()
        self.restart(call, 70000, 65533)
        call.phone_receive.rtp.highest[CORE_SSRC] = 70001 << 16 | 999
        call.phone_send.rtcp.highest[PHONE_SSRC] = 41
        stream = self.stream(call)
        self.assertEqual([stream[k] for k in ("ssrc", "roc", "highest_seq", "srtcp_index")],
                         [PHONE_SSRC, 70000, 65533, 41])
        call.check_both_ways(20)  # the phone's sequence number wraps
        call.check_rtcp()
        self.assertEqual(call.phone_receive.rtcp.highest, {})  # the judge did not need to know
        first = call.state()["a"]["streams"]
        self.engine.call("session.delete", id="call")
        call.rev = 0
        shown = {s["direction"]: {k: s[k] for k in ("ssrc", "roc", "highest_seq", "srtcp_index")}
                 for s in first}
        self.assertEqual(shown["receive"]["roc"], 70001)
        call.access_leg["receive"]["streams"] = [shown["receive"]]
        call.access_leg["send"]["streams"] = [shown["send"]]
        call.put()
        call.check_both_ways(20)
        call.check_rtcp()

    def test_streams_never_go_back(self):
        call = self.call().start()
        self.assert_passes(call)
        stands = self.stream(call)
        call.access_leg["receive"]["streams"] = [
            {"ssrc": PHONE_SSRC, "roc": 0, "highest_seq": stands["highest_seq"] - 5}]
        self.refused("params", call.put, field="media[0].a.receive.streams")
        call.access_leg["receive"]["streams"][0].update(roc=5, highest_seq=100)
        call.put()
        self.restart(call, 5, 100)
        self.assert_passes(call)
        call.put()  # the same again: nothing is done twice
        self.assert_passes(call)

    def test_lost_synchronisation_is_told_and_mended(self):
        """40,000 packets get lost, more than half of the sequence numbers (RFC 3711, 3.3.1)."""
        call = self.start_wrapped()
        index = call.phone_send.rtp.highest[PHONE_SSRC] + 40000
        call.phone_send.rtp.highest[PHONE_SSRC] = index
        call.phone_seq = index + 1
        self.assertTrue(call.from_phone(60))
        event = self.client.event("sync.lost")
        self.assertEqual((event["leg"], event["ssrc"]), ("a", PHONE_SSRC))
        self.assertIn(event["cause"], ("auth", "old"))
        self.assertGreaterEqual(event["count"], 40)
        self.assertTrue(call.core.is_empty())
        call.access_leg["receive"]["streams"] = [
            {"ssrc": PHONE_SSRC, "roc": call.phone_seq >> 16,
             "highest_seq": (call.phone_seq - 1) & 0xffff}]
        call.put()
        self.assert_passes(call)


class HeaderExtensions(PolicyTest):
    PACKETS = [(profile, extensions.elements(profile, values), csrcs)
               for csrcs in ((), (0xcccc0001, 0xcccc0002))
               for profile, values in (
                   (extensions.ONE_BYTE, {1: b"l", 4: b"mid-value", 14: b"0123456789abcdef"}),
                   (extensions.TWO_BYTE, {1: b"", 4: b"a longer value of an element", 200: b"x"}))]

    def check(self, make, suite, port, **policy):
        """Packets with extensions, both ways; make(name) is a judge with that key."""
        call = self.call(f"call-{suite}", port=port)
        call.access_leg.update(receive=sdes("in", suite), send=sdes("out", suite), **policy)
        call.phone_send, call.phone_receive = make("in"), make("out")
        call.start()
        for profile, body, csrcs in self.PACKETS:
            packet = extensions.with_extension(srtp.rtp(
                call.phone_seq, PHONE_SSRC, srtp.payload(1)), profile, body, csrcs)
            call.phone_seq += 1
            wire = call.phone_send.protect(packet)
            self.assertNotIn(body, wire)
            self.resend(call, [wire])
            self.assertEqual(call.core.receive()[0], packet)
            packet = extensions.with_extension(srtp.rtp(
                call.core_seq, CORE_SSRC, srtp.payload(2)), profile, body, csrcs)
            call.core_seq += 1
            call.core.send(packet, call.to_core)
            wire = call.phone.receive()[0]
            self.assertNotIn(body, wire)
            self.assertEqual(call.phone_receive.unprotect(wire), packet)
        call.check_both_ways(5)  # packets without extensions, as ever

    def test_cryptex(self):
        for n, suite in enumerate((rig.SUITE_80, "AES_256_CM_HMAC_SHA1_80", "AEAD_AES_256_GCM")):
            with self.subTest(suite):
                self.check(lambda name, s=suite: extensions.Cryptex(master(name, s), s), suite,
                           40000 + 2 * n, cryptex=True)

    def test_single_elements(self):
        for n, suite in enumerate((rig.SUITE_80, "AES_256_CM_HMAC_SHA1_80")):
            with self.subTest(suite):
                self.check(lambda name, s=suite: extensions.Elements(master(name, s), {4, 200}, s),
                           suite, 40000 + 2 * n, encrypted_extensions=[4, 200])


if __name__ == "__main__":
    unittest.main()
