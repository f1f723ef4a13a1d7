"""What a request that failed is answered: problem+json (RFC 9457) to a program, a page to a person."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from server.core import errors, log, pages, words
from server.core.words import msgid as _

_log = log.get("problems")
_FOR_PROGRAMS = ("/api/", "/webhooks/")
CODES = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
}
OTHER = "http_error"
_SENTENCES = {
    400: _("The request cannot be read."),
    404: _("There is no such thing, or you may not see it."),
    405: _("This address does not do that."),
    413: _("This is too large."),
    429: _("Too many requests. Wait a moment and try again."),
}


def register(app: Flask) -> None:
    """Answer every error. Pages may register handlers of their own, by blueprint."""
    app.register_error_handler(errors.Problem, _from_problem)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, _unexpected)


def answer(status: int, code: str, detail: str, **more: Any) -> Response:
    """Return a problem+json response, or a page. `detail` is in English here and said in the caller's language."""
    if not request.path.startswith(_FOR_PROGRAMS):
        return pages.problem(status, detail)
    body = {
        "type": f"urn:fieldpay:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": words.say(language(), detail),
        "code": code,
        "request_id": g.get("request_id", ""),
        **{key: value for key, value in more.items() if value is not None},
    }
    return Response(json.dumps(body, default=str), status=status, content_type="application/problem+json")


def language() -> str:
    """Return the language of the caller: fr or en, from Accept-Language."""
    return request.accept_languages.best_match(["fr", "en"]) or "en"


def _from_problem(problem: errors.Problem) -> Response:
    if problem.status >= 500:
        _log.error("problem", code=problem.code)
    response = answer(problem.status, problem.code, problem.sentence(), errors=problem.errors, **_plain(problem.facts))
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key not in {"status", "code", "detail", "type", "title"}}


def _from_http(error: HTTPException) -> Response:
    if isinstance(error.response, Response):
        return error.response
    status = error.code or 500
    more = getattr(error, "data", None) or {}
    messages = more.get("messages")
    wrong = _by_field(messages)
    detail = "Some fields are wrong; `errors` says which." if wrong else _SENTENCES.get(status, error.name)
    response = answer(status, CODES.get(status, OTHER), detail, errors=wrong)
    headers = dict(error.get_headers())
    if status == 429:
        response.headers["Retry-After"] = "60"
    for name in ("Allow", "Retry-After"):
        if name in headers:
            response.headers[name] = headers[name]
    return response


def _by_field(messages: Any) -> dict[str, Any] | None:
    """Drop webargs' first level (json, query), which says where rather than what; a body unread has no fields."""
    wrong = next(iter(messages.values())) if isinstance(messages, dict) and len(messages) == 1 else messages
    return wrong if isinstance(wrong, dict) else None


def _unexpected(error: Exception) -> Response:
    _log.error("unexpected", error_type=type(error).__name__, exc_info=error)
    structlog.contextvars.bind_contextvars(failed=True)
    return answer(500, "internal_error", "Something went wrong on our side. Nothing is half done; try again.")
