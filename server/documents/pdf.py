"""PDFs by typst: tagged PDF/A-3a and PDF/UA-1 in the customer's language, the same bytes for the same facts.

The templates lay out; every amount, day and moment reaches them as words, and what they say themselves with `t("...")`
is translated here. Only the fonts inside typst are used, so that no machine's fonts change a document.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, cast

import typst
from qrbill.bill import LABELS

from server.core import look, words
from server.documents import qr
from server.documents.facts import (
    AgreementFacts,
    ContractFacts,
    Demand,
    Document,
    InvoiceFacts,
    LettersFacts,
    PhotosFacts,
    Picture,
    PolicyFacts,
    ReceiptFacts,
    Stroke,
)

TEMPLATES = Path(__file__).parent / "templates"
_LETTER_COUNTRIES = {"CA", "US", "MX"}


class Paper(StrEnum):
    """What is printed on; a strip is for a thermal printer."""

    A4 = "a4"
    LETTER = "letter"
    STRIP = "80mm"


_PAPERS = {Paper.A4: "a4", Paper.LETTER: "us-letter", Paper.STRIP: None}


def usual_paper(country: str) -> Paper:
    """Return the sheets a country prints on."""
    return Paper.LETTER if country in _LETTER_COUNTRIES else Paper.A4


def drawn(words: bytes) -> bytes:
    """Return the document of which these are the words, as `invoice_words` and its like return them: now or later, the
    same bytes."""
    said = json.loads(words)
    return _compile(said["template"], said["data"], datetime.fromisoformat(said["at"]))


def invoice(facts: InvoiceFacts) -> bytes:
    """Return the invoice; while something is owed it carries the QR code of `pay_url`."""
    return drawn(invoice_words(facts))


def invoice_words(facts: InvoiceFacts) -> bytes:
    """Return all that an invoice says."""
    paid = facts.balance_minor == 0
    code = qr.svg(facts.pay_url) if facts.pay_url and not paid else None
    bill = facts.swiss_bill
    data = _data(
        "invoice",
        facts,
        qr=code,
        paid=paid,
        is_less=facts.taken_off_minor != 0,
        is_more=facts.owed_back_minor != 0,
        transfer_qr=qr.svg(facts.transfer_code) if facts.transfer_code else None,
        swiss_qr=qr.swiss_svg(bill.code, title=bill.reference) if bill else None,
        swiss_words=_swiss_words(facts.locale[:2]),
    )
    return _words("invoice", data, facts.issued_at)


def _swiss_words(language: str) -> dict[str, str]:
    """Return the headings of a QR-bill: SIX prescribes them in its four languages."""
    return {english: said.get(language, english) for english, said in LABELS.items()}


def contract(facts: ContractFacts) -> bytes:
    """Return the contract: the frozen text with its SHA-256, signed or not yet."""
    strokes = facts.signature.strokes if facts.signature else ()
    return _render("contract", facts, facts.presented_at, drawing=signature_svg(strokes) if strokes else None)


def agreement(facts: AgreementFacts) -> bytes:
    """Return an agreement to pay in parts: the frozen text with its SHA-256, signed or not yet."""
    return _render("agreement", facts, facts.offered_at, drawing=None)


def policy(facts: PolicyFacts) -> bytes:
    """Return the policy of the house in one version."""
    return _render("policy", facts, facts.since_at)


def receipt(facts: ReceiptFacts, paper: Paper) -> bytes:
    """Return a receipt: a sheet, or a strip 80 mm wide and as long as what it says. Both carry the QR of its page."""
    return drawn(receipt_words(facts, paper))


def receipt_words(facts: ReceiptFacts, paper: Paper) -> bytes:
    """Return all that a receipt says on this paper."""
    template = "slip" if paper is Paper.STRIP else "receipt"
    data = _data(template, facts, paper=_PAPERS[paper], qr=qr.svg(facts.page_url))
    return _words(template, data, facts.happened_at)


def letters(facts: LettersFacts) -> bytes:
    """Return what a customer was sent, word for word."""
    return _render("letters", facts, facts.letters[-1].sent_at)


def photos(facts: PhotosFacts) -> bytes:
    """Return pictures of a job, four a sheet. Each must be one that `can_draw` lets pass."""
    return _render("photos", facts, facts.made_at)


def can_draw(picture: Picture) -> bool:
    """Say whether a picture can be printed: what is broken inside cannot."""
    page = b'#set document(title: "-")\n#image(bytes(sys.inputs.drawing), alt: "-", width: 100%)'
    try:
        typst.Compiler(page, font_paths=_fonts(), sys_inputs={"drawing": picture_svg(picture)}).compile(format="pdf")
    except typst.TypstError:
        return False
    return True


def picture_svg(picture: Picture) -> str:
    """Return a picture inside an SVG, as the templates get what they draw. A JPEG stays as it is in the PDF."""
    size = f'width="{picture.width}" height="{picture.height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {picture.width} {picture.height}"><image {size}'
        f' href="data:{picture.type};base64,{base64.b64encode(picture.content).decode()}"/></svg>'
    )


def demands(letters: Sequence[Demand], *, country: str, at: datetime) -> bytes:
    """Return letters to be folded into window envelopes, each on its own sheets: by DIN 5008 (form B) on A4, for a US
    No. 10 envelope on letter paper. `country` is the sender's."""
    coded = [{**vars(each), "qr": qr.svg(each.pay_url) if each.pay_url else None} for each in letters]
    return _compile("demand", _demands(coded, country), at)


