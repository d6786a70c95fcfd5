#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the RTP packets of N calls as a pcap file that Pktgen may send round and round.

Each call's sequence numbers go once through all 65,536 values, or through every second, fourth, ...
of them, so that the first packet of the next round follows the last one of this round: to a
receiver it is one endless stream whose rollover counter rises once a round. The calls take turns in
an order that is drawn anew for each turn.
"""

import argparse
import random
import socket
import struct

SOURCE, TARGET = ("198.18.1.1", "02:00:5e:18:01:01"), ("198.18.1.2", "02:00:5e:18:01:02")
FIRST_SOURCE_PORT, FIRST_TARGET_PORT = 10000, 20000
RTP_HEADER = 12
ETHERNET_IP_UDP = 14 + 20 + 8
SEQUENCE_NUMBERS = 65536
FEWEST_PER_CALL = 64  # a step of 1,024 then; at 32,768 a receiver could not tell the direction


def mac_bytes(text):
    return bytes(int(part, 16) for part in text.split(":"))


def ones_sum(data):
    """The sum of the Internet checksum (RFC 1071), not folded."""
    data += b"\0" * (len(data) % 2)
    return sum(struct.unpack(f">{len(data) // 2}H", data))


def folded(total):
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return 0xffff - total


def packets_per_call(calls, most):
    """The largest power of two by which a file of all calls has at most so many packets."""
    count = SEQUENCE_NUMBERS
    while calls * count > most and count > FEWEST_PER_CALL:
        count //= 2
    return count


class Call:
    """The frame of one call; sequence number, timestamp and checksum are set for each packet."""

    def __init__(self, number, payload):
        udp_size = 8 + RTP_HEADER + len(payload)
        source, target = socket.inet_aton(SOURCE[0]), socket.inet_aton(TARGET[0])
        header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + udp_size, 0, 0x4000, 64, 17, 0)
        header += source + target
        header = header[:10] + struct.pack(">H", folded(ones_sum(header))) + header[12:]
        udp = struct.pack(">HHHH", FIRST_SOURCE_PORT + 2 * number, FIRST_TARGET_PORT + 2 * number,
                          udp_size, 0)
        rtp = struct.pack(">BBHII", 0x80, 8, 0, 0, 0x50770000 + number) + payload
        self.sum = ones_sum(source + target + struct.pack(">HH", 17, udp_size) + udp + rtp)
        self.frame = bytearray(mac_bytes(TARGET[1]) + mac_bytes(SOURCE[1]) + b"\x08\x00" + header +
                               udp + rtp)

    def packet(self, sequence, timestamp):
        """The frame; valid until the next call of this."""
        total = self.sum + sequence + (timestamp >> 16) + (timestamp & 0xffff)
        struct.pack_into(">H", self.frame, ETHERNET_IP_UDP - 2, folded(total) or 0xffff)
        struct.pack_into(">HI", self.frame, ETHERNET_IP_UDP + 2, sequence, timestamp)
        return self.frame


def write(path, calls, payload_size, most, seed=1):
    """Writes the file; the number of packets of each call and the size of a frame come back."""
    draw = random.Random(seed)
    payload = draw.randbytes(payload_size)
    streams = [Call(number, payload) for number in range(calls)]
    count = packets_per_call(calls, most)
    size = len(streams[0].frame)
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for turn in range(count):
            draw.shuffle(streams)
            record = struct.pack("<IIII", turn // 50, turn % 50 * 20000, size, size)
            for stream in streams:
                f.write(record)
                f.write(stream.packet(turn * (SEQUENCE_NUMBERS // count), turn * 160))
    return count, size


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--payload", type=int, default=160, help="bytes of RTP payload")
    parser.add_argument("--packets", type=int, default=262144,
                        help="the most packets of the file, but 64 a call (default: %(default)s)")
    args = parser.parse_args()
    count, size = write(args.file, args.calls, args.payload, args.packets)
    print(f"{args.calls} calls of {count} packets, sequence numbers in steps of "
          f"{SEQUENCE_NUMBERS // count}, frames of {size} bytes")


if __name__ == "__main__":
    main()
