#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The first command of the README: a call with ffmpeg at both ends, and a verdict that can fail."""

import os
import re
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DIRECTION = re.compile(r"^  (.*?) +(\d+) packets in, +(\d+) out, (\d+) lost by the engine, audio (\w+)")


def run(*options):
    """scripts/run in a short form: exit status, output, and the numbers of both directions."""
    done = subprocess.run(
        [os.path.join(ROOT, "scripts", "run"), "--seconds", "3", *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=600, check=False)
    directions = {}
    for line in done.stdout.splitlines():
        found = DIRECTION.match(line)
        if found:
            directions[found[1]] = (int(found[2]), int(found[3]), int(found[4]), found[5])
    return done.returncode, done.stdout, directions


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class Run(unittest.TestCase):
    def check_good(self, *options):
        status, output, directions = run(*options)
        self.assertEqual(status, 0, output)
        self.assertIn("verdict: PASS", output)
        self.assertEqual(len(directions), 2, output)
        for received, sent, lost, audio in directions.values():
            self.assertGreaterEqual(received, 150, output)  # 3 s of 20 ms
            self.assertEqual((sent, lost, audio), (received, 0, "identical"), output)

    def check_clean(self):
        namespaces = subprocess.run(
            ["ip", "netns", "list"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
        self.assertNotIn("access", namespaces)
        self.assertNotIn("core", namespaces)
        self.assertFalse(os.path.exists("/sys/class/net/sotto-access"))

    def test_call_is_carried_and_nothing_is_left_behind(self):
        self.check_good()
        self.check_clean()

    def test_call_is_carried_on_af_packet(self):
        self.check_good("--af-packet")

    def test_wrong_key_makes_the_verdict_fail(self):
        status, output, directions = run("--wrong-key")
        self.assertEqual(status, 1, output)
        self.assertIn("verdict: FAIL", output)
        self.assertIn('"auth":', output)
        self.assertEqual(directions["access (SRTP) -> core"][:2], (0, 0), output)
        self.assertEqual(directions["core -> access (SRTP)"][3], "identical", output)
        self.check_clean()

    def test_unknown_option_is_refused(self):
        status, output, _ = run("--no-such-option")
        self.assertEqual(status, 2, output)
        self.assertIn("usage:", output)


if __name__ == "__main__":
    unittest.main()
