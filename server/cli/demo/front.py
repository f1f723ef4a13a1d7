"""The demo's first page: what to try, where everything is, and buttons that let days pass."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.cli.demo.clock import DemoClock
from server.core import clock, pages, words
from server.core.words import msgid as _

DAY = timedelta(days=1)
# What to try, in this order: its name, what to do, and where.
STEPS = (
    (
        _("Take a card at the door"),
        _(
            "Pair the phone and take the first job of today: let the contract be signed, say that the job is done, tap"
            " Card. Then choose a card, such as Interac, and hold it to the reader. Money goes back from"
            " the job's page."
        ),
        ("phone", "reader"),
    ),
    (
        _("Be the customer"),
        _(
            "Show the QR code on the phone instead, and open its address: pay all or a part, promise a day, ask to pay"
            " in parts, or say that something is wrong. Receipts and invoices come by mail."
        ),
        ("phone", "mail", "texts"),
    ),
    (
        _("See who has not paid"),
        _("At the office, unpaid jobs stand first, the longest overdue on top, each with what happens next."),
        ("office",),
    ),
    (
        _("Let days pass"),
        _(
            "Move the clock. Reminders go out by themselves; calls, decisions and letters come up under Chase: close a"
            " call, agree on a plan, print a batch, hand a debt over or let it go."
        ),
        ("office", "mail"),
    ),
    (
        _("Let things go wrong"),
        _(
            "Pull the reader's plug, lose its answer, decline a card, let a bank take a payment back: nothing is taken"
            " twice, and nothing is lost."
        ),
        ("reader", "banks"),
    ),
)
NAMES = {
    "phone": _("The technician's phone"),
    "reader": _("The card reader"),
    "office": _("The office"),
    "mail": _("Mail"),
    "texts": _("Text messages"),
    "banks": _("The banks"),
}


def addresses(told: dict[str, Any]) -> dict[str, str]:
    """Return where each part of a running demo is, from what it tells about itself."""
    return {
        "phone": f"{told['web']}/kiosk/#pair={told['technician']['pairing_code']}",
        "reader": f"{told['sandbox']}/_sandbox/readers/{told['reader_id']}",
        "office": f"{told['web']}/office/",
        "mail": f"{told['mail']}/",
        "texts": f"{told['texts']}/",
        "banks": f"{told['sandbox']}/_sandbox/bank",
    }


def page(told: dict[str, Any], demo_clock: DemoClock) -> Blueprint:
    """`GET /start`, the page; `POST /start {days}`, a button of it. `told` is filled once everything answers."""
    blueprint = Blueprint("front", __name__, template_folder="templates")

    @blueprint.get("/start")
    def start() -> str:
        words.speak(pages.language())
        logins = [each for each in (told["office"], told["clerk"]) if each]
        where = addresses(told)
        return render_template(
            "demo/front.html", steps=STEPS, names=NAMES, where=where, logins=logins, now=clock.now(), told=told
        )

    @blueprint.post("/start")
    def pass_days() -> Response:
        # Day by day, as a business lives them: what is due on each is done on it.
        for _day in range(min(request.form.get("days", 1, type=int), 31)):
            demo_clock.advance(seconds=int(DAY.total_seconds()))
        return redirect(url_for("front.start"), 303)

    return blueprint
