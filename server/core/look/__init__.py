"""How Fieldpay looks, for what cannot read CSS: mails and PDFs take their colours from `tokens.css`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


def colour(name: str) -> str:
    """Return a colour of the light set as `#rrggbb`. Raises KeyError when there is no such token."""
    return colours()[name]


@cache
def colours() -> dict[str, str]:
    """Return every colour of the light set by name: `{"accent": "#ffb81c", ...}`."""
    return _read(0)


@cache
def dark_colours() -> dict[str, str]:
    """Return every colour of the dark set by name."""
    return _read(1)


def _read(block: int) -> dict[str, str]:
    """The light set is the first `:root` block of tokens.css, the dark set the second."""
    blocks = (FOLDER / "tokens.css").read_text().split(":root {")[1:]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", blocks[block]))
