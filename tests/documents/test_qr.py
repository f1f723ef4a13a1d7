"""A QR code says exactly what it was given."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import qrcode

from server.documents import qr

URL = "https://pay.example.com/p/8vXyQm3kTTu0bQyS2pWc1A?a=1&b=<2>"
SVG = "{http://www.w3.org/2000/svg}"


def _dark(svg: str) -> tuple[int, set[tuple[int, int]]]:
    """Read the drawing back: its size, and its dark modules."""
    drawn = ElementTree.fromstring(svg)
    path = drawn.findall(f"{SVG}path")[1].get("d") or ""
    runs = [(int(x), int(y), int(width)) for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path)]
    assert "".join(f"M{x} {y}h{width}v1h-{width}z" for x, y, width in runs) == path
    return int((drawn.get("viewBox") or "").split()[2]), {(x + i, y) for x, y, width in runs for i in range(width)}


def test_the_drawing_is_the_code_with_its_quiet_zone() -> None:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4, mask_pattern=qr.MASK)
    code.add_data(URL)
    expected = {(x, y) for y, row in enumerate(code.get_matrix()) for x, dark in enumerate(row) if dark}
    size, dark = _dark(qr.svg(URL))
    assert dark == expected
    assert {min(x for x, _ in dark), min(y for _, y in dark)} == {4}
    assert max(x for x, _ in dark) == size - 5


def test_a_screen_reader_hears_the_title_or_the_text() -> None:
    said = [ElementTree.fromstring(svg).findtext(f"{SVG}title") for svg in (qr.svg(URL), qr.svg(URL, title="Payer"))]
    assert said == [URL, "Payer"]


def test_the_same_text_gives_the_same_drawing() -> None:
    assert qr.svg(URL) == qr.svg(URL)
