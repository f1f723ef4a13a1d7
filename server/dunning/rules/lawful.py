"""How steps look to the law: the channel a step goes by, and a call that must be written first."""

from __future__ import annotations

from server.dunning.rules.plans import CALLS, Channel, Plan, Treatment
from server.law.rules import Channel as LawChannel

# The referral contacts nobody: it asks a person of ours.
_CHANNELS = {
    Channel.EMAIL: LawChannel.EMAIL,
    Channel.SURVEY: LawChannel.EMAIL,
    Channel.TEXT: LawChannel.TEXT,
    Channel.LETTER: LawChannel.LETTER,
    Channel.CALL: LawChannel.CALL,
    Channel.SUPERVISOR_CALL: LawChannel.CALL,
}


def law_channel(channel: str | None) -> LawChannel | None:
    """Return how a step contacts the customer, in the law's words; None where it contacts nobody."""
    return _CHANNELS.get(Channel(channel)) if channel else None


def written_instead(plan: Plan, seq: int) -> Treatment | None:
    """Return what is written to a small account at a step whose call may not be made before a written notice."""
    step = next((each for each in plan.steps if each.seq == seq), None)
    return step.small if step is not None and step.small.channel not in (*CALLS, Channel.REFERRAL) else None
