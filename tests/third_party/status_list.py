"""Reads Token Status Lists. Written from the text of
draft-ietf-oauth-status-list-21 alone, without a look at how Porteiro writes them."""

import base64
import zlib


def decode(text: str) -> bytes:
    """Base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class StatusList:
    """The object `status_list` of section 4.2."""

    def __init__(self, bits: int, lst: str):
        assert bits in (1, 2, 4, 8)
        self.bits = bits
        self.bytes = zlib.decompress(decode(lst))

    def __len__(self) -> int:
        return len(self.bytes) * 8 // self.bits

    def __getitem__(self, index: int) -> int:
        """Section 4.1: values fill a byte from its least significant bit on."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        byte, place = divmod(index * self.bits, 8)
        return self.bytes[byte] >> place & (1 << self.bits) - 1
