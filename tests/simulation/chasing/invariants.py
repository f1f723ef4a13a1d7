"""The twenty-two invariants of chasing, in the order of the reference; each says the reference's words."""

from __future__ import annotations

import re

from sqlalchemy import text
from sqlalchemy.orm import Session

from server.core.database import transaction
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from tests.simulation.chasing import cases, sent
from tests.simulation.chasing.watch import Watch

INVARIANTS = (
    cases.the_books_the_pages_and_the_aging_agree,
    cases.one_open_case,
    sent.each_step_at_most_once_per_cycle,
    sent.one_contact_per_gap_never_at_night,
    sent.nothing_without_a_balance,
    sent.what_rests_sends_nothing,
    cases.firmer_and_without_a_jump,
    sent.one_message_after_an_outage,
    cases.a_day_again_is_nothing,
    cases.a_failed_send_does_not_consume_the_step,
    sent.the_disputed_is_not_demanded,
    sent.what_is_no_debt_is_not_dunned,
    cases.a_kept_promise_closes_by_itself,
    cases.late_charges_stay_within_the_law,
    cases.people_decide,
    sent.nothing_from_here_once_referred,
    cases.it_opens_again_where_it_stopped,
    cases.the_log_holds_and_the_proof_is_the_same_twice,
    cases.what_was_done_stays,
    cases.at_net_30_both_plans_are_one,
    cases.a_dry_run_says_what_the_real_one_does,
    sent.old_news_send_nothing,
)


_LOG = text(
    "SELECT l.* FROM contact_log l LEFT JOIN dunning_actions a ON a.id = :of"
    " WHERE l.case_id = coalesce(a.case_id, :of) OR l.customer_id IN (:of, (SELECT customer_id FROM dunning_cases"
    " WHERE id = coalesce(a.case_id, :of))) ORDER BY l.id"
)


class Broken(AssertionError):
    """An invariant does not hold. `names` are those that do not."""

    def __init__(self, told: str, names: set[str]) -> None:
        super().__init__(told)
        self.names = names


def require(watch: Watch) -> None:
    """Hold everything that must be true against the town as it is after a turn. Raises Broken."""
    with transaction() as session:
        watch.see(session)
        broken = [f"{check.__name__}: {found}" for check in INVARIANTS for found in check(watch, session)]
        watch.ends[watch.town.today] = ledger.totals(session, Kind.RECEIVABLE).get("CAD", 0)
        if broken:
            told = [f"town {watch.town.seed}", *broken[:10], *_log_of(session, broken[0]), *watch.town.story[-40:]]
            raise Broken("\n".join(told), {each.partition(":")[0] for each in broken})
    watch.again = watch.runs = None


def _log_of(session: Session, broken: str) -> list[str]:
    """Return what the log says of the case, the action or the customer that is named first."""
    named = re.search(r"(cas|act|cus)_\w+", broken)
    whose = named[0] if named else ""
    rows = session.execute(_LOG, {"of": whose}).all()
    return [f"  {row.happened_at:%m-%d %H:%M:%S} {row.kind} {row.subject_id} {row.by} {row.facts}" for row in rows]
