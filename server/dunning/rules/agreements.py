"""What is written down and signed when a debt is paid in parts: complete, in the customer's language, frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from server.business.rules import address_lines
from server.core import words
from server.core.words import msgid as _
from server.documents.facts import AgreementFacts, Clause, Party, Portion, Signature
from server.dunning.rules.instalments import GRACE, Part

_CLAUSES = (
    (
        _("What is owed"),
        _("%(customer)s owes %(business)s %(total)s for the invoices listed above, and does not dispute it."),
    ),
    (
        _("How it is paid"),
        _(
            "It is paid in the parts listed above, each by its day, by any of the ways the invoices name. What is paid"
            " early counts for the next part. While every part comes by its day, %(business)s sends no reminders of"
            " these invoices."
        ),
    ),
    (
        _("By saved card"),
        _(
            "Where %(customer)s chooses so when signing, each part is charged to their saved card on its day. If a"
            " charge does not go through it is tried again at most twice, or a payment link is sent. This consent can"
            " be taken back at any time on the payment page; the parts stay due."
        ),
    ),
    (
        _("If a part does not come"),
        _(
            "If a part has not come %(days)s after its day, this agreement ends, and what is left is due at once as if"
            " it had not been made."
        ),
    ),
)


def agreement(
    *,
    locale: str,
    seller: Mapping[str, Any],
    customer: Mapping[str, Any],
    invoices: Sequence[tuple[str, int]],
    parts: Sequence[Part],
    currency: str,
    offered_at: datetime,
) -> dict[str, Any]:
    """Return what an agreement says, as plain JSON. `invoices` are (number, amount in minor units)."""
    total_minor = sum(part.amount_minor for part in parts)
    filled = {
        "customer": customer["name"],
        "business": seller["name"],
        "total": words.money(total_minor, currency, locale),
        "days": words.plural(locale, "%(count)s day", "%(count)s days", GRACE.days),
    }
    return {
        "locale": locale,
        "seller": dict(seller),
        "customer": dict(customer),
        "invoices": [{"number": number, "amount_minor": minor} for number, minor in invoices],
        "parts": [
            {"position": part.position, "due_on": part.due_on.isoformat(), "amount_minor": part.amount_minor}
            for part in parts
        ],
        "total_minor": total_minor,
        "currency": currency,
        "clauses": [
            {"heading": words.say(locale, heading), "text": words.say(locale, sentence, **filled)}
            for heading, sentence in _CLAUSES
        ],
        "offered_at": offered_at.isoformat(),
    }


def agreement_text(content: Mapping[str, Any]) -> str:
    """Return the whole agreement as plain text: parties, invoices, parts, clauses: what is hashed and signed."""
    locale, currency = content["locale"], content["currency"]

    def amount(minor: int) -> str:
        return words.money(minor, currency, locale)

    def row(label: str, value: str) -> str:
        return words.say(locale, "%(label)s: %(value)s", label=label, value=value)

    lines = [words.say(locale, "Payment agreement"), ""]
    for label, party in ((_("Seller"), content["seller"]), (_("Customer"), content["customer"])):
        lines += [words.say(locale, label), party["name"], *address_lines(party["address"]), ""]
    lines += [
        words.say(locale, "Invoices"),
        *(row(each["number"], amount(each["amount_minor"])) for each in content["invoices"]),
    ]
    lines += [row(words.say(locale, "Total"), amount(content["total_minor"])), ""]
    lines.append(words.say(locale, "Parts"))
    for part in content["parts"]:
        day = words.date(date.fromisoformat(part["due_on"]), locale)
        lines.append(f"{part['position']}. {row(day, amount(part['amount_minor']))}")
    for number, clause in enumerate(content["clauses"], start=1):
        lines += ["", f"{number}. {clause['heading']}", clause["text"]]
    return "\n".join(lines) + "\n"


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def agreement_facts(
    content: Mapping[str, Any],
    *,
    document_sha256: str,
    signer_name: str | None,
    witness_name: str | None,
    signed_at: datetime | None,
    signed_on: str,
) -> AgreementFacts:
    """Return what the PDF of an agreement says; `signed_on` is on what it was signed, in words."""
    seller, customer = content["seller"], content["customer"]
    signature = None
    if signer_name is not None and signed_at is not None:
        signature = Signature(
            signer_name=signer_name,
            signed_at=signed_at,
            device=signed_on,
            typed_name=signer_name,
            witness_name=witness_name,
        )
    return AgreementFacts(
        locale=content["locale"],
        country=seller["country"],
        time_zone=seller["time_zone"],
        currency=content["currency"],
        seller=_party(seller),
        customer=_party(customer),
        offered_at=datetime.fromisoformat(content["offered_at"]),
        invoices=tuple(
            Portion(label=each["number"], amount_minor=each["amount_minor"]) for each in content["invoices"]
        ),
        parts=tuple(
            Portion(
                label=f"{part['position']}. {words.date(date.fromisoformat(part['due_on']), content['locale'])}",
                amount_minor=part["amount_minor"],
            )
            for part in content["parts"]
        ),
        total_minor=content["total_minor"],
        clauses=tuple(Clause(**clause) for clause in content["clauses"]),
        document_sha256=document_sha256,
        signature=signature,
    )


def _party(party: Mapping[str, Any]) -> Party:
    numbers = tuple((tax_id["label"], tax_id["number"]) for tax_id in party.get("tax_ids", ()))
    return Party(
        name=party["name"],
        address=address_lines(party["address"]),
        email=party["email"],
        phone=party["phone"],
        tax_ids=numbers,
    )
