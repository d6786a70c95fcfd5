# SPDX-License-Identifier: BSD-3-Clause
"""RTP, RTCP, SRTP and SRTCP (RFC 3550, 3711, 6188, 7714) in plain Python, as a third opinion.

Written from the RFCs' text and shares nothing with the engine; AES comes from libcrypto, HMAC from
the standard library. Every suite of the engine, and MKIs. Slow, and careless with keys.
"""

import base64
import ctypes
import ctypes.util
import hashlib
import hmac
import re
import struct

RTCP_TYPES = range(192, 224)  # RFC 5761, 4
GCM_TAG = 16
GCM_GET_TAG, GCM_SET_TAG = 0x10, 0x11  # EVP_CTRL_AEAD_GET_TAG, EVP_CTRL_AEAD_SET_TAG

_crypto = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
_crypto.EVP_CIPHER_CTX_new.restype = ctypes.c_void_p
for _name in (f"EVP_aes_{bits}_{mode}" for bits in (128, 192, 256) for mode in ("ctr", "gcm")):
    getattr(_crypto, _name).restype = ctypes.c_void_p


def _aes(mode, key, iv, data, aad=b"", tag=None, encrypt=True):
    """AES by libcrypto. Counter mode: the output; GCM: output and tag, or ValueError."""
    out = ctypes.create_string_buffer(len(data) + 16)
    n, last = ctypes.c_int(), ctypes.c_int()
    ctx = ctypes.c_void_p(_crypto.EVP_CIPHER_CTX_new())
    cipher = ctypes.c_void_p(getattr(_crypto, f"EVP_aes_{8 * len(key)}_{mode}")())
    step = "Encrypt" if encrypt else "Decrypt"
    update = getattr(_crypto, f"EVP_{step}Update")
    try:
        good = getattr(_crypto, f"EVP_{step}Init_ex")(ctx, cipher, None, key, iv)
        if aad:
            good = good and update(ctx, None, ctypes.byref(n), aad, len(aad))
        good = good and update(ctx, out, ctypes.byref(n), bytes(data), len(data))
        if good != 1 or n.value != len(data):
            raise RuntimeError("libcrypto did not encrypt")
        if mode == "ctr":
            return out.raw[:len(data)]
        if not encrypt:
            _crypto.EVP_CIPHER_CTX_ctrl(ctx, GCM_SET_TAG, GCM_TAG, bytes(tag))
        if getattr(_crypto, f"EVP_{step}Final_ex")(ctx, None, ctypes.byref(last)) != 1:
            raise ValueError("wrong tag")
        made = ctypes.create_string_buffer(GCM_TAG)
        if encrypt:
            _crypto.EVP_CIPHER_CTX_ctrl(ctx, GCM_GET_TAG, GCM_TAG, made)
        return out.raw[:len(data)], made.raw
    finally:
        _crypto.EVP_CIPHER_CTX_free(ctx)


def aes_ctr(key, iv, data):
    """AES in counter mode over data, with the 16 bytes of iv as first counter."""
    return _aes("ctr", key, iv, data)


def derive(master_key, master_salt, label, length):
    """A session key of that length in bytes (RFC 3711, 4.3.1; key derivation rate 0)."""
    salt = master_salt.ljust(14, b"\0")  # RFC 7714, 11: that of GCM is shorter
    x = int.from_bytes(salt, "big") ^ (label << 48)
    return aes_ctr(master_key, (x << 16).to_bytes(16, "big"), bytes(length))


class Suite:
    """What the name of a crypto suite says."""

    def __init__(self, name):
        self.name = name
        bits = re.search("_(128|192|256)_", name.replace("NULL_", "NULL_128_"))
        self.key_len = int(bits[1]) // 8
        self.aead = name.startswith("AEAD")
        self.null = name.startswith("NULL")
        self.salt_len = 12 if self.aead else 14
        self.rtp_tag_len = GCM_TAG if self.aead else 4 if name.endswith("_32") else 10
        self.rtcp_tag_len = GCM_TAG if self.aead else 10
        self.master_len = self.key_len + self.salt_len


class Direction:
    """The session keys of SRTP or of SRTCP, and the state of one sender or receiver."""

    def __init__(self, master, suite, first_label, tag_len):
        key, salt = master[:suite.key_len], master[suite.key_len:]
        self.suite = suite
        self.cipher_key = derive(key, salt, first_label, suite.key_len)
        self.auth_key = derive(key, salt, first_label + 1, 20)
        self.salt = int.from_bytes(derive(key, salt, first_label + 2, suite.salt_len), "big")
        self.tag_len = tag_len
        self.highest = {}  # SSRC: highest packet index

    def crypt(self, ssrc, index, data):
        """Counter mode; both ways the same."""
        if self.suite.null:
            return data
        iv = (self.salt << 16) ^ (ssrc << 64) ^ (index << 16)  # RFC 3711, 4.1.1
        return aes_ctr(self.cipher_key, iv.to_bytes(16, "big"), data)

    def tag(self, data):
        return hmac.new(self.auth_key, data, hashlib.sha1).digest()[:self.tag_len]

    def _iv(self, ssrc, index):
        return (self.salt ^ (ssrc << 48) ^ index).to_bytes(12, "big")  # RFC 7714, 8.1 and 9.1

    def seal(self, ssrc, index, data, aad):
        """GCM: ciphertext and tag."""
        return b"".join(_aes("gcm", self.cipher_key, self._iv(ssrc, index), data, aad))

    def unseal(self, ssrc, index, data, aad):
        """The plaintext of what seal() makes, or ValueError."""
        return _aes("gcm", self.cipher_key, self._iv(ssrc, index), data[:-GCM_TAG], aad,
                    data[-GCM_TAG:], encrypt=False)[0]


