# SPDX-License-Identifier: BSD-3-Clause
"""SRTP whose header extensions are encrypted: Cryptex (RFC 9335), and single elements (RFC 6904).

As srtp.py: written from the RFCs' text, slow, a third opinion.
"""

import struct

import srtp

ONE_BYTE, TWO_BYTE = 0xbede, 0x1000  # profiles (RFC 8285, 4.2 and 4.3)
HIDDEN = {ONE_BYTE: 0xc0de, TWO_BYTE: 0xc2de}  # RFC 9335, 4
SHOWN = {hidden: shown for shown, hidden in HIDDEN.items()}


def elements(profile, values):
    """The data of an extension with {identifier: bytes}, padded to whole words."""
    body = b"".join((bytes([id_ << 4 | len(v) - 1]) if profile == ONE_BYTE
                     else bytes([id_, len(v)])) + v for id_, v in values.items())
    return body + bytes(-len(body) % 4)


def with_extension(packet, profile, body, csrcs=()):
    """An RTP packet without CSRC and extension, with them."""
    return bytes([packet[0] | 0x10 | len(csrcs)]) + packet[1:12] + \
        b"".join(struct.pack(">I", c) for c in csrcs) + \
        struct.pack(">HH", profile, len(body) // 4) + body + packet[12:]


class Cryptex(srtp.Srtp):
    """CSRCs and extension are encrypted before the payload; the extension's 4 bytes of header
    stay readable, and tell by their profile (RFC 9335, 6)."""

    def arrange(self, packet, head, is_protected):
        at = 12 + 4 * (packet[0] & 15)
        if not packet[0] & 0x10:
            return super().arrange(packet, head, is_protected)
        profile, words = struct.unpack_from(">HH", packet, at)
        if is_protected and profile not in SHOWN:
            raise ValueError("the extension is not hidden")
        hidden = struct.pack(">HH", profile if is_protected else HIDDEN[profile], words)
        after = struct.pack(">HH", SHOWN[profile], words) if is_protected else hidden
        return packet[:12] + hidden, packet[12:at] + packet[at + 4:], \
            lambda rest: packet[:12] + rest[:at - 12] + after + rest[at - 12:]


class Elements(srtp.Srtp):
    """The elements with some identifiers are encrypted under a key of their own (RFC 6904, 3)."""

    def __init__(self, master, ids, suite="AES_CM_128_HMAC_SHA1_80"):
        super().__init__(master, suite)
        self.ids = ids
        self.header = srtp.Direction(master, self.suite, 6, 0)
        at = self.suite.key_len
        self.header.salt = int.from_bytes(srtp.derive(master[:at], master[at:], 7,
                                                      self.suite.salt_len), "big")

    def mask(self, packet):
        """Encrypts or decrypts the elements."""
        if not packet[0] & 0x10:
            return packet
        head, ssrc, seq = srtp.rtp_header(packet)
        at = 12 + 4 * (packet[0] & 15) + 4
        body = packet[at:head]
        stream = self.header.crypt(ssrc, self.rtp_index(ssrc, seq), bytes(len(body)))
        one_byte = packet[at - 4:at - 2] == struct.pack(">H", ONE_BYTE)
        out, k = bytearray(body), 0
        while k < len(body):
            id_, length, k = (body[k] >> 4, (body[k] & 15) + 1, k + 1) if one_byte \
                else (body[k], body[k + 1] if body[k] else 0, k + 2)
            if id_ == 0:
                k -= 0 if one_byte else 1
                continue
            if id_ in self.ids:
                for j in range(k, k + length):
                    out[j] ^= stream[j]
            k += length
        return packet[:at] + bytes(out) + packet[head:]

    def protect(self, packet):
        return super().protect(self.mask(packet))

    def unprotect(self, packet):
        return self.mask(super().unprotect(packet))
