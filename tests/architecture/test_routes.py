"""Every route says who may call it, and belongs to the API or to the pages."""

from __future__ import annotations

import pytest
from flask import Flask

from server import app as application
from server.core import config
from tests.databases import settings

# Whoever adds a row here says to everybody that no token or cookie is needed.
PUBLIC = {
    "access.pair",
    "api-docs.openapi_json",
    "front",
    "health.healthz",
    "health.metrics",
    "health.readyz",
    "kiosk.kiosk_file",
    "kiosk.kiosk_root",
    "look.asset",
    "office.login",
    "office.sign_in",
    "paypage.accept_ebilling",
    "paypage.agreement",
    "paypage.agreement_pdf",
    "paypage.answer_survey",
    "paypage.ask_for_plan",
    "paypage.checkout",
    "paypage.contract_pdf",
    "paypage.dispute",
    "paypage.invoice_pdf",
    "paypage.promise",
    "paypage.show",
    "paypage.sign_agreement",
    "paypage.withdraw_card",
    "policy_pages.policy_pdf",
    "receipt_page.receipt_pdf",
    "receipt_page.show_receipt",
    "terminal.index",
    "terminal.preflight",
    "webhooks.receive",
}


@pytest.fixture(scope="module")
def app() -> Flask:
    return application.create_app(config.from_environment(settings("postgresql://nobody@127.0.0.1:9/none")))


def test_every_route_says_who_may_call_it(app: Flask) -> None:
    silent = [name for name, view in app.view_functions.items() if not hasattr(view, "audience")]
    assert not silent, f"Put @allow(Role...) or @public(because=...) on: {silent}"


def test_a_public_route_says_why_and_is_listed_here(app: Flask) -> None:
    public = {name: view for name, view in app.view_functions.items() if not vars(view).get("audience")}
    without_reason = [name for name, view in public.items() if not vars(view).get("public_because")]
    assert not without_reason, f"Say @public(because=...): {without_reason}"
    assert set(public) == PUBLIC


def test_the_api_and_the_pages_do_not_mix(app: Flask) -> None:
    api = {blueprint.name for blueprint in application.API} | {"api-docs"}
    misplaced = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") != (rule.endpoint.split(".")[0] in api)
    ]
    assert not misplaced, f"Tokens open /api and cookies open pages; register the view on the other: {misplaced}"


def test_every_api_route_is_in_the_openapi_document(app: Flask) -> None:
    documented = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()["paths"]
    methods = {"get", "post", "put", "patch", "delete"}
    wanted = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and not rule.endpoint.startswith("api-docs")
        for method in rule.methods or ()
        if method.lower() in methods
    }
    assert {(path, method) for path, item in documented.items() for method in item if method in methods} == wanted
