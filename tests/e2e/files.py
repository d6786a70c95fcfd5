# SPDX-License-Identifier: BSD-3-Clause
"""An engine between capture files: what it reads is a file, and what it sends becomes one."""

import os

import frames
import rig

# As the recorded call of test_capture.py has them.
ENGINE_MAC = bytes.fromhex("0a0202020202")
PHONE, ENGINE_ACCESS = ("10.1.1.1", 10000), ("10.2.2.2", 10000)
CORE, ENGINE_CORE = ("10.3.3.3", 30000), ("10.3.3.2", 20000)
CORE_MAC, GATEWAY_MAC = bytes.fromhex("020000000098"), bytes.fromhex("020000000099")


class FileTest(rig.EngineTest):
    def start_between_files(self, access_in, core_in, crypto="auto"):
        """An engine whose ports read frames from files and write them to access.pcap, core.pcap."""
        ports = {}
        for number, (name, frames_in) in enumerate((("access", access_in), ("core", core_in))):
            rx, tx = self.path(f"{name}-in.pcap"), self.path(f"{name}.pcap")
            frames.write_pcap(rx, frames_in)
            if os.path.exists(tx):
                os.unlink(tx)
            ports[name] = {"device": f"net_pcap{number},rx_pcap={rx},tx_pcap={tx}",
                           "start": "manual"}
        ports["access"]["mac"] = ENGINE_MAC.hex(":")
        ports["core"]["mac"] = ENGINE_MAC.hex(":")
        addresses = {
            "access": {"port": "access", "address": f"{ENGINE_ACCESS[0]}/24",
                       "gateway": "10.2.2.1", "ports": "10000-19999",
                       "neighbor": f"10.2.2.1 {GATEWAY_MAC.hex(':')}"},
            "core": {"port": "core", "address": f"{ENGINE_CORE[0]}/24", "ports": "20000-29999",
                     "neighbor": f"{CORE[0]} {CORE_MAC.hex(':')}"},
        }
        return self.start(rig.sections(self.path("control.sock"), ports, addresses,
                                       engine={"crypto": crypto}))

    def put_call(self, engine, key):
        """One call between the phone's SRTP and the core's RTP; the key serves both ways."""
        return engine.call("session.put", id="call", rev=1, media=[{
            "a": {"interface": "access", "local_port": ENGINE_ACCESS[1], "security": "required",
                  "remote": {"address": PHONE[0], "port": PHONE[1]},
                  "receive": rig.key(key), "send": {**rig.key(key), "shared": True}},
            "b": {"interface": "core", "local_port": ENGINE_CORE[1], "security": "clear",
                  "remote": {"address": CORE[0], "port": CORE[1]}}}])

    def play(self, engine, port, count):
        """Starts the port, which reads its file, and waits until all was handled."""
        engine.call("port.set", name="core" if port == "access" else "access", up=True)
        engine.call("port.set", name=port, up=True)

        def is_done():
            stats = engine.call("stats.get")
            return stats["totals"]["received"] >= count and stats["pool"]["free"] == \
                stats["pool"]["size"] and stats

        stats = rig.poll(f"{count} packets are through and their buffers back", is_done, 20)
        self.assertEqual(stats["totals"]["received"], count)
        self.assert_conserved(stats)
        return stats

    def written(self, engine, name):
        """What the engine wrote to a port; ends the engine, which completes the file."""
        self.end(engine)
        return [frames.parse(frame) for frame in frames.read_pcap(self.path(f"{name}.pcap"))]
