#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Captures through the whole engine: SRTP file in, RTP file out, and back again.

The recorded call of ../shared/captures (SOTTO_CAPTURES names another folder) is not part of this
project. Where it is missing its tests are done with a capture of our own, and that one, whose
sequence numbers wrap, is used in any case.
"""

import base64
import hashlib
import os
import unittest

import files
import frames
import rig
import srtp
from files import CORE, CORE_MAC, ENGINE_ACCESS, ENGINE_CORE, ENGINE_MAC, GATEWAY_MAC, PHONE

CAPTURES = os.environ.get("SOTTO_CAPTURES") or os.path.join(rig.ROOT, "..", "shared", "captures")
RECORDED = os.path.join(CAPTURES, "marseillaise-srtp.pcap")
RECORDED_KEY = "aSBrbm93IGFsbCB5b3VyIGxpdHRsZSBzZWNyZXRz"
RECORDED_PACKETS = 11888
RECORDED_SHA256 = "aeeb66551ac1d00684737e9e74f863903748665ef5c25348a7da564aea7bdd3e"

WRONG_KEY = base64.b64encode(bytes(range(1, 31))).decode()


class Recording:
    """Frames with SRTP, their key, and what they hold."""

    def __init__(self, key, frames_):
        self.key = key
        self.frames = frames_
        self.srtp = [frames.parse(frame).payload for frame in frames_]
        judge = srtp.Srtp(key)
        self.rtp = [judge.unprotect(packet) for packet in self.srtp]
        self.sha256 = hashlib.sha256(b"".join(packet[12:] for packet in self.rtp)).hexdigest()


def make_recording():
    """3,000 packets whose sequence number wraps after 500."""
    key = base64.b64encode(hashlib.sha256(b"our own capture").digest()[:30]).decode()
    sender = srtp.Srtp(key)
    packets = (srtp.rtp(seq, 0x50771e55, srtp.payload(seq)) for seq in range(65036, 68036))
    return Recording(key, [frames.build(frames.Datagram(PHONE, ENGINE_ACCESS, sender.protect(p),
                                                        dst_mac=ENGINE_MAC)) for p in packets])


def load_recording():
    """The recorded call, or our own where it is missing."""
    if not os.path.exists(RECORDED):
        return make_recording()
    return Recording(RECORDED_KEY, frames.read_pcap(RECORDED))


class CaptureTest(files.FileTest):
    def decrypt(self, recording, crypto):
        count = len(recording.frames)
        engine = self.start_between_files(recording.frames, [], crypto)
        self.put_call(engine, recording.key)
        stats = self.play(engine, "access", count)
        self.assertEqual(stats["totals"]["sent"], count)
        self.assertEqual(stats["totals"]["drops"], {})
        self.check_session(engine, recording)
        out = self.written(engine, "core")
        self.assertEqual([d.payload for d in out], recording.rtp)
        payloads = b"".join(d.payload[12:] for d in out)
        self.assertEqual(hashlib.sha256(payloads).hexdigest(), recording.sha256)
        self.assertEqual({(d.src, d.dst, d.dst_mac, d.src_mac) for d in out},
                         {(ENGINE_CORE, CORE, CORE_MAC, ENGINE_MAC)})

    def check_session(self, engine, recording):
        """session.get tells the same as the capture."""
        count = len(recording.frames)
        _, ssrc, first = srtp.rtp_header(recording.rtp[0])
        last = first + count - 1
        media = engine.call("session.get", id="call")["media"][0]
        self.assertEqual(media["a"]["received"],
                         {"packets": count, "bytes": sum(map(len, recording.srtp))})
        self.assertEqual(media["b"]["sent"],
                         {"packets": count, "bytes": sum(map(len, recording.rtp))})
        self.assertEqual(media["a"]["dropped"], {})
        self.assertEqual(media["b"]["dropped"], {})
        stream = media["a"]["streams"][0]
        self.assertEqual(
            {name: stream[name] for name in ("ssrc", "direction", "roc", "highest_seq", "packets")},
            {"ssrc": ssrc, "direction": "receive", "roc": last >> 16, "highest_seq": last & 0xffff,
             "packets": count})

    def encrypt(self, recording, crypto):
        count = len(recording.frames)
        frames_in = [frames.build(frames.Datagram(CORE, ENGINE_CORE, packet, dst_mac=ENGINE_MAC))
                     for packet in recording.rtp]
        engine = self.start_between_files([], frames_in, crypto)
        self.put_call(engine, recording.key)
        stats = self.play(engine, "core", count)
        self.assertEqual(stats["totals"]["sent"], count)
        out = self.written(engine, "access")
        self.assertEqual([d.payload for d in out], recording.srtp)
        self.assertEqual({(d.src, d.dst, d.dst_mac) for d in out},
                         {(ENGINE_ACCESS, PHONE, GATEWAY_MAC)})


class Recorded(CaptureTest):
    """The recorded call with each crypto backend."""

    @classmethod
    def setUpClass(cls):
        cls.recording = load_recording()

    def test_the_judge_reads_it(self):
        if not os.path.exists(RECORDED):
            self.skipTest(f"{RECORDED} is missing; the others use a capture of our own")
        self.assertEqual(len(self.recording.frames), RECORDED_PACKETS)
        self.assertEqual(self.recording.sha256, RECORDED_SHA256)

    def test_ipsecmb(self):
        self.decrypt(self.recording, "ipsecmb")
        self.encrypt(self.recording, "ipsecmb")

    def test_ipsecmb_sse(self):
        self.decrypt(self.recording, "ipsecmb/sse")
        self.encrypt(self.recording, "ipsecmb/sse")

    def test_openssl(self):
        self.decrypt(self.recording, "openssl")
        self.encrypt(self.recording, "openssl")

    def test_ref(self):
        self.decrypt(self.recording, "ref")
        self.encrypt(self.recording, "ref")

    def test_wrong_key_passes_nothing(self):
        count = len(self.recording.frames)
        engine = self.start_between_files(self.recording.frames, [])
        self.put_call(engine, WRONG_KEY)
        stats = self.play(engine, "access", count)
        self.assertEqual(stats["totals"]["sent"], 0)
        drops = stats["totals"]["drops"]
        # after a while of wrong tags the far-off packets are not even tried
        self.assertEqual(set(drops), {"auth", "flood"})
        self.assertEqual(sum(drops.values()), count)
        media = engine.call("session.get", id="call")["media"][0]
        self.assertEqual(media["a"]["received"], {"packets": 0, "bytes": 0})
        self.assertEqual(media["a"]["dropped"], drops)
        self.assertEqual(media["a"]["streams"], [])
        self.assertEqual(self.written(engine, "core"), [])


class Own(CaptureTest):
    """A capture of our own, whose sequence numbers wrap."""

    @classmethod
    def setUpClass(cls):
        cls.recording = make_recording()

    def test_the_judge_derives_keys_like_the_rfc(self):
        master = bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6")
        direction = srtp.Srtp(master).rtp  # RFC 3711, B.3
        self.assertEqual(direction.cipher_key.hex(), "c61e7a93744f39ee10734afe3ff7a087")
        self.assertEqual(direction.salt, 0x30CBBC08863D8C85D49DB34A9AE1)
        self.assertEqual(direction.auth_key.hex(), "cebe321f6ff7716b6fd4ab49af256a156d38baa4")

    def test_decrypted(self):
        self.decrypt(self.recording, "auto")

    def test_encrypted(self):
        self.encrypt(self.recording, "auto")

    def test_second_time_passes_nothing(self):
        count = len(self.recording.frames)
        engine = self.start_between_files(self.recording.frames, [])
        self.put_call(engine, self.recording.key)
        self.play(engine, "access", count)
        engine.call("port.set", name="access", up=False)
        engine.call("port.set", name="access", up=True)  # reads its file again
        stats = self.play(engine, "access", 2 * count)
        drops = stats["totals"]["drops"]
        self.assertEqual(stats["totals"]["sent"], count)
        self.assertEqual(drops.get("replay", 0) + drops.get("old", 0) + drops.get("auth", 0),
                         count, drops)
        self.assertGreater(drops.get("replay", 0), 0)
        self.assertEqual(len(self.written(engine, "core")), count)

    def test_secure_leg_without_keys_passes_nothing(self):
        """SD-01: a reserved leg drops what it has no key for."""
        count = len(self.recording.frames)
        engine = self.start_between_files(self.recording.frames, [])
        engine.call("session.put", id="call", rev=1, media=[{
            "a": {"interface": "access", "local_port": ENGINE_ACCESS[1], "security": "required"},
            "b": {"interface": "core", "security": "clear",
                  "remote": {"address": CORE[0], "port": CORE[1]}}}])
        stats = self.play(engine, "access", count)
        self.assertEqual(stats["totals"]["sent"], 0)
        # a few wait for their key, and end when it has not come in time
        self.assertEqual(stats["totals"]["drops"], {"no_key": count - 16, "early": 16})
        self.assertEqual(self.written(engine, "core"), [])

    def test_nothing_leaves_a_secure_leg_without_keys(self):
        """SD-01: not plain, and not at all."""
        count = len(self.recording.frames)
        frames_in = [frames.build(frames.Datagram(CORE, ENGINE_CORE, packet, dst_mac=ENGINE_MAC))
                     for packet in self.recording.rtp]
        engine = self.start_between_files([], frames_in)
        engine.call("session.put", id="call", rev=1, media=[{
            "a": {"interface": "access", "local_port": ENGINE_ACCESS[1], "security": "required",
                  "remote": {"address": PHONE[0], "port": PHONE[1]},
                  "receive": rig.key(self.recording.key)},
            "b": {"interface": "core", "local_port": ENGINE_CORE[1], "security": "clear",
                  "remote": {"address": CORE[0], "port": CORE[1]}}}])
        stats = self.play(engine, "core", count)
        self.assertEqual(stats["totals"]["sent"], 0)
        self.assertEqual(stats["totals"]["drops"], {"send_no_key": count})
        self.assertEqual(self.written(engine, "access"), [])


if __name__ == "__main__":
    unittest.main()
