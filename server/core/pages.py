"""What every page stands on: the language it speaks, the shared look, and how it says that something went wrong."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from functools import cache
from urllib.parse import urlencode

import phonenumbers
from flask import Blueprint, Response, abort, make_response, render_template, request, send_from_directory
from flask.blueprints import BlueprintSetupState

from server.core import config, look, money, words

blueprint = Blueprint("look", __name__, template_folder="look/templates")
ASSETS = ("desk.css", "live.js", "mark.svg", "pages.css", "tokens.css")
_FOR_GOOD = 365 * 24 * 3600


@blueprint.record_once
def _install(state: BlueprintSetupState) -> None:
    environment = state.app.jinja_env
    environment.trim_blocks = environment.lstrip_blocks = True
    words.install(environment)
    environment.globals.update(look_url=look_url, in_language=in_language)
    environment.filters.update(decimal=Decimal, telephone=_telephone, typed=_typed, plain=_plain)


@blueprint.get("/look/<name>")
def asset(name: str) -> Response:
    """Send a file of the look; under the address that names its version it may be kept for good."""
    if name not in ASSETS:
        abort(404)
    return send_from_directory(look.FOLDER, name, max_age=_FOR_GOOD if "v" in request.args else 0)


def _plain(amount_minor: int, currency: str) -> str:
    """Return an amount as programs read it: 123.45."""
    return f"{money.major(amount_minor, currency):f}"


def _typed(amount_minor: int, currency: str) -> str:
    """Return an amount as a person would type it into a field."""
    return _plain(amount_minor, currency).replace(".", "," if words.spoken().startswith("fr") else ".")


def _telephone(number: str) -> str:
    """Return a number (E.164) as people read it; what is none stays as it is."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return number


@cache
def look_url(name: str) -> str:
    """Return the address of a file of the look, naming its version."""
    return f"/look/{name}?v={hashlib.sha256((look.FOLDER / name).read_bytes()).hexdigest()[:8]}"


def language(otherwise: str | None = None) -> str:
    """Return the reader's language: asked for now, or chosen here before, or `otherwise`, or the browser's."""
    chosen = (request.args.get("lang"), request.cookies.get("language"), otherwise)
    known = (language for language in chosen if language in words.LANGUAGES)
    return next(known, None) or request.accept_languages.best_match(words.LANGUAGES) or "en"


def in_language(wanted: str, path: str | None = None) -> str:
    """Return the address of this page (or of the one it belongs to) in another language."""
    return f"{path or request.path}?{urlencode({**request.args, 'lang': wanted} if path is None else {'lang': wanted})}"


@blueprint.after_app_request
def _remember(response: Response) -> Response:
    """Keep the language somebody chose, for the pages of this audience alone."""
    chosen = request.args.get("lang")
    audience = request.path.split("/")[1]
    if chosen in words.LANGUAGES and audience in ("office", "p", "r"):
        response.set_cookie(
            "language",
            chosen,
            max_age=_FOR_GOOD,
            path=f"/{audience}",
            secure=config.current().secure_cookies,
            httponly=True,
            samesite="Lax",
        )
    return response


def problem(status: int, sentence: str) -> Response:
    """Return a page that says what went wrong. `sentence` is in English here and said in the reader's language."""
    words.speak(language())
    return make_response(render_template("look/problem.html", status=status, sentence=sentence), status)
