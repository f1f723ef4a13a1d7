"""The table of acts that begin the limitation of a debt again."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.law.rules import Interruption


class LimitationAct(Base):
    """What somebody noted of a debt: an acknowledgement, a lawsuit, a demand. Payments are in the books already.

    Whether an act counts is for the row of the place to say.
    """

    __tablename__ = "limitation_acts"

    id: Mapped[str] = mapped_column(primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    kind: Mapped[Interruption]
    happened_on: Mapped[date]
    note: Mapped[str | None]
    noted_by: Mapped[str]
    noted_at: Mapped[datetime]
