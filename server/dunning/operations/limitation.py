"""Note what begins the limitation of a debt again."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from server.core.errors import Conflict, Unacceptable
from server.dunning import queries
from server.dunning.models import LimitationAct
from server.invoices import queries as invoices
from server.law.rules import Interruption


class ActExists(Conflict):
    """There already is another act with this id."""

    code = "act_exists"


class ActInFuture(Unacceptable):
    """This day has not come yet."""

    code = "act_in_future"


def note_act(
    session: Session,
    *,
    act_id: str,
    invoice_id: str,
    kind: Interruption,
    happened_on: date,
    note: str | None = None,
    noted_by: str,
    now: datetime,
) -> LimitationAct:
    """Note an act that may begin the limitation of a debt again; the same act again is one.

    Raises NoSuchInvoice, ActExists, ActInFuture.
    """
    invoices.get_invoice(session, invoice_id)
    known = session.get(LimitationAct, act_id)
    if known is not None:
        if (known.invoice_id, known.kind, known.happened_on) != (invoice_id, kind, happened_on):
            raise ActExists
        return known
    if happened_on > queries.today_of(session, now=now):
        raise ActInFuture
    said = {"kind": kind, "happened_on": happened_on, "note": note, "noted_by": noted_by, "noted_at": now}
    act = LimitationAct(id=act_id, invoice_id=invoice_id, **said)
    session.add(act)
    session.flush()
    return act
