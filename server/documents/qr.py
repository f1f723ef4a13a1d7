"""QR codes: error correction M, which survives a thumb or a crease and still prints small."""

from __future__ import annotations

from html import escape
from itertools import groupby

import qrcode

QUIET_ZONE = 4
# Trying all eight masks, as the library does unless told, takes six times as long as the rest. Every reader reads any
# mask; which is best differs where a text repeats itself, and what is in a link is as good as random.
MASK = 3


def svg(text: str, *, title: str | None = None) -> str:
    """Return an SVG of a QR code: black on white with its quiet zone, sized by whoever shows it.

    `title` is what a screen reader says; without one, the text itself.
    """
    rows = _matrix(text, border=QUIET_ZONE, mask=MASK)
    return _drawn(rows, title or text)


def swiss_svg(text: str, *, title: str) -> str:
    """Return the code of a Swiss QR-bill as an SVG: 46 mm wide where it is shown, the Swiss cross 7 mm in its middle,
    and no quiet zone, which the layout leaves free. Source: SIX, Style Guide QR-bill."""
    rows = _matrix(text, border=0)
    scale = len(rows) / 46 * 7 / 19.8
    corner = (len(rows) - 19.8 * scale) / 2
    cross = (
        f'<g transform="translate({corner:.4f} {corner:.4f}) scale({scale:.5f})" shape-rendering="auto">'
        '<path fill="#fff" d="M0 0h19.8v19.8H0z"/><path d="M.7.7h18.4v18.4H.7z"/>'
        '<path fill="#fff" d="M8.3 4h3.3v11H8.3zM4.4 7.9h11v3.3h-11z"/></g>'
    )
    return _drawn(rows, title, cross)


def _matrix(text: str, *, border: int, mask: int | None = None) -> list[list[bool]]:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=border, mask_pattern=mask)
    code.add_data(text)
    rows: list[list[bool]] = code.get_matrix()
    return rows


def _drawn(rows: list[list[bool]], title: str, above: str = "") -> str:
    path = "".join(f"M{x} {y}h{width}v1h-{width}z" for y, row in enumerate(rows) for x, width in _dark_runs(row))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(rows)} {len(rows)}" role="img"'
        f' shape-rendering="crispEdges"><title>{escape(title)}</title>'
        f'<path fill="#fff" d="M0 0h{len(rows)}v{len(rows)}H0z"/><path d="{path}"/>{above}</svg>'
    )


def _dark_runs(row: list[bool]) -> list[tuple[int, int]]:
    """Return (start, length) of each run of dark modules."""
    runs, x = [], 0
    for dark, modules in groupby(row):
        width = len(list(modules))
        if dark:
            runs.append((x, width))
        x += width
    return runs
