#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Puts N calls into two engines: A protects what comes from the generator, B unprotects it.

Ports and addresses are those of make_pcap.py and of the engine-*.ini.in beside it. Every call has
keys of its own, drawn here and written nowhere.
"""

import argparse
import base64
import json
import secrets
import socket

import make_pcap

A_OUT, B_IN, RECEIVER = "198.18.2.1", "198.18.2.2", "198.18.3.1"
PROBE_PORT, PROBE_SOURCE_PORT = 1028, 1234  # Pktgen's latency packets have these ports
PROBE_SSRCS = 64
BATCH = 200
MASTER_BYTES = {  # master key and salt
    "AES_CM_128_HMAC_SHA1_80": 30, "AES_192_CM_HMAC_SHA1_80": 38, "AES_256_CM_HMAC_SHA1_80": 46,
    "AEAD_AES_128_GCM": 28, "AEAD_AES_256_GCM": 44,
}


class Engine:
    """The control socket of one engine."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)
        self.answers = self.socket.makefile("rb")

    def batch(self, method, all_params):
        """The results of many requests of one method; the first that fails is an error here."""
        results = []
        for start in range(0, len(all_params), BATCH):
            part = [{"jsonrpc": "2.0", "id": i, "method": method, "params": params}
                    for i, params in enumerate(all_params[start:start + BATCH])]
            self.socket.sendall(json.dumps(part).encode() + b"\n")
            for answer in json.loads(self.answers.readline() or b"[]"):
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                results.append(answer["result"])
        if len(results) != len(all_params):
            raise RuntimeError(f"{method}: the engine closed the connection")
        return results

    def call(self, method, **params):
        return self.batch(method, [params])[0]


def key_line(suite):
    master = base64.b64encode(secrets.token_bytes(MASTER_BYTES[suite])).decode()
    return {"sdes": f"1 {suite} inline:{master}", "roc": "reset"}


def session(name, rev, legs):
    return {"id": name, "rev": rev, "media": [legs]}


def pair(name, rev, suite, source_port, port, max_ssrcs=4):
    """The session of one call on engine A, and the one on engine B."""
    there, back = key_line(suite), key_line(suite)

    def plain(address, source):
        return {"interface": "rtp", "security": "clear", "local_port": port, "max_ssrcs": max_ssrcs,
                "remote": {"address": address, "port": source}}

    def secure(address, send, receive):
        return {"interface": "srtp", "security": "required", "local_port": port,
                "max_ssrcs": max_ssrcs, "remote": {"address": address, "port": port},
                "send": send, "receive": receive}

    return (session(name, rev, {"a": plain(make_pcap.SOURCE[0], source_port),
                                "b": secure(B_IN, there, back)}),
            session(name, rev, {"a": secure(A_OUT, back, there),
                                "b": plain(RECEIVER, source_port)}))


def install(engine_a, engine_b, names, suite):
    """One call for each name; the receiver's engine first."""
    both = [pair(name, 1, suite, make_pcap.FIRST_SOURCE_PORT + 2 * i,
                 make_pcap.FIRST_TARGET_PORT + 2 * i) for i, name in enumerate(names)]
    engine_b.batch("session.put", [b for _, b in both])
    engine_a.batch("session.put", [a for a, _ in both])


def remove(engine_a, engine_b, names):
    for engine in (engine_a, engine_b):
        engine.batch("session.delete", [{"id": name} for name in names])


def put_probe(engine_a, engine_b, rev, suite):
    """The call of Pktgen's latency packets. Each of them has another SSRC, so the 64 of a leg are
    soon used up. A higher rev has new keys, and with roc "reset" these begin without any SSRC."""
    a, b = pair("probe", rev, suite, PROBE_SOURCE_PORT, PROBE_PORT, PROBE_SSRCS)
    engine_b.call("session.put", **b)
    engine_a.call("session.put", **a)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("socket_a", help="control socket of the engine that protects")
    parser.add_argument("socket_b", help="control socket of the engine that unprotects")
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--suite", choices=MASTER_BYTES, default="AES_CM_128_HMAC_SHA1_80")
    args = parser.parse_args()
    install(Engine(args.socket_a), Engine(args.socket_b),
            [f"pktgen-{i}" for i in range(args.calls)], args.suite)
    print(f"{args.calls} calls stand in both engines")


if __name__ == "__main__":
    main()
