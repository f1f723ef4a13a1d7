"""How terms become the frozen text of a contract."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from server.business.rules import Totals, address_lines
from server.core import words
from server.core.words import msgid as _
from server.jobs.rules import When, stages

STANDARD = "standard"
_DUE = {When.ON_SIGNATURE: _("on signature"), When.ON_MILESTONE: _("when this is reached")}
# What a clause may say in braces: the seller, its telephone or e-mail, the total, the days to pay, and what paying late
# costs, which is always said.
PLACEHOLDERS = frozenset({"business", "contact", "total", "payment_days", "late_rate", "late_fee"})
_PLACEHOLDER = re.compile(r"\{(\w*)\}")


class Status(StrEnum):
    """Where a contract stands."""

    PRESENTED = "presented"
    SIGNED = "signed"
    SUPERSEDED = "superseded"
    VOID = "void"


class Method(StrEnum):
    """How a contract is signed."""

    STROKES = "strokes"
    TYPED_NAME = "typed_name"


def placeholders(clauses: Sequence[Mapping[str, str]]) -> set[str]:
    """Return the names in braces that these clauses use."""
    return {name for clause in clauses for name in _PLACEHOLDER.findall(clause["heading"] + clause["text"])}


def fill(clauses: Sequence[Mapping[str, str]], values: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the clauses with the names in braces replaced."""

    def filled(text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: values[found[1]], text)

    return [{"heading": filled(clause["heading"]), "text": filled(clause["text"])} for clause in clauses]


def stated(percent_per_year: Decimal | None, *, per: str) -> Decimal | None:
    """Return a rate as the text states it, per year or per month."""
    return percent_per_year / 12 if percent_per_year is not None and per == "month" else percent_per_year


def values(
    *,
    seller: Mapping[str, Any],
    totals: Totals,
    payment_days: int,
    late_rate: Decimal | None,
    late_fee_minor: int | None,
    locale: str,
) -> dict[str, str]:
    """Return what the names in braces stand for, in the locale's words; `late_rate` is in percent, as it is stated."""
    return {
        "business": seller["name"],
        "contact": seller["phone"] or seller["email"] or seller["name"],
        "total": words.money(totals.total_minor, totals.currency, locale),
        "payment_days": words.plural(locale, "%(count)s day", "%(count)s days", payment_days),
        "late_rate": "" if late_rate is None else words.percent(late_rate, locale),
        "late_fee": words.money(late_fee_minor or 0, totals.currency, locale),
    }


def content(*, seller: Mapping[str, Any], customer: Any, job: Any, totals: Totals, locale: str) -> dict[str, Any]:
    """Return what a contract keeps of the world as it was: plain JSON, never read from the world again."""
    address = customer.addresses[0] if customer.addresses else job.site_address
    return {
        "locale": locale,
        "seller": dict(seller),
        "customer": {"name": customer.name, "address": address, "email": customer.email, "phone": customer.phone},
        "job": {"title": job.title, "site_address": job.site_address, "po_number": job.po_number},
        "lines": [
            {
                "description": line.description,
                "quantity": format(line.quantity.normalize(), "f"),
                "unit_price_minor": line.unit_price_minor,
                "amount_minor": line.amount_minor,
            }
            for line in job.lines
        ],
        "taxes": [asdict(tax) for tax in totals.taxes],
        "subtotal_minor": totals.subtotal_minor,
        "total_minor": totals.total_minor,
        "currency": totals.currency,
        "schedule": stages(job.schedule, deposit_minor=job.deposit_minor, total_minor=totals.total_minor),
    }


def text(
    *,
    title: str,
    clauses: Sequence[Mapping[str, str]],
    content: Mapping[str, Any],
    version: int,
    presented_at: datetime,
) -> str:
    """Return the whole contract as plain text: parties, work, price, terms. This is what is hashed and signed."""
    locale, seller = content["locale"], content["seller"]
    moment = words.moment_in_zone(presented_at, locale, seller["time_zone"])
    parts = [
        title,
        f"{words.say(locale, 'Presented on')} {moment}",
        f"{words.say(locale, 'Terms version')} {version}",
        "",
        *_party(words.say(locale, "Seller"), seller),
        *(f"{tax_id['label']} {tax_id['number']}" for tax_id in seller["tax_ids"]),
        "",
        *_party(words.say(locale, "Customer"), content["customer"]),
        *_place(content["job"], locale),
        "",
        *_work(content, locale),
    ]
    for number, clause in enumerate(clauses, start=1):
        parts += ["", f"{number}. {clause['heading']}", clause["text"]]
    return "\n".join(parts) + "\n"


def _party(label: str, party: Mapping[str, Any]) -> list[str]:
    reached = [party[way] for way in ("phone", "email") if party[way]]
    return [label, party["name"], *address_lines(party["address"]), *reached]


def _place(job: Mapping[str, Any], locale: str) -> list[str]:
    lines = address_lines(job["site_address"])
    return ["", words.say(locale, "Place of work"), *lines] if lines else []


def _work(content: Mapping[str, Any], locale: str) -> list[str]:
    def shown(amount_minor: int) -> str:
        return words.money(amount_minor, content["currency"], locale)

    lines = [words.say(locale, "The work"), content["job"]["title"]]
    for line in content["lines"]:
        quantity = words.number(Decimal(line["quantity"]), locale)
        price, amount = shown(line["unit_price_minor"]), shown(line["amount_minor"])
        sum_of_line = f"{quantity} × {price} = {amount}"
        lines.append(words.say(locale, "%(label)s: %(value)s", label=line["description"], value=sum_of_line))
    lines.append(f"{words.say(locale, 'Subtotal')} {shown(content['subtotal_minor'])}")
    lines += [
        f"{tax['name']} {words.percent(Decimal(tax['rate']), locale)} {shown(tax['amount_minor'])}"
        for tax in content["taxes"]
    ]
    lines.append(f"{words.say(locale, 'Total')} {shown(content['total_minor'])}")
    if content["schedule"]:
        lines += ["", words.say(locale, "Paid before the work is done")]
    for stage in content["schedule"]:
        said = words.say(locale, "%(label)s: %(value)s", label=stage_label(stage, locale), value=due(stage, locale))
        lines.append(f"{said}, {shown(stage['amount_minor'])}")
    return lines


def stage_label(stage: Mapping[str, Any], locale: str) -> str:
    """Return what a stage is called."""
    return stage["label"] or words.say(locale, "Deposit")


def due(stage: Mapping[str, Any], locale: str) -> str:
    """Return when a stage falls due, in words."""
    if stage["when"] == When.ON_DATE:
        return words.say(locale, "on %(day)s", day=words.date(date.fromisoformat(stage["on"]), locale))
    return words.say(locale, _DUE[When(stage["when"])])


def sha256(frozen: str) -> str:
    """Return the name of a text: the SHA-256 of its UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(frozen.encode()).hexdigest()
