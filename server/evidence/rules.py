"""How a pack of evidence is put together: one ZIP, with a list of hashes that anybody can check."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from server.core import words
from server.core.words import msgid as _

SUMS = "SHA256SUMS"
# The earliest moment a ZIP can name: when a pack is made must not change its bytes.
_NO_MOMENT = (1980, 1, 1, 0, 0, 0)
_READ_ME = _(
    "Evidence about invoice %(number)s of %(seller)s\n"
    "\n"
    "%(sums)s lists the SHA-256 of every file here: check them with `sha256sum -c %(sums)s`.\n"
    "contract.txt is the text that was shown and signed; the contract itself names the hash of it.\n"
    "log.jsonl holds every contact and act about this invoice, one a line. The hash of each is the SHA-256 of its\n"
    "line without the hash, and covers the hash of the row before it in the whole log (prev_hash). %(end)s\n"
    "books.json holds the ledger's entries about this invoice, with its payments and refunds.\n"
    "The same facts always give the same bytes.\n"
)
_END = _("The last row here is number %(sequence)s, with hash %(hash)s.")


def read_me(locale: str, *, number: str, seller: str, last: tuple[int, str] | None) -> bytes:
    """Return what the pack says of itself, in the reader's language; `last` is the last row of its log."""
    end = words.say(locale, _END, sequence=str(last[0]), hash=last[1]) if last else ""
    return words.say(locale, _READ_ME, number=number, seller=seller, sums=SUMS, end=end).encode()


def readable(said: Any) -> bytes:
    """Return facts as JSON for people: two spaces, names in order, moments in UTC."""
    return (json.dumps(said, indent=2, sort_keys=True, ensure_ascii=False, default=_plain) + "\n").encode()


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of files by name, with their hashes in `SUMS`: in the order of their names, of no moment and not
    compressed, since two versions of a compressor may differ."""
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted({**files, SUMS: sums.encode()}.items()):
            entry = zipfile.ZipInfo(name, _NO_MOMENT)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, content)
    return written.getvalue()
