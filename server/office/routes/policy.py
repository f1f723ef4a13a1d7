"""The policy of the house at the desk: what it says, and who read it."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, words
from server.core.database import transaction
from server.core.errors import Problem
from server.core.words import msgid as _
from server.documents import pdf
from server.office.routes.desk import blueprint, pdf_response
from server.policy import operations, queries


@blueprint.get("/policy")
@allow(Role.OFFICE)
def policy() -> str:
    """Show the policy as the settings are now."""
    return _page()


def _page(refusal: str | None = None) -> str:
    with transaction() as session:
        version = operations.publish(session, now=clock.now())
        facts = queries.get_facts(session, version, language=words.spoken()[:2], for_staff=True)
        readers = queries.list_readers(session, version.sha256)
    me = caller().staff_id
    return render_template(
        "office/policy.html",
        policy=facts,
        readers=readers,
        is_read=any(person.id == me and read for person, read in readers),
        refusal=refusal,
    )


@blueprint.get("/policy.pdf")
@allow(Role.OFFICE)
def policy_pdf() -> Response:
    """Send the staff's copy of the policy as the settings are now, in French or English."""
    asked = request.args.get("language")
    language = asked if asked in ("fr", "en") else words.spoken()[:2]
    with transaction() as session:
        version = operations.publish(session, now=clock.now())
        facts = queries.get_facts(session, version, language=language, for_staff=True)
    return pdf_response(pdf.policy(facts), f"policy-{version.number}-staff")


@blueprint.post("/policy")
@allow(Role.OFFICE)
def acknowledge_policy() -> Redirect | Response:
    """Write down that whoever is signed in read the version that was shown."""
    try:
        with transaction() as session:
            operations.acknowledge(
                session, sha256=request.form.get("sha256", ""), staff_id=caller().staff_id, now=clock.now()
            )
    except Problem as refused:
        return make_response(_page(refused.sentence()), refused.status)
    flash(_("It is written down that you read it."))
    return redirect(url_for("office.policy"), 303)
