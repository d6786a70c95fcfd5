# SPDX-License-Identifier: BSD-3-Clause
"""Ethernet frames with UDP over IPv4 or IPv6, and capture files of the classic pcap format."""

import ipaddress
import struct
from dataclasses import dataclass

ETHERNET = 1  # link type
IPV4, IPV6, VLAN = 0x0800, 0x86dd, 0x8100
UDP = 17


# --- capture files --------------------------------------------------------------------------------


def read_pcap(path):
    """The frames of a capture file, as bytes."""
    with open(path, "rb") as f:
        data = f.read()
    for order in "<>":
        magic, link = struct.unpack_from(order + "I16xI", data)
        if magic in (0xa1b2c3d4, 0xa1b23c4d):
            break
    else:
        raise ValueError(f"{path} is not a pcap file")
    if link != ETHERNET:
        raise ValueError(f"{path} holds no Ethernet frames")
    frames, at = [], 24
    while at < len(data):
        length, original = struct.unpack_from(order + "8xII", data, at)
        if length != original or at + 16 + length > len(data):
            raise ValueError(f"{path} holds a frame that was cut")
        frames.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return frames


def write_pcap(path, frames):
    """Writes frames, one each 20 ms from the epoch on."""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, ETHERNET))
        for i, frame in enumerate(frames):
            f.write(struct.pack("<IIII", i // 50, i % 50 * 20000, len(frame), len(frame)) + frame)


# --- frames ---------------------------------------------------------------------------------------


@dataclass
class Datagram:
    """A UDP datagram as it stands in a frame."""

    src: tuple  # address as text, port
    dst: tuple
    payload: bytes
    dst_mac: bytes = bytes.fromhex("020000000002")
    src_mac: bytes = bytes.fromhex("020000000001")
    dscp: int = 0
    ttl: int = 64
    vlan: int = 0


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def _pseudo_header(src, dst, length):
    if len(src) == 4:
        return src + dst + struct.pack(">BBH", 0, UDP, length)
    return src + dst + struct.pack(">II", length, UDP)


def _udp(datagram, src, dst):
    head = struct.pack(">HHHH", datagram.src[1], datagram.dst[1], 8 + len(datagram.payload), 0)
    whole = head + datagram.payload
    total = checksum(_pseudo_header(src, dst, len(whole)) + whole) or 0xffff
    return head[:6] + struct.pack(">H", total) + datagram.payload


def _ethernet(datagram, ether_type, body):
    tag = struct.pack(">HH", VLAN, datagram.vlan) if datagram.vlan else b""
    return datagram.dst_mac + datagram.src_mac + tag + struct.pack(">H", ether_type) + body


def ipv4(datagram, body, fragment=0, identification=1):
    """A frame with an IPv4 packet; fragment: flags and offset as they stand in the header."""
    src = ipaddress.ip_address(datagram.src[0]).packed
    dst = ipaddress.ip_address(datagram.dst[0]).packed
    head = struct.pack(">BBHHHBBH", 0x45, datagram.dscp << 2, 20 + len(body), identification,
                       fragment, datagram.ttl, UDP, 0) + src + dst
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return _ethernet(datagram, IPV4, head + body)


def build(datagram):
    """The frame of a datagram."""
    src = ipaddress.ip_address(datagram.src[0]).packed
    dst = ipaddress.ip_address(datagram.dst[0]).packed
    udp = _udp(datagram, src, dst)
    if len(src) == 4:
        return ipv4(datagram, udp)
    head = struct.pack(">IHBB", 6 << 28 | datagram.dscp << 22, len(udp), UDP, datagram.ttl)
    return _ethernet(datagram, IPV6, head + src + dst + udp)


def _split_ip(frame, at, ether_type):
    """(DSCP, TTL, source, destination, offset of UDP) of an IP packet that holds UDP."""
    if ether_type == IPV4:
        tos, ttl, protocol = frame[at + 1], frame[at + 8], frame[at + 9]
        if frame[at] != 0x45 or protocol != UDP or checksum(frame[at:at + 20]) != 0:
            raise ValueError("not a good IPv4 header before UDP")
        return tos >> 2, ttl, frame[at + 12:at + 16], frame[at + 16:at + 20], at + 20
    word, _, protocol, ttl = struct.unpack_from(">IHBB", frame, at)
    if ether_type != IPV6 or word >> 28 != 6 or protocol != UDP:
        raise ValueError("not UDP over IP")
    return word >> 22 & 63, ttl, frame[at + 8:at + 24], frame[at + 24:at + 40], at + 40


def parse(frame):
    """The datagram in a frame; ValueError for anything else, and for every wrong checksum."""
    at, vlan = 12, 0
    if struct.unpack_from(">H", frame, at)[0] == VLAN:
        vlan = struct.unpack_from(">H", frame, at + 2)[0] & 0xfff
        at += 4
    ether_type = struct.unpack_from(">H", frame, at)[0]
    dscp, ttl, src, dst, at = _split_ip(frame, at + 2, ether_type)
    src_port, dst_port, length, total = struct.unpack_from(">HHHH", frame, at)
    whole = frame[at:at + length]
    if len(whole) != length or length < 8:
        raise ValueError("wrong UDP length")
    if total == 0 and len(src) == 16:
        raise ValueError("no UDP checksum over IPv6")
    if total != 0 and checksum(_pseudo_header(src, dst, length) + whole) != 0:
        raise ValueError("wrong UDP checksum")
    return Datagram((str(ipaddress.ip_address(src)), src_port),
                    (str(ipaddress.ip_address(dst)), dst_port), whole[8:], frame[:6], frame[6:12],
                    dscp, ttl, vlan)
