"""QR codes: error correction M, which survives a thumb or a crease and still prints small."""

from __future__ import annotations

from html import escape
from itertools import groupby

import qrcode

QUIET_ZONE = 4


def svg(text: str, *, title: str | None = None) -> str:
    """Return an SVG of a QR code: black on white with its quiet zone, sized by whoever shows it.

    `title` is what a screen reader says; without one, the text itself.
    """
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h{width}v1h-{width}z" for y, row in enumerate(rows) for x, width in _dark_runs(row))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(rows)} {len(rows)}" role="img"'
        f' shape-rendering="crispEdges"><title>{escape(title or text)}</title>'
        f'<path fill="#fff" d="M0 0h{len(rows)}v{len(rows)}H0z"/><path d="{path}"/></svg>'
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