class Srtp:
    """One direction of one SRTP session: a sender that protects, or a receiver that unprotects.

    master: key and salt, or their base64 as it stands in SDES. mki: bytes behind each packet.
    """

    def __init__(self, master, suite="AES_CM_128_HMAC_SHA1_80", mki=b""):
        if isinstance(master, str):
            master = base64.b64decode(master, validate=True)
        self.suite = Suite(suite)
        if len(master) != self.suite.master_len:
            raise ValueError(f"key and salt of {suite} have {self.suite.master_len} bytes")
        self.rtp = Direction(master, self.suite, 0, self.suite.rtp_tag_len)
        self.rtcp = Direction(master, self.suite, 3, self.suite.rtcp_tag_len)
        self.mki = mki

    def rtp_index(self, ssrc, seq):
        """The packet index that seq stands for most probably (RFC 3711, 3.3.1)."""
        highest = self.rtp.highest.get(ssrc)
        if highest is None:
            return seq
        roc = highest >> 16
        candidates = [(r << 16) + seq for r in (roc - 1, roc, roc + 1) if r >= 0]
        return min(candidates, key=lambda index: abs(index - highest))

    def _split(self, packet, tag_len):
        """Body, MKI and tag: where the tag stands behind the MKI."""
        end = len(packet) - tag_len - len(self.mki)
        return packet[:end], packet[end:end + len(self.mki)], packet[end + len(self.mki):]

    def _cut_mki(self, packet):
        """An AEAD's packet without the MKI, which is its end."""
        end = len(packet) - len(self.mki)
        if packet[end:] != self.mki:
            raise ValueError("another MKI")
        return packet[:end]

    def arrange(self, packet, head, is_protected):
        """What stays readable, what is or will be encrypted, and how both are put together."""
        return packet[:head], packet[head:], lambda rest: packet[:head] + rest

    def protect(self, packet):
        """SRTP from an RTP packet."""
        head, ssrc, seq = rtp_header(packet)
        index = self.rtp_index(ssrc, seq)
        self.rtp.highest[ssrc] = max(index, self.rtp.highest.get(ssrc, 0))
        clear, secret, join = self.arrange(packet, head, False)
        if self.suite.aead:
            return join(self.rtp.seal(ssrc, index, secret, clear)) + self.mki
        out = join(self.rtp.crypt(ssrc, index, secret))
        return out + self.mki + self.rtp.tag(out + struct.pack(">I", index >> 16))

    def unprotect(self, packet):
        """RTP from an SRTP packet; ValueError when its tag or its MKI is wrong."""
        head, ssrc, seq = rtp_header(packet)
        index = self.rtp_index(ssrc, seq)
        if self.suite.aead:
            clear, secret, join = self.arrange(self._cut_mki(packet), head, True)
            plain = self.rtp.unseal(ssrc, index, secret, clear)
        else:
            body, mki, tag = self._split(packet, self.rtp.tag_len)
            right = self.rtp.tag(body + struct.pack(">I", index >> 16))
            if mki != self.mki or not hmac.compare_digest(tag, right):
                raise ValueError("wrong tag")
            _, secret, join = self.arrange(body, head, True)
            plain = self.rtp.crypt(ssrc, index, secret)
        self.rtp.highest[ssrc] = max(index, self.rtp.highest.get(ssrc, 0))
        return join(plain)

    def protect_rtcp(self, packet):
        """SRTCP from a compound RTCP packet (RFC 3711, 3.4; RFC 7714, 9.2)."""
        ssrc = struct.unpack_from(">I", packet, 4)[0]
        index = self.rtcp.highest.get(ssrc, 0) + 1
        self.rtcp.highest[ssrc] = index
        # without encryption there is no E bit (RFC 3711, 3.4)
        word = struct.pack(">I", (0 if self.suite.null else 1 << 31) | index)
        if self.suite.aead:
            return packet[:8] + self.rtcp.seal(ssrc, index, packet[8:],
                                               packet[:8] + word) + word + self.mki
        out = packet[:8] + self.rtcp.crypt(ssrc, index, packet[8:]) + word
        return out + self.mki + self.rtcp.tag(out)

    def unprotect_rtcp(self, packet):
        """RTCP from an SRTCP packet; ValueError when its tag is wrong or it is not encrypted."""
        ssrc = struct.unpack_from(">I", packet, 4)[0]
        if self.suite.aead:
            body = self._cut_mki(packet)
        else:
            body, mki, tag = self._split(packet, self.rtcp.tag_len)
            if mki != self.mki or not hmac.compare_digest(tag, self.rtcp.tag(body)):
                raise ValueError("wrong tag")
        word = struct.unpack(">I", body[-4:])[0]
        if word >> 31 == 0 and not self.suite.null:
            raise ValueError("SRTCP without encryption")
        index = word & 0x7fffffff
        if self.suite.aead:
            return body[:8] + self.rtcp.unseal(ssrc, index, body[8:-4], body[:8] + body[-4:])
        return body[:8] + self.rtcp.crypt(ssrc, index, body[8:-4])


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
