# SPDX-License-Identifier: BSD-3-Clause
"""Debian's rtpengine in user space, and the client that sets calls up in it.

The client speaks rtpengine's "ng" protocol: one UDP datagram a message, of a cookie, a space and a
bencoded dictionary. It plays the SIP server of every call of a plan (sotto-gen(1)): an offer of
SRTP (SDES, RFC 4568) from side a, an answer of plain RTP from side b. What rtpengine writes into
the two session descriptions, its ports and its key, fills in the plan.
"""

import re
import socket

NG_ADDRESS = ("127.0.0.1", 2223)
ANSWER_S = 10
PORTS = (20000, 59999)
FILES = 1024
FILES_PER_CALL = 16  # sockets for RTP and RTCP on both sides, and room
SIDES = {"a": "access", "b": "core"}


class Refused(Exception):
    """rtpengine did not do what it was asked for, or not as it should."""


# --- bencode --------------------------------------------------------------------------------------


def encode(value):
    """Bencoded text of strings, integers, lists and dictionaries."""
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, dict):
        return b"d" + b"".join(encode(key) + encode(v) for key, v in value.items()) + b"e"
    return b"l" + b"".join(map(encode, value)) + b"e"


def _decode_items(data, at):
    items = []
    while data[at:at + 1] != b"e":
        item, at = _decode(data, at)
        items.append(item)
    return items, at + 1


def _decode(data, at):
    kind = data[at:at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1:end]), end + 1
    if kind == b"l":
        return _decode_items(data, at + 1)
    if kind == b"d":
        items, at = _decode_items(data, at + 1)
        return dict(zip(items[::2], items[1::2])), at
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    if end > len(data):
        raise ValueError("a string is longer than the message")
    return data[colon + 1:end].decode(errors="replace"), end


def decode(data):
    """The value of a bencoded text; ValueError when it is none."""
    try:
        value, end = _decode(data, 0)
    except (RecursionError, TypeError) as e:
        raise ValueError(str(e)) from e
    if end != len(data):
        raise ValueError("more behind the end")
    return value


# --- session descriptions -------------------------------------------------------------------------


def describe(leg):
    """The SDP of one end of a call."""
    address, port = leg["local"]["address"], leg["local"]["port"]
    lines = ["v=0", f"o=- 1 1 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0",
             f"m=audio {port} RTP/{'SAVP' if leg['send'] else 'AVP'} 8"]
    if leg["send"]:
        lines.append(f"a=crypto:{leg['send']}")
    return "\r\n".join(lines) + "\r\n"


def read_description(sdp, suite=None):
    """Address and port, and with suite the key line, of the one media of an SDP."""
    address = re.search(r"^c=IN IP4 (\S+)", sdp, re.M)
    media = re.search(r"^m=audio (\d+) RTP/(S?)AVP ", sdp, re.M)
    lines = re.findall(r"^a=crypto:(\d+ \S+ inline:\S+)", sdp, re.M)
    if not address or not media or bool(media[2]) != bool(suite) or bool(lines) != bool(suite):
        raise Refused(f"not the session description that was expected:\n{sdp}")
    if suite and (len(lines) != 1 or lines[0].split()[1] != suite):
        raise Refused(f"another crypto suite than {suite}:\n{sdp}")
    return {"address": address[1], "port": int(media[1])}, lines[0] if suite else None


# --- the protocol ---------------------------------------------------------------------------------


class Client:
    """Asks one thing after another."""

    def __init__(self, address=NG_ADDRESS):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(address)
        self.count = 0

    def close(self):
        self.socket.close()

    def ask(self, seconds=ANSWER_S, **request):
        """The answer's dictionary; Refused, or OSError when none comes."""
        self.count += 1
        cookie = b"%d " % self.count
        self.socket.settimeout(seconds)
        self.socket.send(cookie + encode(request))
        answer = b""
        while not answer.startswith(cookie):
            answer = self.socket.recv(65536)
        answer = decode(answer[len(cookie):])
        if answer.get("result") not in ("ok", "pong"):
            raise Refused(f"{request['command']}: {answer.get('error-reason', answer)}")
        return answer

    def is_alive(self):
        try:
            return self.ask(0.2, command="ping")["result"] == "pong"
        except OSError:
            return False

    def set_up(self, name, call):
        """Offer and answer of one call of a plan, which gets what the gateway said."""
        to_core = self.ask(**{
            "command": "offer", "call-id": name, "from-tag": "a", "sdp": describe(call["a"]),
            "direction": [SIDES["a"], SIDES["b"]], "transport-protocol": "RTP/AVP",
            "ICE": "remove", "DTLS": "off", "replace": ["origin"]})
        to_access = self.ask(**{
            "command": "answer", "call-id": name, "from-tag": "a", "to-tag": "b",
            "sdp": describe(call["b"]), "ICE": "remove", "DTLS": "off", "replace": ["origin"]})
        suite = call["a"]["send"].split()[1]
        call["b"]["remote"], _ = read_description(to_core["sdp"])
        call["a"]["remote"], call["a"]["receive"] = read_description(to_access["sdp"], suite)

    def delete(self, name):
        self.ask(**{"command": "delete", "call-id": name, "from-tag": "a", "delete-delay": 0})


def arguments(addresses, threads):
    """rtpengine's command line; addresses: by side."""
    return ["rtpengine", "--config-file=none", "--table=-1", "--foreground", "--log-stderr",
            "--log-level=2", f"--listen-ng={NG_ADDRESS[0]}:{NG_ADDRESS[1]}",
            *(f"--interface={name}/{addresses[name]}" for name in SIDES.values()),
            f"--port-min={PORTS[0]}", f"--port-max={PORTS[1]}", f"--num-threads={threads}",
            "--timeout=3600", "--delete-delay=0"]
