"""The web application: every blueprint is listed here and nowhere else."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from flask import Flask, Response, abort, g, redirect, request
from flask_smorest import Api
from werkzeug.datastructures import MultiDict
from werkzeug.middleware.proxy_fix import ProxyFix

from server.access import routes as access
from server.access.rules import public
from server.audit import routes as audit
from server.business import routes as business
from server.cash import routes as cash
from server.chargebacks import routes as chargebacks
from server.contracts import routes as contracts
from server.core import clock, config, health, idempotency, ids, log, pages, problems
from server.core.limits import limiter
from server.customers import routes as customers
from server.dunning import routes as dunning
from server.evidence import routes as evidence
from server.invoices import routes as invoices
from server.jobs import routes as jobs
from server.late_charges import routes as late_charges
from server.law import routes as law
from server.office import routes as office
from server.payments import routes as payments
from server.payments import webhooks
from server.payouts import routes as payouts
from server.paypage import routes as paypage
from server.phone import routes as phone
from server.photos import routes as photos
from server.policy import routes as policy
from server.referrals import routes as referrals
from server.reports import routes as reports
from server.risk import routes as risk
from server.statements import routes as statements
from server.terminal import routes as terminal
from server.write_offs import routes as write_offs

API = (
    access.blueprint,
    audit.blueprint,
    business.blueprint,
    cash.blueprint,
    chargebacks.blueprint,
    contracts.blueprint,
    customers.blueprint,
    dunning.blueprint,
    evidence.blueprint,
    invoices.blueprint,
    jobs.blueprint,
    late_charges.blueprint,
    law.blueprint,
    payments.blueprint,
    payouts.blueprint,
    phone.blueprint,
    photos.blueprint,
    referrals.blueprint,
    policy.blueprint,
    reports.blueprint,
    risk.blueprint,
    statements.blueprint,
    write_offs.blueprint,
)
PAGES = (
    health.blueprint,
    pages.blueprint,
    office.blueprint,
    paypage.blueprint,
    paypage.receipt_pages,
    phone.kiosk,
    terminal.blueprint,
    policy.pages,
    webhooks.blueprint,
)
# Views that cannot say it themselves: a library's, and those of core, which knows no callers.
PUBLIC = {
    "api-docs.openapi_json": "it says what the API is, and nothing of the business",
    "front": "it leads to the desk, which asks who is there",
    "health.healthz": "whoever balances the load asks without a token",
    "health.readyz": "whoever balances the load asks without a token",
    "health.metrics": "it counts, and names nobody",
    "look.asset": "style and script, the same for everybody",
}
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none';"
    " form-action 'self'{elsewhere}"
)
_log = log.get("web")


def create_app(settings: config.Config | None = None) -> Flask:
    """Return the web application. Raises Misconfigured, naming every setting that is missing or wrong."""
    settings = settings or config.current()
    log.set_up(settings.log_level)
    clock.follow(settings.clock_file)
    app = Flask("server", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        MAX_CONTENT_LENGTH=4 * 1024 * 1024,
        API_TITLE="Fieldpay",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={"info": {"description": "Gets a tradesperson paid before the van leaves."}},
    )
    app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    app.before_request(_begin)
    app.before_request(_refuse_nul)
    app.before_request(access.identify)
    app.before_request(_claim_key)
    app.after_request(_end)
    limiter.init_app(app)
    access.set_up(app)
    office.set_up(app)
    api = Api(app)
    problems.register(app)
    for blueprint in API:
        api.register_blueprint(blueprint)
    for page in PAGES:
        app.register_blueprint(page)
    app.add_url_rule("/", "front", partial(redirect, "/office/"))
    for endpoint, because in PUBLIC.items():
        public(because)(app.view_functions[endpoint])
    return app


def _begin() -> None:
    wanted = request.headers.get("X-Request-Id", "")
    g.request_id = wanted if 0 < len(wanted) <= 100 and wanted.isascii() and wanted.isprintable() else _new_id()
    g.started = time.perf_counter()
    log.clear()
    log.bind(request_id=g.request_id, **{k: v for k, v in (request.view_args or {}).items() if k.endswith("_id")})


def _new_id() -> str:
    return ids.new("req", now=clock.now())


def _refuse_nul() -> None:
    """PostgreSQL keeps no NUL: nothing is at an address that bears one, and a question or a form that does cannot be
    read. Schemas say it of what is JSON."""
    if "\x00" in request.path:
        abort(404)
    typed = request.form if request.mimetype in FORMS else MultiDict[str, str]()
    said = (text for texts in (request.args, typed) for values in texts.listvalues() for text in values)
    if any("\x00" in text for text in said):
        abort(400)


def _claim_key() -> Response | None:
    principal = access.caller_principal()
    # What a public view answers is not kept: pairing tells a phone its token, which nobody may read here again.
    if request.method == "POST" and request.path.startswith("/api/") and principal is not None:
        return idempotency.begin(principal)
    return None


def _end(response: Response) -> Response:
    if "etag" in g:
        response.set_etag(str(g.etag))
    idempotency.finish(response)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    headers: dict[str, Any] = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY.format(elsewhere=g.get("form_action", "")),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    }
    if config.current().secure_cookies:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    if request.path.startswith(("/api/", "/office", "/p/", "/r/")):
        response.headers.setdefault("Cache-Control", "no-store")
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    health.observe(request.endpoint or "none", response.status_code, seconds)
    _log.info(
        "request",
        method=request.method,
        endpoint=request.endpoint,
        status=response.status_code,
        milliseconds=round(seconds * 1000, 1),
    )
    return response
