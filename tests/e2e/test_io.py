#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""perf/io, which compares ways of getting packets in and out: that its figures are of verified
packets, that its client speaks rtpengine's protocol, and that it leaves nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import netns
import rig

PERF = os.path.join(rig.ROOT, "perf")
sys.path[1:1] = [os.path.join(PERF, "io"), PERF]

import figures  # noqa: E402
import meter  # noqa: E402
import results  # noqa: E402
import rtpengine  # noqa: E402
import trials  # noqa: E402

RUN = os.path.join(PERF, "io", "run")
RUN_S = 400
LINE = "1 AES_CM_128_HMAC_SHA1_80 inline:" + 40 * "A"
LEG = {"local": {"address": "192.0.2.9", "port": 10000}, "send": LINE}
SMALL = ("--calls", "4", "--limits", "", "--rounds", "1", "--load", "2000", "--seconds", "1",
         "--warmup", "0.1", "--hugepages", "no")


class Protocol(unittest.TestCase):
    def test_bencode(self):
        value = {"command": "offer", "flags": ["a", "b"], "n": -7, "empty": [], "sdp": "v=0\r\nü"}
        self.assertEqual(rtpengine.decode(rtpengine.encode(value)), value)
        self.assertEqual(rtpengine.encode({"b": 1, "a": ["x"]}), b"d1:bi1e1:al1:xee")  # unsorted

    def test_what_is_no_bencode(self):
        for text in (b"", b"d", b"i1", b"5:abc", b"d1:a", b"4:abcde", b"x", b"di1e1:ae!"):
            with self.assertRaises(ValueError, msg=text):
                rtpengine.decode(text)

    def test_description(self):
        place = {"address": "192.0.2.9", "port": 10000}
        secure = rtpengine.describe(LEG)
        self.assertEqual(rtpengine.read_description(secure, LINE.split()[1]), (place, LINE))
        plain = rtpengine.describe({**LEG, "send": None})
        self.assertEqual(rtpengine.read_description(plain), (place, None))

    def test_a_side_that_is_not_as_secure_as_it_should_be_is_refused(self):
        secure = rtpengine.describe(LEG)
        for sdp, suite in ((secure, None), (secure, "AEAD_AES_128_GCM"),
                           (secure + f"a=crypto:{LINE}\r\n", LINE.split()[1]),
                           (rtpengine.describe({**LEG, "send": None}), LINE.split()[1])):
            with self.assertRaises(rtpengine.Refused, msg=sdp):
                rtpengine.read_description(sdp, suite)


class Figures(unittest.TestCase):
    def test_spread(self):
        self.assertEqual(figures.spread([4.0]), {"median": 4, "lower": 4, "upper": 4, "min": 4,
                                                 "max": 4, "n": 1})
        self.assertEqual(figures.spread([5, 1, 2, 4, 3]), {"median": 3, "lower": 2, "upper": 4,
                                                           "min": 1, "max": 5, "n": 5})

    def noted(self, *notes):
        watch = meter.Meter({}, dict)
        watch.notes = [(moment, {("gateway", "user"): value}) for moment, value in notes]
        return watch

    def test_time_between_two_notes(self):
        watch = self.noted((10, 1.0), (11, 2.0), (12, 2.5))
        self.assertAlmostEqual(watch.used("gateway", 10.5, 1)["user"], 0.75)
        with self.assertRaises(LookupError):
            watch.used("gateway", 11.5, 1)

    def cost(self, sent, result):
        zero = {"user": 0.0, "system": 0.0, "softirq": 0.0}
        watch = meter.Meter({}, dict)
        for moment, count in ((0, 0), (1, 0), (3, sent), (9, sent)):
            counters = {**meter.flat("counters", {"sent": count, "busy_cycles": 10 * moment,
                                                  "idle_cycles": 30 * moment}),
                        **meter.flat("gateway", {"user": moment * 0.6, "system": moment * 0.2}),
                        **meter.flat("generator", zero), **meter.flat(0, zero),
                        **meter.flat(1, {**zero, "user": moment * 0.8})}
            watch.notes.append((moment, counters))
        return trials.Cost(watch, {"access": 0, "engine": 1}, {
            "began_s": 0.5, "seconds": 2.7, "lost": 0, "late": 0, **result}, 0, 0.5)

    def test_idle_rounds_are_left_out(self):
        spent = self.cost(2000, {"received": 2000})
        self.assertAlmostEqual(spent.efficiency()["process"], 1000 / 0.8)
        self.assertAlmostEqual(spent.efficiency()["work"], 1000 / 0.2)
        self.assertAlmostEqual(sum(spent.shares().values()), 0.2e9 / 1000)

    def test_no_figure_of_packets_that_were_not_verified(self):
        with self.assertRaisesRegex(trials.Unverified, "1,900 were verified"):
            self.cost(2000, {"received": 1900})


class Runs(rig.EngineTest):
    def setUp(self):
        super().setUp()
        reason = netns.why_not()
        if reason:
            self.skipTest(reason)
        self.directory = tempfile.mkdtemp(prefix="sotto-e2e-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def spawn_run(self, *arguments):
        # one that was started finds its files there, and they can be seen to have gone
        process = subprocess.Popen([RUN, *SMALL, *arguments], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   env={**os.environ, "SOTTO_BUILD": rig.BUILD,
                                        "TMPDIR": self.directory})
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process

    def assert_nothing_left(self, process):
        self.assertNotIn(f"sotto-e2e-{process.pid}-", netns.run("ip", "netns", "list"))
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as f:
                    self.assertNotIn(self.directory, f.read())
            except OSError:
                pass  # it has ended
        self.assertEqual([name for name in os.listdir(self.directory) if "sotto-io" in name], [])

    def check_rows(self, *paths):
        """Runs it on those paths; the measured rows."""
        path = self.path("io.json")
        process = self.spawn_run("--paths", ",".join(paths), "--json", path)
        said, _ = process.communicate(timeout=RUN_S)
        self.assertEqual(process.returncode, 0, said)
        result = results.load_file(path)
        self.assertEqual(len({results.key(row) for row in result["rows"]}), len(result["rows"]))
        for name in paths:
            costs = list(results.rows(result, "efficiency", {"path": name}))
            self.assertEqual(len(costs), 3, said)
            self.assertGreater(min(row["median"] for row in costs), 0, said)
        self.assert_nothing_left(process)
        return result

    def test_sotto(self):
        self.check_rows("memif", "af_packet")

    @unittest.skipUnless(shutil.which("rtpengine"), "rtpengine-daemon is not installed")
    def test_rtpengine(self):
        result = self.check_rows("rtpengine", "memif")
        row = next(results.rows(result, "efficiency", {"path": "memif", "charged": "work"}))
        self.assertIsNotNone(results.ratio(row, "rtpengine"))

    def test_interrupted(self):
        process = self.spawn_run("--paths", "af_packet", "--seconds", "100")
        rig.poll("a generator runs", lambda: self.has_generator(), RUN_S)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assert_nothing_left(process)

    def has_generator(self):
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as f:
                    words = f.read().split("\0")
            except OSError:
                continue
            if words[0].endswith("sotto-gen") and any(self.directory in w for w in words):
                return True
        return False


if __name__ == "__main__":
    unittest.main()
