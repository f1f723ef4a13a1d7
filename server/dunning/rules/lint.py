"""What no text says: threats, false urgency, shame; and legal steps, unless somebody confirmed that they will come.

Source: the FDCPA (no threat of what is not intended); article 002 of the reference warns of legal action,
and the law wants it meant. See docs/decisions/0031-legal-steps-are-named-only-when-meant.md.
"""

from __future__ import annotations

import re

from server.core.words import msgid as _
from server.messages.rules import TONES, Tone

_NEVER = re.compile(
    r"\b(arrest|police|credit bureau|seize|immediately|last chance|shame"
    r"|saisie|immédiatement|dernière chance|honte)\b",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"\b(lawyer|court|sue|lawsuit|legal|proceedings|avocat|tribunal|poursuites?|juridiques?|judiciaires?|huissier)\b",
    re.IGNORECASE,
)

_BEFORE = TONES["final_demand"]
# The final demand of a case in which legal steps are meant: the intent, its condition, and the way out of it.
WITH_INTENT = Tone(
    _BEFORE.subject,
    _BEFORE.opening,
    _(
        "If it is neither paid nor arranged by that day, we intend to bring the matter before a court. It need not come"
        " to that: until then you can still agree on parts with us, or say what you object to and why."
    ),
)


def wrongs(said: str, *, has_intent: bool) -> list[str]:
    """Return the words that a text may not say, in the order in which it says them."""
    found = [*_NEVER.finditer(said), *([] if has_intent else _LEGAL.finditer(said))]
    return [match.group().lower() for match in sorted(found, key=lambda match: match.start())]
