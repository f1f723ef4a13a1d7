"""The desk itself: signing in and out, the language, and what every page of it needs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, g, make_response, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from werkzeug.wrappers import Response as Redirect

from server.access import operations as access
from server.access.routes import OfficeSession
from server.access.rules import Role, allow, may, public
from server.business import queries as business
from server.core import numbers, pages, words
from server.core.database import transaction
from server.core.errors import Unauthenticated
from server.core.limits import GUESSES, limiter
from server.core.words import msgid as _

blueprint = Blueprint("office", __name__, url_prefix="/office", template_folder="../templates")
csrf = CSRFProtect()


def set_up(app: Flask) -> None:
    """Give the application what the desk's pages stand on."""
    app.config.update(
        # The pages are protected, the API is not: it reads no cookie.
        WTF_CSRF_CHECK_DEFAULT=False,
        # A form may stay open all day; it ends with the session.
        WTF_CSRF_TIME_LIMIT=None,
        # We tell browsers to send no Referer, since addresses of pay links are secrets.
        WTF_CSRF_SSL_STRICT=False,
    )
    csrf.init_app(app)


@blueprint.before_request
def _begin() -> None:
    with transaction() as opened:
        g.business = business.get_profile(opened)
    theirs = current_user.staff.language if current_user.is_authenticated else None
    words.speak(words.locale_for(pages.language(theirs), g.business.country))
    csrf.protect()


@blueprint.context_processor
def _everywhere() -> dict[str, Any]:
    staff = current_user.staff if current_user.is_authenticated else None
    return {"business": g.get("business"), "staff": staff, "time_zone": g.business.time_zone if "business" in g else ""}


@blueprint.errorhandler(Unauthenticated)
def _to_login(_error: Unauthenticated) -> Redirect:
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("office.login", next=back), 303)


@blueprint.errorhandler(CSRFError)
def _stale(_error: CSRFError) -> Response:
    return pages.problem(400, _("This page was open for too long. Go back, reload it, and try again."))


@blueprint.errorhandler(429)
def _too_often(_error: Exception) -> Response:
    return make_response(_login_page(_("Too many attempts. Wait a minute, then try again.")), 429)


@blueprint.get("/login")
@public("signing in is how one becomes known")
def login() -> str:
    """Ask who it is."""
    return _login_page()


@blueprint.post("/login")
@public("signing in is how one becomes known")
@limiter.limit(GUESSES)
@limiter.limit(GUESSES, key_func=lambda: request.form.get("email", "").strip().lower())
def sign_in() -> Redirect | Response:
    """Let a person of the office in."""
    try:
        with transaction() as opened:
            staff = access.sign_in(
                opened, email=request.form.get("email", ""), password=request.form.get("password", "")
            )
        if not may(Role(staff.role), {Role.OFFICE}):
            raise access.WrongCredentials
    except access.WrongCredentials as refused:
        return make_response(_login_page(refused.sentence()), 401)
    session.clear()
    login_user(OfficeSession(staff))
    generate_csrf()
    wanted = request.args.get("next", "")
    return redirect(wanted if wanted.startswith("/office/") else url_for("office.board"), 303)


def _login_page(refusal: str | None = None) -> str:
    return render_template("office/login.html", refusal=refusal, email=request.form.get("email", ""))


@blueprint.post("/logout")
@allow(Role.OFFICE)
def logout() -> Redirect:
    """End the session of this browser."""
    logout_user()
    session.clear()
    return redirect(url_for("office.login"), 303)


def page_number() -> int:
    """Return which page of a list is wanted, from 1."""
    return numbers.whole(request.args.get("page", "1"), most=100_000) or 1


def pdf_response(content: bytes, name: str) -> Response:
    """Return a PDF to be looked at."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(content, content_type="application/pdf", headers=headers)
