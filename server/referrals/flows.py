"""Hand over what an agency needs."""

from __future__ import annotations

from datetime import datetime

from server.contacts import flows as contacts
from server.core.database import transaction
from server.referrals import operations, queries


def hand_over(*, referral_id: str, by: str, now: datetime) -> bytes:
    """Return the pack of a referral, and write down its hash. Raises NoSuchReferral, ReferralOver.

    The log is sealed first, so that what just happened is in it.
    """
    contacts.seal_all()
    with transaction() as session:
        pack = queries.make_pack(session, queries.get_referral(session, referral_id))
        operations.record_handover(session, referral_id=referral_id, pack=pack, by=by, now=now)
        return pack
