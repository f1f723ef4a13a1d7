"""What a photo is, by its bytes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.photos import rules
from server.photos.rules import Picture, Type
from tests.photos.pictures import JPEG, PNG, SVG, WEBP


@pytest.mark.parametrize(("content", "type_"), [(JPEG, Type.JPEG), (PNG, Type.PNG), (WEBP, Type.WEBP)])
def test_a_picture_is_known_by_its_bytes(content: bytes, type_: Type) -> None:
    assert rules.read(content) == Picture(type=type_, width=8, height=6)


def test_the_sizes_of_lossless_and_extended_webp_are_read() -> None:
    lossless = b"VP8L" + struct.pack("<I", 10) + b"\x2f" + struct.pack("<I", 639 | 479 << 14) + b"\0" * 5
    extended = b"VP8X" + struct.pack("<I", 10) + b"\0" * 4 + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")
    for chunk in (lossless, extended):
        content = b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk
        assert rules.read(content) == Picture(type=Type.WEBP, width=640, height=480)


@pytest.mark.parametrize(
    "content",
    [b"", SVG, b"GIF89a" + b"\0" * 40, b"%PDF-1.7", JPEG[: len(JPEG) // 2], PNG[:-4], WEBP[:-1], WEBP + b"more"],
    ids=["nothing", "SVG", "GIF", "PDF", "half a JPEG", "a cut PNG", "a cut WebP", "a WebP with more behind it"],
)
def test_what_is_no_whole_picture_is_refused(content: bytes) -> None:
    assert rules.read(content) is None


def test_a_small_file_that_unfolds_to_a_huge_picture_is_refused() -> None:
    huge = PNG[:16] + struct.pack(">II", 30_000, 30_000) + PNG[24:]
    assert rules.read(huge) is None


@given(st.sampled_from([JPEG, PNG, WEBP]), st.data())
def test_no_damage_upsets_the_reading(content: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(content)))
    found = rules.read(content[:cut] + data.draw(st.binary(max_size=8)) + content[cut:])
    assert found is None or (0 < found.width <= rules.LARGEST_PIXELS and 0 < found.height <= rules.LARGEST_PIXELS)