def statement_words(said: Demand, *, country: str, at: datetime) -> bytes:
    """Return all that the statement says which goes with a mail: a letter with a link, and no code to scan."""
    return _words("demand", _demands([{**vars(said), "qr": None}], country), at)


def _demands(letters: Sequence[Mapping[str, object]], country: str) -> dict[str, object]:
    return {"letters": letters, "colours": look.colours(), "paper": _PAPERS[usual_paper(country)]}


def signature_svg(strokes: tuple[Stroke, ...]) -> str:
    """Return what a finger drew as an SVG, cropped to the ink."""
    xs = [point[0] for stroke in strokes for point in stroke]
    ys = [point[1] for stroke in strokes for point in stroke]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    pen = max(width, height, 1) / 90
    box = f"{min(xs) - pen:g} {min(ys) - pen:g} {width + 2 * pen:g} {height + 2 * pen:g}"
    # The last point is named twice, so that a single tap leaves a dot.
    paths = "".join(
        f'<path d="M{" L".join(f"{p[0]:g} {p[1]:g}" for p in (*stroke, stroke[-1]))}"/>' for stroke in strokes
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><g fill="none" stroke="{look.colour("ink")}"'
        f' stroke-width="{pen:g}" stroke-linecap="round" stroke-linejoin="round">{paths}</g></svg>'
    )


def _render(template: str, facts: Document, moment: datetime, **more: object) -> bytes:
    return _compile(template, _data(template, facts, **more), moment)


def _words(template: str, data: Mapping[str, object], moment: datetime) -> bytes:
    return json.dumps({"template": template, "data": data, "at": moment.isoformat()}).encode()


def _data(template: str, facts: Document, **more: object) -> dict[str, object]:
    return {
        "facts": _readable(facts, facts),
        "words": {sentence: words.say(facts.locale, sentence) for sentence in _sentences(template)},
        "colours": look.colours(),
        "paper": _PAPERS[usual_paper(facts.country)],
        "locale": facts.locale.split("_"),
        **more,
    }


def _compile(template: str, data: Mapping[str, object], moment: datetime) -> bytes:
    compiler = typst.Compiler(TEMPLATES / f"{template}.typ", font_paths=_fonts(), sys_inputs={"data": json.dumps(data)})
    made_at = int(moment.timestamp())
    try:
        return cast(bytes, compiler.compile(format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=made_at))
    except typst.TypstError:
        # The archive standards refuse a character no font here can draw (an emoji, Chinese); a box beats no document.
        return cast(bytes, compiler.compile(format="pdf", timestamp=made_at))


def _readable(value: Any, facts: Document) -> Any:
    """Return facts as typst gets them: everything a person reads is words, the rest is lists and dictionaries."""
    if isinstance(value, Picture):
        return picture_svg(value)
    if is_dataclass(value):
        return {f.name: _field(f.name, getattr(value, f.name), facts) for f in fields(value)}
    if isinstance(value, tuple):
        return [_readable(item, facts) for item in value]
    if isinstance(value, datetime):
        return words.moment(value, facts.locale, facts.time_zone)
    if isinstance(value, date):
        return words.date(value, facts.locale)
    if isinstance(value, Decimal):
        return words.number(value, facts.locale)
    return value


def _field(name: str, value: Any, facts: Document) -> Any:
    if name.endswith("_minor"):
        return words.money(value, facts.currency, facts.locale)
    if name == "signed_at":
        return words.moment_in_zone(value, facts.locale, facts.time_zone)
    if name == "rate":
        return words.percent(value, facts.locale)
    return _readable(value, facts)


@cache
def _sentences(template: str) -> list[str]:
    texts = ((TEMPLATES / f"{name}.typ").read_text() for name in ("layout", template))
    return [sentence for text in texts for sentence in words.typst_sentences(text)]


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)
