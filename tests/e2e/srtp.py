# SPDX-License-Identifier: BSD-3-Clause
"""RTP, RTCP, SRTP and SRTCP (RFC 3550, RFC 3711) in plain Python, as a third opinion in tests.

Written from the RFC's text and shares nothing with the engine; AES comes from libcrypto, HMAC from
the standard library. AES-128 counter mode and HMAC-SHA1 only. Slow, and careless with keys.
"""

import base64
import ctypes
import ctypes.util
import hashlib
import hmac
import struct

RTCP_TYPES = range(192, 224)  # RFC 5761, 4

_crypto = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
for _name in ("EVP_CIPHER_CTX_new", "EVP_aes_128_ctr"):
    getattr(_crypto, _name).restype = ctypes.c_void_p


def aes_ctr(key, iv, data):
    """AES-128 in counter mode over data, with the 16 bytes of iv as first counter."""
    out = ctypes.create_string_buffer(len(data) + 16)
    n = ctypes.c_int()
    ctx = ctypes.c_void_p(_crypto.EVP_CIPHER_CTX_new())
    good = _crypto.EVP_EncryptInit_ex(ctx, ctypes.c_void_p(_crypto.EVP_aes_128_ctr()), None,
                                      key, iv)
    good = good and _crypto.EVP_EncryptUpdate(ctx, out, ctypes.byref(n), bytes(data), len(data))
    _crypto.EVP_CIPHER_CTX_free(ctx)
    if good != 1 or n.value != len(data):
        raise RuntimeError("libcrypto did not encrypt")
    return out.raw[:len(data)]


def derive(master_key, master_salt, label, length):
    """A session key of that length in bytes (RFC 3711, 4.3.1; key derivation rate 0)."""
    x = int.from_bytes(master_salt, "big") ^ (label << 48)
    return aes_ctr(master_key, (x << 16).to_bytes(16, "big"), bytes(length))


class Direction:
    """The session keys of SRTP or of SRTCP, and the state of one sender or receiver."""

    def __init__(self, master, first_label, tag_len):
        self.cipher_key = derive(master[:16], master[16:], first_label, 16)
        self.auth_key = derive(master[:16], master[16:], first_label + 1, 20)
        self.salt = int.from_bytes(derive(master[:16], master[16:], first_label + 2, 14), "big")
        self.tag_len = tag_len
        self.highest = {}  # SSRC: highest packet index

    def crypt(self, ssrc, index, data):
        iv = (self.salt << 16) ^ (ssrc << 64) ^ (index << 16)  # RFC 3711, 4.1.1
        return aes_ctr(self.cipher_key, iv.to_bytes(16, "big"), data)

    def tag(self, data):
        return hmac.new(self.auth_key, data, hashlib.sha1).digest()[:self.tag_len]


class Srtp:
    """One direction of one SRTP session: a sender that protects, or a receiver that unprotects.

    master: 30 bytes, or their base64 as it stands in SDES.
    """

    def __init__(self, master, rtp_tag_len=10):
        if isinstance(master, str):
            master = base64.b64decode(master, validate=True)
        if len(master) != 30:
            raise ValueError("a master key has 16 bytes, its salt 14")
        self.rtp = Direction(master, 0, rtp_tag_len)
        self.rtcp = Direction(master, 3, 10)

    def _rtp_index(self, ssrc, seq):
        """The packet index that seq stands for most probably (RFC 3711, 3.3.1)."""
        highest = self.rtp.highest.get(ssrc)
        if highest is None:
            return seq
        roc = highest >> 16
        candidates = [(r << 16) + seq for r in (roc - 1, roc, roc + 1) if r >= 0]
        return min(candidates, key=lambda index: abs(index - highest))

    def protect(self, packet):
        """SRTP from an RTP packet."""
        head, ssrc, seq = rtp_header(packet)
        index = self._rtp_index(ssrc, seq)
        self.rtp.highest[ssrc] = max(index, self.rtp.highest.get(ssrc, 0))
        out = packet[:head] + self.rtp.crypt(ssrc, index, packet[head:])
        return out + self.rtp.tag(out + struct.pack(">I", index >> 16))

    def unprotect(self, packet):
        """RTP from an SRTP packet; ValueError when its tag is wrong."""
        body, tag = packet[:-self.rtp.tag_len], packet[-self.rtp.tag_len:]
        head, ssrc, seq = rtp_header(body)
        index = self._rtp_index(ssrc, seq)
        if not hmac.compare_digest(tag, self.rtp.tag(body + struct.pack(">I", index >> 16))):
            raise ValueError("wrong tag")
        self.rtp.highest[ssrc] = max(index, self.rtp.highest.get(ssrc, 0))
        return body[:head] + self.rtp.crypt(ssrc, index, body[head:])

    def protect_rtcp(self, packet):
        """SRTCP from a compound RTCP packet (RFC 3711, 3.4)."""
        ssrc = struct.unpack_from(">I", packet, 4)[0]
        index = self.rtcp.highest.get(ssrc, 0) + 1
        self.rtcp.highest[ssrc] = index
        out = packet[:8] + self.rtcp.crypt(ssrc, index, packet[8:])
        out += struct.pack(">I", 1 << 31 | index)
        return out + self.rtcp.tag(out)

    def unprotect_rtcp(self, packet):
        """RTCP from an SRTCP packet; ValueError when its tag is wrong or it is not encrypted."""
        body, tag = packet[:-self.rtcp.tag_len], packet[-self.rtcp.tag_len:]
        if not hmac.compare_digest(tag, self.rtcp.tag(body)):
            raise ValueError("wrong tag")
        ssrc = struct.unpack_from(">I", body, 4)[0]
        word = struct.unpack(">I", body[-4:])[0]
        if word >> 31 != 1:
            raise ValueError("SRTCP without encryption")
        return body[:8] + self.rtcp.crypt(ssrc, word & 0x7fffffff, body[8:-4])


def rtp_header(packet):
    """Length of the header, SSRC and sequence number of an RTP packet (RFC 3550, 5.1)."""
    first, _, seq, _, ssrc = struct.unpack_from(">BBHII", packet)
    if first >> 6 != 2:
        raise ValueError("not RTP")
    head = 12 + 4 * (first & 15)
    if first >> 4 & 1:
        head += 4 + 4 * struct.unpack_from(">H", packet, head + 2)[0]
    return head, ssrc, seq


def rtp(seq, ssrc, payload, payload_type=8, timestamp=None, marker=False):
    """An RTP packet without CSRC and extension."""
    timestamp = seq * 160 if timestamp is None else timestamp
    return struct.pack(">BBHII", 0x80, marker << 7 | payload_type, seq & 0xffff,
                       timestamp & 0xffffffff, ssrc) + payload


def sender_report(ssrc, packets=1, cname=b"a@example.net"):
    """A compound RTCP packet: a sender report and its source description (RFC 3550, 6.1)."""
    report = struct.pack(">BBHIQIII", 0x80, 200, 6, ssrc, 0x0102030405060708, 160 * packets,
                         packets, 160 * packets)
    item = struct.pack(">IBB", ssrc, 1, len(cname)) + cname + b"\0"
    item += bytes(-len(item) % 4)
    return report + struct.pack(">BBH", 0x81, 202, len(item) // 4) + item


def payload(seed, length=160):
    """Bytes that look random and are the same for the same seed."""
    out = b""
    while len(out) < length:
        out += hashlib.sha256(f"{seed}/{len(out)}".encode()).digest()
    return out[:length]
