"""What can go wrong, in classes that carry their own message.

An error sits beside the function that raises it. Its docstring is the sentence a person reads (translated at the
edge), its `code` is what a program reads, and `status` is the HTTP answer. `facts` are values worth knowing,
shown beside the sentence: never personal data, never card data.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar


class Problem(Exception):
    """Something went wrong."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(self, *, errors: dict[str, Any] | None = None, **facts: Any) -> None:
        super().__init__(self.sentence())
        self.errors = errors
        self.facts = facts

    @classmethod
    def sentence(cls) -> str:
        """Return the message in English: the first paragraph of the docstring, on one line."""
        return " ".join(inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0].split())


class Malformed(Problem):
    """The request cannot be read."""

    status = 400
    code = "malformed"


class Unauthenticated(Problem):
    """Please sign in, or send a valid token."""

    status = 401
    code = "unauthenticated"


class Forbidden(Problem):
    """Your role does not allow this."""

    status = 403
    code = "forbidden"


class NotFound(Problem):
    """There is no such thing, or you may not see it."""

    status = 404
    code = "not_found"


class Conflict(Problem):
    """This conflicts with what is already there."""

    status = 409
    code = "conflict"


class VersionChanged(Problem):
    """This was changed since you read it. Read it again, then repeat your change."""

    status = 412
    code = "version_changed"


class Unacceptable(Problem):
    """The request is understood but cannot be accepted."""

    status = 422
    code = "unacceptable"


class OutsideServiceFailed(Problem):
    """A service we depend on did not do what we asked. Nothing was lost; try again."""

    status = 502
    code = "outside_service_failed"


def every_problem(root: type[Problem] = Problem) -> list[type[Problem]]:
    """Return every error class that is loaded, parents first."""
    return [root, *(found for child in root.__subclasses__() for found in every_problem(child))]
