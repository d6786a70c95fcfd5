#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Starts with an ipsec-mb that is not as it should be: faulty_ipsecmb.c plants the fault."""

import os
import re
import unittest

import frames
import rig
from programs import compilers, preloaded

TIERS = ["avx512", "avx2", "avx", "sse"]


@unittest.skipUnless(compilers(), "no C compiler")
class Faulty(rig.EngineTest):
    def spawn_with(self, fault, crypto="auto", access=rig.NULL_PORTS["access"]["device"]):
        config = rig.sections(self.path("control.sock"),
                              {**rig.NULL_PORTS, "access": {"device": access}}, rig.NULL_ADDRESSES,
                              engine={"crypto": crypto})
        return self.spawn(config, environment={**preloaded("faulty_ipsecmb.c", self.directory),
                                               "SOTTO_FAULT": fault})

    def start_with(self, fault, **more):
        engine = self.spawn_with(fault, **more)
        engine.wait_until_ready()
        return engine

    def assert_does_not_start(self, engine, *words):
        rig.poll("it has decided", lambda: engine.process.poll() is not None or
                 "sottod: ready" in engine.log(), rig.START_S)
        self.end(engine, 1)
        for word in words:
            self.assertIn(word, engine.log())
        self.assertNotIn("ready", engine.log())
        self.assertFalse(os.path.exists(self.path("control.sock")))

    @staticmethod
    def tier(engine):
        return re.search(r"tier (\w+),", engine.log()).group(1)

    def test_cr_09_failed_self_test_opens_no_port(self):
        """The failed vector is named, and not even DPDK is begun."""
        frames.write_pcap(self.path("in.pcap"), [])
        access = f"net_pcap0,rx_pcap={self.path('in.pcap')},tx_pcap={self.path('out.pcap')}"
        for fault, vector in (("hash", "(RFC 2202"), ("cipher", "(SP 800-38A")):
            with self.subTest(fault):
                engine = self.spawn_with(fault, access=access)
                self.assert_does_not_start(engine, "<3>", "failed the self-test", vector,
                                           "no port is opened", "did not start: crypto")
                self.assertNotIn("hugepages", engine.log())
                self.assertFalse(os.path.exists(self.path("out.pcap")))
        self.end(self.start_with("none", access=access))
        self.assertTrue(os.path.exists(self.path("out.pcap")))

    def test_cr_08_tiers_that_the_processor_hides(self):
        """A lower tier is taken, and the hidden one refused by name; neither faults."""
        engine = self.start_with("none")
        best = TIERS.index(self.tier(engine))
        self.end(engine)
        if TIERS[best] == "sse":
            self.skipTest("this processor has no tier that could be hidden")
        for n in range(best, TIERS.index("sse")):
            with self.subTest(TIERS[n]):
                engine = self.start_with(f"no-{TIERS[n]}")
                self.assertIn(self.tier(engine), TIERS[n + 1:])
                self.assertIn(", self-test passed", engine.log())
                self.end(engine)
                self.assert_does_not_start(  # the library may not have it at all
                    self.spawn_with(f"no-{TIERS[n]}", f"ipsecmb/{TIERS[n]}"), "does not run")

    def test_mh_04_registers_that_are_not_cleared_are_told(self):
        self.assertRegex(self.start_with("unsafe").log(), r"(?m)^<4>sottod: crypto: .*SAFE_DATA")

    def test_mh_04_nothing_is_told_without_cause(self):
        log = self.start_with("none").log()
        self.assertEqual("SAFE_DATA" in log, "safe data off" in log)


if __name__ == "__main__":
    unittest.main()
