"""ETag and If-Match: a change says which version it changes."""

from __future__ import annotations

from typing import ClassVar

from flask import g, request

from server.core import numbers
from server.core.errors import Problem, VersionChanged


class VersionRequired(Problem):
    """Say which version you are changing: send its ETag as If-Match."""

    status: ClassVar[int] = 428
    code = "version_required"


def expected_version() -> int:
    """Return the version named by If-Match. Raises VersionRequired, VersionChanged."""
    tags = request.if_match
    if not tags:
        raise VersionRequired
    named = tags.as_set()
    version = numbers.whole(next(iter(named))) if len(named) == 1 else None
    if version is None:
        raise VersionChanged
    return version


def set_tag(version: int) -> None:
    """Answer this request with the ETag of a version."""
    g.etag = version
