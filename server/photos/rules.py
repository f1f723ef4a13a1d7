"""What a photo may be, told from its bytes and never from its name."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum

from server.core.words import msgid as _

MOST_OF_A_JOB = 60
LARGEST_BYTES = 2 * 1024 * 1024
# Either side. A small file that unfolds to more than this is a trap.
LARGEST_PIXELS = 5000


class Kind(StrEnum):
    """What a photo shows."""

    BEFORE = "before"
    AFTER = "after"
    DAMAGE = "damage"
    CHEQUE = "cheque"
    OTHER = "other"


# What a cheque says is the customer's bank's business, and no proof of the work.
PROVES_WORK = (Kind.BEFORE, Kind.AFTER, Kind.DAMAGE, Kind.OTHER)


_SHOWS = {
    Kind.BEFORE: _("Before the work"),
    Kind.AFTER: _("After the work"),
    Kind.DAMAGE: _("Damage"),
    Kind.CHEQUE: _("Cheque"),
    Kind.OTHER: _("Photo"),
}


def shows(kind: Kind) -> str:
    """Return what a photo shows, in English."""
    return _SHOWS[kind]


class Type(StrEnum):
    """How a photo is written."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


ENDINGS = {Type.JPEG: "jpg", Type.PNG: "png", Type.WEBP: "webp"}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What the bytes of a photo are; sizes in pixels."""

    type: Type
    width: int
    height: int


def read(content: bytes) -> Picture | None:
    """Return what a photo is by its bytes, or None where they are no whole JPEG, PNG or WebP that a page may show."""
    found = _jpeg(content) or _png(content) or _webp(content)
    if found is None or not (0 < found.width <= LARGEST_PIXELS and 0 < found.height <= LARGEST_PIXELS):
        return None
    return found


def _jpeg(content: bytes) -> Picture | None:
    """ISO/IEC 10918-1, annex B: segments from SOI to the frame's header, which has the size; EOI at the end."""
    if content[:2] != b"\xff\xd8" or b"\xff\xd9" not in content[-64:]:
        return None
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return Picture(type=Type.JPEG, width=width, height=height)
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4])
    return None


def _png(content: bytes) -> Picture | None:
    """ISO/IEC 15948: the signature, then IHDR with the size; IEND at the end."""
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR" or content[-8:-4] != b"IEND":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return Picture(type=Type.PNG, width=width, height=height)


def _webp(content: bytes) -> Picture | None:
    """RFC 9649: RIFF with its length; the first chunk is lossy (VP8), lossless (VP8L) or extended (VP8X)."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return None
    if int.from_bytes(content[4:8], "little") + 8 != len(content):
        return None
    match content[12:16]:
        case b"VP8 ":
            width, height = (size & 0x3FFF for size in struct.unpack("<HH", content[26:30]))
        case b"VP8L":
            bits = int.from_bytes(content[21:25], "little")
            width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
        case _:
            return None
    return Picture(type=Type.WEBP, width=width, height=height)
